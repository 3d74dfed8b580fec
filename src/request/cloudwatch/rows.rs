//! Rows: CSV, and the rows of Logs Insights, which may be events or chosen fields of them.

use std::io::Read;

use serde_json::{Map, Value as Json};

use super::metered::Metered;
use super::{LogEvent, Sink, time};
use crate::error::Result;

const MESSAGES: [&str; 2] = ["@message", "message"];
const TIMES: [&str; 2] = ["@timestamp", "timestamp"];
/// Columns without which chosen fields belong to no request.
const CHOSEN: [&str; 2] = ["requestId", "logType"];

/// Whether one of the names is that of the message.
pub(super) fn has_message(names: &[&str]) -> bool {
    names.iter().any(|name| MESSAGES.contains(name))
}

/// Whether a line is the header of a table of events.
pub(super) fn is_header(line: &str) -> bool {
    let names: Vec<&str> = line.trim_end().split(',').map(|name| name.trim_matches(['"', ' '])).collect();
    let plain = |name: &&str| {
        !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '@' | '.' | '_' | '-' | ' '))
    };
    let events = has_message(&names)
        && (names.len() == 1 || names.iter().any(|name| TIMES.contains(name) || name.starts_with('@')));
    names.iter().all(plain) && (events || CHOSEN.iter().all(|chosen| names.contains(chosen)))
}

/// Reads CSV; gives what was left out.
pub(super) fn read_csv(input: impl Read, sink: &mut Sink<'_>) -> Result<Vec<String>> {
    let (metered, meter) = Metered::new(input);
    let mut table = csv::ReaderBuilder::new().flexible(true).from_reader(metered);
    let (mut skipped, mut record, mut rows) = (Vec::new(), csv::ByteRecord::new(), 0_usize);
    let names: Vec<String> = match table.byte_headers() {
        Ok(names) => names.iter().map(|name| String::from_utf8_lossy(name).trim().to_owned()).collect(),
        Err(why) => return Ok(vec![format!("the header of the table cannot be read: {why}")]),
    };
    loop {
        meter.reset();
        match table.read_byte_record(&mut record) {
            Ok(true) => rows += 1,
            Ok(false) => break,
            Err(_) if meter.is_spent() => {
                skipped
                    .push(format!("row {} has no end within 16 MB, a quote may be missing: reading stopped", rows + 1));
                break;
            }
            Err(why) => {
                skipped.push(format!("the table breaks off behind row {rows}: {why}"));
                break;
            }
        }
        let cell = |(name, value): (&String, &[u8])| {
            let value = String::from_utf8_lossy(value).into_owned();
            (!value.is_empty()).then(|| (name.clone(), Json::String(value)))
        };
        let Some(event) = event(names.iter().zip(&record).filter_map(cell).collect()) else { continue };
        if event.message.lines().skip(1).any(looks_like_a_row) {
            skipped
                .push(format!("row {rows} holds the beginnings of other rows: a quote is missing, and they are lost"));
        }
        sink(event)?;
    }
    Ok(skipped)
}

fn looks_like_a_row(line: &str) -> bool {
    let (cell, rest) = line.split_once(',').unwrap_or_default();
    let cell = cell.trim_matches('"');
    !rest.is_empty() && cell.len() > 9 && time::of_text(cell).is_some()
}

/// The event of one row of Logs Insights: `[{"field": "@message", "value": ".."}, ..]`.
pub(super) fn of_fields(fields: Vec<Json>) -> Option<LogEvent> {
    let cell = |mut field: Json| {
        let name = field.get("field")?.as_str()?.to_owned();
        Some((name, field.get_mut("value").map(Json::take)?))
    };
    event(fields.into_iter().filter_map(cell).collect())
}

