//! The names of curl's options: which take a value, and which long one a letter stands for.

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

/// Whether a long option takes no value.
pub(super) fn is_flag(name: &str) -> bool {
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

/// Whether a long option takes a value.
pub(super) fn takes_value(name: &str) -> bool {
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

/// The long name of a short option; those that say nothing about the request share one.
pub(super) fn long_name(letter: char) -> Option<&'static str> {
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
