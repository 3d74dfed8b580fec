//! Data sources that are not simulated: `NONE` gives its payload back, the others answer what was recorded.

use serde_json::Value as Json;

use super::Reply;
use super::data::Data;
use super::trace::Fact;
use crate::api::DataSource;

/// `NONE`: the request's payload; null without one.
pub(super) fn none(request: &Json) -> Reply {
    Reply::result(request.get("payload").cloned().unwrap_or(Json::Null))
}

/// Lambda, HTTP, RDS, OpenSearch, EventBridge: the recorded response, which is `$ctx.result` as it stands.
pub(super) fn fixture(source: &DataSource, kind: &str, request: &Json, data: &Data, field: &str) -> Reply {
    match recorded(source, data, field) {
        Some(value) => Reply::result(value),
        None => Reply::Undecided(Fact::new(
            format!("response of data source {}", source.name),
            format!("`{}` ({kind}) answers `{field}`, and nobody said what", source.name),
            format!("--data (responses.{field} or responses.{})", source.name),
            request,
        )),
    }
}

/// The recorded response: the field's own, else the data source's.
pub(super) fn recorded(source: &DataSource, data: &Data, field: &str) -> Option<Json> {
    data.response(field).or_else(|| data.response(&source.name)).cloned()
}
