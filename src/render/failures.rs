//! What failed tests have to tell: in words and with a code, for JUnit and Markdown; in the form of findings, for SARIF
//! and GitHub.

use rustc_hash::FxHashMap;

use super::findings::{Finding, Level, MOST_RULES, Place, of_author, of_site};
use super::text::place;
use crate::report::Decision;
use crate::suite::{CaseReport, SuiteReport, TestsReport, Wanted};

/// How an expectation failed, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// Somebody was let in who was to be refused.
    LetIn,
    /// Somebody was refused who was to be let in.
    Refused,
    /// Something else is not as expected.
    Differs,
    /// A fact is missing: nobody knows.
    Undecided,
}

impl Kind {
    /// Every one, the worst first.
    pub const ALL: [Kind; 4] = [Kind::LetIn, Kind::Refused, Kind::Differs, Kind::Undecided];

    /// Its code.
    pub fn code(self) -> &'static str {
        match self {
            Kind::LetIn => "test-let-in",
            Kind::Refused => "test-refused",
            Kind::Differs => "test-differs",
            Kind::Undecided => "undecided",
        }
    }
}

/// An expectation that does not hold.
pub(super) struct Failure<'r> {
    /// Its suite.
    pub suite: &'r SuiteReport,
    /// What was expected and what happened.
    pub case: &'r CaseReport,
    /// The case's name, which no other of the suite has.
    pub name: String,
    /// How it failed.
    pub kind: Kind,
}

/// Every failure of a report, the worst kind first.
pub(super) fn of(report: &TestsReport) -> Vec<Failure<'_>> {
    let mut all: Vec<Failure<'_>> = report.suites.iter().flat_map(of_suite).collect();
    all.sort_by_key(|failure| failure.kind);
    all
}

fn of_suite(suite: &SuiteReport) -> impl Iterator<Item = Failure<'_>> {
    let failed = suite.tests.iter().zip(names(suite)).filter(|(case, _)| !case.pass);
    failed.map(move |(case, name)| Failure { suite, case, name, kind: kind(case) })
}

/// How a case that does not hold failed.
pub(super) fn kind(case: &CaseReport) -> Kind {
    let through = matches!(case.actual.decision, Decision::Allowed | Decision::Filtered);
    match (unlike_decided(case), case.actual.decision) {
        (_, Decision::Undecided) => Kind::Undecided,
        (Some(Wanted::Deny), _) if through => Kind::LetIn,
        (Some(_), Decision::Denied) => Kind::Refused,
        _ => Kind::Differs,
    }
}

/// The decision that was expected.
pub(super) fn wanted(case: &CaseReport) -> Option<Wanted> {
    let name = case.expected.get("decision")?.as_str()?;
    Wanted::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, wanted)| wanted)
}

/// The decision that was expected, where another one was made.
fn unlike_decided(case: &CaseReport) -> Option<Wanted> {
    wanted(case).filter(|wanted| !wanted.holds(case.actual.decision))
}

/// The test and the caller: `only the owner updates, step 2 [bob]`.
fn title(case: &CaseReport) -> String {
    let step = case.step.map(|step| format!(", step {step}")).unwrap_or_default();
    format!("{}{step} [{}]", case.name, case.identity)
}

/// What differs beside the decision, which formats with columns for both say by themselves.
pub(super) fn beside_decision(case: &CaseReport) -> &[String] {
    match unlike_decided(case) {
        Some(_) => case.differences.get(1..).unwrap_or_default(),
        None => &case.differences,
    }
}

/// Why it came out as it did, a sentence each.
pub(super) fn reasons(case: &CaseReport) -> Vec<String> {
    let actual = &case.actual;
    let mut lines = Vec::new();
    lines.extend(actual.cause.as_ref().map(|cause| format!("{} ({})", cause.text, cause.code)));
    if lines.is_empty() {
        lines.extend(actual.errors.first().map(|error| match &error.error_type {
            Some(kind) => format!("{} ({kind})", error.message),
            None => error.message.clone(),
        }));
    }
    lines.extend(actual.missing.iter().map(|missing| format!("missing: {}: {}", missing.fact, missing.why)));
    lines
}

/// Where it came out so, and where it could have come out otherwise.
pub(super) fn places(case: &CaseReport) -> Vec<String> {
    let actual = &case.actual;
    let mut lines = Vec::new();
    lines.extend(actual.allowed_by.iter().map(|by| format!("at {}  {}", place(&by.grant), by.words)));
    lines.extend(actual.site.as_ref().map(|site| format!("at {}  {}", place(site), site.text)));
    lines.extend(actual.could_allow.iter().take(MOST_RULES).map(|rule| match rule.file.as_str() {
        "" => format!("could have allowed it: {}", rule.text),
        file => format!("could have allowed it: {} ({file}:{})", rule.text, rule.line),
    }));
    lines
}

/// The path of a suite, as tools that run in the same folder read it.
pub(super) fn path(suite: &SuiteReport) -> String {
    let path = suite.files.get(&suite.file).map_or(&suite.file, |file| &file.path);
    path.strip_prefix("./").unwrap_or(path).replace('\\', "/")
}

/// A name for each case of a suite: its title, numbered where several cases have it, so that what compares runs by
/// name tells them apart.
pub(super) fn names(suite: &SuiteReport) -> Vec<String> {
    let mut seen: FxHashMap<String, usize> = FxHashMap::default();
    let name = |case: &CaseReport| {
        let title = title(case);
        let times = seen.entry(title.clone()).or_default();
        *times += 1;
        if *times == 1 { title } else { format!("{title} ({times})") }
    };
    suite.tests.iter().map(name).collect()
}

/// The failures as findings, the worst kind first.
pub(super) fn findings(report: &TestsReport) -> Vec<Finding> {
    of(report).iter().map(finding).collect()
}

fn finding(failure: &Failure<'_>) -> Finding {
    let Failure { suite, case, name, kind } = failure;
    let mut lines = vec![format!("{name}: {}", case.differences.join("; "))];
    lines.extend(reasons(case));
    lines.extend(places(case));
    let actual = &case.actual;
    let mut related: Vec<(Place, String)> = Vec::new();
    let mut add = |place: Place, text: &str| {
        if !related.iter().any(|(known, _)| *known == place) {
            related.push((place, text.to_owned()));
        }
    };
    for by in &actual.allowed_by {
        by.auth
            .iter()
            .filter(|auth| !auth.reconstructed)
            .for_each(|auth| add(of_author(&suite.files, auth), &auth.text));
        add(of_site(&suite.files, &by.grant), &by.words);
    }
    if let Some(site) = &actual.site {
        add(of_site(&suite.files, site), &site.text);
    }
    for rule in actual.could_allow.iter().filter(|rule| !rule.reconstructed).take(MOST_RULES) {
        add(of_author(&suite.files, rule), &format!("could have allowed it: {}", rule.text));
    }
    Finding {
        level: if *kind == Kind::Undecided { Level::Open } else { Level::Error },
        code: kind.code(),
        message: lines.join("\n"),
        place: Some(Place {
            path: path(suite),
            authored: true,
            line: case.line,
            column: case.column,
            end_line: 0,
            end_column: 0,
        }),
        related,
        fingerprint: Some(fingerprint(suite, name)),
        title: name.clone(),
    }
}

/// What stays the same in the next run, whatever lines were added above the case.
fn fingerprint(suite: &SuiteReport, name: &str) -> String {
    format!("{:016x}:1", fnv(&format!("{}\0{name}", path(suite))))
}

/// FNV-1a: small, and the same in every version and on every machine.
fn fnv(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
