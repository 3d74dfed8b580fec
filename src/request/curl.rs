//! curl commands, as browsers copy them and as people write them, with the answers pasted below.

use super::Capture;
use super::command::{self, Body, Command};
use super::cursor::Cursor;
use super::shell::{Variables, Word, cmd, posix};
use super::url::percent_encode;
use crate::error::{Error, ErrorKind, Result};
use crate::verdict::RequestSource;

/// Long options that take a value and say nothing about the request.
const IGNORED_WITH_VALUE: &[&str] = &[
    "output",
    "write-out",
    "cacert",
    "capath",
    "cert",
    "cert-type",
    "key",
    "key-type",
    "pass",
    "connect-timeout",
    "max-time",
    "retry",
    "retry-delay",
    "retry-max-time",
    "resolve",
    "connect-to",
    "proxy",
    "proxy-user",
    "noproxy",
    "interface",
    "limit-rate",
    "max-redirs",
    "cookie-jar",
    "dump-header",
    "ciphers",
    "tls-max",
    "stderr",
    "trace",
    "trace-ascii",
    "range",
    "speed-limit",
    "speed-time",
    "max-filesize",
    "keepalive-time",
    "dns-servers",
    "unix-socket",
    "socks5",
    "socks5-hostname",
    "pinnedpubkey",
    "hostpubmd5",
    "expect100-timeout",
    "tls13-ciphers",
    "proxy-header",
    "output-dir",
    "time-cond",
    "upload-file",
    "rate",
    "variable",
    "curves",
    "engine",
    "preproxy",
];

/// Whether a text holds a curl command.
pub(super) fn is_command(text: &str) -> bool {
    text.lines().any(starts_command)
}

fn starts_command(line: &str) -> bool {
    let line = without_prompt(line);
    ["curl", "curl.exe"]
        .iter()
        .any(|name| line.strip_prefix(name).is_some_and(|rest| rest.starts_with([' ', '\t', '\\', '^', '\r', '`'])))
}

/// A line without the blanks and the shell's prompt before a command.
fn without_prompt(line: &str) -> &str {
    let line = line.trim_start();
    match line.split_once([' ', '\t']) {
        Some(("$" | "%" | ">" | "&&" | ";" | "&" | "time" | "PS>", rest)) => rest.trim_start(),
        _ => line,
    }
}

/// Reads the commands of a text.
///
/// # Errors
/// A quote that is never closed, with its place.
pub(super) fn read(file: &str, text: &str) -> Result<Capture> {
    let mut cursor = Cursor::new(file, text);
    let windows = cmd::is_likely(text.get(text.find("curl").unwrap_or(0)..).unwrap_or(text));
    let mut variables = Variables::new();
    let mut capture = Capture::default();
    let mut skipped: Vec<u32> = Vec::new();
    while !cursor.is_done() {
        cursor.take_while(|c| c.is_whitespace() || c == ';' || c == '&');
        let at = cursor.at();
        let first = cursor.head();
        if cursor.is_done() {
            break;
        }
        if starts_command(first) {
            if first.trim_end().ends_with('`') && !windows {
                return Err(cursor
                    .error(at, "a curl command in PowerShell's quoting is not read")
                    .help("copy it as \"cURL (bash)\", as \"cURL (cmd)\" or as \"PowerShell\""));
            }
            cursor.take(first.get(..first.len() - without_prompt(first).len()).unwrap_or(""));
            let words = if windows { cmd::words(&mut cursor)? } else { posix::words(&mut cursor, &variables)? };
            // What it is piped into does not change what it sends.
            while cursor.take("|") {
                cursor.take("|");
                if windows {
                    cmd::words(&mut cursor)?
                } else {
                    posix::words(&mut cursor, &variables)?
                };
            }
            for command in commands(&cursor, &words) {
                let Some(command) = command else {
                    capture
                        .remarks
                        .push(format!("{file}: line {} is not read: the command has no URL", cursor.line_number(at)));
                    continue;
                };
                let source = RequestSource { file: file.to_owned(), entry: Some(capture.requests.len()), kind: "curl" };
                capture.requests.push(command.request(source));
            }
        } else if let (true, Some(request)) = (command::is_answer(first), capture.requests.last_mut()) {
            request.recorded = command::answer(&mut cursor, |next| starts_command(next.head()));
        } else if let (true, Some(request)) = (first.starts_with('{'), capture.requests.last_mut()) {
            let start = cursor.rest();
            let mut length = 0;
            while !cursor.is_done() && !starts_command(cursor.head()) {
                cursor.line();
                length = start.len() - cursor.rest().len();
            }
            request.recorded = start.get(..length).and_then(command::bare_answer);
            if request.recorded.is_none() {
                request.notes.push(
                    "the answer below the command has no status line and was not used: paste what `curl -i` prints"
                        .to_owned(),
                );
            }
        } else if let Some((name, value)) = assignment(&mut cursor, &variables, windows)? {
            variables.insert(name, value);
        } else {
            let line = cursor.line();
            if !line.trim_start().starts_with('#') {
                skipped.push(cursor.line_number(at));
            }
        }
    }
    if let Some(first) = skipped.first() {
        let lines = if skipped.len() == 1 {
            format!("line {first}")
        } else {
            format!("{} lines from line {first} on", skipped.len())
        };
        capture.remarks.push(format!("{file}: {lines} not read: neither a curl command nor its answer"));
    }
    if capture.requests.is_empty() {
        return Err(Error::new(ErrorKind::Capture, "there is no curl command with a URL")
            .in_file(file)
            .help("copy the whole command"));
    }
    Ok(capture)
}

