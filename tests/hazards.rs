//! Traps on the path that a request took: each kind is reported where it really happened, allowed or denied, and what
//! only looks like it is not. A false alarm costs more trust than a missed one: over everything that Amplify generates
//! there is none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod support;

use std::collections::BTreeSet;

use serde_json::{Value as Json, json};
use support::bench::{cases, on_suites, suites};
use support::thing::{ANSWER, GET, asked};
use vtlens::report::{Decision, FieldReport};

fn told(report: &FieldReport) -> Vec<String> {
    let line = |site: &Option<vtlens::report::Site>| site.as_ref().map_or(0, |site| site.line);
    report.hazards.iter().map(|hazard| format!("{} at {}: {}", hazard.code, line(&hazard.site), hazard.text)).collect()
}

/// Asserts what traps a caller meets on the way to a thing.
#[track_caller]
fn meets(request: &str, response: &str, who: Json, id: &str, expected: &[&str]) {
    let report = asked(request, response, &who, &json!({ "id": id }));
    assert_eq!(told(&report), expected, "\n{request}\n{response}\n{report:?}");
}

#[track_caller]
fn response_meets(response: &str, who: Json, id: &str, expected: &[&str]) {
    meets(GET, &format!("{response}\n{ANSWER}"), who, id, expected);
}

const ROLES: &str = "#set($roles = {\"a\": \"editor\"})\n#foreach($key in [\"a\", \"b\"])\n";

#[test]
fn a_variable_that_kept_the_value_of_something_else_and_was_read() {
    let turn = format!("{ROLES}#set($role = $roles.get($key))\n#if($role == \"editor\")#set($ok = true)#end\n#end");
    let expected = "null-keeps-old-value at 3: the right side is null, so $role keeps the value of the turn before instead \
        of becoming null";
    response_meets(&turn, json!({ "sub": "u1" }), "1", &[expected]);
    let twice =
        "#set($owner = $ctx.identity.sub)\n#set($owner = $ctx.result.owner)\n#if($owner == $ctx.identity.sub)#end";
    let expected = "null-keeps-old-value at 2: the right side is null, so $owner keeps the value of line 1 instead of \
        becoming null";
    response_meets(twice, json!({ "sub": "u1" }), "2", &[expected]);
    // The record has an owner: nothing was kept.
    response_meets(twice, json!({ "sub": "u1" }), "1", &[]);
    for harmless in [
        // A literal in front of a look-up is what holds when nothing is found.
        format!("{ROLES}#set($role = \"\")\n#set($role = $roles.get($key))\n#if($role == \"editor\")#end\n#end"),
        "#set($owner = \"nobody\")#set($owner = $ctx.result.owner)#if($owner == \"u1\")#end".to_owned(),
        "#set($groups = [])#set($groups = $ctx.identity.claims.get(\"cognito:groups\"))#if($groups.isEmpty())#end"
            .to_owned(),
        // Nobody reads it, or it is set again before anybody does.
        "#set($owner = $ctx.identity.sub)#set($owner = $ctx.result.owner)".to_owned(),
        "#set($a = $ctx.identity.sub)#set($a = $ctx.result.owner)#set($a = \"b\")#if($a == \"b\")#end".to_owned(),
        // It held nothing before.
        "#set($owner = $ctx.result.owner)#if($owner == \"u1\")#end".to_owned(),
    ] {
        response_meets(&harmless, json!({ "sub": "u1" }), "2", &[]);
    }
}

