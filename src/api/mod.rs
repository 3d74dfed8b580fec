//! An AppSync API as it lies on disk: modes, schema, resolvers, functions, data sources.
//!
//! May read files; knows CloudFormation and Amplify's folder, not templates' meaning, requests or identities.

pub mod model;
pub mod schema;

pub use model::*;
pub use schema::Schema;
