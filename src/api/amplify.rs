//! An Amplify Gen 1 build: its parameters, its project's facts, the author's files beside it.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::Value;

use super::cloudformation::{Deployment, Files, Given, Stack, read_text};
use super::project::Project;
use crate::error::Result;

/// The root template of a build.
pub(super) const ROOT_TEMPLATE: &str = "cloudformation-template.json";

const REBUILD: &str =
    "build the API again with `amplify api gql-compile`, or check that --api names the folder that was built";

/// Where the parts of a Gen 1 API are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gen1 {
    /// The folder with the root template.
    pub(super) build: PathBuf,
    /// The folder with the author's files: the parent of a folder called `build`, else the build folder itself.
    pub(super) folder: PathBuf,
    /// Whether the author's overrides run in place of the build's files: not when a person names the build itself.
    pub(super) overrides: bool,
}

/// The slots of a resolver. A file `Type.field.SLOT.N.req.vtl` of the author becomes a function when Amplify builds; any
/// other replaces the generated file of its name.
const SLOTS: [&str; 11] = [
    "init",
    "preAuth",
    "auth",
    "postAuth",
    "validate",
    "preDataLoad",
    "preUpdate",
    "preSubscribe",
    "postDataLoad",
    "postUpdate",
    "finish",
];

impl Gen1 {
    /// A build that a person names: it runs as it is.
    pub(super) fn of_build(build: PathBuf) -> Gen1 {
        let inside = build.file_name().is_some_and(|name| name == "build");
        let parent = build.parent().filter(|_| inside).map(Path::to_owned);
        Gen1 { folder: parent.unwrap_or_else(|| build.clone()), build, overrides: false }
    }

    /// The build of an API's folder, which the author's overrides go before.
    pub(super) fn of_folder(folder: &Path) -> Gen1 {
        Gen1 { folder: folder.to_owned(), build: folder.join("build"), overrides: true }
    }

    /// The API's folder name.
    pub(super) fn name(&self) -> String {
        self.folder.file_name().map_or_else(|| "api".into(), |name| name.to_string_lossy().into_owned())
    }

    /// The folder that holds `amplify/`, and the backend folder, when the API lies where Amplify puts it.
    pub(super) fn project(&self) -> Option<(PathBuf, PathBuf)> {
        let api = self.folder.parent().filter(|api| api.file_name().is_some_and(|name| name == "api"))?;
        let backend = api.parent()?;
        let amplify = backend.parent().filter(|amplify| amplify.file_name().is_some_and(|name| name == "amplify"))?;
        Some((amplify.parent()?.to_owned(), backend.to_owned()))
    }

    /// Reads the root template with every value that is known for its parameters.
    pub(super) fn deployment(&self, options: IndexMap<String, String>) -> Result<Deployment> {
        let project = self.project().map(|(project, backend)| Project::read(&project, &backend)).unwrap_or_default();
        let mut given = Given::new(options, project.facts(&self.name()));
        let parameters = self.build.join("parameters.json");
        if parameters.is_file() {
            for (name, value) in parse_parameters(&parameters)? {
                let value = match value {
                    Value::String(text) => Some(text),
                    Value::Number(number) => Some(number.to_string()),
                    Value::Bool(value) => Some(value.to_string()),
                    // A value that the stack around the API hands over: only the project's record has it.
                    Value::Object(object) => {
                        match object.get("Fn::GetAtt").and_then(Value::as_array).map(Vec::as_slice) {
                            Some([Value::String(id), Value::String(attribute)]) => project.output(id, attribute),
                            _ => None,
                        }
                    }
                    _ => None,
                };
                if let Some(value) = value {
                    given.build.insert(name, value);
                }
            }
        }
        let root = Stack::read(ROOT_TEMPLATE.into(), self.build.join(ROOT_TEMPLATE), None)?;
        let files = Files { folder: self.build.clone(), replaced: self.replaced(), ..Files::default() };
        Ok(Deployment::new(root, files, given, REBUILD))
    }

    /// The author's schema: `schema.graphql` beside the build, or the files of the folder `schema`.
    pub(super) fn author_schemas(&self) -> Vec<PathBuf> {
        if self.folder == self.build {
            return Vec::new();
        }
        let file = self.folder.join("schema.graphql");
        if file.is_file() { vec![file] } else { files(&self.folder.join("schema"), "graphql") }
    }

    /// The author's templates that run in place of files of the build, by the names of those.
    fn replaced(&self) -> HashMap<String, PathBuf> {
        if !self.overrides {
            return HashMap::new();
        }
        let own = files(&self.folder.join("resolvers"), "vtl").into_iter();
        own.filter_map(|file| {
            let name = file.file_name()?.to_str()?.to_owned();
            let in_build = self.build.join("resolvers").join(&name).is_file();
            (in_build && !is_slot(&name)).then(|| (format!("resolvers/{name}"), file))
        })
        .collect()
    }

    /// What about the author's files does not agree with the build.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.folder == self.build {
            return notes;
        }
        for (folder, extension, what) in [("resolvers", "vtl", "override"), ("stacks", "json", "custom stack")] {
            for file in files(&self.folder.join(folder), extension) {
                let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let built = std::fs::read(self.build.join(folder).join(&name)).ok();
                let differs = built != std::fs::read(&file).ok();
                let runs = self.overrides && folder == "resolvers" && !is_slot(&name);
                let text = match (built.is_some(), differs) {
                    (_, false) => continue,
                    (true, _) if runs => "differs from the build and runs in its place: amplify push deploys it",
                    (true, _) => "differs from the build, which runs: build again with amplify api gql-compile",
                    (false, _) => "is not in the build: build again with amplify api gql-compile",
                };
                notes.push(format!("{what} `{folder}/{name}` {text}"));
            }
        }
        if self.folder.join("override.ts").is_file() {
            notes.push("`override.ts` is not run: what it changed when the API was built is in the build".to_owned());
        }
        notes
    }
}

/// The files of a folder with an extension, by name.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> =
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == extension)).collect();
    files.sort();
    files
}

/// Whether a template's file name is that of a slot.
fn is_slot(name: &str) -> bool {
    name.split('.').nth(2).is_some_and(|part| SLOTS.contains(&part))
}

fn parse_parameters(path: &Path) -> Result<IndexMap<String, Value>> {
    let text = read_text(path, "parameters.json")?;
    super::parse_json(&text, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_is_told_by_the_third_part_of_a_name() {
        for (name, slot) in [
            ("Query.getPost.postAuth.2.req.vtl", true),
            ("Mutation.updatePost.preUpdate.1.res.vtl", true),
            ("Query.getPost.req.vtl", false),
            ("Query.finish.res.vtl", false),
            ("custom.vtl", false),
        ] {
            assert_eq!(is_slot(name), slot, "{name}");
        }
    }

    #[test]
    fn the_folder_of_a_build_is_its_parent_only_when_it_is_called_build() {
        for (build, folder, project) in [
            ("/p/amplify/backend/api/blog/build", "/p/amplify/backend/api/blog", Some("/p")),
            (
                "/p/amplify/#current-cloud-backend/api/blog/build",
                "/p/amplify/#current-cloud-backend/api/blog",
                Some("/p"),
            ),
            ("/builds/owner_basic", "/builds/owner_basic", None),
            ("/x/api/blog/build", "/x/api/blog", None),
        ] {
            let gen1 = Gen1::of_build(PathBuf::from(build));
            assert_eq!(gen1.folder, Path::new(folder));
            assert_eq!(gen1.project().map(|(p, _)| p), project.map(PathBuf::from), "{build}");
        }
    }
}
