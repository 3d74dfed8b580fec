//! Attribute values: DynamoDB's ten types, their typed JSON in AppSync's dialect, and plain JSON.

use std::cmp::Ordering;

use base64::Engine as _;
use indexmap::{IndexMap, IndexSet};
use serde_json::{Map, Value as Json};

use super::failure::Refusal;
use super::number::Number;

/// One item: attribute names and values in the order they were written.
pub type Item = IndexMap<String, Attribute>;

/// Levels of nesting DynamoDB keeps.
const MAX_DEPTH: usize = 32;

/// One attribute value.
#[derive(Debug, Clone, PartialEq)]
pub enum Attribute {
    /// A string.
    S(String),
    /// A number.
    N(Number),
    /// Binary, as the Base64 text it came in.
    B(String),
    /// A boolean.
    Bool(bool),
    /// Null.
    Null,
    /// A list.
    L(Vec<Attribute>),
    /// A map.
    M(Item),
    /// A set of strings.
    Ss(IndexSet<String>),
    /// A set of numbers.
    Ns(IndexSet<Number>),
    /// A set of binaries.
    Bs(IndexSet<String>),
}

impl Attribute {
    /// DynamoDB's name of the type: `S`, `BOOL` …
    pub fn type_name(&self) -> &'static str {
        match self {
            Attribute::S(_) => "S",
            Attribute::N(_) => "N",
            Attribute::B(_) => "B",
            Attribute::Bool(_) => "BOOL",
            Attribute::Null => "NULL",
            Attribute::L(_) => "L",
            Attribute::M(_) => "M",
            Attribute::Ss(_) => "SS",
            Attribute::Ns(_) => "NS",
            Attribute::Bs(_) => "BS",
        }
    }

    /// The attribute of plain JSON: arrays become lists, never sets. The error is DynamoDB's message.
    pub fn from_plain(json: &Json) -> Result<Attribute, String> {
        Ok(match json {
            Json::Null => Attribute::Null,
            Json::Bool(truth) => Attribute::Bool(*truth),
            Json::Number(number) => Attribute::N(Number::from_json(number)?),
            Json::String(text) => Attribute::S(text.clone()),
            Json::Array(items) => Attribute::L(items.iter().map(Attribute::from_plain).collect::<Result<_, String>>()?),
            Json::Object(members) => Attribute::M(item_from_plain(members)?),
        })
    }

    /// As a template sees it: types dropped, sets as arrays, binary as Base64 text.
    pub fn to_plain(&self) -> Json {
        match self {
            Attribute::S(text) | Attribute::B(text) => Json::String(text.clone()),
            Attribute::N(number) => number.to_json(),
            Attribute::Bool(truth) => Json::Bool(*truth),
            Attribute::Null => Json::Null,
            Attribute::L(items) => Json::Array(items.iter().map(Attribute::to_plain).collect()),
            Attribute::M(item) => item_to_plain(item),
            Attribute::Ss(set) | Attribute::Bs(set) => set.iter().cloned().collect(),
            Attribute::Ns(set) => set.iter().map(Number::to_json).collect(),
        }
    }

    /// As typed JSON: `{"S":"x"}`.
    pub fn to_typed(&self) -> Json {
        let value = match self {
            Attribute::Null => Json::Bool(true),
            Attribute::N(number) => Json::String(number.to_string()),
            Attribute::Ns(set) => set.iter().map(Number::to_string).collect(),
            Attribute::L(items) => items.iter().map(Attribute::to_typed).collect(),
            Attribute::M(item) => Json::Object(item.iter().map(|(k, v)| (k.clone(), v.to_typed())).collect()),
            other => other.to_plain(),
        };
        Json::Object(Map::from_iter([(self.type_name().to_owned(), value)]))
    }

    /// The attribute of typed JSON at a place of the request (`$[key][id]`).
    pub fn from_typed(json: &Json, place: &str) -> Result<Attribute, Refusal> {
        Attribute::typed_at(json, place, 0)
    }

    fn typed_at(json: &Json, place: &str, depth: usize) -> Result<Attribute, Refusal> {
        let Json::Object(members) = json else {
            return Err(Refusal::not_an_attribute(place, json));
        };
        if depth > MAX_DEPTH {
            return Err(Refusal::validation("Nesting Levels have exceeded supported limits"));
        }
        let mut present = members.iter();
        let (Some((kind, value)), None) = (present.next(), present.next()) else {
            return Err(Refusal::validation(if members.is_empty() {
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"
            } else {
                "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported \
                 datatypes"
            }));
        };
        // The SDK leaves a null member unset; only NULL takes it (`$util.dynamodb.toDynamoDB(null)`).
        if value.is_null() && kind != "NULL" {
            return Err(Refusal::validation(
                "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes",
            ));
        }
        let place = format!("{place}[{kind}]");
        match kind.as_str() {
            "S" => text_of(value, &place).map(Attribute::S),
            "N" => number_of(value, &place).map(Attribute::N),
            "B" => text_of(value, &place).map(Attribute::B),
            "BOOL" => match value {
                Json::Bool(truth) => Ok(Attribute::Bool(*truth)),
                other => Err(Refusal::wrong_type(&place, "BOOLEAN", other)),
            },
            "NULL" => Ok(Attribute::Null),
            "L" => list_of(value, &place)?
                .iter()
                .enumerate()
                .map(|(index, item)| Attribute::typed_at(item, &format!("{place}[{index}]"), depth + 1))
                .collect::<Result<_, _>>()
                .map(Attribute::L),
            "M" => match value {
                Json::Object(members) => members
                    .iter()
                    .map(|(name, item)| {
                        Ok((name.clone(), Attribute::typed_at(item, &format!("{place}[{name}]"), depth + 1)?))
                    })
                    .collect::<Result<_, Refusal>>()
                    .map(Attribute::M),
                other => Err(Refusal::wrong_type(&place, "OBJECT", other)),
            },
            "SS" => set_of(value, &place, "string", text_of).map(Attribute::Ss),
            "NS" => set_of(value, &place, "number", number_of).map(Attribute::Ns),
            "BS" => set_of(value, &place, "binary", text_of).map(Attribute::Bs),
            _ => Err(Refusal::unsupported(&place)),
        }
    }

    /// Order within one type: strings and binary by bytes, numbers by value. None across types and for the rest.
    pub fn order(&self, other: &Attribute) -> Option<Ordering> {
        match (self, other) {
            (Attribute::S(left), Attribute::S(right)) => Some(left.as_bytes().cmp(right.as_bytes())),
            (Attribute::N(left), Attribute::N(right)) => Some(left.cmp(right)),
            (Attribute::B(left), Attribute::B(right)) => Some(bytes_of(left).cmp(&bytes_of(right))),
            _ => None,
        }
    }

    /// What `size(…)` gives: characters, bytes or members; none for scalars that have no size.
    pub fn size(&self) -> Option<usize> {
        match self {
            Attribute::S(text) => Some(text.chars().count()),
            Attribute::B(text) => Some(bytes_of(text).len()),
            Attribute::L(items) => Some(items.len()),
            Attribute::M(item) => Some(item.len()),
            Attribute::Ss(set) | Attribute::Bs(set) => Some(set.len()),
            Attribute::Ns(set) => Some(set.len()),
            Attribute::N(_) | Attribute::Bool(_) | Attribute::Null => None,
        }
    }

    /// What `contains(self, other)` gives: a substring, a list's member or a set's element.
    pub fn contains(&self, other: &Attribute) -> bool {
        match (self, other) {
            (Attribute::S(text), Attribute::S(part)) => text.contains(part.as_str()),
            (Attribute::B(text), Attribute::B(part)) => {
                let (all, part) = (bytes_of(text), bytes_of(part));
                part.is_empty() || all.windows(part.len()).any(|window| window == part)
            }
            (Attribute::L(items), member) => items.contains(member),
            (Attribute::Ss(set), Attribute::S(element)) | (Attribute::Bs(set), Attribute::B(element)) => {
                set.contains(element)
            }
            (Attribute::Ns(set), Attribute::N(element)) => set.contains(element),
            _ => false,
        }
    }

    /// What `begins_with(self, other)` gives.
    pub fn begins_with(&self, other: &Attribute) -> bool {
        match (self, other) {
            (Attribute::S(text), Attribute::S(start)) => text.starts_with(start.as_str()),
            (Attribute::B(text), Attribute::B(start)) => bytes_of(text).starts_with(&bytes_of(start)),
            _ => false,
        }
    }
}

