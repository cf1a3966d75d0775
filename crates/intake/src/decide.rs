//! What persons decide: values, states, which names mean one thing.

use jiff::Timestamp;
use jiff::civil::Date;
use ledger::values;
use model::digest::Digest;
use model::institution::{AdminLevel, DivisionCode, InstitutionType, SiteRole};
use model::ledger::attribute::Attribute;
use model::ledger::claim::{Claim, LifeState, Link, Sameness, Says};
use model::ledger::entity::EntityId;
use model::ledger::source::{Counts, Delivery, DeliveryState, Source, SourceKind};
use model::permission::AccessLevel;
use model::text::Text;
use model::uscc::Uscc;
use serde::de::DeserializeOwned;

use crate::settle::Settler;
use crate::{Intake, IntakeError};

/// Who decided, when and why.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// The person.
    pub person: &'a str,
    /// The reason; a document's number where there is one.
    pub because: &'a str,
    /// When.
    pub at: Timestamp,
}

impl Intake {
    /// Sets the value of an attribute, whatever the sources say, until [`unpin`](Self::unpin).
    ///
    /// # Errors
    /// When the attribute cannot have the value, nothing is known of the entity, or the store fails.
    pub async fn pin(&self, entity: &EntityId, attribute: Attribute, value: &str, by: Decision<'_>) -> Result<(), IntakeError> {
        let value = canonical(attribute, value)?;
        let says: Says = [(attribute, value), (Attribute::Because, by.because.to_owned())].into();
        let claim = Claim { entity: entity.clone(), part: attribute.word().into(), says, line: 0 };
        let delivery = self.decision(by).await?;
        let placed = self.store.apply(&delivery.source, delivery.id, by.at, std::slice::from_ref(&claim)).await?;
        self.store.put_delivery(&Delivery { state: DeliveryState::Applied, ..delivery.clone() }).await?;
        let mut settler = Settler::new(self, &delivery).await?;
        settler.settle_claims(vec![claim], &placed).await?;
        settler.resolve(by.at).await
    }

    /// Takes back what persons said of an attribute; what the sources say is in force again. Whether there was something to take back.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn unpin(&self, entity: &EntityId, attribute: Attribute, by: Decision<'_>) -> Result<bool, IntakeError> {
        let claims = self.store.claims(std::slice::from_ref(entity), None).await?;
        let of_persons =
            claims.iter().filter(|held| held.source.kind == SourceKind::Person && held.claim.part == attribute.word());
        let pins: Vec<i64> = of_persons.map(|held| held.id).collect();
        let delivery = self.decision(by).await?;
        let touched = self.store.withdraw(by.at, &pins).await?;
        self.store.put_delivery(&Delivery { state: DeliveryState::Applied, ..delivery.clone() }).await?;
        let mut settler = Settler::new(self, &delivery).await?;
        settler.settle(touched.into_iter().collect()).await?;
        settler.resolve(by.at).await?;
        Ok(!pins.is_empty())
    }

    /// Decides whether two names mean one thing. `entity` stands for both when they do.
    ///
    /// # Errors
    /// When the names are of different kinds or equal, or the store fails.
    pub async fn link(
        &self,
        alias: &EntityId,
        entity: &EntityId,
        sameness: Sameness,
        by: Decision<'_>,
    ) -> Result<(), IntakeError> {
        if alias.kind != entity.kind || alias == entity {
            return Err(IntakeError::Unfit(format!("{alias} and {entity} cannot be one thing: name two of one kind")));
        }
        let link = |alias: &EntityId, entity: &EntityId| Link {
            alias: alias.clone(),
            entity: entity.clone(),
            sameness,
            reasons: vec![Text::same(by.because)],
            person: Some(by.person.to_owned()),
            at: by.at,
        };
        // The pair may be held the other way round: that ends, whatever is decided.
        let held = self.store.links(std::slice::from_ref(alias)).await?;
        let turned = held.iter().any(|held| &held.alias == entity && &held.entity == alias);
        let ended = turned.then(|| Link { sameness: Sameness::Different, ..link(entity, alias) });
        let links: Vec<Link> = ended.into_iter().chain([link(alias, entity)]).collect();
        self.store.put_links(&links).await?;
        let delivery = self.decision(by).await?;
        self.store.put_delivery(&Delivery { state: DeliveryState::Applied, ..delivery.clone() }).await?;
        let mut settler = Settler::new(self, &delivery).await?;
        settler.settle_links(&links).await?;
        settler.resolve(by.at).await
    }

    /// The record of a decision: a delivery of the person.
    async fn decision(&self, by: Decision<'_>) -> Result<Delivery, IntakeError> {
        let source: Source = self.store.source(SourceKind::Person, by.person).await?;
        let digest = Digest::of(by.because.as_bytes());
        let id = self.store.open_delivery(&source, by.because, digest, by.at).await?;
        let state = DeliveryState::Open;
        let (origin, counts) = (by.because.to_owned(), Counts { rows: 1, ..Counts::default() });
        Ok(Delivery { id, source, origin, digest, at: by.at, state, reason: None, counts, rejected: Vec::new() })
    }
}

/// A value in the form in which claims hold it.
fn canonical(attribute: Attribute, value: &str) -> Result<String, IntakeError> {
    let value = value.trim();
    let unfit = |right: &str| IntakeError::Unfit(format!("{} cannot be \"{value}\": {right}", attribute.word()));
    let fits = match attribute {
        Attribute::Uscc | Attribute::OwnerUscc | Attribute::ParentUscc => {
            value.parse::<Uscc>().map(drop).map_err(|error| unfit(&error.to_string()))
        }
        Attribute::Division => value.parse::<DivisionCode>().map(drop).map_err(|error| unfit(&error.to_string())),
        Attribute::Type => word::<InstitutionType>(value)
            .ok_or_else(|| unfit("party_government, public_institution, mass_organisation or other")),
        Attribute::Level => word::<AdminLevel>(value).ok_or_else(|| unfit("central, province, prefecture, county or township")),
        Attribute::Role => word::<SiteRole>(value).ok_or_else(|| unfit("portal or part")),
        Attribute::GrantLevel => word::<AccessLevel>(value).ok_or_else(|| unfit("L0 to L4")),
        Attribute::State => {
            let words = LifeState::ALL.map(LifeState::word).join(", ");
            LifeState::of_word(value).map(drop).ok_or_else(|| unfit(&words))
        }
        Attribute::GrantUntil | Attribute::StateSince | Attribute::AssessedOn | Attribute::ExpiresOn => {
            value.parse::<Date>().map(drop).map_err(|_| unfit("a day, as 2026-03-01"))
        }
        _ if value.is_empty() => Err(unfit("something")),
        _ => Ok(()),
    };
    fits.map(|()| value.to_owned())
}

fn word<T: DeserializeOwned>(value: &str) -> Option<()> {
    values::of_word::<T>(value).map(drop)
}
