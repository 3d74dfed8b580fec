//! `vtlens replay`.

use super::args::Replay;
use super::progress::Progress;
use super::{Exit, Output, inputs};
use crate::report::{Report, RequestReport};
use crate::request::{self, CapturedRequest, RecordedBody};
use crate::{Error, ErrorKind, Result};

/// Runs the command.
///
/// # Errors
/// A capture, API, data or facts that cannot be used.
pub(super) fn run(args: &Replay) -> Result<Exit> {
    let output = Output::new(&args.output);
    let mut requests = Vec::new();
    let mut remarks = Vec::new();
    for file in &args.files {
        let capture = request::read(&inputs::shown(file), &inputs::bytes(file)?)?;
        requests.extend(capture.requests);
        remarks.extend(capture.remarks);
    }
    let requests = chosen(requests, args)?;
    let api = inputs::api(&args.api)?;
    let mut replay = inputs::replay(&api, &args.facts, &args.checks)?;
    replay.show_secrets = args.output.show_secrets;
    let mut progress = Progress::new("requests", requests.len());
    let reports: Vec<RequestReport> =
        requests.iter().map(|request| replay.request(request).inspect(|_| progress.step())).collect::<Result<_>>()?;
    drop(progress);
    let nothing_failed = reports.is_empty();
    let report = Report { remarks, ..Report::new(reports) };
    if nothing_failed && output.format() == super::args::Format::Text {
        output.write("no request of the capture failed\n")?;
    } else {
        output.report(&report)?;
    }
    Ok(if nothing_failed { Exit::Allowed } else { Exit::of_report(&report) })
}

/// The requests that `--entry` and `--failed-only` leave.
fn chosen(requests: Vec<CapturedRequest>, args: &Replay) -> Result<Vec<CapturedRequest>> {
    let Some(entry) = args.entry else {
        return Ok(requests.into_iter().filter(|request| !args.failed_only || failed(request)).collect());
    };
    let entries: Vec<usize> = requests.iter().filter_map(|request| request.source.entry).collect();
    let chosen: Vec<CapturedRequest> =
        requests.into_iter().filter(|request| request.source.entry == Some(entry)).collect();
    if chosen.is_empty() {
        let known = entries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Error::new(ErrorKind::Usage, format!("entry {entry} is no AppSync request of the capture"))
            .help(format!("its AppSync requests are entries {known}")));
    }
    Ok(chosen)
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
