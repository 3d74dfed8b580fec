//! Every way into a field: what people read is a snapshot, and the ways are complete and true as far as recorded
//! decisions say. Whoever was let in satisfies the conditions of a way; nobody does who was refused. The conditions are
//! judged here by a reader of its own, from the document alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Value as Json, json};
use vtlens::api::{Api, LoadOptions};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::render::{self, Options};
use vtlens::replay::Replay;
use vtlens::report::Decision;
use vtlens::source::Data;

/// A suite's case, as its file tells it.
struct Case<'s> {
    suite: &'s Json,
    test: &'s Json,
    identity: &'s Json,
}

impl Case<'_> {
    fn mode(&self) -> &'static str {
        match self.identity["mode"].as_str().unwrap() {
            "apiKey" => "API_KEY",
            "userPool" => "AMAZON_COGNITO_USER_POOLS",
            "oidc" => "OPENID_CONNECT",
            "iam" => "AWS_IAM",
            _ => "AWS_LAMBDA",
        }
    }

    fn caller(&self, path: &str) -> Vec<Json> {
        let context = &self.identity["context"];
        if let Some(rest) = path.strip_prefix("identity.") {
            return vec![at(context, rest)];
        }
        let claims = if context["claims"].is_object() { &context["claims"] } else { &self.identity["claims"] };
        let one = |name: &str| match (&claims[name], name) {
            // An ID token's.
            (Json::Null, "username") => claims["cognito:username"].clone(),
            (held, _) => held.clone(),
        };
        let parts: Vec<Json> = path.split("::").map(one).collect();
        match parts.as_slice() {
            [one] => elements(one),
            several => match several.iter().map(Json::as_str).collect::<Option<Vec<_>>>() {
                Some(texts) => vec![json!(texts.join("::"))],
                None => Vec::new(),
            },
        }
    }

    /// The record that the arguments ask for.
    fn record(&self, way: &Json) -> Json {
        let asked = |name: &str| named(&self.test["arguments"], name).or_else(|| named(&self.test["source"], name));
        for (table, made_up) in
            way["proof"]["data"].as_object().unwrap().iter().filter(|(name, _)| *name != "responses")
        {
            let edits = way["proof"]["edits"].as_array().cloned().unwrap_or_default();
            let edit = edits.iter().find(|edit| edit["target"] == "data" && edit["path"][0] == table.as_str());
            // The keys: those of the edit, else what the barest record holds and the arguments name.
            let key = edit.map_or(&made_up[0], |edit| &edit["path"][1]);
            let names = key.as_object().into_iter().flat_map(|key| key.keys());
            let names: Vec<&String> = names.filter(|name| edit.is_some() || asked(name).is_some()).collect();
            let items = self.suite["data"][table].as_array().cloned().unwrap_or_default();
            let is_it =
                |item: &Json| names.iter().all(|name| asked(name).is_some_and(|value| *value == item[name.as_str()]));
            if let (false, Some(item)) = (names.is_empty(), items.into_iter().find(is_it)) {
                return item;
            }
        }
        Json::Null
    }

    fn holds(&self, way: &Json, condition: &Json) -> bool {
        let path = condition["path"].as_str().unwrap();
        let found = match condition["on"].as_str().unwrap() {
            "claims" => match self.caller(path).as_slice() {
                [] => Json::Null,
                [one] => one.clone(),
                several => json!(several),
            },
            "identity" => at(&self.identity["context"], path),
            "record" if condition["op"] == "missing" => return self.record(way).is_null(),
            "record" if condition["op"] == "exists" => return !self.record(way).is_null(),
            "record" => at(&self.record(way), path),
            "parent" => at(&self.test["source"], path),
            "arguments" => at(&self.test["arguments"], path),
            other => panic!("a condition on {other}"),
        };
        let mut wanted: Vec<Json> = match (condition.get("value"), condition["op"].as_str()) {
            (Some(Json::Array(several)), Some("oneOf")) => several.clone(),
            (value, _) => value.into_iter().cloned().collect(),
        };
        for name in condition["claims"].as_array().into_iter().flatten() {
            wanted.extend(self.caller(name.as_str().unwrap()));
        }
        wanted.retain(|value| !value.is_null());
        match condition["op"].as_str().unwrap() {
            "present" => !found.is_null() && found != json!("") && found != json!([]),
            "list" => match condition["on"].as_str() {
                Some("claims") => at_claims(self.identity, path).as_array().is_some_and(|items| !items.is_empty()),
                _ => found.as_array().is_some_and(|items| !items.is_empty()),
            },
            "isNot" => elements(&found).iter().all(|value| !wanted.contains(value)),
            "absent" => found.is_null(),
            "is" | "oneOf" => elements(&found).iter().any(|value| wanted.contains(value)),
            "contains" => elements(&found).iter().any(|value| {
                let within =
                    |part: &Json| value.as_str().zip(part.as_str()).is_some_and(|(all, part)| all.contains(part));
                wanted.contains(value) || (condition["on"] == "identity" && wanted.iter().any(within))
            }),
            other => panic!("a condition that {other}"),
        }
    }

    fn satisfies(&self, way: &Json) -> bool {
        let empty = Vec::new();
        let conditions = way["conditions"].as_array().unwrap_or(&empty);
        let restricts = way["restricts"].as_array().unwrap_or(&empty);
        let kept = |one: &Json| {
            let mut paths = one["arguments"].as_array().into_iter().flatten().filter_map(Json::as_str);
            let mut may_be = one["conditions"].as_array().into_iter().flatten();
            match one["kind"].as_str().unwrap() {
                "arguments" => !paths.any(|path| has(&self.test["arguments"], path)),
                "nulls" => {
                    !paths.any(|path| has(&self.test["arguments"], path) && at(&self.test["arguments"], path).is_null())
                }
                "argument" => {
                    !paths.any(|path| has(&self.test["arguments"], path)) || may_be.any(|one| self.holds(way, one))
                }
                _ => true,
            }
        };
        way["mode"] == self.mode()
            && conditions.iter().all(|condition| self.holds(way, condition))
            && restricts.iter().all(kept)
    }
}

