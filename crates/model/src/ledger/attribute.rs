//! What can be said of an entity.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::text::Label;

macro_rules! attributes {
    ($($(#[$doc:meta])* $name:ident, $word:literal, $zh:literal, $en:literal;)*) => {
        /// Attributes. A value is text in the form that the attribute's line tells; dates are written `2026-03-01`, codes in their
        /// standard's form, lists with `;` between, yes and no as `yes` and `no`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
        pub enum Attribute { $($(#[$doc])* #[serde(rename = $word)] $name,)* }

        impl Attribute {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// The attribute's machine name, as in JSON.
            pub fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }

            /// The attribute in words.
            pub fn label(self) -> Label {
                match self { $(Self::$name => Label { zh: $zh, en: $en },)* }
            }
        }
    };
}

attributes! {
    // Institutions, and whoever else has a name.
    /// Name as the source writes it.
    Name, "name", "名称", "name";
    /// Standard short names, a list.
    ShortNames, "short_names", "规范简称", "short names";
    /// Names it had before, a list.
    FormerNames, "former_names", "曾用名", "former names";
    /// Unified social credit code.
    Uscc, "uscc", "统一社会信用代码", "unified social credit code";
    /// Type: the words of `InstitutionType`.
    Type, "type", "机构类型", "institution type";
    /// Level: the words of `AdminLevel`.
    Level, "level", "行政层级", "administrative level";
    /// Division code.
    Division, "division", "行政区划代码", "division code";
    /// The superior institution's code.
    ParentUscc, "parent_uscc", "上级单位代码", "superior's code";
    /// The superior institution's name.
    ParentName, "parent_name", "上级单位", "superior";
    /// Whether a 事业单位 has administrative duties.
    AdministrativeDuties, "administrative_duties", "承担行政职能", "administrative duties";
    /// Life of an institution or application: the words of `LifeState`.
    State, "state", "状态", "state";
    /// The day since which the state holds.
    StateSince, "state_since", "状态起始日", "state since";
    /// Code or name of the institution that took over.
    Successor, "successor", "承继单位", "successor";

    // Applications.
    /// Name of the institution that runs it.
    Owner, "owner", "开办单位", "institution";
    /// That institution's code.
    OwnerUscc, "owner_uscc", "开办单位代码", "institution's code";
    /// Kind of the owner as the source has it: the words of `InstitutionType`, else the source's own.
    OwnerNature, "owner_nature", "主办单位性质", "nature of the owner";
    /// Address as the source writes it.
    Address, "address", "地址", "address";
    /// Role of a site: the words of `SiteRole`.
    Role, "role", "网站角色", "role of the site";
    /// Granted access level.
    GrantLevel, "grant_level", "授权级别", "granted level";
    /// Document of the grant.
    GrantDocument, "grant_document", "授权文件", "grant document";
    /// Last day of the grant.
    GrantUntil, "grant_until", "授权截止", "granted until";
    /// Columns that the product does not know: a JSON object by header.
    Notes, "notes", "其他栏目", "other columns";

    // Filings, marks, registrations.
    /// Number as its register writes it.
    Number, "number", "编号", "number";
    /// Registrable domains, a list.
    Domains, "domains", "域名", "domains";
    /// Day of issue, filing or approval.
    IssuedOn, "issued_on", "核发日期", "issued on";
    /// Last day of validity.
    ValidUntil, "valid_until", "有效期至", "valid until";
    /// Whether it holds: `valid`, `suspended`, `revoked`, `expired`, else the source's own word.
    Validity, "validity", "有效状态", "validity";
    /// Who issued it.
    Issuer, "issuer", "核发单位", "issuer";
    /// Class of a mark: `party_government` or `public_institution`.
    MarkClass, "mark_class", "标识类别", "class of the mark";
    /// Holder of a domain as registered.
    Registrant, "registrant", "域名持有者", "registrant";
    /// Registrar.
    Registrar, "registrar", "域名注册服务机构", "registrar";
    /// Day of registration.
    RegisteredOn, "registered_on", "注册日期", "registered on";
    /// Day on which the registration ends.
    ExpiresOn, "expires_on", "到期日期", "expires on";
    /// Day of the last change.
    UpdatedOn, "updated_on", "更新日期", "updated on";
    /// Status words of a registration (RFC 8056), a list.
    RegistrationStatus, "registration_status", "域名状态", "registration status";
    /// Name servers, a list.
    NameServers, "name_servers", "域名服务器", "name servers";

    // Apps and accounts.
    /// The platform on which it is offered or lives.
    Platform, "platform", "所在平台", "platform";
    /// Developer as the platform shows it.
    Developer, "developer", "开发者", "developer";
    /// Version.
    Version, "version", "版本", "version";
    /// SHA-256 of the signer's certificate, lower-case hexadecimal.
    Signer, "signer", "签名证书", "signer";
    /// Address of the page where it is offered.
    DownloadPage, "download_page", "下载页", "download page";
    /// The subject that the platform has verified; empty when the platform says that it has verified none.
    VerifiedSubject, "verified_subject", "认证主体", "verified subject";
    /// Day of that verification.
    VerifiedOn, "verified_on", "认证日期", "verified on";
    /// Whether the page of the app or account shows the official mark: `yes` or `no`.
    ShowsMark, "shows_mark", "展示网上标识", "shows the mark";

    // Lists.
    /// Operator of a platform.
    Operator, "operator", "运营单位", "operator";
    /// Other names under which it is known, a list.
    Aliases, "aliases", "别名", "other names";
    /// Provider of a network, as provider catalogues name it.
    Provider, "provider", "服务商", "provider";
    /// What the provider does there: the words of `ProviderRole`.
    ProviderRole, "provider_role", "服务类别", "role of the provider";
    /// Kind of a threat: the source's word.
    ThreatKind, "threat_kind", "威胁类型", "kind of threat";
    /// Where more is said.
    Reference, "reference", "参考链接", "reference";
    /// Whether a threat is live: the source's word.
    ThreatState, "threat_state", "威胁状态", "state of the threat";
    /// Day on which a threat was listed.
    ListedOn, "listed_on", "列入日期", "listed on";
    /// Words by which the source sorts it, a list.
    Tags, "tags", "标签", "tags";
    /// Last day of support: a day, `yes` for ended without a day, `no` for not ended.
    SupportEnds, "support_ends", "停止维护日期", "end of support";
    /// Newest version of a cycle.
    Latest, "latest", "最新版本", "latest version";

    // Components.
    /// Package URL.
    Purl, "purl", "组件标识（purl）", "package URL";
    /// CPE 2.3.
    Cpe, "cpe", "组件标识（CPE）", "CPE";
    /// Content hash, `algorithm:hex`.
    Hash, "hash", "内容散列", "content hash";
    /// Licence, as the bill of materials names it.
    Licence, "licence", "许可证", "licence";

    // What only the institution can tell.
    /// Level of classified protection (等级保护), 1 to 5.
    ProtectionLevel, "protection_level", "等级保护级别", "protection level";
    /// Number of its filing with public security.
    ProtectionNumber, "protection_number", "等级保护备案号", "protection filing number";
    /// Whether the system carries important business (重要业务).
    ImportantBusiness, "important_business", "承载重要业务", "carries important business";
    /// Day of the last security assessment.
    AssessedOn, "assessed_on", "最近安全检测评估日期", "last security assessment";
    /// Whether building or running is outsourced.
    Outsourced, "outsourced", "外包开发或运维", "outsourced";
    /// Whether the contract holds the duties of security and confidentiality.
    ContractDuties, "contract_duties", "合同明确安全责任", "duties in the contract";
    /// Whether the highest privileges are with own staff.
    TopPrivilegesOwn, "top_privileges_own", "最高管理权限由本单位掌握", "top privileges with own staff";
    /// Whether grants to outside staff that ended are withdrawn.
    GrantsWithdrawn, "grants_withdrawn", "外包人员权限及时收回", "ended grants withdrawn";
    /// Days for which logs are kept.
    LogDays, "log_days", "日志留存天数", "log retention in days";
    /// Whether logs are backed up.
    LogBackup, "log_backup", "日志备份", "logs backed up";
    /// Whether there is disaster recovery and backup.
    Backup, "backup", "容灾备份", "disaster recovery and backup";
    /// Services that are approved to be open, `tcp/443`, a list.
    ApprovedServices, "approved_services", "已批准开放服务", "approved services";
    /// Mail: whether log-in takes more than one factor.
    MailFactors, "mail_factors", "邮件多因素验证", "mail multi-factor log-in";
    /// Mail: whether automatic forwarding is on.
    MailForwarding, "mail_forwarding", "邮件自动转发", "mail forwarding";
    /// Mail: whether attachments are downloaded automatically.
    MailDownload, "mail_download", "附件自动下载", "automatic attachment download";
    /// Documents that prove the answers: names and digests, a list.
    Documents, "documents", "证明材料", "documents";
    /// Who answered.
    AnsweredBy, "answered_by", "填报人", "answered by";
    /// Day of the answer.
    AnsweredOn, "answered_on", "填报日期", "answered on";

    // Reports from the public.
    /// What is reported, personal data masked.
    Description, "description", "内容", "description";
    /// What it is reported of: an address or name.
    Target, "target", "被举报对象", "target";
    /// When it came in.
    ReceivedOn, "received_on", "接收日期", "received on";
    /// A person's reason for what the person said.
    Because, "because", "理由", "because";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn words_are_unique_and_are_those_of_json() {
        let words: BTreeSet<_> = Attribute::ALL.iter().map(|attribute| attribute.word()).collect();
        assert_eq!(words.len(), Attribute::ALL.len());
        assert_eq!(serde_json::to_value(Attribute::ShortNames).expect("json"), "short_names");
    }
}
