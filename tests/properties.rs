//! What holds for every template and every value, not only for the ones somebody thought of.
//!
//! Each run draws the same cases; `PROPTEST_RNG_SEED=N` draws others and `PROPTEST_CASES=N` more.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Value as Json, json};
use vtlens::compile::{CompileError, compile};
use vtlens::eval::{End, NoTrace, Recorder, Tracer};
use vtlens::evaluate::{Evaluated, Evaluation, returned_text};
use vtlens::limits::Env;
use vtlens::value::{Value, json as value_json, parse::parse_json};

fn config() -> ProptestConfig {
    let default = ProptestConfig::default();
    let fixed = std::env::var_os("PROPTEST_RNG_SEED").is_none();
    let rng_seed = if fixed { RngSeed::Fixed(17) } else { default.rng_seed };
    ProptestConfig { rng_seed, failure_persistence: None, ..default }
}

/// Pieces of templates, whole and broken.
const FRAGMENTS: &[&str] = &[
    "$",
    "#",
    "\\",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "\"",
    "'",
    "!",
    ".",
    ",",
    ":",
    " ",
    "\t",
    "\n",
    "\r\n",
    "\r",
    "=",
    "==",
    "&&",
    "||",
    "+",
    "-",
    "*",
    "/",
    "%",
    "..",
    "1",
    "0.5",
    "1e3",
    "true",
    "null",
    "in",
    "a",
    "é",
    "😀",
    "\\u0041",
    "\\u00",
    "$a",
    "${a}",
    "$!a",
    "$!{a}",
    "${a",
    "$a.b",
    "$l[0]",
    "$l[9]",
    "$a.get(",
    "$a.get(\"b\")",
    "\\$a",
    "\\#if",
    "$\\!a",
    "#if(",
    "#if($a)",
    "#elseif($u)",
    "#else",
    "#{else}",
    "#end",
    "#{end}",
    "#set(",
    "#set($a = ",
    "#set($x = 1)",
    "#set($l[0] = $a)",
    "#foreach($i in ",
    "#foreach($i in $l)",
    "#break",
    "#stop",
    "#return",
    "#return(",
    "#macro(",
    "#parse(\"x\")",
    "#foo(",
    "##",
    "#*",
    "*#",
    "#[[",
    "]]#",
    "\"#if($a)x#end\"",
    "$util.qr(",
    "$util.error(\"m\")",
    "$util.unauthorized()",
    "$util.toJson($ctx)",
    "$ctx.stash.put(\"k\", 1)",
];

fn soup() -> impl Strategy<Value = String> {
    prop::collection::vec(select(FRAGMENTS), 0..40).prop_map(|parts| parts.concat())
}

/// Expressions as `#set` and `#if` take them.
fn expression() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "1",
        "-3",
        "2.5",
        "0",
        "3000000000",
        "true",
        "false",
        "\"text\"",
        "\"$a and $!u\"",
        "'$a'",
        "$a",
        "$u",
        "$l",
        "$m",
        "$m.k",
        "$m.get(\"k\")",
        "$l.size()",
        "$l[0]",
        "$i",
        "[1..3]",
        "[]",
        "[$a, $u, 'x']",
        "{}",
        "{\"k\": $a, 'n': [1]}",
        "$util.isNull($u)",
        "$ctx.identity.sub",
        "$a.substring(1)",
        "$l.contains($a)",
    ]);
    let operators = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&", "||"];
    leaf.prop_map(str::to_owned).prop_recursive(3, 12, 2, move |inner| {
        prop_oneof![
            (inner.clone(), select(operators.to_vec()), inner.clone()).prop_map(|(l, op, r)| format!("({l} {op} {r})")),
            inner.prop_map(|value| format!("!({value})")),
        ]
    })
}

