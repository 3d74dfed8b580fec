//! Every code that vtlens can name, with its page: causes of denials, hazards, and what `vtlens check` finds.
//!
//! A code is stable and never used again for something else. Its page is a file of `docs/causes/`, compiled in, so that
//! the documentation and `vtlens why CODE` are the same text.

use crate::json_file::nearest;

/// At which stage of a request a code is met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The credential: 401, 403, 400.
    Gate,
    /// IAM policies.
    Iam,
    /// Directives and other rules of the schema.
    Schema,
    /// Resolver templates.
    Resolver,
    /// Data sources.
    Source,
    /// No error, and less than was asked for.
    Silent,
    /// A trap on the way: more passes, or less, than was meant.
    Trap,
    /// Found by `vtlens check`, without a request.
    Lint,
    /// An expectation of a test that does not hold.
    Test,
}

impl Class {
    /// Every class, in the order of a request.
    pub const ALL: [Class; 9] = [
        Class::Gate,
        Class::Iam,
        Class::Schema,
        Class::Resolver,
        Class::Source,
        Class::Silent,
        Class::Trap,
        Class::Lint,
        Class::Test,
    ];

    /// As a heading.
    pub fn heading(self) -> &'static str {
        match self {
            Class::Gate => "the gate: refused before GraphQL is read (401, 403, 400)",
            Class::Iam => "IAM policies",
            Class::Schema => "the schema: directives, groups, deniedFields (200, errorType Unauthorized)",
            Class::Resolver => "resolver templates (200, errorType Unauthorized)",
            Class::Source => "data sources (200, other error types)",
            Class::Silent => "no refusal, and less than was asked for",
            Class::Trap => "traps: more passes, or less, than was meant",
            Class::Lint => "found by `vtlens check` alone",
            Class::Test => "failures of `vtlens test`",
        }
    }
}

/// A code.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// The code: `group-missing`.
    pub code: &'static str,
    /// At which stage it is met first.
    pub class: Class,
    /// Its page, Markdown.
    pub page: &'static str,
}

impl Code {
    /// What it means in one sentence: the first paragraph of its page.
    pub fn summary(&self) -> &'static str {
        self.page.lines().find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("")
    }
}

macro_rules! codes {
    ($($class:ident: $($code:literal)*;)*) => {
        &[$($(Code {
            code: $code,
            class: Class::$class,
            page: include_str!(concat!("../docs/causes/", $code, ".md")),
        },)*)*]
    };
}

/// Every code, in the order of a request.
pub const ALL: &[Code] = codes! {
    Gate:
        "no-credential" "bearer-prefix" "not-a-jwt" "wrong-credential-kind" "mode-not-configured" "token-expired"
        "token-not-yet-valid" "issuer-mismatch" "client-id-mismatch" "signature-invalid" "token-ttl-exceeded"
        "api-key-unknown" "api-key-expired" "sigv4-scope" "sigv4-incomplete" "sigv4-expired" "sigv4-mismatch"
        "session-token-expired" "authorizer-denied" "authorizer-not-consulted" "authorizer-bad-answer"
        "authorizer-token-rejected" "authorizer-not-invocable" "wrong-endpoint";
    Iam:
        "iam-no-allow" "iam-explicit-deny" "iam-near-miss";
    Schema:
        "mode-not-admitted" "type-lacks-directive" "default-action-deny" "denied-field" "unknown-directive"
        "aws-auth-ignored" "denied-field-matches-nothing";
    Resolver:
        "no-rule-for-mode" "group-missing" "owner-mismatch" "claim-missing" "claim-missing-in-access-token"
        "claim-mismatch" "claim-format" "iam-role-not-matched" "admin-role-not-matched" "field-not-allowed"
        "record-not-yours" "record-missing" "operation-not-allowed" "resolver-unauthorized" "resolver-error";
    Source:
        "condition-failed" "source-error" "service-role";
    Silent:
        "rows-withheld" "field-redacted" "null-propagated" "request-null-response" "renders-itself" "output-not-json"
        "payload-lacks-filter-field" "event-withheld" "subscription-invalidated";
    Trap:
        "null-keeps-old-value" "null-equals-null" "substring-match" "literal-condition" "swallowed-error";
    Lint:
        "policy-matches-nothing" "ttl-below-a-second" "key-near-expiry" "no-resolver" "javascript-resolver"
        "unparsable-template" "unknown-helper" "unknown-method" "double-dollar" "unreachable-rule";
    Test:
        "test-let-in" "test-refused" "test-differs";
};

/// The row of a code.
pub fn find(code: &str) -> Option<&'static Code> {
    ALL.iter().find(|row| row.code == code)
}

/// The code that a misspelt one probably meant.
pub fn nearest_code(code: &str) -> Option<&'static str> {
    let codes: Vec<&'static str> = ALL.iter().map(|row| row.code).collect();
    let within = || codes.iter().copied().find(|known| code.len() > 3 && known.contains(code));
    nearest(code, &codes).or_else(within)
}

