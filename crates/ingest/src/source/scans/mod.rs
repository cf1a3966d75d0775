//! What mapping engines and scanners saw.

pub mod censys;
pub mod fofa;
pub mod httpx;
pub mod hunter;
pub mod nmap;
pub mod nuclei;
pub mod quake;
pub mod shodan;
#[cfg(test)]
mod tests;
pub mod zoomeye;
