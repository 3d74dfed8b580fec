//! Folders of this repository whose builds are kept as archives, `builds/NAME.tar.gz`: machines wrote these builds, and
//! they are ten times smaller so. A test asks for the path it would have without that. (`examples/pack.rs` packs.)
#![allow(dead_code, reason = "each test uses a part of it")]

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use flate2::read::GzDecoder;

static FOLDERS: [(&str, OnceLock<PathBuf>); 2] = [("tests/amplify", OnceLock::new()), ("tests/live", OnceLock::new())];

/// Where a path of the repository lies to be read: what is in a folder with packed builds lies in a copy of that
/// folder, the builds unpacked; anything else where it is.
pub fn at(path: impl AsRef<Path>) -> PathBuf {
    let path = path.as_ref();
    let packed = FOLDERS.iter().find_map(|(folder, copy)| Some((folder, copy, path.strip_prefix(folder).ok()?)));
    packed.map_or_else(|| path.to_owned(), |(folder, copy, inside)| copy.get_or_init(|| unpacked(folder)).join(inside))
}

/// The larger collection that `VTLENS_SUITES` names, or `tests/amplify`.
pub fn collection() -> PathBuf {
    std::env::var_os("VTLENS_SUITES").map_or_else(|| at("tests/amplify"), PathBuf::from)
}

/// The copy's name says what is in it: tests that run side by side share it, and a change of the folder makes another.
fn unpacked(folder: &str) -> PathBuf {
    let mut files = Vec::new();
    collect(Path::new(folder), &mut files);
    files.sort();
    let mut content = DefaultHasher::new();
    files.hash(&mut content);
    let name = format!("{}-{:016x}", folder.replace('/', "-"), content.finish());
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if !copy.is_dir() {
        // Nobody sees a copy before it is whole: it gets its name at the end.
        let begun = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        for (path, bytes) in &files {
            write(&begun.path().join(path.strip_prefix(folder).unwrap()), bytes);
        }
        let renamed = fs::rename(begun.path(), &copy);
        // Another test may have been faster.
        assert!(copy.is_dir(), "{}: {renamed:?}", copy.display());
    }
    copy
}

fn collect(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() { collect(&path, files) } else { files.push((path.clone(), fs::read(path).unwrap())) }
    }
}

fn write(path: &Path, bytes: &[u8]) {
    let folder = path.parent().unwrap();
    fs::create_dir_all(folder).unwrap();
    match path.to_string_lossy().strip_suffix(".tar.gz") {
        Some(build) => tar::Archive::new(GzDecoder::new(bytes)).unpack(build).unwrap(),
        None => fs::write(path, bytes).unwrap(),
    }
}
