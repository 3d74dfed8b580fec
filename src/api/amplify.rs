//! An Amplify Gen 1 build: its parameters, its project's facts, the author's files beside it.

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
}

impl Gen1 {
    pub(super) fn of_build(build: PathBuf) -> Gen1 {
        let inside = build.file_name().is_some_and(|name| name == "build");
        let parent = build.parent().filter(|_| inside).map(Path::to_owned);
        Gen1 { folder: parent.unwrap_or_else(|| build.clone()), build }
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
        let files = Files { folder: self.build.clone(), ..Files::default() };
        Ok(Deployment::new(root, files, given, REBUILD))
    }

    /// The author's schema: `schema.graphql` beside the build, or the only file of a folder `schema`.
    pub(super) fn author_schema(&self) -> Option<PathBuf> {
        if self.folder == self.build {
            return None;
        }
        let file = self.folder.join("schema.graphql");
        if file.is_file() {
            return Some(file);
        }
        let mut files = self.schema_folder();
        if files.len() == 1 { files.pop() } else { None }
    }

    fn schema_folder(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.join("schema")).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "graphql")).collect()
    }

    /// What about the author's files does not agree with the build, which is what was deployed.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if self.folder == self.build {
            return notes;
        }
        let entries = std::fs::read_dir(self.folder.join("resolvers")).into_iter().flatten().flatten();
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name())
            .filter(|n| Path::new(n).extension().is_some_and(|e| e == "vtl"))
            .collect();
        names.sort();
        for name in names {
            let ours = std::fs::read(self.folder.join("resolvers").join(&name)).ok();
            let built = std::fs::read(self.build.join("resolvers").join(&name)).ok();
            let name = name.to_string_lossy();
            if built.is_none() {
                notes.push(format!("override `resolvers/{name}` is not in the build: run amplify build"));
            } else if ours != built {
                notes.push(format!("override `resolvers/{name}` differs from build: run amplify build"));
            }
        }
        if self.author_schema().is_none() && self.schema_folder().len() > 1 {
            notes.push("the author's schema is in several files of `schema/`: name one with --schema".into());
        }
        notes
    }
}

fn parse_parameters(path: &Path) -> Result<IndexMap<String, Value>> {
    let text = read_text(path, "parameters.json")?;
    super::parse_json(&text, path)
}

#[cfg(test)]
mod tests {
    use super::*;

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
