//! An API, the changes of its rules, and what they make of its build.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;
use indexmap::IndexMap;
use serde::Deserialize;
use tempfile::TempDir;
use vtlens::suite::{self, Suite};

use super::packed;

/// One changed rule, as `templates/tools/mutate.mjs` writes it.
#[derive(Deserialize)]
pub struct Mutant {
    /// `TYPE.FIELD.RULE.KIND`; the rules of a type or field are counted from 1.
    pub id: String,
    /// The rule.
    pub before: String,
    /// What it is changed to; empty when it is taken out.
    pub after: String,
    /// What is different in the build; absent where the transformer refused the schema, or nothing is.
    pub files: Option<BTreeMap<PathBuf, Option<Vec<Edit>>>>,
}

/// In place of so many lines after the first few of a file stands a text.
#[derive(Deserialize)]
pub struct Edit(usize, usize, String);

impl Mutant {
    /// The type that has the rule, or whose field has it.
    pub fn type_name(&self) -> &str {
        self.id.split('.').next().unwrap()
    }
}

/// An API whose rules are changed, and the suites that say who may do what in it.
pub struct Sample {
    pub name: String,
    pub mutants: Vec<Mutant>,
    pub suites: Vec<Suite>,
    /// CloudFormation parameters that the build leaves open.
    pub params: IndexMap<String, String>,
    /// A copy of the API that mutants are made in.
    pub copy: TempDir,
    /// Where in the copy the generator's files are.
    build: PathBuf,
}

impl Sample {
    /// The sample of `NAME.jsonl.gz`: one of `templates/`, or a build of the collection and its suites.
    pub fn open(mutants: &Path) -> Sample {
        let name = mutants.file_name().unwrap().to_string_lossy().trim_end_matches(".jsonl.gz").to_owned();
        let mut lines = String::new();
        GzDecoder::new(File::open(mutants).unwrap()).read_to_string(&mut lines).unwrap();
        let mutants = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let template = Path::new("templates").join(&name);
        let (api, build, files) = if template.is_dir() {
            (template.clone(), "build", suite::find(&[template]).unwrap())
        } else {
            let mut files = suite::find(&[packed::collection().join("suites")]).unwrap();
            files.retain(|file| file.file_name().unwrap().to_string_lossy().starts_with(&format!("{name}.")));
            (packed::collection().join("builds").join(&name), "", files)
        };
        let suites: Vec<Suite> = files.iter().map(|file| Suite::load(file).unwrap()).collect();
        let copy = tempfile::tempdir().unwrap();
        copy_folder(&api, copy.path());
        let params = suites[0].params.clone();
        Sample { name, mutants, suites, params, build: copy.path().join(build), copy }
    }

    /// What the copy is at present, once more.
    pub fn another_copy(&self) -> TempDir {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.copy.path(), copy.path());
        copy
    }

    /// Makes the mutant in the copy, looks at it, and makes the copy what it was.
    pub fn with<T>(&self, mutant: &Mutant, look: impl FnOnce() -> T) -> T {
        let files = mutant.files.as_ref().unwrap();
        let put = |name: &PathBuf, text: Option<String>| match text {
            Some(text) => fs::write(self.build.join(name), text).unwrap(),
            None => fs::remove_file(self.build.join(name)).unwrap(),
        };
        let originals: Vec<Option<String>> =
            files.keys().map(|name| fs::read_to_string(self.build.join(name)).ok()).collect();
        for ((name, edits), original) in files.iter().zip(&originals) {
            put(name, edits.as_ref().map(|edits| edited(original.as_deref().unwrap_or_default(), edits)));
        }
        let seen = look();
        for (name, original) in files.keys().zip(originals) {
            put(name, original);
        }
        seen
    }
}

fn edited(text: &str, edits: &[Edit]) -> String {
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (mut result, mut next) = (String::new(), 0);
    for Edit(at, count, put) in edits {
        result.extend(lines[next..*at].iter().copied());
        result.push_str(put);
        next = at + count;
    }
    result.extend(lines[next..].iter().copied());
    result
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &to);
        } else {
            fs::copy(&path, &to).unwrap();
        }
    }
}
