//! The recordings hold what Java 17 did; fields are separated by tabs and escaped as [`unescape`] undoes it.

use super::*;

fn unescape(field: &str) -> String {
    let mut out = String::new();
    let mut rest = field.chars();
    while let Some(next) = rest.next() {
        match next {
            '\\' => out.push(match rest.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('N') => '\u{85}',
                Some('L') => '\u{2028}',
                other => other.unwrap(),
            }),
            _ => out.push(next),
        }
    }
    out
}

#[test]
fn patterns_do_what_java_did() {
    let recording = include_str!("../../../tests/conformance/java-regex.tsv");
    let env = Env::at(0);
    let show = |result: Result<String, Thrown>| match result {
        Ok(text) => text,
        Err(thrown) => format!("! {}: {}", thrown.class, thrown.message),
    };
    let mut failures = String::new();
    for row in recording.lines() {
        let fields: Vec<String> = row.split('\t').map(unescape).collect();
        let [pattern, text, matches, all, first, split] = &fields[..] else {
            panic!("{row}");
        };
        let regex = JavaRegex::compile(pattern, &env);
        let with = |run: &dyn Fn(&JavaRegex) -> Result<String, Thrown>| show(regex.clone().and_then(|r| run(&r)));
        for (what, wanted, found) in [
            ("matches", matches, with(&|r| r.matches(text).map(|yes| yes.to_string()))),
            ("replaceAll", all, with(&|r| r.replace_all(text, "<$0>"))),
            ("replaceFirst", first, with(&|r| r.replace_first(text, "#"))),
            ("split", split, with(&|r| r.split(text, 0).map(|parts| parts.join("|")))),
        ] {
            if *wanted != found {
                failures += &format!("{what} {pattern:?} {text:?}: Java {wanted:?}, here {found:?}\n");
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn bad_patterns_are_refused_in_the_words_of_java() {
    let env = Env::at(0);
    let mut failures = String::new();
    for row in include_str!("../../../tests/conformance/java-regex-syntax.tsv").lines() {
        let (pattern, wanted) = row.split_once('\t').unwrap();
        let (pattern, wanted) = (unescape(pattern), unescape(wanted));
        match JavaRegex::compile(&pattern, &env) {
            Err(thrown) if thrown.message == wanted => {}
            other => failures += &format!("{pattern:?}: Java {wanted:?}, here {other:?}\n"),
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

#[test]
fn replacements_refer_to_groups_as_in_java() {
    let env = Env::at(0);
    let illegal = |message: &str| Err(Thrown::new("java.lang.IllegalArgumentException", message));
    let no_group = |number: u32| Err(Thrown::new("java.lang.IndexOutOfBoundsException", format!("No group {number}")));
    let becomes = |text: &str| Ok(text.to_owned());
    for (pattern, replacement, wanted) in [
        ("a", "$1", no_group(1)),
        ("(a)", "$2", no_group(2)),
        ("(a)", "$", illegal("Illegal group reference: group index is missing")),
        ("(a)", "\\", illegal("character to be escaped is missing")),
        ("(a)", "$x", illegal("Illegal group reference")),
        ("(a)", "${}", illegal("named capturing group has 0 length name")),
        ("(a)", "${n", illegal("named capturing group is missing trailing '}'")),
        ("(a)", "${n}", illegal("No group with name {n}")),
        ("(a)", "${1n}", illegal("capturing group name {1n} starts with digit character")),
        ("(?<n>a)", "[${n}]", becomes("[a]bc[a]")),
        ("(a)(b)?", "[$1$2]", becomes("[ab]c[a]")),
        ("(a)", "$10", becomes("a0bca0")),
        ("(a)", "\\$1", becomes("$1bc$1")),
        // Without a match the replacement is not looked at.
        ("z", "$9", becomes("abca")),
    ] {
        let found = JavaRegex::compile(pattern, &env).unwrap().replace_all("abca", replacement);
        assert_eq!(found, wanted, "{pattern} {replacement}");
    }
}

#[test]
fn split_keeps_and_drops_empty_parts_as_java_does() {
    let env = Env::at(0);
    for (pattern, text, limit, wanted) in [
        (",", "a,b,,c,,", 0, &["a", "b", "", "c"][..]),
        (",", "a,b,,c,,", -1, &["a", "b", "", "c", "", ""]),
        (",", "a,b,,c,,", 2, &["a", "b,,c,,"]),
        (",", "a,b,,c,,", 1, &["a,b,,c,,"]),
        (",", "", 0, &[""]),
        (",", ",", 0, &[]),
        (",", ",", -1, &["", ""]),
        ("", "abc", 0, &["a", "b", "c"]),
        ("", "abc", -1, &["a", "b", "c", ""]),
        ("", "abc", 2, &["a", "bc"]),
        ("x*", "axxb", 0, &["a", "", "b"]),
        ("$", "ab", -1, &["ab", ""]),
        (",", ",a", 0, &["", "a"]),
    ] {
        let found = JavaRegex::compile(pattern, &env).unwrap().split(text, limit).unwrap();
        assert_eq!(found, wanted, "{text:?} by {pattern:?}, {limit}");
    }
}

#[test]
fn a_runaway_pattern_ends_with_an_exception() {
    let mut env = Env::at(0);
    env.limits.regex_backtracks = 10_000;
    let regex = JavaRegex::compile("^(\\w+\\s?)*$", &env).unwrap();
    let thrown = regex.find(&format!("{}!", "a".repeat(60))).unwrap_err();
    assert_eq!(thrown.message, "the regular expression took more than 10000 backtracking steps");
}
