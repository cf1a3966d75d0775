//! Where hosts live: each has an address in the block of loopback of its place, and each running lab has a street of its own in every block,
//! so that labs side by side never meet at a port.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, TcpListener};

use serde::Deserialize;

use crate::error::LabError;
use crate::world::World;

/// How many addresses a replicated world shares.
const SHARED: usize = 250;
/// Hosts to one third octet; 0 and the highest numbers stay free.
const DOORS: usize = 250;
/// Third octets to a street.
const LENGTH: u8 = 8;
/// How many labs find a street at a time.
const STREETS: u8 = 32;
/// The port at which a street is claimed, outside the range from which systems choose ports by themselves.
const CLAIM: u16 = 61_987;

/// A block of loopback. What the world's tables say of each stands in `world/tables`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// 127.1: the mainland, nobody's cloud.
    #[default]
    Mainland,
    /// 127.2: the nodes of a CDN.
    Cdn,
    /// 127.3: the sources disagree on the country.
    Disputed,
    /// 127.4: the nodes of a protection service.
    Waf,
    /// 127.5: a cloud.
    Cloud,
    /// 127.6: a cloud that nobody has assessed.
    PublicCloud,
    /// 127.7: a cloud whose assessment has ended.
    OldCloud,
    /// 127.16: Hong Kong.
    HongKong,
    /// 127.17: abroad, in the network of a cloud of the mainland.
    Abroad,
    /// 127.18: Taiwan.
    Taiwan,
}

impl Block {
    fn octet(self) -> u8 {
        match self {
            Self::Mainland => 1,
            Self::Cdn => 2,
            Self::Disputed => 3,
            Self::Waf => 4,
            Self::Cloud => 5,
            Self::PublicCloud => 6,
            Self::OldCloud => 7,
            Self::HongKong => 16,
            Self::Abroad => 17,
            Self::Taiwan => 18,
        }
    }
}

/// A street, claimed as long as this value lives.
pub struct Street {
    number: u8,
    _claim: TcpListener,
}

impl Street {
    /// Claims the first street that is free.
    ///
    /// # Errors
    /// When none is.
    pub fn claim() -> Result<Self, LabError> {
        let free = |number| Some(Self { number, _claim: TcpListener::bind((gate(number), CLAIM)).ok()? });
        let full = || LabError::World(format!("{STREETS} labs are running; end some of them"));
        (0..STREETS).find_map(free).ok_or_else(full)
    }

    /// The address of each host of the world: its own, or one of those that a replicated world shares.
    ///
    /// # Errors
    /// When the street is too short.
    pub fn addresses(&self, world: &World) -> Result<BTreeMap<String, Ipv4Addr>, LabError> {
        let (mut addresses, mut settled, mut shared) = (BTreeMap::new(), BTreeMap::<Block, usize>::new(), 0);
        for (_, site) in world.sites() {
            if addresses.contains_key(&site.host) {
                continue;
            }
            let (block, number) = if site.shared_address {
                shared += 1;
                (Block::Cdn, shared % SHARED)
            } else {
                let number = settled.entry(site.block).or_default();
                *number += 1;
                (site.block, *number - 1)
            };
            let full = || LabError::World("too many sites stand in one block".into());
            let third = u8::try_from(number / DOORS).ok().filter(|third| *third < LENGTH).ok_or_else(full)?;
            let fourth = u8::try_from(number % DOORS + 1).map_err(|_| full())?;
            addresses.insert(site.host.clone(), Ipv4Addr::new(127, block.octet(), self.number * LENGTH + third, fourth));
        }
        Ok(addresses)
    }
}

/// The address at which a street is claimed.
fn gate(number: u8) -> Ipv4Addr {
    Ipv4Addr::new(127, 255, number, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labs_side_by_side_share_no_address() {
        let (one, other) = (Street::claim().expect("a street"), Street::claim().expect("a street"));
        let world = World::replicate(600);
        let (one, other) = (one.addresses(&world).expect("addresses"), other.addresses(&world).expect("addresses"));
        assert_eq!(one["b00001.gov.cn"], one["b00251.gov.cn"], "replicas share");
        assert_ne!(one["dcs.conac.cn"], one["bszs.conac.cn"]);
        assert!(one.values().all(|address| address.octets()[0] == 127));
        assert!(one.values().all(|address| !other.values().any(|known| known == address)));
    }
}
