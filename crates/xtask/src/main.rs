//! `cargo xtask`: Jonquil on a developer's machine, without containers. `cargo xtask help` tells what there is.

mod checkout;
mod engines;
mod fault;
mod fetch;
mod files;
mod http;
mod pins;
mod ports;
mod process;
mod report;
mod tool;

use std::process::ExitCode;

use checkout::Checkout;
use fault::Result;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            report::line(&format!("{fault}"));
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let command = arguments.next().unwrap_or_default();
    if command == "clickhouse-host" {
        return engines::clickhouse_host(arguments);
    }
    let checkout = Checkout::find(None)?;
    if command == "down" {
        engines::stop(&checkout, &engines::ENGINES)?;
        return Ok(());
    }
    engines::start(&checkout)?;
    for (name, value) in engines::variables(&checkout)? {
        report::answer(&format!("export {name}={value}"));
    }
    Ok(())
}
