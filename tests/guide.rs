//! The guide of ten minutes, done as it is written, in a repository of its own: what it shows is what is printed.
//! `UPDATE_DOCS=1` writes what is printed into the page.
#![cfg(all(feature = "cli", unix))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::path::Path;
use std::process::{Command, Output};

const GUIDE: &str = "docs/ten-minutes.md";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &to.join(entry.file_name())),
            false => std::fs::write(to.join(entry.file_name()), std::fs::read(entry.path()).unwrap()).unwrap(),
        }
    }
}

/// Runs a line of the guide where a reader would.
fn run(line: &str, folder: &Path) -> Output {
    let program = assert_cmd::cargo::cargo_bin("vtlens");
    let path = std::env::join_paths(
        [program.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
    );
    let mut command = Command::new("sh");
    command.env("PATH", path.unwrap()).env("COLUMNS", "100").env("NO_COLOR", "1").env_remove("CLICOLOR_FORCE");
    for (name, value) in [("NAME", "Reader"), ("EMAIL", "reader@example.com")] {
        command.env(format!("GIT_AUTHOR_{name}"), value).env(format!("GIT_COMMITTER_{name}"), value);
    }
    command.args(["-c", line]).current_dir(folder).output().unwrap()
}

fn git() -> bool {
    let found = Command::new("git").arg("--version").output().is_ok_and(|output| output.status.success());
    if !found {
        eprintln!("SKIPPED: the guide (git is not there)");
    }
    found
}

/// What is printed, without what differs from run to run.
fn settled(output: &Output, folder: &Path) -> String {
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let text = text.replace(folder.canonicalize().unwrap().to_str().unwrap(), "/tmp/blog");
    let text = text.replace(folder.to_str().unwrap(), "/tmp/blog");
    // `0.64 s` at the end of a line.
    let timeless = |line: &str| match line.rsplit_once("   ") {
        Some((before, time)) if time.ends_with(" s") || time.ends_with(" ms") => before.to_owned(),
        _ => line.trim_end().to_owned(),
    };
    text.lines().map(timeless).collect::<Vec<_>>().join("\n").trim_end().to_owned()
}

#[test]
fn the_guide_does_what_it_says() {
    if !git() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let blog = folder.path().join("blog");
    copy(Path::new("templates/blog"), &blog);
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    let mut page: Vec<String> = Vec::new();
    let mut lines = guide.lines().peekable();
    let mut shown = 0;
    while let Some(line) = lines.next() {
        page.push(line.to_owned());
        // The preparations of the sample, and what is done between two outputs.
        if let Some(command) =
            line.strip_prefix("    ").filter(|line| line.starts_with("git ") || line.starts_with("cp "))
        {
            let command = command.rsplit_once("cd /tmp/blog && ").map_or(command, |(_, rest)| rest);
            assert!(run(command, &blog).status.success(), "{command}");
        }
        if line != "```console" {
            continue;
        }
        while let Some(command) = lines.next_if(|line| *line != "```") {
            let Some(command) = command.strip_prefix("$ ") else { continue };
            page.push(format!("$ {command}"));
            let printed = settled(&run(command, &blog), &blog);
            if !printed.is_empty() {
                page.push(printed);
            }
            shown += 1;
        }
    }
    assert!(shown >= 5, "{shown} commands");
    let page = page.join("\n") + "\n";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(GUIDE, page).unwrap();
    } else if page != guide {
        let differs = similar(&guide, &page);
        panic!("{GUIDE} does not show what is printed; UPDATE_DOCS=1 writes it:\n{differs}");
    }
}

/// The lines that differ.
fn similar(guide: &str, page: &str) -> String {
    let (guide, page): (Vec<&str>, Vec<&str>) = (guide.lines().collect(), page.lines().collect());
    let lost = guide.iter().filter(|line| !page.contains(line)).map(|line| format!("- {line}"));
    let new = page.iter().filter(|line| !guide.contains(line)).map(|line| format!("+ {line}"));
    lost.chain(new).collect::<Vec<_>>().join("\n")
}

/// The workflow of the guide names inputs that the action has.
#[test]
fn the_workflow_of_the_guide_fits_the_action() {
    let guide = std::fs::read_to_string(GUIDE).unwrap();
    let action = std::fs::read_to_string("action.yml").unwrap();
    let with = guide.lines().find_map(|line| line.trim().strip_prefix("with: { path: .")).expect("the action's inputs");
    for input in with.trim_end_matches('}').split(',').filter_map(|part| Some(part.split_once(':')?.0.trim())) {
        assert!(action.contains(&format!("\n  {input}:")), "action.yml has no input `{input}`");
    }
}
