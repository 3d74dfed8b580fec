//! The ARNs of an API and its fields.

use super::pattern::{Part, literal};

/// What is known of an API's ARN. An empty part is one that nobody gave.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiArn {
    /// `aws`, `aws-cn` …
    pub partition: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// The API's id.
    pub api_id: String,
}

/// The ARN of a field, `arn:PARTITION:appsync:REGION:ACCT:apis/APIID/types/T/fields/F`, by its segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FieldArn {
    /// `arn`, partition, service, region, account.
    pub head: [Segment; 5],
    /// `apis`, its id, `types`, the type, `fields`, the field.
    pub path: [Segment; 6],
}

/// A segment, and what it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Segment {
    pub name: &'static str,
    /// Empty when nobody gave it.
    pub text: String,
    /// The parameter that gives it.
    pub parameter: &'static str,
}

impl Segment {
    fn new(name: &'static str, text: &str, parameter: &'static str) -> Segment {
        Segment { name, text: text.to_owned(), parameter }
    }

    pub fn parts(&self) -> Vec<Part> {
        if self.text.is_empty() {
            // The name that builds give their placeholders.
            vec![Part::Open(self.parameter.trim_start_matches("AWS::").to_owned())]
        } else {
            literal(&self.text)
        }
    }

    pub fn pattern(&self) -> &str {
        if self.text.is_empty() { "*" } else { &self.text }
    }

    fn shown(&self) -> String {
        if self.text.is_empty() { format!("${{{}}}", self.parameter) } else { self.text.clone() }
    }
}

impl FieldArn {
    pub fn new(api: &ApiArn, type_name: &str, field: &str) -> FieldArn {
        FieldArn {
            head: [
                Segment::new("prefix", "arn", ""),
                Segment::new("partition", &api.partition, "AWS::Partition"),
                Segment::new("service", "appsync", ""),
                Segment::new("region", &api.region, "AWS::Region"),
                Segment::new("account", &api.account, "AWS::AccountId"),
            ],
            path: [
                Segment::new("keyword", "apis", ""),
                Segment::new("API id", &api.api_id, "ApiId"),
                Segment::new("keyword", "types", ""),
                Segment::new("type", type_name, ""),
                Segment::new("keyword", "fields", ""),
                Segment::new("field", field, ""),
            ],
        }
    }

    pub fn parts(&self) -> Vec<Part> {
        let mut parts = Vec::new();
        for segment in &self.head {
            parts.extend(segment.parts());
            parts.push(Part::Char(':'));
        }
        for (index, segment) in self.path.iter().enumerate() {
            if index > 0 {
                parts.push(Part::Char('/'));
            }
            parts.extend(segment.parts());
        }
        parts
    }

    /// Its text; a segment that nobody gave is shown by the parameter that gives it.
    pub fn shown(&self) -> String {
        let join = |segments: &[Segment], by: &str| segments.iter().map(Segment::shown).collect::<Vec<_>>().join(by);
        format!("{}:{}", join(&self.head, ":"), join(&self.path, "/"))
    }

    /// Its text as a policy would name it: any value does for a segment that nobody gave.
    pub fn pattern(&self) -> String {
        let join = |segments: &[Segment], by: &str| segments.iter().map(Segment::pattern).collect::<Vec<_>>().join(by);
        format!("{}:{}", join(&self.head, ":"), join(&self.path, "/"))
    }

    /// The parameters that give its open segments.
    pub fn open(&self) -> Vec<&'static str> {
        self.head.iter().chain(&self.path).filter(|segment| segment.text.is_empty()).map(|s| s.parameter).collect()
    }
}
