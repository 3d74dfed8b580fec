//! How long an explanation takes beyond the replay, and with the search for fixes: over the denied cases of suites.
//!
//!     cargo run --release --all-features --example explain_speed -- SUITE.vtlens.json..
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stdout)]

use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Instant;

use serde_json::Value as Json;
use vtlens::api::{Api, LoadOptions};
use vtlens::execute::FieldInput;
use vtlens::identity::IdentityFacts;
use vtlens::limits::Env;
use vtlens::replay::{Replay, World};
use vtlens::report::Decision;
use vtlens::source::Data;

const NOW: i64 = 1_767_323_045_678;

fn main() {
    let (mut explaining, mut searching) = (Vec::new(), Vec::new());
    for file in std::env::args().skip(1) {
        measure(Path::new(&file), &mut explaining, &mut searching);
    }
    for (what, mut all) in [("explaining, beyond the replay", explaining), ("with the search for fixes", searching)] {
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = |part: f64| all[((all.len() - 1) as f64 * part) as usize].0;
        let (slowest, case) = all.last().unwrap();
        println!(
            "{what}: {} denials, median {:.2} ms, 99 % {:.2} ms, slowest {slowest:.2} ms ({case})",
            all.len(),
            at(0.5),
            at(0.99)
        );
    }
}

fn measure(file: &Path, explaining: &mut Vec<(f64, String)>, searching: &mut Vec<(f64, String)>) {
    let suite: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let params = suite["params"].as_object().unwrap();
    let params = params.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned())).collect();
    let options = LoadOptions { params, ..LoadOptions::default() };
    let api = Api::open(&file.parent().unwrap().join(suite["api"].as_str().unwrap()), &options).unwrap();
    let mut replay = Replay::new(&api, NOW);
    replay.now_ms = Some(NOW);
    replay.skip_absent_policies = true;
    replay.data = Data::from_json("suite", &suite["data"]).unwrap();
    for test in suite["tests"].as_array().unwrap() {
        let (parent, field) = test["field"].as_str().unwrap().split_once('.').unwrap();
        let arguments = test["arguments"].as_object().cloned().unwrap_or_default();
        let source = test.get("source").cloned().unwrap_or(Json::Null);
        let input = FieldInput { source, ..FieldInput::new(parent, field, arguments) };
        for name in test["expect"].as_object().unwrap().keys() {
            replay.facts = Some(IdentityFacts::read("i", &suite["identities"][name].to_string()).unwrap());
            let quiet = || {
                let (mut data, env) = (replay.data.clone(), Env::at(NOW));
                let facts = replay.facts.as_ref();
                let mut world = World {
                    facts,
                    data: &mut data,
                    env: &env,
                    clock: "suite",
                    record: false,
                    skip_absent_policies: true,
                    arguments: &[],
                };
                replay.field_in(&input, &mut world).unwrap()
            };
            if quiet().decision != Decision::Denied {
                continue;
            }
            let id = format!("{} {} as {name}", file.file_stem().unwrap().to_string_lossy(), test["name"]);
            let best = |fixes: usize, run: &dyn Fn()| {
                let once = |_| {
                    replay.fixes.store(fixes, Ordering::Relaxed);
                    let began = Instant::now();
                    run();
                    began.elapsed().as_secs_f64() * 1e3
                };
                (0..3).map(once).fold(f64::MAX, f64::min)
            };
            let alone = best(0, &|| drop(quiet()));
            let explained = best(0, &|| drop(replay.field(&input).unwrap()));
            let searched = best(1, &|| drop(replay.field(&input).unwrap()));
            explaining.push((explained - alone, id.clone()));
            searching.push((searched - alone, id));
        }
    }
}
