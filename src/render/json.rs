//! Reports as JSON: schemas `vtlens.report/1` and `vtlens.tests/1`.

use serde::Serialize;

/// A report as indented JSON with a line end behind it.
///
/// Text in it comes from captures, so it may hold terminal control sequences: JSON escapes only those below U+0020,
/// so the others (DEL and the C1 controls, which some terminals obey) are escaped here. The value stays the same.
pub fn json(report: &impl Serialize) -> String {
    // Reports are made of strings, numbers and JSON values, none of which can fail to serialize.
    let plain = serde_json::to_string_pretty(report).unwrap_or_default();
    let mut out = String::with_capacity(plain.len() + 1);
    for c in plain.chars() {
        match c {
            '\u{7f}'..='\u{9f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('\n');
    out
}
