//! The edits of a fix, made to a case by hand: written from what `docs/fixes.md` says of them, without the code that
//! found them.
#![allow(dead_code, reason = "each test uses a part of it")]

use serde_json::{Value as Json, json};

/// Every fix of a report, of the request and of its fields, with the path of the field.
pub fn fixes(report: &Json) -> Vec<(Json, Json)> {
    let of = |from: &Json| from["fixes"].as_array().cloned().unwrap_or_default();
    let mut found: Vec<_> = of(report).into_iter().map(|fix| (Json::Null, fix)).collect();
    for field in report["fields"].as_array().into_iter().flatten() {
        found.extend(of(field).into_iter().map(|fix| (field["path"].clone(), fix)));
    }
    found
}

/// What is wrong with the answer to a request that a fix was made to; nothing when it flips.
pub fn wrong(after: &Json, path: &Json, open: bool) -> Option<String> {
    let passes = |decision: &Json| match decision.as_str() {
        Some("allowed" | "filtered") => true,
        Some("undecided") => open,
        _ => false,
    };
    let fields = after["fields"].as_array().map_or(&[][..], Vec::as_slice);
    let decision = match path {
        Json::Null => after["decision"].clone(),
        path => {
            let own = fields.iter().find(|field| field["path"] == *path);
            // Below the root, a field that is not told of came through; unless one above did not.
            let above = |field: &&Json| {
                let prefix = field["path"].as_array().unwrap();
                prefix.len() < path.as_array().unwrap().len() && path.as_array().unwrap().starts_with(prefix)
            };
            match own.or_else(|| fields.iter().find(above)) {
                Some(field) => field["decision"].clone(),
                None => after["decision"].clone(),
            }
        }
    };
    let passed = after["gate"]["outcome"] == "passed" && passes(&decision);
    (!passed).then(|| format!("{decision}: gate {}, {}", after["gate"]["outcome"], after["cause"]))
}

/// A case with the edits of a fix, as the report's JSON has them. It panics where an edit cannot be made.
pub fn edited(case: &Json, edits: &[Json]) -> Json {
    let mut case = case.clone();
    for edit in edits {
        let path: Vec<Json> = edit["path"].as_array().unwrap().clone();
        let (op, value) = (edit["op"].as_str().unwrap(), &edit["value"]);
        match edit["target"].as_str().unwrap() {
            "mode" => mode(&mut case, value.as_str().unwrap()),
            "claims" => claims(&mut case, &path, op, value),
            "headers" => header(&mut case, path[0].as_str().unwrap(), op, value),
            "identity" => identity(&mut case, &path, op, value),
            "schema" => schema(&mut case, &path, op, value.as_str().unwrap()),
            other => panic!("no such target here: {other}"),
        }
    }
    case
}

/// The next request is not the one that was answered, and nobody has signed its token yet.
fn anew(case: &mut Json) {
    let members = case.as_object_mut().unwrap();
    members.remove("response");
    members.remove("jwks");
}

fn suite_name(mode: &str) -> &'static str {
    match mode {
        "API_KEY" => "apiKey",
        "AMAZON_COGNITO_USER_POOLS" => "userPool",
        "OPENID_CONNECT" => "oidc",
        "AWS_IAM" => "iam",
        "AWS_LAMBDA" => "lambda",
        other => panic!("no mode: {other}"),
    }
}

/// Sent by another mode: without the old credential, by a caller of whom only that is known.
fn mode(case: &mut Json, mode: &str) {
    anew(case);
    without_credential(case);
    case["identity"] = json!({ "mode": suite_name(mode) });
    // As in a suite: the policies of somebody whom nobody knows are not asked.
    case["suite"] = json!(true);
}

fn without_credential(case: &mut Json) {
    if let Some(headers) = case["headers"].as_object_mut() {
        headers.retain(|name, _| !["authorization", "x-api-key"].contains(&name.to_lowercase().as_str()));
    }
}

fn claims(case: &mut Json, path: &[Json], op: &str, value: &Json) {
    anew(case);
    let header = case["headers"]["Authorization"].as_str().unwrap_or_default().to_owned();
    match header.split_once("JWT {") {
        Some((before, written)) if !case["identity"]["mode"].is_string() => {
            let mut claims: Json = serde_json::from_str(&format!("{{{written}")).unwrap();
            change(&mut claims, path, op, value);
            case["headers"]["Authorization"] = json!(format!("{before}JWT {claims}"));
        }
        _ => change(&mut case["identity"]["claims"], path, op, value),
    }
}

fn header(case: &mut Json, name: &str, op: &str, value: &Json) {
    anew(case);
    let headers = case["headers"].as_object_mut().unwrap();
    let (_, held) = headers.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(name)).unwrap();
    assert_eq!(op, "remove");
    *held = json!(held.as_str().unwrap().strip_prefix(value.as_str().unwrap()).unwrap());
}

