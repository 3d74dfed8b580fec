mod html;
mod page;
mod properties;
mod reports;

use super::{Options, json, text};
use crate::report::{Report, RequestReport};

fn options(width: usize) -> Options {
    Options { width, ..Options::default() }
}

fn one(request: RequestReport) -> Report {
    Report::new(vec![request])
}

/// Escapes in a form that a reader of the snapshot sees.
fn visible(text: &str) -> String {
    text.replace('\u{1b}', "␛")
}

#[test]
fn every_situation_at_both_widths() {
    let situations = [
        ("denied_update", one(reports::denied_update())),
        ("denied_by_hand", one(reports::denied_by_hand())),
        ("refused", one(reports::refused())),
        ("undecided", one(reports::undecided())),
        ("denied_by_schema", one(reports::denied_by_schema())),
        ("allowed", one(reports::allowed())),
        ("filtered", one(reports::filtered())),
        ("huge", one(reports::huge())),
        ("many", Report::new(reports::many())),
    ];
    for (name, report) in &situations {
        for width in [60, 100] {
            insta::assert_snapshot!(format!("{name}_{width}"), text(report, &options(width)));
        }
    }
}

#[test]
fn colour_repeats_what_the_words_say() {
    let coloured = Options { colour: true, ..options(100) };
    for (name, report) in [
        ("denied_update_colour", one(reports::denied_update())),
        ("refused_colour", one(reports::refused())),
        ("many_colour", Report::new(reports::many())),
    ] {
        let text = text(&report, &coloured);
        insta::assert_snapshot!(name, visible(&text));
        let plain: String =
            text.split('\u{1b}').map(|part| part.strip_prefix('[').map_or(part, after_escape)).collect();
        assert_eq!(plain, super::text(&report, &options(100)));
    }
}

fn after_escape(part: &str) -> &str {
    part.split_once('m').map_or("", |(_, rest)| rest)
}

#[test]
fn verbose_and_trace_leave_nothing_out() {
    let verbose = Options { verbose: true, trace: true, ..options(100) };
    insta::assert_snapshot!("denied_update_verbose", text(&one(reports::denied_update()), &verbose));
    let text = text(&one(reports::huge()), &verbose);
    assert!(!text.contains("--verbose"), "something is still folded");
    for id in 1..=40 {
        assert!(text.contains(&format!("needs group role{id}")), "rule {id}");
        assert!(text.contains(&format!("contains($role{id})")), "condition of rule {id}");
    }
}

#[test]
fn verbose_adds_the_answers_below_the_table_each_once() {
    let text = text(&Report::new(reports::many()), &Options { verbose: true, ..options(100) });
    assert_eq!(text.matches("2 rules could have allowed this").count(), 1, "#6 is the same as #5");
    assert!(text.contains("✗ refused before any resolver: 401"));
    assert!(text.contains("denied by the schema"));
}

#[test]
fn an_answer_fits_a_screen() {
    for (request, most) in [
        (reports::denied_update(), 30),
        (reports::denied_by_hand(), 40),
        (reports::huge(), 45),
        (reports::refused(), 15),
    ] {
        let lines = text(&one(request), &options(100)).lines().count();
        assert!(lines <= most, "{lines} lines");
    }
}

#[test]
fn a_request_that_does_not_match_its_capture_is_listed_though_allowed() {
    let differs = RequestReport { reproduced: Some(false), ..reports::allowed() };
    let text = text(&Report::new(vec![reports::allowed(), differs]), &options(100));
    assert_eq!(text.matches("not reproduced").count(), 1, "{text}");
}

#[test]
fn a_file_name_can_be_pasted_into_a_shell() {
    let mut requests = vec![reports::denied_update(), reports::denied_update()];
    for request in &mut requests {
        request.source = reports::source("my app's; capture.har", 1);
    }
    let text = text(&Report::new(requests), &options(100));
    assert!(text.contains(r"details: vtlens replay 'my app'\''s; capture.har' --entry 1"), "{text}");
}

#[test]
fn a_capture_cannot_write_to_the_terminal() {
    let mut request = reports::denied_update();
    let field = request.fields.first_mut().unwrap();
    field.error.as_mut().unwrap().message = "no\u{1b}[1A\u{1b}[2K✓ Mutation.updatePost   allowed".into();
    let text = text(&one(request), &options(100));
    assert!(text.contains(r"  no\u{1b}[1A\u{1b}[2K✓ Mutation.updatePost   allowed"), "{text}");
}

#[test]
fn no_request_is_said_in_words() {
    assert_eq!(text(&Report::new(Vec::new()), &options(80)), "no AppSync request to show\n");
}

#[test]
fn json_is_the_report_and_safe_to_print() {
    let mut request = reports::denied_update();
    request.notes = vec!["\u{1b}[2J \u{9b}31m \u{7f} ü".into()];
    let json = json(&one(request));
    assert!(json.ends_with("}\n"));
    assert!(!json.chars().any(|c| c.is_control() && c != '\n'), "a control character came through");
    let back: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(back["schema"], "vtlens.report/1");
    assert_eq!(back["requests"][0]["notes"][0], "\u{1b}[2J \u{9b}31m \u{7f} ü");
    assert_eq!(
        back["requests"][0]["fields"][0]["rules"][0]["blockedBy"]["operands"][0]["from"],
        "claim cognito:groups"
    );
    assert!(back["requests"][0]["fields"][0].get("hazards").is_none(), "empty keys are absent");
}