/// The index of the pages, `docs/causes/README.md`.
pub fn index() -> String {
    let mut page = String::from(
        "# Codes\n\nWhat a report or a check names, at the stage where it is met. `vtlens why CODE` prints the same pages.\n",
    );
    for class in Class::ALL {
        page.push_str(&format!("\n## {}\n\n| code | meaning |\n| --- | --- |\n", capitalized(class.heading())));
        for row in ALL.iter().filter(|row| row.class == class) {
            page.push_str(&format!("| [{0}]({0}.md) | {1} |\n", row.code, row.summary()));
        }
    }
    page
}

fn capitalized(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::{Path, PathBuf};

    #[test]
    fn every_page_is_of_a_known_code_and_has_what_a_reader_looks_for() {
        for entry in std::fs::read_dir("docs/causes").unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            assert!(name == "README" || find(&name).is_some(), "{}: no such code", path.display());
        }
        for row in ALL {
            assert!(row.page.starts_with(&format!("# {}\n\n", row.code)), "{}: title", row.code);
            let summary = row.summary();
            assert!((20..=110).contains(&summary.chars().count()), "{}: {summary}", row.code);
            assert!(row.page.contains("\n## How AppSync says it\n"), "{}: no wording", row.code);
            assert!(row.page.contains("\n## What to do\n"), "{}: no way out", row.code);
            assert!((10..=45).contains(&row.page.lines().count()), "{}: {} lines", row.code, row.page.lines().count());
            assert!(row.page.lines().all(|line| line.chars().count() <= 120), "{}: long line", row.code);
            assert!(row.page.contains("\n    "), "{}: no example", row.code);
        }
        assert!(ALL.iter().enumerate().all(|(at, row)| ALL[..at].iter().all(|before| before.code != row.code)));
    }

    #[test]
    fn the_index_is_up_to_date() {
        let path = Path::new("docs/causes/README.md");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(path, index()).unwrap();
        }
        let page = std::fs::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
        assert!(page == index(), "docs/causes/README.md is out of date: run the tests with UPDATE_DOCS=1");
    }

    #[test]
    fn pages_lead_only_to_codes_that_exist() {
        for row in ALL {
            for link in row.page.split("](").skip(1).filter_map(|rest| rest.split_once(".md)")).map(|(name, _)| name) {
                let page = Path::new("docs/causes").join(format!("{link}.md"));
                assert!(page.is_file(), "{}: {link}", row.code);
            }
        }
    }

    #[test]
    fn every_lint_is_a_code() {
        for lint in crate::check::LINTS {
            assert!(find(lint.code).is_some(), "{}", lint.code);
        }
    }

    /// Words of the sources with hyphens that are no codes: names of headers, services, regions.
    const NO_CODES: &[&str] = &["appsync-api", "cognito-idp", "us-east-1", "proxy-authorization", "user-agent"];

    /// What names a code in the sources is a literal of small letters with hyphens.
    #[test]
    fn every_code_that_the_sources_name_has_a_page() {
        let mut seen = 0;
        for folder in ["src/gate", "src/explain", "src/replay", "src/check", "src/render/failures.rs"] {
            for file in sources(Path::new(folder)) {
                let text = std::fs::read_to_string(&file).unwrap();
                let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                if file.ends_with("tests.rs") || file.ends_with("testing.rs") {
                    continue;
                }
                for literal in text.split('"').skip(1) {
                    let letter = literal.starts_with(|c: char| c.is_ascii_lowercase());
                    let word =
                        letter && literal.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
                    let hyphens = literal.contains('-') && !literal.starts_with('-') && !literal.ends_with('-');
                    let header = ["x-", "sec-", "content-", "cognito-", "aws-", "caller-"]
                        .iter()
                        .any(|start| literal.starts_with(start));
                    if !word || !hyphens || NO_CODES.contains(&literal) || header && find(literal).is_none() {
                        continue;
                    }
                    assert!(find(literal).is_some(), "{}: {literal} has no page", file.display());
                    seen += 1;
                }
            }
        }
        assert!(seen > 60, "only {seen} codes found");
    }

    fn sources(folder: &Path) -> Vec<PathBuf> {
        if folder.is_file() {
            return vec![folder.to_owned()];
        }
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
    }

    #[test]
    fn a_misspelt_code_is_guessed() {
        for (code, meant) in [
            ("grop-missing", Some("group-missing")),
            ("GROUP-MISSING", Some("group-missing")),
            ("token-expire", Some("token-expired")),
            ("ttl", None),
            ("near-expiry", Some("key-near-expiry")),
            ("zzz", None),
        ] {
            assert_eq!(nearest_code(code), meant, "{code}");
        }
    }
}
