//! The APIs of a run: each is read once, however many suites name it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use indexmap::IndexMap;

use super::coverage::SeenRules;
use super::model::Suite;
use super::run::Options;
use crate::api::{Api, LoadOptions};
use crate::dependencies::Dependencies;
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Coverage;

/// What makes two suites' APIs the same: the path, however a suite spells it, and the parameters that its build leaves open.
type Key = (PathBuf, Vec<(String, String)>);

/// An API, or why it cannot be used, once somebody asked for it.
type Cell = Arc<OnceLock<Result<Shared>>>;

/// An API with the paths by which suites name it.
#[derive(Default)]
struct Spelled {
    paths: BTreeSet<PathBuf>,
    cell: Cell,
}

/// An API that suites share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub api: Arc<Api>,
    /// Where it is counted what its templates do, if it is.
    pub counting: Option<Counting>,
}

/// What is counted of an API.
#[derive(Debug, Clone, Default)]
pub(super) struct Counting {
    /// What its templates do.
    pub coverage: Arc<Coverage>,
    /// The author's rules that reports named.
    pub rules: Arc<SeenRules>,
}

/// Opened APIs.
pub(super) struct Apis {
    options: Options,
    opened: Mutex<IndexMap<Key, Spelled>>,
    /// What those are read from that somebody waits for a change of.
    files: Mutex<IndexMap<PathBuf, Dependencies>>,
}

impl Apis {
    /// None is open yet.
    pub(super) fn new(options: &Options) -> Self {
        Apis { options: options.clone(), opened: Mutex::default(), files: Mutex::default() }
    }

    /// The API of a suite.
    ///
    /// # Errors
    /// An API that cannot be found or read.
    pub(super) fn of(&self, suite: &Suite) -> Result<Arc<Api>> {
        self.shared(suite).map(|shared| shared.api)
    }

    /// The same with what is counted of it.
    ///
    /// # Errors
    /// As [`Apis::of`].
    pub(super) fn shared(&self, suite: &Suite) -> Result<Shared> {
        let path = self.path(suite)?;
        let mut params = suite.params.clone();
        params.extend(self.options.params.clone());
        let mut sorted: Vec<(String, String)> = params.clone().into_iter().collect();
        sorted.sort();
        let cell = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            let spelled = opened.entry((one(&path), sorted)).or_default();
            spelled.paths.insert(path.clone());
            Arc::clone(&spelled.cell)
        };
        let load = LoadOptions { params, schema: self.options.schema.clone() };
        let open = || {
            let api = Arc::new(Api::open(&path, &load)?);
            Ok(Shared { api, counting: self.options.coverage.then(Counting::default) })
        };
        cell.get_or_init(open).clone()
    }

    /// Every API that was counted, each with the path that leads to it, in the order of the paths.
    pub(super) fn counted(&self) -> Vec<(PathBuf, Arc<Api>, Counting)> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        opened.sort_keys();
        let usable = |cell: &Cell| cell.get().and_then(|shared| shared.as_ref().ok().cloned());
        let counted = opened.values().filter_map(|Spelled { paths, cell }| {
            let Shared { api, counting } = usable(cell)?;
            Some((paths.first()?.clone(), api, counting?))
        });
        counted.collect()
    }

    /// What the API at a path is read from.
    pub(super) fn dependencies(&self, path: &Path) -> Dependencies {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let load = LoadOptions { params: IndexMap::new(), schema: self.options.schema.clone() };
        files.entry(path.to_owned()).or_insert_with(|| Api::dependencies(path, &load)).clone()
    }

    /// Closes the APIs that a change touches; their paths.
    pub(super) fn forget(&mut self, changed: &Path) -> Vec<PathBuf> {
        let files = self.files.get_mut().unwrap_or_else(PoisonError::into_inner);
        let touched = files.iter().filter(|(_, files)| files.touched_by(changed));
        let touched: Vec<PathBuf> = touched.map(|(path, _)| path.clone()).collect();
        files.retain(|path, _| !touched.contains(path));
        let opened = self.opened.get_mut().unwrap_or_else(PoisonError::into_inner);
        opened.retain(|_, spelled| !spelled.paths.iter().any(|path| touched.contains(path)));
        touched
    }

    /// Where the API of a suite is.
    ///
    /// # Errors
    /// When the suite does not say, and there is none around it.
    pub(super) fn path(&self, suite: &Suite) -> Result<PathBuf> {
        if let Some(path) = self.options.api.as_ref().or(suite.api.as_ref()) {
            return Ok(path.clone());
        }
        let folder = Path::new(&suite.file).parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = std::path::absolute(folder.unwrap_or(Path::new("."))).unwrap_or_default();
        Api::find_from(&folder).map_err(|error| {
            Error::new(ErrorKind::Suite, format!("the suite names no API: {}", error.message()))
                .in_file(&suite.file)
                .help("add `api: PATH`, relative to the suite, or give --api PATH")
        })
    }
}

/// A path in the one spelling that its target has.
fn one(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}
