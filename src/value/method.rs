//! Java's methods as Velocity 1.7 finds them: every name we know as a [`Method`], and [`invoke`].
//!
//! Velocity looks a method up by name and the classes of the arguments. Nothing found is no error: the
//! reference becomes null. A call that is found and throws ends the rendering.

use super::{ListKind, Object, Thrown, Value, list, map, number, object, string, view};
use crate::limits::Env;

macro_rules! methods {
    ($($variant:ident $name:literal,)*) => {
        /// A method of one of the Java classes a template can hold, by its name alone: templates are compiled
        /// before the class of the receiver is known.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Method {
            $(#[doc = concat!("`", $name, "(…)`")] $variant,)*
        }

        impl Method {
            /// Every method there is, in the order of the names below.
            pub const ALL: &'static [Method] = &[$(Method::$variant,)*];

            /// The method of that name; `None` when no class we know has one.
            pub fn from_name(name: &str) -> Option<Method> {
                match name {
                    $($name => Some(Method::$variant),)*
                    _ => None,
                }
            }

            /// Every name, to find the one that was meant.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The name as a template writes it.
            pub fn name(self) -> &'static str {
                match self {
                    $(Method::$variant => $name,)*
                }
            }
        }
    };
}

methods! {
    // Object
    Equals "equals", GetClass "getClass", HashCode "hashCode", ToString "toString",
    // String
    CharAt "charAt", CodePointAt "codePointAt", CodePointBefore "codePointBefore", CodePointCount "codePointCount",
    CompareTo "compareTo", CompareToIgnoreCase "compareToIgnoreCase", Concat "concat", Contains "contains",
    ContentEquals "contentEquals", EndsWith "endsWith", EqualsIgnoreCase "equalsIgnoreCase", Format "format",
    Formatted "formatted", GetBytes "getBytes", Indent "indent", IndexOf "indexOf", Intern "intern",
    IsBlank "isBlank", IsEmpty "isEmpty", Join "join", LastIndexOf "lastIndexOf", Length "length", Lines "lines",
    Matches "matches", RegionMatches "regionMatches", Repeat "repeat", Replace "replace", ReplaceAll "replaceAll",
    ReplaceFirst "replaceFirst", Split "split", StartsWith "startsWith", Strip "strip",
    StripLeading "stripLeading", StripTrailing "stripTrailing", SubSequence "subSequence", Substring "substring",
    ToCharArray "toCharArray", ToLowerCase "toLowerCase", ToUpperCase "toUpperCase", Trim "trim",
    ValueOf "valueOf",
    // List, views, arrays
    Add "add", AddAll "addAll", Clear "clear", Clone "clone", ContainsAll "containsAll",
    EnsureCapacity "ensureCapacity", ForEach "forEach", Get "get", Iterator "iterator",
    ListIterator "listIterator", Remove "remove", RemoveAll "removeAll", RemoveIf "removeIf",
    RetainAll "retainAll", Set "set", Size "size", Sort "sort", Stream "stream", SubList "subList",
    ToArray "toArray", TrimToSize "trimToSize",
    // Map
    Compute "compute", ComputeIfAbsent "computeIfAbsent", ComputeIfPresent "computeIfPresent",
    ContainsKey "containsKey", ContainsValue "containsValue", EntrySet "entrySet", GetOrDefault "getOrDefault",
    KeySet "keySet", Merge "merge", Put "put", PutAll "putAll", PutIfAbsent "putIfAbsent", Values "values",
    // Entry, iterators, streams
    GetKey "getKey", GetValue "getValue", SetValue "setValue", HasNext "hasNext", HasPrevious "hasPrevious",
    Next "next", NextIndex "nextIndex", Previous "previous", PreviousIndex "previousIndex", Count "count",
    // Numbers
    Abs "abs", BitCount "bitCount", ByteValue "byteValue", Compare "compare", Decode "decode",
    Divide "divide", DoubleValue "doubleValue", FloatValue "floatValue", IntValue "intValue",
    IsFinite "isFinite", IsInfinite "isInfinite", IsNaN "isNaN", LongValue "longValue", Max "max", Min "min",
    Mod "mod", Multiply "multiply", Negate "negate", ParseDouble "parseDouble", ParseInt "parseInt",
    ParseLong "parseLong", Pow "pow", Remainder "remainder", ShortValue "shortValue", Signum "signum",
    Subtract "subtract", Sum "sum", ToBinaryString "toBinaryString", ToHexString "toHexString",
    ToOctalString "toOctalString",
    // Boolean, Character
    BooleanValue "booleanValue", LogicalAnd "logicalAnd", LogicalOr "logicalOr", LogicalXor "logicalXor",
    ParseBoolean "parseBoolean", CharValue "charValue", GetNumericValue "getNumericValue",
    IsAlphabetic "isAlphabetic", IsDigit "isDigit", IsLetter "isLetter", IsLetterOrDigit "isLetterOrDigit",
    IsLowerCase "isLowerCase", IsUpperCase "isUpperCase", IsWhitespace "isWhitespace",
    // Class
    GetCanonicalName "getCanonicalName", GetName "getName", GetPackageName "getPackageName",
    GetSimpleName "getSimpleName", GetTypeName "getTypeName", IsArray "isArray", IsInterface "isInterface",
    // $foreach
    GetIndex "getIndex", GetCount "getCount", GetHasNext "getHasNext", GetFirst "getFirst", GetLast "getLast",
    GetParent "getParent", GetTopmost "getTopmost", IsFirst "isFirst", IsLast "isLast",
}

