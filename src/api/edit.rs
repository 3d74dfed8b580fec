//! An API with something else in it than what is on disk: what its author could change.

use super::{Api, AuthMode, AuthProvider, Schema};

impl Api {
    /// With another schema.
    pub fn with_schema(&self, schema: Schema) -> Api {
        Api { schema, ..self.clone() }
    }

    /// With one more mode, of which nothing is configured; `None` when it has that mode.
    pub fn with_mode(&self, mode: AuthMode) -> Option<Api> {
        if self.modes().any(|known| known == mode) {
            return None;
        }
        let mut api = self.clone();
        api.additional.push(AuthProvider { mode: Some(mode), ..AuthProvider::default() });
        Some(api)
    }
}
