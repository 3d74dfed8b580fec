//! Where results and complaints go: stdout or a file, stderr; a reader that went away is no error.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use anstyle::AnsiColor;

use super::args::{Colour, OutputArgs, ReportFormat};
use super::secrets;
use crate::render::{self, Options};
use crate::replay::who::WhoCan;
use crate::report::Report;
use crate::{Error, ErrorKind, Result};

/// Columns where nobody says how wide the page is.
const WIDTH: usize = 100;

/// Where one command's result goes, and in which form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    file: Option<PathBuf>,
    options: Options,
}

impl Output {
    /// What the options ask for, given this process's terminal and environment.
    pub fn new(args: &OutputArgs) -> Output {
        secrets::show(args.show_secrets);
        // Complaints on stderr follow the same choice.
        choice(args.color).write_global();
        let file = args.output.clone().filter(|file| file.as_os_str() != "-");
        let colour = match (args.color, &file) {
            (Colour::Always, _) => true,
            (Colour::Never, _) | (Colour::Auto, Some(_)) => false,
            (Colour::Auto, None) => AutoStream::choice(&io::stdout()) != ColorChoice::Never,
        };
        let width = match &file {
            Some(_) => WIDTH,
            None => width(std::env::var("COLUMNS").ok().as_deref(), terminal()),
        };
        let links = file.is_none() && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout);
        let options = Options { width, colour, verbose: args.verbose, trace: args.trace, links };
        Output { file, options }
    }

    /// Whether it is printed, not written to a file.
    pub fn is_stdout(&self) -> bool {
        self.file.is_none()
    }

    /// How text is laid out.
    pub fn options(&self) -> Options {
        self.options
    }

    /// Whether a report in a format is to hold every template line by line.
    pub fn wants_trace(&self, format: ReportFormat) -> bool {
        match format {
            ReportFormat::Html => true,
            ReportFormat::Json => self.options.trace,
            ReportFormat::Text | ReportFormat::Sarif | ReportFormat::Github => false,
        }
    }

    /// Writes a report in a format.
    ///
    /// # Errors
    /// When the file or stdout cannot be written to; a closed pipe is no error.
    pub fn report(&self, report: &Report, format: ReportFormat) -> Result<()> {
        match format {
            ReportFormat::Text => self.write(&render::text(report, &self.options)),
            ReportFormat::Json => self.json(report),
            ReportFormat::Html => self.write(&render::html(report)),
            ReportFormat::Sarif => self.write_json(&render::sarif(report)),
            ReportFormat::Github => self.write(&render::github(report)),
        }
    }

    /// Writes the ways into a field in the format asked for.
    ///
    /// # Errors
    /// When the file or stdout cannot be written to; a closed pipe is no error. A format of findings in places: ways in
    /// are none.
    pub fn who_can(&self, found: &WhoCan, format: ReportFormat) -> Result<()> {
        match format {
            ReportFormat::Text => self.write(&render::who_can(found, &self.options)),
            ReportFormat::Json => self.json(found),
            ReportFormat::Html | ReportFormat::Sarif | ReportFormat::Github => {
                Err(Error::new(ErrorKind::Usage, "the ways into a field are printed as text or JSON")
                    .help("leave out --format, or give `--format json`"))
            }
        }
    }

    /// Writes anything as JSON, without the secrets that were read.
    ///
    /// # Errors
    /// When the file or stdout cannot be written to; a closed pipe is no error.
    pub fn json(&self, report: &impl serde::Serialize) -> Result<()> {
        self.put(&secrets::masked_json(&render::json(report)))
    }

    /// Writes a JSON text, without the secrets that were read.
    ///
    /// # Errors
    /// When the file or stdout cannot be written to; a closed pipe is no error.
    pub fn write_json(&self, text: &str) -> Result<()> {
        self.put(&secrets::masked_json(text))
    }

    /// Writes text, without the secrets that were read.
    ///
    /// # Errors
    /// When the file or stdout cannot be written to; a closed pipe is no error.
    pub fn write(&self, text: &str) -> Result<()> {
        self.put(&secrets::masked(text))
    }

    fn put(&self, text: &str) -> Result<()> {
        match &self.file {
            Some(file) if is_input(file) => Err(Error::new(ErrorKind::Usage, "this file is read, not written over")
                .in_file(file.display().to_string())
                .help("give the result a file of its own")),
            Some(file) => std::fs::write(file, text).map_err(|error| {
                Error::new(ErrorKind::Io, format!("cannot write: {error}"))
                    .in_file(file.display().to_string())
                    .caused_by(error)
            }),
            None if self.options.colour => {
                // Where the terminal knows no escape sequences (old Windows consoles) they become calls.
                let stdout = AutoStream::new(io::stdout().lock(), choice(Colour::Always));
                written(all(stdout, text.as_bytes()))
            }
            None => stdout(text.as_bytes()),
        }
    }
}

/// Whether a file holds what people wrote: it stands on the command line apart from what is to be written, or its name
/// says so.
fn is_input(file: &Path) -> bool {
    let Ok(file) = std::fs::canonicalize(file) else { return false };
    let written = |option: &OsString| ["-o", "--output", "--report"].iter().any(|name| option == name);
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let mut inputs = arguments.iter().zip(arguments.iter().skip(1)).filter(|(before, _)| !written(before));
    let is_source =
        file.extension().is_some_and(|ending| ["graphql", "vtl", "har"].iter().any(|source| ending == *source));
    is_source
        || crate::suite::is_suite(&file)
        || inputs.any(|(_, input)| std::fs::canonicalize(input).is_ok_and(|input| input == file))
}

