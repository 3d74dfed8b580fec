//! What a report says in the form that editors and code hosts take: a code, a sentence, a place in a file. SARIF and
//! the annotations of GitHub are both rendered from it.

use indexmap::IndexMap;

use super::text::words::{operation, title, verdict};
use super::text::{by_specificity, place, says};
use crate::check::{CheckReport, Severity};
use crate::report::{AuthorRule, Decision, FieldReport, FileAt, Report, RequestReport, Site};

/// Rules that a message or a list of places names.
pub(super) const MOST_RULES: usize = 8;

/// One thing to tell.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Finding {
    /// How grave.
    pub level: Level,
    /// The cause code, or `undecided`.
    pub code: &'static str,
    /// What it is about: the field, or nothing where the code says it all.
    pub title: String,
    /// Sentences, one a line.
    pub message: String,
    /// Where it is; none for what no file of the API is to blame for.
    pub place: Option<Place>,
    /// Other places that a reader wants to see, each with what is there.
    pub related: Vec<(Place, String)>,
    /// What makes it the same finding in the next run, wherever its lines have moved to; none where only the place does.
    pub fingerprint: Option<String>,
}

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// A fact is missing: nothing is decided.
    Open,
    /// Worth knowing.
    Note,
    /// Something was withheld, or may go wrong.
    Warning,
    /// Refused, failed, or wrong.
    Error,
}

/// A place in a file; lines and columns are 0 where only the file is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// The file's path, as the person who runs vtlens sees it.
    pub path: String,
    /// Whether the place is in what an author wrote, not in what was generated from it.
    pub authored: bool,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
    pub end_column: u32,
}

