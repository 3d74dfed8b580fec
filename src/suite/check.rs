//! What a suite names and its API does not have: fields, arguments, tables, data sources. A misspelt table would count
//! as an empty one and a misspelt response as none, so that tests would pass or fail for a reason that nobody sees.

use crate::api::{Api, DataSourceKind};
use crate::error::{Error, ErrorKind, Place, Result};
use crate::json_file::nearest;
use crate::replay;
use crate::request::operation;
use crate::source_file::SourceFile;

use super::model::{Action, Expectation, Scenario, Suite, Test, Wanted, Written};

/// Names listed before the rest is left out.
const SHOWN: usize = 12;

/// Every mistake of a suite that its API shows.
///
/// # Errors
/// An API whose stacks or templates cannot be read.
pub(super) fn suite(suite: &Suite, api: &Api) -> Result<Vec<Error>> {
    let mut errors: Vec<Error> = suite.tests.iter().flat_map(|test| self::test(suite, test, api)).collect();
    errors.extend(tables(suite, api)?);
    errors.extend(answers(suite, api)?);
    let place = |error: &Error| error.place().map(|place| (place.file.clone(), place.line, place.column));
    errors.sort_by_cached_key(place);
    Ok(errors)
}

/// The mistakes of one test.
pub(super) fn test(suite: &Suite, test: &Test, api: &Api) -> Vec<Error> {
    let asked: Vec<(&Action, Vec<&Expectation>)> = match &test.scenario {
        Scenario::Callers { action, expect } => {
            vec![(action, expect.iter().map(|(_, expectation)| expectation).collect())]
        }
        Scenario::Story(steps) => steps.iter().map(|step| (&step.action, vec![&step.expect])).collect(),
    };
    asked.into_iter().filter_map(|(action, expected)| one(suite, action, &expected, api)).collect()
}

fn one(suite: &Suite, action: &Action, expected: &[&Expectation], api: &Api) -> Option<Error> {
    let error =
        |message: String, place: Place| Error::new(ErrorKind::Suite, message).at(place.file, place.line, place.column);
    match action {
        Action::Field { parent_type, field, arguments, at, .. } => {
            if let Some(help) = replay::unknown_field(&api.schema, parent_type, field) {
                let message = format!("the schema has no field `{parent_type}.{field}`");
                return Some(error(message, at.place(&suite.file)).help(help));
            }
            // A resolver may be given what the schema keeps from it; what is nearly an argument is none on purpose.
            let unknown = replay::unknown_arguments(&api.schema, parent_type, field, arguments);
            let misspelt = unknown.iter().find(|unknown| unknown.nearest.is_some())?;
            let place = at.key(&suite.file, &misspelt.name);
            Some(error(misspelt.message(), place).help(misspelt.help()))
        }
        Action::Query { query, at, .. } => {
            // Whoever expects an error may ask for what the schema does not have.
            let is_error = |expected: &&Expectation| {
                expected.decision == Some(Wanted::Error) || expected.error_type.is_some() || expected.message.is_some()
            };
            if expected.iter().any(is_error) {
                return None;
            }
            let misfit = operation::fits(&api.schema, SourceFile::new("query", query.as_str())).err()?;
            // What earlier steps saved stands in it later; then it may be a document.
            let unread = misfit.place().is_some_and(|place| place.line > 0) && query.contains("${");
            if unread && operation::Document::read(SourceFile::new("query", query.as_str())).is_err() {
                return None;
            }
            let (line, column) = misfit.place().map_or((0, 0), |place| (place.line, place.column));
            let (place, known) = at.within(&suite.file, line, column);
            let message = match known || line == 0 {
                true => misfit.message().to_owned(),
                false => format!("{} (at {line}:{column} of the query)", misfit.message()),
            };
            let error = error(message, place);
            Some(match misfit.help_text() {
                Some(help) => error.help(help),
                None => error,
            })
        }
    }
}

