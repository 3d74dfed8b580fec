//! AppSync's DynamoDB requests: the JSON a mapping template rendered, member by member.

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::attribute::{Attribute, Item};
use super::bind::Section;
use super::failure::Refusal;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// One item by key.
    GetItem,
    /// Writes an item whole.
    PutItem,
    /// Changes an item, or makes it.
    UpdateItem,
    /// Deletes an item.
    DeleteItem,
    /// Items of one partition.
    Query,
    /// Items of the whole table.
    Scan,
    /// Items of a versioned table, changed ones first asked for by time.
    Sync,
    /// Items of several tables by key.
    BatchGetItem,
    /// Writes items of several tables.
    BatchPutItem,
    /// Deletes items of several tables.
    BatchDeleteItem,
    /// Items of several tables by key, as of one moment.
    TransactGetItems,
    /// Writes to several tables, all or none.
    TransactWriteItems,
    /// Only in a transaction: a condition on an item that is not written.
    ConditionCheck,
}

const KEYED: &[&str] = &["key", "condition", "customPartitionKey", "populateIndexFields", "_version"];
const PAGED: &[&str] = &["filter", "index", "limit", "nextToken", "consistentRead", "select", "projection"];

impl Operation {
    /// The operations of requests, by AppSync's names.
    const NAMED: [(&'static str, Operation); 12] = [
        ("GetItem", Operation::GetItem),
        ("PutItem", Operation::PutItem),
        ("UpdateItem", Operation::UpdateItem),
        ("DeleteItem", Operation::DeleteItem),
        ("Query", Operation::Query),
        ("Scan", Operation::Scan),
        ("Sync", Operation::Sync),
        ("BatchGetItem", Operation::BatchGetItem),
        ("BatchPutItem", Operation::BatchPutItem),
        ("BatchDeleteItem", Operation::BatchDeleteItem),
        ("TransactGetItems", Operation::TransactGetItems),
        ("TransactWriteItems", Operation::TransactWriteItems),
    ];

    fn from_name(name: &str) -> Option<Operation> {
        Operation::NAMED.iter().find(|(known, _)| *known == name).map(|(_, operation)| *operation)
    }

    /// AppSync's name.
    pub fn name(self) -> &'static str {
        Operation::NAMED.iter().find(|(_, known)| *known == self).map_or("ConditionCheck", |(name, _)| name)
    }

    /// Whether version 2017-02-28 has it.
    pub fn is_old(self) -> bool {
        use Operation::{DeleteItem, GetItem, PutItem, Query, Scan, UpdateItem};
        matches!(self, GetItem | PutItem | UpdateItem | DeleteItem | Query | Scan)
    }

    /// Whether data sources with versioned tables have it.
    pub fn is_versioned(self) -> bool {
        self.is_old() || matches!(self, Operation::Sync | Operation::BatchGetItem | Operation::TransactGetItems)
    }

    /// Whether AppSync knows a member of the request; an unknown one is refused.
    fn takes(self, member: &str) -> bool {
        matches!(member, "version" | "operation")
            || match self {
                Operation::GetItem => matches!(member, "key" | "consistentRead" | "projection"),
                Operation::PutItem => member == "attributeValues" || KEYED.contains(&member),
                Operation::UpdateItem => member == "update" || KEYED.contains(&member),
                Operation::DeleteItem => KEYED.contains(&member),
                Operation::Query => matches!(member, "query" | "scanIndexForward") || PAGED.contains(&member),
                Operation::Scan => matches!(member, "totalSegments" | "segment") || PAGED.contains(&member),
                Operation::Sync => matches!(
                    member,
                    "basePartitionKey" | "deltaIndexName" | "limit" | "nextToken" | "lastSync" | "filter"
                ),
                Operation::BatchGetItem | Operation::BatchPutItem | Operation::BatchDeleteItem => member == "tables",
                Operation::TransactGetItems | Operation::TransactWriteItems => member == "transactItems",
                Operation::ConditionCheck => matches!(member, "key" | "condition"),
            }
    }
}

/// A request's members. A member that is null counts as absent: templates write `"filter": null` for none.
#[derive(Debug, Clone, Copy)]
pub struct Request<'j> {
    members: &'j Map<String, Json>,
    /// What it asks for.
    pub operation: Operation,
    /// Where it stands in the whole request, for messages: `$`, `$[transactItems][0]`.
    place: Place,
}

/// An element of a transaction, or the whole request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Whole,
    TransactItem(usize),
}

