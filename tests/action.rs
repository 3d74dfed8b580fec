//! The GitHub action and the pre-commit hook. Protects: that action.yml and its scripts fit together, that no input is
//! ever read as shell or as a workflow command, and that a job gets the status, the numbers, the annotations and the
//! page. The steps of action.yml run as a runner runs them, with bash, in a folder of their own.
#![cfg(all(feature = "cli", unix))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use clap::Parser as _;
use serde_json::Value as Json;
use vtlens::cli::args::{self, Args};

const SCRIPTS: &str = ".github/action";

fn yaml(file: &str) -> Json {
    yaml_serde::from_str(&std::fs::read_to_string(file).unwrap()).unwrap()
}

fn text<'j>(json: &'j Json, key: &str) -> &'j str {
    json[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {json}"))
}

/// The `${{ … }}` of a text.
fn expressions(text: &str) -> Vec<&str> {
    text.split("${{").skip(1).map(|rest| rest.split("}}").next().unwrap().trim()).collect()
}

/// One job that uses the action.
struct Job {
    folder: tempfile::TempDir,
    inputs: BTreeMap<String, String>,
    /// What stands before the rest of `PATH`; alone, when `only` says so.
    path: Option<(PathBuf, bool)>,
}

/// What became of it.
struct Done {
    /// The exit status of the first step that failed, or 0.
    code: i32,
    log: String,
    summary: String,
    outputs: BTreeMap<String, String>,
}

impl Job {
    fn new(inputs: &[(&str, &str)]) -> Job {
        let inputs = inputs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Job { folder: tempfile::tempdir().unwrap(), inputs, path: None }
    }

