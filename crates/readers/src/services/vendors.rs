//! Products that greetings name. Only what the text itself says; sets of fingerprints know more and are asked elsewhere.

use model::facts::services::Service;
use model::facts::technology::VersionSource;

use super::text::{self, Telling, version_after};

/// Whose greeting it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Banner {
    Ftp,
    Smtp,
    Pop3,
    Imap,
}

/// Marks in greetings: the service, the text that is there, the product's name, and what stands before its version.
const MARKS: [(Banner, &str, &str, &str); 20] = [
    (Banner::Ftp, "(vsFTPd ", "vsftpd", "(vsFTPd "),
    (Banner::Ftp, "ProFTPD", "ProFTPD", "ProFTPD "),
    (Banner::Ftp, "Pure-FTPd", "Pure-FTPd", "Pure-FTPd "),
    (Banner::Ftp, "FileZilla Server", "FileZilla Server", "FileZilla Server "),
    (Banner::Ftp, "Serv-U FTP", "Serv-U", "Serv-U FTP Server v"),
    (Banner::Ftp, "Microsoft FTP Service", "Microsoft FTP Service", "Version "),
    (Banner::Smtp, "OpenSMTPD", "OpenSMTPD", "OpenSMTPD "),
    (Banner::Smtp, "Postfix", "Postfix", "Postfix "),
    (Banner::Smtp, "Exim", "Exim", "Exim "),
    (Banner::Smtp, "Sendmail", "Sendmail", "Sendmail "),
    (Banner::Smtp, "Microsoft ESMTP MAIL Service", "Microsoft Exchange", "Version: "),
    (Banner::Smtp, "Coremail", "Coremail", "Coremail V"),
    (Banner::Smtp, "WinWebMail", "WinWebMail", "WinWebMail "),
    (Banner::Smtp, "Anti-spam GT for Coremail", "Coremail", "Coremail System("),
    (Banner::Pop3, "Dovecot", "Dovecot", "Dovecot v"),
    (Banner::Pop3, "Coremail", "Coremail", "Coremail V"),
    (Banner::Pop3, "Microsoft Exchange", "Microsoft Exchange", "Version "),
    (Banner::Imap, "Dovecot", "Dovecot", "Dovecot v"),
    (Banner::Imap, "Coremail", "Coremail", "Coremail V"),
    (Banner::Imap, "Microsoft Exchange", "Microsoft Exchange", "Version "),
];

/// Adds the product that a greeting names.
pub(super) fn named(found: Service, banner: Banner, greeting: &[u8]) -> Service {
    let shown = text::shown(greeting);
    match MARKS.iter().find(|(whose, mark, ..)| *whose == banner && shown.contains(mark)) {
        Some((_, _, name, before)) => {
            let version = version_after(&shown, before).map(|version| (version, VersionSource::Banner));
            found.product(None, name, version, greeting)
        }
        None => found,
    }
}

/// Adds what IMAP's answer to ID names: `* ID ("name" "Dovecot" "version" "2.3")` (RFC 2971, 3.2).
pub(super) fn identified(mut found: Service, answer: &[u8]) -> Service {
    let shown = text::shown(answer);
    let value = |key: &str| {
        let rest = shown.split_once(&format!("\"{key}\" \""))?.1;
        rest.split('"').next()
    };
    let Some(name) = value("name") else { return found };
    let version = value("version").map(|version| (version, VersionSource::Protocol));
    found.products.clear();
    found.product(value("vendor"), name, version, answer)
}
