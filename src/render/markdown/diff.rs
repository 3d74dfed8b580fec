//! Who gained and who lost access, as a comment on a pull request.

use super::{code, escaped, mark};
use crate::render::text::words::{self, count};
use crate::render::text::{events, kind, place};
use crate::suite::{Change, Diff, Flip, Group, OneSided};

/// Flips of a branch that stand in the open.
const OPEN: usize = 5;
/// Callers that are named before the rest is counted.
const NAMES: usize = 6;
/// Longest comment (in bytes) that GitHub takes, with room for what a job adds.
const LONGEST: usize = 60_000;

/// A diff as Markdown.
pub fn diff(diff: &Diff) -> String {
    let mut out = format!("### {}\n\n", headline(diff));
    out.push_str(&format!(
        "{} → {}, {} compared\n",
        code(&diff.old),
        code(&diff.new),
        count(diff.compared, "decision", "decisions")
    ));
    let mut left_out = 0;
    for (change, title) in
        [(Change::Gained, "Gained access"), (Change::Lost, "Lost access"), (Change::Other, "Decided otherwise")]
    {
        let groups: Vec<&Group> = diff.groups.iter().filter(|group| group.change == change).collect();
        if groups.is_empty() {
            continue;
        }
        out.push_str(&format!("\n#### {title}\n"));
        for of_field in groups.chunk_by(|one, next| one.field == next.field) {
            let text = field(of_field);
            match out.len() + text.len() <= LONGEST {
                true => out.push_str(&text),
                false => left_out += of_field.iter().map(|group| group.cases.len()).sum::<usize>(),
            }
        }
    }
    if left_out > 0 {
        out.push_str(&format!("\n… and {left_out} more: run `vtlens diff`.\n"));
    }
    let callers = diff.callers().into_iter().map(|(name, who)| format!("- **{}** {}\n", escaped(name), escaped(who)));
    if !diff.is_unchanged() {
        folded(&mut out, "Who the callers are", callers);
    }
    one_sided(&mut out, "Only in the new build", &diff.only_new);
    one_sided(&mut out, "Only in the old build", &diff.only_old);
    if !diff.accepted.is_empty() {
        let summary =
            format!("{} by the allow-list", count(diff.accepted.len(), "change accepted", "changes accepted"));
        let lines = diff.accepted.iter().map(|one| {
            let note = one.note.as_ref().map(|note| format!(": {}", escaped(note))).unwrap_or_default();
            format!("- {} {} {}{note}\n", turned(&one.flip), code(&one.field), escaped(&one.flip.identity))
        });
        folded(&mut out, &summary, lines);
    }
    if !diff.stale.is_empty() {
        let lines = diff.stale.iter().map(|entry| {
            let who = entry.identity.as_ref().map(|name| format!(", {}", escaped(name))).unwrap_or_default();
            format!("- line {}: {} {}{who}\n", entry.line, entry.change.name(), code(&entry.field))
        });
        folded(&mut out, "Entries of the allow-list that matched nothing", lines);
    }
    if !diff.not_compared.is_empty() {
        let summary = format!("{} not compared", count(diff.not_compared.len(), "request", "requests"));
        let lines = diff.not_compared.iter().map(|one| format!("- {}: {}\n", escaped(&one.test), escaped(&one.why)));
        folded(&mut out, &summary, lines);
    }
    out
}

fn headline(diff: &Diff) -> String {
    if diff.is_unchanged() {
        return "Access: no decision changed".to_owned();
    }
    let parts = [(Change::Gained, "gained"), (Change::Lost, "lost"), (Change::Other, "decided otherwise")];
    let parts = parts.into_iter().map(|(change, name)| (diff.count(change), name)).filter(|(n, _)| *n > 0);
    format!("Access: {}", parts.map(|(n, name)| format!("{n} {name}")).collect::<Vec<_>>().join(", "))
}

fn field(groups: &[&Group]) -> String {
    let name = groups.first().map_or("", |group| group.field.as_str());
    let mut out = format!("\n**{}**\n", code(name));
    for group in groups {
        out.push_str(&format!("- {}\n", branch(group)));
        let lines: Vec<String> = group.by_request().iter().map(|flips| case(flips, name)).collect();
        if lines.len() > OPEN + 1 {
            let decisions = count(group.cases.len(), "decision", "decisions");
            out.push_str(&format!("  <details><summary>{decisions}</summary>\n\n{}\n  </details>\n", lines.concat()));
        } else {
            out.push_str(&lines.concat());
        }
    }
    out
}