/// `NAME=value` and `export NAME=value`, for the commands below it.
fn assignment(cursor: &mut Cursor<'_>, variables: &Variables, windows: bool) -> Result<Option<(String, Word)>> {
    if windows {
        return Ok(None);
    }
    let mut trial = cursor.clone();
    trial.take("export ");
    let name = trial.take_while(|c| c.is_ascii_alphanumeric() || c == '_').to_owned();
    if name.is_empty() || !trial.take("=") {
        return Ok(None);
    }
    let words = posix::words(&mut trial, variables)?;
    // A value in front of a command is for that command alone.
    let value = match words.as_slice() {
        [] => Word::default(),
        [value] => value.clone(),
        _ => return Ok(None),
    };
    *cursor = trial;
    Ok(Some((name, value)))
}

/// The requests of one command line: `--next` separates several. One without a URL is none.
fn commands(cursor: &Cursor<'_>, words: &[Word]) -> Vec<Option<Command>> {
    let arguments = words.get(1..).unwrap_or_default();
    arguments
        .split(|word| word.text == "--next" || word.text == "-:")
        .map(|words| Curl::new(cursor).read(words))
        .collect()
}

/// A command while its options are read.
struct Curl<'c> {
    cursor: &'c Cursor<'c>,
    command: Command,
    data: Vec<Word>,
    in_url: bool,
    user: Option<String>,
    sigv4: Option<String>,
    urls: usize,
}

impl<'c> Curl<'c> {
    fn new(cursor: &'c Cursor<'c>) -> Self {
        Curl { cursor, command: Command::default(), data: Vec::new(), in_url: false, user: None, sigv4: None, urls: 0 }
    }

