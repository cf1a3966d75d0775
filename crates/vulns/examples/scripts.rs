//! Tells the libraries in script files: `cargo run -p vulns --example scripts -- REPOSITORY FILE…`; a line for each, and last the time taken.
//! For comparing by hand with retire.js itself; see `src/scripts/README.md`.
#![expect(clippy::disallowed_methods, clippy::print_stdout, clippy::print_stderr, reason = "a program for developers")]

use std::error::Error;
use std::time::{Duration, Instant};

use vulns::scripts::Detectors;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let repository = arguments.next().ok_or("which repository?")?;
    let detectors = Detectors::from_repository(&std::fs::read(repository)?)?;
    let (mut taken, mut bytes) = (Duration::ZERO, 0);
    for file in arguments {
        let body = std::fs::read(&file)?;
        let start = Instant::now();
        let libraries = detectors.read(&file, Some(&body));
        taken += start.elapsed();
        bytes += body.len();
        for library in libraries {
            println!("{file}\t{}\t{}\t{:?}", library.name, library.version, library.by);
        }
    }
    eprintln!("{}: {bytes} bytes in {taken:?}", detectors.edition());
    Ok(())
}
