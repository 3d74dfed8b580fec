//! JSON documents that hold events, one behind the other or alone, parsed as a stream: of a list that has millions of
//! entries one is in memory at a time.

use std::fmt;
use std::io::{BufReader, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::MultiGzDecoder;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value as Json};

use super::metered::{Meter, Metered};
use super::shape::ENVELOPES;
use super::{Sink, rows};
use crate::error::{Error, Result};

/// Bytes that the data of a subscription filter may unfold to; Lambda takes payloads of 6 MB.
const UNFOLDED: u64 = 64 * 1024 * 1024;

/// Reads the events; gives what was left out.
pub(super) fn read(input: impl Read, sink: &mut Sink<'_>) -> Result<Vec<String>> {
    let (metered, meter) = Metered::new(input);
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(super::PREFIX, metered));
    let mut reading = Reading { sink, meter, entries: 0, envelopes: Vec::new(), failed: None, skipped: Vec::new() };
    while json.end().is_err() {
        let outcome = Node { reading: &mut reading, is_entry: false }.deserialize(&mut json);
        if let Some(error) = reading.failed.take() {
            return Err(error);
        }
        if let Err(why) = outcome {
            let (entries, spent) = (reading.entries, reading.meter.is_spent());
            reading.skipped.push(if spent {
                format!("the entry behind the first {entries} is larger than 16 MB: reading stopped")
            } else if why.is_eof() {
                format!("the JSON is cut off in the middle of an entry, behind the first {entries}")
            } else {
                format!("the JSON breaks off behind the first {entries} entries: {why}")
            });
            break;
        }
        for data in std::mem::take(&mut reading.envelopes) {
            let unfolded = unfold(&data, reading.sink)?;
            reading.skipped.extend(unfolded);
        }
    }
    Ok(reading.skipped)
}

/// The data of a subscription filter: base64 of a packed document.
fn unfold(data: &str, sink: &mut Sink<'_>) -> Result<Vec<String>> {
    let compact: String = data.split_whitespace().collect();
    let Ok(bytes) = STANDARD.decode(compact) else {
        return Ok(vec!["`awslogs.data` is not base64".to_owned()]);
    };
    let document = MultiGzDecoder::new(bytes.as_slice()).take(UNFOLDED);
    let mut flat = |event| sink(event);
    // One envelope deep: what an envelope inside it holds is left alone.
    let (metered, meter) = Metered::new(document);
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(metered));
    let mut reading =
        Reading { sink: &mut flat, meter, entries: 0, envelopes: Vec::new(), failed: None, skipped: Vec::new() };
    let outcome = Node { reading: &mut reading, is_entry: false }.deserialize(&mut json);
    match (reading.failed, outcome) {
        (Some(error), _) => Err(error),
        (None, Err(why)) => Ok(vec![format!("`awslogs.data` breaks off: {why}")]),
        (None, Ok(())) => Ok(reading.skipped),
    }
}

struct Reading<'r, 's> {
    sink: &'r mut Sink<'s>,
    meter: Meter,
    entries: usize,
    /// `awslogs.data`, to be unfolded.
    envelopes: Vec<String>,
    /// What the sink refused with.
    failed: Option<Error>,
    skipped: Vec<String>,
}

impl Reading<'_, '_> {
    fn event(&mut self, event: Option<super::LogEvent>) -> std::result::Result<(), &'static str> {
        self.entries += 1;
        let Some(event) = event else { return Ok(()) };
        (self.sink)(event).map_err(|error| {
            self.failed = Some(error);
            "stopped"
        })
    }
}

/// A document, a list of entries, or one entry: an object, or a row as a list of fields.
struct Node<'n, 'r, 's> {
    reading: &'n mut Reading<'r, 's>,
    is_entry: bool,
}

impl<'de> DeserializeSeed<'de> for Node<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a document with log events")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<(), A::Error> {
        let mut row = Map::new();
        let mut is_document = false;
        while let Some(name) = members.next_key::<String>()? {
            match name.as_str() {
                "awslogs" => {
                    let value: Json = members.next_value()?;
                    is_document = true;
                    let data = value.get("data").and_then(Json::as_str).map(str::to_owned);
                    self.reading.envelopes.extend(data);
                }
                name if ENVELOPES.contains(&name) => {
                    is_document = true;
                    members.next_value_seed(Node { reading: &mut *self.reading, is_entry: false })?;
                }
                _ => _ = row.insert(name, members.next_value()?),
            }
        }
        let event = if is_document { return Ok(()) } else { rows::event(row) };
        self.reading.event(event).map_err(A::Error::custom)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<(), A::Error> {
        if self.is_entry {
            let mut fields = Vec::new();
            while let Some(field) = items.next_element::<Json>()? {
                fields.push(field);
            }
            return self.reading.event(rows::of_fields(fields)).map_err(A::Error::custom);
        }
        loop {
            self.reading.meter.reset();
            if items.next_element_seed(Node { reading: &mut *self.reading, is_entry: true })?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_str<E>(self, _: &str) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> std::result::Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> std::result::Result<(), E> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::io::Write as _;

    fn messages(text: &str) -> (Vec<String>, Vec<String>) {
        let mut messages = Vec::new();
        let skipped = read(text.as_bytes(), &mut |event| {
            messages.push(event.message);
            Ok(())
        });
        (messages, skipped.unwrap())
    }

    fn packed(json: &Json) -> String {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(json.to_string().as_bytes()).unwrap();
        STANDARD.encode(packer.finish().unwrap())
    }

    #[test]
    fn every_document_gives_its_messages() {
        let envelope = json!({"messageType": "DATA_MESSAGE", "owner": "1", "subscriptionFilters": ["f"],
                              "logEvents": [{"id": "3", "timestamp": 1, "message": "x"}, {"message": "y"}]});
        let cases = [
            json!({"events": [{"timestamp": 1, "message": "x"}, {"message": "y"}], "searchedLogStreams": []}),
            json!({"results": [[{"field": "@message", "value": "x"}, {"field": "@ptr", "value": "p"}],
                               [{"field": "@message", "value": "y"}]], "statistics": {"a": 1.5}, "status": "Complete"}),
            json!([{"@timestamp": "2024-05-01 10:00:00.123", "@message": "x"}, {"@message": "y"}]),
            json!([[{"field": "@message", "value": "x"}], [{"field": "@message", "value": "y"}]]),
            json!({"awslogs": {"data": packed(&envelope)}}),
            envelope,
        ];
        for case in cases {
            assert_eq!(messages(&case.to_string()), (vec!["x".to_owned(), "y".to_owned()], vec![]), "{case}");
        }
        // Firehose puts documents behind one another.
        let two = json!({"logEvents": [{"message": "x"}]}).to_string().repeat(2);
        assert_eq!(messages(&two).0, ["x", "x"]);
        assert_eq!(messages(r#"[{"@message":{"logType":"T"}}]"#).0, [r#"{"logType":"T"}"#]);
    }

    #[test]
    fn what_came_before_the_end_is_read() {
        let (read, skipped) = messages(r#"{"events":[{"message":"x"},{"message":"y"},{"mess"#);
        assert_eq!(read, ["x", "y"]);
        assert_eq!(skipped, ["the JSON is cut off in the middle of an entry, behind the first 2"]);
        let (read, skipped) = messages(r#"{"awslogs":{"data":"!"}}"#);
        assert_eq!((read.len(), skipped), (0, vec!["`awslogs.data` is not base64".to_owned()]));
        let deep = format!(r#"{{"events":[{{"message":"x"}},{}"#, "[".repeat(100_000));
        assert_eq!(messages(&deep).0, ["x"]);
    }
}