impl<'j> Request<'j> {
    /// Reads a request; its members are read when an operation asks for them.
    pub fn read(json: &'j Json) -> Result<Request<'j>, Refusal> {
        let members = json.as_object().ok_or_else(|| Refusal::wrong_type("$", "OBJECT", json))?;
        let operation = match members.get("operation") {
            None | Some(Json::Null) => return Err(Refusal::not_found("$[operation]")),
            Some(Json::String(name)) => Operation::from_name(name).ok_or_else(|| Refusal::unknown_operation(name))?,
            Some(other) => return Err(Refusal::wrong_type("$[operation]", "STRING", other)),
        };
        let request = Request { members, operation, place: Place::Whole };
        match members.keys().find(|member| !operation.takes(member)) {
            Some(member) => Err(Refusal::unsupported(&request.at(member))),
            None => Ok(request),
        }
    }

    /// Reads an element of a transaction: the table it names, and what it asks for there. `default` is the operation
    /// of one that names none.
    pub fn read_transact_item(
        json: &'j Json,
        index: usize,
        default: Option<Operation>,
    ) -> Result<(&'j str, Self), Refusal> {
        let place = Place::TransactItem(index);
        let members = json.as_object().ok_or_else(|| Refusal::wrong_type(&place.to_string(), "OBJECT", json))?;
        let unread = Request { members, operation: Operation::ConditionCheck, place };
        let operation = match (unread.text("operation")?, default) {
            (None, Some(default)) => default,
            (None, None) => return Err(Refusal::not_found(&unread.at("operation"))),
            (Some("PutItem"), None) => Operation::PutItem,
            (Some("UpdateItem"), None) => Operation::UpdateItem,
            (Some("DeleteItem"), None) => Operation::DeleteItem,
            (Some("ConditionCheck"), None) => Operation::ConditionCheck,
            (Some(other), _) => return Err(Refusal::unknown_operation(other)),
        };
        let request = Request { operation, ..unread };
        if let Some(member) = members.keys().find(|member| *member != "table" && !operation.takes(member)) {
            return Err(Refusal::unsupported(&request.at(member)));
        }
        let table = request.text("table")?.ok_or_else(|| Refusal::not_found(&request.at("table")))?;
        Ok((table, request))
    }

    /// Where a member stands, for messages: `$[key]`.
    fn at(&self, member: &str) -> String {
        format!("{}[{member}]", self.place)
    }

    /// The members of an object; none when it is absent.
    pub fn object(&self, member: &str) -> Result<&'j Map<String, Json>, Refusal> {
        let value = self.get(member).ok_or_else(|| Refusal::not_found(&self.at(member)))?;
        value.as_object().ok_or_else(|| Refusal::wrong_type(&self.at(member), "OBJECT", value))
    }

    /// The elements of a list.
    pub fn list(&self, member: &str) -> Result<&'j [Json], Refusal> {
        let value = self.get(member).ok_or_else(|| Refusal::not_found(&self.at(member)))?;
        value.as_array().map(Vec::as_slice).ok_or_else(|| Refusal::wrong_type(&self.at(member), "ARRAY", value))
    }

    fn get(&self, member: &str) -> Option<&'j Json> {
        self.members.get(member).filter(|value| !value.is_null())
    }

    /// A member that maps names to typed values.
    pub fn item(&self, member: &str) -> Result<Option<Item>, Refusal> {
        self.get(member).map(|value| typed_members(value, &self.at(member))).transpose()
    }

    /// `key`.
    pub fn key(&self) -> Result<Item, Refusal> {
        self.item("key")?.ok_or_else(|| Refusal::not_found(&self.at("key")))
    }

    /// An expression with its placeholders; `extra` names the members it may have besides.
    pub fn section(&self, member: &str, extra: &[&str]) -> Result<Option<Section>, Refusal> {
        self.get(member).map(|value| section_of(value, &self.at(member), extra)).transpose()
    }

    /// The refusal of a request that lacks a member.
    pub fn lacks(&self, member: &str) -> Refusal {
        Refusal::not_found(&self.at(member))
    }

    /// A member of `condition` beside the expression.
    pub fn condition_member(&self, name: &str) -> Option<&'j Json> {
        self.get("condition")?.get(name).filter(|value| !value.is_null())
    }

    /// A text.
    pub fn text(&self, member: &str) -> Result<Option<&'j str>, Refusal> {
        match self.get(member) {
            None => Ok(None),
            Some(Json::String(text)) => Ok(Some(text)),
            Some(other) => Err(Refusal::wrong_type(&self.at(member), "STRING", other)),
        }
    }

    /// A whole number, or the text of one (unverified: Amplify's clients send numbers only).
    pub fn integer(&self, member: &str) -> Result<Option<i64>, Refusal> {
        let Some(value) = self.get(member) else { return Ok(None) };
        let number = match value {
            Json::Number(number) => super::number::Number::from_json(number).ok().and_then(|n| n.to_i64()),
            Json::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.map(Some).ok_or_else(|| Refusal::wrong_type(&self.at(member), "NUMBER", value))
    }

    /// A boolean.
    pub fn boolean(&self, member: &str) -> Result<Option<bool>, Refusal> {
        match self.get(member) {
            None => Ok(None),
            Some(Json::Bool(truth)) => Ok(Some(*truth)),
            Some(other) => Err(Refusal::wrong_type(&self.at(member), "BOOLEAN", other)),
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Whole => f.write_str("$"),
            Place::TransactItem(index) => write!(f, "$[transactItems][{index}]"),
        }
    }
}

