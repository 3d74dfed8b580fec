//! Text → tree. The only file that names pest.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};
use pest::iterators::{Pair, Pairs};

use super::ast::{Block, Expression, ExpressionKind, Operator, Reference, Statement, StatementKind, Step, StepKind};
use super::quick;
use crate::source_file::Span;

#[derive(pest_derive::Parser)]
#[grammar = "../grammar/vtl.pest"]
struct Grammar;

/// Why a template does not parse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// Where: at the offending token; at the end of input, the last character.
    pub span: Span,
    /// What was met and what was expected.
    pub message: String,
}

/// How deeply blocks, calls, lists and parentheses may nest.
pub(super) const MAX_NESTING: u32 = 200;

/// How many values one expression may join by operators; each is one level deeper than the one before.
pub(super) const MAX_OPERANDS: usize = 500;

/// Parses a template.
///
/// # Errors
/// A [`SyntaxError`] at the first place that Velocity's grammar does not accept, or where a directive stands
/// that AppSync does not run (`#macro`, `#parse`, `#include`, `#define`, `#evaluate`).
pub fn parse(text: &str) -> Result<Block, SyntaxError> {
    quick::read(text).map_or_else(|| parse_by_grammar(text), Ok)
}

/// Parses whatever template, and says what is wrong with one.
pub(super) fn parse_by_grammar(text: &str) -> Result<Block, SyntaxError> {
    let mut pairs = Grammar::parse(Rule::template, text).map_err(|error| syntax_error(text, 0, &error))?;
    let builder = Builder { base: Base::Offset(0) };
    let Some(template) = pairs.next() else { return Ok(Block::new()) };
    let inner = template.into_inner();
    check_last_character(inner.clone())?;
    builder.block(inner, 0)
}

/// Velocity's lexer fails on a template whose last character is `$` or `#`, even at the end of a line comment; the
/// grammar finds all other cases.
fn check_last_character(template: Pairs<'_, Rule>) -> Built<()> {
    let last = template.filter(|pair| pair.as_rule() != Rule::EOI).last();
    match last {
        Some(pair)
            if pair.as_rule() == Rule::line_comment && pair.as_str() != "##" && pair.as_str().ends_with(['$', '#']) =>
        {
            let end = pair.as_span().end();
            let message = "unexpected the end of the template after `$` or `#`".into();
            Err(SyntaxError { span: Span::new(end - 1, end), message })
        }
        _ => Ok(()),
    }
}

/// How positions inside the text at hand map to the template.
#[derive(Clone, Copy)]
enum Base {
    /// By a constant.
    Offset(u32),
    /// Not at all: a string with doubled quotes or `\u` escapes; everything in it gets the string's span.
    Whole(Span),
}

struct Builder {
    base: Base,
}

type Built<T> = Result<T, SyntaxError>;

impl Builder {
    fn span(&self, pair: &Pair<'_, Rule>) -> Span {
        let span = pair.as_span();
        match self.base {
            Base::Offset(offset) => {
                let inner = Span::new(span.start(), span.end());
                Span { start: inner.start + offset, end: inner.end + offset }
            }
            Base::Whole(whole) => whole,
        }
    }