fn at_claims(identity: &Json, name: &str) -> Json {
    let context = &identity["context"]["claims"];
    if context.is_object() { context[name].clone() } else { identity["claims"][name].clone() }
}

fn at(json: &Json, path: &str) -> Json {
    path.split('.').try_fold(json, |at, key| at.get(key)).cloned().unwrap_or_default()
}

fn has(json: &Json, path: &str) -> bool {
    path.split('.').try_fold(json, |at, key| at.get(key)).is_some()
}

fn named<'j>(within: &'j Json, name: &str) -> Option<&'j Json> {
    let members = within.as_object()?;
    let here = members.get(name).filter(|value| !value.is_object());
    here.or_else(|| members.values().find_map(|inner| named(inner, name)))
}

/// The elements of a list, of a text that is a JSON list too; anything else is one.
fn elements(value: &Json) -> Vec<Json> {
    match value {
        Json::Array(items) => items.clone(),
        Json::String(text) => match serde_json::from_str(text) {
            Ok(Json::Array(items)) => items,
            _ => vec![value.clone()],
        },
        Json::Null => Vec::new(),
        one => vec![one.clone()],
    }
}

#[derive(Default)]
struct Tally {
    fields: usize,
    ways: usize,
    runs: usize,
    spent: Vec<String>,
    allowed: usize,
    uncovered: Vec<String>,
    denied: usize,
    wrong: Vec<String>,
}