impl Method {
    /// Whether it may change its receiver. By name alone, so `replace` counts although on a string it does not.
    pub fn mutates(self) -> bool {
        use Method::{
            Add, AddAll, Clear, Next, Previous, Put, PutAll, PutIfAbsent, Remove, RemoveAll, Replace, RetainAll, Set,
            SetValue, Sort,
        };
        matches!(
            self,
            Add | AddAll
                | Clear
                | Next
                | Previous
                | Put
                | PutAll
                | PutIfAbsent
                | Remove
                | RemoveAll
                | Replace
                | RetainAll
                | Set
                | SetValue
                | Sort
        )
    }
}

/// What a call comes to: `None` when there is no such method for these arguments.
pub(super) type Outcome = Result<Option<Value>, Thrown>;

/// Calls a method as Velocity 1.7 does.
///
/// `Ok(None)`: the receiver's class has no such method, or none that takes these arguments; the reference is then
/// null. A `void` method gives [`Value::void`]; a Java null is `Ok(Some(Value::Null))`. Overloads follow Velocity's
/// rules: null fits every parameter but a primitive; an Integer fits `int`, `long`, `float`, `double` and `Object`,
/// but no `Long`; a String is never converted.
///
/// # Errors
///
/// What the Java method throws. Also Velocity 1.7's own defect: a method without parameters is taken for a match
/// whatever the arguments are, and then fails with `wrong number of arguments`.
pub fn invoke(receiver: &Value, method: Method, args: &[Value], env: &Env) -> Outcome {
    let found = match receiver {
        Value::Null => return Ok(None),
        Value::Str(text) => string::invoke(text, method, args, env)?,
        Value::Map(map) => map::invoke(map, method, args)?,
        Value::List(items) => list::invoke(items, method, args)?,
        Value::Int(_) | Value::Long(_) | Value::Double(_) | Value::Big(_) => number::invoke(receiver, method, args)?,
        Value::Bool(flag) => object::invoke_bool(*flag, method, args)?,
        Value::Object(object) => match &**object {
            Object::View(map, kind) => view::invoke(receiver, map, *kind, method, args)?,
            Object::Namespace(_) => return Ok(None),
            _ => object::invoke(receiver, object, method, args)?,
        },
    };
    if found.is_some() {
        return Ok(found);
    }
    if let Some(value) = of_object(receiver, method, args) {
        return Ok(Some(value));
    }
    // Null fits both `getBytes(String)` and `getBytes(Charset)`, neither more specific: Velocity finds none.
    if matches!((method, args), (Method::GetBytes, [Value::Null])) {
        return Ok(None);
    }
    if !args.is_empty() && has_form_without_parameters(receiver, method) {
        return Err(Thrown::new("java.lang.IllegalArgumentException", "wrong number of arguments"));
    }
    Ok(None)
}

