//! The acts that rules cite, from `data/acts.toml`, and short forms for citing them.

use model::basis::{Act, Basis};
use model::text::Label;

include!(concat!(env!("OUT_DIR"), "/acts.rs"));

/// A place in the Provisions: `provisions("第五条第一款", "Art. 5 ¶1")`.
pub const fn provisions(zh: &'static str, en: &'static str) -> Basis {
    Basis { act: &PROVISIONS, place: Label { zh, en } }
}

/// A place in another act: `place(&acts::ICP_FILING, "第十三条", "Art. 13")`.
pub const fn place(act: &'static Act, zh: &'static str, en: &'static str) -> Basis {
    Basis { act, place: Label { zh, en } }
}

/// An act as a whole.
pub const fn whole(act: &'static Act) -> Basis {
    Basis { act, place: Label { zh: "", en: "" } }
}
