//! The header lines: Java maps as `toString` prints them.

/// `{name=[v1, v2], name2=[v]}`: values hold commas, `=` and brackets of their own, so a header ends only where
/// `], name=[` follows. Several values of one header stay one text, as on the wire.
pub(super) fn of_request(map: &str) -> Vec<(String, String)> {
    let text = inside(map);
    let mut headers = Vec::new();
    let mut rest = text;
    while let Some((name, value)) = rest.split_once("=[") {
        let end = next(value, "], ", "=[");
        let (value, after) = match end {
            Some(end) => (value.get(..end), value.get(end + "], ".len()..)),
            None => (Some(value.strip_suffix(']').unwrap_or(value)), None),
        };
        headers.push((name.trim().to_owned(), value.unwrap_or_default().to_owned()));
        rest = after.unwrap_or_default();
    }
    headers
}

/// `{Name=value, Name2=value}`: a header ends where `, Name=` follows.
pub(super) fn of_response(map: &str) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut rest = inside(map);
    while let Some((name, value)) = rest.split_once('=') {
        let (value, after) = match next(value, ", ", "=") {
            Some(end) => (value.get(..end), value.get(end + ", ".len()..)),
            None => (Some(value), None),
        };
        let value = value.unwrap_or_default();
        // Newer logs have lists here too.
        let value = value.strip_prefix('[').and_then(|value| value.strip_suffix(']')).unwrap_or(value);
        headers.push((name.trim().to_owned(), value.to_owned()));
        rest = after.unwrap_or_default();
    }
    headers
}

fn inside(map: &str) -> &str {
    let map = map.trim();
    let map = map.strip_prefix('{').unwrap_or(map);
    map.strip_suffix('}').unwrap_or(map)
}

/// Where a value ends: at `end`, when a header name and `begin` follow.
fn next(value: &str, end: &str, begin: &str) -> Option<usize> {
    value.match_indices(end).map(|(at, _)| at).find(|at| {
        let after = value.get(at + end.len()..).unwrap_or_default();
        let name = after.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_')).unwrap_or(after.len());
        name > 0 && after.get(name..).is_some_and(|rest| rest.starts_with(begin))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_hold_what_separates_headers() {
        let line = "{content-length=[322], x-forwarded-for=[203.0.113.7, 64.252.140.70], \
                    user-agent=[Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) a=[b], c], \
                    sec-ch-ua=[\"Chrome\";v=\"107\", \"x\";v=\"1\"], x-api-key=[****mgidri]}";
        let headers = of_request(line);
        let values: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            values,
            [
                ("content-length", "322"),
                ("x-forwarded-for", "203.0.113.7, 64.252.140.70"),
                ("user-agent", "Mozilla/5.0 (X11; Linux) AppleWebKit/537.36 (KHTML, like Gecko) a=[b], c"),
                ("sec-ch-ua", "\"Chrome\";v=\"107\", \"x\";v=\"1\""),
                ("x-api-key", "****mgidri"),
            ]
        );
    }

    #[test]
    fn answers_have_plain_values() {
        let headers = of_response("{Content-Type=application/json; charset=UTF-8, x-amzn-ErrorType=[A, b]}");
        assert_eq!(
            headers,
            [
                ("Content-Type".to_owned(), "application/json; charset=UTF-8".to_owned()),
                ("x-amzn-ErrorType".to_owned(), "A, b".to_owned()),
            ]
        );
    }

    #[test]
    fn anything_else_gives_no_headers() {
        for line in ["", "{}", "{", "null", "=[", "{=[}", "], a"] {
            assert!(of_request(line).iter().all(|(name, _)| name.is_empty()), "{line}");
            assert!(of_response(line).iter().all(|(name, _)| name.is_empty()), "{line}");
        }
    }
}
