//! JSON values as a reader writes them: `["Editors"]`, `"u2::eve"`, `{ "id": "1" }`.

use serde_json::Value as Json;

/// Bytes of one value before the rest of it is left to `--verbose`.
const SHORT: usize = 100;

/// A value on one line; what goes beyond some 100 characters is counted instead, unless `whole`.
pub(in crate::render) fn value(json: &Json, whole: bool) -> String {
    let mut out = String::new();
    write(json, if whole { usize::MAX } else { SHORT }, &mut out);
    out
}

fn write(json: &Json, limit: usize, out: &mut String) {
    match json {
        Json::String(text) => quote(text, limit, out),
        Json::Array(items) => list('[', "", items.iter(), limit, out, |item, out| write(item, limit, out)),
        Json::Object(members) if !members.is_empty() => {
            list('{', " ", members.iter(), limit, out, |(key, member), out| {
                quote(key, limit, out);
                out.push_str(": ");
                write(member, limit, out);
            });
        }
        other => out.push_str(&other.to_string()),
    }
}

/// Writes members until the limit is reached, then how many are left.
fn list<T>(
    open: char,
    air: &str,
    members: impl ExactSizeIterator<Item = T>,
    limit: usize,
    out: &mut String,
    mut each: impl FnMut(T, &mut String),
) {
    let mut left = members.len();
    out.push(open);
    out.push_str(air);
    for (at, member) in members.enumerate() {
        out.push_str(if at == 0 { "" } else { ", " });
        if out.len() >= limit {
            out.push_str(&format!("… {left} more"));
            break;
        }
        each(member, out);
        left -= 1;
    }
    out.push_str(air);
    out.push(if open == '[' { ']' } else { '}' });
}

/// Quotes and backslashes are escaped here, control characters where the text enters a line.
fn quote(text: &str, limit: usize, out: &mut String) {
    out.push('"');
    for (at, c) in text.chars().enumerate() {
        if at >= limit {
            out.push('…');
            break;
        }
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_read_like_json_with_air() {
        for (json, shown) in [
            (json!(["Editors", "a b"]), r#"["Editors", "a b"]"#),
            (json!({ "id": "1", "n": [1, null] }), r#"{ "id": "1", "n": [1, null] }"#),
            (json!({}), "{}"),
            (json!([]), "[]"),
            (json!("say \"no\" \\"), r#""say \"no\" \\""#),
            (json!(true), "true"),
        ] {
            assert_eq!(value(&json, false), shown);
        }
    }

    #[test]
    fn long_values_are_counted_unless_whole() {
        let long = json!(vec!["group"; 500]);
        assert!(value(&long, false).ends_with("\"group\", … 489 more]"), "{}", value(&long, false));
        assert!(value(&long, true).ends_with("\"group\"]"));
        assert_eq!(value(&json!("x".repeat(500)), false).chars().count(), SHORT + 3);
    }
}