#[test]
fn two_absent_values_that_were_taken_for_a_match() {
    let open = "#if($ctx.result.owner != $ctx.identity.claims.get(\"custom:tenant\"))$util.unauthorized()#end";
    let condition = "$ctx.result.owner != $ctx.identity.claims.get(\"custom:tenant\")";
    let expected = format!(
        "null-equals-null at 1: record owner and claim custom:tenant are both absent, and null equals null: `{condition}` \
         takes them for a match"
    );
    response_meets(open, json!({ "sub": "u1" }), "2", &[&expected]);
    let report = asked(GET, &format!("{open}{ANSWER}"), &json!({ "sub": "u1" }), &json!({ "id": "2" }));
    assert_eq!(report.decision, Decision::Allowed, "the trap let him in: {report:?}");
    response_meets(open, json!({ "sub": "u1" }), "1", &[]);
    response_meets(open, json!({ "sub": "u1", "custom:tenant": "t" }), "2", &[]);
    let through_variables = "#set($owner = $ctx.result.owner)\n#set($me = $ctx.identity.claims.get(\"custom:tenant\"))\n\
        #if($owner == $me)\n#set($ok = true)\n#end";
    let expected = "null-equals-null at 3: record owner and claim custom:tenant are both absent, and null equals null: \
        `$owner == $me` takes them for a match";
    response_meets(through_variables, json!({ "sub": "u1" }), "2", &[expected]);
    for harmless in [
        // How templates write null: a variable that nothing sets.
        "#if($ctx.identity.claims.get(\"custom:tenant\") == $null)#end",
        "#if($ctx.result.owner == $nothing)#end",
        // Nothing of the caller in it.
        "#if($ctx.result.owner == $ctx.args.name)#end",
        "#if($util.isNull($ctx.identity.claims.get(\"custom:tenant\")))#end",
        // A stand-in that no record has.
        "#set($me = $util.defaultIfNull($ctx.identity.claims.get(\"custom:tenant\"), \"___none___\"))#if($ctx.result.owner == $me)#end",
    ] {
        response_meets(harmless, json!({ "sub": "u1" }), "2", &[]);
    }
}

#[test]
fn a_part_of_a_text_that_was_taken_for_the_whole() {
    let groups = "#if($ctx.identity.claims.get(\"custom:role\").contains(\"Admin\"))#set($ok = true)#end";
    let expected = "substring-match at 1: claim custom:role is the text \"SuperAdmins\", and \"Admin\" is only a part of it: \
        .contains(..) asks a text for parts, a list for elements";
    response_meets(groups, json!({ "sub": "u1", "custom:role": "SuperAdmins" }), "1", &[expected]);
    for whole in ["Admin", "Editor, Admin", "[\"Admin\",\"Editor\"]", "Editor"] {
        response_meets(groups, json!({ "sub": "u1", "custom:role": whole }), "1", &[]);
    }
    let role = "#if($ctx.identity.userArn.contains(\"admin\"))#set($ok = true)#end";
    let arn = |name: &str| json!(format!("arn:aws:sts::111122223333:assumed-role/{name}"));
    for (name, torn) in [
        ("admin/session", false),
        ("admin-tool/session", true),
        ("administrators/session", true),
        // The session's name is the caller's choice.
        ("reader/admin", true),
        ("reader/session", false),
    ] {
        let report = asked(GET, &format!("{role}{ANSWER}"), &arn(name), &json!({ "id": "1" }));
        assert_eq!(report.hazards.iter().any(|hazard| hazard.code == "substring-match"), torn, "{name}: {report:?}");
    }
    // A part that brings its own end along is meant as one.
    let prefix = "#if($ctx.identity.userArn.contains(\":assumed-role/warehouse-\"))#end";
    meets(GET, &format!("{prefix}{ANSWER}"), arn("warehouse-7/s"), "1", &[]);
    // A list is asked for an element; a text that is not the caller's may be asked for a part.
    let lists = "#if($ctx.identity.claims.get(\"cognito:groups\").contains(\"Admin\"))#end#if($ctx.args.id.contains(\"1\"))#end";
    response_meets(lists, json!({ "sub": "u1", "cognito:groups": ["Admin", "SuperAdmins"] }), "12", &[]);
}

#[test]
fn a_reference_that_printed_itself() {
    let key =
        |key: &str| GET.replace("$util.dynamodb.toDynamoDBJson($ctx.args.id)", &format!("{{ \"S\": \"{key}\" }}"));
    let expected = "renders-itself at 1: `$ctx.args.name` is null, so the request holds the text `$ctx.args.name`";
    meets(&key("USER#$ctx.args.name"), ANSWER, json!({ "sub": "u1" }), "1", &[expected]);
    let inside = "#set($key = \"$ctx.result.owner:x\")\n#if($key == \"u1:x\")#end";
    let expected =
        "renders-itself at 1: `$ctx.result.owner` is null, so this string holds the text `$ctx.result.owner`";
    response_meets(inside, json!({ "sub": "u1" }), "2", &[expected]);
    response_meets(inside, json!({ "sub": "u1" }), "1", &[]);
    meets(&key("$!ctx.args.name$ctx.args.id"), ANSWER, json!({ "sub": "u1" }), "1", &[]);
    // A message to people, and output that nobody reads.
    meets(GET, "$util.error(\"no $ctx.result.owner\")", json!({ "sub": "u1" }), "2", &[]);
    meets(GET, "$ctx.result.owner $util.unauthorized()", json!({ "sub": "u1" }), "2", &[]);
}

