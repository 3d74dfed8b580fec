//! What a selection means on objects of one type: which fields, whether the schema lets the caller through to them,
//! and which have resolvers. The same for every object of that type, so it is worked out once.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::admission::{Admission, Refusal, admit};
use super::{Caller, Executor};
use crate::error::Result;
use crate::request::operation::{FieldRun, SchemaInfo};

/// A selected field on objects of one type.
#[derive(Debug)]
pub(super) struct Planned {
    /// The field as it was selected, merged with others of the same response key, on the object's own type.
    pub(super) selected: FieldRun,
    /// Why the schema refuses it.
    pub(super) refusal: Option<Refusal>,
    /// Whether it has a resolver of its own; otherwise it is its parent's property.
    pub(super) has_resolver: bool,
}

/// The selected fields, in the order of the response.
pub(super) type Plan = Rc<[Planned]>;

/// The plans of one operation.
#[derive(Debug)]
pub(super) struct Plans<'a> {
    executor: &'a Executor<'a>,
    caller: Caller<'a>,
    /// By the selection's address and the object's type. Selections live in the operation or in a plan, and plans
    /// stay: no address is used twice.
    known: FxHashMap<(usize, usize), Vec<(String, Plan)>>,
}

impl<'a> Plans<'a> {
    pub(super) fn new(executor: &'a Executor<'a>, caller: Caller<'a>) -> Self {
        Plans { executor, caller, known: FxHashMap::default() }
    }

    /// The plan of a selection on objects of a type.
    pub(super) fn of(&mut self, selection: &[FieldRun], object_type: &str) -> Result<Plan> {
        let key = (selection.as_ptr().addr(), selection.len());
        if let Some((_, plan)) =
            self.known.get(&key).and_then(|plans| plans.iter().find(|(known, _)| known == object_type))
        {
            return Ok(Rc::clone(plan));
        }
        let plan: Plan = self.planned(selection, object_type)?.into();
        self.known.entry(key).or_default().push((object_type.to_owned(), Rc::clone(&plan)));
        Ok(plan)
    }

    fn planned(&self, selection: &[FieldRun], object_type: &str) -> Result<Vec<Planned>> {
        let mut plan: Vec<Planned> = Vec::new();
        let applying = selection
            .iter()
            .filter(|field| field.type_conditions.iter().all(|condition| self.is_a(object_type, condition)));
        for field in applying {
            match plan.iter_mut().find(|known| known.selected.response_key == field.response_key) {
                // Two fragments select one key; validation made sure that they ask for the same field.
                Some(known) => known.selected.selection.extend(field.selection.iter().cloned()),
                None => plan.push(self.field(field, object_type)?),
            }
        }
        Ok(plan)
    }

    fn field(&self, field: &FieldRun, object_type: &str) -> Result<Planned> {
        let mut selected = field.clone();
        if field.is_meta() {
            return Ok(Planned { selected, refusal: None, has_resolver: false });
        }
        if selected.parent_type != object_type {
            object_type.clone_into(&mut selected.parent_type);
            if let Some(info) = self.executor.api.schema.field(object_type, &field.name) {
                selected.return_type = info.ty.to_string();
            }
        }
        let refusal = match admit(self.executor.api, object_type, &field.name, self.caller) {
            Admission::Admitted(_) => None,
            Admission::Refused(refusal) => Some(refusal),
        };
        let has_resolver = self.executor.resolver(object_type, &field.name)?.is_some();
        Ok(Planned { selected, refusal, has_resolver })
    }

    /// Whether objects of a type are of another: itself, an interface of theirs, or a union they belong to.
    fn is_a(&self, object_type: &str, wanted: &str) -> bool {
        object_type == wanted || self.executor.api.schema.is_subtype(object_type, wanted)
    }
}
