//! What the answer says of a template's lines, held against runs of edited templates that know nothing of the answer:
//! a line that the slice of a denial leaves out can be taken out; a probe in front of the statement that denied, or of
//! a condition that blocked a rule, is met; one in front of a statement that would have granted is not.
//!
//! `VTLENS_SUITES=FOLDER` checks every refusal of the suites there, else a sample of those here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::bench::{Bench, Case, Fate, cases, on_suites, suites};
use vtlens::report::{Decision, FieldReport, Site, SlicedTemplate};
use vtlens::source_file::{SourceFile, Span};
use vtlens::syntax::ast::{Block, Statement, StatementKind};
use vtlens::syntax::parse;

/// Of the refusals here one in so many is looked at.
const SAMPLE: usize = 15;

/// Checks refusals by templates; how many.
fn on_refusals(check: impl Fn(&Bench<'_>, &Case<'_>, &FieldReport) -> Vec<String> + Sync) -> usize {
    let (suites, given) = suites();
    let every = if given { 1 } else { SAMPLE };
    let results = on_suites(&suites, |bench| {
        let (mut checked, mut faults, mut seen) = (0, Vec::new(), 0_usize);
        for case in cases(bench.suite) {
            for field in &bench.ask(case.action, case.identity, true).fields {
                if field.decision != Decision::Denied || field.slice.is_empty() {
                    continue;
                }
                seen += 1;
                if (seen - 1) % every == 0 {
                    checked += 1;
                    faults
                        .extend(check(bench, &case, field).into_iter().map(|fault| format!("{}: {fault}", case.name)));
                }
            }
        }
        (checked, faults)
    });
    let faults: Vec<&String> = results.iter().flat_map(|(_, faults)| faults).collect();
    let shown: Vec<&str> = faults.iter().take(40).map(|fault| fault.as_str()).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), shown.join("\n"));
    results.iter().map(|(checked, _)| checked).sum()
}

/// The lines of a stretch of text that hold more than blanks.
fn lines(source: &SourceFile, span: Span) -> BTreeSet<u32> {
    let first = source.line_column(span.start).line;
    let told = source.slice(span).lines().zip(first..).filter(|(line, _)| !line.trim().is_empty());
    told.map(|(_, line)| line).collect()
}

/// The statements of a block, and of the blocks within, none of whose lines is among some.
fn left_out(source: &SourceFile, block: &Block, sliced: &BTreeSet<u32>, found: &mut Vec<Span>) {
    for Statement { span, kind } in block {
        let own = lines(source, *span);
        if !own.is_empty() && own.is_disjoint(sliced) {
            found.push(*span);
        }
        match kind {
            StatementKind::If { arms, otherwise } => {
                for body in arms.iter().map(|(_, body)| body).chain(otherwise) {
                    left_out(source, body, sliced, found);
                }
            }
            StatementKind::Foreach { body, .. } => left_out(source, body, sliced, found),
            // Text on several lines, each for itself.
            StatementKind::Text(_) if !own.is_disjoint(sliced) => {
                let mut at = span.start;
                for line in source.slice(*span).split_inclusive('\n') {
                    let end = at + u32::try_from(line.len()).unwrap();
                    let part = Span { start: at, end };
                    if lines(source, part).iter().any(|line| !sliced.contains(line)) {
                        found.push(part);
                    }
                    at = end;
                }
            }
            _ => {}
        }
    }
}

fn without(text: &str, span: Span) -> String {
    let range = span.range();
    format!("{}{}", &text[..range.start], &text[range.end..])
}

