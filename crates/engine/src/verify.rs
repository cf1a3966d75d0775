//! Verifying a verdict: re-read the raw evidence, re-hash it, re-judge it.

use model::bundle::Bundle;
use model::digest::Digest;
use model::facts::Payload;
use model::facts::tls::Certificate;
use model::observation::{Observation, Outcome};
use model::verdict::Verdict;
use ports::blobs::BlobError;
use readers::{certificate, charset, page};

use crate::{Engine, EngineError};

/// One thing that was verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// What.
    pub what: What,
    /// How it came out.
    pub result: Result<(), Mismatch>,
}

/// What is verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// The sealed bundle has the digest that the verdict cites.
    Bundle(Digest),
    /// Raw bytes have the digest that an observation cites, and the reader still reads the same facts in them.
    Raw(Digest),
    /// The rule gives the same verdict on the same evidence.
    Judgement(String),
}

/// How something differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mismatch {
    /// It is gone.
    Missing,
    /// It was changed after it was stored.
    Altered,
    /// Today's reader reads other facts in the same bytes.
    ReadDifferently,
    /// The rule is gone or has been revised since; its revision today.
    Revised(Option<u32>),
    /// The same revision of the rule gives another verdict: an error of ours.
    JudgedDifferently,
}

impl Engine {
    /// Verifies a verdict against what is stored.
    ///
    /// # Errors
    /// When store or blobs cannot be read.
    pub async fn verify(&self, verdict: &Verdict) -> Result<Vec<Check>, EngineError> {
        let what = What::Bundle(verdict.bundle);
        let Some(bundle) = self.store.bundle(verdict.bundle).await? else {
            return Ok(vec![Check { what, result: Err(Mismatch::Missing) }]);
        };
        let intact = bundle.digest()? == verdict.bundle;
        let mut checks = vec![Check { what, result: if intact { Ok(()) } else { Err(Mismatch::Altered) } }];
        for evidence in &verdict.evidence {
            for seen in &bundle.observations {
                if seen.id()? == evidence.observation {
                    self.verify_raw(seen, &bundle, &mut checks).await?;
                }
            }
        }
        checks.push(Check { what: What::Judgement(verdict.rule.clone()), result: judged_alike(verdict, &bundle)? });
        Ok(checks)
    }

    async fn verify_raw(&self, seen: &Observation, bundle: &Bundle, checks: &mut Vec<Check>) -> Result<(), EngineError> {
        let Outcome::Seen(payload) = &seen.outcome else { return Ok(()) };
        match payload {
            Payload::HomePage(home) => {
                let Some(digest) = home.html else { return Ok(()) };
                let content_type = content_type(bundle, digest);
                self.reread(digest, checks, |bytes| {
                    let text = charset::decode(bytes, content_type).text;
                    let mut again = page::read(&text, &home.url);
                    again.html = home.html;
                    again == *home
                })
                .await
            }
            Payload::RenderedPage(rendered) => {
                let Some(digest) = rendered.page.html else { return Ok(()) };
                self.reread(digest, checks, |bytes| {
                    let mut again = page::read(&String::from_utf8_lossy(bytes), &rendered.page.url);
                    again.html = rendered.page.html;
                    again == rendered.page
                })
                .await?;
                match &rendered.screenshot {
                    Some(screenshot) => self.reread(screenshot.digest, checks, |_| true).await,
                    None => Ok(()),
                }
            }
            Payload::TlsHandshake(handshake) => {
                for known in &handshake.chain {
                    self.reread(known.der, checks, |bytes| read_alike(bytes, known)).await?;
                }
                Ok(())
            }
            Payload::PlainVisit(visit) => self.reread_body(visit.0.body.as_ref().map(|body| body.digest), checks).await,
            Payload::SecureVisit(visit) => self.reread_body(visit.0.body.as_ref().map(|body| body.digest), checks).await,
            _ => Ok(()),
        }
    }

    async fn reread_body(&self, digest: Option<Digest>, checks: &mut Vec<Check>) -> Result<(), EngineError> {
        match digest {
            Some(digest) => self.reread(digest, checks, |_| true).await,
            None => Ok(()),
        }
    }

    async fn reread(&self, digest: Digest, checks: &mut Vec<Check>, same: impl FnOnce(&[u8]) -> bool) -> Result<(), EngineError> {
        let result = match self.blobs.get(digest).await {
            Err(BlobError::Altered(_)) => Err(Mismatch::Altered),
            Err(error) => return Err(error.into()),
            Ok(None) => Err(Mismatch::Missing),
            Ok(Some(bytes)) if same(&bytes) => Ok(()),
            Ok(Some(_)) => Err(Mismatch::ReadDifferently),
        };
        checks.push(Check { what: What::Raw(digest), result });
        Ok(())
    }
}

/// The `Content-Type` under which the bytes with this digest came.
fn content_type(bundle: &Bundle, digest: Digest) -> Option<&str> {
    let visits = bundle.observations.iter().filter_map(|seen| match seen.outcome.seen()? {
        Payload::SecureVisit(visit) => Some(&visit.0),
        Payload::PlainVisit(visit) => Some(&visit.0),
        _ => None,
    });
    let mut of_body = visits.filter(|visit| visit.body.as_ref().is_some_and(|body| body.digest == digest));
    of_body.next()?.last()?.headers.iter().find(|header| header.name == "content-type").map(|header| header.value.as_str())
}

fn read_alike(der: &[u8], known: &Certificate) -> bool {
    certificate::read(der).is_ok_and(|again| again == *known)
}

fn judged_alike(verdict: &Verdict, bundle: &Bundle) -> Result<Result<(), Mismatch>, EngineError> {
    let Some(rule) = rules::find(&verdict.rule) else { return Ok(Err(Mismatch::Revised(None))) };
    if rule.revision != verdict.revision {
        return Ok(Err(Mismatch::Revised(Some(rule.revision))));
    }
    let again = rules::judge_rule(rule, bundle)?;
    Ok(if again == *verdict { Ok(()) } else { Err(Mismatch::JudgedDifferently) })
}
