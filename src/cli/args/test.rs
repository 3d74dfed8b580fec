//! `vtlens test` as typed.

use std::path::PathBuf;

use clap::{Args as ClapArgs, ValueEnum};

use super::{ApiArgs, CheckArgs, Colour, WatchArgs};
use crate::json_file::nearest;

/// `vtlens test`
#[derive(Debug, ClapArgs)]
#[command(after_help = "\
Example: do the suites of this project still hold for the build?
  vtlens test amplify/tests --api amplify/backend/api/blog

Exit status:
  0  every expectation held
  1  one did not, or less of the templates ran than --coverage-min asks for
  2  a suite, or what it names, cannot be used
  3  what did not hold is undecided: a fact is missing, and the output names it")]
pub struct Test {
    /// Suites, and folders that hold some: `*.vtlens.yaml`, `*.vtlens.json`
    #[arg(default_value = ".", value_name = "PATH")]
    pub paths: Vec<PathBuf>,

    /// Only tests whose name, or whose suite's path, holds this text
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,

    /// Write snapshots that are missing or differ, remove those that are no test's
    #[arg(long)]
    pub update_snapshots: bool,
    /// Again and again.
    #[command(flatten)]
    pub again: WatchArgs,

    /// Where the API is.
    #[command(flatten)]
    pub api: ApiArgs,

    /// Keys and clock.
    #[command(flatten)]
    pub checks: CheckArgs,

    /// Count which branches and conditions of the templates ran, and which @auth rules let somebody in or kept
    /// somebody out
    #[arg(long)]
    pub coverage: bool,

    /// Fail if fewer percent of the branches ran in the templates that decide about access; implies --coverage
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    pub coverage_min: Option<f64>,

    /// The format
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t, help_heading = "Output")]
    pub format: TestFormat,

    /// Write to this file instead of stdout
    #[arg(short, long, value_name = "FILE", help_heading = "Output")]
    pub output: Option<PathBuf>,

    /// Write the same in another format to a file beside, such as `junit=reports/vtlens.xml`; repeatable
    #[arg(long = "report", value_name = "FORMAT=FILE", value_parser = report, help_heading = "Output")]
    pub reports: Vec<ReportFile>,

    /// When to colour; `auto` heeds the terminal and `NO_COLOR`
    #[arg(long, value_name = "WHEN", value_enum, default_value_t, help_heading = "Output")]
    pub color: Colour,

    /// Show tokens, keys and signatures in full instead of their last 6 characters
    #[arg(long, help_heading = "Output")]
    pub show_secrets: bool,

    /// Fold nothing; a table of every suite, however large
    #[arg(short, long, help_heading = "Output")]
    pub verbose: bool,
}

/// An output format of `test`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
#[non_exhaustive]
pub enum TestFormat {
    /// For people
    #[default]
    Text,
    /// For programs: schema vtlens.tests/1
    Json,
    /// JUnit's XML, for build servers
    Junit,
    /// SARIF 2.1.0, for code hosts and editors
    Sarif,
    /// Annotations of a GitHub workflow
    Github,
    /// A summary for the page of a build job, such as `$GITHUB_STEP_SUMMARY`
    Markdown,
    /// One self-contained page; with --coverage the templates' source, coloured
    Html,
    /// lcov's tracefile, for editors and coverage services; implies --coverage
    Lcov,
}

/// A report beside what is printed: `FORMAT=FILE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// The format.
    pub format: TestFormat,
    /// The file.
    pub file: PathBuf,
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.strip_suffix('%').unwrap_or(text).trim().parse::<f64>().ok();
    let fits = number.filter(|number| (0.0..=100.0).contains(number));
    fits.ok_or_else(|| "a share is a number of percent from 0 to 100, such as `90`".to_owned())
}

impl Test {
    /// Whether anything that is asked for needs the templates counted.
    pub fn counts(&self) -> bool {
        let formats = self.reports.iter().map(|report| report.format).chain([self.format]);
        self.coverage || self.coverage_min.is_some() || formats.into_iter().any(|format| format == TestFormat::Lcov)
    }
}

fn report(text: &str) -> Result<ReportFile, String> {
    let known: Vec<String> = TestFormat::value_variants()
        .iter()
        .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
        .collect();
    let Some((name, file)) = text.split_once('=') else {
        return Err("a report is given as `FORMAT=FILE`, such as `junit=reports/vtlens.xml`".to_owned());
    };
    let Ok(format) = TestFormat::from_str(name, false) else {
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let meant = nearest(name, &names).map(|name| format!("; did you mean `{name}`?")).unwrap_or_default();
        return Err(format!("there is no format `{name}`, only {}{meant}", known.join(", ")));
    };
    match file {
        "" => Err(format!("`{name}=` names no file")),
        "-" => Err(format!("a report goes to a file; `--format {name}` prints it")),
        file => Ok(ReportFile { format, file: file.into() }),
    }
}
