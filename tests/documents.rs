//! The pages keep up with the code: what they name is there, and every unverified rule is on COMPATIBILITY.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::{Path, PathBuf};

const PAGES: &[&str] = &[
    "README.md",
    "CHANGELOG.md",
    "COMPATIBILITY.md",
    "CONTRIBUTING.md",
    "docs/README.md",
    "docs/allowed.md",
    "docs/apis.md",
    "docs/captures.md",
    "docs/causes/README.md",
    "docs/ci.md",
    "docs/coverage.md",
    "docs/data.md",
    "docs/diff.md",
    "docs/init.md",
    "docs/logs.md",
    "docs/matrix.md",
    "docs/reports.md",
    "docs/secrets.md",
    "docs/snapshots.md",
    "docs/suites.md",
    "docs/ten-minutes.md",
    "docs/tokens.md",
    "docs/watch.md",
    "templates/README.md",
];

fn read(file: impl AsRef<Path>) -> String {
    let file = file.as_ref();
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
}

/// The texts between backticks of a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

fn defines(source: &str, name: &str) -> bool {
    ["fn", "struct", "enum", "const"].iter().any(|keyword| {
        source
            .match_indices(&format!("{keyword} {name}"))
            .any(|(at, found)| source[at + found.len()..].starts_with(|c: char| !c.is_alphanumeric() && c != '_'))
    })
}

#[test]
fn links_and_files_of_every_page_exist() {
    for page in PAGES {
        let folder = Path::new(page).parent().unwrap();
        for (number, line) in read(page).lines().enumerate() {
            let links = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link);
            for link in links.filter(|link| !link.starts_with(['#', 'h'])) {
                let file = folder.join(link.split('#').next().unwrap());
                assert!(file.exists(), "{page}:{}: {link} is not there", number + 1);
            }
            for path in quoted(line).filter(|text| text.starts_with("src/") || text.starts_with("tests/")) {
                let placeholder = path.contains(|c: char| c.is_ascii_uppercase() || c == '*');
                assert!(placeholder || Path::new(path).exists(), "{page}:{}: {path} is not there", number + 1);
            }
        }
    }
}

/// The functions that COMPATIBILITY.md names: file, and name.
fn named() -> Vec<(String, String)> {
    let page = read("COMPATIBILITY.md");
    let mut found = Vec::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let Some(place) = line.trim_end_matches(" |").rsplit(" | ").next() else { continue };
        let mut file = None;
        for text in quoted(place) {
            if text.starts_with("src/") {
                file = Some(text);
            } else if let Some(file) = file {
                found.push((file.to_owned(), text.to_owned()));
            }
        }
    }
    found
}

#[test]
fn what_the_list_of_differences_names_is_there() {
    let named = named();
    assert!(named.len() > 40, "only {} functions", named.len());
    for (file, name) in named {
        assert!(defines(&read(&file), &name), "COMPATIBILITY.md names {name} of {file}, which is not there");
    }
}

#[test]
fn every_unverified_rule_is_in_the_list_of_differences() {
    let named = named();
    let mut rules = 0;
    for file in sources(Path::new("src")) {
        let mut unverified = false;
        for line in read(&file).lines().map(str::trim_start) {
            if line.starts_with("///") {
                unverified |= line.to_lowercase().contains("unverified") && !line.contains("\"unverified\"");
                continue;
            }
            let signature = line.split_once("fn ").or_else(|| line.split_once("struct "));
            if let (true, Some((_, rest))) = (unverified, signature) {
                let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
                let known = named.iter().any(|(of, known)| Path::new(of) == file && known == name);
                assert!(known, "{}: `{name}` is unverified, and COMPATIBILITY.md does not say so", file.display());
                rules += 1;
            }
            unverified &= line.starts_with("#[");
        }
    }
    assert!(rules > 30, "only {rules} rules");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}