    fn block(&self, pairs: Pairs<'_, Rule>, depth: u32) -> Built<Block> {
        let mut block = Block::new();
        for pair in pairs {
            let span = self.span(&pair);
            let source = pair.as_str();
            self.check_depth(span, depth)?;
            let kind = match pair.as_rule() {
                Rule::line_comment | Rule::block_comment | Rule::nested_quiet | Rule::EOI => continue,
                Rule::text
                | Rule::hash_text
                | Rule::dollar_text
                | Rule::slash_text
                | Rule::hash_slashes
                | Rule::dollar_word
                | Rule::bang_dollar
                | Rule::nested_formal
                | Rule::loose_end
                | Rule::unknown
                | Rule::escaped_set => StatementKind::Text(pair.as_str().to_owned()),
                Rule::unparsed => StatementKind::Text(
                    pair.into_inner().next().map_or_else(String::new, |raw| raw.as_str().to_owned()),
                ),
                // `$!` in front of no name loses its `!`, unless a brace follows.
                Rule::bang_runt => StatementKind::Text(if pair.as_str().len() > 2 { "$!{".into() } else { "$".into() }),
                Rule::slash_bang => {
                    let mut inner = pair.into_inner();
                    let prefix = self.next(&mut inner, span)?.as_str().replacen('\\', "", 1);
                    let name = inner.next().map_or("", |name| name.as_str());
                    StatementKind::Text(format!("{prefix}!{name}"))
                }
                Rule::doubled => StatementKind::Text("\\".repeat(pair.as_str().len() / 2)),
                Rule::escaped_directive => StatementKind::Text(escaped_directive(pair.as_str())),
                Rule::reference => StatementKind::Output { slashes: 0, reference: self.reference(pair, span, depth)? },
                Rule::escaped_reference => {
                    let text = pair.as_str();
                    let slashes = text.len() - text.trim_start_matches('\\').len();
                    let inner = Span { start: span.start + Span::new(slashes, 0).start, end: span.end };
                    let reference = self.reference(pair, inner, depth)?;
                    StatementKind::Output { slashes: Span::new(slashes, 0).start, reference }
                }
                Rule::set => {
                    let mut inner = pair.into_inner();
                    let target = self.next(&mut inner, span)?;
                    let target_span = self.span(&target);
                    let target = self.bare_reference(target, target_span, depth)?;
                    let value = self.next(&mut inner, span)?;
                    StatementKind::Set { target, value: self.expression(value, depth + 1)? }
                }
                Rule::if_block => self.if_block(pair, depth)?,
                Rule::foreach_block => self.foreach_block(pair, span, depth)?,
                Rule::simple => self.simple(pair, span, depth)?,
                Rule::refused => {
                    let name = self.next(&mut pair.into_inner(), span)?;
                    return Err(refused(name.as_str(), self.span(&name)));
                }
                other => return Err(unexpected(span, other)),
            };
            let span = match self.base {
                Base::Offset(_) => visible(span, source, &kind),
                Base::Whole(whole) => whole,
            };
            let hashes = matches!(kind, StatementKind::Output { .. }) && source.ends_with("##");
            match (block.last_mut(), kind) {
                // Neighbouring text is one text: fewer statements to run.
                (Some(Statement { span: last, kind: StatementKind::Text(text) }), StatementKind::Text(more))
                    if last.end == span.start =>
                {
                    text.push_str(&more);
                    last.end = span.end;
                }
                (_, kind) => block.push(Statement { span, kind }),
            }
            if hashes {
                let span = Span { start: span.end.saturating_sub(2), ..span };
                block.push(Statement { span, kind: StatementKind::Text("##".to_owned()) });
            }
        }
        Ok(block)
    }