/// The expression of an object at a place of the request.
pub fn section_of(value: &Json, place: &str, extra: &[&str]) -> Result<Section, Refusal> {
    let members = value.as_object().ok_or_else(|| Refusal::wrong_type(place, "OBJECT", value))?;
    let known =
        |name: &str| matches!(name, "expression" | "expressionNames" | "expressionValues") || extra.contains(&name);
    if let Some(name) = members.keys().find(|name| !known(name)) {
        return Err(Refusal::unsupported(&format!("{place}[{name}]")));
    }
    let part = |name: &str| members.get(name).filter(|value| !value.is_null());
    let at = |name: &str| format!("{place}[{name}]");
    let expression = match part("expression") {
        None => return Err(Refusal::not_found(&at("expression"))),
        Some(Json::String(text)) => text.clone(),
        Some(other) => return Err(Refusal::wrong_type(&at("expression"), "STRING", other)),
    };
    let names = part("expressionNames").map(|value| names_of(value, &at("expressionNames"))).transpose()?;
    let values = part("expressionValues").map(|value| typed_members(value, &at("expressionValues"))).transpose()?;
    Ok(Section { expression, names, values })
}

/// The item of an object whose members are typed values, at a place of the request.
pub fn typed_members(value: &Json, place: &str) -> Result<Item, Refusal> {
    let members = value.as_object().ok_or_else(|| Refusal::wrong_type(place, "OBJECT", value))?;
    members
        .iter()
        .map(|(name, value)| Ok((name.clone(), Attribute::from_typed(value, &format!("{place}[{name}]"))?)))
        .collect()
}

fn names_of(value: &Json, place: &str) -> Result<IndexMap<String, String>, Refusal> {
    let members = value.as_object().ok_or_else(|| Refusal::wrong_type(place, "OBJECT", value))?;
    members
        .iter()
        .map(|(alias, name)| match name {
            Json::String(name) => Ok((alias.clone(), name.clone())),
            other => Err(Refusal::wrong_type(&format!("{place}[{alias}]"), "STRING", other)),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_appsync_does_not_take_is_named() {
        for (request, message) in [
            (json!({"version": "2018-05-29"}), "Value for field '$[operation]' not found."),
            (json!({"operation": "Scan", "scanIndexForward": true}), "Unsupported element '$[scanIndexForward]'."),
            (
                json!({"operation": "GetItem", "hasCustomPartitionKey": 1}),
                "Unsupported element '$[hasCustomPartitionKey]'.",
            ),
        ] {
            assert_eq!(Request::read(&request).unwrap_err().message(), message);
        }
        for (condition, message) in [
            (
                json!({"returnValuesOnConditionCheckFailure": false, "expression": "a"}),
                "Unsupported element '$[condition][returnValuesOnConditionCheckFailure]'.",
            ),
            (json!({"expressionNames": {}}), "Value for field '$[condition][expression]' not found."),
        ] {
            let json = json!({"operation": "UpdateItem", "condition": condition});
            let request = Request::read(&json).unwrap();
            assert_eq!(request.section("condition", &[]).unwrap_err().message(), message);
        }
    }

    #[test]
    fn null_members_are_absent_ones() {
        let json = json!({"operation": "Query", "filter": null, "nextToken": null, "limit": 100.0});
        let request = Request::read(&json).unwrap();
        assert_eq!(request.section("filter", &[]), Ok(None));
        assert_eq!(request.text("nextToken"), Ok(None));
        assert_eq!(request.integer("limit"), Ok(Some(100)));
    }
}
