//! Every way an API can lie on disk, opened and read whole.

use std::path::{Path, PathBuf};

use super::*;

/// Every resolver of an API is read; returns how many resolvers, functions and templates there are.
fn read_whole(api: &Api) -> (usize, usize, usize) {
    let mut functions = HashSet::new();
    let resolvers = api.resolvers().unwrap();
    for (type_name, field) in &resolvers {
        let resolver = api.resolver(type_name, field).unwrap_or_else(|e| panic!("{type_name}.{field}: {e:#}"));
        let resolver = resolver.unwrap_or_else(|| panic!("{type_name}.{field} is listed but not found"));
        assert_eq!((&resolver.type_name, &resolver.field), (type_name, field));
        assert!(api.schema.field(type_name, field).is_some(), "{type_name}.{field} is no field of the schema");
        if let ResolverKind::Pipeline(list) = &resolver.kind {
            assert!(!list.is_empty(), "{type_name}.{field} runs nothing");
            functions.extend(list.iter().map(|f| format!("{f:?}")));
        }
    }
    let templates = api.template_files().unwrap();
    assert!(templates.iter().all(|t| !t.text.is_empty() && t.path.as_ref().is_some_and(|p| p.is_file())));
    (resolvers.len(), functions.len(), templates.len())
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(of).unwrap().flatten().map(|e| e.path()).collect();
    folders.sort();
    folders
}

#[test]
fn every_build_of_the_collection_is_read_whole() {
    let Some(shared) = std::env::var_os("VTLENS_SHARED").map(PathBuf::from) else {
        println!("skipped: VTLENS_SHARED names no folder with amplify/builds");
        return;
    };
    let mut total = (0, 0, 0);
    for (collection, kind) in [("amplify/builds", ApiKind::AmplifyGen1), ("amplify/builds-gen2", ApiKind::Cdk)] {
        for build in folders(&shared.join(collection)) {
            let start = std::time::Instant::now();
            let api =
                Api::open(&build, &LoadOptions::default()).unwrap_or_else(|e| panic!("{}: {e:#}", build.display()));
            let opened = start.elapsed();
            assert_eq!(api.kind, kind);
            let counts = read_whole(&api);
            println!(
                "{}: {counts:?} open {opened:?}, whole {:?}, left open {:?}",
                build.file_name().unwrap().to_string_lossy(),
                start.elapsed(),
                api.parameters_left_open()
            );
            total = (total.0 + counts.0, total.1 + counts.1, total.2 + counts.2);
            for directive_field in api.schema.types().flat_map(|t| t.fields.keys().map(|f| (t.name.clone(), f.clone())))
            {
                let modes = api.effective_modes(&directive_field.0, &directive_field.1);
                assert!(!modes.modes.is_empty());
            }
        }
    }
    println!("total: {} resolvers, {} functions, {} templates", total.0, total.1, total.2);
    assert!(total.0 > 500);
}