/// The item of a plain JSON object. The error is DynamoDB's message.
pub fn item_from_plain(members: &Map<String, Json>) -> Result<Item, String> {
    members.iter().map(|(name, value)| Ok((name.clone(), Attribute::from_plain(value)?))).collect()
}

/// An item as a template sees it.
pub fn item_to_plain(item: &Item) -> Json {
    Json::Object(item.iter().map(|(name, value)| (name.clone(), value.to_plain())).collect())
}

/// Binary's bytes; text that is not Base64 stands for itself.
fn bytes_of(text: &str) -> Vec<u8> {
    base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_else(|_| text.as_bytes().to_vec())
}

/// Text of `S` and `B`. Unverified: AppSync takes a JSON number or boolean there as its text.
fn text_of(value: &Json, place: &str) -> Result<String, Refusal> {
    match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
        other => Err(Refusal::wrong_type(place, "STRING", other)),
    }
}

fn number_of(value: &Json, place: &str) -> Result<Number, Refusal> {
    match value {
        Json::Number(number) => Number::from_json(number).map_err(Refusal::validation),
        Json::String(text) => Number::parse(text).map_err(Refusal::validation),
        other => Err(Refusal::wrong_type(place, "NUMBER", other)),
    }
}

fn list_of<'j>(value: &'j Json, place: &str) -> Result<&'j [Json], Refusal> {
    value.as_array().map(Vec::as_slice).ok_or_else(|| Refusal::wrong_type(place, "ARRAY", value))
}