/// Writes bytes to stdout as they are.
///
/// # Errors
/// When stdout cannot be written to; a closed pipe is no error.
pub(super) fn stdout(bytes: &[u8]) -> Result<()> {
    written(all(io::stdout().lock(), bytes))
}

/// Prints a line about results to stdout, so that it stays in order with them; whether anybody reads it.
///
/// # Errors
/// When stdout cannot be written to.
pub(super) fn talk(text: &str) -> Result<bool> {
    let result = all(anstream::stdout().lock(), secrets::masked(text).as_bytes());
    let gone = result.as_ref().is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe);
    written(result).map(|()| !gone)
}

/// Prints an error that ends the command: `error: place: message`, the help below it.
pub(super) fn complain(error: &Error) {
    // Nobody is left to tell when stderr is closed.
    let _ = all(anstream::stderr().lock(), complaint(error).as_bytes());
}

/// Prints what clap has to say (usage errors, help, version) and gives its exit status: 2 for errors, 0 for help.
pub(super) fn usage(error: &clap::Error) -> ExitCode {
    secrets::learn_arguments(std::env::args());
    let text = secrets::masked_complaint(error.render().ansi().to_string());
    // Nobody is left to tell when the stream is closed.
    let _ = match error.use_stderr() {
        true => all(anstream::stderr().lock(), text.as_bytes()),
        false => all(anstream::stdout().lock(), text.as_bytes()),
    };
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(super::Exit::Unusable.code()))
}

/// Prints what the user should know, though the command goes on.
pub(super) fn warn(message: &str) {
    let style = AnsiColor::Yellow.on_default().bold();
    let message = secrets::masked_complaint(message.to_owned());
    let text = format!("{style}warning{style:#}: {}\n", render::printable(&message));
    let _ = all(anstream::stderr().lock(), text.as_bytes());
}

fn complaint(error: &Error) -> String {
    let style = AnsiColor::Red.on_default().bold();
    let mut text = format!("{style}error{style:#}: ");
    // Messages quote what files hold: no line of them may drive the terminal.
    for (at, line) in secrets::masked_error(error).lines().enumerate() {
        text.push_str(if at == 0 || line.starts_with("  ") { "" } else { "  " });
        text.push_str(&render::printable(line));
        text.push('\n');
    }
    text
}

fn choice(colour: Colour) -> ColorChoice {
    match colour {
        Colour::Auto => ColorChoice::Auto,
        Colour::Always => ColorChoice::Always,
        Colour::Never => ColorChoice::Never,
    }
}

fn all(mut stream: impl Write, bytes: &[u8]) -> io::Result<()> {
    stream.write_all(bytes)?;
    stream.flush()
}

fn written(result: io::Result<()>) -> Result<()> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::new(ErrorKind::Io, format!("cannot write to stdout: {error}")).caused_by(error))
        }
        _ => Ok(()),
    }
}

/// Columns of the page: what `COLUMNS` says, else what the terminal has.
fn width(columns: Option<&str>, terminal: Option<usize>) -> usize {
    let columns = columns.and_then(|columns| columns.trim().parse().ok()).filter(|columns| *columns > 0);
    columns.or(terminal).unwrap_or(WIDTH)
}

/// Columns of the terminal that stdout is; none for a pipe, so that piped output does not change with the window.
fn terminal() -> Option<usize> {
    let stdout = io::stdout();
    let size = if stdout.is_terminal() { terminal_size::terminal_size_of(stdout) } else { None };
    size.map(|(width, _)| usize::from(width.0)).filter(|columns| *columns > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_as_wide_as_somebody_says() {
        for (columns, terminal, expected) in [
            (Some("72"), Some(120), 72),
            (Some(""), Some(120), 120),
            (Some("0"), Some(120), 120),
            (Some("wide"), None, WIDTH),
            (None, Some(80), 80),
            (None, None, WIDTH),
        ] {
            assert_eq!(width(columns, terminal), expected);
        }
    }

    #[test]
    fn a_file_gets_no_colour_unless_it_is_asked_for_and_a_width_of_its_own() {
        let to_file = OutputArgs { output: Some("report.txt".into()), ..OutputArgs::default() };
        let options = Output::new(&to_file).options();
        assert_eq!((options.colour, options.width), (false, WIDTH));
        assert!(Output::new(&OutputArgs { color: Colour::Always, ..to_file }).options().colour);
    }

    #[test]
    fn a_complaint_names_place_and_help_and_cannot_drive_the_terminal() {
        let error =
            Error::new(ErrorKind::Capture, "`\u{1b}[2J` is no JSON\nat all").at("a.har", 3, 7).help("export it again");
        let text = anstream::adapter::strip_str(&complaint(&error)).to_string();
        assert_eq!(text, "error: a.har:3:7: `\\u{1b}[2J` is no JSON\n  at all\n  export it again\n");
    }

    #[test]
    fn a_reader_that_went_away_is_no_error() {
        assert!(written(Err(io::ErrorKind::BrokenPipe.into())).is_ok());
        assert_eq!(written(Err(io::ErrorKind::StorageFull.into())).unwrap_err().kind(), ErrorKind::Io);
    }
}
