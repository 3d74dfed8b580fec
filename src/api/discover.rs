//! What a path is: a project, a build, an assembly, a template, a folder written by hand.

use std::path::{Path, PathBuf};

use super::amplify::{Gen1, ROOT_TEMPLATE};
use super::config::{CONFIG_FILE, Config};
use super::templates;
use crate::error::{Error, ErrorKind, Result};

/// What was found at a path.
#[derive(Debug)]
pub(super) enum Layout {
    Gen1(Gen1),
    Cdk(PathBuf),
    Template(PathBuf),
    Folder(PathBuf),
}

/// What was found, and the configuration that goes with it.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) layout: Layout,
    /// The folder that defaults (`data/`, `jwks.json`, `vtlens.toml`) lie in.
    pub(super) root: PathBuf,
    pub(super) config: Option<Config>,
    /// The API that is meant, by its logical id, when the path names it: `template.yaml#Api`.
    pub(super) api: Option<String>,
}

/// Finds out what a path is.
pub(super) fn look_at(path: &Path) -> Result<Found> {
    if let Some((file, api)) = with_id(path) {
        return Ok(Found { api: Some(api), ..look_at(&file)? });
    }
    let path = std::fs::canonicalize(path).map_err(|e| {
        Error::new(ErrorKind::Io, format!("`{}` is not there", path.display()))
            .help("--api names an Amplify project or build, a cdk.out, a template or a folder with vtlens.toml")
            .caused_by(e)
    })?;
    if path.is_file() { look_at_file(path) } else { look_at_folder(path) }
}

/// The parts of `PATH#ID`, when there is something at PATH and nothing at the whole.
fn with_id(path: &Path) -> Option<(PathBuf, String)> {
    let (file, id) = path.to_str()?.rsplit_once('#')?;
    let meant = !path.exists() && Path::new(file).exists() && !id.is_empty() && !id.contains(['/', '\\']);
    meant.then(|| (PathBuf::from(file), id.to_owned()))
}

fn look_at_file(path: PathBuf) -> Result<Found> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    match (name.as_str(), extension.as_str()) {
        (CONFIG_FILE | ROOT_TEMPLATE | "manifest.json", _) => look_at_folder(folder),
        _ if templates::is_serverless_config(&path) => look_at_folder(folder),
        (_, "json" | "template" | "yaml" | "yml") => {
            let config = Config::beside(&folder)?;
            Ok(Found { layout: Layout::Template(path), root: folder, config, api: None })
        }
        _ => Err(Error::new(ErrorKind::Api, format!("`{name}` is no API"))
            .in_file(path.display().to_string())
            .help("--api names an Amplify project or build, a cdk.out, a template or a folder with vtlens.toml")),
    }
}

fn look_at_folder(folder: PathBuf) -> Result<Found> {
    let config = Config::beside(&folder)?;
    if config.as_ref().is_some_and(|config| config.body.api.is_some()) {
        return Ok(Found { layout: Layout::Folder(folder.clone()), root: folder, config, api: None });
    }
    let layout = match config.as_ref().and_then(|config| config.body.build.as_ref().map(|build| (config, build))) {
        Some((config, build)) => {
            let named = folder.join(build.get_ref());
            let message = format!("`{}` holds no build", build.get_ref().display());
            let layout = if named.is_dir() { layout_of(&named)? } else { None };
            let help = "name an Amplify API or its build, a cdk.out or a folder with a template";
            Some(layout.ok_or_else(|| config.refuse(build, message).help(help))?)
        }
        None => layout_of(&folder)?,
    };
    let Some(layout) = layout else { return Err(nothing_here(&folder)) };
    match (config, &layout) {
        (None, Layout::Gen1(gen1)) => {
            // The API's own folder first, then its project's.
            let project = gen1.project().map(|(project, _)| project);
            for root in std::iter::once(gen1.folder.clone()).chain(project) {
                if let Some(config) = Config::beside(&root)?.filter(|config| config.body.api.is_none()) {
                    return Ok(Found { config: Some(config), layout, root, api: None });
                }
            }
            Ok(Found { root: gen1.folder.clone(), layout, config: None, api: None })
        }
        (config, _) => Ok(Found { layout, root: folder, config, api: None }),
    }
}

/// What a folder is when `vtlens.toml` does not say.
fn layout_of(folder: &Path) -> Result<Option<Layout>> {
    if folder.join(ROOT_TEMPLATE).is_file() {
        return Ok(Some(Layout::Gen1(Gen1::of_build(folder.to_owned()))));
    }
    if folder.join("build").join(ROOT_TEMPLATE).is_file() {
        return Ok(Some(Layout::Gen1(Gen1::of_folder(folder))));
    }
    if is_unbuilt(folder) {
        return Err(unbuilt(folder));
    }
    for apis in ["amplify/backend/api", "backend/api", "api"] {
        if let Some(gen1) = only_api(&folder.join(apis))? {
            return Ok(Some(Layout::Gen1(gen1)));
        }
    }
    for assembly in [folder.to_owned(), folder.join("cdk.out"), folder.join(".amplify/artifacts/cdk.out")] {
        if assembly.join("manifest.json").is_file() {
            return Ok(Some(Layout::Cdk(assembly)));
        }
    }
    if let Some(template) = templates::of_serverless(folder)? {
        return Ok(Some(Layout::Template(template)));
    }
    let mut templates = templates::with_api(folder);
    match templates.len() {
        0 | 1 => Ok(templates.pop().map(Layout::Template)),
        many => {
            let message = format!("`{}` holds {many} templates with an API", folder.display());
            Err(Error::new(ErrorKind::Api, message).help(format!("name one with --api: {}", names(&templates))))
        }
    }
}

