//! Random items and expressions, the same in every run.

use serde_json::{Map, Value as Json, json};

/// A small generator (xorshift64*): the corpus is made anew byte for byte.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Random(seed)
    }
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }
    pub fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
    pub fn pick<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        let at = self.below(list.len());
        &list[at]
    }
    fn some<'a>(&mut self, list: &[&'a str]) -> Vec<&'a str> {
        let from = self.below(list.len());
        let count = 1 + self.below(2);
        (from..from + count).map(|at| list[at % list.len()]).collect()
    }
}

const NAMES: [&str; 8] = ["a", "b", "c", "d", "e", "f", "m", "l"];
const TEXTS: [&str; 9] = ["", "a", "ab", "abc", "b", "é", "B", "10", "a b"];
const NUMBERS: [&str; 12] =
    ["0", "1", "-1", "2", "10", "9", "1.5", "1e2", "100", "-0.5", "12345678901234567890123456789", "1E-20"];
const BINARIES: [&str; 4] = ["YQ==", "YWI=", "Yg==", "/w=="];

/// A typed value; `depth` levels of lists and maps may follow.
pub fn value(r: &mut Random, depth: usize) -> Json {
    match r.below(if depth == 0 { 11 } else { 14 }) {
        0..=3 => json!({"S": r.pick(&TEXTS)}),
        4..=6 => json!({"N": r.pick(&NUMBERS)}),
        7 => json!({"BOOL": r.chance(2)}),
        8 => match r.below(3) {
            0 => json!({"NULL": true}),
            _ => json!({"B": r.pick(&BINARIES)}),
        },
        9 => json!({"SS": r.some(&TEXTS[1..])}),
        10 => match r.below(3) {
            0 => json!({"BS": r.some(&BINARIES)}),
            _ => json!({"NS": r.some(&["0", "1", "2", "10", "1.5"])}),
        },
        11 | 12 => {
            let count = r.below(3);
            json!({"L": (0..count).map(|_| value(r, depth - 1)).collect::<Vec<_>>()})
        }
        _ => json!({"M": members(r, depth - 1, 2)}),
    }
}

fn members(r: &mut Random, depth: usize, most: usize) -> Map<String, Json> {
    let count = r.below(most + 1);
    (0..count).map(|_| ((*r.pick(&NAMES)).to_owned(), value(r, depth))).collect()
}

/// An item without its key. `m` and `l` are a map and a list more often than not, so that paths lead somewhere.
pub fn item(r: &mut Random) -> Map<String, Json> {
    let mut item = members(r, 1, 4);
    if r.chance(2) {
        item.insert("m".into(), json!({"M": members(r, 1, 2)}));
    }
    if r.chance(2) {
        let count = 1 + r.below(2);
        item.insert("l".into(), json!({"L": (0..count).map(|_| value(r, 1)).collect::<Vec<_>>()}));
    }
    item
}

/// An expression with its placeholders.
#[derive(Default)]
pub struct Expression {
    pub text: String,
    pub names: Map<String, Json>,
    pub values: Map<String, Json>,
}

impl Expression {
    pub fn parts(&self) -> Vec<Json> {
        vec![json!(self.text), json!(self.names), json!(self.values)]
    }

    fn placeholder(&mut self, value: Json) -> String {
        if let Some((name, _)) = self.values.iter().find(|(_, known)| **known == value) {
            return name.clone();
        }
        let name = format!(":v{}", self.values.len());
        self.values.insert(name.clone(), value);
        name
    }

    fn name(&mut self, r: &mut Random) -> String {
        match r.below(200) {
            0 => (*r.pick(&["name", "Status", "owner"])).to_owned(),
            1 => "#undefined".to_owned(),
            2..=49 => {
                let name = *r.pick(&NAMES);
                let alias = format!("#{name}");
                self.names.insert(alias.clone(), json!(name));
                alias
            }
            _ => (*r.pick(&NAMES)).to_owned(),
        }
    }

    fn path(&mut self, r: &mut Random) -> String {
        let mut path = match r.below(5) {
            0 => (*r.pick(&["m", "l"])).to_owned(),
            _ => self.name(r),
        };
        for _ in 0..r.below(3).saturating_sub(usize::from(!r.chance(4))) {
            path = match (path.as_str(), r.below(2)) {
                ("l", _) | (_, 0) => format!("{path}[{}]", r.below(3)),
                _ => format!("{path}.{}", self.name(r)),
            };
        }
        path
    }

    fn operand(&mut self, r: &mut Random) -> String {
        match r.below(12) {
            0..=4 => self.path(r),
            5 => format!("size({})", self.path(r)),
            6 if r.chance(12) => ":undefined".to_owned(),
            6 => self.placeholder(json!({"N": r.pick(&["0", "1", "2", "3"])})),
            _ => {
                let value = value(r, 1);
                self.placeholder(value)
            }
        }
    }

    fn atom(&mut self, r: &mut Random) -> String {
        let first = if r.chance(8) { self.operand(r) } else { self.path(r) };
        match r.below(12) {
            0..=4 => format!("{first} {} {}", r.pick(&["=", "<>", "<", "<=", ">", ">="]), self.operand(r)),
            5 => format!("{first} BETWEEN {} AND {}", self.operand(r), self.operand(r)),
            6 => format!("{first} IN ({}, {})", self.operand(r), self.operand(r)),
            7 => format!("attribute_exists({first})"),
            8 => format!("attribute_not_exists({first})"),
            9 => {
                let kind = *r.pick(&["S", "N", "L", "M", "SS", "NULL", "BOOL", "B", "X"]);
                format!("attribute_type({first}, {})", self.placeholder(json!({"S": kind})))
            }
            10 => format!("begins_with({first}, {})", self.operand(r)),
            _ => format!("contains({first}, {})", self.operand(r)),
        }
    }

