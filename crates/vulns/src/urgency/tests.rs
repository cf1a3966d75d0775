//! Tests of `urgency`: the order of matches, and grades in every system.

use model::ledger::source::SourceKind;

use super::*;

fn kev(ransomware: bool) -> Exploited {
    Exploited { ransomware, ..Exploited::default() }
}

fn epss(percent: u32) -> Likelihood {
    Likelihood { probability_ppm: percent * 10_000, ..Likelihood::default() }
}

fn page(severity: Severity, exploited: Option<&Exploited>, likelihood: Option<&Likelihood>) -> u8 {
    Urgency::of(severity, exploited, likelihood, Channel::Page, Certainty::Certain).total()
}

#[test]
fn exploited_likely_and_exposed_come_before_bare_gravity() {
    let order = [
        page(Severity::Critical, Some(&kev(true)), Some(&epss(90))),
        page(Severity::Medium, Some(&kev(true)), None),
        page(Severity::Medium, Some(&kev(false)), None),
        page(Severity::Critical, None, Some(&epss(90))),
        page(Severity::Medium, None, Some(&epss(90))),
        page(Severity::Critical, None, None),
        page(Severity::High, None, None),
        Urgency::of(Severity::Critical, None, None, Channel::Sbom, Certainty::Certain).total(),
        Urgency::of(Severity::High, None, None, Channel::Sbom, Certainty::Certain).total(),
        Urgency::of(Severity::High, None, None, Channel::Page, Certainty::VersionUnknown).total(),
    ];
    assert!(order.is_sorted_by(|one, other| one > other), "{order:?}");
    assert_eq!(order[0], 100);
}

#[test]
fn a_medium_one_that_is_exploited_outranks_every_other_that_is_not() {
    let certainties =
        [Certainty::VersionUnknown, Certainty::Backported, Certainty::Possible, Certainty::Likely, Certainty::Certain];
    for certainty in certainties {
        let exploited = Urgency::of(Severity::Medium, Some(&kev(false)), None, Channel::Sbom, certainty);
        let gravest = Urgency::of(Severity::Critical, None, Some(&epss(100)), Channel::Page, certainty);
        assert!(exploited.total() > gravest.total(), "{exploited:?} {gravest:?}");
    }
    let shares = certainties.map(|certainty| Urgency::of(Severity::High, None, None, Channel::Page, certainty).total());
    assert!(shares.is_sorted_by(|one, other| one < other));
}

#[test]
fn parts_explain_the_sum() {
    let urgency = Urgency::of(Severity::High, Some(&kev(false)), Some(&epss(12)), Channel::Import, Certainty::Likely);
    assert_eq!(urgency, Urgency { exploited: 45, likelihood: 14, exposure: 8, gravity: 11, share: 90 });
    assert_eq!(urgency.total(), 70);
    assert_eq!(urgency.explained().en, "exploited 45 + likelihood 14 + exposure 8 + gravity 11, 90% by certainty: 70");
}

fn score(system: System, value: &str, tenths: Option<u16>, by: &str) -> Score {
    Score { system, value: value.into(), tenths, by: by.into() }
}

#[test]
fn grades_are_read_in_every_system() {
    for (system, value, told, expected) in [
        (System::Cvss3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", None, Some(Severity::Critical)),
        (System::Cvss3, "CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", None, Some(Severity::Medium)),
        (System::Cvss4, "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", None, Some(Severity::Critical)),
        (System::Cvss2, "AV:N/AC:L/Au:N/C:C/I:C/A:C", None, Some(Severity::High)),
        (System::Cvss3, "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", Some(39), Some(Severity::Low)),
        (System::Cvss3, "", Some(0), Some(Severity::Info)),
        (System::Cvss3, "CVSS:9.9/AV:N", None, None),
        (System::Word, "超危", None, Some(Severity::Critical)),
        (System::Word, "高", None, Some(Severity::High)),
        (System::Word, "中危", None, Some(Severity::Medium)),
        (System::Word, "LOW ", None, Some(Severity::Low)),
        (System::Word, "待定", None, None),
    ] {
        assert_eq!(grade(&score(system, value, told, "")), expected, "{value}");
    }
    assert_eq!(tenths("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), Some(98));
    assert_eq!(tenths("AV:N/AC:L/Au:N/C:P/I:P/A:P"), Some(75));
}

#[test]
fn the_newest_system_of_each_scorer_counts_and_the_gravest_scorer() {
    let mut nvd = Statement::new(SourceKind::Nvd, "CVE-1");
    nvd.scores = vec![score(System::Cvss2, "", Some(100), "nvd"), score(System::Cvss3, "", Some(65), "nvd")];
    assert_eq!(severity([&nvd]), Severity::Medium, "its CVSS 2 is superseded");
    let mut cnvd = Statement::new(SourceKind::Cnvd, "CNVD-1");
    cnvd.scores = vec![score(System::Word, "高", None, "CNVD")];
    assert_eq!(severity([&nvd, &cnvd]), Severity::High);
    assert_eq!(severity([]), UNGRADED);
}
