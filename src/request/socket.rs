//! AppSync's protocol over WebSockets (`graphql-ws`): where sockets connect and where their credentials are.
//!
//! Reference: AppSync developer guide, "Building a real-time WebSocket client".

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use serde_json::{Map, Value as Json};

use super::url::{host_of, is_appsync_host, is_realtime_host, path_of, query_parameters};

/// Headers as they were sent.
pub(super) type Headers = Vec<(String, String)>;

/// Whether a WebSocket goes to AppSync: its own host, or a custom domain's path with AppSync's way to authorize.
pub(super) fn is_appsync(url: &str, headers: &[(String, String)]) -> bool {
    let host = host_of(url);
    if path_of(url).starts_with("/event") {
        // AppSync Events: another service of the same name, without GraphQL.
        return false;
    }
    is_realtime_host(&host)
        || is_appsync_host(&host)
        || path_of(url) == "/graphql/realtime"
        || protocols(headers).any(|protocol| protocol.starts_with("header-"))
        || (path_of(url).starts_with("/graphql") && query_parameters(url).iter().any(|(name, _)| name == "header"))
}

/// The host of the GraphQL endpoint that a WebSocket's host belongs to; of a custom domain the same.
pub(super) fn api_host(host: &str) -> String {
    if is_realtime_host(host) { host.replacen(".appsync-realtime-api.", ".appsync-api.", 1) } else { host.to_owned() }
}

/// The credential of a connect: from the URL's `header`, or from the sub-protocol; `None` where it can only be among
/// the HTTP headers.
///
/// # Errors
/// Why the credential that is there cannot be read.
pub(super) fn connect_credential(url: &str, headers: &[(String, String)]) -> Result<Option<Headers>, String> {
    let parameters = query_parameters(url);
    let in_url = parameters.iter().find(|(name, value)| name == "header" && !value.is_empty());
    // `+` stands for a blank in a query, and for itself in base64.
    let in_url = in_url.map(|(_, value)| value.replace(' ', "+"));
    let in_protocol = protocols(headers).find_map(|protocol| protocol.strip_prefix("header-")).map(str::to_owned);
    let (place, encoded) = match (in_url, in_protocol) {
        (Some(encoded), _) => ("the URL's `header`", encoded),
        (None, Some(encoded)) => ("the sub-protocol `header-…`", encoded),
        (None, None) => return Ok(None),
    };
    let json = decode(&encoded).ok_or_else(|| format!("{place} is not base64"))?;
    match serde_json::from_slice(&json) {
        Ok(Json::Object(members)) => Ok(Some(from_object(&members))),
        _ => Err(format!("{place} is not base64 of a JSON object")),
    }
}

/// The members of a credential as the headers that they stand for.
pub(super) fn from_object(members: &Map<String, Json>) -> Headers {
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    members.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.clone(), text(value))).collect()
}

fn protocols(headers: &[(String, String)]) -> impl Iterator<Item = &str> {
    let all = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-protocol"));
    all.flat_map(|(_, value)| value.split(',').map(str::trim))
}

/// Base64 of either alphabet, padded or not.
fn decode(text: &str) -> Option<Vec<u8>> {
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let text = text.trim();
    [STANDARD, URL_SAFE].iter().find_map(|alphabet| GeneralPurpose::new(alphabet, config).decode(text).ok())
}

/// What is wrong with the place that a WebSocket connects to: what was found, and what is expected.
///
/// Unverified how AppSync refuses these (the guide only says where to connect, and what `host` in the credential is).
pub fn wrong_endpoint(url: &str, credential: &[(String, String)]) -> Option<(String, String)> {
    let host = host_of(url);
    let path = path_of(url);
    if is_appsync_host(&host) {
        let right = host.replacen(".appsync-api.", ".appsync-realtime-api.", 1);
        return Some((format!("a WebSocket to {host}"), format!("one to {right}/graphql")));
    }
    let right = if is_realtime_host(&host) { "/graphql" } else { "/graphql/realtime" };
    if !host.is_empty() && path != right {
        return Some((format!("the path {path}"), format!("{right} on {host}")));
    }
    let named = credential.iter().find(|(name, _)| name.eq_ignore_ascii_case("host")).map(|(_, host)| host_of(host));
    let named = named.filter(|named| is_realtime_host(named))?;
    Some((format!("`host` of the credential is {named}"), format!("the host of the API, {}", api_host(&named))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::engine::general_purpose;

    const URL: &str = "wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/graphql";

    #[test]
    fn a_credential_is_found_where_clients_put_it() {
        let json = r#"{"host":"abc.appsync-api.eu-west-1.amazonaws.com","x-api-key":"da2-??>>"}"#;
        let padded = general_purpose::STANDARD.encode(json);
        let url_safe = general_purpose::URL_SAFE_NO_PAD.encode(json);
        let escaped = padded.replace('+', "%2B").replace('=', "%3D");
        let protocol = vec![("Sec-WebSocket-Protocol".to_owned(), format!("graphql-ws, header-{url_safe}"))];
        let places = [
            (format!("{URL}?header={escaped}&payload=e30="), vec![]),
            (format!("{URL}?payload=e30=&header={padded}"), vec![]),
            (format!("{URL}?header={url_safe}"), vec![]),
            (URL.to_owned(), protocol),
        ];
        for (url, headers) in places {
            assert!(is_appsync(&url, &headers));
            let credential = connect_credential(&url, &headers).unwrap().unwrap();
            assert_eq!(credential[1], ("x-api-key".to_owned(), "da2-??>>".to_owned()), "{url}");
        }
        assert_eq!(connect_credential(URL, &[]), Ok(None));
        assert_eq!(
            connect_credential(&format!("{URL}?header=%%%"), &[]),
            Err("the URL's `header` is not base64".into())
        );
        assert!(connect_credential(&format!("{URL}?header=W10="), &[]).is_err(), "a list is no credential");
        assert!(!is_appsync("wss://abc.appsync-realtime-api.eu-west-1.amazonaws.com/event/realtime", &[]));
        assert!(!is_appsync("wss://chat.example.com/socket", &[]));
    }

    #[test]
    fn sockets_connect_to_one_place() {
        let host = |host: &str| vec![("host".to_owned(), host.to_owned())];
        let right = "abc.appsync-api.eu-west-1.amazonaws.com";
        assert_eq!(wrong_endpoint(URL, &host(right)), None);
        assert_eq!(wrong_endpoint("wss://api.example.com/graphql/realtime", &host("api.example.com")), None);
        let found = |url: &str, named: &str| wrong_endpoint(url, &host(named)).unwrap().0;
        assert_eq!(
            found("wss://abc.appsync-api.eu-west-1.amazonaws.com/graphql", right),
            format!("a WebSocket to {right}")
        );
        assert_eq!(found(&format!("{URL}/connect"), right), "the path /graphql/connect");
        assert_eq!(found("wss://api.example.com/graphql", "api.example.com"), "the path /graphql");
        assert!(
            found(URL, "abc.appsync-realtime-api.eu-west-1.amazonaws.com")
                .starts_with("`host` of the credential is abc.")
        );
    }
}
