//! The body of a GraphQL request over HTTP.

use serde_json::{Map, Value as Json};

/// A GraphQL request: what AppSync reads from the body, or from the URL of a GET.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct GraphQlBody {
    /// The GraphQL document; empty when there is a [`GraphQlBody::problem`].
    pub query: String,
    /// The variables as sent.
    pub variables: Map<String, Json>,
    /// Which operation of the document to run.
    pub operation_name: Option<String>,
    /// Why there is no document.
    pub problem: Option<BodyProblem>,
}

/// Why a request has no GraphQL document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyProblem {
    /// The capture does not hold the body that was sent.
    Lost,
    /// Nothing was sent.
    Empty,
    /// Not JSON, or not an object with a `query` text: a batch, a persisted query …
    NotARequest,
}

impl GraphQlBody {
    /// A document to run with variables.
    pub fn new(query: impl Into<String>, variables: Map<String, Json>, operation_name: Option<String>) -> Self {
        GraphQlBody { query: query.into(), variables, operation_name, problem: None }
    }

    /// A body that holds no document.
    pub fn without_document(problem: BodyProblem) -> Self {
        GraphQlBody { problem: Some(problem), ..GraphQlBody::default() }
    }

    /// Reads a POST body.
    pub fn from_text(text: &str) -> Self {
        if text.trim().is_empty() {
            return GraphQlBody::without_document(BodyProblem::Empty);
        }
        let text = text.trim_start_matches('\u{feff}');
        serde_json::from_str::<Json>(text)
            .map_or_else(|_| GraphQlBody::without_document(BodyProblem::NotARequest), |json| Self::from_json(&json))
    }

    /// Reads a POST body that is JSON. `variables` may be an object, null, or (as some clients send) JSON in a text.
    pub fn from_json(json: &Json) -> Self {
        let Some(query) = json.get("query").and_then(Json::as_str) else {
            return GraphQlBody::without_document(BodyProblem::NotARequest);
        };
        let variables = match json.get("variables") {
            Some(Json::Object(members)) => members.clone(),
            Some(Json::String(text)) => variables_from_text(text),
            _ => Map::new(),
        };
        GraphQlBody::new(query, variables, operation_name(json.get("operationName").and_then(Json::as_str)))
    }

    /// Reads the parameters of a GET: `query`, `variables`, `operationName`.
    pub fn from_parameters(parameters: &[(String, String)]) -> Self {
        let get = |name: &str| parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let Some(query) = get("query") else { return GraphQlBody::without_document(BodyProblem::Empty) };
        let variables = get("variables").map(variables_from_text).unwrap_or_default();
        GraphQlBody::new(query, variables, operation_name(get("operationName")))
    }

    /// Whether the text looks like GraphQL rather than like some other API's `query`.
    pub fn looks_like_graphql(&self) -> bool {
        let text = self.query.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        let starts = ["{", "query", "mutation", "subscription", "fragment", "#"];
        text.contains('{') && starts.iter().any(|start| text.starts_with(start))
    }
}

fn variables_from_text(text: &str) -> Map<String, Json> {
    match serde_json::from_str(text) {
        Ok(Json::Object(members)) => members,
        _ => Map::new(),
    }
}

/// An empty name counts as none: Apollo sends `""` for anonymous operations.
fn operation_name(name: Option<&str>) -> Option<String> {
    name.filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_clients_send() {
        let read = |text: &str| GraphQlBody::from_text(text);
        assert_eq!(read(r#"{"query":"{a}","variables":null,"operationName":""}"#).operation_name, None);
        assert_eq!(read(r#"{"query":"{a}","variables":"{\"x\":1}"}"#).variables["x"], 1);
        assert_eq!(read("").problem, Some(BodyProblem::Empty));
        for refused in ["meow", "{}", "[]", r#"[{"query":"{a}"}]"#, r#"{"extensions":{"persistedQuery":{}}}"#] {
            assert_eq!(read(refused).problem, Some(BodyProblem::NotARequest), "{refused}");
        }
        assert!(read(r#"{"query":"query Q { a }"}"#).looks_like_graphql());
        assert!(!read(r#"{"query":"select * from t"}"#).looks_like_graphql());
    }
}
