//! Mail records: MX, SPF with what it includes, DMARC with what it inherits.

use dialer::dns::resolver::Resolver;
use dialer::permit::Permit;
use model::facts::dns::Answer;
use model::facts::mail::{Dmarc, MailDns, Spf};
use model::name::HostName;
use readers::dmarc;
use readers::spf::evaluation::Evaluation;

/// Asks for the mail records of a domain.
pub(crate) async fn records(resolver: &Resolver, permit: &Permit, domain: &HostName) -> MailDns {
    MailDns {
        domain: domain.ascii.clone(),
        mx: resolver.mx(permit, &domain.ascii).await,
        spf: spf(resolver, permit, domain).await,
        dmarc: dmarc_of(resolver, permit, domain).await,
    }
}

async fn spf(resolver: &Resolver, permit: &Permit, domain: &HostName) -> Spf {
    let mut evaluation = Evaluation::new(&domain.ascii);
    while let Some(question) = evaluation.next() {
        let answer = resolver.txt(permit, &question.name).await;
        evaluation.answer(question, answer);
    }
    evaluation.finish()
}

/// Asks name after name upwards until one has a record. A name that was not answered ends the search: what stands there is unknown.
async fn dmarc_of(resolver: &Resolver, permit: &Permit, domain: &HostName) -> Dmarc {
    let mut found = Dmarc { asked: Vec::new(), found_at: None, records: Vec::new(), unanswered: None };
    for name in dmarc::names(domain) {
        let answer = resolver.txt(permit, &name).await;
        found.asked.push(name.clone());
        if let Answer::Failed(failure) = answer {
            found.unanswered = Some(failure);
            break;
        }
        let records = answer.records().iter().filter(|text| dmarc::is_record(text));
        found.records = records.map(|text| dmarc::parse(text)).collect();
        if !found.records.is_empty() {
            found.found_at = Some(name);
            break;
        }
    }
    found
}
