//! A template that printed what AppSync cannot read: which statement did, and what is wrong with it.

use super::Explanation;
use super::run::{Part, Run};
use crate::execute::{Flaw, Misprint, Printed};
use crate::report::Cause;

/// Characters of what was printed that the sentence shows.
const SHOWN: usize = 40;

/// Explains output that is not JSON.
pub fn explain(runs: &[Run], misprint: &Misprint) -> Explanation {
    let Some(run) = runs.get(misprint.run) else { return Explanation::default() };
    let template = match run.part {
        Part::Request => "request",
        Part::Response => "response",
    };
    let source = run.program.source_text(misprint.span);
    let (code, text) = match (&misprint.flaw, &misprint.printed) {
        (Flaw::Malformed(_), Some(Printed::Itself)) => {
            ("renders-itself", format!("`{source}` is null, so it printed itself, and the {template} is not JSON"))
        }
        (Flaw::Malformed(reason), printed) => {
            ("output-not-json", format!("the {template} is not JSON: {}", malformed(reason, source, printed.as_ref())))
        }
        (Flaw::Duplicate(key), _) => ("output-not-json", format!("the {template} names `{key}` twice in one object")),
        (Flaw::Trailing, printed) => {
            let what = match printed {
                Some(Printed::Text(text)) => shown(text),
                _ => source.to_owned(),
            };
            ("output-not-json", format!("the {template} goes on behind the end of its JSON, with `{what}`"))
        }
    };
    Explanation { site: Some(run.site(misprint.span)), cause: Some(Cause { code, text }), ..Explanation::default() }
}

fn malformed(reason: &str, source: &str, printed: Option<&Printed>) -> String {
    if reason.starts_with("EOF") {
        return "it ends too early".to_owned();
    }
    match printed {
        Some(Printed::Text(text)) => format!("`{source}` printed `{}`", shown(text)),
        Some(Printed::Itself) | None => format!("{reason}, found `{source}`"),
    }
}

fn shown(text: &str) -> String {
    let text = text.trim();
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}
