//! Whether a domain is used for mail at all. Sender policies are judged only where it is.

use model::facts::Kind;
use model::facts::dns::Answer;
use model::facts::mail::MailDns;
use model::facts::register::Register;
use model::institution::ApplicationKind;
use model::text;
use model::verdict::{Judgement, Undetermined};
use model::view::View;

use crate::facts::site;

/// The answer where a sender policy has nothing to judge: the owner is no 机关事业单位, or the domain has neither mail exchanger nor
/// SPF and is not in the ledger as a mail system. `None` where there is something.
///
/// # Errors
/// When the owner, its type, or the use of the domain is not known.
pub fn spared(view: &View<'_>, mail: &MailDns) -> Result<Option<Judgement>, Undetermined> {
    let kind = view.institution_type()?;
    if !kind.is_bound() {
        return Ok(Some(site::not_bound(kind)));
    }
    let declared = view.need::<Register>()?.application.kind == ApplicationKind::MailSystem;
    if declared || !mail.spf.records.is_empty() || receives(mail) {
        return Ok(None);
    }
    if let Some(failure) = mail.mx.failure().or(mail.spf.unanswered.as_ref()) {
        return Err(Undetermined::failed(Kind::MailDns, failure));
    }
    let domain = &mail.domain;
    Ok(Some(Judgement::not_applicable(text!(
        zh: "{domain} 没有邮件交换（MX）记录和 SPF 记录，台账也未登记邮件系统",
        en: "{domain} has neither mail exchanger nor SPF, and the ledger holds no mail system there"
    ))))
}

/// True with a mail exchanger other than the "null MX" (RFC 7505), which says that the domain takes no mail.
fn receives(mail: &MailDns) -> bool {
    matches!(&mail.mx, Answer::Records(exchangers) if exchangers.iter().any(|mx| !mx.host.is_empty()))
}
