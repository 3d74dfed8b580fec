//! `cdk.out`: the manifest leads to stacks, a stack's asset list from hashes to files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::Value;

use super::cloudformation::{Deployment, Files, Given, Located, Stack, read_text};
use crate::error::{Error, ErrorKind, Result};

const REBUILD: &str = "synthesize again (`npx cdk synth`, `npx ampx sandbox`), or check --api";

/// The stacks of an assembly that hold an API: usually one.
pub(super) fn deployments(folder: &Path, options: &IndexMap<String, String>) -> Result<Vec<Deployment>> {
    let mut found = Vec::new();
    collect(folder, options, &mut found, 0)?;
    Ok(found)
}

fn collect(folder: &Path, options: &IndexMap<String, String>, found: &mut Vec<Deployment>, depth: u8) -> Result<()> {
    let path = folder.join("manifest.json");
    let manifest: Value = super::parse_json(&read_text(&path, "manifest.json")?, &path)?;
    let artifacts = manifest.get("artifacts").and_then(Value::as_object);
    for artifact in artifacts.into_iter().flatten().map(|(_, artifact)| artifact) {
        let property = |name: &str| artifact.get("properties").and_then(|p| p.get(name)).and_then(Value::as_str);
        match artifact.get("type").and_then(Value::as_str) {
            Some("aws:cloudformation:stack") => {
                let Some(template) = property("templateFile") else { continue };
                let root = Stack::read(template.to_owned(), folder.join(template), None)?;
                if !root.mentions("AWS::AppSync::") && !root.mentions("AWS::CloudFormation::Stack") {
                    continue;
                }
                let assets = assets_beside(&root.path)?;
                let files = Files { folder: folder.to_owned(), assets };
                let given = Given::new(options.clone(), IndexMap::new());
                let deployment = Deployment::new(root, files, given, REBUILD);
                if deployment.stacks()?.any(|(_, stack)| stack.mentions("AWS::AppSync::GraphQLApi")) {
                    found.push(deployment);
                }
            }
            // A stage of a pipeline: an assembly of its own below this one.
            Some("cdk:cloud-assembly") => match property("directoryName") {
                Some(name) if depth < 4 => collect(&folder.join(name), options, found, depth + 1)?,
                _ => {}
            },
            _ => {}
        }
    }
    Ok(())
}

/// The assets of a template of an assembly; none when the template stands alone.
pub(super) fn assets_beside(template: &Path) -> Result<HashMap<String, Located>> {
    let name = template.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    match (template.parent(), name.strip_suffix(".template.json")) {
        (Some(folder), Some(id)) => assets(folder, &folder.join(format!("{id}.assets.json"))),
        _ => Ok(HashMap::new()),
    }
}

fn assets(folder: &Path, path: &Path) -> Result<HashMap<String, Located>> {
    if !path.is_file() {
        return Ok(HashMap::new());
    }
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let list: Value = super::parse_json(&read_text(path, &name)?, path)?;
    let Some(files) = list.get("files").and_then(Value::as_object) else {
        return Err(
            Error::new(ErrorKind::Api, format!("`{name}` lists no `files`")).in_file(path.display().to_string())
        );
    };
    let mut assets = HashMap::new();
    for (hash, asset) in files {
        let Some(source) = asset.get("source").and_then(|s| s.get("path")).and_then(Value::as_str) else { continue };
        let display = asset.get("displayName").and_then(Value::as_str);
        let name = display.and_then(template_name).unwrap_or_else(|| source.to_owned());
        assets.insert(hash.clone(), Located { name, path: PathBuf::from(folder).join(source) });
    }
    Ok(assets)
}

/// The generator's name for a template, out of a display name such as
/// `Api/Post/QuerygetPostauth0Function/Templateresolvers--Query.getPost.auth.1.req.vtl`.
fn template_name(display: &str) -> Option<String> {
    let (folder, file) = display.rsplit('/').next()?.split_once("--")?;
    let folder = folder.strip_prefix("Template")?;
    Some(format!("{folder}/{file}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_names_give_back_the_generators_names() {
        let name = template_name("Api/Post/F/Templateresolvers--Query.getPost.auth.1.req.vtl");
        assert_eq!(name.as_deref(), Some("resolvers/Query.getPost.auth.1.req.vtl"));
        assert_eq!(template_name("Api/schema"), None);
    }
}
