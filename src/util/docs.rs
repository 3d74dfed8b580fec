//! The reference of every helper as Markdown, written from the same rows that run them.

use super::{Helper, all, namespaces};

const INTRODUCTION: &str = "\
# Helpers of AppSync templates

What vtlens runs for `$util`, `$utils` and `$extensions`. This page is written from the table that runs the
helpers, and every example is a test. A helper that is called with a class its signature does not name finds no
method: the reference is null, and prints its own source. What an entry calls unverified is our reading: no AppSync
page and no recording settles it.
";

/// The whole reference: one section a namespace, one entry a helper.
pub fn reference_markdown() -> String {
    let mut out = INTRODUCTION.to_owned();
    for namespace in namespaces() {
        out.push_str(&format!("\n## `${namespace}`\n"));
        for helper in all().filter(|helper| helper.namespace() == namespace) {
            write_helper(helper, &mut out);
        }
    }
    out
}

fn write_helper(helper: &Helper, out: &mut String) {
    out.push_str(&format!("\n### `{}`\n\n```text\n", helper.name()));
    for signature in helper.signatures() {
        out.push_str(&format!("{signature} : {}\n", helper.returns));
    }
    out.push_str(&format!("```\n\n{}\n\nSource: {}.", helper.doc, helper.source));
    if !helper.unverified.is_empty() {
        out.push_str(&format!(" Unverified: {}.", helper.unverified));
    }
    out.push_str("\n\n");
    for (template, rendered) in helper.examples {
        let rendered = if rendered.is_empty() { "nothing".to_owned() } else { format!("`{rendered}`") };
        out.push_str(&format!("- `{template}` gives {rendered}\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn the_page_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/util.md");
        let reference = reference_markdown();
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(&path, &reference).expect("a page");
        }
        let page = std::fs::read_to_string(&path).unwrap_or_default().replace("\r\n", "\n");
        assert!(page == reference, "docs/util.md is out of date: run the tests with UPDATE_DOCS=1");
    }

    #[test]
    fn every_helper_has_an_entry_and_unverified_rules_are_in_the_list_of_differences() {
        let reference = reference_markdown();
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let differences = std::fs::read_to_string(root.join("COMPATIBILITY.md")).expect("a page");
        let section = differences.split("\n## ").find(|section| section.starts_with("Helpers")).expect("a section");
        for helper in all() {
            assert!(reference.contains(&format!("### `{}`\n", helper.name())), "{}", helper.path);
            let names = [format!("`{}`", helper.name()), format!("`${}`", helper.path)];
            let named = helper.unverified.is_empty() || names.iter().any(|name| section.contains(name));
            assert!(named, "{} is unverified, and COMPATIBILITY.md does not name it", helper.path);
        }
        assert!(!reference.contains("```\n```"), "a helper without a signature");
    }
}
