//! Prints the description of the API, for `docs/openapi.json`.
#![allow(clippy::print_stdout, reason = "printing is its purpose")]

fn main() -> Result<(), serde_json::Error> {
    print!("{}", api::server::description()?);
    Ok(())
}
