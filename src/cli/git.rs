//! Two revisions of a path, written out by the `git` program to folders of their own. The repository, its index and
//! its working tree stay as they are.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::{Error, ErrorKind, Result};

/// Two revisions of a path. The folders go with it.
pub(super) struct Revisions {
    pub(super) old: PathBuf,
    pub(super) new: PathBuf,
    /// What people call them: `main:api`.
    pub(super) names: (String, String),
    _folders: Vec<Folder>,
}

/// A folder of this process alone, taken away at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Folder> {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("vtlens-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| {
            Error::new(ErrorKind::Io, format!("cannot make a folder for a revision: {error}"))
                .in_file(path.display().to_string())
                .caused_by(error)
        })?;
        Ok(Folder(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is the system's to clean.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Both revisions of a path. Nothing behind the dots is the working tree; three dots start where both parted.
///
/// # Errors
/// [`ErrorKind::Usage`] for a range that is none, a path in no repository, a revision that is not there, a path that
/// a revision does not have.
pub(super) fn revisions(range: &str, path: &Path) -> Result<Revisions> {
    let (from, to, parted) = match (range.split_once("..."), range.split_once("..")) {
        (Some((from, to)), _) => (from, to, true),
        (None, Some((from, to))) => (from, to, false),
        (None, None) => (range, "", false),
    };
    // `$BASE..HEAD` with nothing in BASE would compare a revision with itself, and find nothing for ever.
    if from.is_empty() {
        let message = format!("`{range}` names no revision to start from");
        return Err(Error::new(ErrorKind::Usage, message)
            .help("`--git main..HEAD`, or `--git HEAD..` for what is not committed"));
    }
    let (repository, inside) = repository(path)?;
    let from = match parted {
        false => commit(&repository, from)?,
        true => {
            let (from, to) =
                (commit(&repository, from)?, commit(&repository, if to.is_empty() { "HEAD" } else { to })?);
            text(&run(&repository, None, &["merge-base", &from, &to])?).ok_or_else(|| {
                Error::new(ErrorKind::Usage, format!("the revisions of `{range}` have no common ancestor"))
                    .help("compare them as they are, with two dots")
            })?
        }
    };
    let shown = if inside.as_os_str().is_empty() { Path::new(".") } else { &inside }.display().to_string();
    let first = range.split("..").next().unwrap_or(range);
    let (old, old_folder) = written(&repository, &from, first, &inside)?;
    let old_name = format!("{first}:{shown}");
    if to.is_empty() {
        if !path.exists() {
            return Err(Error::new(ErrorKind::Usage, "there is no such file or folder in the working tree")
                .in_file(path.display().to_string()));
        }
        let names = (old_name, path.display().to_string());
        return Ok(Revisions { old, new: path.to_owned(), names, _folders: vec![old_folder] });
    }
    let (new, new_folder) = written(&repository, &commit(&repository, to)?, to, &inside)?;
    Ok(Revisions { old, new, names: (old_name, format!("{to}:{shown}")), _folders: vec![old_folder, new_folder] })
}

/// The repository that a path lies in, and the path within it. The path itself may be gone from the working tree.
fn repository(path: &Path) -> Result<(PathBuf, PathBuf)> {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let near = whole.ancestors().find(|folder| folder.is_dir()).unwrap_or(Path::new("/"));
    let found = run(near, None, &["rev-parse", "--show-toplevel"])?;
    let Some(top) = text(&found) else {
        return Err(Error::new(ErrorKind::Usage, "this path lies in no git repository")
            .in_file(path.display().to_string())
            .help("without one, name two builds: `vtlens diff OLD NEW`"));
    };
    let real = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (top, rest) = (real(Path::new(&top)), whole.strip_prefix(near).unwrap_or(Path::new("")));
    let inside = real(near).join(rest);
    let mut clean = PathBuf::new();
    for part in inside.strip_prefix(&top).unwrap_or(Path::new("")).components() {
        match part {
            std::path::Component::ParentDir => drop(clean.pop()),
            std::path::Component::Normal(part) => clean.push(part),
            _ => {}
        }
    }
    Ok((top, clean))
}

/// The id of the commit that people call so.
fn commit(repository: &Path, name: &str) -> Result<String> {
    // A name that starts with a dash would be an option.
    let wanted = format!("{name}^{{commit}}");
    let found = run(repository, None, &["rev-parse", "--verify", "--quiet", "--end-of-options", &wanted])?;
    text(&found).ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("the repository has no revision `{name}`"))
            .help("in a shallow clone of a CI job, fetch it first: `git fetch --depth 1 origin NAME`")
    })
}