/// Templates that parse.
fn template() -> impl Strategy<Value = String> {
    let statement = prop_oneof![
        4 => select(vec![
            "text", " ", "\n", "$a", "$!u", "$u", "${m.k}", "$l", "$m", "$i", "$foreach.index", "## comment\n", "##set($a = 9)\n", "##\n", "  ", "\n\n", "$m.n ##c\n", ",", "}", "\"", ":", "#* c *#",
            "#[[ $raw ]]#", "\\$a", "$util.qr($l.add($a))", "$util.qr($m.put(\"n\", $l))", "$util.toJson($l)",
            "$util.appendError(\"m\")", "$ctx.stash.put(\"k\", $a)", "$l.remove(0)", "$l.clear()",
        ]).prop_map(str::to_owned),
        1 => select(vec!["#{break}", "#{stop}", "#{return}", "#return($m)", "$util.error(\"m\", \"T\")", "$util.unauthorized()"])
            .prop_map(str::to_owned),
        3 => (select(vec!["$a", "$x", "$u", "$m.k", "$l[0]", "$m[\"n\"]"]), expression())
            .prop_map(|(target, value)| format!("#set({target} = {value})")),
    ];
    let block = prop::collection::vec(statement, 0..6).prop_map(|parts| parts.concat());
    block.prop_recursive(3, 24, 4, |inner| {
        let branch = (expression(), inner.clone(), inner.clone())
            .prop_map(|(condition, yes, no)| format!("#if({condition})\n  {yes}#else\n  {no}#{{end}}\n"));
        let over = select(vec!["$l", "$m", "$m.keySet()", "[1..4]", "$u", "[$a, 2]"]);
        let repeat = (over, inner.clone()).prop_map(|(over, body)| format!("#foreach($i in {over}){body}#{{end}}"));
        prop::collection::vec(prop_oneof![inner, branch, repeat], 1..4).prop_map(|parts| parts.concat())
    })
}

fn evaluation(template: &str) -> Evaluation {
    let variables = json!({ "a": "text", "l": ["text", 2, null], "m": { "k": 1, "n": [] } });
    let context = json!({ "identity": { "sub": "u1" }, "arguments": { "id": "7" }, "stash": {} });
    Evaluation {
        template: template.to_owned(),
        name: "template".into(),
        context: value_json::from_json(&context),
        variables: variables.as_object().unwrap().iter().map(|(k, v)| (k.clone(), value_json::from_json(v))).collect(),
        auth_type: None,
    }
}

/// Everything that an evaluation leaves behind.
fn outcome<T: Tracer>(evaluation: &Evaluation, tracer: &mut T) -> Result<String, CompileError> {
    let Evaluated { outcome, stash, out_errors, logs } = evaluation.run(&Env::at(0), tracer)?;
    let end = match &outcome.end {
        End::Finished => "finished".to_owned(),
        End::Returned(value) => format!("returned {}", returned_text(value)),
        End::Failed(f) => format!("{:?} at {}: {} {:?}", f.kind, f.at, f.message, f.error_type),
    };
    Ok(format!("{end}\n{}\n{}\n{out_errors:?}\n{logs:?}", outcome.output, value_json::to_json(&stash)))
}

/// A recording changes nothing, and neither does a second run.
fn same_when_recorded(evaluation: impl Fn() -> Evaluation) {
    let plain = outcome(&evaluation(), &mut NoTrace);
    assert_eq!(plain, outcome(&evaluation(), &mut Recorder::new()));
    assert_eq!(plain, outcome(&evaluation(), &mut NoTrace));
}

/// JSON as it arrives in a request.
fn any_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i32>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>().prop_filter_map("no JSON", |n| serde_json::Number::from_f64(n).map(Json::Number)),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Json::from),
            prop::collection::vec((any::<String>(), inner), 0..6)
                .prop_map(|members| Json::Object(members.into_iter().collect())),
        ]
    })
}

