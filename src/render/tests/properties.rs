//! What must hold for any report, whatever a capture or a template holds.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::page::Page;
use super::reports;
use crate::render::{NARROWEST, Options, github, html, sarif, text};
use crate::report::*;

/// Text out of a hostile capture: control characters, quotes, directions, long words, many spaces.
fn hostile() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        4 => "[a-z$.(){}#!|&]{1,12}",
        2 => Just(" ".to_owned()),
        1 => "[a-z0-9:/.-]{40,120}",
        1 => prop::sample::select(vec![
            "\u{1b}[2J", "\u{1b}]0;title\u{7}", "\u{9b}31m", "\n", "\r", "\t", "\u{202e}", "\u{200b}", "\u{2028}",
            "\"", "`", "'", "\\", "  ", "ü", "漢字", "│", "└─ ",
            "</script>", "<img src=x onerror=x>", "<!--", "&amp;", "{{ x }}", "::error::",
        ]).prop_map(str::to_owned),
    ];
    prop::collection::vec(pieces, 0..30).prop_map(|pieces| pieces.concat())
}

fn site() -> impl Strategy<Value = Site> {
    (hostile(), 0..2000u32, 0..200u32, 0..200u32, 0..3u32, hostile(), hostile()).prop_map(
        |(template, line, column, end_column, more, text, source_line)| Site {
            template,
            line,
            column,
            end_line: line + more,
            end_column,
            text,
            source_line,
        },
    )
}

