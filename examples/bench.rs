//! Times parse + compile, evaluation and traced evaluation of one template: `bench TEMPLATE VARIABLES.json [SECONDS]`.
//! Prints one line of JSON, all times in microseconds: the first run of each in this process, and medians over
//! rounds of about 50 ms after a warm-up of SECONDS. Laid out like the benches of other engines, so that one
//! script can run them side by side; build it with `--release`.

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;
use vtlens::compile::compile;
use vtlens::eval::{NoTrace, Recorder, Session, Tracer};
use vtlens::limits::Env;
use vtlens::util::Host;
use vtlens::value::parse::parse_json;
use vtlens::value::{Value, java};

/// As in the `vtlens` command.
#[cfg(feature = "cli")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long one measured round lasts, about.
const ROUND: Duration = Duration::from_millis(50);

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (template, variables, seconds) = match arguments.as_slice() {
        [template, variables] => (template, variables, 3.0),
        [template, variables, seconds] => (template, variables, seconds.parse()?),
        _ => return Err("usage: bench TEMPLATE VARIABLES.json [SECONDS]".into()),
    };
    let text = std::fs::read_to_string(template)?;
    let json = std::fs::read_to_string(variables)?;
    let phase = Duration::from_secs_f64(seconds);

    let start = Instant::now();
    let program = compile(template, &text)?;
    let first_parse = start.elapsed();

    let env = Env::at(0);
    let start = Instant::now();
    let session = Session::new(&program);
    let output = run(&session, &env, &variables_of(&json)?, &mut NoTrace);
    let first_render = start.elapsed();

    let context = rounds(phase.div_f64(3.0), || {
        black_box(variables_of(&json).ok());
    });
    let parse = rounds(phase, || {
        black_box(compile(template, &text).ok());
    });
    let render = rounds(phase, || {
        if let Ok(variables) = variables_of(&json) {
            black_box(run(&session, &env, &variables, &mut NoTrace));
        }
    });
    let recorded = rounds(phase, || {
        if let Ok(variables) = variables_of(&json) {
            let mut recorder = Recorder::new();
            black_box(run(&session, &env, &variables, &mut recorder));
            black_box(recorder);
        }
    });

    let line = json!({
        "engine": concat!("vtlens ", env!("CARGO_PKG_VERSION")),
        "first_parse_us": first_parse.as_secs_f64() * 1e6,
        "first_render_us": first_render.as_secs_f64() * 1e6,
        "parse_us_median": median(&parse),
        "parse_us_min": parse.first(),
        "render_incl_ctx_us_median": median(&render),
        "ctx_json_us_median": median(&context),
        "render_us": median(&render) - median(&context),
        "recorded_us": median(&recorded) - median(&context),
        "rounds": render.len(),
        "out_len": output.len(),
    });
    println!("{line}");
    Ok(())
}

/// The context is read anew for every run: templates change what they are given.
fn variables_of(json: &str) -> Result<Vec<(String, Value)>, Box<dyn Error>> {
    let Value::Map(map) = parse_json(json)? else { return Err("the variables must be a JSON object".into()) };
    Ok(map.entries().iter().map(|(name, value)| (java::to_string(&name.0), value.clone())).collect())
}

fn run(session: &Session<'_>, env: &Env, variables: &[(String, Value)], tracer: &mut impl Tracer) -> String {
    let mut host = Host::new(env, "User Pool Authorization");
    let variables = variables.iter().map(|(name, value)| (name.as_str(), value.clone()));
    session.run(variables, &mut host, tracer).output
}

/// Microseconds a call, one number a round, ascending: a warm-up phase, then rounds for as long again.
fn rounds(phase: Duration, mut call: impl FnMut()) -> Vec<f64> {
    let start = Instant::now();
    let mut calls = 0u32;
    while start.elapsed() < phase || calls == 0 {
        call();
        calls += 1;
    }
    let each = start.elapsed().as_secs_f64() / f64::from(calls);
    let batch = (ROUND.as_secs_f64() / each).max(1.0) as u32;

    let mut times = Vec::new();
    let start = Instant::now();
    while start.elapsed() < phase || times.len() < 7 {
        let round = Instant::now();
        for _ in 0..batch {
            call();
        }
        times.push(round.elapsed().as_secs_f64() * 1e6 / f64::from(batch));
    }
    times.sort_by(f64::total_cmp);
    times
}

fn median(ascending: &[f64]) -> f64 {
    ascending.get(ascending.len() / 2).copied().unwrap_or(f64::NAN)
}
