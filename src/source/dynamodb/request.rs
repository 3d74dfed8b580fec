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
    /// An operation of AppSync that is not carried out here.
    Other(&'static str),
}

const KEYED: &[&str] = &["key", "condition", "customPartitionKey", "populateIndexFields", "_version"];
const PAGED: &[&str] = &["filter", "index", "limit", "nextToken", "consistentRead", "select", "projection"];

impl Operation {
    fn from_name(name: &str) -> Option<Operation> {
        Some(match name {
            "GetItem" => Operation::GetItem,
            "PutItem" => Operation::PutItem,
            "UpdateItem" => Operation::UpdateItem,
            "DeleteItem" => Operation::DeleteItem,
            "Query" => Operation::Query,
            "Scan" => Operation::Scan,
            "Sync" => Operation::Sync,
            "BatchGetItem" => Operation::Other("BatchGetItem"),
            "BatchPutItem" => Operation::Other("BatchPutItem"),
            "BatchDeleteItem" => Operation::Other("BatchDeleteItem"),
            "TransactGetItems" => Operation::Other("TransactGetItems"),
            "TransactWriteItems" => Operation::Other("TransactWriteItems"),
            _ => return None,
        })
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
                Operation::Other(_) => true,
            }
    }
}

/// A request's members. A member that is null counts as absent: templates write `"filter": null` for none.
#[derive(Debug, Clone, Copy)]
pub struct Request<'j> {
    /// The request as rendered.
    pub json: &'j Json,
    members: &'j Map<String, Json>,
    /// What it asks for.
    pub operation: Operation,
}

impl<'j> Request<'j> {
    /// Reads a request; its members are read when an operation asks for them.
    pub fn read(json: &'j Json) -> Result<Request<'j>, Refusal> {
        let members = json.as_object().ok_or_else(|| Refusal::wrong_type("$", "OBJECT", json))?;
        let operation = match members.get("operation") {
            None | Some(Json::Null) => return Err(Refusal::not_found("$[operation]")),
            Some(Json::String(name)) => Operation::from_name(name).ok_or_else(|| unknown_operation(name))?,
            Some(other) => return Err(Refusal::wrong_type("$[operation]", "STRING", other)),
        };
        if let Some(member) = members.keys().find(|member| !operation.takes(member)) {
            return Err(Refusal::unsupported(&format!("$[{member}]")));
        }
        Ok(Request { json, members, operation })
    }

    fn get(&self, member: &str) -> Option<&'j Json> {
        self.members.get(member).filter(|value| !value.is_null())
    }

    /// A member that maps names to typed values.
    pub fn item(&self, member: &str) -> Result<Option<Item>, Refusal> {
        self.get(member).map(|value| typed_members(value, &format!("$[{member}]"))).transpose()
    }

    /// `key`.
    pub fn key(&self) -> Result<Item, Refusal> {
        self.item("key")?.ok_or_else(|| Refusal::not_found("$[key]"))
    }

    /// An expression with its placeholders; `extra` names the members it may have besides.
    pub fn section(&self, member: &str, extra: &[&str]) -> Result<Option<Section>, Refusal> {
        let Some(value) = self.get(member) else { return Ok(None) };
        let place = format!("$[{member}]");
        let members = value.as_object().ok_or_else(|| Refusal::wrong_type(&place, "OBJECT", value))?;
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
        Ok(Some(Section { expression, names, values }))
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
            Some(other) => Err(Refusal::wrong_type(&format!("$[{member}]"), "STRING", other)),
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
        number.map(Some).ok_or_else(|| Refusal::wrong_type(&format!("$[{member}]"), "NUMBER", value))
    }

    /// A boolean.
    pub fn boolean(&self, member: &str) -> Result<Option<bool>, Refusal> {
        match self.get(member) {
            None => Ok(None),
            Some(Json::Bool(truth)) => Ok(Some(*truth)),
            Some(other) => Err(Refusal::wrong_type(&format!("$[{member}]"), "BOOLEAN", other)),
        }
    }
}

/// Unverified wording.
fn unknown_operation(name: &str) -> Refusal {
    Refusal::Request(format!("Unsupported operation '{name}'."))
}

fn typed_members(value: &Json, place: &str) -> Result<Item, Refusal> {
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
