//! Lints: what is wrong with an API, or will be, as far as it shows without a request.
//!
//! Each lint is a file with one function, and a row of [`LINTS`]. A lint knows the API, its templates' syntax and
//! what the person gave; it runs nothing. It reports what surely is so, or says in its words what it hangs on: a
//! false alarm costs more trust than a missed one.

mod finding;
mod subject;
mod walk;

mod api_keys;
mod aws_auth;
mod denied_fields;
mod double_dollar;
mod javascript;
mod literal_condition;
mod no_resolver;
mod null_keeps;
mod policies;
mod prints_itself;
mod substring;
mod swallowed;
mod ttl;
mod type_directives;
mod unknown_directive;
mod unknown_helper;
mod unknown_method;
mod unparsable;
mod unreachable;

#[cfg(test)]
mod testing;

pub use finding::{CheckPlace, CheckReport, Checked, Finding, SCHEMA, Severity};
pub use subject::AuthorizerAnswer;

use crate::api::Api;
use crate::error::Result;
use finding::Found;
use subject::{Parsed, Subject};

/// What a check is given besides the API.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Now, in seconds since 1970 (UTC).
    pub now_s: i64,
    /// How many days ahead an API key's end is worth a warning.
    pub days: i64,
    /// Whether to report on templates that Amplify generated: nobody can change them by hand.
    pub generated: bool,
    /// Answers of Lambda authorizers, to hold their `deniedFields` against the schema.
    pub authorizers: Vec<AuthorizerAnswer>,
}

/// A lint: what it is called, how grave a finding is, and how it is found.
#[derive(Debug)]
pub(crate) struct Lint {
    /// Its code, a row of [`crate::causes::ALL`] too.
    pub code: &'static str,
    /// How grave, unless the lint says otherwise of a single finding.
    pub severity: Severity,
    looks_at: LooksAt,
}

#[derive(Debug)]
enum LooksAt {
    /// The whole API.
    Api(fn(&Subject<'_>, &mut Found)),
    /// One template after the other, those that Amplify generated left out.
    Template(fn(&Subject<'_>, &Parsed, &mut Found)),
}

const fn of_api(code: &'static str, severity: Severity, check: fn(&Subject<'_>, &mut Found)) -> Lint {
    Lint { code, severity, looks_at: LooksAt::Api(check) }
}

const fn of_template(code: &'static str, severity: Severity, check: fn(&Subject<'_>, &Parsed, &mut Found)) -> Lint {
    Lint { code, severity, looks_at: LooksAt::Template(check) }
}

/// Every lint.
#[rustfmt::skip]
pub(crate) const LINTS: &[Lint] = &[
    of_api("aws-auth-ignored", Severity::Error, aws_auth::check),
    of_api("unknown-directive", Severity::Warning, unknown_directive::check),
    of_api("type-lacks-directive", Severity::Warning, type_directives::check),
    of_api("denied-field-matches-nothing", Severity::Error, denied_fields::check),
    of_api("policy-matches-nothing", Severity::Warning, policies::check),
    of_api("ttl-below-a-second", Severity::Error, ttl::check),
    of_api("api-key-expired", Severity::Warning, api_keys::expired),
    of_api("key-near-expiry", Severity::Warning, api_keys::near),
    of_api("no-resolver", Severity::Warning, no_resolver::check),
    of_api("javascript-resolver", Severity::Note, javascript::check),
    of_api("swallowed-error", Severity::Warning, swallowed::check),
    of_template("unparsable-template", Severity::Error, unparsable::check),
    of_template("unknown-helper", Severity::Error, unknown_helper::check),
    of_template("unknown-method", Severity::Warning, unknown_method::check),
    of_template("double-dollar", Severity::Warning, double_dollar::check),
    of_template("renders-itself", Severity::Warning, prints_itself::check),
    of_template("null-keeps-old-value", Severity::Warning, null_keeps::check),
    of_template("substring-match", Severity::Warning, substring::check),
    of_template("literal-condition", Severity::Warning, literal_condition::check),
    of_template("unreachable-rule", Severity::Warning, unreachable::check),
];

/// Runs every lint over an API.
///
/// # Errors
/// What of the API cannot be read: a resolver that names a file or a data source that is not there. A template that
/// does not parse is a finding, no error.
pub fn check(api: &Api, options: &Options) -> Result<CheckReport> {
    let subject = Subject::read(api, options)?;
    let mut findings = Vec::new();
    for lint in LINTS {
        let mut found = Found::new(lint.code, lint.severity);
        match lint.looks_at {
            LooksAt::Api(check) => check(&subject, &mut found),
            LooksAt::Template(check) => {
                let templates = subject.templates.iter().filter(|t| options.generated || !t.generated);
                templates.for_each(|template| check(&subject, template, &mut found));
            }
        }
        findings.append(&mut found.findings);
    }
    for finding in &mut findings {
        finding.place.path = subject.path_of(&finding.place.file);
    }
    // By file, in the order files were first met; within a file from top to bottom.
    let mut files: Vec<String> = Vec::new();
    for finding in &findings {
        if !files.contains(&finding.place.file) {
            files.push(finding.place.file.clone());
        }
    }
    findings.sort_by_key(|finding| {
        let file = files.iter().position(|file| *file == finding.place.file);
        (file, finding.place.line, finding.place.column)
    });
    Ok(CheckReport::new(api, findings, subject.checked(options.generated)))
}
