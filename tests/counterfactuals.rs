//! Every fix that is shown flips the decision, and whenever the templates hold a way in, one is shown.
//!
//! Runs the repository's suites; `VTLENS_SUITES=FOLDER` runs `FOLDER/suites` and `FOLDER/suites-gen2` in their place.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/edited_build.rs"]
mod edited_build;
#[path = "support/edits.rs"]
mod edits;
#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use edits::Scene;
use serde_json::{Map, Value as Json};
use vtlens::api::{Api, LoadOptions};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::replay::Replay;
use vtlens::report::{Decision, RequestReport};
use vtlens::source::Data;

const NOW: i64 = 1_767_323_045_678;

/// Of the repository's own suites, one case in so many: a search costs as much as a hundred cases.
const SAMPLED: usize = 7;

/// Numbers the folders of edited builds.
static FOLDERS: AtomicUsize = AtomicUsize::new(0);

/// What was seen of all denied cases.
#[derive(Default)]
struct Tally {
    denied: usize,
    /// Of those, where somebody is recorded to get the field, or a rule of a resolver was named: the templates hold a
    /// way in.
    with_a_way: usize,
    fixed: usize,
    fixes: usize,
    targets: BTreeMap<String, usize>,
    without: Vec<String>,
    faults: Vec<String>,
    slowest_ms: f64,
}

fn replay(api: &Api) -> Replay<'_> {
    let mut replay = Replay::new(api, NOW);
    replay.now_ms = Some(NOW);
    replay.skip_absent_policies = true;
    replay
}

fn run(api: &Api, field: &str, scene: &Scene, fixes: bool) -> RequestReport {
    let mut replay = replay(api);
    replay.fixes = AtomicUsize::new(usize::from(fixes));
    replay.facts = Some(IdentityFacts::read("identity", &scene.identity.to_string()).unwrap());
    replay.data = Data::from_json("suite", &scene.data).unwrap();
    let (parent, name) = field.split_once('.').unwrap();
    let arguments: Map<String, Json> = scene.arguments.as_object().cloned().unwrap_or_default();
    let input = FieldInput { source: scene.source.clone(), ..FieldInput::new(parent, name, arguments) };
    replay.field(&input).unwrap()
}

