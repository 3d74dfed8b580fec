//! An API's schema, as running a request sees it.

use apollo_compiler::validation::Valid;

use super::{FieldInfo, InputInfo, OperationKind, SchemaInfo, TypeKind};
use crate::api::Schema;
use crate::api::schema::{InputValue, TypeKind as Declared};

impl SchemaInfo for Schema {
    fn root(&self, operation: OperationKind) -> Option<&str> {
        let name = match operation {
            OperationKind::Query => self.query_type(),
            OperationKind::Mutation => self.mutation_type(),
            OperationKind::Subscription => self.subscription_type(),
        };
        self.type_def(name).map(|_| name)
    }

    fn kind(&self, type_name: &str) -> Option<TypeKind> {
        Some(match self.type_kind(type_name)? {
            Declared::Scalar => TypeKind::Scalar,
            Declared::Object => TypeKind::Object,
            Declared::Interface => TypeKind::Interface,
            Declared::Union => TypeKind::Union,
            Declared::Enum => TypeKind::Enum,
            Declared::Input => TypeKind::InputObject,
        })
    }

    fn field(&self, type_name: &str, field: &str) -> Option<FieldInfo> {
        let found = Schema::field(self, type_name, field)?;
        Some(FieldInfo { ty: found.ty.to_string(), arguments: found.args.iter().map(input).collect() })
    }

    fn input_fields(&self, type_name: &str) -> Vec<InputInfo> {
        Schema::input_fields(self, type_name).map(|fields| fields.values().map(input).collect()).unwrap_or_default()
    }

    fn has_enum_value(&self, type_name: &str, value: &str) -> bool {
        self.enum_values(type_name).is_some_and(|values| values.iter().any(|known| known == value))
    }

    fn library(&self) -> &Valid<apollo_compiler::Schema> {
        Schema::library(self)
    }

    fn is_subtype(&self, type_name: &str, abstract_type: &str) -> bool {
        let member_of = |union: &str, member: &str| {
            self.type_def(union).is_some_and(|def| def.members.iter().any(|name| name == member))
        };
        match self.type_kind(abstract_type) {
            Some(Declared::Union) => member_of(abstract_type, type_name),
            Some(Declared::Interface) => member_of(type_name, abstract_type),
            _ => false,
        }
    }
}

fn input(value: &InputValue) -> InputInfo {
    InputInfo { name: value.name.clone(), ty: value.ty.to_string(), default: value.default.clone() }
}
