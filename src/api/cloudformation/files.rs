//! Where an S3 location of a template leads on disk.

use std::collections::HashMap;
use std::path::PathBuf;

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
}

impl Files {
    /// The file behind a location. Bucket and root key differ from deployment to deployment and mean nothing here:
    /// an asset goes by its hash, anything else by the longest end of the location that is a file of the folder.
    pub(in crate::api) fn locate(&self, location: &str) -> Located {
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
        let name = parts.get(known.unwrap_or(parts.len().saturating_sub(1))..).unwrap_or_default().join("/");
        Located { path: self.folder.join(&name), name }
    }

    fn existing(&self, parts: &[&str]) -> Option<Located> {
        let name = parts.join("/");
        let path = self.folder.join(&name);
        path.is_file().then_some(Located { name, path })
    }
}