    fn read(mut self, words: &[Word]) -> Option<Command> {
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let text = word.text.as_str();
            if let Some(name) = text.strip_prefix("--") {
                let name = name.to_owned();
                if is_flag(&name) {
                    self.flag(&name);
                } else if takes_value(&name) {
                    if let Some(value) = words.next() {
                        self.option(&name, value);
                    }
                } else {
                    self.command
                        .notes
                        .push(format!("curl's option `--{name}` is not known here and was taken to have no value"));
                }
            } else if let Some(letters) = text.strip_prefix('-').filter(|letters| !letters.is_empty()) {
                for (at, letter) in letters.char_indices() {
                    let Some(name) = long_name(letter) else { continue };
                    if is_flag(name) {
                        self.flag(name);
                        continue;
                    }
                    // The value is what follows in the word, or the next word.
                    let known = 1 + at + letter.len_utf8();
                    let value = match text.get(known..).filter(|rest| !rest.is_empty() || word.hole.is_some()) {
                        Some(rest) => Some(Word {
                            text: rest.to_owned(),
                            known: word.known.saturating_sub(known),
                            ..word.clone()
                        }),
                        None => words.next().cloned(),
                    };
                    if let Some(value) = value {
                        self.option(name, &value);
                    }
                    break;
                }
            } else {
                self.option("url", word);
            }
        }
        (self.urls > 0).then(|| self.finish())
    }

    fn flag(&mut self, name: &str) {
        match name {
            "get" => self.in_url = true,
            "head" => self.command.method = Some("HEAD".to_owned()),
            _ => {}
        }
    }

    fn place(&self, word: &Word) -> String {
        format!("line {}", self.cursor.line_number(word.at))
    }

    fn option(&mut self, name: &str, value: &Word) {
        match name {
            "url" => self.url(value),
            "request" => self.command.method = Some(value.text.clone()),
            "header" => self.header(value),
            "data" | "data-ascii" | "data-binary" => self.data(value, true),
            "data-raw" => self.data(value, false),
            "json" => {
                self.data(value, true);
                for name in ["Content-Type", "Accept"] {
                    if !self.command.has_header(name) {
                        self.command.set_header(name, "application/json");
                    }
                }
            }
            "data-urlencode" => self.urlencoded(value),
            "form" | "form-string" => self.command.body = Some(Body::Form),
            "user-agent" => self.header_of("User-Agent", value),
            "referer" => self.header_of("Referer", value),
            "cookie" if value.text.contains('=') => self.header_of("Cookie", value),
            "oauth2-bearer" => {
                let mut bearer = Word { text: "Bearer ".to_owned(), at: value.at, ..Word::default() };
                bearer.push(value);
                self.header_of("Authorization", &bearer);
            }
            "user" => self.user = Some(value.text.clone()),
            "aws-sigv4" => self.sigv4 = Some(value.text.clone()),
            "config" | "netrc-file" => {
                let place = self.place(value);
                self.command.lose("headers of a file", &format!("--{name}"), &place);
            }
            _ => {}
        }
    }

    fn url(&mut self, value: &Word) {
        self.urls += 1;
        if self.urls > 1 {
            return self.command.notes.push("the command has several URLs; the first one was taken".to_owned());
        }
        if let Some(hole) = &value.hole {
            self.command.notes.push(format!("the URL is not in the capture: it says `{hole}`"));
        }
        let text = if value.hole.is_some() { value.before_hole() } else { &value.text };
        // Braces and brackets of a URL are curl's own patterns; a GraphQL URL has none unescaped.
        self.command.url = text.to_owned();
    }

    fn header_of(&mut self, name: &str, value: &Word) {
        let place = self.place(value);
        self.command.remove_header(name);
        self.command.header(name, value, &place);
    }

    /// `Name: value`; `Name;` is empty, `Name:` takes one of curl's own away.
    fn header(&mut self, word: &Word) {
        let place = self.place(word);
        if word.text.starts_with('@') {
            return self.command.lose("headers of a file", &word.text, &place);
        }
        match (word.text.split_once(':'), word.before_hole().contains(':')) {
            (Some((name, value)), true) => {
                let value = Word { text: value.trim().to_owned(), ..word.clone() };
                let name = name.trim();
                if value.text.is_empty() && value.hole.is_none() {
                    self.command.remove_header(name);
                } else {
                    self.command.header(name, &value, &place);
                }
            }
            _ if word.hole.is_some() => {
                let hole = word.hole.clone().unwrap_or_default();
                self.command.lose("header whose name is not known", &hole, &place);
            }
            _ => {
                if let Some(name) = word.text.strip_suffix(';') {
                    self.command.headers.push((name.to_owned(), String::new()));
                }
            }
        }
    }

    /// `-d`: several are joined; `@file` is in a file, which is not read.
    fn data(&mut self, value: &Word, files: bool) {
        let mut value = value.clone();
        if files && value.text.starts_with('@') {
            value = Word { at: value.at, ..Word::default() };
            value.push_hole("@FILE");
        }
        self.data.push(value);
    }

    /// `--data-urlencode`: `text`, `=text`, `name=text`, `@file`, `name@file`.
    fn urlencoded(&mut self, value: &Word) {
        let (name, content) = match value.text.find(['=', '@']) {
            Some(at) => value.text.split_at(at),
            None => ("", value.text.as_str()),
        };
        let mut encoded = Word { at: value.at, ..Word::default() };
        if !name.is_empty() {
            encoded.text = format!("{name}=");
        }
        match content.strip_prefix('@') {
            Some(_) => encoded.push_hole("@FILE"),
            None => encoded.text.push_str(&percent_encode(content.strip_prefix('=').unwrap_or(content))),
        }
        if let Some(hole) = &value.hole {
            encoded.push_hole(hole.clone());
        }
        self.data.push(encoded);
    }

    fn finish(mut self) -> Command {
        if !self.data.is_empty() {
            self.body();
        }
        match (&self.sigv4, &self.user) {
            (Some(provider), user) => {
                let header = signed(provider, user.as_deref().unwrap_or_default(), &self.command.url);
                self.command.set_header("Authorization", header);
                self.command.set_header("X-Amz-Date", "set when sent");
                self.command.notes.push("curl signs when it sends: the signature is not in the command".to_owned());
            }
            // Nobody's GraphQL API takes a password; the header is there, and that is what counts.
            (None, Some(_)) if !self.command.has_header("authorization") => {
                self.command.set_header("Authorization", "Basic (user and password)");
            }
            _ => {}
        }
        self.command
    }

    fn body(&mut self) {
        let hole = self.data.iter().find(|word| word.hole.is_some()).cloned();
        let joined = self.data.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join("&");
        if let Some(word) = &hole {
            let place = self.place(word);
            self.command.lose("request body", word.hole.as_deref().unwrap_or_default(), &place);
        }
        if !self.in_url {
            self.command.body = Some(if hole.is_some() { Body::Lost } else { Body::Text(joined) });
            return;
        }
        let mark = if self.command.url.contains('?') { '&' } else { '?' };
        self.command.url = format!("{}{mark}{joined}", self.command.url);
        if self.command.method.is_none() {
            self.command.method = Some("GET".to_owned());
        }
        if hole.is_some() {
            self.command.body = Some(Body::Lost);
        }
    }
}

