//! The acts that rules cite, from `data/acts.toml`, and short forms for citing them.

use model::basis::{Act, Basis};
use model::text::Label;

include!(concat!(env!("OUT_DIR"), "/acts.rs"));

/// A place in the Provisions: `provisions("第五条第一款", "Art. 5 ¶1")`.
pub const fn provisions(zh: &'static str, en: &'static str) -> Basis {
    Basis { act: &PROVISIONS, place: Label { zh, en } }
}

/// An act as a whole.
pub const fn whole(act: &'static Act) -> Basis {
    Basis { act, place: Label { zh: "", en: "" } }
}
