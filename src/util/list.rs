//! `$util.list`: copies of lists.

use std::cmp::Ordering;

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::Type::{BoxedBool, List, Str};
use super::{Helper, null_argument};
use crate::value::{Key, Value, java};

const PAGE: &str = "list-helpers-in-util-list";
/// Longer lists are not sorted.
const SORT_LIMIT: usize = 1000;

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.list.copyAndRetainAll",
        overloads: &[&[List, List]],
        returns: "List",
        doc: "A copy of the first list with only the items that the second contains too, in the first's order.",
        source: PAGE,
        unverified: "that items compare as by Java's `equals`: 1 is not 1.0",
        examples: &[("$util.list.copyAndRetainAll([1,2,3,4,5], [2,4])", "[2, 4]")],
        run: |_, args| match args {
            [Value::List(list), Value::List(other)] => Ok(filtered(&list.items(), &other.items(), true)),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.list.copyAndRemoveAll",
        overloads: &[&[List, List]],
        returns: "List",
        doc: "A copy of the first list without the items that the second contains, in the first's order.",
        source: PAGE,
        unverified: "that items compare as by Java's `equals`: 1 is not 1.0",
        examples: &[("$util.list.copyAndRemoveAll([1,2,3,4,5], [2,4])", "[1, 3, 5]")],
        run: |_, args| match args {
            [Value::List(list), Value::List(other)] => Ok(filtered(&list.items(), &other.items(), false)),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.list.sortList",
        overloads: &[&[List, BoxedBool, Str]],
        returns: "List",
        doc: "A sorted copy; descending when the second argument is true; maps are sorted by the property named third. A list of several classes, or of more than 1000 items, comes back unchanged.",
        source: PAGE,
        unverified: "that texts are ordered by UTF-16 code unit, and that more than 1000 items come back unchanged",
        examples: &[
            ("$util.list.sortList([10,1,5], false, 'any')", "[1, 5, 10]"),
            ("$util.list.sortList([{'n':'b'},{'n':'a'}], false, 'n')", "[{n=a}, {n=b}]"),
        ],
        run: |_, args| match args {
            [Value::List(list), descending, property] => {
                let sorted = sorted(&list.items(), descending.truth(), property.as_str().unwrap_or(""));
                Ok(sorted.map_or_else(|| Value::list(list.items().clone()), Value::list))
            }
            _ => Err(null_argument()),
        },
    },
];

fn filtered(items: &[Value], other: &[Value], keep: bool) -> Value {
    let other: IndexSet<Key, FxBuildHasher> = other.iter().cloned().map(Key).collect();
    Value::list(items.iter().filter(|item| other.contains(&Key((*item).clone())) == keep).cloned().collect())
}

/// The items in order, or `None` when they cannot be compared. Stable, also when descending.
fn sorted(items: &[Value], descending: bool, property: &str) -> Option<Vec<Value>> {
    if items.len() > SORT_LIMIT {
        return None;
    }
    let class = items.first().map(java::class_name);
    if items.iter().any(|item| Some(java::class_name(item)) != class) {
        return None;
    }
    let mut keyed: Vec<(Value, &Value)> = items.iter().map(|item| (sort_key(item, property), item)).collect();
    for pair in keyed.windows(2) {
        let [(a, _), (b, _)] = pair else { continue };
        natural_order(a, b)?;
    }
    keyed.sort_by(|(a, _), (b, _)| {
        let order = natural_order(a, b).unwrap_or(Ordering::Equal);
        if descending { order.reverse() } else { order }
    });
    Some(keyed.into_iter().map(|(_, item)| item.clone()).collect())
}

fn sort_key(item: &Value, property: &str) -> Value {
    match item {
        Value::Map(map) => map.get_str(property).unwrap_or_default(),
        scalar => scalar.clone(),
    }
}

