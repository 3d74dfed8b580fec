//! `$util`, `$utils` and `$extensions`: one file a namespace, each a table of [`Helper`]s. A row gives
//! dispatch, documentation, lint and completion.
//!
//! Helpers know values and the [`Host`]; they know nothing of templates, requests or data sources.

mod auth_rules;
mod core;
pub mod docs;
mod dynamodb;
mod encode;
mod error;
mod extensions;
mod http;
mod ids;
mod list;
mod log;
mod lookup;
mod map;
mod math;
mod rds;
mod str;
mod time;
mod time_format;
mod time_zone;
mod transform;
mod xml;

pub use lookup::{all, find, is_namespace, namespace, namespaces, nearest};

use crate::limits::Env;
use crate::value::{ListKind, MapKind, Thrown, Value, java};

/// Every helper, one table a namespace.
pub static TABLES: &[&[Helper]] = &[
    core::TABLE,
    encode::TABLE,
    ids::TABLE,
    error::TABLE,
    log::TABLE,
    list::TABLE,
    map::TABLE,
    dynamodb::TABLE,
    transform::TABLE,
    time::TABLE,
    math::TABLE,
    str::TABLE,
    rds::TABLE,
    http::TABLE,
    xml::TABLE,
    auth_rules::TABLE,
    extensions::TABLE,
];

/// What a parameter takes, by Java's rules of method lookup: null fits everything but [`Type::Bool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `Object`
    Any,
    /// `String`
    Str,
    /// `byte[]`
    Bytes,
    /// `boolean`, primitive: null does not fit.
    Bool,
    /// `Boolean`: null fits.
    BoxedBool,
    /// Any number.
    Num,
    /// Integer or Long.
    Int,
    /// `List`: no array, no set.
    List,
    /// `Map`
    Map,
    /// `Object…`: any number of further arguments; only last.
    Rest,
}

impl Type {
    /// Whether a value of that class may be passed. Nothing is converted: a Boolean is no String.
    pub fn takes(self, value: &Value) -> bool {
        use crate::value::Object::Bytes;
        match self {
            Type::Any | Type::Rest => true,
            Type::Bool => matches!(value, Value::Bool(_)),
            _ if value.is_null() => true,
            Type::Str => matches!(value, Value::Str(_)),
            Type::Bytes => matches!(value, Value::Object(object) if matches!(**object, Bytes(_))),
            Type::BoxedBool => matches!(value, Value::Bool(_)),
            Type::Num => java::is_number(value),
            Type::Int => matches!(value, Value::Int(_) | Value::Long(_)),
            Type::List => matches!(value, Value::List(list) if list.kind == ListKind::ArrayList),
            Type::Map => matches!(value, Value::Map(map) if map.kind != MapKind::Context),
        }
    }

    /// The name in signatures.
    pub fn name(self) -> &'static str {
        match self {
            Type::Any => "Object",
            Type::Str => "String",
            Type::Bytes => "byte[]",
            Type::Bool => "boolean",
            Type::BoxedBool => "Boolean",
            Type::Num => "Number",
            Type::Int => "Long",
            Type::List => "List",
            Type::Map => "Map",
            Type::Rest => "Object…",
        }
    }
}

/// One helper: a row of a namespace's table.
#[derive(Debug)]
pub struct Helper {
    /// Dotted path: `util.dynamodb.toDynamoDB`, `extensions.setSubscriptionFilter`.
    pub path: &'static str,
    /// The parameter lists it takes.
    pub overloads: &'static [&'static [Type]],
    /// What it returns, for documentation: `String`, `Map`, `void` …
    pub returns: &'static str,
    /// What it does, in a sentence or two.
    pub doc: &'static str,
    /// The AppSync page or recorded evidence.
    pub source: &'static str,
    /// What of its behaviour no page and no recording settles; empty when all of it is settled. COMPATIBILITY.md
    /// names every helper that has some.
    pub unverified: &'static str,
    /// Templates and what they render to; they run as tests.
    pub examples: &'static [(&'static str, &'static str)],
    /// The code. Arguments fit one of the overloads.
    pub run: fn(&mut Host<'_>, &[Value]) -> Result<Value, Raised>,
}

impl Helper {
    /// Whether Java's method lookup finds an overload for these arguments.
    pub fn accepts(&self, args: &[Value]) -> bool {
        self.overloads.iter().any(|parameters| overload_takes(parameters, args))
    }

