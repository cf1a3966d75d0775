//! SPF records (RFC 7208): their grammar here, their evaluation in [`evaluation`].

pub mod evaluation;

use std::net::{Ipv4Addr, Ipv6Addr};

use model::facts::mail::Qualifier;

/// The most terms of a record that are read; a record that fits a DNS answer has fewer.
const TERM_LIMIT: usize = 1000;

/// A record, term by term.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SpfRecord {
    /// The terms that follow the grammar, in order.
    pub terms: Vec<Term>,
    /// The terms that do not. One is enough to make the record a PermError (4.6).
    pub problems: Vec<String>,
}

/// A term (4.6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A mechanism with its qualifier.
    Mechanism(Qualifier, Mechanism),
    /// `redirect=`
    Redirect(String),
    /// `exp=`
    Explanation(String),
    /// A modifier that the RFC does not know; it has no effect.
    UnknownModifier(String),
}

/// A mechanism (5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mechanism {
    /// `all`
    All,
    /// `include:`
    Include(String),
    /// `a`, with its domain.
    A(Option<String>),
    /// `mx`, with its domain.
    Mx(Option<String>),
    /// `ptr`, with its domain.
    Ptr(Option<String>),
    /// `ip4:`, with its network.
    Ip4(String),
    /// `ip6:`, with its network.
    Ip6(String),
    /// `exists:`
    Exists(String),
}

/// True when a text record is an SPF record: its first word is `v=spf1` (4.5).
pub fn is_record(text: &str) -> bool {
    text.split(' ').next().is_some_and(|word| word.eq_ignore_ascii_case("v=spf1"))
}

/// Reads a text that [`is_record`]. A text that is none has no terms and itself as the problem.
pub fn parse(record: &str) -> SpfRecord {
    let mut read = SpfRecord::default();
    if !is_record(record) {
        read.problems.push(crate::words::head(record, 256).to_owned());
        return read;
    }
    for word in record.split(' ').skip(1).filter(|word| !word.is_empty()).take(TERM_LIMIT) {
        match term(word) {
            Some(term) if !is_repeated(&read.terms, &term) => read.terms.push(term),
            _ => read.problems.push(crate::words::head(word, 256).to_owned()),
        }
    }
    read
}

/// `redirect` and `exp` may stand once (6).
fn is_repeated(terms: &[Term], term: &Term) -> bool {
    terms.iter().any(|earlier| {
        matches!((earlier, term), (Term::Redirect(_), Term::Redirect(_)) | (Term::Explanation(_), Term::Explanation(_)))
    })
}

fn term(word: &str) -> Option<Term> {
    let name_end = word.find(['=', ':', '/']).unwrap_or(word.len());
    match word[name_end..].strip_prefix('=') {
        Some(value) => modifier(&word[..name_end], value),
        None => mechanism(word),
    }
}

fn modifier(name: &str, value: &str) -> Option<Term> {
    let lawful = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) || !name.bytes().all(lawful) {
        return None;
    }
    match name.to_ascii_lowercase().as_str() {
        "redirect" => domain(value).map(Term::Redirect),
        "exp" => domain(value).map(Term::Explanation),
        _ => is_macro_string(value).then(|| Term::UnknownModifier(name.to_owned())),
    }
}

fn mechanism(word: &str) -> Option<Term> {
    let (qualifier, rest) = qualifier(word);
    let name_end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(name_end);
    let required = argument.strip_prefix(':');
    let mechanism = match name.to_ascii_lowercase().as_str() {
        "all" if argument.is_empty() => Mechanism::All,
        "include" => Mechanism::Include(domain(required?)?),
        "exists" => Mechanism::Exists(domain(required?)?),
        "ptr" => Mechanism::Ptr(optional_domain(argument)?),
        "a" => Mechanism::A(optional_domain(without_prefix_lengths(argument)?)?),
        "mx" => Mechanism::Mx(optional_domain(without_prefix_lengths(argument)?)?),
        "ip4" => Mechanism::Ip4(network(required?, 32, |text| text.parse::<Ipv4Addr>().is_ok())?),
        "ip6" => Mechanism::Ip6(network(required?, 128, |text| text.parse::<Ipv6Addr>().is_ok())?),
        _ => return None,
    };
    Some(Term::Mechanism(qualifier, mechanism))
}

fn qualifier(word: &str) -> (Qualifier, &str) {
    let qualifiers = [('+', Qualifier::Pass), ('-', Qualifier::Fail), ('~', Qualifier::SoftFail), ('?', Qualifier::Neutral)];
    let written = qualifiers.into_iter().find_map(|(sign, qualifier)| Some((qualifier, word.strip_prefix(sign)?)));
    written.unwrap_or((Qualifier::Pass, word))
}

fn optional_domain(argument: &str) -> Option<Option<String>> {
    match argument.strip_prefix(':') {
        Some(text) => domain(text).map(Some),
        None => argument.is_empty().then_some(None),
    }
}

/// `argument` without its `/24`, `//64` or `/24//64`; `None` when these are wrong. A slash inside a macro is left alone.
fn without_prefix_lengths(argument: &str) -> Option<&str> {
    let from = argument.rfind('}').map_or(0, |end| end + 1);
    let Some(slash) = argument[from..].find('/') else { return Some(argument) };
    let (rest, lengths) = argument.split_at(from + slash);
    let (four, six) = match lengths.split_once("//") {
        Some((four, six)) => (four.strip_prefix('/').or(four.is_empty().then_some("0")), Some(six)),
        None => (lengths.strip_prefix('/'), None),
    };
    let valid = prefix_length(four?, 32) && six.is_none_or(|six| prefix_length(six, 128));
    valid.then_some(rest)
}

