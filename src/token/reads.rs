//! Which claims a template reads, found in the program without running it: `$ctx.identity.claims.get("x")`, `["x"]`,
//! `.x`; through variables that hold the claims or the claim's name; names in lists, as Amplify writes its group rules; a
//! claim that stands in for another one in `$util.defaultIfNull`.

use std::collections::HashSet;

use crate::compile::program::{
    ExpressionId, ExpressionKind, Program, Reference, ReferenceId, Slot, StatementId, StatementKind, Step, StepKind,
};
use crate::source_file::Span;
use crate::syntax::ast::Operator;

/// Variables that hold variables that hold … a name; deeper chains count as computed.
const DEPTH: usize = 6;

/// What a template reads.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reads {
    /// In source order.
    pub named: Vec<Read>,
    /// Reads of claims whose name only a run knows.
    pub computed: Vec<Span>,
}

/// A read of a claim.
#[derive(Debug, PartialEq)]
pub(super) struct Read {
    /// The claim, and those that stand in for it where it is null.
    pub claims: Vec<String>,
    /// Where.
    pub span: Span,
    /// What `$util.authType()` must be for control to get there, where a branch says so.
    pub auth_type: Option<String>,
}

/// How much of `$ctx.identity.claims` a reference or a variable has named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Base {
    Context,
    Identity,
    Claims,
}

/// The claims that a template reads.
pub(super) fn of(program: &Program) -> Reads {
    let finder = Finder { program, aliases: aliases(program) };
    let mut reads = Reads::default();
    let mut told: HashSet<ReferenceId> = HashSet::new();
    // A default's argument stands before the call in the arena, so calls are looked at first, the outermost first.
    for id in finder.references().rev() {
        let mut claims = Vec::new();
        if !told.contains(&id) && finder.with_defaults(id, &mut claims, &mut told) && !claims.is_empty() {
            reads.named.push(finder.read(id, claims));
        }
    }
    for id in finder.references().filter(|id| !told.contains(id)) {
        match finder.names_read(id) {
            Some(Some(names)) => {
                // Each name of a list is a claim of its own.
                reads.named.extend(names.into_iter().map(|name| finder.read(id, vec![name])));
            }
            Some(None) => reads.computed.push(program.references[id.0].span),
            None => {}
        }
    }
    reads.named.sort_by_key(|read| read.span.start);
    reads
}

struct Finder<'p> {
    program: &'p Program,
    aliases: Vec<Option<Base>>,
}

impl Finder<'_> {
    fn references(&self) -> impl DoubleEndedIterator<Item = ReferenceId> + use<> {
        (0..u32::try_from(self.program.references.len()).unwrap_or(0)).map(ReferenceId)
    }

    fn read(&self, id: ReferenceId, claims: Vec<String>) -> Read {
        let span = self.program.references[id.0].span;
        Read { claims, span, auth_type: auth_type(self.program, span) }
    }

    /// Whether a reference is `$util.defaultIfNull(CLAIM, ..)`: then the claims it takes the first of.
    fn with_defaults(&self, id: ReferenceId, claims: &mut Vec<String>, told: &mut HashSet<ReferenceId>) -> bool {
        let program = self.program;
        let reference = &program.references[id.0];
        let Some(helper) = reference.helper.filter(|call| call.helper.path.starts_with("util.defaultIfNull")) else {
            return false;
        };
        let call = helper.steps.checked_sub(1).and_then(|at| program.steps.slice(&reference.steps).get(at as usize));
        let Some(StepKind::Call { arguments, .. }) = call.map(|step| &step.kind) else { return false };
        for argument in program.lists.slice(arguments) {
            let ExpressionKind::Reference(inner) = program.expressions[argument.0].kind else { continue };
            match self.names_read(inner) {
                Some(Some(names)) if names.len() == 1 => {
                    told.insert(inner);
                    claims.extend(names);
                }
                Some(_) => {}
                None => {
                    if self.with_defaults(inner, claims, told) {
                        told.insert(inner);
                    }
                }
            }
        }
        told.insert(id);
        true
    }

    /// The names of the claims that a reference reads; `None` inside where they are computed, outside where it reads none.
    fn names_read(&self, id: ReferenceId) -> Option<Option<Vec<String>>> {
        let reference = &self.program.references[id.0];
        let (base, used) = self.base(reference)?;
        if base != Base::Claims {
            return None;
        }
        let step = self.program.steps.slice(&reference.steps).get(used)?;
        match key(self.program, step)? {
            Key::Literal(name) => Some(Some(vec![name])),
            Key::Expression(expression) => Some(texts(self.program, expression, DEPTH)),
        }
    }

    fn base(&self, reference: &Reference) -> Option<(Base, usize)> {
        base(self.program, &self.aliases, reference)
    }
}

