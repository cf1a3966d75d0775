//! Domains: whose a site's registrable domain is, and what its registration says.

use jiff::civil::Date;
use model::facts::extracts::DomainRegistration;
use model::facts::register::Register;
use model::text;
use model::verdict::Judgement;

/// Whose the registrable domain is that a site stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ground {
    /// The site's own: its host is the domain, or `www.` below it.
    Own,
    /// The superior institution's, which lends names to its departments (`○○○.□□□.gov.cn`, 国办函〔2018〕55号).
    Superiors,
    /// A name below a domain of which the ledger does not tell whose it is.
    Below,
}

/// The registrable domain of a site, and whose it is; `None` for addresses without a domain.
pub fn ground(register: &Register) -> Option<(&str, Ground)> {
    let host = register.application.host.as_ref()?;
    let domain = host.registrable.as_deref()?;
    let ground = if host.ascii == domain || host.ascii.strip_prefix("www.") == Some(domain) {
        Ground::Own
    } else if register.superior_hosts.iter().any(|superior| superior.same_site(host)) {
        Ground::Superiors
    } else {
        Ground::Below
    };
    Some((domain, ground))
}

/// The holder that a registration names; `None` when it is left out or hidden.
pub fn disclosed(registration: &DomainRegistration) -> Option<&str> {
    let name = registration.registrant.as_deref()?.trim();
    let small = name.to_lowercase();
    let hidden = HIDDEN.iter().any(|word| small.contains(word));
    (!name.is_empty() && !hidden).then_some(name)
}

/// What registries and registrars write in place of a holder that they do not disclose.
const HIDDEN: [&str; 9] =
    ["redacted", "privacy", "not disclosed", "data protected", "withheld", "whois", "隐私", "不公开", "未公开"];

/// What becomes of a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Term {
    /// It is on its way to be deleted, with the registry's word.
    Lost(&'static str),
    /// It ended on this day.
    Ended(Date),
    /// It ends on this day, within a month.
    Ends(Date),
    /// It goes on.
    Runs,
}

/// Days before the end from which a registration should have been renewed.
const NOTICE_DAYS: i32 = 30;

/// What becomes of a registration, on a day.
pub fn term(registration: &DomainRegistration, today: Date) -> Term {
    let words: Vec<String> = registration.status.iter().map(|word| model::plain_name::plain(word)).collect();
    if let Some(word) = LOST.iter().find(|word| words.iter().any(|held| held == &word.to_lowercase())) {
        return Term::Lost(word);
    }
    match registration.expires_on {
        Some(end) if end < today => Term::Ended(end),
        Some(end) if (end - today).get_days() <= NOTICE_DAYS => Term::Ends(end),
        _ => Term::Runs,
    }
}

/// What follows from the registration for a domain that is in use.
pub fn term_of_live(registration: &DomainRegistration, today: Date) -> Judgement {
    let domain = &registration.domain;
    match term(registration, today) {
        Term::Lost(word) => Judgement::violation(text!(
            zh: "在用网站的域名 {domain} 处于 {word} 状态，即将被删除",
            en: "{domain}, which is in use, has the status {word}: it is about to be deleted"
        )),
        // An answer from before that day does not know of a renewal since.
        Term::Ended(end) if registration.as_of.is_some_and(|told| told <= end) => Judgement::review(text!(
            zh: "按 {end} 之前取得的注册信息，域名 {domain} 已于该日到期，是否续费需核实",
            en: "{domain} ended on {end} by an answer from before that day; whether it was renewed is not known"
        )),
        Term::Ended(end) => Judgement::violation(
            text!(zh: "在用网站的域名 {domain} 已于 {end} 到期", en: "{domain}, which is in use, ended on {end}"),
        ),
        Term::Ends(end) => {
            Judgement::advice(text!(zh: "域名 {domain} 将于 {end} 到期", en: "{domain} ends on {end}, within a month"))
        }
        Term::Runs => Judgement::pass(text!(zh: "域名 {domain} 的注册在有效期内", en: "the registration of {domain} goes on")),
    }
}

/// Status words of a domain that its holder has lost or is about to lose (RFC 5731, RFC 3915).
const LOST: [&str; 3] = ["pendingDelete", "redemptionPeriod", "pendingRestore"];

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn holders_that_are_not_disclosed() {
        let named = |name: &str| DomainRegistration { registrant: Some(name.into()), ..DomainRegistration::default() };
        assert_eq!(disclosed(&named("清河县人民政府")), Some("清河县人民政府"));
        for hidden in ["", "REDACTED FOR PRIVACY", "隐私保护", "Whois Agent"] {
            assert_eq!(disclosed(&named(hidden)), None, "{hidden}");
        }
    }

    #[test]
    fn terms() {
        let with = |end: Date, status: &str| DomainRegistration {
            expires_on: Some(end),
            status: vec![status.into()],
            ..DomainRegistration::default()
        };
        let today = date(2026, 11, 1);
        assert_eq!(term(&with(date(2026, 12, 1), "active"), today), Term::Ends(date(2026, 12, 1)));
        assert_eq!(term(&with(date(2026, 12, 2), "active"), today), Term::Runs);
        assert_eq!(term(&with(date(2026, 11, 1), ""), today), Term::Ends(date(2026, 11, 1)));
        assert_eq!(term(&with(date(2026, 10, 31), ""), today), Term::Ended(date(2026, 10, 31)));
        assert_eq!(term(&with(date(2027, 10, 31), "pending delete"), today), Term::Lost("pendingDelete"));
    }
}
