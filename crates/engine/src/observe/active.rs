//! Active tests, only where the grant reaches: harmless proofs and a provocation (L3), vendors' default passwords (L4).
//!
//! Invariant: a site whose robots.txt asks this product to stay away is left alone, whatever was granted.

use model::facts::Kind;
use model::facts::clients::Entrances;
use model::facts::services::Services;
use model::observation::Outcome;
use model::permission::AccessLevel;
use probe::passwords::doors;

use super::Notebook;
use super::surroundings::Sight;
use crate::Engine;
use crate::plan::Assignment;

const PROOFS: &str = "templates/1";
const PROVOCATION: &str = "provocation/1";
const PASSWORDS: &str = "passwords/1";
/// What takes L3 and more.
const ACTIVE: [Kind; 3] = [Kind::Proofs, Kind::Provocation, Kind::PasswordTrials];

impl Engine {
    /// Runs what is loaded and permitted; what is not permitted is written down as that.
    pub(super) async fn observe_active(&self, work: &Assignment, sight: &Sight<'_>, notebook: &mut Notebook<'_>) {
        let started = notebook.begin();
        let permit = match self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L3, "active tests") {
            Ok(permit) => permit,
            Err(failure) => {
                return notebook.write_failure(&ACTIVE, PROOFS, started, &failure);
            }
        };
        if let Some(failure) = self.wish(&permit, sight).await {
            return notebook.write_failure(&ACTIVE, PROOFS, started, &failure);
        }
        let start = sight.start();
        let provoked = self.probes.provocation(&permit, &start).await;
        notebook.write(PROVOCATION, started, provoked.into());
        if let Some(templates) = &self.instruments.templates {
            let started = notebook.begin();
            let proofs = self.probes.proofs(&permit, &start, templates, &self.instruments.proofs).await;
            notebook.write(PROOFS, started, Outcome::Seen(proofs));
        }
        self.observe_passwords(work, sight, notebook).await;
    }

    async fn observe_passwords(&self, work: &Assignment, sight: &Sight<'_>, notebook: &mut Notebook<'_>) {
        let Some(list) = &self.instruments.passwords else { return };
        let started = notebook.begin();
        let permit = match self.dialer.permit(&work.subject, work.grant.as_ref(), AccessLevel::L4, "default passwords") {
            Ok(permit) => permit,
            Err(failure) => return notebook.write_failure(&[Kind::PasswordTrials], PASSWORDS, started, &failure),
        };
        let doors = doors(&sight.host.ascii, notebook.seen::<Entrances>(), notebook.seen::<Services>());
        let trials = self.probes.passwords(&permit, &doors, list, self.instruments.password_pause).await;
        notebook.write(PASSWORDS, started, Outcome::Seen(trials));
    }
}
