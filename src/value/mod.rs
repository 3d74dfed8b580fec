//! Values as a template meets them: Java objects with Java's rules.
//!
//! Lists and maps are shared by reference, as in Java: after `#set($b = $a)` a `$b.put(..)` changes `$a`.
//! Values belong to one thread; what threads share is text (`serde_json`) and the compiled program.

pub mod access;
mod format;
pub mod java;
pub mod json;
mod list;
mod map;
pub mod method;
mod number;
mod object;
pub mod parse;
pub mod regex;
mod release;
mod string;
mod text;
mod utf16;
mod view;

use std::cell::{Cell, Ref, RefCell, RefMut};
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use indexmap::{Equivalent, IndexMap};
use num_bigint::BigInt;
use rustc_hash::FxBuildHasher;

pub use text::Text;

/// One Java value.
// The wide tag puts every payload at a word boundary, so that values move as whole words: with payloads at odd
// offsets each move waits for its own store, and evaluation takes a fifth longer.
#[derive(Clone, Debug, Default)]
#[repr(u64)]
pub enum Value {
    /// `null`, and everything undefined.
    #[default]
    Null,
    /// `java.lang.Boolean`
    Bool(bool),
    /// `java.lang.Integer`
    Int(i32),
    /// `java.lang.Long`
    Long(i64),
    /// `java.lang.Double`
    Double(f64),
    /// `java.math.BigInteger`
    Big(Rc<BigInt>),
    /// `java.lang.String`
    Str(Text),
    /// A list or an array, shared.
    List(Rc<List>),
    /// A map, shared.
    Map(Rc<Map>),
    /// The rarer objects.
    Object(Rc<Object>),
}

/// What class a list says it is; arrays print and compare differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListKind {
    /// `java.util.ArrayList`
    ArrayList,
    /// `String[]` or `Object[]`: identity equality, prints as `[Ljava.lang.String;@…`.
    Array,
}

/// A Java list or array.
#[derive(Debug)]
pub struct List {
    items: RefCell<Vec<Value>>,
    modifications: Cell<u32>,
    /// What class it says it is.
    pub kind: ListKind,
}

impl List {
    /// A list of the given class.
    pub fn of(kind: ListKind, items: Vec<Value>) -> Rc<List> {
        Rc::new(List { items: RefCell::new(items), modifications: Cell::new(0), kind })
    }

    /// The items, for reading. Do not call back into templates while holding it.
    pub fn items(&self) -> Ref<'_, Vec<Value>> {
        self.items.borrow()
    }

    /// The items, for replacing one by another (no change of size).
    pub fn items_mut(&self) -> RefMut<'_, Vec<Value>> {
        self.items.borrow_mut()
    }

    /// The items, for a change of size: loops over this list notice it (`ConcurrentModificationException`).
    pub fn restructure(&self) -> RefMut<'_, Vec<Value>> {
        self.modifications.set(self.modifications.get().wrapping_add(1));
        self.items.borrow_mut()
    }

    /// How often the size may have changed.
    pub fn modifications(&self) -> u32 {
        self.modifications.get()
    }
}

/// What class a map says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// `java.util.LinkedHashMap`
    LinkedHashMap,
    /// `$ctx` itself: a bean on AppSync, printed as class name and address.
    Context,
    /// `$ctx.info`: a map, but for what `$util.toJson` leaves out of it.
    Info,
}

/// The storage of a map: insertion order, Java equality of keys.
pub type Entries = IndexMap<Key, Value, FxBuildHasher>;

/// Up to so many entries, comparing a text with every key is faster than hashing it.
const FEW: usize = 8;

/// A Java map with insertion order.
#[derive(Debug)]
pub struct Map {
    entries: RefCell<Entries>,
    modifications: Cell<u32>,
    /// What class it says it is.
    pub kind: MapKind,
}

impl Map {
    /// A map of the given class.
    pub fn of(kind: MapKind, entries: Entries) -> Rc<Map> {
        Rc::new(Map { entries: RefCell::new(entries), modifications: Cell::new(0), kind })
    }

