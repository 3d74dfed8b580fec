//! `vtlens replay`.

use std::path::PathBuf;

use super::args::{Replay, ReportFormat};
use super::capture::{Capture, Log};
use super::kept::Kept;
use super::output::warn;
use super::progress::Progress;
use super::watch::{self, Work};
use super::{Exit, Output, inputs, places};
use crate::api::{Api, LoadOptions};
use crate::dependencies::{Dependencies, OnDisk, placed};
use crate::report::Report;
use crate::request::cloudwatch::LoggedRequest;
use crate::request::{CapturedRequest, RecordedBody};
use crate::{Error, ErrorKind, Result, replay};

/// Runs the command.
///
/// # Errors
/// A capture, API, data or facts that cannot be used.
pub(super) fn run(args: &Replay) -> Result<Exit> {
    let output = Output::new(&args.output);
    let mut work = Replays { args, output: &output, api: None };
    let Some(by) = args.again.watch else { return work.once(&mut || Ok(())) };
    watch::is_for_people(args.format == ReportFormat::Text, args.output.output.as_deref())?;
    if args.files.iter().any(|file| file.as_os_str() == "-") {
        let error = Error::new(ErrorKind::Usage, "`--watch` cannot read stdin again");
        return Err(error.help("write the capture to a file, and name that"));
    }
    watch::run(by, &output, &mut work)
}

/// The captures of a command line, replayed once or whenever something of them changes.
struct Replays<'a> {
    args: &'a Replay,
    output: &'a Output,
    /// The API, once it is opened.
    api: Option<Api>,
}

impl Replays<'_> {
    fn once(&mut self, ready: &mut dyn FnMut() -> Result<()>) -> Result<Exit> {
        let api = match self.api.take() {
            Some(api) => api,
            None => inputs::api(&self.args.api)?,
        };
        let exit = all(self.args, self.output, &api, ready);
        self.api = Some(api);
        exit
    }

    /// The files that options name, without the API's own.
    fn of_options(&self) -> Dependencies {
        let args = self.args;
        let mut files = Dependencies::default();
        args.files.iter().for_each(|file| files.add(file));
        let named = [&args.facts.data, &args.facts.identity, &args.api.params, &args.checks.jwks];
        named.into_iter().flatten().for_each(|file| files.add(file));
        args.facts.identity.iter().flat_map(|file| inputs::token_files(file)).for_each(|file| files.add(&file));
        files
    }

    fn of_api(&self) -> Dependencies {
        let args = &self.args.api;
        match inputs::api_path(args) {
            Ok(path) => {
                Api::dependencies(&path, &LoadOptions { schema: args.schema.clone(), ..LoadOptions::default() })
            }
            // One may appear.
            Err(_) => Dependencies::default(),
        }
    }
}

impl Work for Replays<'_> {
    fn prepare(&mut self) -> OnDisk {
        let mut files = self.of_options();
        files.extend(&self.of_api());
        files.on_disk()
    }

    fn forget(&mut self, changed: &[PathBuf]) -> Option<Vec<PathBuf>> {
        if changed.is_empty() {
            self.api = None;
            return Some(Vec::new());
        }
        let own = self.args.output.output.as_deref().map(placed);
        // The parameters of the options are read into the API.
        let mut of_api = self.of_api();
        self.args.api.params.iter().for_each(|file| of_api.add(file));
        let options = self.of_options();
        let touches = |path: &&PathBuf| of_api.touched_by(path) || options.touched_by(path);
        let touched: Vec<PathBuf> =
            changed.iter().filter(|path| Some(*path) != own.as_ref()).filter(touches).cloned().collect();
        if touched.iter().any(|path| of_api.touched_by(path)) {
            self.api = None;
        }
        (!touched.is_empty()).then_some(touched)
    }

    fn run(&mut self, ready: &mut dyn FnMut() -> Result<()>) -> Result<(), Vec<Error>> {
        self.once(ready).map(|_| ()).map_err(|error| vec![error])
    }
}

