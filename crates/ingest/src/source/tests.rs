//! Laws of all formats, and what the rows of each become.

use model::ledger::attribute::Attribute as A;
use model::ledger::claim::Claim;
use proptest::prelude::*;
use rust_xlsxwriter::Workbook;

use super::table::Columns;
use super::testing::{Kept, read};
use super::*;

/// The formats that are tables, with their columns.
const TABLES: [(&Format, &Columns); 16] = [
    (&roster::FORMAT, &roster::COLUMNS),
    (&ledger::FORMAT, &crate::ledger::COLUMNS),
    (&icp::FORMAT, &icp::COLUMNS),
    (&police::FORMAT, &police::COLUMNS),
    (&mark::FORMAT, &mark::COLUMNS),
    (&site_code::FORMAT, &site_code::COLUMNS),
    (&divisions::FORMAT, &divisions::COLUMNS),
    (&app_store::FORMAT, &app_store::COLUMNS),
    (&accounts::MINI_PROGRAMS, &accounts::COLUMNS),
    (&accounts::ACCOUNTS, &accounts::COLUMNS),
    (&lists::PLATFORMS, &lists::COLUMNS),
    (&lists::CLOUDS, &lists::COLUMNS),
    (&lists::AUTHORITIES, &lists::COLUMNS),
    (&lists::SUPPLIERS, &lists::COLUMNS),
    (&attestation::FORMAT, &attestation::COLUMNS),
    (&complaints::FORMAT, &complaints::COLUMNS),
];

/// Codes with right check characters, of 机关 (11) and 事业单位 (12).
const ORGAN: &str = "11100000000013127D";
const INSTITUTE: &str = "12100000400010275N";

fn csv(format: &Format, text: &str) -> Kept {
    read(format, "x.csv", text.as_bytes()).expect("readable")
}

/// The example in the written format.
fn example(format: &Format) -> &'static str {
    let (_, rest) = format.doc.zh.split_once("```csv\n").expect("an example");
    rest.split_once("\n```").expect("the example ends").0
}

fn cells(format: &Format) -> Vec<Vec<&'static str>> {
    example(format).lines().map(|line| line.split(',').collect()).collect()
}

#[test]
fn every_kind_that_is_read_from_files_has_one_format() {
    for (number, format) in FORMATS.iter().enumerate() {
        assert!(FORMATS[..number].iter().all(|earlier| earlier.kind != format.kind), "{:?} twice", format.kind);
        assert!(!format.doc.zh.trim().is_empty() && !format.doc.en.trim().is_empty(), "{:?}", format.kind);
        assert!(format.doc.zh.starts_with("# ") && format.doc.en.starts_with("# "), "{:?}", format.kind);
    }
    for (listed, _) in TABLES {
        assert!(format(listed.kind).is_some_and(|format| std::ptr::eq(format, listed)), "{:?}", listed.kind);
    }
}

#[test]
fn the_written_formats_show_every_column_with_all_its_names() {
    for (format, columns) in TABLES {
        for doc in [format.doc.zh, format.doc.en] {
            for column in columns.all {
                assert!(doc.contains(&format!("`{}`", column.word)), "{:?}: {}", format.kind, column.word);
                assert!(column.names.iter().all(|name| doc.contains(name)), "{:?}: {:?}", format.kind, column.names);
            }
        }
        for column in columns.all {
            let known = |name: &str| columns.recognise(name).map(|known| columns.all[known].word);
            let names = column.names.iter().chain([&column.word]);
            names.for_each(|name| assert_eq!(known(name), Some(column.word), "{:?}: {name}", format.kind));
        }
        let days = format.kind.fresh_days();
        assert!(days == 0 || format.doc.zh.contains(&format!("每 {days} 天")), "{:?}", format.kind);
        assert!(days == 0 || format.doc.en.contains(&format!("{days} days")), "{:?}", format.kind);
    }
}

