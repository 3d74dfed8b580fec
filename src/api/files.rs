//! What an API is read from, for whoever waits for a change of it.

use std::path::Path;

use super::amplify::Gen1;
use super::config::{CONFIG_FILE, Config};
use super::discover::{self, Found, Layout};
use super::{Api, LoadOptions};
use crate::dependencies::Dependencies;

impl Api {
    /// The files and folders that [`Api::open`] reads at a path, and its resolvers later, whether or not they can be
    /// used; with the data and keys that its folder holds.
    pub fn dependencies(path: &Path, options: &LoadOptions) -> Dependencies {
        let mut files = Dependencies::default();
        options.schema.iter().for_each(|schema| files.add(schema));
        match discover::look_at(path) {
            Ok(found) => add(&mut files, &found),
            // Whatever is done about it happens there.
            Err(_) => files.add(path),
        }
        files
    }
}

fn add(files: &mut Dependencies, found: &Found) {
    for name in [CONFIG_FILE, "data", "data.json", "jwks.json"] {
        files.add(&found.root.join(name));
    }
    if let Some(config) = &found.config {
        let body = &config.body;
        let build = body.build.as_ref().map(|build| build.get_ref());
        let named = [&body.author_schema, &body.data, &body.jwks].into_iter().flatten().chain(build);
        named.for_each(|path| files.add(&found.root.join(path)));
    }
    match &found.layout {
        Layout::Gen1(gen1) => of_gen1(files, gen1),
        Layout::Cdk(assembly) => files.add(assembly),
        Layout::Template(template) => {
            let folder = template.parent().unwrap_or(template);
            files.add(folder);
            files.add(template);
        }
        Layout::Folder(folder) => {
            if let Some(config) = &found.config {
                of_folder(files, folder, config);
            }
        }
    }
}

fn of_gen1(files: &mut Dependencies, gen1: &Gen1) {
    files.add(&gen1.build);
    if gen1.folder != gen1.build {
        for name in [CONFIG_FILE, "schema.graphql", "schema", "resolvers", "stacks", "override.ts"] {
            files.add(&gen1.folder.join(name));
        }
    }
    if let Some((project, backend)) = gen1.project() {
        let amplify = project.join("amplify");
        files.add(&project.join(CONFIG_FILE));
        files.add(&backend.join("amplify-meta.json"));
        let facts = [
            "backend/amplify-meta.json",
            "#current-cloud-backend/amplify-meta.json",
            "team-provider-info.json",
            ".config/local-env-info.json",
        ];
        facts.iter().for_each(|name| files.add(&amplify.join(name)));
    }
}

fn of_folder(files: &mut Dependencies, folder: &Path, config: &Config) {
    let body = &config.body;
    let schema = body.api.as_ref().and_then(|api| api.schema.as_deref()).unwrap_or(Path::new("schema.graphql"));
    files.add(&folder.join(schema));
    let of_resolvers = body.resolvers.iter().flat_map(|resolver| [&resolver.request, &resolver.response]);
    let of_functions = body.functions.iter().flat_map(|function| [&function.request, &function.response]);
    of_resolvers.chain(of_functions).flatten().for_each(|template| files.add(&folder.join(template.get_ref())));
}