    /// The entries, for reading. Do not call back into templates while holding it.
    pub fn entries(&self) -> Ref<'_, Entries> {
        self.entries.borrow()
    }

    /// Looks a text key up.
    #[inline]
    pub fn get_str(&self, key: &str) -> Option<Value> {
        let entries = self.entries.borrow();
        if entries.len() > FEW {
            return entries.get(&StrKey(key)).cloned();
        }
        entries.iter().find(|(own, _)| StrKey(key).equivalent(own)).map(|(_, value)| value.clone())
    }

    /// Looks any key up.
    pub fn get(&self, key: &Value) -> Option<Value> {
        match key {
            Value::Str(text) => self.get_str(text),
            _ => self.entries.borrow().get(&Key(key.clone())).cloned(),
        }
    }

    /// `Map.put`: the former value, if any.
    pub fn put(&self, key: Value, value: Value) -> Option<Value> {
        if !key.is_scalar() {
            return self.put_collection_key(key, value);
        }
        let mut entries = self.entries.borrow_mut();
        let before = entries.len();
        let old = entries.insert(Key(key), value);
        if entries.len() != before {
            self.modifications.set(self.modifications.get().wrapping_add(1));
        }
        old
    }

    /// `put` under a key that may hold this very map: hashing and comparing it reads the map, so neither may happen
    /// while the entries are borrowed for writing.
    fn put_collection_key(&self, key: Value, value: Value) -> Option<Value> {
        let key = Key(key);
        let known = self.entries.borrow().get_index_of(&key);
        if let Some(index) = known {
            let mut entries = self.entries.borrow_mut();
            return entries.get_index_mut(index).map(|(_, slot)| std::mem::replace(slot, value));
        }
        let mut entries = std::mem::take(&mut *self.entries.borrow_mut());
        entries.insert(key, value);
        *self.restructure() = entries;
        None
    }

    /// `put` under a text key.
    pub fn put_str(&self, key: &str, value: Value) -> Option<Value> {
        {
            let mut entries = self.entries.borrow_mut();
            if let Some(slot) = entries.get_mut(&StrKey(key)) {
                return Some(std::mem::replace(slot, value));
            }
        }
        self.put(Value::str(key), value)
    }

    /// `Map.remove`: the former value, if any; the order of the others stays.
    pub fn remove(&self, key: &Value) -> Option<Value> {
        // Looked up first: the key may hold this very map.
        let index = self.entries.borrow().get_index_of(&Key(key.clone()))?;
        self.restructure().shift_remove_index(index).map(|(_, removed)| removed)
    }

    /// The entries, for a change that is more than one put or remove.
    pub fn restructure(&self) -> RefMut<'_, Entries> {
        self.modifications.set(self.modifications.get().wrapping_add(1));
        self.entries.borrow_mut()
    }

    /// How often the key set may have changed.
    pub fn modifications(&self) -> u32 {
        self.modifications.get()
    }
}

/// Which live view of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ViewKind {
    /// `keySet()`
    Keys,
    /// `values()`
    Values,
    /// `entrySet()`
    Entries,
}

/// The rarer Java objects a template can hold.
#[derive(Debug)]
#[non_exhaustive]
pub enum Object {
    /// `java.lang.Character`: one UTF-16 code unit.
    Char(u16),
    /// A live view of a map.
    View(Rc<Map>, ViewKind),
    /// `Map.Entry`: live as long as its key is in the map, then the last value seen.
    Entry {
        /// The map it belongs to.
        map: Rc<Map>,
        /// Its key.
        key: Value,
        /// The value when the entry was handed out.
        seen: Value,
    },
    /// An iterator over a snapshot of items; the position moves.
    Iterator {
        /// The items.
        items: Vec<Value>,
        /// The next one's index.
        next: Cell<usize>,
    },
    /// `byte[]`
    Bytes(Vec<u8>),
    /// `java.lang.Class`, by the name of the class.
    Class(&'static str),
    /// `$util`, `$util.dynamodb`, `$extensions` …: a namespace of helpers, by its dotted path.
    Namespace(&'static str),
    /// The state of a running loop: `$foreach`.
    Loop(LoopState),
}

/// `$foreach` inside a loop.
#[derive(Debug)]
pub struct LoopState {
    /// Turns begun.
    pub count: Cell<i32>,
    /// Whether another turn follows.
    pub has_next: Cell<bool>,
    /// The loop around this one.
    pub parent: Option<Value>,
    /// Which loop this is, so that `#break($foreach.parent)` finds it.
    pub depth: u32,
}

/// A map key: any value, compared by Java's `equals`.
#[derive(Clone, Debug)]
pub struct Key(pub Value);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        java::equals(&self.0, &other.0)
    }
}
impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Value::Str(text) => StrKey(text).hash(state),
            other => state.write_i32(java::hash_code(other)),
        }
    }
}

