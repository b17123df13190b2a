//! `cargo xtask`: Jonquil on a developer's machine, without containers. `cargo xtask help` lists the commands.

mod accounts;
mod arguments;
mod chaos;
mod checkout;
mod engines;
mod error;
mod fetch;
mod files;
mod fuzz;
mod http;
mod node;
mod parallel;
mod pins;
mod ports;
mod prerequisites;
mod process;
mod python;
mod report;
mod roles;
mod secrets;
mod status;
mod test;
mod tidy;
mod tool;
mod up;
mod volumes;
mod web;

use std::env;
use std::process::ExitCode;

use arguments::Arguments;
use checkout::Checkout;
use error::{Error, Result};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::line(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut given = env::args_os().skip(1);
    let command = given.next().unwrap_or_default();
    if command == "chaos-engine" {
        return chaos::engine(given.map(|argument| argument.to_string_lossy().into_owned()));
    }
    if command == "clickhouse-host" {
        return engines::clickhouse_host(given);
    }
    let given = given.map(|argument| argument.to_string_lossy().into_owned());
    let command = command.to_string_lossy().into_owned();
    let (flags, passes_on): (&[&str], bool) = match command.as_str() {
        "up" => (&["--detach", "--no-demo", "--json"], false),
        "status" => (&["--json"], false),
        "reset" => (&["--yes"], false),
        "down" | "engines" | "tidy" => (&[], false),
        "page" | "screenshots" => (&["--keep"], false),
        "test" | "bench" | "chaos" | "fuzz" => (&["--keep"], true),
        "" | "help" | "--help" | "-h" => {
            report::print(arguments::HELP);
            return Ok(());
        }
        other => {
            return Err(Error::new(format!("unknown command `{other}`\n\n{}", arguments::HELP)));
        }
    };
    let arguments = Arguments::read(given, flags, passes_on)?;
    if command == "chaos" {
        return chaos::run(&arguments);
    }
    let checkout = Checkout::find(arguments.port_base)?;
    match command.as_str() {
        "up" => up::up(&checkout, &arguments),
        "status" => status::print(&checkout, arguments.has("--json")),
        "down" => up::down(&checkout),
        "reset" => up::reset(&checkout, &arguments),
        "test" => test::test(&checkout, &arguments),
        "fuzz" => fuzz::fuzz(&checkout, &arguments),
        "bench" => test::bench(&checkout, &arguments),
        "page" => test::page(&checkout, &arguments),
        "screenshots" => test::screenshots(&checkout, &arguments),
        "tidy" => tidy::check(&checkout),
        _ => print_engines(&checkout),
    }
}

/// `cargo xtask engines`: starts the engines and prints the variables to export for clients.
fn print_engines(checkout: &Checkout) -> Result<()> {
    prerequisites::check(checkout)?;
    engines::start(checkout)?;
    engines::keep(checkout)?;
    for (name, value) in engines::variables(checkout)? {
        report::print(&format!("export {name}={value}"));
    }
    Ok(())
}
