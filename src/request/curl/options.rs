//! The options of one curl command, and the request that they make.

use super::super::command::{Body, Command};
use super::super::cursor::Cursor;
use super::super::shell::Word;
use super::super::url::{host_of, percent_encode};
use super::names::{is_flag, long_name, takes_value};

/// The requests of one command line: `--next` separates several. One without a URL is none.
pub(super) fn commands(cursor: &Cursor<'_>, words: &[Word]) -> Vec<Option<Command>> {
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
    let host = host_of(url);
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
