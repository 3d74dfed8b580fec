//! The APIs of a run: each is read once, however many suites name it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use indexmap::IndexMap;

use super::model::Suite;
use super::run::Options;
use crate::api::{Api, LoadOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::execute::Coverage;

/// What makes two suites' APIs the same: the path, and the parameters that its build leaves open.
type Key = (PathBuf, Vec<(String, String)>);

/// An API, or why it cannot be used, once somebody asked for it.
type Cell = Arc<OnceLock<Result<Shared>>>;

/// An API that suites share.
#[derive(Debug, Clone)]
pub(super) struct Shared {
    pub api: Arc<Api>,
    /// Where it is counted what its templates do, if it is.
    pub coverage: Option<Arc<Coverage>>,
}

/// Opened APIs.
pub(super) struct Apis<'o> {
    options: &'o Options,
    opened: Mutex<IndexMap<Key, Cell>>,
}

impl<'o> Apis<'o> {
    /// None is open yet.
    pub(super) fn new(options: &'o Options) -> Self {
        Apis { options, opened: Mutex::default() }
    }

    /// The API of a suite.
    ///
    /// # Errors
    /// An API that cannot be found or read.
    pub(super) fn of(&self, suite: &Suite) -> Result<Shared> {
        let path = self.path(suite)?;
        let mut params = suite.params.clone();
        params.extend(self.options.params.clone());
        let mut sorted: Vec<(String, String)> = params.clone().into_iter().collect();
        sorted.sort();
        let cell = {
            let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
            opened.entry((path.clone(), sorted)).or_default().clone()
        };
        let load = LoadOptions { params, schema: self.options.schema.clone() };
        let open = || {
            let api = Arc::new(Api::open(&path, &load)?);
            Ok(Shared { api, coverage: self.options.coverage.then(Arc::default) })
        };
        cell.get_or_init(open).clone()
    }

    /// Every API that suites asked for, each with the path that leads to it, in the order of the paths.
    pub(super) fn opened(self) -> Vec<(PathBuf, Shared)> {
        let mut opened = self.opened.into_inner().unwrap_or_else(PoisonError::into_inner);
        opened.sort_keys();
        let usable = |cell: &Cell| cell.get().and_then(|shared| shared.as_ref().ok().cloned());
        opened.iter().filter_map(|((path, _), cell)| Some((path.clone(), usable(cell)?))).collect()
    }

    fn path(&self, suite: &Suite) -> Result<PathBuf> {
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
