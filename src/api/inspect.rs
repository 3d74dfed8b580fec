//! What is asked of an API without a request: who wrote a template, where its modes are declared, what its policies
//! allow.

use super::model::AllowedPattern;
use super::{Api, ApiKind, Loader, Template};
use crate::error::Result;
use crate::source_file::SourceFile;

impl Api {
    /// Whether Amplify made a template, so that its author cannot change it by hand. In a Gen 1 project that is what
    /// the author's folders do not hold; elsewhere it shows by the marks that the generator writes.
    pub fn is_generated(&self, template: &Template) -> bool {
        let marked = template.text.contains("## [Start]") || template.text.contains("## [End]");
        match (&*self.loader, self.kind) {
            (Loader::Deployment { gen1: Some(gen1), .. }, _) => {
                let path = template.path.as_deref();
                let in_build = path.is_some_and(|path| path.starts_with(&gen1.build));
                // A stack of the author's is copied into the build; so is a template, under the same name.
                let relative = path.and_then(|path| path.strip_prefix(&gen1.build).ok());
                let copied = gen1.folder != gen1.build && relative.is_some_and(|path| gen1.folder.join(path).is_file());
                in_build && !copied
            }
            // The request template of every pipeline that Amplify's construct makes starts so, without a mark.
            (_, ApiKind::Cdk) => {
                marked || template.text.trim_start().starts_with("$util.qr($ctx.stash.put(\"typeName\"")
            }
            _ => marked,
        }
    }

    /// The file that declares the API's modes.
    pub fn declared_in(&self) -> SourceFile {
        match &*self.loader {
            Loader::Deployment { deployment, .. } => {
                let root = deployment.root();
                SourceFile::new(root.name.clone(), root.text())
            }
            Loader::Folder(folder) => folder.declaration(),
        }
    }

    /// Every pattern that a policy of the build allows `appsync:GraphQL` on by name. Reads every stack.
    ///
    /// # Errors
    /// As [`Api::resolver`].
    pub fn allowed_patterns(&self) -> Result<Vec<AllowedPattern>> {
        match &*self.loader {
            Loader::Deployment { deployment, .. } => deployment.allowed_patterns(),
            Loader::Folder(_) => Ok(Vec::new()),
        }
    }
}