    /// Calls it; `None` when no overload accepts the arguments, which makes the whole reference null.
    ///
    /// # Errors
    /// Whatever ends the evaluation: `$util.error`, `$util.unauthorized`, a Java exception.
    pub fn call(&self, host: &mut Host<'_>, args: &[Value]) -> Result<Option<Value>, Raised> {
        if self.accepts(args) { (self.run)(host, args).map(Some) } else { Ok(None) }
    }

    /// The namespace it is in: `util.dynamodb` of `util.dynamodb.toDynamoDB`.
    pub fn namespace(&self) -> &'static str {
        self.path.rsplit_once('.').map_or("", |(namespace, _)| namespace)
    }

    /// Its name in the namespace: `toDynamoDB` of `util.dynamodb.toDynamoDB`.
    pub fn name(&self) -> &'static str {
        self.path.rsplit_once('.').map_or(self.path, |(_, name)| name)
    }

    /// One line an overload, as a template calls it: `$util.error(String, String)`.
    pub fn signatures(&self) -> impl Iterator<Item = String> {
        self.overloads.iter().map(|parameters| {
            let parameters: Vec<&str> = parameters.iter().map(|parameter| parameter.name()).collect();
            format!("${}({})", self.path, parameters.join(", "))
        })
    }
}

fn overload_takes(parameters: &[Type], args: &[Value]) -> bool {
    match parameters.split_last() {
        Some((Type::Rest, fixed)) => args.len() >= fixed.len() && fixed.iter().zip(args).all(|(p, arg)| p.takes(arg)),
        _ => parameters.len() == args.len() && parameters.iter().zip(args).all(|(p, arg)| p.takes(arg)),
    }
}

/// An error object a template raised or appended.
#[derive(Clone, Debug)]
pub struct ErrorObject {
    /// The message; null when none was given.
    pub message: Option<String>,
    /// Its type.
    pub error_type: Option<String>,
    /// Its data.
    pub data: Value,
    /// Its info.
    pub info: Value,
}

impl ErrorObject {
    /// As templates see it in `$ctx.outErrors`. Unverified: the members' names.
    pub fn to_value(&self) -> Value {
        let text = |text: &Option<String>| text.as_deref().map_or(Value::Null, Value::str);
        Value::map([
            ("message", text(&self.message)),
            ("type", text(&self.error_type)),
            ("data", self.data.clone()),
            ("errorInfo", self.info.clone()),
        ])
    }
}

/// What ends an evaluation from inside a helper.
#[derive(Clone, Debug)]
pub enum Raised {
    /// `$util.unauthorized()`
    Unauthorized,
    /// `$util.error(..)`, `$util.validate(false, ..)`
    Error(Box<ErrorObject>),
    /// A Java exception.
    Thrown(Thrown),
    /// A helper of which nobody outside of the service knows what it does.
    Undecided,
}

impl From<Thrown> for Raised {
    fn from(thrown: Thrown) -> Self {
        Raised::Thrown(thrown)
    }
}

/// What null does where a helper needs a value and no page says otherwise: the exception Java would throw.
/// Unverified; ending the evaluation is the reading that never lets a request pass.
fn null_argument() -> Raised {
    Raised::Thrown(Thrown::new("java.lang.NullPointerException", "null"))
}

/// What helpers see of, and do to, the world around a template.
pub struct Host<'a> {
    /// Clock, ids, limits.
    pub env: &'a Env,
    /// What `$util.authType()` returns.
    pub auth_type: &'a str,
    /// Lines of `$util.log`, each with its level in front: `INFO - …`.
    pub logs: Vec<String>,
    /// Errors of `$util.appendError`.
    pub out_errors: Vec<ErrorObject>,
    /// `$ctx.outErrors`: where the template sees them.
    pub shown_errors: Value,
    /// Calls of `$extensions`: method name and arguments.
    pub extensions: Vec<(&'static str, Vec<Value>)>,
    /// Headers of `$util.http.addResponseHeader`.
    pub response_headers: Vec<(String, String)>,
}

impl<'a> Host<'a> {
    /// A world in which nothing has happened yet.
    pub fn new(env: &'a Env, auth_type: &'a str) -> Self {
        Host {
            env,
            auth_type,
            logs: Vec::new(),
            out_errors: Vec::new(),
            shown_errors: Value::Null,
            extensions: Vec::new(),
            response_headers: Vec::new(),
        }
    }

    fn append_error(&mut self, error: ErrorObject) {
        if let Value::List(shown) = &self.shown_errors {
            shown.restructure().push(error.to_value());
        }
        self.out_errors.push(error);
    }
}

#[cfg(test)]
mod tests;