    /// With the vtlens that was just built.
    fn with_vtlens(inputs: &[(&str, &str)]) -> Job {
        let mut job = Job::new(inputs);
        job.inputs.insert("bin".to_owned(), cargo_bin("vtlens").display().to_string());
        job
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A program that writes its arguments to `args`, one a line, and then does something in bash.
    fn program(&self, name: &str, body: &str) -> PathBuf {
        let file = self.at(name);
        let args = self.at("args");
        std::fs::write(&file, format!("#!/bin/bash\nprintf '%s\\n' \"$@\" >>'{}'\n{body}\n", args.display())).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        file
    }

    /// Runs the steps of action.yml in this repository.
    fn run(&self) -> Done {
        let action = yaml("action.yml");
        let value = |name: &str| -> String {
            let default = || text(&action["inputs"][name], "default").to_owned();
            self.inputs.get(name).cloned().unwrap_or_else(default)
        };
        let (mut code, mut log) = (0, String::new());
        let mut outputs: BTreeMap<String, String> = BTreeMap::new();
        let summary = self.at("summary.md");
        std::fs::write(&summary, "").unwrap();
        for step in action["runs"]["steps"].as_array().unwrap() {
            // The two kinds of expressions that action.yml has: names with `||` between them, and one condition.
            let evaluated = |text: &str| match expressions(text).as_slice() {
                [] => text.to_owned(),
                [expression] => {
                    let known = |name: &str| match name.trim().split('.').collect::<Vec<_>>().as_slice() {
                        ["inputs", name] => value(name),
                        ["steps", step, "outputs", name] => {
                            outputs.get(&format!("{step}.{name}")).cloned().unwrap_or_default()
                        }
                        other => panic!("{other:?}"),
                    };
                    expression.split("||").map(known).find(|value| !value.is_empty()).unwrap_or_default()
                }
                more => panic!("{more:?}"),
            };
            let goes_on = match step["if"].as_str() {
                None => code == 0,
                Some(condition) => {
                    let rest = condition.strip_prefix("${{ !cancelled() && inputs.").unwrap();
                    !value(rest.strip_suffix(" != '' }}").unwrap()).is_empty()
                }
            };
            if !goes_on {
                continue;
            }
            assert_eq!(text(step, "shell"), "bash");
            let written = self.at("output");
            std::fs::write(&written, "").unwrap();
            let mut command = Command::new("/bin/bash");
            command.args(["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", text(step, "run")]);
            command.env("GITHUB_ACTION_PATH", std::env::current_dir().unwrap());
            command.env("GITHUB_OUTPUT", &written).env("GITHUB_STEP_SUMMARY", &summary);
            command.env("RUNNER_TEMP", self.folder.path()).env_remove("CLICOLOR_FORCE").env_remove("COLUMNS");
            for (name, value) in step["env"].as_object().unwrap() {
                command.env(name, evaluated(value.as_str().unwrap()));
            }
            if let Some(folder) = step["working-directory"].as_str() {
                command.current_dir(evaluated(folder));
            }
            if let Some((folder, only)) = &self.path {
                let rest = std::env::var("PATH").unwrap();
                let folder = folder.display().to_string();
                command.env("PATH", if *only { folder } else { format!("{folder}:{rest}") });
            }
            let output = command.output().unwrap();
            log.push_str(&String::from_utf8_lossy(&output.stdout));
            log.push_str(&String::from_utf8_lossy(&output.stderr));
            for line in std::fs::read_to_string(&written).unwrap().lines() {
                let (name, value) = line.split_once('=').unwrap();
                outputs.insert(format!("{}.{name}", text(step, "id")), value.to_owned());
            }
            if code == 0 {
                code = output.status.code().unwrap();
            }
        }
        let outputs = action["outputs"].as_object().unwrap().iter().map(|(name, output)| {
            let from = expressions(text(output, "value"))[0].strip_prefix("steps.").unwrap().replace(".outputs", "");
            (name.clone(), outputs.get(&from).cloned().unwrap_or_default())
        });
        Done { code, log, summary: std::fs::read_to_string(&summary).unwrap(), outputs: outputs.collect() }
    }

    /// The arguments that a program of [`Job::program`] was given.
    fn args(&self) -> Vec<String> {
        std::fs::read_to_string(self.at("args")).unwrap_or_default().lines().map(str::to_owned).collect()
    }
}

impl Done {
    fn numbers(&self) -> (i32, &str, &str, &str) {
        (self.code, &self.outputs["status"], &self.outputs["passed"], &self.outputs["failed"])
    }

    /// The workflow commands that a runner obeys: those outside of what is printed between `stop-commands` and its end.
    /// Colours in front of one are no protection to count on.
    fn commands(&self) -> Vec<&str> {
        let mut until: Option<String> = None;
        let mut found = Vec::new();
        for line in self.log.lines() {
            let mut line = line.trim_start();
            while let Some((_, rest)) = line.strip_prefix("\u{1b}[").and_then(|rest| rest.split_once('m')) {
                line = rest.trim_start();
            }
            match &until {
                Some(end) if line == end => until = None,
                Some(_) => {}
                None => match line.strip_prefix("::stop-commands::") {
                    Some(token) => until = Some(format!("::{token}::")),
                    None if line.starts_with("::") => found.push(line),
                    None => {}
                },
            }
        }
        assert_eq!(until, None, "commands stay stopped");
        found
    }
}

#[test]
fn the_parts_of_the_action_fit_together() {
    let action = yaml("action.yml");
    let whole = action.to_string();
    for input in action["inputs"].as_object().unwrap().keys() {
        assert!(whole.contains(&format!("inputs.{input} ")), "the input `{input}` is not used");
        assert!(!text(&action["inputs"][input], "description").is_empty());
    }
    let mut used = Vec::new();
    for step in action["runs"]["steps"].as_array().unwrap() {
        let run = text(step, "run");
        assert!(expressions(run).is_empty(), "an input could be shell: {run}");
        let script = run.strip_prefix("bash \"$GITHUB_ACTION_PATH/").and_then(|rest| rest.strip_suffix('"')).unwrap();
        let source = std::fs::read_to_string(script).unwrap();
        let given = step["env"].as_object().unwrap();
        for name in given.keys() {
            let uses = [format!("${{{name}"), format!("${name}")];
            assert!(uses.iter().any(|uses| source.contains(uses)), "{script} does not use {name}");
        }
        for name in source.split('$').skip(1).map(|rest| rest.trim_start_matches('{')) {
            let name = name.split(|c: char| !c.is_ascii_uppercase() && c != '_').next().unwrap();
            let known = ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "GITHUB_ACTION_PATH", "RUNNER_TEMP", "RANDOM", "PWD"];
            assert!(
                name.is_empty() || known.contains(&name) || given.contains_key(name),
                "{script}: {name} is not set"
            );
        }
        used.push(script.to_owned());
    }
    for output in action["outputs"].as_object().unwrap().values() {
        let from: Vec<&str> = expressions(text(output, "value"))[0].split('.').collect();
        let source = std::fs::read_to_string(format!("{SCRIPTS}/{}.sh", from[1])).unwrap();
        assert!(source.contains(&format!("'{}=%s\\n'", from[3])), "{from:?}");
    }
    for script in std::fs::read_dir(SCRIPTS).unwrap() {
        let script = script.unwrap().path().display().to_string();
        assert!(used.contains(&script), "{script} is not run");
    }
}

