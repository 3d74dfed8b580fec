//! `$util`, `$utils` and `$extensions`: one file a namespace, each a table of [`Helper`]s. A row gives
//! dispatch, documentation, lint and completion.

use crate::limits::Env;
use crate::value::{Thrown, Value};

/// What a parameter takes, by Java's rules of method lookup: null fits everything but [`Type::Bool`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// `Object`
    Any,
    /// `String`
    Str,
    /// `boolean`, primitive: null does not fit.
    Bool,
    /// `Boolean`: null fits.
    BoxedBool,
    /// Any number.
    Num,
    /// Integer or Long.
    Int,
    /// `List`
    List,
    /// `Map`
    Map,
    /// `Object…`: any number of further arguments; only last.
    Rest,
}

/// One helper: a row of a namespace's table.
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
    /// Whether its behaviour is documented or recorded; else it is our reading.
    pub verified: bool,
    /// Templates and what they render to; they run as tests.
    pub examples: &'static [(&'static str, &'static str)],
    /// The code. Arguments fit one of the overloads.
    pub run: fn(&mut Host<'_>, &[Value]) -> Result<Value, Raised>,
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

/// What ends an evaluation from inside a helper.
#[derive(Clone, Debug)]
pub enum Raised {
    /// `$util.unauthorized()`
    Unauthorized,
    /// `$util.error(..)`, `$util.validate(false, ..)`
    Error(Box<ErrorObject>),
    /// A Java exception.
    Thrown(Thrown),
}

impl From<Thrown> for Raised {
    fn from(thrown: Thrown) -> Self {
        Raised::Thrown(thrown)
    }
}

/// What helpers see of, and do to, the world around a template.
pub struct Host<'a> {
    /// Clock, ids, limits.
    pub env: &'a Env,
    /// What `$util.authType()` returns.
    pub auth_type: &'a str,
    /// Lines of `$util.log`.
    pub logs: Vec<String>,
    /// Errors of `$util.appendError`.
    pub out_errors: Vec<ErrorObject>,
    /// Calls of `$extensions`: method name and arguments.
    pub extensions: Vec<(&'static str, Vec<Value>)>,
    /// Headers of `$util.http.addResponseHeader`.
    pub response_headers: Vec<(String, String)>,
}
