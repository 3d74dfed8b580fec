//! How large items are, and the most DynamoDB stores in one.

use super::attribute::{Attribute, Item};
use super::number::Number;

/// The most bytes of one item.
pub const MAX_ITEM: usize = 400 * 1024;

/// An item's size in bytes: names and values, as the developer guide counts them ("Item sizes and formats").
pub fn item_bytes(item: &Item) -> usize {
    item.iter().map(|(name, value)| name.len() + bytes(value)).sum()
}

fn bytes(value: &Attribute) -> usize {
    match value {
        Attribute::S(text) => text.len(),
        Attribute::N(number) => number_bytes(number),
        Attribute::B(_) => value.size().unwrap_or(0),
        Attribute::Bool(_) | Attribute::Null => 1,
        Attribute::L(items) => 3 + items.iter().map(|item| 1 + bytes(item)).sum::<usize>(),
        Attribute::M(item) => 3 + item.len() + item_bytes(item),
        Attribute::Ss(set) => set.iter().map(String::len).sum(),
        Attribute::Ns(set) => set.iter().map(number_bytes).sum(),
        Attribute::Bs(set) => set.iter().map(|text| bytes(&Attribute::B(text.clone()))).sum(),
    }
}

/// About one byte for two digits, and one more (documented as an approximation).
fn number_bytes(number: &Number) -> usize {
    number.digits().div_ceil(2) + 1
}
