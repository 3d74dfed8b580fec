//! Templates that nobody means to write: nested, joined or repeated beyond reason. Each gives an answer or an error,
//! in time; none ends the process. (Tests run on stacks of 2 MB, a quarter of a program's.)
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use vtlens::compile::compile;
use vtlens::eval::{End, FailureKind, NoTrace};
use vtlens::evaluate::Evaluation;
use vtlens::limits::Env;

fn end(template: &str) -> (End, String) {
    let evaluation = Evaluation { template: template.into(), name: "template".into(), ..Evaluation::default() };
    let evaluated = evaluation.run(&Env::at(0), &mut NoTrace).unwrap_or_else(|error| panic!("{error}"));
    (evaluated.outcome.end, evaluated.outcome.output)
}

/// A template nested `n` levels deep, by what nests in it.
fn nested(n: usize) -> Vec<(&'static str, String)> {
    let around = |before: &str, open: &str, middle: &str, close: &str, after: &str| {
        format!("{before}{}{middle}{}{after}", open.repeat(n), close.repeat(n))
    };
    vec![
        ("parentheses", around("#set($x = ", "(", "1", ")", ")$x")),
        ("negations", around("#set($x = ", "!", "true", "", ")$x")),
        ("lists", around("#set($x = ", "[", "", "]", ")$x")),
        ("maps", around("#set($x = ", "{'k': ", "1", "}", ")$x")),
        ("lists of calls", around("#set($x = ", "[$a.b(", "1", ")]", ")$x")),
        ("calls", around("$a", ".b($a", "", ")", "")),
        ("indices", around("$a", "[$a", "", "]", "")),
        ("blocks", around("", "#if(true)", "y", "#end", "")),
        ("loops", around("", "#foreach($i in [1])", "$i", "#end", "")),
    ]
}

#[test]
fn deep_nesting_works_until_it_is_an_error() {
    for (what, template) in nested(60) {
        assert!(matches!(end(&template).0, End::Finished), "{what}");
    }
    for (what, template) in nested(10_000) {
        let error = compile("template", &template).expect_err(what);
        assert_eq!(error.message, "nested more than 200 levels deep", "{what}");
    }
}

#[test]
fn strings_in_strings_end_with_their_quotes() {
    // Each level doubles the quotes of the one inside it.
    let mut template = "$deepest".to_owned();
    for level in 0..12 {
        template = format!("#set($v{level} = \"{}\")$v{level}", template.replace('"', "\"\""));
    }
    assert_eq!(end(&format!("#set($deepest = 7){template}")).1, "7");
}

#[test]
fn long_chains_of_operators_are_an_error() {
    assert_eq!(end(&format!("#set($n = 1{})$n", " + 1".repeat(499))).1, "500");
    let error = compile("template", &format!("#set($n = 1{})$n", " + 1".repeat(15_000))).unwrap_err();
    assert_eq!(error.message, "more than 500 values joined by operators");
}

#[test]
fn a_template_of_64_kb_runs() {
    let template = "#set($n = 1){\"id\": \"$n\", \"list\": [1, 2]} ## comment\n".repeat(1260);
    assert!((64_000..=65_536).contains(&template.len()), "{}", template.len());
    let (end, output) = end(&template);
    assert!(matches!(end, End::Finished));
    assert_eq!(output.matches("{\"id\": \"1\", \"list\": [1, 2]}").count(), 1260);
}

#[test]
fn runaway_templates_end_at_a_limit() {
    let doubled = "#set($s = 'aaaaaaaaaa')#foreach($i in [1..60])#set($s = \"$s$s\")#end";
    let printed = "#foreach($i in [1..1000])#foreach($j in [1..1000])0123456789#end#end";
    let looped = "#foreach($i in [1..1000])#foreach($j in [1..1000])#foreach($k in [1..1000])#end#end#end";
    let shared = "#set($l = ['x'])#foreach($i in [1..60])#set($l = [$l, $l])#end$l";
    let shared_json = "#set($l = ['x'])#foreach($i in [1..60])#set($l = [$l, $l])#end$util.toJson($l)";
    for template in [doubled, printed, looped, shared, shared_json] {
        let mut env = Env::at(0);
        env.limits.steps = 5_000_000;
        let evaluation = Evaluation { template: template.into(), ..Evaluation::default() };
        let End::Failed(failure) = evaluation.run(&env, &mut NoTrace).unwrap().outcome.end else {
            panic!("{template} came to an end")
        };
        assert_eq!(failure.kind, FailureKind::Limit, "{}", failure.message);
    }
}

#[test]
fn values_nested_by_a_loop_are_let_go() {
    let nest = |literal: &str| {
        format!("#set($v = [])#foreach($i in [1..1000])#foreach($j in [1..100])#set($v = {literal})#end#end done")
    };
    assert_eq!(end(&nest("[$v]")).1, " done");
    assert_eq!(end(&nest("{'k': $v}")).1, " done");
    let printed = "#set($v = [])#foreach($i in [1..1000])#set($v = [$v])#end$util.toJson($v).startsWith('[[[[')";
    assert_eq!(end(printed).1, "true");
}

#[test]
fn containers_that_hold_themselves_print() {
    assert_eq!(end("#set($l = [1])$util.qr($l.add($l))$l").1, "[1, (this Collection)]");
    assert_eq!(end("#set($m = {})$util.qr($m.put('me', $m))$m").1, "{me=(this Map)}");
    // Java would overflow its stack on these; here they are cut off.
    let (end, output) = end("#set($m = {})#set($l = [$m])$util.qr($m.put('l', $l))$l $util.toJson($m) $l.hashCode()");
    assert!(matches!(end, End::Finished));
    assert!(output.starts_with("[{l=[{l="));
}
