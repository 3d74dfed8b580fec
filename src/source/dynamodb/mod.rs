//! DynamoDB in memory, behind AppSync's request JSON: as much of it as decides what a caller gets and why.
//!
//! Not carried out: Batch* and Transact* operations (undecided, unless `responses` answers them), reserved words as
//! bare names, item size and throughput limits, which attributes an index projects.

mod attribute;
mod bind;
mod evaluate;
mod expression;
mod failure;
mod item;
mod number;
mod page;
mod parse;
mod read;
mod request;
mod session;
mod update;
mod versioning;

#[cfg(test)]
mod tests;

use serde_json::Value as Json;

pub(super) use attribute::{Attribute, Item, item_from_plain, item_to_plain};

use crate::api::{DataSource, Table};
use crate::source::data::Data;
use crate::source::respond::recorded;
use crate::source::trace::Fact;
use crate::source::{Answer, Reply};
use request::{Operation, Request};
use session::Session;

pub use failure::REQUEST_ID;

/// Carries a request out at a table.
pub(super) fn execute(
    source: &DataSource,
    table: &Table,
    json: &Json,
    data: &mut Data,
    now_ms: i64,
    field: &str,
) -> Answer {
    let request = match Request::read(json) {
        Ok(request) => request,
        Err(refusal) => return refusal.into_reply().into(),
    };
    if let Operation::Other(name) = request.operation {
        return match recorded(source, data, field) {
            Some(value) => Reply::result(value).into(),
            None => Reply::Undecided(Fact::new(
                format!("response of data source {}", source.name),
                format!("`{name}` is not carried out here"),
                format!("--data (responses.{field})"),
                json,
            ))
            .into(),
        };
    }
    let mut session = Session::open(source, table, request, data, now_ms);
    let outcome = match request.operation {
        Operation::GetItem => item::get_item(&mut session),
        Operation::PutItem => item::put_item(&mut session),
        Operation::UpdateItem => item::update_item(&mut session),
        Operation::DeleteItem => item::delete_item(&mut session),
        Operation::Query => read::query(&mut session),
        Operation::Scan => read::scan(&mut session),
        Operation::Sync | Operation::Other(_) => read::sync(&mut session),
    };
    let unknown_table = (!session.known).then(|| session.name.clone());
    Answer { reply: outcome.unwrap_or_else(failure::Refusal::into_reply), unknown_table }
}
