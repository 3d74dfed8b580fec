//! One template rendered once, as plain Velocity would: `render TEMPLATE VARIABLES.json`, output to stdout.
//! Every member of the variables' object is a top-level reference. Shows the language alone, and is what the
//! comparison with other engines starts as a cold process.

use std::error::Error;
use std::io::Write;

use vtlens::compile::compile;
use vtlens::eval::{End, NoTrace, Session};
use vtlens::limits::Env;
use vtlens::util::Host;
use vtlens::value::parse::parse_json;
use vtlens::value::{Value, java};

/// As in the `vtlens` command.
#[cfg(feature = "cli")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [template, variables] = arguments.as_slice() else {
        return Err("usage: render TEMPLATE VARIABLES.json".into());
    };
    let text = std::fs::read_to_string(template)?;
    let json = std::fs::read_to_string(variables)?;

    let Value::Map(variables) = parse_json(&json)? else { return Err("the variables must be a JSON object".into()) };
    let variables: Vec<(String, Value)> =
        variables.entries().iter().map(|(name, value)| (java::to_string(&name.0), value.clone())).collect();
    let variables = variables.iter().map(|(name, value)| (name.as_str(), value.clone()));

    let program = compile(template, &text)?;
    let env = Env::at(0);
    let mut host = Host::new(&env, "User Pool Authorization");
    let outcome = Session::new(&program).run(variables, &mut host, &mut NoTrace);
    std::io::stdout().write_all(outcome.output.as_bytes())?;
    match outcome.end {
        End::Failed(failure) => Err(failure.message.into()),
        End::Finished | End::Returned(_) => Ok(()),
    }
}