#[test]
fn the_written_examples_are_read_alike_in_every_form() {
    let without_lines = |kept: Kept| kept.claims.into_iter().map(|claim| Claim { line: 0, ..claim }).collect::<Vec<_>>();
    for (format, _) in TABLES {
        let text = example(format);
        let kept = csv(format, text);
        assert_eq!(
            (kept.rejected.len(), kept.rows),
            (0, text.lines().count() as u64 - 1),
            "{:?}: {:?}",
            format.kind,
            kept.rejected
        );
        let claims = without_lines(kept);
        assert!(!claims.is_empty());
        assert!(format.doc.en.contains(text), "one example in both languages");
        let rows = cells(format);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (number, row) in (0..).zip(&rows) {
            for (column, cell) in (0..).zip(row) {
                sheet.write_string(number + 2, column, *cell).expect("cell");
            }
        }
        let objects: Vec<_> =
            rows[1..].iter().map(|row| rows[0].iter().zip(row).collect::<std::collections::BTreeMap<_, _>>()).collect();
        let lines: String = objects.iter().map(|object| format!("{}\n", serde_json::json!(object))).collect();
        let tabs = text.replace(',', "\t");
        let utf16: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let mut forms = vec![
            ("gbk", encoding_rs::GB18030.encode(text).0.into_owned()),
            ("utf16", utf16),
            ("tabs", tabs.into_bytes()),
            ("xlsx", book.save_to_buffer().expect("workbook")),
        ];
        if format.kind != SourceKind::Divisions {
            forms.push(("array", serde_json::to_vec(&objects).expect("json")));
            forms.push(("lines", lines.into_bytes()));
        }
        for (form, bytes) in forms {
            let kept = read(format, form, &bytes).unwrap_or_else(|error| panic!("{form}: {error}"));
            assert_eq!(kept.rejected, [], "{form}");
            let mut same = without_lines(kept);
            if matches!(form, "array" | "lines") {
                // A claim's notes and values are the same; the order of rows is that of the file.
                same.sort_by_key(|claim| claims.iter().position(|other| other == claim));
            }
            assert_eq!(same, claims, "{:?} as {form}", format.kind);
        }
    }
}

#[test]
fn a_roster_tells_of_institutions() {
    let kept = csv(
        &roster::FORMAT,
        &format!(
            "机构编制名册（2026 年）\n*单位名称,规范简称,曾用名,统一社会信用代码（18位）,机构类型,行政层级,行政区划代码,上级单位统一社会信用代码,承担行政职能,状态,状态日期,承继单位,编制数\n\
             某某省农业农村厅,省农业农村厅、某某农业厅,某某省农业厅,{ORGAN},行政机关,省级,510000,,,正常,,,80\n\
             某某县旅游局,,,,机关,县级,510903,,,合并,2024年3月1日,某某县文化和旅游局,\n\
             某某中心,,,{INSTITUTE},事业单位,,510903102000,{ORGAN},是,,,,\n"
        ),
    );
    let expected = [
        format!("3 institution:{ORGAN} name=某某省农业农村厅 short_names=省农业农村厅;某某农业厅 former_names=某某省农业厅 uscc={ORGAN} type=party_government level=province division=510000 state=active notes={{\"编制数\":\"80\"}}"),
        "4 institution:~某某县旅游局 name=某某县旅游局 type=party_government level=county division=510903 state=merged state_since=2024-03-01 successor=某某县文化和旅游局".into(),
        format!("5 institution:{INSTITUTE} name=某某中心 uscc={INSTITUTE} type=public_institution division=510903102 parent_uscc={ORGAN} administrative_duties=yes"),
    ];
    assert_eq!(kept.lines(), expected);
}

#[test]
fn a_ledger_tells_of_institutions_and_applications() {
    let kept = csv(
        &ledger::FORMAT,
        &format!(
            "单位名称,统一社会信用代码,层级,应用类型,应用名称,网址,状态,授权级别,授权文件,授权截止,备注\n\
             某局,{ORGAN},,门户网站,门户,https://www.example.gov.cn:8443/x/,在用,L2,授权书,2026-12-31,a\n\
             某局,{ORGAN},,邮件系统,,postmaster@example.gov.cn,停用,,,,\n\
             某局,{ORGAN},县级,移动应用,办事,cn.gov.example.app,,,,,\n\
             ,,,小程序,,微信/gh_1,第三方,,,,\n"
        ),
    );
    let owner = format!("owner=某局 owner_uscc={ORGAN}");
    let expected = [
        format!("2 institution:{ORGAN} name=某局 uscc={ORGAN} type=party_government"),
        format!(
            "2 site:www.example.gov.cn:8443/x name=门户 {owner} address=https://www.example.gov.cn:8443/x/ role=portal grant_level=L2 grant_document=授权书 grant_until=2026-12-31 notes={{\"备注\":\"a\"}}"
        ),
        // Line 3 tells the same of the institution as line 2, which is not said again.
        format!("3 mail:example.gov.cn state=retired {owner} address=postmaster@example.gov.cn"),
        format!("4 institution:{ORGAN} name=某局 uscc={ORGAN} type=party_government level=county"),
        format!("4 app:cn.gov.example.app name=办事 {owner} address=cn.gov.example.app"),
        "5 mini:wechat/gh_1 state=third_party address=微信/gh_1".into(),
    ];
    assert_eq!(kept.lines(), expected);
}

