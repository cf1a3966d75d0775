//! The operator's list of vendors' default passwords: a table with the columns product, protocol, account, password, match.
//!
//! Invariant: no password leaves here but as a [`Secret`]; what is reported of a bad row never holds one.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use model::digest::Digest;
use model::ledger::source::Rejected;
use model::passwords::{ATTEMPTS, DefaultPassword, DefaultPasswords, Secret, SignIn};
use model::text::Text;

use crate::source::encoding;
use crate::source::rows::clean;

/// The largest list, in bytes, and the longest cell, in characters. It is a short list, not a dictionary.
const MOST_BYTES: u64 = 1 << 20;
const LONGEST: usize = 200;
/// The most defaults.
const MOST_ENTRIES: usize = 2000;
/// The longest bad value that is reported, in characters.
const SHOWN: usize = 40;

/// The columns, each with its names in a header.
const COLUMNS: [[&str; 3]; 5] = [
    ["product", "产品", "产品名称"],
    ["protocol", "协议", "登录方式"],
    ["account", "账号", "用户名"],
    ["password", "口令", "密码"],
    ["match", "匹配", "匹配特征"],
];

/// A list with what could not be taken of it.
pub struct Loaded {
    /// The list.
    pub list: DefaultPasswords,
    /// Rows that were not taken.
    pub rejected: Vec<Rejected>,
}

/// Why a list cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum PasswordsError {
    /// The file could not be read.
    #[error("default passwords: cannot read {path}: {error}; correct the path or its permissions")]
    Read {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Too large to be a list of defaults.
    #[error("default passwords: {0} is larger than 1 MiB; list the vendors' defaults, not a dictionary")]
    TooLarge(PathBuf),
    /// Neither UTF-8 nor GB18030.
    #[error("default passwords: {0} is neither UTF-8 nor GB18030")]
    Encoding(PathBuf),
    /// No header with the columns.
    #[error(
        "default passwords: {path}: the first line lacks the column {column}; it names product, protocol, account, password and match"
    )]
    Header {
        /// Which.
        path: PathBuf,
        /// The first column that is missing.
        column: &'static str,
    },
}

/// Reads a list.
///
/// # Errors
/// When the file cannot be read as a table with the columns. Bad rows are no error: they are reported beside the good ones.
pub fn load(path: &Path) -> Result<Loaded, PasswordsError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes));
    read.map_err(|error| PasswordsError::Read { path: path.to_owned(), error })?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(PasswordsError::TooLarge(path.to_owned()));
    }
    let text = encoding::decode(&bytes).ok_or_else(|| PasswordsError::Encoding(path.to_owned()))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let list = DefaultPasswords { name, digest: Digest::of(&bytes), entries: Vec::new() };
    read_table(text.trim_start_matches('\u{feff}'), list, path)
}

fn read_table(text: &str, list: DefaultPasswords, path: &Path) -> Result<Loaded, PasswordsError> {
    let mut reader =
        csv::ReaderBuilder::new().flexible(true).trim(csv::Trim::Headers).comment(Some(b'#')).from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let place = |names: &[&'static str; 3]| {
        let found = header.iter().position(|cell| names.iter().any(|name| cell.eq_ignore_ascii_case(name)));
        found.ok_or(PasswordsError::Header { path: path.to_owned(), column: names[0] })
    };
    let mut places = [0; COLUMNS.len()];
    for (at, names) in places.iter_mut().zip(&COLUMNS) {
        *at = place(names)?;
    }
    let mut loaded = Loaded { list, rejected: Vec::new() };
    let mut accounts: BTreeMap<(String, SignIn, String), usize> = BTreeMap::new();
    for record in reader.records() {
        let line = match &record {
            Ok(record) => record.position().map_or(0, csv::Position::line),
            Err(error) => error.position().map_or(0, csv::Position::line),
        };
        // The text is sound UTF-8 and rows may have any number of cells, so no row is an error of the reader's.
        let row = record.map_err(|_| reject(line, None, "", "该行无法读取", "the row cannot be read"));
        match row.and_then(|record| entry(line, &places.map(|at| record.get(at).unwrap_or_default()), &mut accounts)) {
            Ok(_) if loaded.list.entries.len() == MOST_ENTRIES => {
                loaded.rejected.push(reject(line, None, "", "列表最多 2000 行", "a list has at most 2,000 rows"));
                break;
            }
            Ok(entry) => loaded.list.entries.push(entry),
            Err(rejected) => loaded.rejected.push(rejected),
        }
    }
    Ok(loaded)
}

