//! Versioned tables: what AppSync counts, marks and does about writes that do not see the stored version.

use serde_json::{Value as Json, json};

use super::{NOW, failure, source, table, value};
use crate::api::{ConflictHandler, Table};
use crate::source::{Answer, Call, Data, Reply};

fn run(handler: Option<&ConflictHandler>, data: &mut Data, request: Json) -> Answer {
    let table = Table { versioned: true, base_ttl_min: Some(60), delta_ttl_min: Some(30), ..table(&["id"], &[]) };
    let notes = source(table);
    let call = Call { now_ms: NOW, in_function: true, conflicts: handler, ..Call::new(&notes, &request, "Mutation.x") };
    crate::source::execute(&call, data)
}

fn data(items: Json) -> Data {
    Data::from_json("d", &json!({"NoteTable": items})).unwrap()
}

fn update(version: Json, set: &str, values: Json) -> Json {
    json!({"operation": "UpdateItem", "key": {"id": {"S": "1"}}, "_version": version,
        "update": {"expression": set, "expressionValues": values}})
}

#[test]
fn versions_are_counted_and_deletions_marked() {
    let mut data = data(json!([{"id": "1"}]));
    let mut run = |request: Json| value(run(None, &mut data, request));
    let after = run(update(json!(4), "SET t = :t", json!({":t": {"S": "x"}})));
    assert_eq!((after["_version"].as_i64(), after["_lastChangedAt"].as_i64()), (Some(5), Some(NOW)));
    let deleted = run(json!({"operation": "DeleteItem", "key": {"id": {"S": "1"}}, "_version": 5}));
    assert_eq!(
        deleted,
        json!({"id": "1", "t": "x", "_version": 6, "_lastChangedAt": NOW, "_deleted": true, "_ttl": NOW / 1000 + 3600})
    );
    let put = run(json!({"operation": "PutItem", "key": {"id": {"S": "2"}}}));
    assert_eq!(put, json!({"id": "2", "_version": 1, "_lastChangedAt": NOW}));
}

#[test]
fn a_sync_reads_the_changes_while_they_are_kept_and_else_the_table() {
    let items =
        json!([{"id": "1", "_lastChangedAt": NOW - 600_000}, {"id": "2", "_deleted": true, "_lastChangedAt": NOW}]);
    let mut data = data(items);
    let mut sync = |last: Json| {
        let request = json!({"operation": "Sync", "filter": null, "limit": 100, "lastSync": last, "nextToken": null});
        let page = value(run(None, &mut data, request));
        assert_eq!(page["startedAt"], NOW);
        page["items"].as_array().unwrap().len()
    };
    assert_eq!(sync(json!(null)), 2);
    assert_eq!(sync(json!(0)), 2);
    assert_eq!(sync(json!(NOW - 1000)), 1);
    assert_eq!(sync(json!(NOW - 1_800_001)), 2, "older than the 30 minutes that changes are kept");
}

#[test]
fn a_write_that_does_not_see_the_stored_version_is_the_handlers() {
    let stored = json!([{"id": "1", "_version": 4, "name": "Nadia", "tags": ["a"], "none": null, "m": {"x": 1}}]);
    let stale = |version: Json| {
        update(
            version,
            "SET #n = :n, tags = :tags, #none = :n, fresh = :n, m = :m",
            json!({":n": {"S": "new"}, ":tags": {"L": [{"S": "a"}, {"S": "b"}]}, ":m": {"M": {"x": {"N": 2}, "y": {"N": 3}}}}),
        )
    };
    let with_names = |version: Json| {
        let mut request = stale(version);
        request["update"]["expressionNames"] = json!({"#n": "name", "#none": "none"});
        request
    };
    let lambda = ConflictHandler::Lambda("arn:aws:lambda:x".into());

    for version in [json!(2), Json::Null] {
        let mut data = data(stored.clone());
        let rejected = run(Some(&ConflictHandler::OptimisticConcurrency), &mut data, with_names(version.clone()));
        let Reply::Failed { message, error_type, data: current, .. } = rejected.reply else { panic!() };
        assert_eq!((&*message, &*error_type), ("Conflict resolver rejects mutation.", "ConflictUnhandled"));
        assert_eq!(current, stored[0]);

        let merged = value(run(Some(&ConflictHandler::Automerge), &mut data, with_names(version.clone())));
        assert_eq!(
            merged,
            json!({"id": "1", "_version": 5, "name": "Nadia", "tags": ["a", "a", "b"], "none": "new",
                "m": {"x": 1, "y": 3}, "fresh": "new", "_lastChangedAt": NOW})
        );
        let Reply::Undecided(fact) = run(Some(&lambda), &mut data, with_names(version.clone())).reply else { panic!() };
        assert!(fact.why.contains("arn:aws:lambda:x") && fact.give_by.contains("_version: 5"), "{fact:?}");
        assert!(matches!(run(None, &mut data, with_names(version.clone())).reply, Reply::Undecided(_)));
        let overwritten = value(run(Some(&ConflictHandler::Off), &mut data, with_names(version)));
        assert_eq!(overwritten["name"], "new");
    }

    let count = update(json!(2), "SET n = if_not_exists(n, :z) + :i", json!({":z": {"N": 0}, ":i": {"N": 1}}));
    let answer = run(Some(&ConflictHandler::Automerge), &mut data(stored.clone()), count);
    assert!(matches!(answer.reply, Reply::Undecided(_)), "what a sum would merge to is not documented");
    let delete = json!({"operation": "DeleteItem", "key": {"id": {"S": "1"}}, "_version": 2});
    assert_eq!(failure(run(Some(&ConflictHandler::Automerge), &mut data(stored), delete)).0, "ConflictUnhandled");
}