    fn if_block(&self, pair: Pair<'_, Rule>, depth: u32) -> Built<StatementKind> {
        let span = self.span(&pair);
        let mut arms = Vec::new();
        let mut otherwise = None;
        let mut condition = None;
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::expression => condition = Some(self.expression(part, depth + 1)?),
                Rule::block => {
                    let body = self.block(part.into_inner(), depth + 1)?;
                    arms.extend(condition.take().map(|condition| (condition, body)));
                }
                Rule::elseif_arm => {
                    let mut inner = part.into_inner();
                    let condition = self.next(&mut inner, span)?;
                    let body = self.next(&mut inner, span)?;
                    arms.push((self.expression(condition, depth + 1)?, self.block(body.into_inner(), depth + 1)?));
                }
                Rule::else_arm => {
                    let body = self.next(&mut part.into_inner(), span)?;
                    otherwise = Some(self.block(body.into_inner(), depth + 1)?);
                }
                other => return Err(unexpected(span, other)),
            }
        }
        Ok(StatementKind::If { arms, otherwise })
    }

    fn foreach_block(&self, pair: Pair<'_, Rule>, span: Span, depth: u32) -> Built<StatementKind> {
        let mut inner = pair.into_inner();
        let variable = self.next(&mut inner, span)?;
        let variable_span = self.span(&variable);
        let variable = self.bare_reference(variable, variable_span, depth)?;
        let (mut has_word, mut iterable, mut body) = (false, None, Block::new());
        for part in inner {
            match part.as_rule() {
                Rule::loop_word => has_word = true,
                Rule::block => body = self.block(part.into_inner(), depth + 1)?,
                _ => iterable = Some(self.value(part, depth + 1)?),
            }
        }
        // The word between is not checked by Velocity 1.7, but without one there is nothing to iterate.
        Ok(StatementKind::Foreach { variable, iterable: iterable.filter(|_| has_word), body })
    }

    fn simple(&self, pair: Pair<'_, Rule>, span: Span, depth: u32) -> Built<StatementKind> {
        let mut inner = pair.into_inner();
        let name = self.next(&mut inner, span)?.as_str();
        let argument = match inner.next() {
            Some(part) if part.as_rule() == Rule::loop_word => {
                Some(Expression { span: self.span(&part), kind: ExpressionKind::Word })
            }
            Some(part) => Some(self.value(part, depth + 1)?),
            None => None,
        };
        Ok(match name.trim_matches(['#', '{', '}']) {
            "break" => StatementKind::Break(argument),
            "return" => StatementKind::Return(argument),
            _ => StatementKind::Stop,
        })
    }

    fn reference(&self, pair: Pair<'_, Rule>, span: Span, depth: u32) -> Built<Reference> {
        let whole = span;
        // Children: possibly `slashes`, then the form, whose first child is the name.
        let form = pair.into_inner().find(|part| part.as_rule() != Rule::slashes);
        let Some(form) = form else { return Err(unexpected(span, Rule::reference)) };
        let rule = form.as_rule();
        let mut parts = form.into_inner();
        let name = self.next(&mut parts, span)?.as_str().to_owned();
        let steps = parts.map(|part| self.step(part, depth + 1)).collect::<Built<Vec<_>>>()?;
        // `##` behind a property is text that the grammar keeps with the reference.
        let span = steps.last().map_or(span, |last| Span { end: last.span.end.max(span.start), ..span });
        let span = if matches!(rule, Rule::plain | Rule::quiet) { span } else { whole };
        Ok(Reference {
            span,
            name,
            quiet: matches!(rule, Rule::quiet | Rule::quiet_formal),
            formal: matches!(rule, Rule::formal | Rule::quiet_formal),
            steps,
        })
    }

    /// A reference where no text can follow it.
    fn bare_reference(&self, pair: Pair<'_, Rule>, span: Span, depth: u32) -> Built<Reference> {
        let reference = self.reference(pair, span, depth)?;
        if reference.span.end < span.end {
            let span = Span { start: reference.span.end, ..span };
            return Err(SyntaxError { span, message: "unexpected `##`".into() });
        }
        Ok(reference)
    }

    fn step(&self, pair: Pair<'_, Rule>, depth: u32) -> Built<Step> {
        let span = self.span(&pair);
        let hashes = match pair.as_str() {
            text if pair.as_rule() != Rule::member || !text.ends_with('#') => 0,
            text if text.ends_with("##") => 2,
            _ => 1,
        };
        let span = match self.base {
            Base::Offset(_) => Span { end: span.end - hashes, ..span },
            Base::Whole(_) => span,
        };
        self.check_depth(span, depth)?;
        let rule = pair.as_rule();
        let mut inner = pair.into_inner();
        let first = self.next(&mut inner, span)?;
        let kind = match inner.next().filter(|part| part.as_rule() == Rule::call) {
            Some(call) => StepKind::Call {
                name: first.as_str().to_owned(),
                arguments: call
                    .into_inner()
                    .map(|argument| self.value(argument, depth + 1))
                    .collect::<Built<Vec<_>>>()?,
            },
            None if rule == Rule::member => StepKind::Property(first.as_str().to_owned()),
            None => StepKind::Index(self.value(first, depth + 1)?),
        };
        Ok(Step { span, kind })
    }

    fn expression(&self, pair: Pair<'_, Rule>, depth: u32) -> Built<Expression> {
        let span = self.span(&pair);
        self.check_depth(span, depth)?;
        let mut inner = pair.into_inner();
        if inner.clone().filter(|pair| operator(pair.as_rule()).is_some()).count() >= MAX_OPERANDS {
            let message = format!("more than {MAX_OPERANDS} values joined by operators");
            return Err(SyntaxError { span, message });
        }
        let first = self.operand(&mut inner, span, depth)?;
        self.climb(first, &mut inner, 0, depth)
    }

    /// Precedence climbing over the flat list of operands and operators.
    fn climb(&self, mut left: Expression, rest: &mut Pairs<'_, Rule>, least: u8, depth: u32) -> Built<Expression> {
        while let Some(operator) = rest.peek().and_then(|pair| operator(pair.as_rule())) {
            if operator.precedence() <= least {
                break;
            }
            rest.next();
            let operand = self.operand(rest, left.span, depth)?;
            let right = self.climb(operand, rest, operator.precedence(), depth)?;
            let span = Span { start: left.span.start, end: right.span.end };
            left = Expression { span, kind: ExpressionKind::Binary(operator, Box::new(left), Box::new(right)) };
        }
        Ok(left)
    }

    fn operand(&self, rest: &mut Pairs<'_, Rule>, around: Span, depth: u32) -> Built<Expression> {
        self.check_depth(around, depth)?;
        let pair = self.next(rest, around)?;
        if pair.as_rule() == Rule::not {
            let start = self.span(&pair).start;
            let operand = self.operand(rest, around, depth + 1)?;
            let span = Span { start, end: operand.span.end };
            return Ok(Expression { span, kind: ExpressionKind::Not(Box::new(operand)) });
        }
        self.value(pair, depth)
    }

    fn value(&self, pair: Pair<'_, Rule>, depth: u32) -> Built<Expression> {
        let span = self.span(&pair);
        self.check_depth(span, depth)?;
        let text = pair.as_str();
        let kind = match pair.as_rule() {
            Rule::group => {
                let inner = self.next(&mut pair.into_inner(), span)?;
                return self.expression(inner, depth + 1);
            }
            Rule::double_quoted => self.double_quoted(text, span, depth)?,
            Rule::single_quoted => ExpressionKind::Text(unquote(text, "'")),
            Rule::integer => ExpressionKind::Integer(text.to_owned()),
            Rule::float => ExpressionKind::Float(text.parse().unwrap_or(f64::NAN)),
            Rule::boolean => ExpressionKind::Boolean(text == "true"),
            Rule::bare_word | Rule::loop_word => ExpressionKind::Word,
            Rule::reference => ExpressionKind::Reference(Box::new(self.bare_reference(pair, span, depth)?)),
            Rule::list => self.list(pair, span, depth)?,
            Rule::map => {
                let mut inner = pair.into_inner();
                let mut pairs = Vec::new();
                while let Some(key) = inner.next() {
                    let value = self.next(&mut inner, span)?;
                    pairs.push((self.value(key, depth + 1)?, self.value(value, depth + 1)?));
                }
                ExpressionKind::Map(pairs)
            }
            other => return Err(unexpected(span, other)),
        };
        Ok(Expression { span, kind })
    }

    /// A list or a range. The bounds of a range are references and integers, nothing else.
    fn list(&self, pair: Pair<'_, Rule>, span: Span, depth: u32) -> Built<ExpressionKind> {
        let mut items = Vec::new();
        let inner = pair.into_inner();
        let first_is_bound = inner.peek().is_some_and(|pair| matches!(pair.as_rule(), Rule::reference | Rule::integer));
        for item in inner {
            if item.as_rule() != Rule::range_end {
                items.push(self.value(item, depth + 1)?);
                continue;
            }
            let dots = self.span(&item);
            let to = self.next(&mut item.into_inner(), span)?;
            return match items.pop() {
                Some(from) if first_is_bound => {
                    Ok(ExpressionKind::Range(Box::new(from), Box::new(self.value(to, depth + 1)?)))
                }
                _ => Err(SyntaxError { span: dots, message: "unexpected `.`, expected `]`".into() }),
            };
        }
        Ok(ExpressionKind::List(items))
    }

    /// A double-quoted string is a template of its own when it holds a `$` or a `#`.
    fn double_quoted(&self, text: &str, span: Span, depth: u32) -> Built<ExpressionKind> {
        let raw = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
        let plain = !raw.contains("\"\"") && !raw.contains("\\u");
        let decoded = if plain { raw.to_owned() } else { decode_unicode(&unquote(text, "\""), span)? };
        if !decoded.contains(['$', '#']) {
            return Ok(ExpressionKind::Text(decoded));
        }
        let base = match self.base {
            Base::Offset(_) if plain => Base::Offset(span.start + 1),
            _ => Base::Whole(span),
        };
        let mut pairs = Grammar::parse(Rule::string_template, &decoded).map_err(|error| match base {
            Base::Offset(offset) => syntax_error(&decoded, offset, &error),
            Base::Whole(span) => SyntaxError { span, message: syntax_error(&decoded, 0, &error).message },
        })?;
        let Some(template) = pairs.next() else { return Ok(ExpressionKind::Text(String::new())) };
        let block = Builder { base }.block(template.into_inner(), depth + 1)?;
        Ok(interpolated(block))
    }

    fn next<'i>(&self, pairs: &mut Pairs<'i, Rule>, around: Span) -> Built<Pair<'i, Rule>> {
        pairs.next().ok_or_else(|| unexpected(around, Rule::EOI))
    }

    fn check_depth(&self, span: Span, depth: u32) -> Built<()> {
        if depth <= MAX_NESTING { Ok(()) } else { Err(SyntaxError { span, message: too_deep() }) }
    }
}