#[test]
fn filings_are_said_of_the_number_and_of_each_domain() {
    let kept = csv(
        &icp::FORMAT,
        "主办单位名称,主办单位性质,网站备案/许可证号,网站名称,域名,审核时间,证件号码\n\
         某某县人民政府,政府机关单位,蜀icp备05000001号－1,门户,www.example.gov.cn;例子.政务 192.0.2.1,2024/3/1 08:00:00,11100000000013127d\n\
         张三,个人,蜀ICP备05000002号-3A,办事,,,11010519491231002X\n",
    );
    let owner = format!("owner=某某县人民政府 owner_uscc={ORGAN} owner_nature=政府机关单位 number=蜀ICP备05000001号-1");
    let brief = |entity: &str| format!("2 {entity} [蜀ICP备05000001号-1] name=门户 {owner}");
    let expected = [
        format!(
            "2 filing:蜀ICP备05000001号-1 name=门户 {owner} domains=example.gov.cn;xn--fsqu00a.xn--zfr164b;192.0.2.1 issued_on=2024-03-01"
        ),
        brief("domain:example.gov.cn"),
        brief("domain:xn--fsqu00a.xn--zfr164b"),
        brief("address:192.0.2.1"),
        "3 filing:蜀ICP备05000002号-3A name=办事 owner=张三 owner_nature=个人 number=蜀ICP备05000002号-3A".into(),
    ];
    assert_eq!(kept.lines(), expected);

    let kept = csv(&police::FORMAT, "公安备案号,开办主体,域名,备案时间\n浙公网安备 33060202000394号,某局,example.gov.cn,45352\n");
    assert_eq!(
        kept.lines(),
        [
            "2 filing:33060202000394 owner=某局 number=33060202000394 domains=example.gov.cn issued_on=2024-03-01",
            "2 domain:example.gov.cn [33060202000394] owner=某局 number=33060202000394"
        ]
    );

    let kept = csv(
        &mark::FORMAT,
        "标识证书编号,机构名称,机构类型,域名名称,有效期至,状态\n07bbe32157290f90e053022819ac8a23,某局,事业单位,example.cn,长期,注销\n",
    );
    let id = "07BBE32157290F90E053022819AC8A23";
    let said = |start: &str, domains: &str| {
        format!("{start} owner=某局 number={id}{domains} validity=revoked mark_class=public_institution")
    };
    assert_eq!(
        kept.lines(),
        [said(&format!("2 filing:{id}"), " domains=example.cn"), said(&format!("2 domain:example.cn [{id}]"), "")]
    );

    let kept = csv(
        &site_code::FORMAT,
        "标识码,主办单位,首页网址,状态,区划代码\nbm36000002,某局,http://www.example.gov.cn/nyj/index.html,关停,510903\n",
    );
    let said = "state=retired owner=某局 address=http://www.example.gov.cn/nyj/index.html number=bm36000002";
    assert_eq!(
        kept.lines(),
        [format!("2 site:www.example.gov.cn/nyj [BM36000002] {said}"), format!("2 filing:BM36000002 division=510903 {said}")]
    );
}

#[test]
fn apps_and_accounts_are_told_apart_by_platform() {
    let kept = csv(
        &app_store::FORMAT,
        "包名,商店,开发者,下载链接,是否展示网上标识,更新时间\ncn.gov.app,某商店,某局,https://s.example.cn/1,否,2024-03-01\ncn.gov.app,另一商店,,,,\n",
    );
    assert_eq!(
        kept.lines(),
        [
            "2 app:cn.gov.app [某商店] updated_on=2024-03-01 platform=某商店 developer=某局 download_page=https://s.example.cn/1 shows_mark=no",
            "3 app:cn.gov.app [另一商店] platform=另一商店"
        ]
    );
    assert_eq!(kept.rejected, []);
    let accounts =
        "平台,原始ID,公众号名称,账号主体,认证时间\nWeChat,gh_1,某发布,未认证,\n微博,x,某发布,某局,2024-03-01\n微博,y,某发布,,\n";
    let kept = csv(&accounts::ACCOUNTS, accounts);
    assert_eq!(
        kept.lines(),
        [
            "2 account:wechat/gh_1 name=某发布 platform=WeChat verified_subject=",
            "3 account:weibo/x name=某发布 platform=微博 verified_subject=某局 verified_on=2024-03-01",
            "4 account:weibo/y name=某发布 platform=微博"
        ]
    );
    assert!(csv(&accounts::MINI_PROGRAMS, accounts).lines()[0].starts_with("2 mini:wechat/gh_1 "));
}

