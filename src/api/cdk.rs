//! `cdk.out`: the manifest leads to stacks, a stack's asset list from hashes to files.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use serde_json::Value;

use super::cloudformation::{Deployment, Files, Given, Located, Stack, read_text};
use crate::error::{Error, ErrorKind, Result};

const REBUILD: &str = "synthesize again (`npx cdk synth`, `npx ampx sandbox`), or check --api";

/// A stack of an assembly that may hold an API or resolvers of one.
struct Member {
    /// The assembly's folder: a stage of a pipeline is one of its own, below the whole.
    assembly: PathBuf,
    /// Its template's file name.
    template: String,
}

/// The deployment of an assembly's only stack with an API.
///
/// # Errors
/// `Api` when no stack holds one, when several do, or when the assembly cannot be read.
pub(super) fn only(folder: &Path, options: &IndexMap<String, String>) -> Result<Deployment> {
    let mut members = Vec::new();
    collect(folder, &mut members, 0)?;
    let mut found = Vec::new();
    for member in &members {
        let deployment = deployed(member, &members, options)?;
        if holds_api(&deployment)? {
            found.push(deployment);
        }
    }
    match (found.pop(), found.as_slice()) {
        (Some(only), []) => Ok(only),
        (None, _) => Err(Error::new(ErrorKind::Api, "no stack of this assembly holds an AppSync API")
            .in_file(folder.display().to_string())
            .help("check that the app declares one, and synthesize again (`npx cdk synth`)")),
        (Some(last), others) => {
            let name = |deployment: &Deployment| {
                let path = &deployment.root().path;
                format!("`{}`", path.strip_prefix(folder).unwrap_or(path).display())
            };
            let all = others.iter().chain([&last]).map(name).collect::<Vec<_>>().join(", ");
            Err(Error::new(ErrorKind::Api, "several stacks of this assembly hold an AppSync API")
                .in_file(folder.display().to_string())
                .help(format!("name one template with --api: {all}")))
        }
    }
}

/// The deployment of a template that is part of an assembly; `None` when it stands alone.
pub(super) fn deployment_of(template: &Path, options: &IndexMap<String, String>) -> Result<Option<Deployment>> {
    let (Some(folder), Some(name)) = (template.parent(), template.file_name()) else { return Ok(None) };
    if !folder.join("manifest.json").is_file() {
        return Ok(None);
    }
    let mut members = Vec::new();
    collect(folder, &mut members, 0)?;
    let of_this = |member: &&Member| member.assembly == folder && name == member.template.as_str();
    members.iter().find(of_this).map(|member| deployed(member, &members, options)).transpose()
}

/// A stack as the root of a deployment; the others of its assembly are beside it, as an app may declare an API in one
/// stack and its resolvers in another.
fn deployed(member: &Member, all: &[Member], options: &IndexMap<String, String>) -> Result<Deployment> {
    let folder = &member.assembly;
    let mut assets = HashMap::new();
    let mut beside = Vec::new();
    for other in all.iter().filter(|other| other.assembly == *folder) {
        assets.extend(assets_beside(&folder.join(&other.template))?);
        if other.template != member.template {
            beside.push(read(other)?);
        }
    }
    beside.retain(|stack| stack.mentions("AWS::AppSync::"));
    let root = read(member)?;
    let files = Files { folder: folder.clone(), assets, ..Files::default() };
    let given = Given::new(options.clone(), IndexMap::new());
    Ok(Deployment::new(root, files, given, REBUILD).with_beside(beside))
}

fn read(member: &Member) -> Result<Stack> {
    let stack = Stack::read(member.template.clone(), member.assembly.join(&member.template), None);
    stack.map_err(|error| error.help(REBUILD))
}

/// Whether the root or a stack below it declares an API.
fn holds_api(deployment: &Deployment) -> Result<bool> {
    if !deployment.root().mentions("AWS::AppSync::") && !deployment.root().mentions("AWS::CloudFormation::Stack") {
        return Ok(false);
    }
    for (number, stack) in deployment.stacks()? {
        if stack.mentions("AWS::AppSync::GraphQLApi") && deployment.outermost(number)? == 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

fn collect(folder: &Path, found: &mut Vec<Member>, depth: u8) -> Result<()> {
    let path = folder.join("manifest.json");
    let manifest: Value = super::parse_json(&read_text(&path, "manifest.json")?, &path)?;
    let artifacts = manifest.get("artifacts").and_then(Value::as_object);
    for artifact in artifacts.into_iter().flatten().map(|(_, artifact)| artifact) {
        let property = |name: &str| artifact.get("properties").and_then(|p| p.get(name)).and_then(Value::as_str);
        match artifact.get("type").and_then(Value::as_str) {
            Some("aws:cloudformation:stack") => {
                let template = property("templateFile").map(str::to_owned);
                found.extend(template.map(|template| Member { assembly: folder.to_owned(), template }));
            }
            // A stage of a pipeline: an assembly of its own below this one.
            Some("cdk:cloud-assembly") => match property("directoryName") {
                Some(name) if depth < 4 => collect(&folder.join(name), found, depth + 1)?,
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