/// What a reference's root and first steps name, and how many steps that are.
fn base(program: &Program, aliases: &[Option<Base>], reference: &Reference) -> Option<(Base, usize)> {
    let mut base = match &*program.slots[reference.slot.0] {
        "ctx" | "context" => Base::Context,
        _ => aliases.get(reference.slot.index()).copied().flatten()?,
    };
    let mut used = 0;
    for step in program.steps.slice(&reference.steps) {
        let Some(Key::Literal(name)) = key(program, step) else { break };
        base = match (base, name.as_str()) {
            (Base::Context, "identity") => Base::Identity,
            (Base::Identity, "claims") => Base::Claims,
            _ => break,
        };
        used += 1;
    }
    Some((base, used))
}

/// Variables that are set to a part of `$ctx` on the way to the claims.
fn aliases(program: &Program) -> Vec<Option<Base>> {
    let mut aliases = vec![None; program.slots.len()];
    // A variable may hold what another one holds: as often as there is something new.
    for _ in 0..DEPTH {
        let before = aliases.clone();
        for (target, value) in assignments(program) {
            let ExpressionKind::Reference(source) = program.expressions[value.0].kind else { continue };
            let reference = &program.references[source.0];
            let whole = base(program, &aliases, reference).filter(|(_, used)| *used == reference.steps.len());
            if let (Some((base, _)), Some(alias)) = (whole, aliases.get_mut(target.index())) {
                *alias = Some(base);
            }
        }
        if aliases == before {
            break;
        }
    }
    aliases
}

/// Every `#set` of a whole variable.
fn assignments(program: &Program) -> impl Iterator<Item = (Slot, ExpressionId)> + '_ {
    program.statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Set(target, value) => {
            let target = &program.references[target.0];
            target.steps.is_empty().then_some((target.slot, *value))
        }
        _ => None,
    })
}

enum Key {
    Literal(String),
    Expression(ExpressionId),
}

/// The member that a step names; `None` for steps that name none, such as `.keySet()`.
fn key(program: &Program, step: &Step) -> Option<Key> {
    let expression = match &step.kind {
        StepKind::Property(name) => return Some(Key::Literal(program.text(*name).to_owned())),
        StepKind::Call { name, arguments, .. } => match program.text(*name) {
            "get" | "getOrDefault" | "containsKey" => *program.lists.slice(arguments).first()?,
            _ => return None,
        },
        StepKind::Index(index) => *index,
    };
    match &program.expressions[expression.0].kind {
        ExpressionKind::Text(text) => Some(Key::Literal(program.text(*text).to_owned())),
        _ => Some(Key::Expression(expression)),
    }
}

/// The texts an expression can have: a literal, a variable that only literals are assigned to, a member of the maps that a
/// loop goes through. `None` where that is not all it can be.
fn texts(program: &Program, expression: ExpressionId, depth: usize) -> Option<Vec<String>> {
    let depth = depth.checked_sub(1)?;
    let reference = match &program.expressions[expression.0].kind {
        ExpressionKind::Text(text) => return Some(vec![program.text(*text).to_owned()]),
        ExpressionKind::Reference(reference) => &program.references[reference.0],
        _ => return None,
    };
    let mut found: Vec<String> = Vec::new();
    let values = values(program, reference.slot, depth)?;
    for value in values {
        match program.steps.slice(&reference.steps) {
            [] => found.extend(texts(program, value, depth)?),
            [step] => {
                let Some(Key::Literal(member)) = key(program, step) else { return None };
                let ExpressionKind::Map(items) = &program.expressions[value.0].kind else { return None };
                for pair in program.lists.slice(items).chunks_exact(2) {
                    let [name, value] = pair else { continue };
                    if texts(program, *name, depth)? == [member.as_str()] {
                        found.extend(texts(program, *value, depth)?);
                    }
                }
            }
            _ => return None,
        }
    }
    let mut seen = HashSet::new();
    found.retain(|text| seen.insert(text.clone()));
    (!found.is_empty()).then_some(found)
}

/// The expressions that a variable's value can be: what it is set to, or the elements of the list that a loop goes through.
fn values(program: &Program, slot: Slot, depth: usize) -> Option<Vec<ExpressionId>> {
    let depth = depth.checked_sub(1)?;
    let mut found: Vec<ExpressionId> =
        assignments(program).filter(|(target, _)| *target == slot).map(|(_, v)| v).collect();
    for statement in program.statements.iter() {
        let StatementKind::Foreach { variable, iterable, .. } = &statement.kind else { continue };
        if *variable != slot {
            continue;
        }
        for list in lists(program, (*iterable)?, depth)? {
            let ExpressionKind::List(items) = &program.expressions[list.0].kind else { return None };
            found.extend_from_slice(program.lists.slice(items));
        }
    }
    (!found.is_empty()).then_some(found)
}