fn set_of<T: std::hash::Hash + Eq>(
    value: &Json,
    place: &str,
    what: &str,
    element: fn(&Json, &str) -> Result<T, Refusal>,
) -> Result<IndexSet<T>, Refusal> {
    let members = list_of(value, place)?;
    if members.is_empty() {
        return Err(Refusal::validation(format!(
            "One or more parameter values were invalid: An {what} set  may not be empty"
        )));
    }
    let mut set = IndexSet::with_capacity(members.len());
    for (index, member) in members.iter().enumerate() {
        if !set.insert(element(member, &format!("{place}[{index}]"))?) {
            return Err(Refusal::validation(format!(
                "One or more parameter values were invalid: Input collection {value} contains duplicates."
            )));
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn typed(json: Json) -> Attribute {
        Attribute::from_typed(&json, "$[x]").unwrap()
    }

    #[test]
    fn appsyncs_dialect_reads_as_dynamodbs() {
        let cases = [
            (json!({"S": "a"}), json!("a")),
            (json!({"N": 12}), json!(12)),
            (json!({"N": "12.50"}), json!(12.5)),
            (json!({"BOOL": false}), json!(false)),
            (json!({"NULL": null}), json!(null)),
            (json!({"NULL": true}), json!(null)),
            (json!({"L": [{"S": "a"}, {"M": {"b": {"N": 1}}}]}), json!(["a", {"b": 1}])),
            (json!({"SS": ["b", "a"]}), json!(["b", "a"])),
            (json!({"NS": [1, "2"]}), json!([1, 2])),
        ];
        for (from, to) in cases {
            assert_eq!(typed(from.clone()).to_plain(), to, "{from}");
        }
    }

    #[test]
    fn a_malformed_value_is_refused_and_named() {
        for (json, words) in [
            (json!("a"), "$[x]"),
            (json!({"S": null}), "Supplied AttributeValue is empty"),
            (json!({}), "Supplied AttributeValue is empty"),
            (json!({"S": "a", "N": 1}), "more than one datatypes"),
            (json!({"STRING": "a"}), "$[x][STRING]"),
            (json!({"SS": []}), "may not be empty"),
            (json!({"NS": [1, "1.0"]}), "duplicates"),
            (json!({"L": [{"M": {"b": 1}}]}), "$[x][L][0][M][b]"),
        ] {
            let refusal = Attribute::from_typed(&json, "$[x]").unwrap_err();
            assert!(refusal.message().contains(words), "{json}: {}", refusal.message());
        }
    }

    #[test]
    fn sets_keep_their_type_and_ignore_order() {
        assert_eq!(typed(json!({"SS": ["a", "b"]})), typed(json!({"SS": ["b", "a"]})));
        assert_ne!(typed(json!({"SS": ["a"]})), typed(json!({"L": [{"S": "a"}]})));
        assert!(typed(json!({"SS": ["ab"]})).contains(&typed(json!({"S": "ab"}))));
        assert!(!typed(json!({"SS": ["ab"]})).contains(&typed(json!({"S": "a"}))), "an element, not a part of one");
    }

    #[test]
    fn types_never_compare_with_each_other() {
        assert_eq!(typed(json!({"S": "1"})).order(&typed(json!({"N": 1}))), None);
        assert_eq!(typed(json!({"S": "B"})).order(&typed(json!({"S": "a"}))), Some(Ordering::Less));
        assert_eq!(typed(json!({"N": "10"})).order(&typed(json!({"N": "9"}))), Some(Ordering::Greater));
    }
}
