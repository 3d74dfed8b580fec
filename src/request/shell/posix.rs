//! Words as bash and its kin read them: `'…'`, `"…"`, `$'…'`, `\` before a character or a line end.

use super::super::cursor::Cursor;
use super::{Units, Variables, Word, hex};
use crate::error::Result;

/// The words of one command, up to what ends it. The place after them is left to the caller.
///
/// # Errors
/// A quote that is never closed, at the place where it opens.
pub(in super::super) fn words(cursor: &mut Cursor<'_>, variables: &Variables) -> Result<Vec<Word>> {
    let mut words = Vec::new();
    let mut redirected = false;
    loop {
        cursor.take_while(|c| c == ' ' || c == '\t' || c == '\r');
        if cursor.take("\\\n") || cursor.take("\\\r\n") {
            continue;
        }
        match cursor.peek() {
            None | Some('\n' | ';' | '&' | '|' | ')') => return Ok(words),
            Some('#') => {
                cursor.take_while(|c| c != '\n');
            }
            Some('<' | '>') => {
                // `2>/dev/null`: the number before it, and the file behind it, are no arguments.
                cursor.take_while(|c| matches!(c, '<' | '>' | '&'));
                redirected = true;
            }
            Some(_) => {
                let word = word(cursor, variables)?;
                let descriptor = matches!(cursor.peek(), Some('<' | '>')) && word.text.parse::<u8>().is_ok();
                if !redirected && !descriptor {
                    words.push(word);
                }
                redirected = false;
            }
        }
    }
}

/// One word.
fn word(cursor: &mut Cursor<'_>, variables: &Variables) -> Result<Word> {
    let mut word = Word { at: cursor.at(), ..Word::default() };
    while let Some(c) = cursor.peek() {
        match c {
            ' ' | '\t' | '\n' | '\r' | ';' | '&' | '|' | '<' | '>' | ')' => break,
            '\'' => single(cursor, &mut word)?,
            '"' => double(cursor, &mut word, variables)?,
            '$' if cursor.looks_at("$'") => ansi(cursor, &mut word)?,
            '$' if cursor.looks_at("$\"") => {
                cursor.next();
            }
            '$' | '`' => expansion(cursor, &mut word, variables)?,
            '\\' => {
                cursor.next();
                if cursor.take("\r\n") {
                    continue;
                }
                match cursor.next() {
                    Some('\n') | None => {}
                    Some(c) => word.text.push(c),
                }
            }
            c => {
                cursor.next();
                word.text.push(c);
            }
        }
    }
    Ok(word)
}

fn single(cursor: &mut Cursor<'_>, word: &mut Word) -> Result<()> {
    let start = cursor.at();
    cursor.next();
    word.text.push_str(cursor.take_while(|c| c != '\''));
    if cursor.next().is_some() { Ok(()) } else { Err(open(cursor, start, "'")) }
}

fn double(cursor: &mut Cursor<'_>, word: &mut Word, variables: &Variables) -> Result<()> {
    let start = cursor.at();
    cursor.next();
    loop {
        match cursor.peek() {
            None => return Err(open(cursor, start, "\"")),
            Some('"') => {
                cursor.next();
                return Ok(());
            }
            Some('\\') => {
                cursor.next();
                match cursor.peek() {
                    Some(c @ ('$' | '`' | '"' | '\\')) => {
                        cursor.next();
                        word.text.push(c);
                    }
                    Some('\n') => {
                        cursor.next();
                    }
                    _ => word.text.push('\\'),
                }
            }
            Some('$' | '`') => expansion(cursor, word, variables)?,
            Some(c) => {
                cursor.next();
                word.text.push(c);
            }
        }
    }
}

/// `$NAME`, `${NAME}`, `$(command)` and the command between backticks.
fn expansion(cursor: &mut Cursor<'_>, word: &mut Word, variables: &Variables) -> Result<()> {
    let start = cursor.at();
    let from = cursor.rest();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if cursor.take("`") {
        cursor.take_while(|c| c != '`');
        if cursor.next().is_none() {
            return Err(open(cursor, start, "`"));
        }
        word.push_hole("`…`");
        return Ok(());
    }
    cursor.next();
    match cursor.peek() {
        Some('(') => {
            let mut depth = 0_usize;
            loop {
                match cursor.next() {
                    Some('(') => depth += 1,
                    Some(')') if depth == 1 => break,
                    Some(')') => depth -= 1,
                    Some(_) => {}
                    None => return Err(open(cursor, start, "$(")),
                }
            }
            word.push_hole("$(…)");
        }
        Some('{') => {
            cursor.next();
            let name = cursor.take_while(|c| c != '}' && c != '\n');
            if cursor.next() != Some('}') {
                return Err(open(cursor, start, "${"));
            }
            fill(word, name, variables);
        }
        Some(c) if c.is_ascii_digit() || "@*#?$!-".contains(c) && c != '"' => {
            cursor.next();
            word.push_hole(from.get(..1 + c.len_utf8()).unwrap_or("$"));
        }
        Some(c) if is_name(c) => {
            let name = cursor.take_while(is_name);
            fill(word, name, variables);
        }
        _ => word.text.push('$'),
    }
    Ok(())
}

