//! Looking at a mail domain.

use model::facts::Kind;
use model::facts::register::Register;
use model::facts::{Fact, mail::MailDns};
use model::observation::{Failure, FailureClass, Outcome};
use model::permission::AccessLevel;

use super::Notebook;
use crate::plan::Assignment;
use crate::{Engine, EngineError};

const INSTRUMENT: &str = "mail-dns/1";

impl Engine {
    pub(super) async fn observe_mail(&self, work: &Assignment, notebook: &mut Notebook<'_>) -> Result<(), EngineError> {
        let started = notebook.begin();
        let permit = match self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L1, "mail records") {
            Ok(permit) => permit,
            Err(failure) => {
                notebook.write_failure(&[Kind::MailDns], INSTRUMENT, started, &failure);
                return Ok(());
            }
        };
        let outcome: Outcome<MailDns> = match Register::of(&work.ledger).and_then(|register| register.application.host.as_ref()) {
            Some(domain) => Outcome::Seen(self.probes.mail_dns(&permit, domain).await),
            None => Outcome::Failed(Failure::new(FailureClass::NameNotFound, "the ledger holds no mail domain")),
        };
        notebook.write(INSTRUMENT, started, outcome);
        Ok(())
    }
}
