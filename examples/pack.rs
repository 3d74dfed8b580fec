//! Packs a folder as the tests keep their larger builds: `pack FOLDER FILE.tar.gz`. The same files give the same bytes:
//! they are in order, without times and owners.

use std::error::Error;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use flate2::{Compression, GzBuilder};
use tar::{Builder, Header};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [folder, archive] = arguments.as_slice() else {
        return Err("usage: pack FOLDER FILE.tar.gz".into());
    };
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let gzip = GzBuilder::new().mtime(0).write(File::create(archive)?, Compression::best());
    let mut tar = Builder::new(gzip);
    for file in files {
        let content = fs::read(&file)?;
        let mut header = Header::new_ustar();
        header.set_mode(0o644);
        header.set_size(content.len().try_into()?);
        tar.append_data(&mut header, file.strip_prefix(folder)?, content.as_slice())?;
    }
    tar.into_inner()?.finish()?;
    Ok(())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { collect(&path, files)? } else { files.push(path) }
    }
    Ok(())
}
