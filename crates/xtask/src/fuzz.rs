//! `cargo xtask fuzz`: schemathesis over the OpenAPI document, by the story `fuzz`.

use crate::arguments::Arguments;
use crate::checkout::Checkout;
use crate::error::{Error, Result};
use crate::python;
use crate::test;

/// Runs the story for so many seconds, as every role at once.
pub fn fuzz(checkout: &Checkout, arguments: &Arguments) -> Result<()> {
    let seconds = arguments.rest.first().map_or("60", String::as_str);
    if seconds.parse::<u32>().is_err() {
        return Err(Error::new(format!("fuzz takes seconds, not \"{seconds}\"")));
    }
    let variables = [
        python::variable(&python::tools(checkout)?),
        ("JONQUIL_FUZZ_SECONDS".to_owned(), seconds.to_owned()),
    ];
    test::story(checkout, arguments.has("--keep"), "fuzz::", &variables)
}