fn branch(group: &Group) -> String {
    let (lets_in, refuses) = match group.change {
        Change::Gained => ("now let in by", "was refused at"),
        Change::Lost => ("was let in by", "now refused at"),
        Change::Other => ("was let in by", "now at"),
    };
    let granted = group.allowed_by.as_ref().map(|grant| match &grant.auth {
        Some(auth) if !auth.reconstructed => format!("{lets_in} {} {}:{}", code(&auth.text), auth.file, auth.line),
        Some(auth) => format!("{lets_in} {} {}", code(&auth.text), place(&grant.site)),
        None if kind(grant) == grant.site.text => {
            format!("{lets_in} {} {}", code(&grant.site.text), place(&grant.site))
        }
        None => format!("{lets_in} {} {}", kind(grant), place(&grant.site)),
    });
    let denied = group.denied_at.as_ref().and_then(|denial| {
        let reason = denial.cause.as_ref().map(|cause| format!(" ({})", cause.code)).unwrap_or_default();
        let at = denial.site.as_ref().map(place);
        let at = at.or_else(|| denial.stage.map(|stage| format!("the {}", words::stage(stage))))?;
        Some(format!("{refuses} {at}{reason}"))
    });
    let parts: Vec<String> = granted.into_iter().chain(denied).collect();
    if parts.is_empty() { "by the request as a whole".to_owned() } else { parts.join(", ") }
}

fn case(flips: &[&Flip], field: &str) -> String {
    let Some(flip) = flips.first() else { return String::new() };
    let callers: Vec<String> = flips.iter().map(|flip| format!("**{}**", escaped(&flip.identity))).collect();
    let step = flip.step.map(|step| format!(", step {step}")).unwrap_or_default();
    let path = if flip.path.is_empty() { String::new() } else { format!(" {}", code(&flip.path)) };
    let test = if flip.test == field { String::new() } else { format!(": {}{step}", escaped(&flip.test)) };
    let events = escaped(events(flips).trim_start());
    let events = if events.is_empty() { events } else { format!(" {events}") };
    format!("  - {} {}{events}{path}{test}\n", turned(flip), callers.join(", "))
}

fn turned(flip: &Flip) -> String {
    let (old, new) = (&flip.old, &flip.new);
    match (old.rows.zip(new.rows), old.refused.zip(new.refused)) {
        (Some((was, is)), _) => format!("{} {was} → {is} rows", mark(new.decision)),
        (None, Some((was, is))) => format!("{} at {was} → {is} places", mark(new.decision)),
        (None, None) => format!("{} → {}", mark(old.shown()), mark(new.shown())),
    }
}

fn one_sided(out: &mut String, title: &str, fields: &[OneSided]) {
    if fields.is_empty() {
        return;
    }
    let names = |names: &[String]| {
        let shown = names.iter().take(NAMES).map(|name| escaped(name)).collect::<Vec<_>>().join(", ");
        if names.len() > NAMES { format!("{shown} and {} more", names.len() - NAMES) } else { shown }
    };
    let lines = fields.iter().map(|one| {
        let parts = [("open to", &one.open_to), ("closed to", &one.closed_to)];
        let parts = parts.into_iter().filter(|(_, who)| !who.is_empty());
        let parts: Vec<String> = parts.map(|(what, who)| format!("{what} {}", names(who))).collect();
        let parts = if parts.is_empty() { "nobody was asked about it".to_owned() } else { parts.join("; ") };
        format!("- {} {parts}\n", code(&one.field))
    });
    let lines: Vec<String> = lines.collect();
    if lines.len() > OPEN {
        folded(out, &format!("{title}: {}", count(lines.len(), "field", "fields")), lines.into_iter());
    } else {
        out.push_str(&format!("\n#### {title}\n\n{}", lines.concat()));
    }
}

fn folded(out: &mut String, summary: &str, lines: impl Iterator<Item = String>) {
    out.push_str(&format!("\n<details><summary>{summary}</summary>\n\n{}\n</details>\n", lines.collect::<String>()));
}