/// Replays every capture over the API.
fn all(args: &Replay, output: &Output, api: &Api, ready: &mut dyn FnMut() -> Result<()>) -> Result<Exit> {
    let (mut requests, mut logs) = (Vec::new(), Vec::new());
    let mut remarks = Vec::new();
    for file in &args.files {
        match Capture::open(file)? {
            Capture::Requests(more) => {
                requests.extend(more.requests);
                remarks.extend(more.remarks);
            }
            Capture::Log(log) => logs.push(log),
        }
    }
    let tokens = requests.iter().filter_map(replay::SentToken::of).collect();
    let requests = chosen(requests, args, logs.is_empty())?;
    let mut replay = inputs::replay(api, &args.facts, &args.checks)?;
    replay.show_secrets = args.output.show_secrets;
    replay.explain_allowed = args.output.verbose;
    replay.trace = output.wants_trace(args.format);
    replay.tokens = tokens;
    let mut kept = Kept::default();
    let mut progress = Progress::new("requests", requests.len());
    for request in &requests {
        kept.add(replay.request(request)?);
        progress.step();
    }
    drop(progress);
    let mut entries = 0;
    for log in logs {
        entries = entries.max(of_log(log, &replay, args, &mut kept)?);
    }
    let hidden = kept.hidden();
    if hidden > 0 {
        warn(&format!("{hidden} more requests were replayed and are not shown: see --failed-only and --entry"));
    }
    let (reports, of_hidden) = kept.into_parts();
    if let (Some(entry), true) = (args.entry, reports.is_empty()) {
        return Err(no_entry(entry, format!("the log has {entries} requests, from 0")));
    }
    let nothing_failed = reports.is_empty();
    let mut report = Report { remarks, ..Report::new(reports) };
    places::find(api, &mut report);
    ready()?;
    if nothing_failed && args.format == ReportFormat::Text {
        output.write("no request of the capture failed\n")?;
    } else {
        output.report(&report, args.format)?;
    }
    let exit = if nothing_failed { Exit::Allowed } else { Exit::of_report(&report) };
    Ok(of_hidden.map_or(exit, |hidden| exit.worse(hidden)))
}

/// Replays the requests of a log as they come; how many it has.
fn of_log(log: Log, replay: &replay::Replay<'_>, args: &Replay, kept: &mut Kept) -> Result<usize> {
    let name = log.name().to_owned();
    let summary = log.read(&mut |logged: LoggedRequest| {
        let wanted = match args.entry {
            Some(entry) => logged.request.source.entry == Some(entry),
            None => !args.failed_only || logged.failed(),
        };
        if wanted {
            kept.add(replay.logged(&logged)?);
        }
        Ok(())
    })?;
    for skipped in &summary.skipped {
        warn(&format!("{name}: {skipped}"));
    }
    Ok(summary.requests)
}

/// The requests that `--entry` and `--failed-only` leave.
fn chosen(requests: Vec<CapturedRequest>, args: &Replay, is_all: bool) -> Result<Vec<CapturedRequest>> {
    let Some(entry) = args.entry else {
        return Ok(requests.into_iter().filter(|request| !args.failed_only || failed(request)).collect());
    };
    let entries: Vec<usize> = requests.iter().filter_map(|request| request.source.entry).collect();
    let chosen: Vec<CapturedRequest> =
        requests.into_iter().filter(|request| request.source.entry == Some(entry)).collect();
    if chosen.is_empty() && is_all {
        let known = entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(no_entry(entry, format!("its AppSync requests are entries {known}")));
    }
    Ok(chosen)
}

fn no_entry(entry: usize, help: String) -> Error {
    Error::new(ErrorKind::Usage, format!("entry {entry} is no AppSync request of the capture")).help(help)
}

/// Whether the recorded answer is a refusal or holds errors.
fn failed(request: &CapturedRequest) -> bool {
    request.recorded.as_ref().is_none_or(|recorded| {
        let errors = match &recorded.body {
            RecordedBody::Json(body) => body.get("errors").is_some(),
            _ => false,
        };
        recorded.status != 200 || errors
    })
}