/// Writes a path of a revision to a folder, with the files of the folders above it: the author's schema, a `vtlens.toml`.
fn written(repository: &Path, commit: &str, name: &str, inside: &Path) -> Result<(PathBuf, Folder)> {
    let folder = Folder::new()?;
    let index = folder.0.join(".index");
    let tree = folder.0.join("tree");
    let git = |arguments: &[&str]| run(repository, Some(&index), arguments);
    checked(git(&["read-tree", commit])?)?;
    let path = inside.display().to_string();
    let path = if path.is_empty() { ".".to_owned() } else { path.replace('\\', "/") };
    let listed = |pattern: &str| git(&["ls-files", "-z", "--", pattern]).and_then(checked);
    let own = listed(&format!(":(literal){path}"))?;
    if own.stdout.is_empty() {
        let message = format!("the revision `{name}` has nothing at this path");
        return Err(Error::new(ErrorKind::Usage, message).in_file(path).help(
            "builds are often kept out of git (see .gitignore): build both revisions and name the two folders, \
             `vtlens diff OLD NEW`",
        ));
    }
    let mut files = own.stdout;
    for above in inside.ancestors().skip(1) {
        let above = above.display().to_string().replace('\\', "/");
        let config = if above.is_empty() { "vtlens.toml".to_owned() } else { format!("{above}/vtlens.toml") };
        if !listed(&format!(":(literal){config}"))?.stdout.is_empty() {
            // It names data and keys that lie with it.
            let folder = if above.is_empty() { "." } else { above.as_str() };
            files.extend(listed(&format!(":(literal){folder}"))?.stdout);
            break;
        }
        let pattern = if above.is_empty() { "*".to_owned() } else { format!("{}/*", escaped(&above)) };
        files.extend(listed(&format!(":(glob){pattern}"))?.stdout);
    }
    let prefix = format!("--prefix={}/", tree.display());
    checked(feed(repository, &index, &["checkout-index", "--quiet", "--force", "-z", "--stdin", &prefix], &files)?)?;
    same_environment(repository, &tree, inside);
    Ok((tree.join(inside), folder))
}

/// What an Amplify project knows of its environment is mostly kept out of git. Both revisions get the working tree's:
/// names of roles and accounts that only one side knew would look like changes.
fn same_environment(repository: &Path, tree: &Path, inside: &Path) {
    let Some(project) = inside.ancestors().find(|folder| folder.file_name().is_some_and(|name| name == "amplify"))
    else {
        return;
    };
    for file in [
        "team-provider-info.json",
        "backend/amplify-meta.json",
        "#current-cloud-backend/amplify-meta.json",
        ".config/local-env-info.json",
    ] {
        let (from, to) = (repository.join(project).join(file), tree.join(project).join(file));
        if let (false, Some(folder)) = (to.exists(), to.parent()) {
            // A file that is not there says nothing.
            let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::copy(&from, &to));
        }
    }
}

/// A path in which nothing is a pattern.
fn escaped(path: &str) -> String {
    let special = |c: char| matches!(c, '*' | '?' | '[' | '\\');
    path.chars().flat_map(|c| special(c).then_some('\\').into_iter().chain([c])).collect()
}

fn command(repository: &Path, index: Option<&Path>, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    // What a partial clone lacks is not fetched: vtlens talks to no network.
    command.env("GIT_NO_LAZY_FETCH", "1");
    command.arg("-C").arg(repository).args(arguments).stdin(Stdio::null());
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    // A hook that runs us has its own repository in the environment.
    for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_PREFIX"] {
        command.env_remove(name);
    }
    if index.is_none() {
        command.env_remove("GIT_INDEX_FILE");
    }
    command
}

fn run(repository: &Path, index: Option<&Path>, arguments: &[&str]) -> Result<Output> {
    command(repository, index, arguments).output().map_err(not_started)
}

/// The same with something to read.
fn feed(repository: &Path, index: &Path, arguments: &[&str], input: &[u8]) -> Result<Output> {
    let mut command = command(repository, Some(index), arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(not_started)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ended early says why itself.
        let _ = std::io::Write::write_all(&mut stdin, input);
    }
    child.wait_with_output().map_err(not_started)
}

fn not_started(error: std::io::Error) -> Error {
    let error = match error.kind() {
        std::io::ErrorKind::NotFound => Error::new(ErrorKind::Usage, "the program `git` was not found"),
        _ => Error::new(ErrorKind::Io, format!("cannot run `git`: {error}")).caused_by(error),
    };
    error.help("`--git` needs it; without, name two builds: `vtlens diff OLD NEW`")
}

fn checked(output: Output) -> Result<Output> {
    if output.status.success() {
        return Ok(output);
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    Err(Error::new(ErrorKind::Io, format!("git: {said}")))
}

/// The line that a program printed, if it succeeded.
fn text(output: &Output) -> Option<String> {
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