fn identity(case: &mut Json, path: &[Json], op: &str, value: &Json) {
    anew(case);
    let layers = ["policies", "boundary", "sessionPolicy", "serviceControlPolicies"];
    let name = path[0].as_str().unwrap();
    if layers.contains(&name) {
        return policies(&mut case["identity"][name], &path[1..], op, value);
    }
    if ["isAuthorized", "deniedFields"].contains(&name) {
        if case["identity"].is_null() {
            without_credential(case);
            case["identity"] = json!({ "mode": "lambda" });
        }
        let answer = &mut case["identity"]["authorizer"];
        if !answer.is_object() {
            *answer = json!({});
        }
        return change(answer, path, op, value);
    }
    change(&mut case["identity"], path, op, value);
}

/// `[]`, `[POLICY, STATEMENT]`, `[POLICY, STATEMENT, MEMBER]`
fn policies(held: &mut Json, path: &[Json], op: &str, value: &Json) {
    let [policy, number, rest @ ..] = path else {
        assert_eq!(op, "add");
        let new = json!({ "PolicyName": "added", "PolicyDocument": value });
        match held {
            Json::Array(all) => all.push(new),
            none => *none = json!([new]),
        }
        return;
    };
    let named = |held: &&mut Json| held["PolicyName"] == *policy;
    let document = held.as_array_mut().unwrap().iter_mut().find(named).expect("the policy is there");
    let statements = &mut document["PolicyDocument"]["Statement"];
    let at = usize::try_from(number.as_u64().unwrap()).unwrap() - 1;
    match rest {
        [] => {
            assert_eq!(op, "remove");
            statements.as_array_mut().unwrap().remove(at);
        }
        [member] => statements[at][member.as_str().unwrap()] = value.clone(),
        _ => panic!("{path:?}"),
    }
}

/// The schema's text with other directives.
fn schema(case: &mut Json, path: &[Json], op: &str, value: &str) {
    if path == [json!("modes")] {
        anew(case);
        return case["modes"].as_array_mut().unwrap().push(json!(suite_name(value)));
    }
    let mut text = case["schema"].as_str().unwrap_or("type Query { a: String b: String }").to_owned();
    let type_name = path[0].as_str().unwrap();
    let start = text.find(&format!("type {type_name} ")).expect("the type is there");
    let open = start + text[start..].find('{').unwrap();
    let (from, to) = match path.get(1) {
        None => (start, open),
        Some(field) => {
            let name = field.as_str().unwrap();
            let begin = [format!(" {name}:"), format!(" {name}(")];
            let at = begin.iter().find_map(|begin| text[open..].find(begin.as_str())).expect("the field is there");
            let from = open + at;
            // Up to the next field, or the end of the type.
            let rest = &text[from + 1..];
            let next = next_field(rest);
            (from, from + 1 + next)
        }
    };
    let mut part = text[from..to].trim_end().to_owned();
    if op == "set" || op == "remove" {
        let name = value.split(['(', ' ']).next().unwrap();
        let at = part.find(name).expect("the directive is there");
        let end = part[at..].find(')').map_or(part.len(), |end| at + end + 1);
        part.replace_range(at..end, "");
    }
    if op != "remove" {
        part = format!("{} {value}", part.trim_end());
    }
    text.replace_range(from..to, &format!("{part} "));
    case["schema"] = json!(text);
}

/// Where, in the text of a field, the next one begins: a name and a colon outside of parentheses.
fn next_field(text: &str) -> usize {
    let mut depth = 0;
    let mut word = None;
    let mut colons = 0;
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' if c == '(' => depth += 1,
            ')' => depth -= 1,
            '}' if depth == 0 => return at,
            _ => {}
        }
        if depth > 0 || c == ')' {
            continue;
        }
        if c == ':' {
            colons += 1;
            if colons == 2 {
                return word.unwrap();
            }
        }
        match (c.is_alphanumeric() || c == '_' || c == '@', word) {
            (true, _) if at == 0 || text[..at].ends_with([' ', '\n', '!', ']', ':']) => word = Some(at),
            _ => {}
        }
    }
    text.len()
}

/// JSON at a path: `set`, `add` to a list, `remove` from one.
fn change(root: &mut Json, path: &[Json], op: &str, value: &Json) {
    let mut at = root;
    for key in path {
        at = match key {
            Json::Number(index) => &mut at[usize::try_from(index.as_u64().unwrap()).unwrap()],
            name => &mut at[name.as_str().unwrap()],
        };
    }
    match (op, at) {
        ("set", at) => *at = value.clone(),
        ("add", Json::Array(items)) => items.push(value.clone()),
        ("add", at @ Json::Null) => *at = json!([value]),
        ("remove", Json::Array(items)) => items.retain(|item| item != value),
        (op, at) => panic!("cannot {op} {value} at {at}"),
    }
}
