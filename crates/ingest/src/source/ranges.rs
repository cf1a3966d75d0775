//! Address ranges of clouds and content delivery: cdncheck's JSON, or a table of ranges and providers.

use geo::Listed;
use ipnet::IpNet;
use model::facts::hosting::ProviderRole;
use model::ledger::attribute::Attribute;
use model::ledger::claim::Says;
use model::ledger::entity::{EntityId, EntityKind};
use model::ledger::source::SourceKind;
use model::text::{Label, Text};

use crate::source::input::Input;
use crate::source::rows::{self, Rows, clean, put};
use crate::source::table::columns;
use crate::source::{Format, Sink, SourceError, Stopped, assets, values};

/// Address ranges.
pub static FORMAT: Format = Format {
    kind: SourceKind::CloudRanges,
    doc: Label { zh: include_str!("ranges.zh.md"), en: include_str!("ranges.md") },
    read,
};

/// The largest list in JSON, in bytes.
const LARGEST: u64 = 128 << 20;

columns! {
    "a list of address ranges",
    needs [Range] [Provider];
    Range "cidr" = "网段" | "ip_range" | "range" | "prefix" | "IP段" | "地址段";
    Provider "provider" = "服务商" | "云服务商" | "云平台" | "name";
    Role "role" = "类别" | "服务类别" | "type";
}

fn read(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    if input.start().trim_ascii_start().starts_with(b"{") {
        return published(input, sink);
    }
    rows::of_table(input, &COLUMNS, sink, |rows, row| {
        let text = row.text(C::Range);
        let alone = || assets::address(text).map(IpNet::from);
        let Some(range) = text.parse::<IpNet>().ok().or_else(alone) else {
            return rows.reject(
                Some("cidr"),
                text,
                Text::new("不是网段，应如 192.0.2.0/24", "this is no range; write it like 192.0.2.0/24"),
            );
        };
        let provider = row.text(C::Provider);
        if provider.is_empty() {
            return rows.reject(Some("provider"), "", Text::new("缺少服务商", "the provider is missing"));
        }
        let role = match row.text(C::Role).to_lowercase().as_str() {
            "" => None,
            "cloud" | "云" | "云服务" => Some(ProviderRole::Cloud),
            "cdn" | "内容分发" => Some(ProviderRole::Cdn),
            "waf" | "防护" => Some(ProviderRole::Waf),
            "network" | "网络" => Some(ProviderRole::Network),
            _ => {
                let reason = Text::new("类别应为 cloud、cdn、waf、network", "the role is one of cloud, cdn, waf, network");
                return rows.reject(Some("role"), row.text(C::Role), reason);
            }
        };
        hand_on(rows, provider, role, range)
    })
}

/// The list in cdncheck's form, by the reader of the atlas, under the names by which the atlas knows the providers.
fn published(input: &mut Input<'_>, sink: &mut dyn Sink) -> Result<(), SourceError> {
    let (name, bytes) = (input.name, input.whole(LARGEST)?);
    let mut rows = Rows::new(sink, input.at);
    let mut stopped = Ok(());
    let read = geo::published(&bytes, &mut |place, listed| {
        if stopped.is_err() {
            return;
        }
        rows.line += 1;
        rows.count();
        stopped = match listed {
            Ok(Listed::Range { provider, role, range }) => hand_on(&mut rows, &provider, Some(role), range),
            // Aliases are names, no ranges.
            Ok(Listed::Suffix { .. }) => Ok(()),
            Err(problem) => rows.reject(
                Some(&place()),
                "",
                Text::new(format!("此行无法使用：{problem}"), format!("this row cannot be used: {problem}")),
            ),
        };
    });
    stopped?;
    read.map_err(|error| SourceError::Unlike {
        name: name.into(),
        expected: COLUMNS.what,
        problem: Text::same(error.to_string()),
    })
}

fn hand_on(rows: &mut Rows<'_>, provider: &str, role: Option<ProviderRole>, range: IpNet) -> Result<(), Stopped> {
    let mut says = Says::new();
    put(&mut says, Attribute::Provider, provider);
    put(&mut says, Attribute::ProviderRole, &role.map(|role| values::word(&role)).unwrap_or_default());
    // Lists name some ranges for several providers and roles.
    let provider = clean(provider, 100);
    let part = role.map_or_else(|| provider.clone(), |role| format!("{} {provider}", values::word(&role)));
    rows.claim(EntityId::new(EntityKind::Network, range.trunc().to_string()), &part, says)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use proptest::prelude::*;

    use super::*;
    use crate::source::testing::read;

    #[test]
    fn tables_and_published_lists() {
        let table = "网段,服务商,类别\n192.0.2.1/24,某某云,云\n2001:db8::/32,某某云,\n192.0.2.0/33,某某云,cdn\n192.0.2.7,X,cdn\n192.0.2.8,X,shop\n192.0.2.9,,\n";
        let kept = read(&FORMAT, "ranges.csv", table.as_bytes()).expect("a table");
        assert_eq!(
            kept.lines(),
            [
                "2 network:192.0.2.0/24 [cloud 某某云] provider=某某云 provider_role=cloud",
                "3 network:2001:db8::/32 [某某云] provider=某某云",
                "5 network:192.0.2.7/32 [cdn X] provider=X provider_role=cdn",
            ]
        );
        assert_eq!(kept.bad(), [(4, "cidr", "192.0.2.0/33"), (6, "role", "shop"), (7, "provider", "")]);
        let list = br#"{"cdn":{"Example":["192.0.2.0/24","nowhere"]},"common":{"Example":["cdn.example"]}}"#;
        let kept = read(&FORMAT, "sources_data.json", list).expect("a list");
        assert_eq!(kept.lines(), ["1 network:192.0.2.0/24 [cdn Example] provider=Example provider_role=cdn"]);
        assert_eq!(kept.bad(), [(2, "cdn/Example/2", "")]);
        assert!(matches!(read(&FORMAT, "x", b"{"), Err(SourceError::Unlike { .. })));
    }

    #[test]
    fn the_real_list() {
        let Some(data) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
            eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
            return;
        };
        let file = PathBuf::from(data).join("07-waf-cdn/cdncheck/sources_data.json");
        let kept = read(&FORMAT, "sources_data.json", &std::fs::read(file).expect("a file")).expect("a list");
        // 132,091 ranges and 103 suffixes of aliases.
        assert_eq!((kept.rows, kept.claims.len() + kept.rejected.len()), (132_194, 132_091), "{:?}", kept.rejected.first());
        assert_eq!(kept.rejected.len(), 0);
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in "(cidr,provider\n|192.0.2.0/24|,|\n|\\{\"cdn\":|\\{|\\}|\\[|\\]|\\PC){0,30}") {
            let _ = read(&FORMAT, "x", text.as_bytes());
        }
    }
}