/// The only GraphQL API of a folder of APIs; REST APIs lie in the same folder and have another template.
fn only_api(apis: &Path) -> Result<Option<Gen1>> {
    let entries = std::fs::read_dir(apis).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    folders.sort();
    let built: Vec<&PathBuf> = folders.iter().filter(|f| f.join("build").join(ROOT_TEMPLATE).is_file()).collect();
    match built.as_slice() {
        [only] => Ok(Some(Gen1::of_folder(only))),
        [] => match folders.iter().find(|folder| is_unbuilt(folder)) {
            Some(folder) => Err(unbuilt(folder)),
            None => Ok(None),
        },
        many => {
            let folders: Vec<PathBuf> = many.iter().map(|folder| (*folder).clone()).collect();
            Err(Error::new(ErrorKind::Api, format!("the project has {} GraphQL APIs", many.len()))
                .in_file(apis.display().to_string())
                .help(format!("name one with --api: {}", names(&folders))))
        }
    }
}

/// Whether a folder is a GraphQL API's inside of an Amplify project, without a build.
fn is_unbuilt(folder: &Path) -> bool {
    let named = |above: usize, names: &[&str]| {
        let folder = folder.ancestors().nth(above).and_then(Path::file_name);
        folder.is_some_and(|name| names.iter().any(|known| name == *known))
    };
    let within = named(1, &["api"]) && named(2, &["backend", "#current-cloud-backend"]);
    let schema = folder.join("schema.graphql").is_file() || folder.join("schema").is_dir();
    within && schema && !folder.join("build").join(ROOT_TEMPLATE).is_file()
}

fn unbuilt(folder: &Path) -> Error {
    let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let amplify = folder.ancestors().nth(3).unwrap_or(folder);
    let deployed = amplify.join("#current-cloud-backend").join("api").join(name).join("build");
    let other = match deployed.join(ROOT_TEMPLATE).is_file() {
        true => format!(", or name the one that was deployed: --api '{}'", deployed.display()),
        false => String::new(),
    };
    Error::new(ErrorKind::Api, "this API has no `build` folder yet")
        .in_file(folder.display().to_string())
        .help(format!("build it with `amplify api gql-compile`{other}"))
}

fn nothing_here(folder: &Path) -> Error {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut here: Vec<String> = entries
        .map(|entry| {
            let slash = if entry.path().is_dir() { "/" } else { "" };
            format!("{}{slash}", entry.file_name().to_string_lossy())
        })
        .collect();
    here.sort();
    let more = here.len().saturating_sub(12);
    here.truncate(12);
    let here = match (here.is_empty(), more) {
        (true, _) => "it is empty".to_owned(),
        (false, 0) => format!("it holds {}", here.join(", ")),
        (false, more) => format!("it holds {} and {more} more", here.join(", ")),
    };
    Error::new(ErrorKind::Api, "there is no API in this folder").in_file(folder.display().to_string()).help(format!(
        "looked for {CONFIG_FILE}, {ROOT_TEMPLATE}, build/{ROOT_TEMPLATE}, amplify/backend/api/*/build, cdk.out, a \
         packaged serverless.yml and a template with an AWS::AppSync::GraphQLApi; {here}"
    ))
}

fn names(paths: &[PathBuf]) -> String {
    let names = paths.iter().filter_map(|p| p.file_name()).map(|n| format!("`{}`", n.to_string_lossy()));
    names.collect::<Vec<_>>().join(", ")
}

/// Walks up from a folder to the first one that holds an API.
pub(super) fn find_from(folder: &Path) -> Result<PathBuf> {
    let start = std::fs::canonicalize(folder)
        .map_err(|e| Error::new(ErrorKind::Io, format!("`{}` is not there", folder.display())).caused_by(e))?;
    let marks = [
        CONFIG_FILE,
        ROOT_TEMPLATE,
        "build/cloudformation-template.json",
        "amplify/backend/api",
        "cdk.out/manifest.json",
        ".amplify/artifacts/cdk.out/manifest.json",
    ];
    let holds_api = |folder: &&Path| {
        let marked = marks.iter().any(|mark| folder.join(mark).exists());
        let assembly = folder.join("manifest.json").is_file() && folder.join("cdk.out").exists();
        marked || assembly || templates::is_serverless(folder)
    };
    // Templates have any name; those outside of the repository belong to something else.
    let repository = start.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    let inside = start.ancestors().take(repository + 1).find(|folder| !templates::with_api(folder).is_empty());
    let marked = start.ancestors().find(holds_api);
    // The nearer of both: the one with the longer path.
    match marked.into_iter().chain(inside).max_by_key(|folder| folder.as_os_str().len()) {
        Some(found) => Ok(found.to_owned()),
        None => Err(Error::new(ErrorKind::Api, "there is no API in this folder or above it")
            .in_file(start.display().to_string())
            .help(
                "name one with --api: an Amplify project or build, a cdk.out, a template or a folder with vtlens.toml",
            )),
    }
}