/// A string that is a template of its own; without anything to run in it, it is text.
pub(super) fn interpolated(block: Block) -> ExpressionKind {
    match <[Statement; 1]>::try_from(block) {
        Ok([Statement { kind: StatementKind::Text(text), .. }]) => ExpressionKind::Text(text),
        Ok(one) => ExpressionKind::Interpolated(one.into()),
        Err(block) => ExpressionKind::Interpolated(block),
    }
}

fn operator(rule: Rule) -> Option<Operator> {
    Some(match rule {
        Rule::or => Operator::Or,
        Rule::and => Operator::And,
        Rule::equal => Operator::Equal,
        Rule::not_equal => Operator::NotEqual,
        Rule::less => Operator::Less,
        Rule::less_equal => Operator::LessEqual,
        Rule::greater => Operator::Greater,
        Rule::greater_equal => Operator::GreaterEqual,
        Rule::add => Operator::Add,
        Rule::subtract => Operator::Subtract,
        Rule::multiply => Operator::Multiply,
        Rule::divide => Operator::Divide,
        Rule::modulo => Operator::Modulo,
        _ => return None,
    })
}

/// A directive's token swallows the blanks in front of `#set` and the line end behind a `)` or `#end`;
/// for people it stands from its `#` to its last visible character.
fn visible(span: Span, text: &str, kind: &StatementKind) -> Span {
    if matches!(kind, StatementKind::Text(_) | StatementKind::Output { .. }) {
        return span;
    }
    let before = Span::new(text.len() - text.trim_start().len(), text.len() - text.trim_end().len());
    let (start, end) = (span.start + before.start, span.end.saturating_sub(before.end));
    if start < end { Span { start, end } } else { span }
}