#[test]
fn a_line_that_the_slice_leaves_out_can_be_taken_out() {
    let removed = AtomicUsize::new(0);
    let kept = AtomicUsize::new(0);
    let checked = on_refusals(|bench, case, field| {
        let mut faults = Vec::new();
        let before = Fate::of(field);
        for SlicedTemplate { template, lines: sliced } in &field.slice {
            let source = SourceFile::new(template.clone(), bench.texts[template].clone());
            let mut found = Vec::new();
            left_out(&source, &parse(source.text()).unwrap(), &sliced.iter().copied().collect(), &mut found);
            kept.fetch_add(sliced.len(), Ordering::Relaxed);
            for span in found {
                let Some(after) = bench.edited(case, &field.path, template, &without(source.text(), span)) else {
                    continue;
                };
                removed.fetch_add(1, Ordering::Relaxed);
                if after != before {
                    let line = source.line_column(span.start).line;
                    faults
                        .push(format!("{template}:{line} `{}`: {before:?}, without it {after:?}", source.slice(span)));
                }
            }
        }
        faults
    });
    println!("{checked} refusals, {} lines kept, {} statements taken out", kept.into_inner(), removed.into_inner());
    assert!(checked > 50, "only {checked} refusals");
}

/// The start of the innermost block or statement that holds a place.
fn statement_at(block: &Block, at: u32) -> Option<u32> {
    let around = block.iter().find(|statement| statement.span.start <= at && at < statement.span.end)?;
    let inner = match &around.kind {
        StatementKind::If { arms, otherwise } => {
            arms.iter().map(|(_, body)| body).chain(otherwise).find_map(|body| statement_at(body, at))
        }
        StatementKind::Foreach { body, .. } => statement_at(body, at),
        _ => None,
    };
    Some(inner.unwrap_or(around.span.start))
}

/// Where a site begins, in bytes.
fn offset(source: &SourceFile, site: &Site) -> u32 {
    let before: usize = source.text().split_inclusive('\n').take(site.line as usize - 1).map(str::len).sum();
    let line = &source.text()[before..];
    let column: usize = line.chars().take(site.column as usize - 1).map(char::len_utf8).sum();
    u32::try_from(before + column).unwrap()
}

/// Whether control comes to the statement at a site: a probe in front of it ends the field otherwise.
fn is_met(bench: &Bench<'_>, case: &Case<'_>, field: &FieldReport, site: &Site) -> bool {
    let source = SourceFile::new(site.template.clone(), bench.texts[&site.template].clone());
    let at = statement_at(&parse(source.text()).unwrap(), offset(&source, site)).unwrap() as usize;
    let probed = format!("{}$util.error(\"met\", \"Probe\"){}", &source.text()[..at], &source.text()[at..]);
    match bench.edited(case, &field.path, &site.template, &probed).unwrap() {
        Fate::Gone => false,
        Fate::Told(told) => told.contains("\"Probe\""),
    }
}

fn holds(outer: &Site, inner: &Site) -> bool {
    outer.template == inner.template
        && (outer.line, outer.column) <= (inner.line, inner.column)
        && (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)
}

#[test]
fn what_denied_and_what_blocked_ran_and_what_would_have_granted_did_not() {
    let rules = AtomicUsize::new(0);
    let checked = on_refusals(|bench, case, field| {
        let mut faults = Vec::new();
        let mut hold = |site: &Site, ran: bool, what: &str| {
            if is_met(bench, case, field, site) != ran {
                let how = if ran { "is not met" } else { "is met" };
                faults.push(format!("{what} {}:{} `{}` {how}", site.template, site.line, site.text));
            }
        };
        if let Some(site) = &field.site {
            hold(site, true, "the site");
        }
        for rule in &field.rules {
            rules.fetch_add(1, Ordering::Relaxed);
            if let Some(blocked) = &rule.blocked_by {
                hold(&blocked.site, true, "what blocked");
            }
            // What a data source decided has one statement for both: what it was asked. And where nothing stands behind an
            // `#if` that denied, it is the `#if` that would have let the request in.
            let ran = rule.blocked_by.as_ref().is_some_and(|blocked| holds(&rule.grant, &blocked.site));
            hold(&rule.grant, ran, "the grant");
        }
        faults
    });
    println!("{checked} refusals, {} rules", rules.into_inner());
    assert!(checked > 50, "only {checked} refusals");
}
