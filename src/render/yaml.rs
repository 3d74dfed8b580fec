//! Files that people go on with.

use crate::suite::Diff;

/// The flips as an allow-list, ready to paste.
pub fn allow_list(diff: &Diff) -> String {
    let entries = diff.entries();
    if entries.is_empty() {
        return "accept: []\n".to_owned();
    }
    let mut out = "accept:\n".to_owned();
    for entry in entries {
        let identity = entry.identity.as_ref().map(|name| format!(", identity: {}", scalar(name))).unwrap_or_default();
        out.push_str(&format!("  - {{ change: {}, field: {}{identity} }}\n", entry.change.name(), scalar(&entry.field)));
    }
    out
}

/// A text as YAML: bare where it can be nothing else.
fn scalar(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let bare = text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.chars().all(word);
    let keyword = ["true", "false", "null", "yes", "no", "on", "off"].iter().any(|word| text.eq_ignore_ascii_case(word));
    if bare && !keyword { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use super::scalar;

    #[test]
    fn a_name_is_quoted_where_yaml_could_take_it_for_something_else() {
        for (text, shown) in [
            ("Query.getPost", "Query.getPost"),
            ("bob-access", "bob-access"),
            ("a: b", "\"a: b\""),
            ("12", "\"12\""),
            ("null", "\"null\""),
            ("a, b", "\"a, b\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text), shown);
        }
    }
}
