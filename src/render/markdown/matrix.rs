//! Who may do what as a table of Markdown.

use super::{code, escaped, mark};
use crate::render::text::words;
use crate::suite::{Matrix, Sheet};

/// A matrix as Markdown.
pub fn matrix(matrix: &Matrix) -> String {
    let mut out = String::new();
    for one in &matrix.sheets {
        sheet(&mut out, one);
    }
    let counts = matrix.counts().into_iter().filter(|(_, n)| *n > 0);
    let parts: Vec<String> =
        counts.map(|(decision, n)| format!("{} {n} {}", mark(decision), words::decided(decision))).collect();
    out.push_str(&format!("{}\n", parts.join(" · ")));
    out
}

fn sheet(out: &mut String, sheet: &Sheet) {
    out.push_str(&format!("### {}\n\n", escaped(&sheet.suite)));
    let asked = |name: &str| sheet.rows.iter().any(|row| row.cell(name).is_some());
    let callers: Vec<_> = sheet.identities.iter().filter(|caller| asked(&caller.name)).collect();
    let names: String = callers.iter().map(|caller| format!(" {} |", escaped(&caller.name))).collect();
    out.push_str(&format!("| request |{names}\n| --- |{}\n", " :-: |".repeat(callers.len())));
    for row in &sheet.rows {
        let fields: Vec<String> =
            row.fields.iter().filter(|field| !row.test.contains(*field)).map(|field| code(field)).collect();
        let fields = if fields.is_empty() { String::new() } else { format!(" {}", fields.join(", ")) };
        let cells = callers.iter().map(|caller| row.cell(&caller.name).map_or("·", |cell| mark(cell.decision)));
        let cells: String = cells.map(|cell| format!(" {cell} |")).collect();
        out.push_str(&format!("| {}{fields} |{cells}\n", escaped(&row.label())));
    }
    out.push_str("\n<details><summary>Who the callers are</summary>\n\n");
    for caller in callers {
        out.push_str(&format!("- **{}** {}\n", escaped(&caller.name), escaped(&caller.words)));
    }
    out.push_str("\n</details>\n\n");
}
