//! DynamoDB in memory, behind AppSync's request JSON.
//!
//! Not carried out: throughput, pages of 1 MB, parallel scans, the permissions of the data source's role.

mod attribute;
mod bind;
mod evaluate;
mod expression;
mod failure;
mod item;
mod many;
mod number;
mod page;
mod parse;
mod read;
mod request;
mod reserved;
mod session;
mod size;
mod update;
mod versioning;

#[cfg(test)]
mod tests;

pub(super) use attribute::{Attribute, Item, item_from_plain, item_to_plain};

use crate::api::Table;
use crate::source::data::Data;
use crate::source::{Answer, Call, shape};
use failure::Refusal;
use request::{Operation, Request};
use session::{Declared, Session};

pub use failure::REQUEST_ID;

/// Carries a request out at a table.
pub(super) fn execute(call: &Call<'_>, table: &Table, data: &mut Data) -> Answer {
    let request = match read(call, table) {
        Ok(request) => request,
        Err(refusal) => return refusal.into_reply().into(),
    };
    let declared = Declared { source: &call.source.name, table };
    match request.operation {
        Operation::BatchGetItem
        | Operation::BatchPutItem
        | Operation::BatchDeleteItem
        | Operation::TransactGetItems
        | Operation::TransactWriteItems => return many::execute(call, declared, request, data),
        _ => {}
    }
    let mut session = Session::open(call, declared, request, data);
    let outcome = match request.operation {
        Operation::GetItem => item::get_item(&session),
        Operation::Query => read::query(&session),
        Operation::Scan => read::scan(&session),
        Operation::Sync => read::sync(&session),
        _ => item::write_item(&mut session),
    };
    let unknown_tables = if session.known { Vec::new() } else { vec![session.name] };
    Answer { reply: outcome.unwrap_or_else(Refusal::into_reply), unknown_tables }
}

/// The request, when the version and the table have its operation.
fn read<'a>(call: &Call<'a>, table: &Table) -> Result<Request<'a>, Refusal> {
    let request = Request::read(call.request)?;
    let operation = request.operation;
    if shape::is_old(call) && !operation.is_old() {
        return Err(Refusal::unknown_operation(operation.name()));
    }
    if table.versioned && !operation.is_versioned() {
        // Recorded in amplify-category-api#1898 and amplify docs#1925, documented under "UnsupportedOperation".
        return Err(Refusal::Request(format!(
            "Unsupported operation '{}'. Datasource Versioning only supports the following operations \
             (TransactGetItems,PutItem,BatchGetItem,Scan,Query,GetItem,DeleteItem,UpdateItem,Sync)",
            operation.name()
        )));
    }
    Ok(request)
}