    fn tree(&mut self, r: &mut Random, depth: usize) -> String {
        if depth == 0 || r.chance(3) {
            return self.atom(r);
        }
        match r.below(5) {
            0 => format!("NOT {}", self.tree(r, depth - 1)),
            1 => format!("({})", self.tree(r, depth - 1)),
            2 => format!("({}) AND {}", self.tree(r, depth - 1), self.tree(r, depth - 1)),
            3 => format!("{} OR {}", self.tree(r, depth - 1), self.tree(r, depth - 1)),
            _ => format!("{} AND {}", self.tree(r, depth - 1), self.tree(r, depth - 1)),
        }
    }

    /// A filter or condition.
    pub fn condition(r: &mut Random) -> Expression {
        let mut made = Expression::default();
        made.text = made.tree(r, 2);
        made.unused(r)
    }

    /// Now and then something that nothing uses.
    fn unused(mut self, r: &mut Random) -> Expression {
        if r.chance(40) {
            self.values.insert(":unused".into(), json!({"S": "x"}));
        }
        self
    }

    /// A key condition on `p` and `s`.
    pub fn key_condition(r: &mut Random) -> Expression {
        let mut made = Expression::default();
        let partition = made.placeholder(if r.chance(30) { json!({"N": "1"}) } else { json!({"S": "p"}) });
        let equals = if r.chance(30) { ">" } else { "=" };
        let sort = |made: &mut Expression, r: &mut Random| {
            let bound = if r.chance(25) { value(r, 0) } else { json!({"N": r.pick(&NUMBERS)}) };
            made.placeholder(bound)
        };
        made.text = match r.below(8) {
            0 => format!("p {equals} {partition}"),
            1..=4 => {
                let comparator = r.pick(&["=", "<", "<=", ">", ">=", "<>"]);
                format!("p {equals} {partition} AND s {comparator} {}", sort(&mut made, r))
            }
            5 | 6 => {
                format!("p {equals} {partition} AND s BETWEEN {} AND {}", sort(&mut made, r), sort(&mut made, r))
            }
            _ => format!("s > {} AND p {equals} {partition}", sort(&mut made, r)),
        };
        made
    }

    fn term(&mut self, r: &mut Random) -> String {
        match r.below(9) {
            0 => format!("if_not_exists({}, {})", self.path(r), self.operand_of_update(r)),
            1 => {
                let none = self.placeholder(json!({"L": []}));
                let more = self.placeholder(json!({"L": [{"S": "a"}, {"N": "1"}]}));
                format!("list_append(if_not_exists({}, {none}), {more})", self.name(r))
            }
            2 => {
                let list = self.placeholder(json!({"L": [{"S": "a"}]}));
                format!("list_append({}, {list})", r.pick(&["l", "l", "m.a", "b"]))
            }
            _ => self.operand_of_update(r),
        }
    }

    fn operand_of_update(&mut self, r: &mut Random) -> String {
        if r.chance(5) {
            return self.path(r);
        }
        let value = value(r, 1);
        self.placeholder(value)
    }

    /// A path that an update writes: mostly a name, so that few updates are refused.
    fn target(&mut self, r: &mut Random) -> String {
        if r.chance(3) { self.path(r) } else { self.name(r) }
    }

    /// An update.
    pub fn update(r: &mut Random) -> Expression {
        let mut made = Expression::default();
        let mut clauses = Vec::new();
        if !r.chance(4) {
            let count = 1 + r.below(2);
            let sets: Vec<String> = (0..count)
                .map(|_| {
                    let path = made.target(r);
                    match r.below(6) {
                        0 => {
                            let number = made.placeholder(json!({"N": r.pick(&NUMBERS)}));
                            let zero = made.placeholder(json!({"N": r.pick(&NUMBERS)}));
                            let sign = *r.pick(&["+", "-"]);
                            if r.chance(4) {
                                return format!("{path} = {zero} {sign} {number}");
                            }
                            format!("{path} = if_not_exists({}, {zero}) {sign} {number}", made.path(r))
                        }
                        _ => format!("{path} = {}", made.term(r)),
                    }
                })
                .collect();
            clauses.push(format!("SET {}", sets.join(", ")));
        }
        if r.chance(3) {
            let paths: Vec<String> = (0..1 + r.below(2)).map(|_| made.target(r)).collect();
            clauses.push(format!("REMOVE {}", paths.join(", ")));
        }
        for word in ["ADD", "DELETE"] {
            if r.chance(4) || (clauses.is_empty() && word == "DELETE") {
                let value = match r.below(3) {
                    0 => json!({"N": r.pick(&NUMBERS)}),
                    1 => json!({"SS": r.some(&TEXTS[1..])}),
                    _ => json!({"NS": r.some(&["0", "1", "2", "10"])}),
                };
                clauses.push(format!("{word} {} {}", made.target(r), made.placeholder(value)));
            }
        }
        made.text = clauses.join(" ");
        made.unused(r)
    }

    /// A projection.
    pub fn projection(r: &mut Random) -> Expression {
        let mut made = Expression::default();
        let count = 1 + r.below(3);
        made.text = (0..count).map(|_| made.path(r)).collect::<Vec<_>>().join(", ");
        made
    }
}
