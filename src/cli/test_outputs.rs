//! Where the results of `vtlens test` go: what is printed, and the files of `--report`.

use std::borrow::Cow;
use std::path::Path;
use std::time::Duration;

use super::args::{OutputArgs, Test, TestFormat};
use super::{Output, secrets};
use crate::suite::{Ran, TestsReport};
use crate::{Error, ErrorKind, Result, render};

/// Everything that one run writes.
pub(super) struct TestOutputs {
    /// The files of `--report`, then what is printed.
    all: Vec<(TestFormat, Output)>,
    /// How what is printed is laid out.
    printed: Output,
}

impl TestOutputs {
    /// What the options ask for. Folders are made, and what cannot be a file is refused, before any test runs.
    ///
    /// # Errors
    /// A file that cannot be one, or that two results would go to.
    pub fn new(args: &Test) -> Result<TestOutputs> {
        let files = args.reports.iter().map(|report| (report.format, Some(report.file.clone())));
        let wanted: Vec<_> = files.chain([(args.format, args.output.clone())]).collect();
        let mut taken: Vec<&Path> = Vec::new();
        for file in wanted.iter().filter_map(|(_, file)| file.as_deref()).filter(|file| file.as_os_str() != "-") {
            if taken.contains(&file) {
                let message = format!("two reports would go to `{}`", file.display());
                return Err(Error::new(ErrorKind::Usage, message).help("give each a file of its own"));
            }
            prepare(file)?;
            taken.push(file);
        }
        let output = |file| {
            Output::new(&OutputArgs {
                output: file,
                color: args.color,
                verbose: args.verbose,
                show_secrets: args.show_secrets,
                ..OutputArgs::default()
            })
        };
        let printed = output(args.output.clone());
        Ok(TestOutputs { printed, all: wanted.into_iter().map(|(format, file)| (format, output(file))).collect() })
    }

    /// Writes everything. One that cannot be written keeps none of the others from being.
    ///
    /// # Errors
    /// The first file that could not be written to; a closed pipe is no error.
    pub fn write(&self, ran: &Ran, took: Duration) -> Result<()> {
        let write = |(format, output): &(TestFormat, Output)| {
            if *format != TestFormat::Text || !output.is_stdout() {
                return write(output, *format, &ran.report, took);
            }
            // A person who watches wants to see what changed.
            let (report, hidden) = ran.worth_showing();
            let text = render::tests(&report, took, &output.options());
            output.write(&(text + &render::untouched(hidden, &output.options())))
        };
        let written: Vec<Result<()>> = self.all.iter().map(write).collect();
        written.into_iter().collect()
    }

    /// What is printed.
    pub fn printed(&self) -> &Output {
        &self.printed
    }
}

/// The one place that knows which format is made by what.
fn write(output: &Output, format: TestFormat, report: &TestsReport, took: Duration) -> Result<()> {
    match format {
        TestFormat::Text => output.write(&render::tests(report, took, &output.options())),
        TestFormat::Json => output.json(report),
        TestFormat::Junit => output.write(&render::junit(&masked(report), took)),
        TestFormat::Sarif => output.write_json(&render::sarif_tests(&masked(report))),
        TestFormat::Github => output.write(&render::test_annotations(&masked(report))),
        TestFormat::Lcov => output.write(&report.coverage.as_ref().map(render::lcov).unwrap_or_default()),
        TestFormat::Html => output.write(&render::tests_html(&masked(report), took)),
        TestFormat::Markdown => output.write(&render::tests_markdown(&masked(report), took)),
    }
}

/// The report without the secrets that were read, for formats whose escapes would take a secret apart.
fn masked(report: &TestsReport) -> TestsReport {
    let mut report = report.clone();
    report.each_text(&mut |text| {
        if let Cow::Owned(masked) = secrets::masked(text) {
            *text = masked;
        }
    });
    report
}

/// Makes the folder of a file; the file itself only appears with what is in it.
fn prepare(file: &Path) -> Result<()> {
    let shown = file.display().to_string();
    if file.is_dir() {
        return Err(Error::new(ErrorKind::Usage, "a report goes to a file, and this is a folder").in_file(shown));
    }
    let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) else { return Ok(()) };
    std::fs::create_dir_all(folder).map_err(|error| {
        Error::new(ErrorKind::Io, format!("its folder cannot be made: {error}")).in_file(shown).caused_by(error)
    })
}