fn check(file: &Path) -> Tally {
    let mut tally = Tally::default();
    let suite: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let params = suite["params"].as_object().unwrap();
    let options = LoadOptions {
        params: params.iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect(),
        ..LoadOptions::default()
    };
    let api = Api::open(&file.parent().unwrap().join(suite["api"].as_str().unwrap()), &options).unwrap();
    let modes: Vec<&str> = api.modes().map(|mode| mode.name()).collect();
    let replay = Replay::new(&api, 1_767_323_045_678);
    let mut found: BTreeMap<String, Json> = BTreeMap::new();
    let gen2 = file.parent().is_some_and(|folder| folder.ends_with("suites-gen2"));
    let name = file.file_stem().unwrap().to_string_lossy().replace(".vtlens", "");
    let name = format!("{}{name}", if gen2 { "gen2/" } else { "" });
    for test in suite["tests"].as_array().unwrap() {
        let field = test["field"].as_str().unwrap();
        let document = found.entry(field.to_owned()).or_insert_with(|| {
            let (parent, name) = field.split_once('.').unwrap();
            serde_json::to_value(replay.who_can(parent, name).unwrap_or_else(|e| panic!("{e:#}"))).unwrap()
        });
        for (who, expected) in test["expect"].as_object().unwrap() {
            let case = Case { suite: &suite, test, identity: &suite["identities"][who] };
            let Some(decision) = expected["decision"].as_str().or(expected.as_str()) else { continue };
            if !modes.contains(&case.mode()) {
                continue;
            }
            let fits: Vec<&Json> =
                document["ways"].as_array().unwrap().iter().filter(|way| case.satisfies(way)).collect();
            let id = format!("{name} | {} | {who}", test["name"].as_str().unwrap());
            match decision {
                "allow" | "filtered" => {
                    tally.allowed += 1;
                    if fits.is_empty() {
                        tally.uncovered.push(id);
                    }
                }
                "deny" => {
                    tally.denied += 1;
                    if let Some(way) = fits.first() {
                        tally.wrong.push(format!("{id} | way {}", way["id"]));
                    }
                }
                _ => {}
            }
        }
    }
    tally.fields = found.len();
    for (field, document) in &found {
        tally.ways += document["ways"].as_array().unwrap().len();
        tally.runs += document["runs"].as_u64().unwrap() as usize;
        if document["budgetSpent"] == true {
            tally.spent.push(format!("{name} {field}"));
        }
    }
    tally
}

#[test]
fn whoever_was_let_in_comes_by_a_way_and_nobody_else() {
    let folder = packed::collection();
    let files = ["suites", "suites-gen2"].iter().filter_map(|name| std::fs::read_dir(folder.join(name)).ok()).flatten();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    let all: Vec<Tally> = files.par_iter().map(|file| check(file)).collect();
    let mut sum = Tally::default();
    for tally in all {
        sum.fields += tally.fields;
        sum.ways += tally.ways;
        sum.runs += tally.runs;
        sum.spent.extend(tally.spent);
        sum.allowed += tally.allowed;
        sum.uncovered.extend(tally.uncovered);
        sum.denied += tally.denied;
        sum.wrong.extend(tally.wrong);
    }
    println!(
        "{} fields, {} ways, {} runs, {} ended early; {} of {} allowed cases uncovered, {} of {} denied ones satisfy a way",
        sum.fields,
        sum.ways,
        sum.runs,
        sum.spent.len(),
        sum.uncovered.len(),
        sum.allowed,
        sum.wrong.len(),
        sum.denied,
    );
    let known = known();
    let is_known = |case: &&String| known.iter().any(|start| case.starts_with(start.as_str()));
    let new: Vec<&String> = sum.uncovered.iter().chain(&sum.wrong).filter(|case| !is_known(case)).collect();
    assert!(sum.allowed > 1000 && sum.denied > 1000, "only {} cases", sum.allowed + sum.denied);
    assert!(sum.spent.is_empty(), "the search ended early: {:#?}", sum.spent);
    assert!(new.is_empty(), "{} cases are not as the ways say, and are not listed: {new:#?}", new.len());
}

