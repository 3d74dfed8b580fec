//! Versioned data sources: what a write does about conflicts, and how long changes are kept. Also the list of all
//! data sources, which requests need that name tables.

use std::sync::Arc;

use serde_json::Value;

use super::DATA_SOURCE;
use super::Deployment;
use super::place::At;
use super::references::Origin;
use crate::api::model::{ConflictHandler, DataSource, Table};
use crate::error::Result;

impl Deployment {
    /// Every data source, in the order of the stacks.
    pub(in crate::api) fn data_sources(&self) -> Result<Vec<Arc<DataSource>>> {
        let mut sources = Vec::new();
        for (number, stack) in self.stacks()? {
            for (id, resource) in stack.resources_of(DATA_SOURCE)? {
                let top = At::top(number);
                let section = top.key("Resources");
                if self.deployed(&section.key(id), resource)? {
                    sources.push(self.data_source(&Origin { stack: number, id: id.to_owned() })?);
                }
            }
        }
        Ok(sources)
    }

    /// The `SyncConfig` among a resolver's or function's properties.
    pub(super) fn conflicts(&self, at: &At<'_>, config: Option<&Value>) -> Result<Option<ConflictHandler>> {
        let Some(config) = config else { return Ok(None) };
        let config = self.eval(&at.key("SyncConfig"), config, &mut Vec::new())?;
        let text = |name: &str| config.get(name).and_then(Value::as_str);
        Ok(match (text("ConflictDetection"), text("ConflictHandler")) {
            (Some("NONE"), _) => Some(ConflictHandler::Off),
            (_, Some("OPTIMISTIC_CONCURRENCY")) => Some(ConflictHandler::OptimisticConcurrency),
            (_, Some("AUTOMERGE")) => Some(ConflictHandler::Automerge),
            (_, Some("LAMBDA")) => {
                let arn = config.pointer("/LambdaConflictHandlerConfig/LambdaConflictHandlerArn");
                Some(ConflictHandler::Lambda(arn.and_then(Value::as_str).unwrap_or_default().to_owned()))
            }
            _ => None,
        })
    }

    /// The times of a `DynamoDBConfig`'s `DeltaSyncConfig`.
    pub(super) fn read_ttls(&self, at: &At<'_>, config: &Value, table: &mut Table) -> Result<()> {
        let delta_at = at.key("DeltaSyncConfig");
        let minutes = |name: &str| -> Result<Option<i64>> {
            let Some(value) = config.get("DeltaSyncConfig").and_then(|delta| delta.get(name)) else { return Ok(None) };
            Ok(match self.eval(&delta_at.key(name), value, &mut Vec::new())? {
                Value::String(text) => text.parse().ok(),
                other => other.as_i64(),
            })
        };
        table.base_ttl_min = minutes("BaseTableTTL")?;
        table.delta_ttl_min = minutes("DeltaSyncTableTTL")?;
        Ok(())
    }
}