/// What a report of requests has to tell; the same about several requests is told once.
pub(super) fn of_report(report: &Report) -> Vec<Finding> {
    let mut found: Vec<Finding> = Vec::new();
    for request in &report.requests {
        for finding in of_request(report, request) {
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    found
}

/// What a check of an API found.
pub(super) fn of_check(report: &CheckReport) -> Vec<Finding> {
    let of = |finding: &crate::check::Finding| {
        let place = &finding.place;
        let help = if finding.help.is_empty() { String::new() } else { format!("\n{}", finding.help) };
        Finding {
            level: match finding.severity {
                Severity::Note => Level::Note,
                Severity::Warning => Level::Warning,
                Severity::Error => Level::Error,
            },
            code: finding.code,
            title: String::new(),
            message: format!("{}{help}", finding.message),
            place: Some(Place {
                path: place.path.clone().unwrap_or_else(|| place.file.clone()),
                authored: true,
                line: place.line,
                column: place.column,
                end_line: place.end_line,
                end_column: place.end_column,
            }),
            related: Vec::new(),
            fingerprint: None,
        }
    };
    report.findings.iter().map(of).collect()
}

fn of_request(report: &Report, request: &RequestReport) -> Vec<Finding> {
    let mut found = Vec::new();
    let telling = |field: &&FieldReport| field.decision != Decision::Allowed;
    for field in request.fields.iter().filter(telling) {
        found.push(of_field(report, request, field));
    }
    if found.is_empty() && request.decision != Decision::Allowed {
        let verdict = verdict(request.decision, request.stage, None);
        let refused = request.gate.as_ref().and_then(|gate| gate.message.clone());
        let cause = request.cause.as_ref();
        let mut lines = vec![match cause {
            Some(cause) => format!("{verdict}: {}", cause.text),
            None => verdict.to_owned(),
        }];
        lines.extend(refused.map(|message| format!("AppSync answers: {message}")));
        lines.extend(missing(request));
        found.push(Finding {
            level: level(request.decision),
            code: cause.map_or("undecided", |cause| cause.code),
            title: operation(request),
            message: lines.join("\n"),
            place: None,
            related: Vec::new(),
            fingerprint: None,
        });
    }
    for hazard in request.fields.iter().flat_map(|field| &field.hazards) {
        found.push(Finding {
            level: Level::Warning,
            code: hazard.code,
            title: String::new(),
            message: hazard.text.clone(),
            place: hazard.site.as_ref().map(|site| of_site(&report.files, site)),
            related: Vec::new(),
            fingerprint: None,
        });
    }
    found
}

fn of_field(report: &Report, request: &RequestReport, field: &FieldReport) -> Finding {
    let cause = field.cause.as_ref();
    let title = title(request, field);
    let verdict = verdict(field.decision, field.stage, cause.map(|cause| cause.code));
    let why = cause.map(|cause| cause.text.as_str()).or(field.error.as_ref().map(|error| error.message.as_str()));
    let mut lines = vec![match why {
        Some(why) => format!("{title} {verdict}: {why}"),
        None => format!("{title} {verdict}"),
    }];
    let rules = by_specificity(field);
    for rule in rules.iter().take(MOST_RULES) {
        let text = rule.auth.as_ref().map_or_else(|| place(&rule.grant), |auth| auth.text.clone());
        lines.push(format!("could have allowed it: {text}, needs {}", rule.needs));
    }
    let fixes = field.fixes.iter().filter(|fix| fix.verified);
    lines.extend(fixes.map(|fix| format!("would be allowed (checked): {}", fix.text)));
    if field.decision == Decision::Undecided {
        lines.extend(missing(request));
    }
    let mut related: Vec<(Place, String)> = Vec::new();
    for rule in rules.iter().take(MOST_RULES) {
        let authored = rule
            .auth
            .as_ref()
            .filter(|auth| !auth.reconstructed)
            .map(|auth| (of_author(&report.files, auth), format!("needs {}", rule.needs)));
        let blocked = rule.blocked_by.as_ref();
        let blocked = blocked.map(|blocked| (of_site(&report.files, &blocked.site), says(blocked, false).text()));
        for place in authored.into_iter().chain(blocked) {
            if !related.contains(&place) {
                related.push(place);
            }
        }
    }
    let site = field.site.as_ref().or_else(|| field.because.last().map(|condition| &condition.site));
    Finding {
        level: level(field.decision),
        code: cause
            .map_or(if field.decision == Decision::Undecided { "undecided" } else { "resolver-error" }, |cause| {
                cause.code
            }),
        title,
        message: lines.join("\n"),
        place: site.map(|site| of_site(&report.files, site)),
        related,
        fingerprint: None,
    }
}

fn level(decision: Decision) -> Level {
    match decision {
        Decision::Undecided => Level::Open,
        Decision::Allowed => Level::Note,
        Decision::Filtered => Level::Warning,
        Decision::Denied | Decision::Error => Level::Error,
    }
}

fn missing(request: &RequestReport) -> impl Iterator<Item = String> + '_ {
    request.missing.iter().map(|missing| format!("give {}: {}: {}", missing.give_by, missing.fact, missing.why))
}

/// A place as a path; where the file only embeds the template, its lines are not the template's.
pub(super) fn of_site(files: &IndexMap<String, FileAt>, site: &Site) -> Place {
    let file = files.get(&site.template);
    let place = Place {
        path: file.map_or_else(|| site.template.clone(), |file| file.path.clone()),
        authored: false,
        line: 0,
        column: 0,
        end_line: 0,
        end_column: 0,
    };
    if site.template.contains('#') {
        return place;
    }
    Place { line: site.line, column: site.column, end_line: site.end_line, end_column: site.end_column, ..place }
}

pub(super) fn of_author(files: &IndexMap<String, FileAt>, auth: &AuthorRule) -> Place {
    let file = files.get(&auth.file);
    Place {
        path: file.map_or_else(|| auth.file.clone(), |file| file.path.clone()),
        authored: true,
        line: auth.line,
        column: 0,
        end_line: 0,
        end_column: 0,
    }
}