fn escaped_directive(text: &str) -> String {
    let tag = text.trim_start_matches('\\');
    let slashes = text.len() - tag.len();
    let word = tag.trim_matches(['#', '{', '}']);
    let known = matches!(
        word,
        "if" | "elseif"
            | "else"
            | "end"
            | "set"
            | "stop"
            | "foreach"
            | "break"
            | "return"
            | "macro"
            | "parse"
            | "include"
            | "define"
            | "evaluate"
    );
    if known { format!("{}{tag}", "\\".repeat((slashes - 1) / 2)) } else { text.to_owned() }
}

fn unquote(text: &str, quote: &str) -> String {
    text.get(1..text.len().saturating_sub(1)).unwrap_or("").replace(&quote.repeat(2), quote)
}

/// Java's `\uXXXX`, which Velocity decodes in double-quoted strings.
fn decode_unicode(text: &str, span: Span) -> Built<String> {
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("\\u") {
        let (before, escape) = rest.split_at(at);
        units.extend(before.encode_utf16());
        let digits = escape.get(2..6).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        let Some(unit) = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) else {
            return Err(SyntaxError { span, message: "`\\u` in a string needs four hexadecimal digits".into() });
        };
        units.push(unit);
        rest = escape.get(6..).unwrap_or("");
    }
    units.extend(rest.encode_utf16());
    Ok(String::from_utf16_lossy(&units))
}