fn check_suite(file: &Path, every: usize, tally_of: &Mutex<Tally>) {
    let suite: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let params = suite["params"].as_object().unwrap();
    let params = params.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect();
    let options = LoadOptions { params, ..LoadOptions::default() };
    let build = file.parent().unwrap().join(suite["api"].as_str().unwrap());
    let api = Api::open(&build, &options).unwrap();
    let mut edited_apis: BTreeMap<String, (Api, PathBuf)> = BTreeMap::new();
    let tests = suite["tests"].as_array().unwrap();
    // Fields that somebody is known to get.
    let allowed = |outcome: &Json| outcome == "allow" || outcome["decision"] == "allow";
    let mut open: BTreeSet<&str> = BTreeSet::new();
    for test in tests {
        if test["expect"].as_object().unwrap().values().any(allowed) {
            open.insert(test["field"].as_str().unwrap());
        }
    }
    let cases = tests.iter().flat_map(|test| test["expect"].as_object().unwrap().keys().map(move |name| (test, name)));
    for (test, name) in cases.step_by(every) {
        let field = test["field"].as_str().unwrap();
        let scene = Scene {
            identity: suite["identities"][name].clone(),
            arguments: test["arguments"].clone(),
            source: test.get("source").cloned().unwrap_or(Json::Null),
            data: suite["data"].clone(),
        };
        let id = format!("{} {} as {name}", file.file_stem().unwrap().to_string_lossy(), test["name"]);
        let began = std::time::Instant::now();
        let report = serde_json::to_value(run(&api, field, &scene, true)).unwrap();
        let took = began.elapsed().as_secs_f64() * 1e3;
        if report["decision"] != "denied" {
            continue;
        }
        let fixes: Vec<&Json> = [&report["fixes"], &report["fields"][0]["fixes"]]
            .into_iter()
            .filter_map(Json::as_array)
            .flatten()
            .collect();
        let rules = report["fields"][0]["rules"].as_array();
        let own = rules.is_some_and(|rules| rules.iter().any(|rule| rule["kind"] != "other"));
        let has_a_way = open.contains(field) || (own && report["stage"] != "schema");
        let mut tally = tally_of.lock().unwrap();
        tally.denied += 1;
        tally.slowest_ms = tally.slowest_ms.max(took);
        tally.with_a_way += usize::from(has_a_way);
        tally.fixed += usize::from(has_a_way && !fixes.is_empty());
        tally.fixes += fixes.len();
        if has_a_way && fixes.is_empty() {
            tally.without.push(format!("{id}: {} {}", report["cause"]["code"], report["cause"]["text"]));
        }
        if fixes.len() > 3 {
            tally.faults.push(format!("{id}: {} fixes", fixes.len()));
        }
        drop(tally);
        for fix in fixes {
            let edits = fix["edits"].as_array().unwrap();
            let targets: BTreeSet<&str> = edits.iter().map(|edit| edit["target"].as_str().unwrap()).collect();
            let targets = targets.into_iter().collect::<Vec<_>>().join("+");
            let of_schema: Vec<&Json> = edits.iter().filter(|edit| edit["target"] == "schema").collect();
            let scene = edits::applied(&scene, &fix["edits"]);
            let changed = if of_schema.is_empty() {
                run(&api, field, &scene, false)
            } else {
                let edited = edited_apis.entry(format!("{of_schema:?}")).or_insert_with(|| {
                    let name = format!("vtlens-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed));
                    let folder = edited_build::edited(&build, std::env::temp_dir().join(name), &of_schema);
                    let api = Api::open(&folder, &options).unwrap();
                    // Stacks are read when a field needs them.
                    (api, folder)
                });
                run(&edited.0, field, &scene, false)
            };
            let mut tally = tally_of.lock().unwrap();
            *tally.targets.entry(targets).or_default() += 1;
            if !matches!(changed.decision, Decision::Allowed | Decision::Filtered) {
                tally.faults.push(format!("{id}: {} gives {:?}, {edits:?}", fix["text"], changed.decision));
            }
        }
    }
    edited_apis.into_values().for_each(|(_, folder)| std::fs::remove_dir_all(folder).unwrap());
}

fn suites() -> (Vec<PathBuf>, usize) {
    let (folders, every) = match std::env::var_os("VTLENS_SUITES") {
        Some(more) => (vec![Path::new(&more).join("suites"), Path::new(&more).join("suites-gen2")], 1),
        None => (vec![packed::at("tests/amplify/suites"), packed::at("tests/live/suites")], SAMPLED),
    };
    let mut files: Vec<PathBuf> = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap())
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.to_string_lossy().ends_with(".vtlens.json"))
        .collect();
    files.sort();
    (files, every)
}

#[test]
fn every_fix_flips_the_decision_and_every_way_in_has_one() {
    let (files, every) = suites();
    let (tally, next) = (Mutex::new(Tally::default()), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    check_suite(file, every, &tally);
                }
            });
        }
    });
    let tally = tally.into_inner().unwrap();
    println!(
        "{} denied, {} with a way in, {} of those with fixes; {} fixes by target {:?}; slowest {:.1} ms",
        tally.denied, tally.with_a_way, tally.fixed, tally.fixes, tally.targets, tally.slowest_ms
    );
    if let Some(file) = std::env::var_os("VTLENS_WITHOUT") {
        std::fs::write(file, tally.without.join("\n")).unwrap();
    }
    assert!(tally.denied > 100, "only {} denied", tally.denied);
    assert!(tally.faults.is_empty(), "{} faults:\n{}", tally.faults.len(), tally.faults.join("\n"));
    assert!(tally.fixed * 100 >= tally.with_a_way * 99, "without:\n{}", tally.without.join("\n"));
}
