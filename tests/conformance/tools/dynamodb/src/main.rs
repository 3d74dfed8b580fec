//! Writes the corpus: one JSON value a line, each with what the implementation answered.

mod random;

use std::io::Write as _;

use dynoxide::Database;
use random::{Expression, Random, item};
use serde_json::{Map, Value as Json, json};

const GROUPS: usize = 55;
const ITEMS: usize = 12;
const FILTERS: usize = 16;
const CONDITIONS: usize = 4;
const UPDATES: usize = 780;
const PROJECTIONS: usize = 280;
const QUERIES: usize = 280;

fn main() {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut r = Random::new(0x5EED_0F17_E35A_11ED);
    let mut line = |json: Json| writeln!(out, "{json}").expect("stdout");
    for _ in 0..GROUPS {
        line(group(&mut r));
    }
    for _ in 0..UPDATES {
        line(update(&mut r));
    }
    for _ in 0..PROJECTIONS {
        line(projection(&mut r));
    }
    let items: Vec<Json> = ["0", "1", "-1", "2", "10", "9", "1.5", "100", "-0.5", "1E-20"]
        .iter()
        .map(|number| json!({"p": {"S": "p"}, "s": {"N": number}}))
        .collect();
    let table = table(&[("p", "S"), ("s", "N")], &items);
    line(json!({"items": items}));
    for _ in 0..QUERIES {
        line(query(&mut r, &table));
    }
}

/// Items, and which of them filters and conditions let through: one digit an item.
fn group(r: &mut Random) -> Json {
    let items: Vec<Json> = (0..ITEMS)
        .map(|at| {
            let mut item = item(r);
            item.insert("id".into(), json!({"S": at.to_string()}));
            Json::Object(item)
        })
        .collect();
    let table = table(&[("id", "S")], &items);
    let filters: Vec<Json> = (0..FILTERS)
        .map(|_| {
            let made = Expression::condition(r);
            let request = request(json!({"TableName": "Notes"}), "FilterExpression", &made);
            let answer = send(request, |request| table.scan(request)).map(|page| {
                let passed: Vec<&str> = page["Items"]
                    .as_array()
                    .expect("items")
                    .iter()
                    .map(|i| i["id"]["S"].as_str().expect("id"))
                    .collect();
                (0..ITEMS)
                    .map(|at| if passed.contains(&at.to_string().as_str()) { '1' } else { '0' })
                    .collect::<String>()
            });
            case(&made, answer.map(Json::from))
        })
        .collect();
    let conditions: Vec<Json> = (0..CONDITIONS)
        .map(|_| {
            let made = Expression::condition(r);
            let mut held = String::new();
            for item in &items {
                let request = request(json!({"TableName": "Notes", "Item": item}), "ConditionExpression", &made);
                match send(request, |request| table.put_item(request)) {
                    Ok(_) => held.push('1'),
                    Err(error) if error.contains("conditional request failed") => held.push('0'),
                    Err(error) => return case(&made, Err(error)),
                }
            }
            case(&made, Ok(held.into()))
        })
        .collect();
    json!({"items": items, "filters": filters, "conditions": conditions})
}

/// An item, an update, and the item after it.
fn update(r: &mut Random) -> Json {
    let mut before = item(r);
    before.insert("id".into(), json!({"S": "1"}));
    let table = table(&[("id", "S")], &[Json::Object(before.clone())]);
    let made = Expression::update(r);
    let key = json!({"TableName": "Notes", "Key": {"id": {"S": "1"}}, "ReturnValues": "ALL_NEW"});
    let answer = send(request(key, "UpdateExpression", &made), |request| table.update_item(request));
    let answer = answer.map(|answer| answer["Attributes"].clone());
    json!({"item": before, "update": case(&made, answer)})
}

/// An item, and what a projection leaves of it.
fn projection(r: &mut Random) -> Json {
    let mut whole = item(r);
    whole.insert("id".into(), json!({"S": "1"}));
    let table = table(&[("id", "S")], &[Json::Object(whole.clone())]);
    let made = Expression::projection(r);
    let key = json!({"TableName": "Notes", "Key": {"id": {"S": "1"}}});
    let answer = send(request(key, "ProjectionExpression", &made), |request| table.get_item(request));
    let answer = answer.map(|answer| answer.get("Item").cloned().unwrap_or(json!({})));
    json!({"item": whole, "projection": case(&made, answer)})
}

/// The sort keys that a query gives, in its order.
fn query(r: &mut Random, table: &Database) -> Json {
    let made = Expression::key_condition(r);
    let forward = !r.chance(3);
    let request = request(json!({"TableName": "Notes", "ScanIndexForward": forward}), "KeyConditionExpression", &made);
    let answer = send(request, |request| table.query(request)).map(|page| {
        page["Items"].as_array().expect("items").iter().map(|item| item["s"]["N"].clone()).collect::<Json>()
    });
    json!({"forward": forward, "query": case(&made, answer)})
}

fn case(made: &Expression, answer: Result<Json, String>) -> Json {
    let mut parts = made.parts();
    parts.push(answer.unwrap_or_else(|error| json!({"error": error})));
    Json::Array(parts)
}

fn request(mut base: Json, parameter: &str, made: &Expression) -> Json {
    let members: &mut Map<String, Json> = base.as_object_mut().expect("an object");
    members.insert(parameter.into(), json!(made.text));
    for (name, map) in [("ExpressionAttributeNames", &made.names), ("ExpressionAttributeValues", &made.values)] {
        if !map.is_empty() {
            members.insert(name.into(), json!(map));
        }
    }
    base
}

/// Sends a request; one that cannot even be read is refused like any other.
fn send<Q: serde::de::DeserializeOwned, A: serde::Serialize>(
    request: Json,
    carry_out: impl FnOnce(Q) -> Result<A, dynoxide::errors::DynoxideError>,
) -> Result<Json, String> {
    let request = serde_json::from_value(request).map_err(|error| error.to_string())?;
    let answer = carry_out(request).map_err(|error| error.to_string())?;
    Ok(serde_json::to_value(answer).expect("JSON"))
}

fn table(keys: &[(&str, &str)], items: &[Json]) -> Database {
    let database = Database::memory().expect("a database");
    let schema: Vec<Json> = keys
        .iter()
        .zip(["HASH", "RANGE"])
        .map(|((name, _), kind)| json!({"AttributeName": name, "KeyType": kind}))
        .collect();
    let types: Vec<Json> =
        keys.iter().map(|(name, kind)| json!({"AttributeName": name, "AttributeType": kind})).collect();
    let create = json!({"TableName": "Notes", "KeySchema": schema, "AttributeDefinitions": types, "BillingMode": "PAY_PER_REQUEST"});
    send(create, |request| database.create_table(request)).expect("a table");
    for item in items {
        let put = json!({"TableName": "Notes", "Item": item});
        send(put, |request| database.put_item(request)).expect("an item");
    }
    database
}
