//! Where an S3 location of a template leads on disk.

use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};

/// Folders of a build whose files S3 locations name.
const KNOWN_FOLDERS: [&str; 4] = ["resolvers", "pipelineFunctions", "stacks", "functions"];

/// A file of the build, there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::api) struct Located {
    /// The name people know it by: `resolvers/Query.getPost.req.vtl`.
    pub(in crate::api) name: String,
    /// Where it is or should be.
    pub(in crate::api) path: PathBuf,
}

/// The files of a build.
#[derive(Debug, Default)]
pub(in crate::api) struct Files {
    /// The folder they are in.
    pub(in crate::api) folder: PathBuf,
    /// `cdk.out`: asset hash → file in the folder, and the name people know it by.
    pub(in crate::api) assets: HashMap<String, Located>,
    /// Files that go before those of the folder, by the names of those: an author's overrides.
    pub(in crate::api) replaced: HashMap<String, PathBuf>,
}

impl Files {
    /// The file behind a location that a template names. A relative path leads on from the template, as
    /// `aws cloudformation package` reads it. Bucket and root key differ from deployment to deployment and mean
    /// nothing here: an asset goes by its hash, anything else by the longest end of the location that is a file of the
    /// folder.
    pub(in crate::api) fn locate(&self, template: &Path, location: &str) -> Located {
        let local = local(template, location);
        if let Some(path) = local.as_ref().filter(|path| path.is_file()) {
            return self.named(path.clone());
        }
        let parts: Vec<&str> = location.split('/').filter(|part| !matches!(*part, "" | "." | "..")).collect();
        let last = parts.last().copied().unwrap_or(location);
        let stem = last.split('.').next().unwrap_or(last);
        if let Some(asset) = self.assets.get(stem) {
            return asset.clone();
        }
        let known = parts.iter().rposition(|part| KNOWN_FOLDERS.contains(part));
        if let Some(found) = known.and_then(|start| self.existing(parts.get(start..)?)) {
            return found;
        }
        // The first part is the scheme (`s3:`) or the bucket, never a folder of the build.
        if let Some(found) = (1..parts.len()).find_map(|start| self.existing(parts.get(start..)?)) {
            return found;
        }
        if let Some(path) = local.filter(|_| !location.contains("${")) {
            return self.named(path);
        }
        let name = parts.get(known.unwrap_or(parts.len().saturating_sub(1))..).unwrap_or_default().join("/");
        Located { path: self.folder.join(&name), name }
    }

    /// A file by its path in the folder, or by its whole path when it lies outside.
    fn named(&self, path: PathBuf) -> Located {
        let name = path.strip_prefix(&self.folder).unwrap_or(&path);
        let name = name.components().map(|c| c.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
        Located { name, path }
    }

    fn existing(&self, parts: &[&str]) -> Option<Located> {
        let name = parts.join("/");
        let path = self.folder.join(&name);
        let path = self.replaced.get(&name).cloned().unwrap_or(path);
        path.is_file().then_some(Located { name, path })
    }
}

/// The path that a location without a scheme means: from the folder of the template that names it.
fn local(template: &Path, location: &str) -> Option<PathBuf> {
    let relative = Path::new(location);
    if location.is_empty() || location.contains("://") || relative.is_absolute() {
        return None;
    }
    let mut path = template.parent()?.to_owned();
    for part in relative.components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir => _ = path.pop(),
            _ => {}
        }
    }
    Some(path)
}
