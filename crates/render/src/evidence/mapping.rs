//! Evidence of the mapping: addresses, technologies, services, TLS, pages, discovered names.

use model::facts::crawl::Crawl;
use model::facts::discovery::Discovery;
use model::facts::hosting::Hosting;
use model::facts::services::Services;
use model::facts::technology::Technologies;
use model::facts::tls::TlsSurvey;

use super::Blocks;

pub(super) fn hosting(_: &mut Blocks<'_>, _: &Hosting) {}
pub(super) fn technologies(_: &mut Blocks<'_>, _: &Technologies) {}
pub(super) fn services(_: &mut Blocks<'_>, _: &Services) {}
pub(super) fn tls_survey(_: &mut Blocks<'_>, _: &TlsSurvey) {}
pub(super) fn crawl(_: &mut Blocks<'_>, _: &Crawl) {}
pub(super) fn discovery(_: &mut Blocks<'_>, _: &Discovery) {}