/// A borrowed text key, so that look-ups allocate nothing.
struct StrKey<'a>(&'a str);

impl Hash for StrKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl Equivalent<Key> for StrKey<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        matches!(&key.0, Value::Str(text) if **text == *self.0)
    }
}

impl Value {
    /// A string.
    pub fn str(text: &str) -> Value {
        Value::Str(Text::from(text))
    }

    /// A fresh `ArrayList`.
    pub fn list(items: Vec<Value>) -> Value {
        Value::List(List::of(ListKind::ArrayList, items))
    }

    /// A fresh Java array.
    pub fn array(items: Vec<Value>) -> Value {
        Value::List(List::of(ListKind::Array, items))
    }

    /// A fresh, empty `LinkedHashMap`.
    pub fn empty_map() -> Value {
        Value::Map(Map::of(MapKind::LinkedHashMap, Entries::default()))
    }

    /// A fresh `LinkedHashMap` with text keys.
    pub fn map<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
        let entries = pairs.into_iter().map(|(key, value)| (Key(Value::str(key)), value)).collect();
        Value::Map(Map::of(MapKind::LinkedHashMap, entries))
    }

    /// One of the rarer objects.
    pub fn object(object: Object) -> Value {
        Value::Object(Rc::new(object))
    }

    /// What a `void` method evaluates to: Velocity makes it the empty string.
    pub fn void() -> Value {
        thread_local!(static EMPTY: Text = Text::from(""));
        Value::Str(EMPTY.with(Text::clone))
    }

    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null)
    }

    /// The text, when it is a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::Str(text) => Some(text),
            _ => None,
        }
    }

    /// Whether it is a value that holds no others.
    fn is_scalar(&self) -> bool {
        !matches!(self, Value::List(_) | Value::Map(_) | Value::Object(_))
    }

    /// Truth of a reference: null and `false` are false, everything else is true (also `""`, 0 and empty lists).
    pub fn truth(&self) -> bool {
        !matches!(self, Value::Null | Value::Bool(false))
    }

    /// Whether both are the very same Java object (lists, maps and strings by identity).
    pub fn same(&self, other: &Value) -> bool {
        match (self, other) {
            (Value::List(a), Value::List(b)) => Rc::ptr_eq(a, b),
            (Value::Map(a), Value::Map(b)) => Rc::ptr_eq(a, b),
            (Value::Object(a), Value::Object(b)) => Rc::ptr_eq(a, b),
            (Value::Str(a), Value::Str(b)) => a.same(b),
            _ => false,
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}
impl From<i32> for Value {
    fn from(value: i32) -> Self {
        Value::Int(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Long(value)
    }
}
impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Value::Double(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::str(value)
    }
}
impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Str(Text::from(value))
    }
}

/// A Java exception out of a method: it ends the whole rendering, also in quiet references and conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thrown {
    /// The exception's class: `java.lang.IndexOutOfBoundsException` …
    pub class: &'static str,
    /// Its message.
    pub message: String,
}

impl Thrown {
    /// A new exception.
    pub fn new(class: &'static str, message: impl Into<String>) -> Self {
        Thrown { class, message: message.into() }
    }
}
