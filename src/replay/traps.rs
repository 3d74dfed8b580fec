//! Traps of the schema stage: what of a request's directives and `deniedFields` does not do what was meant, also where
//! nobody was refused for it, and the fields that one missing directive takes away.

use rustc_hash::FxHashSet;
use serde_json::Value as Json;

use super::{Replay, caller};
use crate::api::schema::ModesFrom;
use crate::execute::{self, Admission, Caller, Refusal};
use crate::explain::directives;
use crate::identity::Identity;
use crate::report::{FieldReport, Hazard, RequestReport};
use crate::request::operation::{FieldRun, Operation, SchemaInfo};

impl Replay<'_> {
    /// Adds the traps of an operation to the reports of its root fields.
    pub(super) fn add_traps(&self, report: &mut RequestReport, operation: &Operation, identity: &Identity) {
        let denies_nothing = execute::denied_for_nothing(self.api, &identity.denied_fields);
        for root in operation.fields.iter().filter(|field| !field.is_meta()) {
            let mut traps = Traps {
                replay: self,
                caller: caller(identity, &[]),
                hazards: Vec::new(),
                lacking: Vec::new(),
                seen: FxHashSet::default(),
            };
            traps.field(root, &root.parent_type);
            let Traps { mut hazards, lacking, .. } = traps;
            let met = |type_name: &str| {
                let is_it = |field: &FieldReport| field.parent_type == type_name && is_lacking(field);
                report.fields.iter().any(is_it)
            };
            // Where the value came through, the fields themselves say it.
            hazards.extend(lacking.into_iter().filter(|lack| !met(&lack.type_name)).map(Lack::hazard));
            hazards.extend(denies_nothing.iter().map(|entry| Hazard {
                code: "denied-field-matches-nothing",
                site: None,
                text: format!(
                    "deniedFields holds \"{entry}\", which names no field of this API: write `Type.field` or the \
                     field's ARN, without wildcards"
                ),
            }));
            let key = Json::String(root.response_key.clone());
            if let Some(field) = report.fields.iter_mut().find(|field| field.path == [key.clone()]) {
                for hazard in hazards {
                    let is_cause = field.cause.as_ref().is_some_and(|cause| cause.code == hazard.code);
                    if !is_cause && !field.hazards.contains(&hazard) {
                        field.hazards.push(hazard);
                    }
                }
            }
        }
        tell_all_lacking(report);
    }
}

fn is_lacking(field: &FieldReport) -> bool {
    field.cause.as_ref().is_some_and(|cause| cause.code == "type-lacks-directive")
}

/// One missing directive refuses every field of its type: the cause names all that were selected.
fn tell_all_lacking(report: &mut RequestReport) {
    let mut names: Vec<String> = Vec::new();
    for field in report.fields.iter().filter(|field| is_lacking(field)) {
        let name = format!("{}.{}", field.parent_type, field.field);
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if let Some(cause) = report.cause.as_mut().filter(|cause| cause.code == "type-lacks-directive" && names.len() > 1) {
        cause.text = format!("{}; refused for it: {}", cause.text, names.join(", "));
    }
}

/// A type without the caller's directive, and the fields of it that were selected.
struct Lack {
    type_name: String,
    directive: &'static str,
    fields: Vec<String>,
}

impl Lack {
    fn hazard(self) -> Hazard {
        let Lack { type_name, directive, fields } = self;
        let fields: Vec<String> = fields.iter().map(|field| format!("{type_name}.{field}")).collect();
        Hazard {
            code: "type-lacks-directive",
            site: None,
            text: format!(
                "type {type_name} lacks @{directive}: where a value comes through, {} will be refused",
                fields.join(", ")
            ),
        }
    }
}

/// What was found on the way through a selection.
struct Traps<'r, 'a> {
    replay: &'r Replay<'a>,
    caller: Caller<'r>,
    hazards: Vec<Hazard>,
    lacking: Vec<Lack>,
    /// Selected fields by address, with the type they were looked at on.
    seen: FxHashSet<(usize, String)>,
}

impl Traps<'_, '_> {
    fn field(&mut self, field: &FieldRun, parent_type: &str) {
        if !self.seen.insert((std::ptr::from_ref(field).addr(), parent_type.to_owned())) {
            return;
        }
        let api = self.replay.api;
        for misspelt in directives::misspelt(api, parent_type, &field.name) {
            self.add("unknown-directive", misspelt.in_words());
        }
        match execute::admit(api, parent_type, &field.name, self.caller) {
            Admission::Admitted(ignored) => {
                for directive in ignored {
                    let text = format!(
                        "@{} on {parent_type}.{} narrows nothing: {}",
                        directive.name, field.name, directive.reason
                    );
                    self.add("aws-auth-ignored", text);
                }
            }
            Admission::Refused(Refusal::Mode { mode, from: ModesFrom::Type | ModesFrom::Default, .. })
                if !api.schema.is_root(parent_type) =>
            {
                return self.lacks(parent_type, mode.directive(), &field.name);
            }
            Admission::Refused(_) => return,
        }
        let returned = api.schema.possible_types(field.named_type());
        for below in field.selection.iter().filter(|below| !below.is_meta()) {
            let applies = |object: &&&str| {
                below.type_conditions.iter().all(|on| **object == on || api.schema.is_subtype(object, on))
            };
            for object in returned.iter().filter(applies) {
                self.field(below, object);
            }
        }
    }

    fn add(&mut self, code: &'static str, text: String) {
        if !self.hazards.iter().any(|known| known.text == text) {
            self.hazards.push(Hazard { code, site: None, text });
        }
    }

    fn lacks(&mut self, type_name: &str, directive: &'static str, field: &str) {
        let known = self.lacking.iter_mut().find(|lack| lack.type_name == type_name);
        match known {
            Some(lack) if lack.fields.iter().any(|known| known == field) => {}
            Some(lack) => lack.fields.push(field.to_owned()),
            None => {
                self.lacking.push(Lack { type_name: type_name.to_owned(), directive, fields: vec![field.to_owned()] })
            }
        }
    }
}