#[test]
fn lists_are_filed_by_name_or_domain() {
    let rows = "平台名称,运营单位,域名,别名,状态\n某 商店（测试）,某公司,dl.store.example.cn;example.org,甲、乙,有效\n无域名平台,,,,暂停\n";
    let shown = "name=某 商店（测试） domains=example.cn;example.org validity=valid operator=某公司 aliases=甲;乙";
    assert_eq!(
        csv(&lists::PLATFORMS, rows).lines(),
        [format!("2 platform:example.cn {shown}"), "3 platform:无域名平台 name=无域名平台 validity=suspended".into()]
    );
    assert_eq!(csv(&lists::CLOUDS, rows).lines()[0], format!("2 cloud:某商店(测试) {shown}"));
    assert!(csv(&lists::SUPPLIERS, rows).lines()[1].starts_with("3 supplier:无域名平台 "));
    assert!(csv(&lists::AUTHORITIES, rows).lines()[1].starts_with("3 authority:无域名平台 "));
}

#[test]
fn answers_are_of_applications_and_the_blank_form_is_read_back() {
    let kept = csv(
        &attestation::FORMAT,
        "应用类型,地址,等保级别,等保备案号,日志保存天数,日志备份,邮件自动转发,检测评估日期,证明材料,填报日期,已批准开放服务\n\
         ,www.example.gov.cn,第三级,51-1,12个月,是,,2026-05-01,报告.pdf；备案证明.pdf,2026-11-02,TCP/443 22/tcp；udp/161、8080\n\
         邮件系统,oa@example.gov.cn,,,1年,,否,,,,\n小程序,微信/gh_1,,,,no,,,,,无\n",
    );
    assert_eq!(
        kept.lines(),
        [
            "2 site:www.example.gov.cn protection_level=3 protection_number=51-1 assessed_on=2026-05-01 log_days=360 log_backup=yes approved_services=tcp/22;udp/161;tcp/443;tcp/8080 documents=报告.pdf;备案证明.pdf answered_on=2026-11-02",
            "3 mail:example.gov.cn log_days=365 mail_forwarding=no",
            "4 mini:wechat/gh_1 log_backup=no"
        ]
    );
    for lang in [model::text::Lang::Zh, model::text::Lang::En] {
        let blank = attestation::blank(lang).expect("a form");
        let kept = read(&attestation::FORMAT, "blank.xlsx", &blank).expect("its header is known");
        assert_eq!((kept.rows, kept.rejected.len()), (0, 0));
    }
}

#[test]
fn reports_keep_nothing_of_who_reported() {
    let file = "举报内容,被举报网址,举报人,联系电话,邮箱\n\
        仿冒网站，我的身份证11010519491231002X和电话13812345678被泄露，发到zhang@example.cn,http://bad.example.com,张三,13912345678,li@example.cn\n\
        ,http://bad.example.com,李四,13912345679,\n";
    let kept = csv(&complaints::FORMAT, file);
    assert_eq!((kept.claims.len(), kept.rejected.len()), (1, 1));
    let claim = &kept.claims[0];
    assert_eq!(claim.entity.key.len(), 16);
    assert_eq!(
        claim.says[&A::Description],
        "仿冒网站，我的身份证【已隐去身份证号】和电话【已隐去手机号】被泄露，发到【已隐去邮箱】"
    );
    assert_eq!((claim.says[&A::ReceivedOn].as_str(), claim.says.len()), ("2026-11-01", 3));
    let all = format!("{kept:?}");
    for secret in ["张三", "李四", "1391234", "li@", "13812345678", "11010519491231002X"] {
        assert!(!all.contains(secret), "{secret}");
    }
    assert_eq!(csv(&complaints::FORMAT, file).claims, kept.claims, "the same report is the same entity");
    let bad = csv(&complaints::FORMAT, "编号,内容,举报时间\n1,甲,电话13812345678\n电话13812345678,甲,\n");
    assert_eq!(bad.bad(), [(2, "举报时间", "电话【已隐去手机号】"), (3, "编号", "电话【已隐去手机号】")]);
}

