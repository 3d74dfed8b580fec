//! `${name}`: values that a step of a story saved, in the texts of later steps.

use indexmap::IndexMap;
use serde_json::Value as Json;

/// The values that were saved, by name.
pub(super) type Saved = IndexMap<String, Json>;

/// The names in a text.
pub(super) fn names(text: &str) -> impl Iterator<Item = &str> {
    text.split("${").skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name)
}

/// A text with the values in it: texts as they are, everything else as JSON.
pub(super) fn in_text(text: &str, saved: &Saved) -> String {
    let mut out = text.to_owned();
    for (name, value) in saved {
        let pattern = format!("${{{name}}}");
        if out.contains(&pattern) {
            let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            out = out.replace(&pattern, &value);
        }
    }
    out
}

/// A value with the saved ones in it. A text that is nothing but `${name}` becomes the value itself.
pub(super) fn in_json(json: &Json, saved: &Saved) -> Json {
    match json {
        Json::String(text) => {
            let whole =
                text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')).and_then(|name| saved.get(name));
            whole.cloned().unwrap_or_else(|| Json::String(in_text(text, saved)))
        }
        Json::Array(items) => items.iter().map(|item| in_json(item, saved)).collect(),
        Json::Object(members) => {
            Json::Object(members.iter().map(|(key, value)| (key.clone(), in_json(value, saved))).collect())
        }
        other => other.clone(),
    }
}

/// The value at a path such as `data.listPosts.items.0.id`.
pub(super) fn at_path<'j>(json: &'j Json, path: &str) -> Option<&'j Json> {
    path.split('.').try_fold(json, |value, step| match value {
        Json::Array(items) => items.get(step.parse::<usize>().ok()?),
        other => other.get(step),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn saved_values_stand_in_texts_and_keep_their_type_alone() {
        let saved: Saved = [("id".to_owned(), json!("p1")), ("n".to_owned(), json!(2))].into_iter().collect();
        assert_eq!(in_text("{ a(id: \"${id}\", n: ${n}) } ${x}", &saved), "{ a(id: \"p1\", n: 2) } ${x}");
        let json = json!({"n": "${n}", "all": ["${id}-${n}", true]});
        assert_eq!(in_json(&json, &saved), json!({"n": 2, "all": ["p1-2", true]}));
        assert_eq!(names("a ${id} ${n}").collect::<Vec<_>>(), ["id", "n"]);
        assert_eq!(at_path(&json!({"a": {"items": [{"id": 1}]}}), "a.items.0.id"), Some(&json!(1)));
        assert_eq!(at_path(&json!({"a": 1}), "a.b"), None);
    }
}
