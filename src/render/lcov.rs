//! Coverage as lcov's tracefile: lines that hold a statement, and branches, of every template that is a file of its own.
//!
//! What no request can reach is left out. A template inside of a stack's JSON has no lines of its own to show, so it is
//! left out too.

use std::fmt::Write;

use crate::suite::coverage::{Coverage, LineState, TemplateCoverage};

/// The coverage as a tracefile.
pub fn lcov(coverage: &Coverage) -> String {
    let mut out = String::new();
    for template in coverage.apis.iter().flat_map(|api| &api.templates) {
        if let Some(file) = template.file.as_deref().filter(|_| !template.template.contains('#')) {
            // Writing to a text cannot fail.
            let _ = record(&mut out, file, template);
        }
    }
    out
}

fn record(out: &mut String, file: &str, template: &TemplateCoverage) -> std::fmt::Result {
    writeln!(out, "TN:vtlens\nSF:{file}")?;
    let (mut found, mut hit) = (0, 0);
    let mut last = None;
    let mut way = 0;
    for branch in template.branches.iter().filter(|branch| branch.unreachable.is_none()) {
        way = if last == Some(branch.block) { way + 1 } else { 0 };
        last = Some(branch.block);
        found += 1;
        hit += usize::from(branch.count > 0);
        // A dash says that the statement itself never ran.
        let taken = if branch.asked { branch.count.to_string() } else { "-".to_owned() };
        writeln!(out, "BRDA:{},{},{way},{taken}", branch.line, branch.block)?;
    }
    writeln!(out, "BRF:{found}\nBRH:{hit}")?;
    let (mut found, mut hit) = (0, 0);
    for line in template.lines() {
        let Some(count) = line.count.filter(|_| line.state != LineState::Unreachable) else { continue };
        found += 1;
        hit += usize::from(count > 0);
        writeln!(out, "DA:{},{count}", line.number)?;
    }
    writeln!(out, "LF:{found}\nLH:{hit}\nend_of_record")
}