/// An error of parsing names a place inside of the text: a line that is there, and a column on it.
fn place_is_inside(text: &str) {
    let Err(CompileError { place, message, .. }) = compile("template", text) else { return };
    let file = vtlens::source_file::SourceFile::new("template", text);
    let line = file.line(place.line);
    let is_there = file.line_column(u32::try_from(text.len()).unwrap()).line >= place.line && place.line >= 1;
    assert!(is_there, "line {} of {text:?}: {message}", place.line);
    let column = place.column as usize;
    // Past the last character stands the line end, of one character or two.
    assert!((1..=line.chars().count() + 2).contains(&column), "column {column} of {line:?}: {message}");
    assert!(!message.is_empty());
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_soup_of_fragments_parses_or_fails_at_a_place(text in soup()) {
        place_is_inside(&text);
    }

    #[test]
    fn any_text_parses_or_fails_at_a_place(text in any::<String>()) {
        place_is_inside(&text);
    }

    #[test]
    fn text_without_signs_renders_as_itself(text in "[^$#\\\\]*") {
        let shown = outcome(&evaluation(&text), &mut NoTrace).unwrap();
        prop_assert_eq!(shown, format!("finished\n{text}\n{{}}\n[]\n[]"));
    }

    #[test]
    fn a_recording_changes_nothing_of_a_template(text in template()) {
        compile("template", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        same_when_recorded(|| evaluation(&text));
    }

    #[test]
    fn a_recording_changes_nothing_of_a_soup(text in soup()) {
        same_when_recorded(|| evaluation(&text));
    }

    #[test]
    fn json_survives_a_round_trip(json in any_json()) {
        let value = value_json::from_json(&json);
        let text = value_json::to_json(&value);
        let again = parse_json(&text).map_err(|error| TestCaseError::fail(format!("{}: {text}", error.message)))?;
        // Debug tells the classes apart: an Integer must not come back as a Long.
        prop_assert_eq!(format!("{again:?}"), format!("{value:?}"), "{}", text);
        prop_assert_eq!(value_json::to_json_value(&again), value_json::to_json_value(&value));
    }
}

/// Every recorded or documented case there is of a template's answer.
#[test]
fn a_recording_changes_nothing_of_the_conformance_cases() {
    let read = |file: &str| {
        let path = format!("tests/conformance/{file}");
        match std::fs::read_to_string(&path) {
            Ok(text) => text,
            // What a machine made lies packed.
            Err(_) => {
                let mut text = String::new();
                let packed = std::fs::File::open(path + ".gz").unwrap();
                std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed), &mut text).unwrap();
                text
            }
        }
    };
    let shared: Json = serde_json::from_str(&read("generated-vars.json")).unwrap();
    for (file, cases) in [
        ("velocity-probes.jsonl", 981),
        ("generated.jsonl", 1200),
        ("real-appsync.jsonl", 8),
        ("evaluate-mapping-template.jsonl", 39),
        ("util-vectors.jsonl", 550),
    ] {
        let mut count = 0;
        for line in read(file).lines() {
            let case: Json = serde_json::from_str(line).unwrap();
            let vars = if file.starts_with("generated") { &shared } else { &case["vars"] };
            let context = match &case["context"] {
                Json::String(text) => serde_json::from_str(text).unwrap_or_default(),
                context => context.clone(),
            };
            count += 1;
            same_when_recorded(|| Evaluation {
                template: case["template"].as_str().unwrap().to_owned(),
                name: file.into(),
                context: value_json::from_json(&context),
                variables: vars
                    .as_object()
                    .into_iter()
                    .flatten()
                    .map(|(k, v)| (k.clone(), value_json::from_json(v)))
                    .collect(),
                auth_type: None,
            });
        }
        assert!(count >= cases, "only {count} cases in {file}");
    }
}

#[test]
fn a_value_that_holds_itself_prints() {
    let list = Value::list(vec![Value::Int(1)]);
    let Value::List(inner) = &list else { unreachable!() };
    inner.items_mut().push(list.clone());
    let variables = vec![("l".to_owned(), list.clone())];
    let evaluation =
        Evaluation { template: "$l $util.toJson($l).startsWith(\"[1,[1,\")".into(), variables, ..Default::default() };
    let shown = outcome(&evaluation, &mut Recorder::new()).unwrap();
    assert!(shown.starts_with("finished\n[1, (this Collection)] true\n"), "{shown}");
}
