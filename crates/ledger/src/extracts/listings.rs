//! Where an app is offered, and where an account or mini program lives.

use model::facts::extracts::{Listing, Listings};
use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Held;
use model::ledger::source::SourceKind;
use model::subject::SubjectKind;

use super::lookup::Lookup;
use super::{Delivered, Told, as_of, day, of_kinds, text, truth};

/// What the platforms' data hold of the subject; `None` when no such data were delivered, and for subjects that are not listed anywhere.
pub fn of(subject: SubjectKind, lookup: &Lookup, about: &[Held], delivered: &Delivered) -> Option<Told<Listings>> {
    let kinds = match subject {
        SubjectKind::App => [SourceKind::AppStore],
        SubjectKind::MiniProgram => [SourceKind::MiniPrograms],
        SubjectKind::Account => [SourceKind::Accounts],
        SubjectKind::Site | SubjectKind::Mail | SubjectKind::Institution => return None,
    };
    let said: Vec<&Held> = of_kinds(about, &kinds).filter(|held| lookup.subject.as_ref() == Some(&held.claim.entity)).collect();
    let at = delivered.rests_on(&kinds, said.iter().copied())?;
    let mut listings: Vec<Listing> = said.into_iter().map(listing).collect();
    listings.sort_by(|one, other| (&one.platform, &one.name).cmp(&(&other.platform, &other.name)));
    Some(Told { fact: Listings { as_of: as_of(at), listings }, at })
}

fn listing(held: &Held) -> Listing {
    let says = &held.claim.says;
    let page = text(says, A::DownloadPage);
    let platform = text(says, A::Platform);
    Listing {
        // An account's entity begins with its platform.
        platform: if platform.is_empty() { held.claim.entity.key.split('/').next().unwrap_or_default().into() } else { platform },
        name: text(says, A::Name),
        developer: text(says, A::Developer),
        verified_subject: says.get(&A::VerifiedSubject).cloned(),
        subject_uscc: text(says, A::OwnerUscc),
        verified_on: day(says, A::VerifiedOn),
        version: text(says, A::Version),
        signer: text(says, A::Signer),
        download_host: readers::names::address(&page).map(|address| address.host.ascii).unwrap_or_default(),
        download_page: page,
        shows_mark: truth(says, A::ShowsMark),
    }
}
