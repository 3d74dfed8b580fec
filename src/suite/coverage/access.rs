//! Which templates decide about access: by what they do, not by their files' names.

use crate::compile::Program;
use crate::compile::program::{Reference, StepKind};

/// Whether a template refuses by itself, asks who the caller is, or by which mode he came.
pub(in crate::suite) fn decides(program: &Program) -> bool {
    program.references.iter().any(|reference| {
        let called = reference.helper.as_ref().map_or("", |call| call.helper.path);
        matches!(called, "util.unauthorized" | "util.authType")
            || called.starts_with("util.authRules.")
            || reads_identity(program, reference)
    })
}

/// `$ctx.identity`, whatever of it.
fn reads_identity(program: &Program, reference: &Reference) -> bool {
    let root = program.slots.iter().nth(reference.slot.index());
    let first = program.steps.slice(&reference.steps).first().map(|step| &step.kind);
    matches!(root.map(|name| &**name), Some("ctx" | "context"))
        && matches!(first, Some(StepKind::Property(name)) if program.text(*name) == "identity")
}
