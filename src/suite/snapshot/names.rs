//! Where snapshots lie: `__snapshots__/SUITE'S FILE/TEST'S NAME.txt`, beside the suite.

use std::path::{Path, PathBuf};

use rustc_hash::FxHashSet;
use unicode_normalization::UnicodeNormalization as _;

use super::without_secrets;
use crate::suite::model::Test;

/// The folder beside a suite.
pub(super) const FOLDER: &str = "__snapshots__";
/// Not `.snap`: test runners for JavaScript take such files for their own, and remove those that they do not know.
pub(super) const ENDING: &str = ".txt";
/// Bytes of a name: with its ending and a number it fits every file system.
const LONGEST: usize = 100;
/// Names of devices, which no file can have on Windows, whatever its ending.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// The folder of all suites that lie in one.
pub(super) fn folder_beside(suite: &Path) -> PathBuf {
    suite.parent().unwrap_or(Path::new("")).join(FOLDER)
}

/// The folder of a suite's snapshots.
pub(super) fn folder_of(suite: &Path) -> PathBuf {
    folder_beside(suite).join(suite.file_name().unwrap_or_default())
}

/// Names the files of a suite's tests: each another, whatever the file system makes of capitals and signs.
pub(in crate::suite) fn name_files(tests: &mut [Test]) {
    let mut taken = FxHashSet::default();
    for test in tests {
        let name = of_test(&without_secrets(&test.name));
        let numbered = (2..).map(|n| format!("{name}-{n}"));
        let free = std::iter::once(name.clone()).chain(numbered).find(|name| !taken.contains(name));
        test.file_name = free.unwrap_or(name);
        taken.insert(test.file_name.clone());
    }
}

/// A test's name as a file's: letters and digits in small, everything else a hyphen.
fn of_test(name: &str) -> String {
    let mut out = String::new();
    for c in name.nfc().flat_map(char::to_lowercase) {
        if out.len() + c.len_utf8() > LONGEST {
            break;
        }
        if c.is_alphanumeric() {
            out.push(c);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
    }
    out.truncate(out.trim_end_matches('-').len());
    let device = DEVICES.contains(&out.trim_end_matches(|c: char| c.is_ascii_digit()));
    if out.is_empty() || device { format!("test-{out}").trim_end_matches('-').to_owned() } else { out.nfc().collect() }
}

/// A file's name as a file system gives it back, to be compared with ours.
pub(super) fn same_form(name: &str) -> String {
    name.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::model::Scenario;

    #[test]
    fn every_test_has_a_file_of_its_own_on_every_file_system() {
        let names = [
            ("only the owner updates", "only-the-owner-updates"),
            ("Only the owner updates!", "only-the-owner-updates-2"),
            ("only/the\\owner: updates", "only-the-owner-updates-3"),
            ("only the owner updates 2", "only-the-owner-updates-2-2"),
            ("../../etc/passwd", "etc-passwd"),
            ("NUL", "test-nul"),
            ("com1", "test-com1"),
            ("…", "test"),
            ("", "test-2"),
            ("Ärzte lesen", "ärzte-lesen"),
            ("A\u{308}rzte lesen", "ärzte-lesen-2"),
            ("作者だけ", "作者だけ"),
        ];
        let test = |name: &str| Test {
            data: None,
            responses: None,
            name: name.to_owned(),
            scenario: Scenario::Story(Vec::new()),
            snapshot: true,
            file_name: String::new(),
        };
        let mut tests: Vec<Test> = names.iter().map(|(name, _)| test(name)).collect();
        tests.extend([test(&"ü".repeat(200)), test(&"ü".repeat(201))]);
        name_files(&mut tests);
        for ((name, expected), test) in names.iter().zip(&tests) {
            assert_eq!(test.file_name, *expected, "{name}");
        }
        let all: FxHashSet<String> = tests.iter().map(|test| test.file_name.clone()).collect();
        assert_eq!(all.len(), tests.len());
        assert!(tests.iter().all(|test| test.file_name.len() <= LONGEST + 8));
    }
}
