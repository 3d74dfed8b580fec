//! URLs as captures hold them, and the hosts of AppSync.

/// The host of a URL: lower case, without user, port and path.
pub(super) fn host_of(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = if host.starts_with('[') { host } else { host.split(':').next().unwrap_or("") };
    host.to_ascii_lowercase()
}

/// The path of a URL, without query.
pub(super) fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or("/")
}

/// The parameters of a URL's query, percent-decoded.
pub(super) fn query_parameters(url: &str) -> Vec<(String, String)> {
    let Some((_, query)) = url.split_once('?') else { return Vec::new() };
    let query = query.split('#').next().unwrap_or("");
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent_decode(name), percent_decode(value))
        })
        .collect()
}

fn percent_decode(text: &str) -> String {
    let hex = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    loop {
        match rest {
            [b'%', high, low, tail @ ..] => {
                match (hex(*high), hex(*low)) {
                    (Some(high), Some(low)) => out.push(high * 16 + low),
                    _ => out.extend([b'%', *high, *low]),
                }
                rest = tail;
            }
            [first, tail @ ..] => {
                out.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
            [] => return String::from_utf8_lossy(&out).into_owned(),
        }
    }
}

/// `ID.appsync-api.REGION.amazonaws.com`, also in China's partition and with a private API's endpoint prefix.
pub(super) fn is_appsync_host(host: &str) -> bool {
    service_of(host) == Some("appsync-api")
}

/// `ID.appsync-realtime-api.REGION.amazonaws.com`: where WebSockets connect.
pub(super) fn is_realtime_host(host: &str) -> bool {
    service_of(host) == Some("appsync-realtime-api")
}

fn service_of(host: &str) -> Option<&str> {
    let host = host.strip_suffix(".cn").unwrap_or(host);
    host.strip_suffix(".amazonaws.com")?.split('.').rev().nth(1)
}

/// A text as a URL's query takes it.
pub(super) fn percent_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_come_apart() {
        let url = "https://user@API.example.com:8443/graphql?query=%7B+a%20%7D&x=%zz#f";
        assert_eq!((host_of(url).as_str(), path_of(url)), ("api.example.com", "/graphql"));
        assert_eq!(query_parameters(url), [("query".into(), "{ a }".into()), ("x".into(), "%zz".into())]);
        assert_eq!((host_of("").as_str(), path_of("")), ("", "/"));
        assert_eq!(query_parameters(&format!("/?a={}", percent_encode("{ é+ }"))), [("a".into(), "{ é+ }".into())]);
    }

    #[test]
    fn hosts_of_appsync() {
        assert!(is_appsync_host("abc.appsync-api.eu-west-1.amazonaws.com"));
        assert!(is_appsync_host("abc.appsync-api.cn-north-1.amazonaws.com.cn"));
        assert!(is_realtime_host("abc.appsync-realtime-api.eu-west-1.amazonaws.com"));
        assert!(!is_appsync_host("appsync-api.example.com"));
    }
}
