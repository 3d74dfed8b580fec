//! What a check finds, as plain data: schema `vtlens.check/1`.

use serde::Serialize;

use crate::api::Api;
use crate::error::Place;
use crate::source_file::{SourceFile, Span};

/// The schema's name and version.
pub const SCHEMA: &str = "vtlens.check/1";

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Wrong in some case that can happen.
    Warning,
    /// Wrong whenever it is reached, or open to callers it should not be open to.
    Error,
}

/// Where a finding is: lines and columns from 1, 0 when only the file is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CheckPlace {
    /// The file, as the API's other reports name it.
    pub file: String,
    /// The file's path; absent when it lies nowhere by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The first line.
    pub line: u32,
    /// The first column.
    pub column: u32,
    /// The last line.
    pub end_line: u32,
    /// One past the last column.
    pub end_column: u32,
    /// The text of the first line.
    #[serde(rename = "text", skip_serializing_if = "String::is_empty")]
    pub source_line: String,
}

impl CheckPlace {
    /// A stretch of a file.
    pub(super) fn of(source: &SourceFile, span: Span) -> CheckPlace {
        let (start, end) = (source.line_column(span.start), source.line_column(span.end));
        CheckPlace {
            file: source.name().to_owned(),
            path: None,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
            source_line: source.line(start.line).to_owned(),
        }
    }

    /// A word at a line and column of a file.
    pub(super) fn at(source: &SourceFile, line: u32, column: u32, word: &str) -> CheckPlace {
        CheckPlace {
            file: source.name().to_owned(),
            path: None,
            line,
            column,
            end_line: line,
            end_column: column.saturating_add(u32::try_from(word.chars().count()).unwrap_or(0)),
            source_line: if line == 0 { String::new() } else { source.line(line).to_owned() },
        }
    }

    /// The first of some words that a file has; only the file when it has none of them.
    pub(super) fn find(source: &SourceFile, words: &[&str]) -> CheckPlace {
        let found = words.iter().find_map(|word| Some((source.text().find(word)?, word.len())));
        match found {
            Some((at, length)) => CheckPlace::of(source, Span::new(at, at + length)),
            None => CheckPlace::at(source, 0, 0, ""),
        }
    }

    /// An error's place.
    pub(super) fn from_place(place: &Place) -> CheckPlace {
        CheckPlace {
            file: place.file.clone(),
            path: None,
            line: place.line,
            column: place.column,
            end_line: place.line,
            end_column: place.column,
            source_line: String::new(),
        }
    }
}

/// One thing that a lint found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// The lint's code: `vtlens why CODE` explains it.
    pub code: &'static str,
    /// How grave.
    pub severity: Severity,
    /// What is so, in one sentence.
    pub message: String,
    /// Where.
    pub place: CheckPlace,
    /// What to do; empty when the message says it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub help: String,
}

/// What one lint found so far.
#[derive(Debug)]
pub(crate) struct Found {
    code: &'static str,
    severity: Severity,
    pub(super) findings: Vec<Finding>,
}

impl Found {
    pub(super) fn new(code: &'static str, severity: Severity) -> Found {
        Found { code, severity, findings: Vec::new() }
    }

    /// Adds a finding as grave as the lint says.
    pub(super) fn add(&mut self, place: CheckPlace, message: impl Into<String>, help: impl Into<String>) {
        self.graded(self.severity, place, message, help);
    }

    /// Adds a finding that is less or more grave than usual. The same is said once of a place.
    pub(super) fn graded(
        &mut self,
        severity: Severity,
        place: CheckPlace,
        message: impl Into<String>,
        help: impl Into<String>,
    ) {
        let finding = Finding { code: self.code, severity, message: message.into(), place, help: help.into() };
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Checked {
    /// Fields of object types.
    pub fields: usize,
    /// Resolvers.
    pub resolvers: usize,
    /// Templates whose language was checked.
    pub templates: usize,
    /// Templates that Amplify generated and whose language was not checked.
    pub generated: usize,
}

/// Everything that a check found.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct CheckReport {
    /// [`SCHEMA`]
    pub schema: &'static str,
    /// The API's name.
    pub api: String,
    /// How it lies on disk, in words.
    pub kind: &'static str,
    /// How much was looked at.
    pub checked: Checked,
    /// What was found, by file and line.
    pub findings: Vec<Finding>,
}

impl CheckReport {
    pub(super) fn new(api: &Api, findings: Vec<Finding>, checked: Checked) -> CheckReport {
        CheckReport { schema: SCHEMA, api: api.name.clone(), kind: api.kind.words(), checked, findings }
    }

    /// How many findings are of a severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The gravest finding's severity.
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}