/// The event of a row: its message, or one made of the fields that were chosen.
pub(super) fn event(mut row: Map<String, Json>) -> Option<LogEvent> {
    let at_ms = TIMES.iter().find_map(|name| row.get(*name)).and_then(time::of_json);
    let message = match MESSAGES.iter().find_map(|name| row.shift_remove(*name)) {
        Some(Json::String(text)) => text,
        Some(Json::Null) | None => {
            CHOSEN.iter().any(|name| row.contains_key(*name)).then(|| nested(row).to_string())?
        }
        Some(json) => json.to_string(),
    };
    Some(LogEvent { at_ms, message })
}

/// Fields as Logs Insights names them, `context.arguments.input.id` and `path.0`, put into each other.
fn nested(row: Map<String, Json>) -> Json {
    let mut whole = Map::new();
    for (name, value) in row {
        let value = match value {
            Json::String(text) if text.starts_with(['{', '[']) => {
                serde_json::from_str(&text).unwrap_or(Json::String(text))
            }
            other => other,
        };
        let mut parts: Vec<&str> = name.split('.').collect();
        let Some(last) = parts.pop().filter(|_| parts.len() < 32) else { continue };
        if let Some(members) = parts.into_iter().try_fold(&mut whole, member) {
            members.insert(last.to_owned(), value);
        }
    }
    listed(Json::Object(whole))
}

/// The members of a member, which becomes an object if it is none.
fn member<'m>(members: &'m mut Map<String, Json>, name: &str) -> Option<&'m mut Map<String, Json>> {
    let inner = members.entry(name).or_insert_with(|| Json::Object(Map::new()));
    if !inner.is_object() {
        *inner = Json::Object(Map::new());
    }
    inner.as_object_mut()
}

/// An object whose members are 0, 1, 2 … is the list that it stands for.
fn listed(json: Json) -> Json {
    let Json::Object(members) = json else { return json };
    let is_list = !members.is_empty() && (0..members.len()).all(|at| members.contains_key(&at.to_string()));
    if is_list {
        let mut items: Vec<(usize, Json)> =
            members.into_iter().map(|(at, item)| (at.parse().unwrap_or_default(), listed(item))).collect();
        items.sort_by_key(|(at, _)| *at);
        let number = |item: Json| match item {
            Json::String(text) => text.parse::<u32>().map_or_else(|_| Json::String(text), Json::from),
            other => other,
        };
        return Json::Array(items.into_iter().map(|(_, item)| number(item)).collect());
    }
    Json::Object(members.into_iter().map(|(name, member)| (name, listed(member))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn csv(text: &str) -> (Vec<LogEvent>, Vec<String>) {
        let mut events = Vec::new();
        let skipped = read_csv(text.as_bytes(), &mut |event| {
            events.push(event);
            Ok(())
        });
        (events, skipped.unwrap())
    }

    #[test]
    fn quoted_messages_and_chosen_fields() {
        let (events, skipped) = csv("timestamp,message\n1714557600123,\"{\"\"a\"\":\n1}\"\n,x\n");
        assert_eq!(events[0], LogEvent { at_ms: Some(1_714_557_600_123), message: "{\"a\":\n1}".to_owned() });
        assert_eq!((events.len(), skipped.len()), (2, 0));
        let (events, _) = csv(
            "requestId,logType,path.0,path.1,context.arguments.input.id,fieldInError,statusCode\nr,RequestMapping,a,0,7,1,\n",
        );
        assert_eq!(
            serde_json::from_str::<Json>(&events[0].message).unwrap(),
            json!({"requestId": "r", "logType": "RequestMapping", "path": ["a", 0],
                   "context": {"arguments": {"input": {"id": "7"}}}, "fieldInError": "1"})
        );
    }

    #[test]
    fn a_quote_that_does_not_end_is_told() {
        let (events, skipped) = csv("timestamp,message\n1714557600123,\"broken\n1714557600124,other\n");
        assert_eq!(events.len(), 1);
        assert_eq!(skipped, ["row 1 holds the beginnings of other rows: a quote is missing, and they are lost"]);
    }
}
