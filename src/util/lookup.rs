//! Finding a helper by its path, and the one that was meant when there is none.

use std::sync::OnceLock;
use strsim::levenshtein;

use rustc_hash::FxHashMap;

use super::{Helper, TABLES};

struct Index {
    helpers: FxHashMap<&'static str, &'static Helper>,
    namespaces: Vec<&'static str>,
}

fn index() -> &'static Index {
    static INDEX: OnceLock<Index> = OnceLock::new();
    INDEX.get_or_init(|| {
        let mut namespaces: Vec<&'static str> = Vec::new();
        for helper in all() {
            if !namespaces.contains(&helper.namespace()) {
                namespaces.push(helper.namespace());
            }
        }
        Index { helpers: all().map(|helper| (helper.path, helper)).collect(), namespaces }
    })
}

/// Every helper, in the order of the documentation.
pub fn all() -> impl Iterator<Item = &'static Helper> {
    TABLES.iter().flat_map(|table| table.iter())
}

/// The helper of exactly this path (`util.dynamodb.toDynamoDB`); Java's names are case-sensitive.
pub fn find(path: &str) -> Option<&'static Helper> {
    index().helpers.get(path).copied()
}

/// Every namespace in the order of the documentation: `util`, `util.log`, … `extensions`.
pub fn namespaces() -> impl Iterator<Item = &'static str> {
    index().namespaces.iter().copied()
}

/// The namespace of exactly this path, as the text a value can hold.
pub fn namespace(path: &str) -> Option<&'static str> {
    namespaces().find(|namespace| *namespace == path)
}

/// Whether the path names a namespace: `util`, `util.dynamodb`, `extensions`.
pub fn is_namespace(path: &str) -> bool {
    namespace(path).is_some()
}

/// The helper a misspelt path probably meant: the same name elsewhere, or one a few letters away.
pub fn nearest(path: &str) -> Option<&'static str> {
    let meant = path.to_lowercase();
    let name = meant.rsplit_once('.').map_or(meant.as_str(), |(_, name)| name);
    // A third of the name may be wrong, and never more than three letters: beyond that a guess misleads.
    let allowed = (name.chars().count() / 3).clamp(1, 3);
    let by_distance = all()
        .map(|helper| (levenshtein(&meant, &helper.path.to_lowercase()), helper.path))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance);
    if let Some((_, found)) = by_distance {
        return Some(found);
    }
    all().find(|helper| helper.name().to_lowercase() == name).map(|helper| helper.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_finds_its_helper_and_case_matters() {
        assert_eq!(find("util.dynamodb.toDynamoDBJson").map(|helper| helper.name()), Some("toDynamoDBJson"));
        assert!(find("util.autoid").is_none());
        assert!(find("util.dynamodb").is_none());
    }

    #[test]
    fn namespaces_are_the_prefixes_of_paths() {
        for path in ["util", "util.dynamodb", "util.time", "extensions"] {
            assert!(is_namespace(path), "{path}");
        }
        for path in ["", "util.", "util.isNull", "util.csv"] {
            assert!(!is_namespace(path), "{path}");
        }
        assert_eq!(namespaces().next(), Some("util"));
    }

    #[test]
    fn a_misspelt_helper_is_guessed() {
        let cases = [
            ("util.autoid", Some("util.autoId")),
            ("util.base64Dencode", Some("util.base64Encode")),
            ("util.isNul", Some("util.isNull")),
            ("util.dynamoDB.toDynamoDBJson", Some("util.dynamodb.toDynamoDBJson")),
            ("util.toDynamoDBJson", Some("util.dynamodb.toDynamoDBJson")),
            ("util.time.nowIso8601", Some("util.time.nowISO8601")),
            ("util.sendMail", None),
        ];
        for (path, meant) in cases {
            assert_eq!(nearest(path), meant, "{path}");
        }
    }
}
