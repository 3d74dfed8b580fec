//! Where the files lie that a report names: for formats that lead there.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;

use crate::api::Api;
use crate::render;
use crate::report::{FileAt, Report};
use crate::suite::TestsReport;

/// Adds the files that the report's places are in, as far as they lie somewhere.
pub(super) fn find(api: &Api, report: &mut Report) {
    let names: Vec<String> = report.file_names().into_iter().map(str::to_owned).collect();
    for name in names {
        if let Some(path) = file(&api.root, &name) {
            report.files.insert(name, at(&path));
        }
    }
}

/// The same of tests.
pub(super) fn find_of_tests(report: &mut TestsReport) {
    for suite in &mut report.suites {
        let mut names: Vec<&str> = Vec::new();
        for case in suite.tests.iter().filter(|case| !case.pass) {
            let actual = &case.actual;
            names.extend(actual.site.iter().map(|site| site.template.as_str()));
            names.extend(actual.allowed_by.iter().map(|by| by.grant.template.as_str()));
            let rules = actual.allowed_by.iter().filter_map(|by| by.auth.as_ref()).chain(&actual.could_allow);
            names.extend(rules.map(|rule| rule.file.as_str()));
        }
        let mut files: IndexMap<String, FileAt> = IndexMap::new();
        for name in names {
            if !files.contains_key(name)
                && let Some(path) = file(&suite.root, name)
            {
                files.insert(name.to_owned(), at(&path));
            }
        }
        let own = std::fs::canonicalize(&suite.file).unwrap_or_else(|_| PathBuf::from(&suite.file));
        files.insert(suite.file.clone(), at(&own));
        suite.files = files;
    }
}

fn at(path: &Path) -> FileAt {
    FileAt { path: seen_from_here(path), url: render::file_url(&path.display().to_string()) }
}

/// A file by the name that the API's reports give it. An inline template lies in the file in front of the `#`.
fn file(root: &Path, name: &str) -> Option<PathBuf> {
    let name = name.split_once('#').map_or(name, |(file, _)| file);
    let candidates = [root.join(name), root.join("build").join(name), PathBuf::from(name)];
    let found = candidates.into_iter().find(|path| path.is_file())?;
    Some(std::fs::canonicalize(&found).unwrap_or(found))
}

/// A path as tools that run in the same folder read it: relative where it lies below.
pub(super) fn seen_from_here(path: &Path) -> String {
    let here = std::env::current_dir().map(|here| std::fs::canonicalize(&here).unwrap_or(here));
    let below = here.ok().and_then(|here| path.strip_prefix(here).ok().map(Path::to_path_buf));
    below.as_deref().unwrap_or(path).display().to_string()
}
