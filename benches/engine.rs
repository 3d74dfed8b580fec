//! The language on an Amplify-made auth template: parse + compile, evaluation, evaluation under the recorder.
//! The context is read from JSON outside the timing, once a run, since templates change what they are given.
#![allow(missing_docs, clippy::expect_used, reason = "a bench that cannot read its data should stop")]

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use vtlens::compile::compile;
use vtlens::eval::{NoTrace, Recorder, Session};
use vtlens::limits::Env;
use vtlens::util::Host;
use vtlens::value::Value;
use vtlens::value::parse::parse_json;

const TEMPLATE: &str = include_str!("data/auth.vtl");
const VARIABLES: &str = include_str!("data/ctx.json");

fn context() -> Value {
    let Value::Map(variables) = parse_json(VARIABLES).expect("the context is JSON") else { return Value::Null };
    variables.get_str("ctx").unwrap_or_default()
}

fn engine(criterion: &mut Criterion) {
    let env = Env::at(0);
    let program = compile("auth.vtl", TEMPLATE).expect("the template parses");
    let session = Session::new(&program);
    let host = || Host::new(&env, "User Pool Authorization");

    criterion.bench_function("parse and compile", |bench| bench.iter(|| compile("auth.vtl", TEMPLATE)));
    criterion.bench_function("read the context", |bench| bench.iter(context));
    criterion.bench_function("evaluate", |bench| {
        bench.iter_batched(
            context,
            // The context is handed back, so that freeing it is not timed either.
            |context| (session.run([("ctx", context.clone())], &mut host(), &mut NoTrace), context),
            BatchSize::SmallInput,
        );
    });
    criterion.bench_function("evaluate and record", |bench| {
        bench.iter_batched(
            context,
            |context| {
                let mut recorder = Recorder::new();
                (session.run([("ctx", context.clone())], &mut host(), &mut recorder), recorder, context)
            },
            BatchSize::SmallInput,
        );
    });
}

criterion_group!(benches, engine);
criterion_main!(benches);
