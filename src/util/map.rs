//! `$util.map`: copies of maps.

use indexmap::IndexSet;
use rustc_hash::FxBuildHasher;

use super::Type::{List, Map};
use super::{Helper, null_argument};
use crate::value::{self, Entries, Key, MapKind, Value};

const PAGE: &str = "utility-helpers-in-map";

pub(super) const TABLE: &[Helper] = &[
    Helper {
        path: "util.map.copyAndRetainAllKeys",
        overloads: &[&[Map, List]],
        returns: "Map",
        doc: "A copy of the map with only the listed keys, in the map's order.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.map.copyAndRetainAllKeys({'a':1,'b':2}, ['a','z'])", "{a=1}")],
        run: |_, args| match args {
            [Value::Map(map), Value::List(keys)] => Ok(filtered(&map.entries(), &keys.items(), true)),
            _ => Err(null_argument()),
        },
    },
    Helper {
        path: "util.map.copyAndRemoveAllKeys",
        overloads: &[&[Map, List]],
        returns: "Map",
        doc: "A copy of the map without the listed keys, in the map's order.",
        source: PAGE,
        unverified: "",
        examples: &[("$util.map.copyAndRemoveAllKeys({'a':1,'b':2}, ['a','z'])", "{b=2}")],
        run: |_, args| match args {
            [Value::Map(map), Value::List(keys)] => Ok(filtered(&map.entries(), &keys.items(), false)),
            _ => Err(null_argument()),
        },
    },
];

fn filtered(entries: &Entries, keys: &[Value], keep: bool) -> Value {
    let keys: IndexSet<Key, FxBuildHasher> = keys.iter().cloned().map(Key).collect();
    let chosen = entries.iter().filter(|(key, _)| keys.contains(*key) == keep);
    let chosen = chosen.map(|(key, value)| (key.clone(), value.clone())).collect();
    Value::Map(value::Map::of(MapKind::LinkedHashMap, chosen))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{call, call_json, thrown};
    use super::*;

    #[test]
    fn copies_keep_the_order_of_the_map() {
        for (args, retained, removed) in [
            (r#"[{"a":1,"b":2},["a","z"]]"#, r#"{"a":1}"#, r#"{"b":2}"#),
            (r#"[{"c":1,"b":2,"a":3},["a","c"]]"#, r#"{"c":1,"a":3}"#, r#"{"b":2}"#),
            (r#"[{"a":null},["a"]]"#, r#"{"a":null}"#, "{}"),
            (r#"[{"1":1},[1]]"#, "{}", r#"{"1":1}"#),
            (r#"[["a"],["a"]]"#, "none", "none"),
        ] {
            assert_eq!(call_json("util.map.copyAndRetainAllKeys", args), retained, "{args}");
            assert_eq!(call_json("util.map.copyAndRemoveAllKeys", args), removed, "{args}");
        }
        assert_eq!(
            thrown("util.map.copyAndRetainAllKeys", &[Value::Null, Value::list(vec![])]),
            "java.lang.NullPointerException"
        );
    }

    #[test]
    fn a_copy_is_shallow_and_its_own() {
        let inner = Value::list(vec![]);
        let map = Value::map([("a", inner.clone())]);
        let copy = call("util.map.copyAndRemoveAllKeys", &[map.clone(), Value::list(vec![])]).unwrap();
        assert!(!copy.same(&map));
        let Value::Map(copy) = copy else { panic!("a map") };
        assert!(copy.get_str("a").unwrap().same(&inner));
    }
}
