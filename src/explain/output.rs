//! A template that printed what AppSync cannot read: which statement did, and what is wrong with it.

use super::Explanation;
use super::cause::why_absent;
use super::origin::Origins;
use super::run::{Moment, Part, Run};
use crate::compile::program::ReferenceId;
use crate::execute::{Flaw, Misprint, Printed};
use crate::report::Cause;

/// Characters of what was printed that the sentence shows.
const SHOWN: usize = 40;

/// Explains output that is not JSON.
pub fn explain(runs: &[Run], misprint: &Misprint, token_use: Option<&str>) -> Explanation {
    let Some(run) = runs.get(misprint.run) else { return Explanation::default() };
    let template = match run.part {
        Part::Request => "request",
        Part::Response => "response",
    };
    let source = run.program.source_text(misprint.span);
    let (code, text) = match (&misprint.flaw, &misprint.printed) {
        (Flaw::Malformed(_), Some(Printed::Itself)) => {
            let why = why_null(runs, run, misprint, token_use).map_or_else(String::new, |why| format!(" ({why})"));
            ("renders-itself", format!("`{source}` is null{why}, so it printed itself, and the {template} is not JSON"))
        }
        (Flaw::Malformed(reason), printed) => {
            ("output-not-json", format!("the {template} is not JSON: {}", malformed(reason, source, printed.as_ref())))
        }
        (Flaw::Duplicate(key), _) => ("output-not-json", format!("the {template} names `{key}` twice in one object")),
        (Flaw::Trailing, printed) => {
            let what = match printed {
                Some(Printed::Text(text)) => format!("`{source}` printed {}", shown(text)),
                _ => format!("`{source}`"),
            };
            ("output-not-json", format!("the {template} goes on behind the end of its JSON: {what}"))
        }
    };
    Explanation { site: Some(run.site(misprint.span)), cause: Some(Cause { code, text }), ..Explanation::default() }
}

/// For a reference to a claim: that the token lacks it, and whether the other kind of token would carry it.
fn why_null(runs: &[Run], run: &Run, misprint: &Misprint, token_use: Option<&str>) -> Option<String> {
    let (id, reference) = (0..).zip(run.program.references.iter()).find(|(_, held)| held.span == misprint.span)?;
    let at = Moment { run: misprint.run, event: run.events.len() };
    let origin = Origins::new(runs).of_prefix(ReferenceId(id), reference.steps.len(), at);
    let claims = origin.claims();
    let claim = claims.first()?;
    Some(format!("claim {claim} is absent{}", why_absent(&claims, token_use)))
}

fn malformed(reason: &str, source: &str, printed: Option<&Printed>) -> String {
    if reason.starts_with("EOF") {
        return "it ends too early".to_owned();
    }
    match printed {
        Some(Printed::Text(text)) => format!("`{source}` printed {}", shown(text)),
        Some(Printed::Itself) | None => format!("{reason}, found `{source}`"),
    }
}

/// A short text as it is; of a long one its length: a part of a secret would not be recognised as one.
fn shown(text: &str) -> String {
    let text = text.trim();
    match text.chars().count() {
        count @ 0..=SHOWN => {
            if count == 0 {
                "nothing but white space".to_owned()
            } else {
                format!("`{text}`")
            }
        }
        count => format!("{count} characters"),
    }
}
