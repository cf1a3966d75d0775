//! Vendors' default passwords, as the operator lists them. None is shipped.
//!
//! Invariant: a password can be tried and nothing else. Its type prints nowhere, is not serialised and not copied, so it cannot reach a log,
//! a fact, a store or a report by accident.

use crate::digest::Digest;

/// The most passwords that are tried on one account.
pub const ATTEMPTS: usize = 3;

/// A password.
pub struct Secret(String);

impl Secret {
    /// Takes a password in.
    pub fn new(password: String) -> Self {
        Self(password)
    }

    /// The password, for the one request that tries it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Ways to sign in with name and password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SignIn {
    /// HTTP Basic (RFC 7617).
    HttpBasic,
    /// A form of a web page.
    HttpForm,
    /// FTP (RFC 959).
    Ftp,
    /// Redis `AUTH`.
    Redis,
    /// MySQL, by `mysql_native_password`.
    MySql,
}

impl SignIn {
    /// All of them, each with its name in lists.
    pub const NAMES: [(&str, Self); 5] = [
        ("http-basic", Self::HttpBasic),
        ("http-form", Self::HttpForm),
        ("ftp", Self::Ftp),
        ("redis", Self::Redis),
        ("mysql", Self::MySql),
    ];
}

/// A default of a product.
pub struct DefaultPassword {
    /// Product.
    pub product: String,
    /// How one signs in to it.
    pub sign_in: SignIn,
    /// Account; may be empty for Redis.
    pub account: String,
    /// Password.
    pub password: Secret,
    /// What the place must show for the default to be tried there, in any case: a text in the page, the realm or the greeting.
    pub matches: String,
}

/// The operator's list.
pub struct DefaultPasswords {
    /// Name of the file.
    pub name: String,
    /// Digest of the file.
    pub digest: Digest,
    /// Defaults, in the order listed.
    pub entries: Vec<DefaultPassword>,
}

impl DefaultPasswords {
    /// Name and digest, as facts name the list.
    pub fn label(&self) -> String {
        format!("{} {}", self.name, self.digest)
    }
}