/// The methods that `java.lang.Object` gives every value.
fn of_object(receiver: &Value, method: Method, args: &[Value]) -> Option<Value> {
    use super::java;
    match (method, args) {
        (Method::ToString, []) => Some(match receiver {
            Value::Str(_) => receiver.clone(),
            _ => java::to_string(receiver).into(),
        }),
        (Method::HashCode, []) => Some(Value::Int(java::hash_code(receiver))),
        (Method::Equals, [other]) => Some(Value::Bool(java::equals(receiver, other))),
        (Method::GetClass, []) => Some(Value::object(Object::Class(java::class_name(receiver)))),
        _ => None,
    }
}

/// Whether the receiver's class has a public method of that name that takes nothing.
fn has_form_without_parameters(receiver: &Value, method: Method) -> bool {
    if matches!(method, Method::ToString | Method::HashCode | Method::GetClass) {
        return true;
    }
    let names = match receiver {
        Value::Null => return false,
        Value::Str(_) => string::WITHOUT_PARAMETERS,
        Value::Map(_) => map::WITHOUT_PARAMETERS,
        Value::List(list) if list.kind == ListKind::Array => list::WITHOUT_PARAMETERS_ARRAY,
        Value::List(_) => list::WITHOUT_PARAMETERS,
        Value::Int(_) | Value::Long(_) => number::WITHOUT_PARAMETERS,
        Value::Double(_) => number::WITHOUT_PARAMETERS_DOUBLE,
        Value::Big(_) => number::WITHOUT_PARAMETERS_BIG,
        Value::Bool(_) => &[Method::BooleanValue],
        Value::Object(object) => object::without_parameters(object),
    };
    names.contains(&method)
}

/// `java.lang.NullPointerException`
pub(super) fn null_pointer(message: &str) -> Thrown {
    Thrown::new("java.lang.NullPointerException", message)
}

/// `java.lang.UnsupportedOperationException`, as unmodifiable collections throw it: without a message.
pub(super) fn unsupported() -> Thrown {
    Thrown::new("java.lang.UnsupportedOperationException", "")
}

/// `java.lang.ClassCastException` between two classes of the base module.
pub(super) fn class_cast(value: &Value, to: &str) -> Thrown {
    let from = super::java::class_name(value);
    Thrown::new(
        "java.lang.ClassCastException",
        format!(
            "class {from} cannot be cast to class {to} ({from} and {to} are in module java.base of loader 'bootstrap')"
        ),
    )
}

/// `java.lang.IndexOutOfBoundsException`, in the words of `Objects.checkIndex`.
pub(super) fn index_out_of_bounds(index: i32, length: usize) -> Thrown {
    Thrown::new("java.lang.IndexOutOfBoundsException", format!("Index {index} out of bounds for length {length}"))
}

/// Longest text a method may build, in bytes: what stands for the JVM's heap.
const LONGEST: usize = 64 << 20;

/// Refuses to build a text that no JVM of AppSync's would hold.
pub(super) fn within_memory(bytes: usize) -> Result<(), Thrown> {
    if bytes > LONGEST {
        return Err(Thrown::new("java.lang.OutOfMemoryError", "Required length exceeds implementation limit"));
    }
    Ok(())
}

/// A Java `int` of a length.
pub(super) fn int(length: usize) -> Value {
    Value::Int(i32::try_from(length).unwrap_or(i32::MAX))
}