/// `Comparable.compareTo`; `None` for different or incomparable classes, null included. Strings compare by
/// UTF-16 code unit.
fn natural_order(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Str(x), Value::Str(y)) => Some(x.encode_utf16().cmp(y.encode_utf16())),
        (Value::Bool(x), Value::Bool(y)) => Some(x.cmp(y)),
        (Value::Double(x), Value::Double(y)) => Some(x.total_cmp(y)),
        _ if java::class_name(a) == java::class_name(b) => java::compare_numbers(a, b),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_json, thrown};
    use super::*;

    #[test]
    fn copies_keep_order_and_duplicates() {
        for (args, retained, removed) in [
            ("[[1,2,3,4,5],[2,4]]", "[2,4]", "[1,3,5]"),
            (r#"[["b","a","b"],["b"]]"#, r#"["b","b"]"#, r#"["a"]"#),
            ("[[1,1.0],[1.0]]", "[1.0]", "[1]"),
            (r#"[[{"a":[1]},null],[{"a":[1]}]]"#, r#"[{"a":[1]}]"#, "[null]"),
            ("[[],[1]]", "[]", "[]"),
            (r#"["a",["a"]]"#, "none", "none"),
        ] {
            assert_eq!(call_json("util.list.copyAndRetainAll", args), retained, "{args}");
            assert_eq!(call_json("util.list.copyAndRemoveAll", args), removed, "{args}");
        }
        assert_eq!(thrown("util.list.copyAndRemoveAll", &[Value::Null, Value::Null]), "java.lang.NullPointerException");
    }

    #[test]
    fn a_copy_is_a_list_of_its_own() {
        let original = Value::list(vec![Value::Int(1)]);
        let copy = call("util.list.copyAndRemoveAll", &[original.clone(), Value::list(vec![])]).unwrap();
        assert!(!copy.same(&original) && java::equals(&copy, &original));
    }

    #[test]
    fn a_key_set_is_no_list() {
        let Value::Map(map) = Value::map([("a", Value::Int(1))]) else { panic!("a map") };
        let keys = Value::object(crate::value::Object::View(map, crate::value::ViewKind::Keys));
        assert!(call("util.list.copyAndRetainAll", &[keys, Value::list(vec![])]).is_none());
    }

    #[test]
    fn sorting_follows_the_guide() {
        let objects = r#"[{"description":"youngest","age":5},{"description":"middle","age":45},{"description":"oldest","age":85}]"#;
        let descriptions = |descending: bool| -> Vec<String> {
            let sorted = call_json("util.list.sortList", &format!(r#"[{objects},{descending},"description"]"#));
            let sorted: serde_json::Value = serde_json::from_str(&sorted).unwrap();
            sorted.as_array().unwrap().iter().map(|item| item["description"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(descriptions(false), ["middle", "oldest", "youngest"]);
        assert_eq!(descriptions(true), ["youngest", "oldest", "middle"]);
        for (args, expected) in [
            (r#"[["youngest","middle","oldest"],false,"x"]"#, r#"["middle","oldest","youngest"]"#),
            (r#"[[10,1,5],false,"x"]"#, "[1,5,10]"),
            (r#"[[10,1,5],true,"x"]"#, "[10,5,1]"),
            (r#"[["b","B","a"],false,"x"]"#, r#"["B","a","b"]"#),
            (r#"[[{"n":2},1,"bar"],false,"n"]"#, r#"[{"n":2},1,"bar"]"#),
            (r#"[[{"n":2},{"m":1}],false,"n"]"#, r#"[{"n":2},{"m":1}]"#),
            (r#"[[],false,"x"]"#, "[]"),
        ] {
            assert_eq!(call_json("util.list.sortList", args), expected, "{args}");
        }
    }

    #[test]
    fn more_than_a_thousand_items_stay_as_they_are() {
        let numbers = |count: i32| Value::list((0..count).rev().map(Value::Int).collect());
        let first = |count| {
            let sorted = call("util.list.sortList", &[numbers(count), Value::Bool(false), Value::str("")]).unwrap();
            let Value::List(list) = sorted else { panic!("a list") };
            let first = list.items()[0].clone();
            java::to_string(&first)
        };
        assert_eq!((first(1000), first(1001)), ("0".to_owned(), "1000".to_owned()));
    }
}