fn fill(word: &mut Word, name: &str, variables: &Variables) {
    match variables.get(name) {
        Some(value) => word.push(value),
        // `${NAME:-default}` and its kin may have their secrets in them.
        None => {
            let name: String = name.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').take(64).collect();
            word.push_hole(format!("${name}"));
        }
    }
}

/// `$'…'`: the escapes of ANSI C, as browsers write them for what is not ASCII.
fn ansi(cursor: &mut Cursor<'_>, word: &mut Word) -> Result<()> {
    let start = cursor.at();
    cursor.take("$'");
    let mut units = Units::default();
    loop {
        let Some(c) = cursor.next() else { return Err(open(cursor, start, "$'")) };
        if c != '\\' {
            units.end(&mut word.text);
            if c == '\'' {
                return Ok(());
            }
            word.text.push(c);
            continue;
        }
        let code = match cursor.next() {
            Some('u') => hex(cursor, 4),
            Some('U') => hex(cursor, 8),
            Some('x') => hex(cursor, 2),
            Some(digit @ '0'..='7') => {
                let mut left = 2;
                let rest = cursor.take_while(|c| {
                    let more = left > 0 && ('0'..='7').contains(&c);
                    left -= 1;
                    more
                });
                u32::from_str_radix(&format!("{digit}{rest}"), 8).ok()
            }
            Some(other) => Some(u32::from(match other {
                'a' => '\u{7}',
                'b' => '\u{8}',
                'e' | 'E' => '\u{1b}',
                'f' => '\u{c}',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'v' => '\u{b}',
                '\'' | '"' | '\\' | '?' => other,
                other => {
                    units.end(&mut word.text);
                    word.text.push('\\');
                    other
                }
            })),
            None => None,
        };
        if let Some(code) = code {
            units.push(code, &mut word.text);
        }
    }
}

fn open(cursor: &Cursor<'_>, start: usize, quote: &str) -> crate::Error {
    cursor.error(start, format!("`{quote}` is never closed")).help("the command was cut off: copy it again")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Word> {
        words(&mut Cursor::new("f", text), &Variables::new()).unwrap()
    }

    #[test]
    fn quotes_of_every_kind() {
        let cases: [(&str, &[&str]); 12] = [
            (r#"a 'b c' "d e""#, &["a", "b c", "d e"]),
            (r#"'a'"b"c\ d"#, &["abc d"]),
            ("a \\\n b \\\r\n c\n d", &["a", "b", "c"]),
            (r#""\"q\" \\ \$x \n""#, &[r#""q" \ $x \n"#]),
            (r"'it'\''s'", &["it's"]),
            (r"$'it\'s \u0021 \x41\101\n'", &["it's ! AA\n"]),
            (r"$'\ud83d\ude00 \ud83d.'", &["😀 \u{fffd}."]),
            (r"$'\q'", &["\\q"]),
            ("a # b", &["a"]),
            ("a 2>/dev/null > out b", &["a", "b"]),
            ("a && b", &["a"]),
            ("'' \"\" 5$", &["", "", "5$"]),
        ];
        for (text, expected) in cases {
            let found: Vec<String> = read(text).into_iter().map(|word| word.text).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_a_shell_puts_in_is_a_hole() {
        for (text, hole, before) in [
            ("\"Bearer $TOKEN\"", "$TOKEN", "Bearer "),
            ("a${B:-secret}c", "$B", "a"),
            ("x`cat t`", "`…`", "x"),
            ("x$(cat $(ls))", "$(…)", "x"),
            ("\"$1\"", "$1", ""),
        ] {
            let word = read(text).remove(0);
            assert_eq!((word.hole.as_deref(), word.before_hole()), (Some(hole), before), "{text}");
        }
        let variables = Variables::from([("T".to_owned(), Word { text: "abc".into(), ..Word::default() })]);
        let found = words(&mut Cursor::new("f", "\"x ${T} $T\""), &variables).unwrap();
        assert_eq!((found[0].text.as_str(), &found[0].hole), ("x abc abc", &None));
    }

    #[test]
    fn an_open_quote_is_an_error_where_it_opens() {
        for (text, message) in [
            ("'b", "f:1:1: `'` is never closed"),
            ("a\\\n \"b", "f:2:2: `\"` is never closed"),
            ("$'b\\'", "f:1:1: `$'` is never closed"),
            ("a $(b", "f:1:3: `$(` is never closed"),
            ("a `b", "f:1:3: ``` is never closed"),
            ("a ${b", "f:1:3: `${` is never closed"),
        ] {
            let error = words(&mut Cursor::new("f", text), &Variables::new()).unwrap_err();
            assert_eq!(error.to_string(), message, "{text}");
        }
    }
}
