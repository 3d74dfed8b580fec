//! CloudFormation templates that lie in a folder, and those that the Serverless Framework packages.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use super::cdk;
use super::cloudformation::{Deployment, Files, Given, Stack};
use crate::error::{Error, ErrorKind, Result};

/// The template that `serverless package` writes for a project with `serverless-appsync-plugin`.
pub(super) const SERVERLESS_TEMPLATE: &str = ".serverless/cloudformation-template-update-stack.json";

const SERVERLESS_CONFIGS: [&str; 5] =
    ["serverless.yml", "serverless.yaml", "serverless.json", "serverless.ts", "serverless.js"];

const API: &str = "AWS::AppSync::GraphQLApi";
const SAM_API: &str = "AWS::Serverless::GraphQLApi";
const NESTED: &str = "AWS::CloudFormation::Stack";
const SAM_NESTED: &str = "AWS::Serverless::Application";

/// Larger files are no templates: CloudFormation takes 1 MB.
const MAX_BYTES: u64 = 8_000_000;

const HELP: &str = "put the file where the template's location ends, beside the template, or check --api";

/// The deployment of one template, with the stacks of its assembly when it is part of one.
pub(super) fn deployment(file: &Path, params: IndexMap<String, String>) -> Result<Deployment> {
    if let Some(deployment) = cdk::deployment_of(file, &params)? {
        return Ok(deployment);
    }
    let folder = file.parent().map(Path::to_owned).unwrap_or_default();
    let name = file.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let files = Files { folder, assets: cdk::assets_beside(file)?, ..Files::default() };
    let given = Given::new(params, IndexMap::new());
    Ok(Deployment::new(Stack::read(name, file.to_owned(), None)?, files, given, HELP))
}

/// The templates of a folder that hold an API, themselves or in a stack they nest. One that another of them nests does
/// not count: it is read with that one.
pub(super) fn with_api(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| may_be_template(path)).collect();
    files.sort();
    let mut found = Vec::new();
    let mut nested: Vec<PathBuf> = Vec::new();
    for file in files {
        let Ok(deployment) = deployment(&file, IndexMap::new()) else { continue };
        let root = deployment.root();
        if !declares(root) {
            continue;
        }
        // One that cannot be read may be the one: then its own error is the answer.
        let Ok(stacks) = deployment.stacks() else {
            found.push(file);
            continue;
        };
        let stacks: Vec<&Stack> = stacks.map(|(_, stack)| stack).collect();
        if stacks.iter().any(|stack| stack.mentions(API) || stack.mentions(SAM_API)) {
            nested.extend(stacks.iter().filter(|stack| stack.parent.is_some()).map(|stack| stack.path.clone()));
            found.push(file);
        }
    }
    found.retain(|file| !nested.contains(file));
    found
}

fn may_be_template(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    matches!(extension.as_str(), "json" | "yaml" | "yml" | "template")
        && std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() < MAX_BYTES)
}

/// Whether a file that speaks of APIs and stacks declares any as a template does; other tools' files hold templates
/// within themselves. One that does not parse may.
fn declares(root: &Stack) -> bool {
    let mut kinds = [API, SAM_API, NESTED, SAM_NESTED].into_iter().filter(|kind| root.mentions(kind));
    kinds.any(|kind| root.resources_of(kind).map_or(true, |resources| !resources.is_empty()))
}

/// The packaged template of a Serverless Framework project; `None` when the folder is none that speaks of AppSync.
///
/// # Errors
/// `Api` when the project is not packaged yet.
pub(super) fn of_serverless(folder: &Path) -> Result<Option<PathBuf>> {
    let packaged = folder.join(SERVERLESS_TEMPLATE);
    if packaged.is_file() {
        return Ok(Some(packaged));
    }
    let configs = SERVERLESS_CONFIGS.iter().map(|name| folder.join(name));
    let of_appsync = |path: &PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains("appsync"));
    match configs.into_iter().find(of_appsync) {
        Some(config) => Err(Error::new(ErrorKind::Api, "this Serverless project is not packaged yet")
            .in_file(config.display().to_string())
            .help("run `serverless package`: it writes the templates to `.serverless`")),
        None => Ok(None),
    }
}

/// Whether a file configures a Serverless Framework project.
pub(super) fn is_serverless_config(path: &Path) -> bool {
    path.file_name().is_some_and(|name| SERVERLESS_CONFIGS.iter().any(|config| name == *config))
}

/// Whether a folder is a Serverless Framework project.
pub(super) fn is_serverless(folder: &Path) -> bool {
    folder.join(SERVERLESS_TEMPLATE).is_file() || of_serverless(folder).is_err()
}