fn network(text: &str, most: u16, is_address: impl Fn(&str) -> bool) -> Option<String> {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let valid = is_address(address) && length.is_none_or(|length| prefix_length(length, most));
    valid.then(|| text.to_owned())
}

/// Digits without a leading zero, at most `most`.
fn prefix_length(digits: &str, most: u16) -> bool {
    let plain =
        digits.len() <= 3 && digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
    plain && digits.parse::<u16>().is_ok_and(|length| length <= most)
}

/// A `domain-spec` (7.1): a macro string that ends in a macro or in a label that a top-level domain could have.
fn domain(text: &str) -> Option<String> {
    if !is_macro_string(text) {
        return None;
    }
    let ends_in_macro = text.ends_with('}') || ["%%", "%_", "%-"].iter().any(|end| text.ends_with(end));
    let name = text.strip_suffix('.').unwrap_or(text);
    let ends_in_label = name.rsplit_once('.').is_some_and(|(_, label)| {
        let lawful = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let numeric = label.bytes().all(|byte| byte.is_ascii_digit());
        !label.is_empty() && !numeric && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(lawful)
    });
    (ends_in_macro || ends_in_label).then(|| text.to_owned())
}

/// A `macro-string` (7.1): visible ASCII in which every `%` starts a macro.
fn is_macro_string(text: &str) -> bool {
    let mut rest = text;
    loop {
        let literal = rest.find('%').unwrap_or(rest.len());
        let (plain, special) = rest.split_at(literal);
        if !plain.bytes().all(|byte| byte.is_ascii_graphic()) {
            return false;
        }
        if special.is_empty() {
            return true;
        }
        let Some(after) = after_macro(special) else { return false };
        rest = after;
    }
}

/// What follows the macro that `text` starts with.
fn after_macro(text: &str) -> Option<&str> {
    if let Some(rest) = ["%%", "%_", "%-"].iter().find_map(|escape| text.strip_prefix(escape)) {
        return Some(rest);
    }
    let (body, rest) = text.strip_prefix("%{")?.split_once('}')?;
    let mut letters = body.chars();
    let known = letters.next().is_some_and(|letter| "slodiphcrtvSLODIPHCRTV".contains(letter));
    let transformers = letters.as_str().trim_start_matches(|digit: char| digit.is_ascii_digit());
    let delimiters = transformers.strip_prefix(['r', 'R']).unwrap_or(transformers);
    (known && delimiters.chars().all(|delimiter| ".-+,/_=".contains(delimiter))).then_some(rest)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_mechanism_and_modifier() {
        let record = parse(
            "v=spf1 a mx:mail.x.gov.cn/24//64 -A/8 ptr ptr:x.cn ip4:192.0.2.0/24 ip6:2001:db8::/32 ?exists:%{ir}.%{l1r-}._spf.%{d} \
             include:spf.x.cn  redirect=_spf.x.cn exp=why.x.cn unknown=%{s} ~all",
        );
        assert_eq!(record.problems, Vec::<String>::new());
        assert_eq!(record.terms.len(), 13);
        assert_eq!(record.terms[1], Term::Mechanism(Qualifier::Pass, Mechanism::Mx(Some("mail.x.gov.cn".into()))));
        assert_eq!(record.terms[2], Term::Mechanism(Qualifier::Fail, Mechanism::A(None)));
        assert_eq!(record.terms[9], Term::Redirect("_spf.x.cn".into()));
        assert_eq!(record.terms[12], Term::Mechanism(Qualifier::SoftFail, Mechanism::All));
    }

    #[test]
    fn wrong_terms_are_told() {
        let wrong = [
            "-all.",
            "inclde:x.cn",
            "include",
            "include:",
            "include:x",
            "include:x.123",
            "ip4:192.0.2.256",
            "ip4:192.0.2.0/33",
            "ip4:192.0.2.0/08",
            "ip4",
            "ip6:192.0.2.1",
            "ip6:2001:db8::/129",
            "a:",
            "a/33",
            "a//129",
            "a/",
            "ptr/24",
            "all:x.cn",
            "-",
            "exists",
            "exists:%{z}.cn",
            "include:%x.cn",
            "include:例子.cn",
            "redirect=",
            "=x",
            "redirect:x.cn",
            "1x=y",
            "–all",
            "mx:x.cn/24/64",
        ];
        for term in wrong {
            assert_eq!(parse(&format!("v=spf1 {term}")).problems, [term]);
        }
        assert_eq!(parse("v=spf1 redirect=a.cn redirect=b.cn").problems, ["redirect=b.cn"]);
    }

    #[test]
    fn only_the_version_makes_a_record() {
        assert!(is_record("v=spf1") && is_record("V=SPF1 -all"));
        assert!(!is_record("v=spf10 -all") && !is_record(" v=spf1") && !is_record("v=spf1\t-all") && !is_record("spf2.0/pra"));
        assert_eq!(parse("x").problems, ["x"]);
    }

    proptest! {
        #[test]
        fn any_record_is_read_without_panic(text in "\\PC{0,40}", parts in proptest::collection::vec("(a|mx|:|/|//|%|\\{|\\}|[0-9]{1,3}|include:|redirect=|x\\.cn|ip4:| |é|all|[-+~?])", 0..20)) {
            for text in [text, parts.concat()] {
                let record = parse(&format!("v=spf1 {text}"));
                let words = text.split(' ').filter(|word| !word.is_empty()).count();
                prop_assert_eq!(record.terms.len() + record.problems.len(), words);
            }
        }
    }
}