/// The cases of `known-differences.txt` and of `who-can-differences.txt`: `SUITE | TEST | IDENTITY`, or the start of
/// several.
fn known() -> Vec<String> {
    let files = ["tests/amplify/known-differences.txt", "tests/amplify/who-can-differences.txt"];
    let texts = files.map(|file| std::fs::read_to_string(file).unwrap());
    let lines = texts.iter().flat_map(|text| text.lines()).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.rsplit_once(" | ").unwrap_or_else(|| panic!("no reason: {line}")).0.to_owned()).collect()
}

/// What people read, of every kind of API: each at the usual width and on the narrowest page.
#[test]
fn the_ways_are_as_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("snapshots/who_can");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    for (sample, fields) in [
        ("blog", &["Mutation.updatePost", "Query.listPosts", "Mutation.createPost", "Post.reviewNotes"][..]),
        ("classic", &["Mutation.updateArticle"][..]),
        ("handwritten", &["Query.order", "Query.shipment", "Mutation.updateOrder", "Mutation.markShipped"][..]),
    ] {
        let api = Api::open(&Path::new("templates").join(sample), &LoadOptions::default()).unwrap();
        let replay = Replay::new(&api, 1_768_478_400_000);
        let mut text = String::new();
        for field in fields {
            let (parent, name) = field.split_once('.').unwrap();
            let found = replay.who_can(parent, name).unwrap();
            text += &render::who_can(&found, &Options::default());
            text += "\n";
            let narrow = render::who_can(&found, &Options { width: 60, ..Options::default() });
            let is_long = |line: &&str| line.chars().count() > 60 && line.trim().contains(' ');
            assert_eq!(narrow.lines().find(is_long), None, "{field}");
        }
        settings.bind(|| insta::assert_snapshot!(sample, text));
    }
}

/// A proof is what the options of the command line take: whoever runs it with them is let in, and the nearest miss is
/// not, or sees less.
#[test]
fn proofs_hold_when_they_are_run_again() {
    let api = Api::open(Path::new("templates/blog"), &LoadOptions::default()).unwrap();
    let mut seen = 0;
    for field in
        ["Mutation.updatePost", "Query.getPost", "Query.listPosts", "Mutation.createPost", "Mutation.deletePost"]
    {
        let (parent, name) = field.split_once('.').unwrap();
        let document =
            serde_json::to_value(Replay::new(&api, 1_768_478_400_000).who_can(parent, name).unwrap()).unwrap();
        for way in document["ways"].as_array().unwrap() {
            let decision = |identity: &Json| {
                let mut replay = Replay::new(&api, 1_768_478_400_000);
                replay.facts = Some(IdentityFacts::read("identity.json", &identity.to_string()).unwrap());
                replay.data = Data::from_json("data.json", &way["proof"]["data"]).unwrap();
                let arguments = way["proof"]["arguments"].as_object().unwrap().clone();
                replay.field(&FieldInput::new(parent, name, arguments)).unwrap().decision
            };
            assert_eq!(decision(&way["proof"]["identity"]), Decision::Allowed, "{field} {}", way["id"]);
            if let Some(miss) = way.get("nearestMiss") {
                assert!(matches!(decision(miss), Decision::Denied | Decision::Filtered), "{field} {}", way["id"]);
                seen += 1;
            }
        }
    }
    assert!(seen >= 6, "only {seen} near misses");
}

/// The documentation shows what the command prints.
#[test]
fn the_page_shows_real_output() {
    let page = std::fs::read_to_string("docs/who-can.md").unwrap();
    let api = Api::open(Path::new("templates/blog"), &LoadOptions::default()).unwrap();
    let found = Replay::new(&api, 1_768_478_400_000).who_can("Mutation", "updatePost").unwrap();
    let text = render::who_can(&found, &Options::default());
    assert!(page.contains(text.trim_end()), "docs/who-can.md differs from\n{text}");
}