/// The header that `--aws-sigv4 provider1[:provider2[:region[:service]]]` makes, as far as it is known before the
/// request is sent. What is not given curl takes from the host: the first label for the service, the second for the
/// region.
fn signed(provider: &str, user: &str, url: &str) -> String {
    let host = super::url::host_of(url);
    let mut labels = host.split('.');
    let (first, second) = (labels.next().unwrap_or_default(), labels.next().unwrap_or_default());
    let mut parts = provider.split(':').skip(2).filter(|part| !part.is_empty());
    let region = parts.next().unwrap_or(second);
    let service = parts.next().unwrap_or(first);
    let key = user.split(':').next().unwrap_or_default();
    format!(
        "AWS4-HMAC-SHA256 Credential={key}/DATE/{region}/{service}/aws4_request, \
         SignedHeaders=host;x-amz-date, Signature=made-when-sent"
    )
}

fn is_flag(name: &str) -> bool {
    matches!(
        name,
        "get"
            | "head"
            | "include"
            | "verbose"
            | "silent"
            | "show-error"
            | "insecure"
            | "location"
            | "compressed"
            | "fail"
            | "fail-with-body"
            | "http1.0"
            | "http1.1"
            | "http2"
            | "http3"
            | "http2-prior-knowledge"
            | "ipv4"
            | "ipv6"
            | "no-buffer"
            | "globoff"
            | "remote-name"
            | "remote-header-name"
            | "path-as-is"
            | "tlsv1"
            | "tlsv1.2"
            | "tlsv1.3"
            | "progress-bar"
            | "no-progress-meter"
            | "basic"
            | "anyauth"
            | "netrc"
            | "netrc-optional"
            | "location-trusted"
            | "show-headers"
            | "styled-output"
            | "no-keepalive"
            | "tcp-nodelay"
            | "parallel"
            | "raw"
            | "disable"
            | "create-dirs"
            | "ssl-reqd"
            | "no-sessionid"
            | "retry-connrefused"
            | "retry-all-errors"
            | "no-alpn"
            | "fail-early"
            | "junk-session-cookies"
            | "xattr"
            | "crlf"
    )
}

fn takes_value(name: &str) -> bool {
    IGNORED_WITH_VALUE.contains(&name)
        || matches!(
            name,
            "url"
                | "request"
                | "header"
                | "data"
                | "data-ascii"
                | "data-binary"
                | "data-raw"
                | "json"
                | "data-urlencode"
                | "form"
                | "form-string"
                | "user-agent"
                | "referer"
                | "cookie"
                | "oauth2-bearer"
                | "user"
                | "aws-sigv4"
                | "config"
                | "netrc-file"
        )
}

fn long_name(letter: char) -> Option<&'static str> {
    Some(match letter {
        'X' => "request",
        'H' => "header",
        'd' => "data",
        'F' => "form",
        'A' => "user-agent",
        'e' => "referer",
        'b' => "cookie",
        'u' => "user",
        'K' => "config",
        'G' => "get",
        'I' => "head",
        'o' => "output",
        'w' => "write-out",
        'm' => "max-time",
        'x' => "proxy",
        'E' => "cert",
        'c' => "cookie-jar",
        'D' => "dump-header",
        'r' => "range",
        'T' => "upload-file",
        'U' => "proxy-user",
        'y' => "speed-time",
        'Y' => "speed-limit",
        'z' => "time-cond",
        'i' | 'v' | 's' | 'S' | 'k' | 'L' | 'f' | 'N' | 'g' | 'O' | 'J' | '4' | '6' | '0' | '1' | '2' | '3' | '#'
        | 'n' | 'q' | 'Z' | 'a' | 'j' => "silent",
        _ => return None,
    })
}

#[cfg(test)]
#[path = "curl_tests.rs"]
mod tests;
