//! Every example in the tables of `$util` helpers is a template that renders as the table says: the same rows make
//! `docs/util.md`, so the page cannot lie.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use vtlens::eval::{End, NoTrace};
use vtlens::evaluate::Evaluation;
use vtlens::limits::Env;
use vtlens::util;

#[test]
fn examples_render_as_documented() {
    let mut failures = Vec::new();
    let mut count = 0;
    for helper in util::all() {
        assert!(!helper.examples.is_empty(), "{} has no example", helper.path);
        for (template, rendered) in helper.examples {
            count += 1;
            let evaluation =
                Evaluation { template: (*template).into(), name: helper.path.into(), ..Evaluation::default() };
            let shown = match evaluation.run(&Env::at(1_517_943_695_750), &mut NoTrace) {
                Err(error) => format!("does not parse: {error}"),
                Ok(evaluated) => match evaluated.outcome.end {
                    End::Failed(failure) => format!("fails: {}", failure.message),
                    _ => evaluated.outcome.output,
                },
            };
            if shown != *rendered {
                failures
                    .push(format!("{}\n  {template}\n  documented {rendered:?}\n  rendered   {shown:?}", helper.path));
            }
        }
    }
    assert!(count > 100);
    assert!(failures.is_empty(), "{} of {count} examples differ:\n{}", failures.len(), failures.join("\n"));
}
