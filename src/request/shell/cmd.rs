//! Words as Windows' command prompt hands them over: `^` before a character or a line end, then the quotes and
//! backslashes that each program takes apart for itself.

use super::super::cursor::Cursor;
use super::Word;
use crate::error::Result;

/// A character and its place in the text.
type Placed = (char, usize);

/// Whether a command is in this form rather than in that of a Unix shell.
pub(in super::super) fn is_likely(text: &str) -> bool {
    let quote = text.find(['\'', '"']);
    let before = quote.and_then(|at| text.get(..at)).unwrap_or(text);
    if before.ends_with('^') {
        return true;
    }
    let single = quote.is_some_and(|at| text.get(at..).is_some_and(|rest| rest.starts_with('\'')));
    !single && text.lines().any(|line| line.trim_end().ends_with(" ^"))
}

/// The words of one command, up to what ends it.
///
/// # Errors
/// A quote that is never closed, at the place where it opens.
pub(in super::super) fn words(cursor: &mut Cursor<'_>) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut command = Vec::new();
    let mut quoted_at = None;
    // First what the prompt itself reads: carets, and the end of the command.
    while let Some(c) = cursor.peek() {
        let at = cursor.at();
        match c {
            '^' if quoted_at.is_none() => {
                cursor.next();
                if cursor.take("\r\n") || cursor.take("\n") {
                    // The character behind the line end is taken as it is, a further line end too.
                    if cursor.take("\r\n") || cursor.take("\n") {
                        command.push(('\n', at));
                    }
                } else if let Some(c) = cursor.next() {
                    command.push((c, at));
                }
            }
            '&' | '|' | '\n' if quoted_at.is_none() => break,
            '\n' => break,
            c => {
                cursor.next();
                if c == '"' {
                    quoted_at = if quoted_at.is_none() { Some(at) } else { None };
                }
                if c != '\r' {
                    command.push((c, at));
                }
            }
        }
    }
    let mut rest = command.as_slice();
    loop {
        while let [(' ' | '\t' | '\n', _), tail @ ..] = rest {
            rest = tail;
        }
        let [(_, at), ..] = rest else { return Ok(words) };
        let (word, tail) = argument(rest)
            .map_err(|at| cursor.error(at, "`\"` is never closed").help("the command was cut off: copy it again"))?;
        words.push(Word { text: word, at: *at, ..Word::default() });
        rest = tail;
    }
}

/// One argument, by the rules of Microsoft's C library; a place is that of a quote that is never closed.
fn argument(mut rest: &[Placed]) -> std::result::Result<(String, &[Placed]), usize> {
    let mut text = String::new();
    let mut open = None;
    loop {
        match rest {
            [] => return open.map_or(Ok((text, rest)), Err),
            [(' ' | '\t' | '\n', _), ..] if open.is_none() => return Ok((text, rest)),
            [('\\', _), ..] => {
                let count = rest.iter().take_while(|(c, _)| *c == '\\').count();
                let (_, after) = rest.split_at(count);
                rest = after;
                match after {
                    // Before a quote two of them are one, and an odd one takes the quote as it is.
                    [('"', _), tail @ ..] => {
                        text.extend(std::iter::repeat_n('\\', count / 2));
                        if count % 2 == 1 {
                            text.push('"');
                            rest = tail;
                        }
                    }
                    _ => text.extend(std::iter::repeat_n('\\', count)),
                }
            }
            [('"', _), ('"', _), tail @ ..] if open.is_some() => {
                text.push('"');
                rest = tail;
            }
            [('"', at), tail @ ..] => {
                open = if open.is_none() { Some(*at) } else { None };
                rest = tail;
            }
            [(c, _), tail @ ..] => {
                text.push(*c);
                rest = tail;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_browsers_copy_for_windows() {
        let cases: [(&str, &[&str]); 6] = [
            ("curl ^\"https://x/graphql^\" ^\n  -H ^\"a: b^\"", &["curl", "https://x/graphql", "-H", "a: b"]),
            (
                r#"--data-raw ^"^{^\^"query^\^":^\^"^{ a^(x: ^\^\^\^"1^\^\^\^"^) ^}^\^"^}^""#,
                &["--data-raw", r#"{"query":"{ a(x: \"1\") }"}"#],
            ),
            ("-d ^\"a^\n\nb^\"", &["-d", "a\nb"]),
            (r#"-d "{\"query\":\"{ a }\"}" ^"#, &["-d", r#"{"query":"{ a }"}"#]),
            (r#"-d "{""query"":""{ a }""}""#, &["-d", r#"{"query":"{ a }"}"#]),
            (r#"C:\dir\ "C:\x y\\" & next"#, &[r"C:\dir\", r"C:\x y\"]),
        ];
        for (text, expected) in cases {
            let words = words(&mut Cursor::new("f", text)).unwrap();
            assert_eq!(words.into_iter().map(|word| word.text).collect::<Vec<_>>(), expected, "{text}");
        }
        assert!(is_likely("curl ^\"https://x^\"") && is_likely("curl \"https://x\" ^\n -d \"y\""));
        assert!(!is_likely("curl 'https://x' -d 'a ^\n b'") && !is_likely("curl \"https://x\""));
        let error = words(&mut Cursor::new("f", "curl ^\n -d ^\"abc")).unwrap_err();
        assert_eq!(error.to_string(), "f:2:5: `\"` is never closed");
    }
}
