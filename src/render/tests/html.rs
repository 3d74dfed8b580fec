//! The page as text. What it looks like is tested in a browser, by `tests/html.rs`.

use super::page::Page;
use super::reports;
use crate::render::html;
use crate::report::*;

fn read(report: &Report) -> Page {
    let page = html(report);
    Page::read(&page).unwrap_or_else(|mistake| panic!("{mistake}\n{page}"))
}

/// A trace of a template of one line.
fn trace(source: &str, value: &str) -> TemplateTrace {
    let at = TextSpan { line: 1, column: 1, end_line: 1, end_column: 8 };
    TemplateTrace {
        template: reports::UPDATE.into(),
        part: "response",
        outcome: TraceEnd::Failed,
        source: source.into(),
        spans: vec![TracedSpan { at, kind: SpanKind::Statement, state: SpanState::Untaken, times: 0 }],
        values: vec![TracedValue {
            at,
            kind: ValueKind::Reference,
            text: source.into(),
            values: vec![SeenValue { value: value.into(), from: Some(value.into()), kept: false, times: 2 }],
            more: 3,
        }],
    }
}

#[test]
fn every_situation_is_a_page_that_says_what_the_text_says() {
    for request in [
        reports::denied_update(),
        reports::denied_by_hand(),
        reports::refused(),
        reports::undecided(),
        reports::denied_by_schema(),
        reports::allowed(),
        reports::filtered(),
        reports::huge(),
    ] {
        let report = Report::new(vec![request]);
        let page = read(&report);
        let request = &report.requests[0];
        let lead = crate::render::text::lead(request);
        if let Some(cause) = lead.map_or(&request.cause, |field| &field.cause) {
            assert!(page.text.contains(&cause.text), "{}", cause.text);
        }
        for field in &request.fields {
            for rule in &field.rules {
                let needs = rule.needs.strip_prefix("needs ").unwrap_or(&rule.needs);
                assert!(page.text.contains(needs), "{needs}");
            }
            assert!(field.fixes.iter().all(|fix| page.text.contains(&fix.text)), "{:?}", field.fixes);
        }
        let said = request.notes.iter().chain(request.missing.iter().map(|missing| &missing.why));
        said.for_each(|said| assert!(page.text.contains(said.as_str()), "{said}"));
    }
    let many = Report::new(reports::many());
    let page = read(&many);
    assert_eq!(page.elements.iter().filter(|name| *name == "article").count(), many.requests.len());
    assert_eq!(page.elements.iter().filter(|name| *name == "tr").count(), many.requests.len() + 1);
    read(&Report::new(Vec::new()));
}

/// What is an attack on a page in a name, a claim, a template or a value is text there.
#[test]
fn hostile_names_stay_text() {
    for attack in [
        "</script><img src=x onerror=alert(1)>",
        "\"><a href=\"https://example.com\" onclick='x()'>",
        "</style><style>*{display:none}",
        "<!--",
        "{{ page.title }}{% for x in page %}",
        "&lt;b&gt;",
        "javascript:alert(1)//\u{202e}",
    ] {
        let mut request = reports::denied_update();
        request.operation = Some(Operation { kind: "mutation", name: Some(attack.into()) });
        request.identity = Some(serde_json::json!({ "username": attack, "claims": { attack: [attack] } }));
        request.notes = vec![attack.into()];
        for field in &mut request.fields {
            field.error = Some(FieldError { message: attack.into(), error_type: None });
            field.cause = reports::cause("group-missing", attack);
            field.fixes = vec![reports::fix(attack)];
            field.trace = vec![trace(attack, attack)];
            field.hazards = vec![Hazard { code: "renders-itself", site: field.site.clone(), text: attack.into() }];
            for rule in &mut field.rules {
                rule.needs = attack.into();
            }
        }
        let page = read(&Report::new(vec![request]));
        let shown = attack.replace('\u{202e}', "\\u{202e}");
        assert!(page.text.matches(&shown).count() >= 8, "{attack} is not shown: {}", page.text);
    }
}

/// Nothing is loaded, nothing runs: the policy forbids it, and there is nothing that could.
#[test]
fn the_page_is_self_contained() {
    let page = html(&Report::new(reports::many()));
    assert!(
        page.contains("content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\"")
    );
    let style = page.split("<style>").nth(1).and_then(|rest| rest.split("</style>").next()).unwrap();
    assert!(
        !style.contains("url(") && !style.contains("@import") && !style.contains("//"),
        "the style loads something"
    );
}

/// What a line is, its mark says too: colour alone says nothing.
#[test]
fn a_trace_shows_what_ran_and_what_did_not() {
    let source = "#if($a)\n  $b\n#else\n\t$c\n#end\n$util.unauthorized()\n";
    let span = |line, column, end_line, end_column| TextSpan { line, column, end_line, end_column };
    let traced = |at, kind, times| TracedSpan {
        at,
        kind,
        state: if times > 0 { SpanState::Taken } else { SpanState::Untaken },
        times,
    };
    let value = |at, kind, text: &str, value: serde_json::Value, from: Option<&str>| TracedValue {
        at,
        kind,
        text: text.into(),
        values: vec![SeenValue { value, from: from.map(str::to_owned), kept: false, times: 2 }],
        more: 0,
    };
    let mut request = reports::denied_update();
    let field = &mut request.fields[0];
    field.site = Some(reports::site(reports::UPDATE, 6, "$util.unauthorized()", "$util.unauthorized()"));
    field.because.clear();
    field.rules.clear();
    field.trace = vec![TemplateTrace {
        template: reports::UPDATE.into(),
        part: "response",
        outcome: TraceEnd::Failed,
        source: source.into(),
        spans: vec![
            traced(span(1, 1, 5, 5), SpanKind::Statement, 1),
            traced(span(1, 8, 2, 5), SpanKind::Branch, 0),
            traced(span(2, 3, 2, 5), SpanKind::Statement, 0),
            traced(span(3, 6, 4, 4), SpanKind::Branch, 1),
            traced(span(4, 2, 4, 4), SpanKind::Statement, 1),
            traced(span(6, 1, 6, 21), SpanKind::Statement, 1),
        ],
        values: vec![
            value(span(1, 5, 1, 7), ValueKind::Condition, "$a", false.into(), None),
            value(span(1, 5, 1, 7), ValueKind::Reference, "$a", serde_json::Value::Null, Some("claim a")),
            value(span(4, 2, 4, 4), ValueKind::Reference, "$c", "seen".into(), Some("record c")),
        ],
    }];
    let page = html(&Report::new(vec![request]));
    Page::read(&page).unwrap();
    let start = page.find("<div class=\"source\">").unwrap();
    let end = page[start..].find("</details>").unwrap();
    insta::assert_snapshot!("trace_of_a_template", &page[start..start + end]);
}

/// What is not known is not claimed: whether the schema admits a caller whose mode nobody knows.
#[test]
fn an_open_decision_passed_no_schema() {
    let page = read(&Report::new(vec![reports::undecided()]));
    assert!(!page.text.contains("admits"), "{}", page.text);
    assert!(read(&Report::new(vec![reports::denied_update()])).text.contains("Mutation.updatePost admits user pool"));
}
