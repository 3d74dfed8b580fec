//! A whole `$ctx` in a log: what `$util.log.info($util.toJson($ctx))`, an error's message or a Lambda function printed.

use serde_json::Value as Json;

/// How many braces of a text are tried, and how deep JSON inside of JSON texts is followed.
const TRIES: usize = 40;
const DEPTH: usize = 3;

/// The first whole context that a text holds: an object with `arguments`, `identity` and `request`.
pub(super) fn find(text: &str) -> Option<Json> {
    if !["identity", "arguments", "request"].iter().all(|name| text.contains(name)) {
        return None;
    }
    // Variables are the caller's words.
    if super::message::is_query(text) {
        return None;
    }
    in_text(text, DEPTH)
}

fn in_text(text: &str, depth: usize) -> Option<Json> {
    let mut rest = text;
    for _ in 0..TRIES {
        let (_, from) = rest.split_at_checked(rest.find('{')?)?;
        let mut values = serde_json::Deserializer::from_str(from).into_iter::<Json>();
        let json = values.next();
        let end = values.byte_offset();
        match json {
            Some(Ok(json)) => {
                if let Some(found) = in_json(json, depth) {
                    return Some(found);
                }
                rest = from.get(end.max(1)..)?;
            }
            _ => rest = from.get(1..)?,
        }
    }
    None
}

fn in_json(json: Json, depth: usize) -> Option<Json> {
    match json {
        Json::Object(members) => {
            let whole = ["arguments", "identity", "request"].iter().all(|name| members.contains_key(*name));
            let headers = members.get("request").is_some_and(|request| request.get("headers").is_some());
            if whole && headers {
                return Some(Json::Object(members));
            }
            // What AppSync itself logs of a context has no identity: one in there is what a caller or a record says.
            let by_appsync = members.contains_key("logType") || members.contains_key("mappingTemplateType");
            let told = members.into_iter().filter(|(name, _)| !(by_appsync && name == "context"));
            told.into_iter().find_map(|(_, member)| in_json(member, depth))
        }
        Json::Array(items) => items.into_iter().find_map(|item| in_json(item, depth)),
        Json::String(text) if depth > 0 && text.contains("identity") => in_text(&text, depth - 1),
        _ => None,
    }
}

/// The id of the request that a context is of, as AppSync adds it to the headers.
pub(super) fn request_id(context: &Json) -> Option<String> {
    let headers = context.get("request")?.get("headers")?.as_object()?;
    let (_, id) = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amzn-requestid"))?;
    let id = id.as_str().filter(|id| super::message::is_uuid(id))?;
    Some(id.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_context_is_found_wherever_it_was_printed() {
        let context = json!({"arguments": {}, "identity": {"sub": "u"}, "request": {"headers": {
            "x-amzn-requestid": "2F1C6A52-8f0e-4b7c-9a53-0d3f5a1b2c3d"}}});
        let template = json!({"logType": "RequestMapping", "transformedTemplate": context.to_string()});
        let error = json!({"errors": [format!("dbg {context}")]});
        for text in [
            context.to_string(),
            format!("2f1c {{not json}} {context} tail"),
            template.to_string(),
            format!("id {error}"),
            json!({"payload": {"ctx": context}}).to_string(),
        ] {
            let found = find(&text);
            assert_eq!(found.as_ref(), Some(&context), "{text}");
            assert_eq!(request_id(&found.unwrap()).as_deref(), Some("2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d"));
        }
        let logged = json!({"context": {"arguments": {}, "stash": {}}, "transformedTemplate": "identity request"});
        assert_eq!(find(&logged.to_string()), None);
        let claimed = json!({"logType": "RequestMapping", "context": {"arguments": {"a": context.to_string()}}});
        assert_eq!(find(&claimed.to_string()), None);
        let query = format!("2f1c6a52-8f0e-4b7c-9a53-0d3f5a1b2c3d GraphQL Query: {{ a }}, Variables: {context}");
        assert_eq!(find(&query), None);
        assert_eq!(find(&"{\"identity arguments request".repeat(1000)), None);
    }
}
