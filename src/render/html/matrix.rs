//! What the page of a matrix shows: tables whose cells lead to their explanations, each of which stands there once.

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::Value as Json;

use super::view;
use crate::render::text::place;
use crate::render::text::words::{self, count};
use crate::report::{Decision, RequestReport};
use crate::suite::{Cell, Matrix, Row, Sheet};

#[derive(Debug, Serialize)]
pub(super) struct Page {
    version: &'static str,
    title: String,
    tally: Vec<Tally>,
    sheets: Vec<SheetView>,
    explanations: Vec<Explanation>,
}

#[derive(Debug, Serialize)]
struct Tally {
    mark: &'static str,
    class: view::Class,
    text: String,
}

#[derive(Debug, Serialize)]
struct SheetView {
    name: String,
    size: String,
    callers: Vec<(String, String)>,
    rows: Vec<RowView>,
    facts: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct RowView {
    name: String,
    fields: String,
    /// One a caller; nothing where nobody asked.
    cells: Vec<Option<CellView>>,
}

#[derive(Debug, Serialize)]
struct CellView {
    mark: &'static str,
    class: view::Class,
    text: String,
    /// The explanation's id.
    id: Option<String>,
}

#[derive(Debug, Serialize)]
struct Explanation {
    id: String,
    /// Who met it, and at what.
    whose: Vec<(String, String)>,
    more: usize,
    /// The rules that let in: as the author wrote each, where, and why it did.
    granted: Vec<(String, String, String)>,
    request: Json,
}

/// Places of an explanation that are named before the rest is counted.
const PLACES: usize = 8;
/// Stands for the explanation's own id, which is not known before it is known to be another.
const OWN: &str = "x-own-id";

/// The page of a matrix.
pub(super) fn page(matrix: &Matrix) -> Page {
    let mut explained = Explained::default();
    let sheets: Vec<SheetView> = matrix.sheets.iter().map(|one| sheet(one, &mut explained)).collect();
    let counts = matrix.counts().into_iter().filter(|(_, n)| *n > 0);
    let tally = counts.map(|(decision, n)| Tally {
        mark: words::mark_text(decision),
        class: view::class_of(decision),
        text: format!("{n} {}", words::decided(decision)),
    });
    let title = match matrix.sheets.as_slice() {
        [one] => format!("Who may do what: {}", one.suite),
        many => format!("Who may do what: {}", count(many.len(), "suite", "suites")),
    };
    Page {
        version: env!("CARGO_PKG_VERSION"),
        title,
        tally: tally.collect(),
        sheets,
        explanations: explained.by_content.into_values().collect(),
    }
}

/// Explanations by what they say.
#[derive(Default)]
struct Explained {
    by_content: IndexMap<String, Explanation>,
}

impl Explained {
    /// The id of a cell's explanation.
    fn add(&mut self, row: &Row, cell: &Cell) -> Option<String> {
        let first = row.cells.iter().find(|first| first.says_the_same(cell))?;
        let report = first.report.as_ref()?;
        let mut request = serde_json::to_value(view::explanation(report, OWN)).ok()?;
        if let (Some(title), Some(Json::String(shown))) = (row.fields.first(), request.get_mut("title"))
            && shown == "request"
        {
            // At the gate nobody asks for what.
            shown.clone_from(title);
        }
        let content = format!("{request}{:?}", granted(report));
        let id = format!("x{}", self.by_content.len() + 1);
        let known = self.by_content.entry(content).or_insert_with(|| Explanation {
            request: renamed(request, &id),
            id,
            whose: Vec::new(),
            more: 0,
            granted: granted(report),
        });
        let room = known.whose.len() < PLACES;
        match known.whose.iter_mut().find(|(label, _)| *label == row.label()) {
            Some((_, names)) => names.push_str(&format!(", {}", cell.identity)),
            None if room => known.whose.push((row.label(), cell.identity.clone())),
            None => known.more += 1,
        }
        Some(known.id.clone())
    }
}

/// The rules that let somebody in, each once.
fn granted(report: &RequestReport) -> Vec<(String, String, String)> {
    let mut found: Vec<(String, String, String)> = Vec::new();
    for by in report.fields.iter().flat_map(|field| &field.allowed_by) {
        let (text, at) = match &by.auth {
            Some(auth) if !auth.reconstructed => (auth.text.clone(), format!("{}:{}", auth.file, auth.line)),
            Some(auth) => (auth.text.clone(), place(&by.grant)),
            None => (by.grant.text.clone(), place(&by.grant)),
        };
        let one = (text, at, by.words.clone());
        if !found.contains(&one) {
            found.push(one);
        }
    }
    found
}

/// The view with its ids made those of its explanation.
fn renamed(view: Json, id: &str) -> Json {
    match view {
        Json::String(text) if text.starts_with(OWN) => Json::String(text.replacen(OWN, id, 1)),
        Json::Array(items) => items.into_iter().map(|item| renamed(item, id)).collect(),
        Json::Object(members) => members.into_iter().map(|(key, value)| (key, renamed(value, id))).collect(),
        other => other,
    }
}

fn sheet(sheet: &Sheet, explained: &mut Explained) -> SheetView {
    let row = |row: &Row, explained: &mut Explained| RowView {
        name: row.label(),
        fields: row.fields.iter().filter(|field| !row.test.contains(*field)).cloned().collect::<Vec<_>>().join(", "),
        cells: sheet
            .identities
            .iter()
            .map(|caller| {
                let cell = row.cell(&caller.name)?;
                let code = cell.cause.as_ref().map(|cause| cause.code);
                Some(CellView {
                    mark: words::mark_text(cell.decision),
                    class: view::class_of(cell.decision),
                    text: words::verdict(cell.decision, cell.stage, code).to_owned(),
                    id: explained.add(row, cell),
                })
            })
            .collect(),
    };
    let mut facts: IndexMap<String, String> = IndexMap::new();
    let cells = sheet.rows.iter().flat_map(|row| &row.cells).filter(|cell| cell.decision == Decision::Undecided);
    for missing in cells.flat_map(|cell| &cell.missing) {
        facts.entry(missing.fact.clone()).or_insert_with(|| missing.why.clone());
    }
    SheetView {
        name: sheet.suite.clone(),
        size: format!(
            "{}, {}",
            count(sheet.rows.len(), "request", "requests"),
            count(sheet.identities.len(), "caller", "callers")
        ),
        callers: sheet.identities.iter().map(|caller| (caller.name.clone(), caller.words.clone())).collect(),
        rows: sheet.rows.iter().map(|one| row(one, explained)).collect(),
        facts: facts.into_iter().collect(),
    }
}