/// The list literals that an expression can be.
fn lists(program: &Program, expression: ExpressionId, depth: usize) -> Option<Vec<ExpressionId>> {
    match &program.expressions[expression.0].kind {
        ExpressionKind::List(_) => Some(vec![expression]),
        ExpressionKind::Reference(reference) => {
            let reference = &program.references[reference.0];
            if reference.steps.is_empty() { values(program, reference.slot, depth) } else { None }
        }
        _ => None,
    }
}

/// What the innermost `#if( $util.authType() == ".." )` around a place asks for.
fn auth_type(program: &Program, span: Span) -> Option<String> {
    let holds = |statement: &StatementId| {
        let of = program.statements[statement.0].span;
        of.start <= span.start && span.end <= of.end
    };
    let all = (0..u32::try_from(program.statements.len()).unwrap_or(0)).map(StatementId);
    let innermost = all.filter(holds).min_by_key(|statement| {
        let of = program.statements[statement.0].span;
        of.end - of.start
    })?;
    let mut at = innermost;
    while let Some((parent, arm)) = program.statements[at.0].parent {
        if let StatementKind::If(arms) = &program.statements[parent.0].kind
            && let Some(condition) = arms.get(usize::from(arm)).and_then(|arm| arm.condition)
            && let Some(mode) = compared_auth_type(program, condition)
        {
            return Some(mode);
        }
        at = parent;
    }
    None
}

fn compared_auth_type(program: &Program, condition: ExpressionId) -> Option<String> {
    let ExpressionKind::Binary(Operator::Equal, left, right) = &program.expressions[condition.0].kind else {
        return None;
    };
    let kinds = [left, right].map(|side| &program.expressions[side.0].kind);
    let [ExpressionKind::Reference(call), ExpressionKind::Text(text)] = kinds else { return None };
    let helper = program.references[call.0].helper?;
    (helper.helper.path == "util.authType").then(|| program.text(*text).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compile::compile;

    fn reads(template: &str) -> String {
        let program = compile("t.vtl", template).unwrap();
        let reads = of(&program);
        let mut words: Vec<String> = reads
            .named
            .iter()
            .map(|read| match &read.auth_type {
                Some(mode) => format!("{} ({mode})", read.claims.join("|")),
                None => read.claims.join("|"),
            })
            .collect();
        words.extend(reads.computed.iter().map(|span| format!("computed {}", program.source_text(*span))));
        words.join(", ")
    }

    #[test]
    fn every_way_to_read_a_claim() {
        for (template, expected) in [
            ("$ctx.identity.claims.get(\"a\")", "a"),
            ("$context.identity.claims[\"a:b\"] $ctx.identity.claims.c", "a:b, c"),
            ("$ctx.identity.get(\"claims\").get(\"a\")", "a"),
            ("#if($ctx.identity.claims.containsKey(\"a\")) x #end", "a"),
            ("{ \"owner\": \"${ctx.identity.claims.get(\"custom:a\")}\" }", "custom:a"),
            ("#set($x = \"by $ctx.identity.claims.a\")", "a"),
            ("#set($claims = $ctx.identity.claims) #set($all = $claims) $all.get(\"a\")", "a"),
            ("#set($me = $ctx.identity) $me.claims.a", "a"),
            ("#set($name = \"a\") $ctx.identity.claims.get($name)", "a"),
            ("#foreach($n in [\"a\", \"b\"]) $ctx.identity.claims.get($n) #end", "a, b"),
            (
                "#set($roles = [{\"claim\": \"a\", \"entity\": \"x\"}, {\"claim\": \"b\", \"entity\": \"y\"}])\
                 #foreach($role in $roles) $ctx.identity.claims.get($role.claim) #end",
                "a, b",
            ),
            ("$util.defaultIfNull($ctx.identity.claims.get(\"a\"), null)", "a"),
            (
                "$util.defaultIfNull($ctx.identity.claims.get(\"a\"), \
                 $util.defaultIfNull($ctx.identity.claims.get(\"b\"), \"none\"))",
                "a|b",
            ),
            ("$util.defaultIfNull($ctx.identity.claims.a, $ctx.identity.claims.b)", "a|b"),
            (
                "#if($util.authType() == \"User Pool Authorization\") #if(true) $ctx.identity.claims.a #end #end",
                "a (User Pool Authorization)",
            ),
            (
                "$ctx.identity.claims.get(\"custom:$ctx.args.x\")",
                "computed $ctx.identity.claims.get(\"custom:$ctx.args.x\")",
            ),
            ("$ctx.identity.claims.keySet() $ctx.identity.username $ctx.args.claims.a $claims.a", ""),
        ] {
            assert_eq!(reads(template), expected, "{template}");
        }
    }
}
