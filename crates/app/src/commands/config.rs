//! `mingcha config`: the configuration in force.

use anyhow::Context;

use crate::config::Config;
use crate::exit::{Exit, OrExit, ended};
use crate::output::print;

/// Prints it as TOML.
pub fn run(config: &Config) -> Exit {
    ended((|| {
        let text = toml::to_string(config).context("the configuration has no TOML form").or_failed()?;
        print(&text)?;
        Ok(Exit::Clean)
    })())
}
