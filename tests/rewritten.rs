//! A rule that is written again from the build reads as its author wrote it: every suite runs with the author's schema and
//! without, and what stands behind each branch is compared. Protects: that one rule of the author reads the same at every
//! branch that was made of it, and that no rule is told which nobody wrote.
//!
//! Builds of `tests/amplify` always run; those of the larger collection run when `VTLENS_SUITES` names it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

#[path = "support/packed.rs"]
mod packed;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use vtlens::report::{AuthorRule, Site};
use vtlens::suite::{self, Options, Suite};

/// A rule, without its operations and with its defaults: what a branch can tell of it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Told {
    allow: String,
    provider: String,
    field: String,
    claim: String,
    groups: BTreeSet<String>,
}

fn told(text: &str) -> Told {
    let inner = text.trim().trim_start_matches('{').trim_end_matches('}');
    let mut members: BTreeMap<String, String> = BTreeMap::new();
    let (mut depth, mut part) = (0, String::new());
    let mut parts = Vec::new();
    for c in inner.chars() {
        depth += i32::from(c == '[') - i32::from(c == ']');
        if c == ',' && depth == 0 { parts.push(std::mem::take(&mut part)) } else { part.push(c) }
    }
    for part in parts.into_iter().chain([part]) {
        let (name, value) = part.split_once(':').unwrap_or_else(|| panic!("{text}"));
        members.insert(name.trim().to_owned(), value.trim().trim_matches('"').to_owned());
    }
    let get = |name: &str| members.get(name).cloned();
    let allow = get("allow").unwrap();
    let provider = get("provider").unwrap_or_else(|| {
        match allow.as_str() {
            "public" => "apiKey",
            "custom" => "function",
            _ => "userPools",
        }
        .to_owned()
    });
    let provider = if provider == "iam" { "identityPool".to_owned() } else { provider };
    let groups: BTreeSet<String> =
        get("groups").unwrap_or_default().split('"').skip(1).step_by(2).map(str::to_owned).collect();
    let (field, claim) = match allow.as_str() {
        "owner" => {
            (get("ownerField").unwrap_or("owner".into()), get("identityClaim").unwrap_or("sub::username".into()))
        }
        "groups" if groups.is_empty() => {
            (get("groupsField").unwrap_or("groups".into()), get("groupClaim").unwrap_or("cognito:groups".into()))
        }
        "groups" => (String::new(), get("groupClaim").unwrap_or("cognito:groups".into())),
        _ => (String::new(), String::new()),
    };
    Told { allow, provider, field, claim, groups }
}

fn agrees(again: &Told, written: &Told) -> bool {
    let groups = again.groups.is_subset(&written.groups) && again.groups.is_empty() == written.groups.is_empty();
    groups && Told { groups: BTreeSet::new(), ..again.clone() } == Told { groups: BTreeSet::new(), ..written.clone() }
}

/// Branches where the rule written again and the author's differ, and why that is right.
const TOLERATED: &[(&str, &str, &str)] = &[
    ("kitchen_multi", "{ allow: custom }", "the rule allows to delete, so an update may set fields to null by it"),
    ("field_level", "{ allow: private }", "a rule of the field `email`, which the request does not write"),
];

/// Every branch that a run names: where, in which words, and the rules behind it.
type Branches = BTreeMap<(String, String), Vec<(String, Vec<AuthorRule>)>>;

fn branches(folder: &Path, build: &str, schema: Option<PathBuf>) -> Branches {
    let mut files = suite::find(&[folder.join("suites")]).unwrap();
    files.retain(|file| file.file_name().unwrap().to_string_lossy().starts_with(&format!("{build}.")));
    let suites: Vec<Suite> = files.iter().map(|file| Suite::load(file).unwrap()).collect();
    let options = Options { schema, keep_reports: true, ..Options::default() };
    let report = suite::run(&suites, &options, &|| ()).unwrap();
    let mut found = Branches::new();
    let site = |site: &Site| format!("{}:{}:{}", site.template, site.line, site.column);
    for suite in &report.suites {
        for case in &suite.tests {
            for field in &case.report.as_ref().unwrap().fields {
                let key = (
                    format!("{} | {}", case.name, case.identity),
                    field.path.iter().map(ToString::to_string).collect::<Vec<_>>().join("."),
                );
                let told = found.entry(key).or_default();
                let rules =
                    |first: &Option<AuthorRule>, more: &[AuthorRule]| first.iter().chain(more).cloned().collect();
                for rule in &field.rules {
                    told.push((format!("{} {}", site(&rule.grant), rule.needs), rules(&rule.auth, &rule.also_auth)));
                }
                for by in &field.allowed_by {
                    told.push((format!("{} {}", site(&by.grant), by.words), rules(&by.auth, &by.also_auth)));
                }
            }
        }
    }
    found
}

#[test]
fn a_rule_reads_as_its_author_wrote_it() {
    let folder = packed::collection();
    let mut builds: Vec<String> = std::fs::read_dir(folder.join("schemas"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    builds.sort();
    let (mut compared, mut silent, mut differ) = (0, 0, BTreeSet::new());
    let mut wrong: BTreeMap<String, (usize, String)> = BTreeMap::new();
    for build in &builds {
        let schema = folder.join("schemas").join(build).join("schema.graphql");
        let with = branches(&folder, build, Some(schema));
        let without = branches(&folder, build, None);
        for (place, told_again) in &without {
            let written = &with[place];
            for (branch, rules) in told_again {
                let same = written.iter().find(|(known, _)| known == branch);
                for rule in rules {
                    assert!(rule.reconstructed);
                    compared += 1;
                    let again = told(&rule.text);
                    let fits =
                        same.is_some_and(|(_, rules)| rules.iter().any(|rule| agrees(&again, &told(&rule.text))));
                    let tolerated = TOLERATED.iter().position(|(of, text, _)| *of == build && *text == rule.text);
                    if let (false, Some(at)) = (fits, tolerated) {
                        differ.insert(at);
                    } else if !fits {
                        let behind = same.map(|(_, rules)| {
                            rules.iter().map(|rule| rule.text.as_str()).collect::<Vec<_>>().join(" + ")
                        });
                        let fault =
                            format!("{build}: {} for {}", rule.text, behind.unwrap_or("a branch of nobody".into()));
                        wrong.entry(fault).or_insert_with(|| (0, format!("{place:?} {branch}"))).0 += 1;
                    }
                }
                // What asks for a mode alone can be any rule of that mode; v1 left no mark in its templates.
                let by_mode = branch.contains("authorization mode is") || branch.contains("nothing else is asked");
                if rules.is_empty() && same.is_some_and(|(_, rules)| !rules.is_empty()) {
                    silent += 1;
                    if !by_mode && !build.starts_with("v1_") {
                        wrong
                            .entry(format!("{build}: nothing"))
                            .or_insert_with(|| (0, format!("{place:?} {branch}")))
                            .0 += 1;
                    }
                }
            }
        }
    }
    println!("{compared} compared, {silent} silent");
    let unused = TOLERATED
        .iter()
        .enumerate()
        .filter(|(at, (of, ..))| builds.iter().any(|build| build == of) && !differ.contains(at));
    assert_eq!(unused.count(), 0, "tolerated, but no longer different");
    let wrong: Vec<String> = wrong.iter().map(|(fault, (count, at))| format!("{count}x {fault}\n      {at}")).collect();
    assert!(compared > 1000, "{compared}");
    assert!(wrong.is_empty(), "{} faults\n{}", wrong.len(), wrong.join("\n"));
}
