//! A console behind HTTP Basic, which may lose its patience.

use std::sync::atomic::{AtomicU32, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::HeaderMap;
use hyper::header::AUTHORIZATION;

use crate::world::behaviour;

/// A console and the wrong attempts that it has seen.
pub(super) struct Console {
    /// Its path.
    pub path: String,
    /// What it asks with: the value of `WWW-Authenticate`.
    pub challenge: String,
    /// The value of `Authorization` that it lets in.
    right: String,
    patience: Option<u32>,
    wrong: AtomicU32,
}

/// What a console says to a visitor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// Who are you?
    Ask,
    /// Come in.
    Welcome,
    /// Slow down.
    TooMany,
}

impl Console {
    /// A console of the world.
    pub fn new(console: &behaviour::Console) -> Self {
        Self {
            path: console.path.clone(),
            challenge: format!("Basic realm=\"{}\"", console.realm),
            right: format!("Basic {}", STANDARD.encode(format!("{}:{}", console.account, console.password))),
            patience: console.patience,
            wrong: AtomicU32::new(0),
        }
    }

    /// What it says to a request with these fields. A visitor without a password costs no patience.
    pub fn answer(&self, fields: &HeaderMap) -> Says {
        let told = fields.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let is_spent = |wrong: u32| self.patience.is_some_and(|patience| wrong >= patience);
        match told {
            _ if is_spent(self.wrong.load(Ordering::SeqCst)) => Says::TooMany,
            None => Says::Ask,
            Some(told) if told == self.right => Says::Welcome,
            Some(_) => {
                self.wrong.fetch_add(1, Ordering::SeqCst);
                Says::Ask
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_right_password_opens_until_patience_is_spent() {
        let world = |patience| behaviour::Console {
            path: "/console".into(),
            realm: "Lab Console".into(),
            account: "admin".into(),
            password: "admin123".into(),
            patience,
        };
        let fields = |account: &str, password: &str| {
            let value = format!("Basic {}", STANDARD.encode(format!("{account}:{password}")));
            HeaderMap::from_iter([(AUTHORIZATION, value.parse().expect("a field"))])
        };
        let patient = Console::new(&world(None));
        assert_eq!(patient.answer(&HeaderMap::new()), Says::Ask);
        assert_eq!(patient.answer(&fields("admin", "admin")), Says::Ask);
        assert_eq!(patient.answer(&fields("admin", "admin123")), Says::Welcome);
        let hasty = Console::new(&world(Some(2)));
        assert_eq!(hasty.answer(&fields("admin", "admin")), Says::Ask);
        assert_eq!(hasty.answer(&fields("admin", "root")), Says::Ask);
        assert_eq!(hasty.answer(&fields("admin", "admin123")), Says::TooMany);
    }
}