/// One row, its cells in the order of [`COLUMNS`].
fn entry(
    line: u64,
    cells: &[&str; 5],
    accounts: &mut BTreeMap<(String, SignIn, String), usize>,
) -> Result<DefaultPassword, Rejected> {
    let [product, protocol, account, password, matches] = *cells;
    for (at, cell) in cells.iter().enumerate() {
        if cell.chars().any(char::is_control) || cell.chars().nth(LONGEST).is_some() {
            let reason = ("含有控制字符，或超过 200 个字符", "it holds control characters or is longer than 200");
            return Err(reject(line, Some(at), "", reason.0, reason.1));
        }
    }
    let (product, protocol, account) = (product.trim(), protocol.trim(), account.trim());
    if product.is_empty() {
        return Err(reject(line, Some(0), product, "缺少产品名称", "the product is missing"));
    }
    let known = SignIn::NAMES.iter().find(|(name, _)| protocol.eq_ignore_ascii_case(name));
    let Some((_, sign_in)) = known else {
        let (zh, en) =
            ("应为 http-basic、http-form、ftp、redis 或 mysql", "it is one of http-basic, http-form, ftp, redis and mysql");
        return Err(reject(line, Some(1), protocol, zh, en));
    };
    if account.is_empty() && *sign_in != SignIn::Redis || *sign_in == SignIn::HttpBasic && account.contains(':') {
        return Err(reject(line, Some(2), account, "缺少账号，或账号含有冒号", "the account is missing, or holds a colon"));
    }
    let tried = accounts.entry((product.to_lowercase(), *sign_in, account.to_owned())).or_default();
    *tried += 1;
    if *tried > ATTEMPTS {
        let (zh, en) = ("每个产品的一个账号最多列 3 个口令", "an account of a product has at most 3 passwords");
        return Err(reject(line, Some(2), account, zh, en));
    }
    let matches = if matches.trim().is_empty() { product } else { matches.trim() };
    Ok(DefaultPassword {
        product: product.to_owned(),
        sign_in: *sign_in,
        account: account.to_owned(),
        password: Secret::new(password.to_owned()),
        matches: matches.to_owned(),
    })
}

fn reject(line: u64, column: Option<usize>, value: &str, zh: &'static str, en: &'static str) -> Rejected {
    let column = column.and_then(|at| COLUMNS.get(at)).map(|names| names[0].to_owned());
    Rejected { line, column, value: clean(value, SHOWN), reason: Text::new(zh, en) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &[u8]) -> Result<Loaded, PasswordsError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("defaults.csv");
        std::fs::write(&path, text).expect("written");
        load(&path)
    }

    fn taken(text: &str) -> Loaded {
        read(text.as_bytes()).unwrap_or_else(|error| panic!("{error}"))
    }

    #[test]
    fn a_list_in_either_language() {
        let text = "产品,协议,账号,口令,匹配\n# 注释\n示例网关,http-form,admin,\" a,b \",示例网关管理\nQuux,REDIS,,p,\n";
        let (gbk, _, _) = encoding_rs::GB18030.encode(text);
        for bytes in [text.as_bytes(), &gbk, format!("\u{feff}{text}").as_bytes()] {
            let loaded = read(bytes).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(loaded.rejected, []);
            let [first, second] = &loaded.list.entries[..] else { panic!("two entries") };
            assert_eq!((first.product.as_str(), first.sign_in, first.account.as_str()), ("示例网关", SignIn::HttpForm, "admin"));
            assert_eq!((first.password.expose(), first.matches.as_str()), (" a,b ", "示例网关管理"));
            assert_eq!((second.sign_in, second.matches.as_str()), (SignIn::Redis, "Quux"));
            assert!(loaded.list.label().starts_with("defaults.csv "));
        }
    }

    #[test]
    fn bad_rows_are_told_without_their_password() {
        let text = "match,password,account,protocol,product\n,hunter2,a,telnet,P\n,hunter2,a,ftp,\n,hunter2,,ftp,P\n,hunter2,a:b,http-basic,P\n,hunter2\u{7},a,ftp,P\n,1,a,ftp,P\n,2,a,ftp,P\n,3,a,FTP,p\n,hunter2,a,ftp,P\nx\n";
        let loaded = taken(text);
        let told: Vec<(u64, Option<&str>)> = loaded.rejected.iter().map(|row| (row.line, row.column.as_deref())).collect();
        let columns = ["protocol", "product", "account", "account", "password"].map(Some);
        let expected: Vec<_> = (2..).zip(columns).chain([(10, Some("account")), (11, Some("product"))]).collect();
        assert_eq!(told, expected);
        assert!(!format!("{:?}", loaded.rejected).contains("hunter2"));
        assert_eq!(loaded.list.entries.len(), 3);
    }

    #[test]
    fn files_that_are_no_list() {
        assert!(matches!(read(b"product,protocol,account,match\n"), Err(PasswordsError::Header { column: "password", .. })));
        assert!(matches!(read(b""), Err(PasswordsError::Header { column: "product", .. })));
        assert!(matches!(read(&vec![b'a'; MOST_BYTES as usize + 1]), Err(PasswordsError::TooLarge(_))));
        assert!(matches!(read(&[0xff, 0xff, 0x00]), Err(PasswordsError::Encoding(_))));
        assert!(matches!(load(Path::new("/nowhere/at/all")), Err(PasswordsError::Read { .. })));
        let many: String = (0..MOST_ENTRIES + 5).map(|number| format!("p{number},ftp,a,b,\n")).collect();
        let loaded = taken(&format!("product,protocol,account,password,match\n{many}"));
        assert_eq!((loaded.list.entries.len(), loaded.rejected.len()), (MOST_ENTRIES, 1));
    }

    proptest! {
        #[test]
        fn any_table_is_read(rows in "([\",\r\n]|ftp|http-form|\\PC){0,60}") {
            let loaded = taken(&format!("product,protocol,account,password,match\n{rows}"));
            prop_assert!(loaded.rejected.iter().all(|row| row.value.chars().count() <= SHOWN));
        }
    }
}
