//! What the answer says of a template's lines, held against runs of edited templates that know nothing of the answer:
//! a line that the slice of a denial leaves out can be taken out; a probe in front of the statement that denied, or of
//! a condition that blocked a rule, is met; one in front of a statement that would have granted is not.
//!
//! `VTLENS_SUITES=FOLDER` checks every refusal of the suites there, else a sample of those here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use support::bench::{Bench, Case, Fate, cases, on_suites, suites};
use support::thing::{ANSWER, GET, asked};
use vtlens::report::{Decision, FieldReport, RequestReport, Site, SlicedTemplate};
use vtlens::source_file::{SourceFile, Span};
use vtlens::syntax::ast::{Block, Statement, StatementKind};
use vtlens::syntax::parse;

/// Of the cases here one in so many is looked at.
const SAMPLE: usize = 37;

/// Checks refusals by templates; how many.
fn on_refusals(check: impl Fn(&Bench<'_>, &Case<'_>, &FieldReport) -> Vec<String> + Sync) -> usize {
    let (suites, given) = suites();
    let every = if given { 1 } else { SAMPLE };
    let results = on_suites(&suites, |bench| {
        let (mut checked, mut faults) = (0, Vec::new());
        for case in cases(bench.suite).into_iter().step_by(every) {
            for field in &bench.ask(case.action, case.identity, true).fields {
                if field.decision == Decision::Denied && !field.slice.is_empty() {
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
            let source = SourceFile::new(template.clone(), bench.text(field, template));
            let mut found = Vec::new();
            left_out(&source, &parse(source.text()).unwrap(), &sliced.iter().copied().collect(), &mut found);
            kept.fetch_add(sliced.len(), Ordering::Relaxed);
            for span in found {
                let Some(after) =
                    bench.edited(case, &field.path, template, [source.text(), &without(source.text(), span)])
                else {
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
    let (kept, removed) = (kept.into_inner(), removed.into_inner());
    println!("{checked} refusals, {kept} lines kept, {removed} statements taken out");
    assert!(removed > kept, "a slice that keeps everything says nothing");
    assert!(checked > 25, "only {checked} refusals");
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
    let source = SourceFile::new(site.template.clone(), bench.text(field, &site.template));
    let at = statement_at(&parse(source.text()).unwrap(), offset(&source, site)).unwrap() as usize;
    let probed = format!("{}$util.error(\"met\", \"Probe\"){}", &source.text()[..at], &source.text()[at..]);
    match bench.edited(case, &field.path, &site.template, [source.text(), &probed]).unwrap() {
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
    assert!(checked > 25, "only {checked} refusals");
}

#[test]
fn explaining_changes_nothing_of_an_answer() {
    let (suites, given) = suites();
    let results = on_suites(&suites, |bench| {
        let mut faults = Vec::new();
        let cases: Vec<Case<'_>> = cases(bench.suite).into_iter().step_by(if given { 1 } else { 7 }).collect();
        for case in &cases {
            let [plain, explained] = [false, true].map(|record| bench.ask(case.action, case.identity, record));
            let fates = |report: &RequestReport| report.fields.iter().map(Fate::of).collect::<Vec<_>>();
            let told = |report: &RequestReport| (report.decision, report.stage, report.response.clone());
            if told(&plain) != told(&explained) || fates(&plain) != fates(&explained) {
                faults.push(format!("{}: {plain:?}\nexplained {explained:?}", case.name));
            }
        }
        (cases.len(), faults)
    });
    let faults: Vec<&String> = results.iter().flat_map(|(_, faults)| faults).collect();
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults[0]);
    assert!(results.iter().map(|(cases, _)| cases).sum::<usize>() > 250);
}

/// A response template that denies, each line behind `* ` if the denial hangs on it, else behind two blanks.
#[track_caller]
fn hangs_on(request: &str, marked: &str) {
    let text = |marked: &str| marked.lines().map(|line| line.get(2..).unwrap_or("")).collect::<Vec<_>>().join("\n");
    let lines = |marked: &str| -> Vec<u32> {
        (1..).zip(marked.lines()).filter(|(_, line)| line.starts_with('*')).map(|(at, _)| at).collect()
    };
    let arguments = json!({ "id": "1", "name": "n" });
    let report = asked(&text(request), &format!("{}\n{ANSWER}", text(marked)), &json!({ "sub": "u1" }), &arguments);
    assert_eq!(report.decision, Decision::Denied, "{report:?}");
    let found: Vec<&Vec<u32>> = report.slice.iter().map(|sliced| &sliced.lines).collect();
    assert_eq!(found, [&lines(request), &lines(marked)], "\n{request}\n{marked}");
}

#[test]
fn a_slice_holds_what_the_denial_hangs_on_and_nothing_else() {
    let get = &format!("* {GET}");
    for response in [
        // A flag that stayed as it was needs the branch that could have set it, and not what else is set there.
        "* #set($ok = false)\n  #set($other = 1)\n* #if($ctx.identity.sub == \"u2\")\n  #set($ok = true)\n  #end\n* #if(!$ok)\n* $util.unauthorized()\n  #end",
        // Two variables, one list.
        "* #set($a = [])\n* #set($b = $a)\n* $util.qr($b.add(\"x\"))\n  #set($c = [])\n  $util.qr($c.add(\"x\"))\n* #if($a.contains(\"x\"))\n* $util.unauthorized()\n  #end",
        // One entry of a map, and who wrote it last.
        "* #set($m = {})\n  $util.qr($m.put(\"a\", 1))\n  $util.qr($m.put(\"b\", 1))\n* #set($m.b = 2)\n* #if($m.b == 2)\n* $util.unauthorized()\n  #end",
        // A null on the right keeps the value: both matter.
        "  #set($owner = \"x\")\n* #set($owner = \"nobody\")\n* #set($owner = $ctx.nothing)\n* #if($owner == \"nobody\")\n* $util.unauthorized()\n  #end",
        // Only the atom that decided.
        "  #set($one = true)\n* #set($two = false)\n* #if(!($one && $two))\n* $util.unauthorized()\n  #end",
        "* #set($one = true)\n  #set($two = true)\n* #if($one || $two)\n* $util.unauthorized()\n  #end",
        // A return that was not taken, and what it asked.
        "* #set($skip = false)\n* #if($skip)\n  #return\n  #end\n* $util.unauthorized()",
        // A check that passed.
        "* #set($valid = true)\n* $util.validate($valid, \"no\")\n* $util.unauthorized()",
        // A loop left early: with more turns the flag would have been set.
        "* #set($ok = false)\n* #foreach($x in [1, 2, 3])\n* #if($x == 3)\n  #set($ok = true)\n  #end\n* #if($x == 2)\n* #break\n  #end\n  #end\n* #if(!$ok)\n* $util.unauthorized()\n  #end",
        // A loop over nothing.
        "* #set($groups = [])\n* #foreach($group in $groups)\n  #set($ok = true)\n  #end\n* #if(!$ok)\n* $util.unauthorized()\n  #end",
        // A string with values in it; a variable that a loop gives back.
        "* #set($a = \"x\")\n  #foreach($a in [1])\n  #set($b = $a)\n  #end\n* #set($c = \"${a}-#if($a)y#end\")\n* #if($c == \"x-y\")\n* $util.error(\"no $c\", \"Unauthorized\")\n  #end",
        // Arguments, changed on the way.
        "* $util.qr($ctx.args.put(\"name\", \"eve\"))\n  $util.qr($ctx.args.put(\"id\", \"2\"))\n* #if($context.arguments.name == \"eve\")\n* $util.unauthorized()\n  #end",
        // A list of lists, looked into as a whole.
        "* #set($in = [])\n* #set($out = [$in])\n* $util.qr($in.add(1))\n  #set($x = $util.toJson($in))\n* #if($util.toJson($out) == \"[[1]]\")\n* $util.unauthorized()\n  #end",
        // An error that was appended: what comes after it takes nothing back.
        "* #set($type = \"Unauthorized\")\n* $util.appendError(\"no\", $type)\n  #set($x = 1)",
    ] {
        hangs_on(get, response);
    }
}

#[test]
fn a_slice_goes_on_through_the_stash_the_arguments_and_what_was_asked() {
    let denied = "* #if($ctx.result.owner == \"u1\")\n* $util.unauthorized()\n  #end";
    let head = "* { \"version\": \"2018-05-29\", \"operation\": \"GetItem\",";
    hangs_on(
        &format!(
            "* #set($id = $ctx.args.id)\n  #set($x = 1)\n{head}\n* \"key\": {{ \"id\": $util.dynamodb.toDynamoDBJson($id) }}\n* }}"
        ),
        denied,
    );
    // A part of the request that was left out.
    hangs_on(
        &format!(
            "* #set($weak = true)\n{head}\n* #if(!$weak)\n  \"consistentRead\": true,\n  #end\n* \"key\": {{ \"id\": {{ \"S\": \"1\" }} }} }}"
        ),
        denied,
    );
    hangs_on(
        &format!("* $util.qr($ctx.stash.put(\"no\", true))\n  $util.qr($ctx.stash.put(\"yes\", true))\n* {GET}"),
        "  #set($yes = $ctx.stash.yes)\n* #if($ctx.stash.get(\"no\"))\n* $util.unauthorized()\n  #end",
    );
    hangs_on(
        &format!("* #set($all = $ctx.stash)\n* #set($all.list = [])\n* {GET}"),
        "* #if($ctx.args.id == \"7\")\n  $util.qr($ctx.stash.list.add(1))\n  #end\n* #if($ctx.stash.list.isEmpty())\n* $util.unauthorized()\n  #end",
    );
}
