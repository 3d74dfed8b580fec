//! What of an API's templates ran, counted over many requests and threads.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::compile::Program;
use crate::eval::Counts;

/// A template's program, and how often everything of it ran.
#[derive(Debug)]
pub struct Counted {
    /// The program.
    pub program: Arc<Program>,
    /// How often everything of it ran.
    pub counts: Counts,
}

/// The counts of an API's templates, by their names.
#[derive(Debug, Default)]
pub struct Coverage {
    templates: Mutex<FxHashMap<String, Arc<Counted>>>,
}

impl Coverage {
    /// Where to count a run of a program. `None` for a text that is not the one which was counted first under its
    /// name: what somebody edits.
    pub(super) fn of(&self, program: &Arc<Program>) -> Option<Arc<Counted>> {
        let mut templates = self.templates.lock().unwrap_or_else(PoisonError::into_inner);
        let name = program.source.name();
        let counted = match templates.get(name) {
            Some(counted) => Arc::clone(counted),
            None => {
                let counted = Counted { program: Arc::clone(program), counts: Counts::new(program) };
                Arc::clone(templates.entry(name.to_owned()).or_insert(Arc::new(counted)))
            }
        };
        let same = Arc::ptr_eq(&counted.program, program) || counted.program.source.text() == program.source.text();
        same.then_some(counted)
    }

    /// What was counted of a template; `None` when it never ran.
    pub fn template(&self, name: &str) -> Option<Arc<Counted>> {
        self.templates.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}