#[test]
fn a_run_that_passes() {
    let done = Job::with_vtlens(&[("path", "templates/blog\ntemplates/classic"), ("args", "--filter\ndraft")]).run();
    assert_eq!(done.numbers(), (0, "passed", "14", "0"), "{}", done.log);
    assert!(done.commands().is_empty() && done.log.contains("14 passed"), "{}", done.log);
    assert!(done.summary.starts_with("### ✅ vtlens: 14 decisions as expected\n"), "{}", done.summary);
}

#[test]
fn a_run_that_fails_says_so_everywhere() {
    let job = Job::with_vtlens(&[("path", "tests/fixtures/suites/outcomes")]);
    let done = job.run();
    assert_eq!(done.numbers(), (1, "failed", "3", "5"), "{}", done.log);
    assert_eq!(done.commands().len(), 5);
    assert!(done.commands()[0].starts_with("::error file=tests/fixtures/suites/outcomes/posts.vtlens.yaml,line=33,"));
    assert!(done.summary.starts_with("### ❌ vtlens: 5 of 8 decisions not as expected\n"));
    let left: Vec<_> = std::fs::read_dir(job.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    let done = Job::with_vtlens(&[("path", "tests/fixtures/suites/outcomes/undecided.vtlens.json")]).run();
    assert_eq!(done.numbers(), (3, "undecided", "0", "1"));
}

#[test]
fn reports_are_written_and_what_is_not_wanted_is_not() {
    let mut job =
        Job::with_vtlens(&[("path", "tests/fixtures/suites/outcomes"), ("annotations", "false"), ("summary", "false")]);
    for format in ["junit", "sarif"] {
        job.inputs.insert(format.to_owned(), job.at("reports").join(format).display().to_string());
    }
    let done = job.run();
    assert_eq!((done.commands().len(), done.summary.as_str()), (0, ""));
    assert!(
        std::fs::read_to_string(job.at("reports/junit")).unwrap().contains("<testsuites name=\"vtlens\" tests=\"8\"")
    );
    assert!(std::fs::read_to_string(job.at("reports/sarif")).unwrap().contains("\"version\": \"2.1.0\""));
}

#[test]
fn what_cannot_be_run_is_told() {
    let done = Job::with_vtlens(&[("path", "tests/fixtures/suites/no-such")]).run();
    assert_eq!(done.numbers(), (2, "unusable", "", ""));
    assert_eq!(done.commands(), ["::error title=vtlens::the suites could not be run: the log of this step says why"]);
    let done = Job::new(&[("bin", "no-such-vtlens")]).run();
    assert_eq!((done.code, done.commands()), (2, vec!["::error title=vtlens::the input bin names no program"]));
}

/// Whatever an input or a name in a suite holds, nothing but vtlens runs, and nothing but the action speaks to the runner.
#[test]
fn no_input_is_shell_and_no_name_is_a_command() {
    let job = Job::with_vtlens(&[]);
    let mark = job.at("pwned").display().to_string();
    let evil = format!("$(touch {mark})`touch {mark}`\"; touch {mark}; '\n\"; touch {mark} #");
    let api = Path::new("templates/blog").canonicalize().unwrap();
    for input in ["path", "api", "args", "coverage-min", "junit", "sarif", "annotations", "summary", "diff-base", "bin"]
    {
        let mut job = Job::with_vtlens(&[("path", api.to_str().unwrap()), ("args", "--filter\ndraft")]);
        job.inputs.insert(input.to_owned(), evil.clone());
        // It makes folders of that name, here.
        if ["junit", "sarif"].contains(&input) {
            job.inputs.insert("working-directory".to_owned(), job.folder.path().display().to_string());
        }
        let done = job.run();
        assert_eq!(
            done.code == 0,
            ["junit", "sarif", "annotations", "summary"].contains(&input),
            "{input}: {}",
            done.log
        );
        assert!(!Path::new(&mark).exists(), "{input} is shell");
    }
    let name = "::error file=a::gotcha";
    let tests = serde_json::json!([{ "name": name, "field": "Mutation.updatePost", "expect": { name: "allow" } }]);
    let suite = serde_json::json!({ "api": api, "identities": { name: { "mode": "apiKey" } }, "tests": tests });
    let file = job.at("s.vtlens.json");
    std::fs::write(&file, suite.to_string()).unwrap();
    let done = Job::with_vtlens(&[("path", file.to_str().unwrap())]).run();
    assert_eq!(done.numbers().0, 1, "{}", done.log);
    assert!(done.commands().iter().all(|command| !command.starts_with(name)), "{}", done.log);
}

#[test]
fn every_option_reaches_vtlens_as_it_was_given() {
    let mut job = Job::new(&[
        ("path", "a b\nc"),
        ("api", "my api"),
        ("args", "--filter\na *\n--param\nenv=$HOME"),
        ("coverage-min", "90"),
        ("annotations", "no"),
        ("summary", ""),
    ]);
    let program = job.program("vtlens", "exit 0");
    job.inputs.insert("bin".to_owned(), program.display().to_string());
    assert_eq!(job.run().code, 0);
    let given = job.args();
    let given: Vec<&str> = given.iter().map(String::as_str).filter(|word| !word.starts_with("json=")).collect();
    let expected = ["test", "--color", "always", "--report", "--api=my api", "--coverage-min=90", "--filter", "a *"];
    let more = ["--param", "env=$HOME", "--", "a b", "c"];
    assert_eq!(given, [&expected[..], &more].concat());
    let known = given.iter().filter(|word| !["--report", "--coverage-min=90"].contains(word)).copied();
    Args::try_parse_from(std::iter::once("vtlens").chain(known)).unwrap();
}

fn git(folder: &Path, args: &[&str]) {
    let as_somebody = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"];
    let output = Command::new("git").args(as_somebody).args(args).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A repository with one commit.
fn repository(job: &Job) -> String {
    let folder = job.at("repository");
    std::fs::create_dir(&folder).unwrap();
    git(&folder, &["init", "-q"]);
    git(&folder, &["commit", "-q", "--allow-empty", "-m", "a"]);
    folder.display().to_string()
}

#[test]
fn flips_go_onto_the_page_and_fail_only_when_that_is_wanted() {
    for (exit, fails, code, flipped) in
        [(0, "true", 0, "false"), (1, "false", 0, "true"), (1, "true", 1, "true"), (2, "false", 2, "")]
    {
        let mut job =
            Job::new(&[("diff-base", "HEAD"), ("api", "backend"), ("diff-args", "--suite\ns"), ("diff-fail", fails)]);
        let body = format!(
            "[ \"$1\" = diff ] || exit 0\nwhile [ \"$1\" != --output ]; do shift; done\necho '### flips' >\"$2\"\nexit {exit}"
        );
        let program = job.program("vtlens", &body);
        job.inputs.insert("bin".to_owned(), program.display().to_string());
        job.inputs.insert("working-directory".to_owned(), repository(&job));
        let done = job.run();
        assert_eq!((done.code, done.outputs["flipped"].as_str()), (code, flipped), "{}", done.log);
        assert_eq!(done.summary, if exit < 2 { "### flips\n" } else { "" });
        assert_eq!(done.commands().len(), usize::from(code > 0));
        let args = job.args();
        let diff = args.iter().skip_while(|word| *word != "diff").map(String::as_str);
        let diff: Vec<&str> = diff.filter(|word| !word.contains("/vtlens.")).collect();
        let [command, format, markdown, output, git, rest @ ..] = diff.as_slice() else { panic!("{diff:?}") };
        assert_eq!((*command, *format, *markdown, *output), ("diff", "--format", "markdown", "--output"));
        assert!(git.starts_with("--git=") && git.ends_with("...HEAD"), "{git}");
        assert_eq!(rest, ["--suite", "s", "--", "backend"]);
    }
    let mut job =
        Job::with_vtlens(&[("diff-base", "--no-such"), ("path", "templates/blog"), ("args", "--filter\ndraft")]);
    job.inputs.insert("working-directory".to_owned(), ".".to_owned());
    let done = job.run();
    assert_eq!(done.code, 2);
    assert!(done.commands()[0].contains("is not in this checkout"), "{}", done.log);
}

/// A branch that gives Editors what was Admin's, while the base went on.
#[test]
fn who_gained_access_on_a_branch_is_on_the_page() {
    let mut job = Job::with_vtlens(&[
        ("path", "s.vtlens.json"),
        ("diff-base", "base"),
        ("diff-path", "blog"),
        ("diff-fail", "true"),
    ]);
    let folder = PathBuf::from(repository(&job));
    let user = |group: &str| serde_json::json!({ "mode": "userPool", "claims": { "sub": group, "username": group, "cognito:groups": [group] } });
    let arguments = serde_json::json!({ "input": { "id": "post-1", "title": "x" } });
    let suite = serde_json::json!({
        "api": "blog", "now": "2026-01-15T12:00:00Z",
        "identities": { "bob": user("Editors"), "ada": user("Admin") },
        "tests": [
            { "field": "Mutation.updatePost", "arguments": arguments, "expect": { "bob": "deny", "ada": "allow" } },
            { "field": "Query.getPost", "arguments": { "id": "post-1" }, "expect": { "ada": "allow" } },
        ],
    });
    std::fs::write(folder.join("s.vtlens.json"), suite.to_string()).unwrap();
    let copied = Command::new("cp").arg("-r").arg("templates/blog").arg(&folder).status().unwrap();
    assert!(copied.success());
    let commit = |message: &str| {
        git(&folder, &["add", "-A"]);
        git(&folder, &["commit", "-q", "-m", message]);
    };
    commit("build");
    git(&folder, &["checkout", "-q", "-b", "base"]);
    std::fs::write(folder.join("blog/build/resolvers/Query.getPost.auth.1.req.vtl"), "$util.unauthorized()").unwrap();
    commit("what is none of the branch's doing");
    git(&folder, &["checkout", "-q", "-"]);
    let template = folder.join("blog/build/resolvers/Mutation.updatePost.auth.1.res.vtl");
    let text = std::fs::read_to_string(&template).unwrap();
    std::fs::write(&template, text.replace("\"entity\":\"Admin\"", "\"entity\":\"Editors\"")).unwrap();
    commit("wider");
    job.inputs.insert("working-directory".to_owned(), folder.display().to_string());
    job.inputs.insert("diff-args".to_owned(), "--suite\ns.vtlens.json".to_owned());
    let done = job.run();
    assert_eq!((done.code, done.outputs["status"].as_str(), done.outputs["flipped"].as_str()), (1, "failed", "true"));
    let (_, flips) = done.summary.split_once("### Access: ").unwrap_or_else(|| panic!("{}", done.log));
    assert!(flips.contains("**`Mutation.updatePost`**") && !flips.contains("getPost"), "{flips}");
    assert!(flips.contains("⛔ → ✅ **bob**") && flips.contains("✅ → ⛔ **ada**"), "{flips}");
}

#[test]
fn without_a_program_it_is_built_once_from_the_action_s_sources() {
    let mut job = Job::new(&[]);
    let root = job.at("vtlens");
    let folder = job.at("path");
    std::fs::create_dir(&folder).unwrap();
    job.program(
        "path/cargo",
        &format!(
            "mkdir -p '{0}/bin'; printf '#!/bin/bash\\nexit 0\\n' >'{0}/bin/vtlens'; chmod +x '{0}/bin/vtlens'",
            root.display()
        ),
    );
    job.path = Some((folder, false));
    assert_eq!(job.run().code, 0);
    let here = std::env::current_dir().unwrap().display().to_string();
    let root = root.display().to_string();
    assert_eq!(job.args(), ["install", "--locked", "--path", &here, "--root", &root]);
    job.run();
    assert_eq!(job.args().len(), 6, "built twice");

    let mut job = Job::new(&[]);
    let folder = job.at("path");
    std::fs::create_dir(&folder).unwrap();
    std::os::unix::fs::symlink("/bin/bash", folder.join("bash")).unwrap();
    job.path = Some((folder, true));
    let done = job.run();
    assert_eq!(done.code, 2);
    assert!(done.commands()[0].contains("building vtlens needs Rust"), "{}", done.log);
}

#[test]
fn the_scripts_pass_shellcheck_where_there_is_one() {
    let scripts: Vec<PathBuf> = std::fs::read_dir(SCRIPTS).unwrap().map(|script| script.unwrap().path()).collect();
    assert_eq!(scripts.len(), 3);
    match Command::new("shellcheck").args(&scripts).output() {
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(_) => eprintln!("SKIPPED: there is no shellcheck"),
    }
}

#[test]
fn the_hook_of_pre_commit_runs_the_suites() {
    let hooks = yaml(".pre-commit-hooks.yaml");
    for hook in hooks.as_array().unwrap() {
        for key in ["id", "name", "description", "entry", "language"] {
            assert!(!text(hook, key).is_empty());
        }
        let words = text(hook, "entry").split(' ').map(str::to_owned);
        let extra = hook["args"].as_array().into_iter().flatten().map(|word| word.as_str().unwrap().to_owned());
        let parsed = Args::try_parse_from(words.chain(extra)).unwrap();
        assert!(matches!(parsed.command, args::Command::Test(_)));
        assert_eq!((&hook["pass_filenames"], &hook["always_run"]), (&Json::Bool(false), &Json::Null));
        let files = fancy_regex::Regex::new(text(hook, "files")).unwrap();
        for (path, runs) in [
            ("amplify/backend/api/blog/schema.graphql", true),
            ("amplify/backend/api/blog/build/resolvers/Query.getPost.auth.1.req.vtl", true),
            ("tests/blog.vtlens.yaml", true),
            ("vtlens.toml", true),
            ("tests/__snapshots__/blog/a.snap", false),
            ("src/App.tsx", false),
        ] {
            assert_eq!(files.is_match(path).unwrap(), runs, "{path}");
        }
    }
}