fn refused(text: &str, span: Span) -> SyntaxError {
    SyntaxError {
        span,
        message: format!("AppSync does not run `{text}`: this directive of Velocity is not available there"),
    }
}

fn unexpected(span: Span, rule: Rule) -> SyntaxError {
    SyntaxError { span, message: format!("unexpected {}", describe(rule)) }
}

fn too_deep() -> String {
    format!("nested more than {MAX_NESTING} levels deep")
}

fn syntax_error(text: &str, base: u32, error: &pest::error::Error<Rule>) -> SyntaxError {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let (met, start) = match text.get(at..).and_then(|rest| rest.chars().next()) {
        Some(c) => (format!("`{}`", c.escape_debug()), at),
        // At the end Velocity points at the last character.
        None => ("the end of the template".to_owned(), text.char_indices().next_back().map_or(0, |(i, _)| i)),
    };
    let message = match &error.variant {
        ErrorVariant::ParsingError { positives, .. } => {
            let mut names: Vec<&str> = positives.iter().copied().map(describe).collect();
            names.sort_unstable();
            names.dedup();
            names.retain(|name| !name.is_empty());
            match names.join(", ") {
                expected if text.get(at..) == Some("") && expected.contains("`#end`") => {
                    "the template ends inside an `#if` or `#foreach`: an `#end` is missing".to_owned()
                }
                expected if expected.is_empty() => format!("unexpected {met}"),
                expected => format!("unexpected {met}, expected {expected}"),
            }
        }
        // The only one: pest stops before the stack ends.
        ErrorVariant::CustomError { .. } => too_deep(),
    };
    let end = start + text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = Span::new(start, end);
    SyntaxError { span: Span { start: span.start + base, end: span.end + base }, message }
}

/// A rule in a reader's words.
fn describe(rule: Rule) -> &'static str {
    match rule {
        Rule::EOI => "the end of the template",
        Rule::expression | Rule::group => "a value",
        Rule::double_quoted | Rule::single_quoted => "a string",
        Rule::integer | Rule::float => "a number",
        Rule::boolean => "`true` or `false`",
        Rule::list => "a list `[..]`",
        Rule::map => "a map `{..}`",
        Rule::reference | Rule::plain | Rule::name => "a reference `$name`",
        Rule::not => "`!`",
        Rule::or | Rule::and => "`&&` or `||`",
        Rule::equal | Rule::not_equal | Rule::less | Rule::less_equal | Rule::greater | Rule::greater_equal => {
            "a comparison"
        }
        Rule::add | Rule::subtract | Rule::multiply | Rule::divide | Rule::modulo => "an arithmetic operator",
        Rule::step_name => "a property or method name",
        Rule::open_paren => "`(`",
        Rule::close_paren => "`)`",
        Rule::close_bracket => "`]`",
        Rule::close_brace => "`}`",
        Rule::comma_sign => "`,`",
        Rule::colon_sign => "`:`",
        Rule::equals_sign => "`=`",
        Rule::quote => "the closing `\"` of a string",
        Rule::apostrophe => "the closing `'` of a string",
        Rule::end_tag => "`#end`",
        Rule::bare_word | Rule::loop_word => "a word",
        _ => "",
    }
}
