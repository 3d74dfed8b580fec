//! What `curl -v` prints beside the answer: the connection, and the request once more.

use std::borrow::Cow;

/// The text without it. Lines keep their numbers: what goes leaves an empty line.
pub(super) fn quiet(text: &str) -> Cow<'_, str> {
    if !text.lines().any(|line| line.starts_with("< HTTP/")) {
        return Cow::Borrowed(text);
    }
    let line = |line: &'_ str| match is_talk(line) {
        true => line.trim_start_matches(|c| c != '\r' && c != '\n').to_owned(),
        false => line.to_owned(),
    };
    Cow::Owned(text.split_inclusive('\n').map(line).collect())
}

/// `* Connected to …`, `> POST /graphql HTTP/2`, `{ [5 bytes data]`.
fn is_talk(line: &str) -> bool {
    let line = line.trim_end();
    let counts = line.ends_with("bytes data]") && (line.starts_with("{ [") || line.starts_with("} ["));
    counts || line.starts_with("* ") || line.starts_with("> ") || line == ">" || line == "*"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_answer_is_left_of_what_curl_says() {
        let text =
            "curl -v x\n* Trying\n> POST / HTTP/2\n>\n} [5 bytes data]\n< HTTP/2 401\n< a: b\n<\n* left\n{\"a\": 1}\n";
        assert_eq!(quiet(text), "curl -v x\n\n\n\n\n< HTTP/2 401\n< a: b\n<\n\n{\"a\": 1}\n");
        assert!(matches!(quiet("curl x\n* a list\n"), Cow::Borrowed(_)));
    }
}