#[test]
fn a_literal_that_never_holds() {
    for (condition, words) in [
        ("\"Admin\"", Some("a literal other than true counts as false")),
        ("!\"x\"", Some("a literal other than true counts as false")),
        ("$ctx.result && 1", Some("a literal other than true counts as false")),
        ("[\"a\"]", Some("a literal other than true counts as false")),
        ("$ctx.args.id + 1", Some("a computed number counts as false")),
        ("false", None),
        ("true", None),
        ("$ctx.args.id == \"1\"", None),
        // Never came to it.
        ("$ctx.nothing && 1", None),
    ] {
        let response = format!("#if({condition})#end{ANSWER}");
        let report = asked(GET, &response, &json!({ "sub": "u1" }), &json!({ "id": "1" }));
        let told = told(&report);
        assert_eq!(told.len(), usize::from(words.is_some()), "{condition}: {told:?}");
        assert!(
            told.iter().all(|hazard| hazard.starts_with("literal-condition") && hazard.contains(words.unwrap())),
            "{told:?}"
        );
    }
}

#[test]
fn an_error_of_a_data_source_that_nobody_looked_at() {
    let put = r#"{ "version": "2018-05-29", "operation": "PutItem", "key": { "id": { "S": "1" } }, "attributeValues": {},
        "condition": { "expression": "attribute_not_exists(id)" } }"#;
    let expected = "swallowed-error at 1: the data source failed (The conditional request failed (Service: DynamoDb, Status \
        Code: 400, Request ID: ";
    let report = asked(put, ANSWER, &json!({ "sub": "u1" }), &json!({ "id": "1" }));
    let [told] = &told(&report)[..] else { panic!("{report:?}") };
    assert!(told.starts_with(expected), "{told}");
    assert!(
        told.ends_with("), and this template never looks at $ctx.error: it answers as if nothing had been found"),
        "{told}"
    );
    for looks in [
        "#if($ctx.error)$util.error($ctx.error.message, $ctx.error.type)#end",
        "#if(!$util.isNull($context.error))#return#end",
        "#set($all = $ctx)",
        "$util.unauthorized()",
    ] {
        meets(put, &format!("{looks}{ANSWER}"), json!({ "sub": "u1" }), "1", &[]);
    }
    // With 2017-02-28 the error ends the resolver by itself.
    meets(&put.replace("2018-05-29", "2017-02-28"), ANSWER, json!({ "sub": "u1" }), "1", &[]);
    meets(GET, ANSWER, json!({ "sub": "u1" }), "1", &[]);
}

/// Of the cases here one in so many is looked at.
const SAMPLE: usize = 6;

/// What people wrote into the samples by hand, and what it leads to.
const KNOWN: &[&str] = &[
    // An override of Amplify's template asks a text for a group: "chief" is in "mischief".
    "substring-match resolvers/Mutation.updateArticle.req.vtl:11",
];

#[test]
fn templates_that_amplify_generates_have_no_traps() {
    let (suites, given) = suites();
    let every = if given { 1 } else { SAMPLE };
    let found = on_suites(&suites, |bench| {
        let (mut found, mut fields) = (BTreeSet::new(), 0_usize);
        for case in cases(bench.suite).into_iter().step_by(every) {
            for field in bench.ask(case.action, case.identity, true).fields {
                fields += 1;
                // Traps of the schema stage have no place in a template.
                for hazard in &field.hazards {
                    let Some(site) = &hazard.site else { continue };
                    let place = format!("{} {}:{}", hazard.code, site.template, site.line);
                    found.insert((place, format!("{}: {:?} {} {}", case.name, field.decision, site.text, hazard.text)));
                }
            }
        }
        (fields, found)
    });
    let fields: usize = found.iter().map(|(fields, _)| fields).sum();
    println!("{fields} fields");
    let all = || found.iter().flat_map(|(_, found)| found);
    let new: Vec<&(String, String)> = all().filter(|(place, _)| !KNOWN.contains(&place.as_str())).collect();
    assert!(new.is_empty(), "{} new traps\n{:#?}", new.len(), &new[..new.len().min(30)]);
    assert!(fields > 400, "only {fields} fields");
}