/// Tables that no data source stands for.
fn tables(suite: &Suite, api: &Api) -> Result<Vec<Error>> {
    if suite.tables.is_empty() {
        return Ok(Vec::new());
    }
    // A stack that cannot be read is an error when a field needs it.
    let Ok(sources) = api.data_sources() else { return Ok(Vec::new()) };
    let tables = sources.iter().filter_map(|source| match &source.kind {
        DataSourceKind::DynamoDb(table) => Some((source.name.as_str(), table)),
        _ => None,
    });
    let known: Vec<&str> = tables
        .flat_map(|(source, table)| [Some(source), Some(table.name.as_str()), table.logical_id.as_deref()])
        .flatten()
        .collect();
    let unknown = suite.tables.iter().filter(|(name, _)| name != "responses" && !known.contains(&name.as_str()));
    let mut unknown: Vec<&(String, Place)> = unknown.collect();
    if !unknown.is_empty() {
        // A batch or a transaction may name a table that no data source stands for.
        let templates = api.template_files()?;
        unknown.retain(|(name, _)| !templates.iter().any(|template| template.text.contains(name)));
    }
    let names = sources.iter().filter(|source| matches!(source.kind, DataSourceKind::DynamoDb(_)));
    let names: Vec<&str> = names.map(|source| source.name.as_str()).collect();
    let error = |(name, place): &(String, Place)| {
        let help = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None if names.is_empty() => "no data source of it is a table".to_owned(),
            None => format!("its tables: {}", listed(&names)),
        };
        Error::new(ErrorKind::Suite, format!("the API has no table `{name}`"))
            .at(&place.file, place.line, place.column)
            .help(help)
    };
    Ok(unknown.into_iter().map(error).collect())
}

/// Responses that nobody gives: of no data source and no field.
fn answers(suite: &Suite, api: &Api) -> Result<Vec<Error>> {
    if suite.answers.is_empty() {
        return Ok(Vec::new());
    }
    let (Ok(sources), Ok(resolvers)) = (api.data_sources(), api.resolvers()) else { return Ok(Vec::new()) };
    let fields: Vec<String> = resolvers.iter().map(|(of, field)| format!("{of}.{field}")).collect();
    let sources: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    let known: Vec<&str> = sources.iter().copied().chain(fields.iter().map(String::as_str)).collect();
    let is_known = |name: &str| {
        let field = name.split_once('.').is_some_and(|(of, field)| api.schema.field(of, field).is_some());
        field || known.contains(&name)
    };
    let unknown = suite.answers.iter().filter(|(name, _)| !is_known(name));
    let error = |(name, place): &(String, Place)| {
        let help = match nearest(name, &known) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("name a field (`Query.name`) or a data source: {}", listed(&sources)),
        };
        Error::new(ErrorKind::Suite, format!("the API has no data source and no field `{name}`"))
            .at(&place.file, place.line, place.column)
            .help(help)
    };
    Ok(unknown.map(error).collect())
}

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { " and more" } else { "" };
    format!("{}{more}", shown.join(", "))
}

impl Written {
    fn place(&self, file: &str) -> Place {
        Place { file: file.to_owned(), line: self.whole.line, column: self.whole.column }
    }

    /// The place of a key among the arguments.
    fn key(&self, file: &str, name: &str) -> Place {
        let found = self.keys.iter().find(|(key, _)| key == name);
        found.map_or_else(
            || self.place(file),
            |(_, at)| Place { file: file.to_owned(), line: at.line, column: at.column },
        )
    }

    /// A place of the text as one of the file, and whether it is known; else the text's own.
    fn within(&self, file: &str, line: u32, column: u32) -> (Place, bool) {
        let start = line.checked_sub(1).and_then(|line| self.lines.get(usize::try_from(line).ok()?));
        match start {
            Some(at) => {
                let column = at.column + column.saturating_sub(1);
                (Place { file: file.to_owned(), line: at.line, column }, true)
            }
            None => (self.place(file), false),
        }
    }
}
