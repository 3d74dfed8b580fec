//! Applies the edits of a report's JSON to a suite's JSON: a reading of the report's format of its own, that shares
//! nothing with the code that searched for the edits.

use serde_json::{Value as Json, json};

/// What a case is made of.
#[derive(Debug, Clone)]
pub struct Scene {
    /// As suites write identities.
    pub identity: Json,
    pub arguments: Json,
    pub source: Json,
    /// Table → items.
    pub data: Json,
}

/// The scene with the edits of one fix.
pub fn applied(scene: &Scene, edits: &Json) -> Scene {
    let mut scene = scene.clone();
    for edit in edits.as_array().expect("edits are a list") {
        let path: Vec<String> = edit["path"].as_array().unwrap().iter().map(step).collect();
        let (op, value) = (edit["op"].as_str().unwrap(), &edit["value"]);
        match edit["target"].as_str().unwrap() {
            "mode" => scene.identity = json!({ "mode": value }),
            "claims" => claims(&mut scene.identity, &path, op, value),
            "identity" => identity(&mut scene.identity, &path, op, value),
            "arguments" => at(&mut scene.arguments, &path, op, value),
            "data" if path[0] == "source" => at(&mut scene.source, &path[1..], op, value),
            "data" => data(&mut scene.data, &path[0], &edit["path"][1], &path[2..], op, value),
            // Made to the build.
            "schema" => {}
            other => panic!("no edit of {other} here"),
        }
    }
    scene
}

fn step(key: &Json) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

fn claims(identity: &mut Json, path: &[String], op: &str, value: &Json) {
    if identity.get("context").is_none() {
        return at(&mut identity["claims"], path, op, value);
    }
    let context = &mut identity["context"];
    at(&mut context["claims"], path, op, value);
    // What AppSync derives from claims.
    let claims = context["claims"].clone();
    let members = context.as_object_mut().unwrap();
    for (member, of) in [
        ("sub", "sub"),
        ("issuer", "iss"),
        ("groups", "cognito:groups"),
        ("username", "username"),
        ("username", "cognito:username"),
    ] {
        if let (true, Some(claim)) = (members.contains_key(member), claims.get(of)) {
            members.insert(member.to_owned(), claim.clone());
        }
    }
}

fn identity(identity: &mut Json, path: &[String], op: &str, value: &Json) {
    if identity.get("context").is_some() {
        return at(&mut identity["context"], path, op, value);
    }
    let path: Vec<String> = match path[0].as_str() {
        "cognitoIdentityPoolId" => vec!["cognito".into(), "identityPoolId".into()],
        "cognitoIdentityId" => vec!["cognito".into(), "identityId".into()],
        "cognitoIdentityAuthType" => vec!["cognito".into(), "authType".into()],
        "cognitoIdentityAuthProvider" => vec!["cognito".into(), "authProvider".into()],
        _ => path.to_vec(),
    };
    at(identity, &path, op, value);
}

fn data(data: &mut Json, table: &str, key: &Json, path: &[String], op: &str, value: &Json) {
    if !data[table].is_array() {
        data[table] = json!([]);
    }
    let items = data[table].as_array_mut().unwrap();
    let is_it = |item: &Json| key.as_object().unwrap().iter().all(|(name, part)| item[name] == *part);
    let held = items.iter().position(is_it);
    match (path, op) {
        ([], "add") => items.push(value.clone()),
        ([], "remove") => drop(items.remove(held.unwrap())),
        _ => at(&mut items[held.expect("the record is there")], path, op, value),
    }
}

fn at(root: &mut Json, path: &[String], op: &str, value: &Json) {
    let Some((last, above)) = path.split_last() else {
        assert_eq!(op, "set");
        *root = value.clone();
        return;
    };
    let mut holder = root;
    for key in above {
        holder = &mut holder[key];
    }
    match (op, &mut holder[last]) {
        ("set", place) => *place = value.clone(),
        ("add", Json::Array(items)) => items.push(value.clone()),
        ("add", place) => *place = json!([value]),
        ("remove", Json::Array(items)) if !value.is_null() => items.retain(|item| item != value),
        ("remove", _) => drop(holder.as_object_mut().unwrap().remove(last)),
        other => panic!("{other:?}"),
    }
}
