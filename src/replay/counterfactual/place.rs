//! Edits of JSON at a path.

use serde_json::{Map, Value as Json, json};

/// Changes what is at a path: `set` puts a value there, `add` puts one into the list there, `remove` takes the value
/// away, or out of the list that is there. Objects on the way are made. `None` when there is nothing to change.
pub fn edit(root: &mut Json, path: &[Json], op: &str, value: &Json) -> Option<()> {
    let Some((key, rest)) = path.split_first() else { return change(root, op, value) };
    if root.is_null() {
        *root = Json::Object(Map::new());
    }
    match (root, key) {
        (Json::Object(members), Json::String(name)) if rest.is_empty() && op == "remove" && value.is_null() => {
            members.shift_remove(name).map(|_| ())
        }
        (Json::Object(members), Json::String(name)) => {
            edit(members.entry(name.clone()).or_insert(Json::Null), rest, op, value)
        }
        (Json::Array(items), Json::Number(index)) => {
            let index = index.as_u64().and_then(|index| usize::try_from(index).ok())?;
            edit(items.get_mut(index)?, rest, op, value)
        }
        _ => None,
    }
}

fn change(at: &mut Json, op: &str, value: &Json) -> Option<()> {
    match (op, at) {
        ("set", at) => *at = value.clone(),
        ("add", Json::Array(items)) if !items.contains(value) => items.push(value.clone()),
        ("add", at @ (Json::Null | Json::String(_))) => *at = json!([value]),
        ("remove", Json::Array(items)) => {
            let before = items.len();
            items.retain(|item| item != value);
            (items.len() < before).then_some(())?;
        }
        ("remove", Json::String(text)) => *text = text.strip_prefix(value.as_str()?)?.to_owned(),
        _ => return None,
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_change_one_place() {
        for (before, path, op, value, after) in [
            (json!({"a": 1}), json!(["a"]), "set", json!(2), Some(json!({"a": 2}))),
            (json!({}), json!(["a", "b"]), "set", json!(2), Some(json!({"a": {"b": 2}}))),
            (json!(null), json!(["a"]), "add", json!("x"), Some(json!({"a": ["x"]}))),
            (json!({"a": ["x"]}), json!(["a"]), "add", json!("y"), Some(json!({"a": ["x", "y"]}))),
            (json!({"a": ["x"]}), json!(["a"]), "add", json!("x"), None),
            (json!({"a": ["x", "y"]}), json!(["a"]), "remove", json!("x"), Some(json!({"a": ["y"]}))),
            (json!({"a": 1, "b": 2}), json!(["a"]), "remove", json!(null), Some(json!({"b": 2}))),
            (json!({"a": "Bearer x"}), json!(["a"]), "remove", json!("Bearer "), Some(json!({"a": "x"}))),
            (json!({"a": "x"}), json!(["b"]), "remove", json!(null), None),
            (json!({"a": [{"b": 1}]}), json!(["a", 0, "b"]), "set", json!(2), Some(json!({"a": [{"b": 2}]}))),
            (json!({"a": [1]}), json!(["a", 1]), "set", json!(2), None),
            (json!({"a": 1}), json!(["a", "b"]), "set", json!(2), None),
        ] {
            let mut root = before.clone();
            let done = edit(&mut root, path.as_array().unwrap(), op, &value);
            assert_eq!(done.map(|()| root), after, "{before} {path} {op} {value}");
        }
    }
}
