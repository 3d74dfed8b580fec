//! The quick reader against the grammar: what it accepts must be the same tree.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

use proptest::prelude::*;

use super::super::parse::parse_by_grammar;
use super::read;

/// Whether the quick reader took it.
fn agrees(template: &str) -> bool {
    let Some(block) = read(template) else { return false };
    assert_eq!(Ok(block), parse_by_grammar(template), "{template:?}");
    true
}

/// A file, or what is packed in the one beside it.
fn text(path: &str) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|_| {
        let mut text = String::new();
        let packed = std::fs::File::open(format!("{path}.gz")).unwrap();
        std::io::Read::read_to_string(&mut flate2::read::GzDecoder::new(packed), &mut text).unwrap();
        text
    })
}

fn probes() -> Vec<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance/");
    let template = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap()["template"].clone();
    ["velocity-probes.jsonl", "generated.jsonl"]
        .iter()
        .flat_map(|file| {
            let lines = text(&format!("{folder}{file}"));
            lines.lines().map(|line| template(line).as_str().unwrap().to_owned()).collect::<Vec<_>>()
        })
        .collect()
}

#[test]
fn recorded_templates_cut_off_anywhere_give_the_grammars_tree() {
    for probe in probes() {
        for (end, _) in probe.char_indices().take(300) {
            agrees(&probe[..end]);
        }
        agrees(&probe);
    }
}

#[test]
fn usual_templates_are_taken() {
    let auth = include_str!("../../../benches/data/auth.vtl");
    for template in [
        auth,
        "#if(!$a && ($b.c[0] == 'x' || $m.get(\"k\") != $null))\n a #{else}\n b #end\n##c\n#* d *# e",
        "#foreach($x in $util.list($a, null, -1, true, [1, 2], {'k': {}}))$!{x.y}$foreach.index#break#end#return($r)",
        "{\"id\": \"#id $100\", #set($x.y[0] = \"a $b.c() #if($d) e #end\")}",
    ] {
        assert_eq!(agrees(template), !template.contains("$100"), "{template}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn pieces_in_any_order_give_the_grammars_tree(pieces in prop::collection::vec(prop::sample::select(PIECES), 1..14)) {
        agrees(&pieces.concat());
    }

    #[test]
    fn conditions_in_any_order_give_the_grammars_tree(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 1..10),
    ) {
        agrees(&format!("#if({})x#end", pieces.concat()));
        agrees(&format!("#set($x = {})", pieces.concat()));
        agrees(&format!("$x.y({})", pieces.concat()));
        agrees(&format!("#set($x = \"{}\")", pieces.concat()));
    }
}

#[rustfmt::skip]
const PIECES: &[&str] = &[
    "a", " ", "\t", "\n", "\r\n", "$", "$a", "$!a", "${a}", "$!{a}", "$true", ".b", ".true", ".b()", ".c($a, 1)", "[0]",
    "[$i]", "[", "]", "(", ")", "{", "}", ",", ":", "#", "##", "#*", "*#", "#[[", "]]#", "\\", "\\\\", "\"", "'", "'s'",
    "\"t\"", "\"$a\"", "\"#if($a)b#end\"", "\"#id\"", "#set($x = 1)", " #set($x.y = $z)", "#{set}($x = 1)", "#set",
    "#if($a)", "#if ( $a == 'b' )", "#elseif($b)", "#else", "#{else}", "#end", "#{end}", "#foreach($x in $l)",
    "#foreach( $x in [1, 2] )", "#break", "#stop", "#return", "#return($a)", "#word", "#word(", "#endx", "#{if}", "true",
    "false", "null", "in", "1", "-1", "1.5", "1..2", "..", "-", "+", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "&&",
    "||", "!", "and", "or", "not", "eq", "lt", "=", "é", "\\u0041", "$a.b.c(\"d\").e[0]", "{\"k\": $v}", "[1, $a]",
];
