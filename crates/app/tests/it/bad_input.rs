//! Bad input: a clear message, the right exit status, nothing lost.

use crate::program::Program;

#[test]
fn wrong_use_ends_with_2() {
    let program = Program::new();
    program.run(&["check"]).expect(2);
    program.run(&["check", "not a host"]).expect(2);
    program.run(&["rules", "show", "DOM999"]).expect(2);
    program.run(&["sweep"]).expect(2);
    program.run(&["report"]).expect(2);
    let missing = program.run(&["sweep", "--ledger", "no-such-file.csv"]).expect(2);
    assert!(missing.err.contains("no-such-file.csv"), "{}", missing.err);
}

#[test]
fn a_configuration_says_what_is_wrong_with_it() {
    let program = Program::new();
    for (content, hint) in [
        ("[net]\nresolver = []\n", "resolver"),
        ("[net]\nresolvers = [\"nonsense\"]\n", "nonsense"),
        ("[net]\nallow_ranges = [\"300.0.0.0/8\"]\n", "300.0.0.0/8"),
        ("[store]\nurl = \"postgres://x/y\"\n", "sqlite:"),
        ("not toml", "config.toml"),
    ] {
        let config = program.file("config.toml", content);
        let ended = program.run(&["check", "www.example.gov.cn", "--config", config.to_str().unwrap()]);
        assert!(matches!(ended.status, 2 | 3), "{content}: {}", ended.status);
        assert!(ended.err.contains(hint), "{content}: {}", ended.err);
    }
}

#[test]
fn ledgers_with_bad_rows_import_the_good_ones() {
    let program = Program::new();
    let header = "institution_name,uscc,institution_type,level,application_kind,application_name,address\n";
    let good = "清河县人民政府,,party_government,county,web_site,清河县人民政府,www.qinghe.gov.cn\n";
    let bad = "坏代码单位,91350100M000100Y44,party_government,county,web_site,x,www.x.gov.cn\n坏类型,,emperor,county,web_site,x,www.y.gov.cn\n坏网址,,party_government,county,web_site,x,http://\n";
    let ledger = program.file("ledger.csv", format!("{header}{good}{bad}"));
    let imported = program.run(&["source", "import", "ledger", ledger.to_str().unwrap()]).expect(0);
    for line in ["ledger.csv:3", "ledger.csv:4", "ledger.csv:5"] {
        assert!(imported.err.contains(line), "{}", imported.err);
    }
    // The row speaks of an institution and of its site.
    assert!(imported.err.contains("2 added"), "{}", imported.err);
    let again = program.run(&["source", "import", "ledger", ledger.to_str().unwrap()]).expect(0);
    assert!(again.err.contains("2 unchanged"), "{}", again.err);
    let list = program.run(&["ledger", "list", "--format", "csv"]).expect(0);
    assert!(list.out.contains("清河县人民政府"), "{}", list.out);

    let columns = program.file("columns.csv", "a,b\n1,2\n");
    let wrong = program.run(&["source", "import", "ledger", columns.to_str().unwrap()]).expect(2);
    assert!(wrong.err.contains("a column address (地址) is needed"), "{}", wrong.err);
    program.run(&["source", "import", "ledger", program.file("empty.csv", "").to_str().unwrap()]).expect(2);
    program.run(&["source", "import", "ledger", program.file("noise.xlsx", b"PK\x03\x04 nonsense").to_str().unwrap()]).expect(2);
}

#[test]
fn a_dead_resolver_is_said_at_once() {
    let program = Program::new();
    // A socket that is bound and never answers.
    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let resolver = silent.local_addr().unwrap();
    let config = program.file(
        "config.toml",
        format!("[net]\nresolvers = [\"{resolver}\"]\nallow_ranges = [\"127.0.0.0/8\"]\ndns_timeout_s = 0.3\n[browser]\nenabled = false\n"),
    );
    let ended = program.run(&["check", "www.example.gov.cn", "--config", config.to_str().unwrap()]).expect(3);
    assert!(ended.err.contains("resolver"), "{}", ended.err);
}

#[test]
fn a_store_that_cannot_be_written_is_said() {
    let program = Program::new();
    let config = program.file("config.toml", "[store]\nurl = \"sqlite:/proc/mingcha/x.db\"\n");
    let ledger = program.file("l.csv", "institution_name,application_kind,address\n清河县人民政府,web_site,www.qinghe.gov.cn\n");
    let arguments = ["source", "import", "ledger", ledger.to_str().unwrap(), "--config", config.to_str().unwrap()];
    let ended = program.run(&arguments).expect(3);
    assert!(ended.err.contains("/proc/mingcha"), "{}", ended.err);
    let damaged = program.file("damaged.db", "this is no database, but long enough to look at. ".repeat(40));
    let config = program.file("config.toml", format!("[store]\nurl = \"sqlite:{}\"\n", damaged.display()));
    let ended = program.run(&["source", "list", "--config", config.to_str().unwrap()]).expect(3);
    assert!(ended.err.contains("damaged.db"), "{}", ended.err);
}