fn value() -> impl Strategy<Value = Json> {
    prop_oneof![
        any::<bool>().prop_map(Json::from),
        Just(Json::Null),
        hostile().prop_map(Json::from),
        prop::collection::vec(hostile(), 0..5).prop_map(Json::from),
        (hostile(), hostile()).prop_map(|(key, value)| json!({ key: value })),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    let operand = (hostile(), value(), prop::option::of(hostile()), prop::option::of(site()))
        .prop_map(|(text, value, from, set_at)| Operand { text, value, from, set_at });
    let operands = prop::collection::vec(operand, 0..3);
    (site(), hostile(), value(), operands, prop::option::of(hostile()))
        .prop_map(|(site, text, value, operands, words)| Condition { site, text, value, operands, words })
}

fn rule() -> impl Strategy<Value = Rule> {
    let auth = (hostile(), 1..500u32, hostile()).prop_map(|(file, line, text)| AuthorRule {
        file,
        line,
        text,
        reconstructed: false,
    });
    let kind = prop::sample::select(vec!["staticGroup", "owner", "other", "private"]);
    (1..200usize, kind, prop::option::of(auth), site(), prop::option::of(condition()), hostile()).prop_map(
        |(id, kind, auth, grant, blocked_by, needs)| Rule {
            id,
            kind,
            auth,
            also_auth: Vec::new(),
            grant,
            blocked_by,
            needs,
        },
    )
}

fn allowed_by() -> impl Strategy<Value = (Option<AdmittedBy>, Vec<AllowedBy>)> {
    let one = (rule(), prop::option::of(site()), prop::collection::vec(condition(), 0..3), hostile()).prop_map(
        |(rule, past, because, words)| {
            let Rule { id, kind, auth, grant, .. } = rule;
            AllowedBy { id, kind, auth, also_auth: Vec::new(), grant, past, because, words }
        },
    );
    let admitted = (prop::option::of(site()), hostile()).prop_map(|(site, words)| AdmittedBy { site, words });
    (prop::option::of(admitted), prop::collection::vec(one, 0..4))
}

fn decision() -> impl Strategy<Value = Decision> {
    use Decision::*;
    prop::sample::select(vec![Allowed, Filtered, Error, Undecided, Denied])
}

fn stage() -> impl Strategy<Value = Option<Stage>> {
    use Stage::*;
    prop::option::of(prop::sample::select(vec![Gate, Schema, Iam, Authorizer, Resolver, Source, Propagation]))
}

fn cause() -> impl Strategy<Value = Option<Cause>> {
    prop::option::of(hostile().prop_map(|text| Cause { code: "group-missing", text }))
}

/// A trace whose places need not be in its text, as after masking.
fn trace() -> impl Strategy<Value = TemplateTrace> {
    let at = (0..12u32, 0..90u32, 0..4u32, 0..90u32).prop_map(|(line, column, more, end_column)| TextSpan {
        line,
        column,
        end_line: line + more,
        end_column,
    });
    let kind = prop::sample::select(vec![SpanKind::Statement, SpanKind::Branch, SpanKind::Loop]);
    let span = (at.clone(), kind, 0..3u32).prop_map(|(at, kind, times)| TracedSpan {
        at,
        kind,
        state: if times > 0 { SpanState::Taken } else { SpanState::Untaken },
        times,
    });
    let kind = prop::sample::select(vec![ValueKind::Condition, ValueKind::Assignment, ValueKind::Reference]);
    let seen = (value(), prop::option::of(hostile()), any::<bool>()).prop_map(|(value, from, kept)| SeenValue {
        value,
        from,
        kept,
        times: 1,
    });
    let value = (at, kind, hostile(), prop::collection::vec(seen, 0..3))
        .prop_map(|(at, kind, text, values)| TracedValue { at, kind, text, values, more: 0 });
    let lines = prop::collection::vec(hostile(), 0..40).prop_map(|lines| lines.join("\n"));
    (hostile(), lines, prop::collection::vec(span, 0..6), prop::collection::vec(value, 0..6)).prop_map(
        |(template, source, spans, values)| TemplateTrace {
            template,
            part: "request",
            outcome: TraceEnd::Finished,
            source,
            spans,
            values,
        },
    )
}

fn field() -> impl Strategy<Value = FieldReport> {
    let fix = hostile().prop_map(|text| Fix { text, verified: true, edits: Vec::new(), open: Vec::new() });
    let hazard = (prop::option::of(site()), hostile()).prop_map(|(site, text)| Hazard { code: "null", site, text });
    let names = (prop::collection::vec(prop_oneof![hostile().prop_map(Json::from), Just(json!(0))], 0..4), hostile());
    let error = prop::option::of((hostile(), prop::option::of(hostile())));
    (
        (names, decision(), stage(), error, prop::option::of(site()), cause()),
        prop::collection::vec(condition(), 0..6),
        prop::collection::vec(rule(), 0..12),
        prop::collection::vec(fix, 0..3),
        prop::collection::vec(hazard, 0..2),
        prop::option::weighted(0.2, delivery()),
        allowed_by(),
        prop::collection::vec(trace(), 0..2),
    )
        .prop_map(|(first, because, rules, fixes, hazards, delivery, (admitted_by, allowed_by), trace)| {
            let ((path, name), decision, stage, error, site, cause) = first;
            FieldReport {
                path,
                parent_type: name.clone(),
                field: name,
                return_type: "Post".into(),
                decision,
                stage,
                error: error.map(|(message, error_type)| FieldError { message, error_type }),
                site,
                because,
                admitted_by,
                allowed_by,
                slice: Vec::new(),
                rules,
                fixes,
                proposals: Vec::new(),
                cause,
                hazards,
                subscription_filter: None,
                delivery,
                trace,
            }
        })
}

fn delivery() -> impl Strategy<Value = Delivery> {
    let holds = || prop::sample::select(vec![Some(true), Some(false), None]);
    let condition = (hostile(), hostile(), hostile(), holds()).prop_map(|(field, operator, found, holds)| {
        FilterCondition { field, operator, value: json!([found.clone()]), found: json!(found), holds }
    });
    let conditions = prop::collection::vec(condition, 0..3);
    let group = (holds(), conditions).prop_map(|(holds, conditions)| FilterGroup { holds, conditions });
    let by = prop::sample::select(vec![FilteredBy::Filter, FilteredBy::Arguments, FilteredBy::Nothing]);
    use Outcome::*;
    let outcome = prop::sample::select(vec![Delivered, Withheld, Ended, Kept, Unknown]);
    (outcome, by, prop::collection::vec(group, 0..3)).prop_map(|(outcome, by, groups)| Delivery {
        outcome,
        by,
        groups,
        redacted: Vec::new(),
        missing: None,
    })
}

fn gate() -> impl Strategy<Value = Gate> {
    use GateOutcome::*;
    let verdict = prop::sample::select(vec![Verdict::Pass, Verdict::Fail, Verdict::Unknown, Verdict::Skipped]);
    let check = (verdict, hostile(), hostile()).prop_map(|(verdict, found, expected)| Check {
        code: "token-expired",
        verdict,
        found,
        expected,
    });
    let outcome = prop::sample::select(vec![Passed, Refused, Undecided]);
    (outcome, hostile(), prop::collection::vec(check, 0..20)).prop_map(|(outcome, said, checks)| Gate {
        outcome,
        error_type: Some(said.clone()),
        message: Some(said.clone()),
        credential: Some(Credential { kind: "jwt", shown: Some(said), token_use: None }),
        checks,
        ..reports::refused().gate.unwrap()
    })
}

fn request() -> impl Strategy<Value = RequestReport> {
    let words = || prop::collection::vec(hostile(), 0..3);
    let missing = (hostile(), hostile(), hostile()).prop_map(|(fact, why, give_by)| Missing {
        fact,
        why,
        give_by,
        ..Missing::default()
    });
    (
        (prop::option::of((hostile(), prop::option::of(0..5000usize))), decision(), stage(), cause()),
        prop::option::of(gate()),
        prop::option::of((hostile(), hostile())),
        prop::collection::vec(field(), 0..4),
        (prop::option::of(any::<bool>()), words(), prop::collection::vec(missing, 0..3), words()),
    )
        .prop_map(|(first, gate, identity, fields, last)| {
            let (source, decision, stage, cause) = first;
            let (reproduced, differences, missing, notes) = last;
            RequestReport {
                source: source.map(|(file, entry)| RequestSource { file, entry, kind: "har" }),
                at: identity.as_ref().map(|(name, _)| name.clone()),
                operation: Some(Operation { kind: "query", name: identity.as_ref().map(|(name, _)| name.clone()) }),
                decision,
                stage,
                cause,
                gate,
                identity: identity.map(|(name, sub)| json!({ "username": name, "sub": sub, "issuer": name })),
                fields,
                reproduced,
                differences,
                missing,
                notes,
                ..RequestReport::default()
            }
        })
}

/// A line without the frame in front of its words.
fn without_frame(line: &str) -> &str {
    let line = match line.split_once(" │ ") {
        Some((number, rest)) if number.chars().all(|c| c == ' ' || c.is_ascii_digit()) => rest,
        _ => line,
    };
    line.trim_start_matches(' ').trim_start_matches("└─ ").trim_start_matches("• ").trim_start_matches(' ')
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn lines_fit_and_nothing_drives_the_terminal(
        requests in prop::collection::vec(request(), 1..4),
        width in 0..140usize,
        colour: bool,
        verbose: bool,
        trace: bool,
    ) {
        let report = Report::new(requests);
        let plain = text(&report, &Options { width, colour: false, verbose, trace, links: false });
        for line in plain.lines() {
            let fits = line.chars().count() <= width.max(NARROWEST);
            prop_assert!(fits || !without_frame(line).contains(' '), "too long for {}: {:?}", width, line);
        }
        prop_assert!(plain.ends_with('\n'));
        prop_assert!(!plain.chars().any(|c| c != '\n' && c.is_control()), "{:?}", plain);
        prop_assert!(!plain.contains(['\u{202e}', '\u{200b}', '\u{2028}']), "{:?}", plain);
        if colour {
            let coloured = text(&report, &Options { width, colour, verbose, trace, links: false });
            let mut parts = coloured.split('\u{1b}');
            let mut back = parts.next().unwrap_or_default().to_owned();
            for part in parts {
                let (code, rest) = part.split_once('m').unwrap_or((part, ""));
                let ours = code.strip_prefix('[').is_some_and(|code| code.chars().all(|c| c.is_ascii_digit()));
                prop_assert!(ours, "not an escape of ours: {:?}", code);
                back.push_str(rest);
            }
            prop_assert_eq!(back, plain);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn pages_are_sound_and_annotations_a_line_each(requests in prop::collection::vec(request(), 1..4)) {
        let report = Report::new(requests);
        let page = Page::read(&html(&report));
        prop_assert!(page.is_ok(), "{}", page.unwrap_err());
        for line in github(&report).split('\n').filter(|line| !line.is_empty()) {
            let ours = ["::error ", "::warning ", "::notice "].iter().any(|start| line.starts_with(start));
            prop_assert!(ours && !line.contains('\r'), "{:?}", line);
        }
        let sarif: Result<Json, _> = serde_json::from_str(&sarif(&report));
        prop_assert!(sarif.is_ok());
    }
}