#[test]
fn every_kind_of_bad_value_is_reported_with_its_column() {
    let long = format!("{},某", "某".repeat(700));
    let cases: &[(&Format, &str, &str, &str)] = &[
        (&roster::FORMAT, "单位名称,统一社会信用代码", "某局,11100000000013127E", "统一社会信用代码"),
        (&roster::FORMAT, "单位名称,统一社会信用代码", ",11100000000013127D", "单位名称"),
        (&roster::FORMAT, "单位名称,机构类型", "某局,国企", "机构类型"),
        (&roster::FORMAT, "单位名称,行政层级", "某局,副省级", "行政层级"),
        (&roster::FORMAT, "单位名称,行政区划代码", "某局,160000", "行政区划代码"),
        (&roster::FORMAT, "单位名称,状态", "某局,未知", "状态"),
        (&roster::FORMAT, "单位名称,变更日期", "某局,03/04/2024", "变更日期"),
        (&roster::FORMAT, "单位名称,承担行政职能", "某局,也许", "承担行政职能"),
        (
            &roster::FORMAT,
            "单位名称,统一社会信用代码,上级单位统一社会信用代码",
            "某局,11100000000013127D,11100000000013127D",
            "上级单位统一社会信用代码",
        ),
        (&roster::FORMAT, "单位名称,备注", "“”,x", "单位名称"),
        (&roster::FORMAT, "单位名称,备注", "暂无,x", "单位名称"),
        (&ledger::FORMAT, "网址,单位名称", ",某局", "网址"),
        (&icp::FORMAT, "主办单位,备案号", "某局,京ICP证030173号", "备案号"),
        (&icp::FORMAT, "主办单位,备案号", "某局,1", "备案号"),
        (&icp::FORMAT, "主办单位,备案号", ",京ICP备05000001号", "主办单位"),
        (&icp::FORMAT, "主办单位,备案号,域名", "某局,京ICP备05000001号,a b..cn", "域名"),
        (&icp::FORMAT, "主办单位,备案号,域名", "某局,京ICP备05000001号,未知", "域名"),
        (&icp::FORMAT, "主办单位,备案号,审核日期", "某局,京ICP备05000001号,不详", "审核日期"),
        (&police::FORMAT, "公安备案号,开办主体", "京公网安备33060202000394号,某局", "公安备案号"),
        (&mark::FORMAT, "标识编号,单位名称,标识类别", "CA051070000414687680001,某局,绿标", "标识类别"),
        (&mark::FORMAT, "标识编号,单位名称", "无,某局", "标识编号"),
        (&site_code::FORMAT, "标识码,主办单位", "310000000044,某局", "标识码"),
        (&site_code::FORMAT, "标识码,主办单位,网址", "3100000044,某局,ftp://x.cn", "网址"),
        (&divisions::FORMAT, "代码,名称", "999999,无", "代码"),
        (&app_store::FORMAT, "包名,商店", "应用,某商店", "包名"),
        (&app_store::FORMAT, "包名,商店,签名指纹", "cn.gov.app,某商店,abc", "签名指纹"),
        (&app_store::FORMAT, "包名,商店,下载地址", "cn.gov.app,某商店,https://u:p@x.cn/", "下载地址"),
        (&accounts::ACCOUNTS, "平台,账号", "微信,a/b", "账号"),
        (&lists::CLOUDS, "云平台名称,有效期至", "某云,2024-02-30", "有效期至"),
        (&lists::CLOUDS, "云平台名称,状态", "某云,不明", "状态"),
        (&attestation::FORMAT, "地址,等保级别", "www.x.gov.cn,六级", "等保级别"),
        (&attestation::FORMAT, "地址,已批准开放服务", "www.x.gov.cn,tcp/0", "已批准开放服务"),
        (&attestation::FORMAT, "地址,已批准开放服务", "www.x.gov.cn,https", "已批准开放服务"),
        (&attestation::FORMAT, "地址,日志留存天数", "www.x.gov.cn,很久", "日志留存天数"),
        (&attestation::FORMAT, "地址,日志留存天数", "www.x.gov.cn,99999999999年", "日志留存天数"),
        (&attestation::FORMAT, "地址,填报日期", "www.x.gov.cn,2027-01-01", "填报日期"),
        (&attestation::FORMAT, "应用类型,地址", "小程序,gh_1", "地址"),
        (&complaints::FORMAT, "内容,举报时间", "甲,1999-13-01", "举报时间"),
        (&lists::SUPPLIERS, "供应商名称,别名", &long, "供应商名称"),
        (&lists::SUPPLIERS, "供应商名称,别名", "某公司,\u{fffd}", "别名"),
        // What a workbook leaves of its formulas.
        (&roster::FORMAT, "单位名称,规范简称", "#N/A,某", "单位名称"),
        (&roster::FORMAT, "单位名称,规范简称", "\"=HYPERLINK(\"\"http://x\"\")\",某", "单位名称"),
    ];
    for (format, header, row, column) in cases {
        let kept = csv(format, &format!("{header}\n{row}\n"));
        assert_eq!(kept.rejected.len(), 1, "{row}: {:?}", kept.rejected);
        assert_eq!(
            (kept.rejected[0].line, kept.rejected[0].column.as_deref(), kept.claims.len()),
            (2, Some(*column), 0),
            "{row}"
        );
    }
}

#[test]
fn cells_that_say_nothing_are_empty() {
    let kept = csv(&icp::FORMAT, "主办单位,备案号,域名,审核日期,统一社会信用代码,网站名称\n某局,京ICP备05000001号,无,-,/,暂无\n");
    assert_eq!(kept.lines(), ["2 filing:京ICP备05000001号 owner=某局 number=京ICP备05000001号"]);
}

#[test]
fn published_lists_are_read() {
    let Some(folder) = std::env::var_os("MINGCHA_SAMPLE_DATA") else {
        eprintln!("no sample data: set MINGCHA_SAMPLE_DATA");
        return;
    };
    let folder = std::path::Path::new(&folder).join("09-china");
    let mut claims = 0;
    for file in ["institution-gov-hosts.tsv", "gov-site-list/data/homepages/central.jsonl"] {
        let bytes = std::fs::read(folder.join(file)).expect("a file");
        // These name sites as ledgers do, but under headers of their own.
        let text = String::from_utf8(bytes)
            .expect("text")
            .replacen("name\thost\turl", "网站名称\thost\t网址", 1)
            .replace("\"url\":", "\"网址\":");
        let kept = csv(&ledger::FORMAT, &text);
        assert!(kept.rows > 40 && kept.rejected.len() * 50 < kept.claims.len(), "{file}: {:?}", kept.rejected.first());
        claims += kept.claims.len();
    }
    eprintln!("{claims} claims");
}

proptest! {
    #[test]
    fn no_cells_make_any_format_panic(
        number in 0..TABLES.len(),
        rows in proptest::collection::vec(proptest::collection::vec("(|[0-9]{1,20}|[京沪]ICP备[0-9]{8}号(-[0-9]A)?|[a-z政务.:/@* -]{0,20}|\\PC{0,12}|20[0-9]{2}-[01][0-9]-[0-3][0-9]|[0-9]{1,3}年[0-9]月[0-9]日)", 0..14), 0..6),
    ) {
        let (format, columns) = TABLES[number];
        let mut writer = ::csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(columns.all.iter().map(|column| column.word)).expect("written");
        rows.iter().filter(|row| !row.is_empty()).for_each(|row| writer.write_record(row).expect("written"));
        let kept = read(format, "x", &writer.into_inner().expect("written")).expect("readable");
        prop_assert!(kept.rejected.len() <= kept.rows as usize + rows.len());
        for claim in &kept.claims {
            prop_assert!(!claim.entity.key.is_empty() && claim.line >= 2);
            prop_assert!(claim.says.iter().all(|(at, value)| !value.is_empty() || *at == A::VerifiedSubject));
            prop_assert!(claim.says.values().all(|value| !value.chars().any(char::is_control)));
        }
    }

    #[test]
    fn no_bytes_make_any_format_panic(number in 0..TABLES.len(), bytes in proptest::collection::vec(any::<u8>(), 0..300), form in 0..3_usize) {
        let (format, columns) = TABLES[number];
        let header: Vec<&str> = columns.all.iter().map(|column| column.word).collect();
        let start = [format!("{}\n", header.join(",")), format!("[{{\"{}\":\"", header[0]), format!("{{\"{}\":\"", header[0])][form].clone();
        let _ = read(format, "x", &[start.as_bytes(), &bytes].concat());
    }
}
