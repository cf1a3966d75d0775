//! The orders of RPM and PHP beside their own tools, on versions made of what versions are made of.
//!
//! `make install-test` installs the tools; each is asked once, for all pairs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, reason = "a test that asks other programs")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

use model::advisory::Ordering as Order;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use vulns::version::compare;

const PAIRS: usize = 20_000;

/// Pairs of versions, the same in every run; the second is often the first with a piece changed, so that they differ late.
fn pairs(versions: impl Strategy<Value = Vec<&'static str>>) -> Vec<(String, String)> {
    let mut runner = TestRunner::deterministic();
    let mut made = || versions.new_tree(&mut runner).expect("a version").current();
    let all: Vec<Vec<&str>> = (0..=PAIRS).map(|_| made()).collect();
    all.windows(2)
        .enumerate()
        .map(|(turn, pair)| {
            let shared = if turn % 2 == 0 { turn / 2 % (pair[0].len() + 1) } else { 0 };
            let other = pair[0].iter().take(shared).chain(pair[1].iter().skip(shared));
            (pair[0].concat(), other.copied().collect())
        })
        .collect()
}

/// What a tool says of each pair: it gets a line with a tab for each, and answers with a line for each.
fn asked(pairs: &[(String, String)], tool: &mut Command) -> Vec<String> {
    let mut child = tool.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the tool: make install-test");
    let mut input = String::new();
    pairs.iter().for_each(|(one, other)| writeln!(input, "{one}\t{other}").unwrap());
    let mut stdin = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap().unwrap();
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<String> = said.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
    assert_eq!(lines.len(), pairs.len(), "answers of {tool:?}");
    lines
}

/// Compares with the answers of a tool; what it refuses is passed over. Hands back how many it took.
fn agrees(order: Order, pairs: &[(String, String)], answers: &[String]) -> usize {
    let told = pairs.iter().zip(answers).filter(|(_, answer)| *answer != "refused");
    let mut differences = Vec::new();
    let count = told
        .map(|((one, other), answer)| {
            let expected = answer.parse::<i8>().expect("-1, 0 or 1").cmp(&0);
            let ours = compare(order, one, other);
            if ours != expected {
                differences.push(format!("{one:?} {other:?}: {expected:?}, ours {ours:?}"));
            }
        })
        .count();
    let shown = &differences[..differences.len().min(40)];
    assert!(differences.is_empty(), "{} of {count} differ:\n{}", differences.len(), shown.join("\n"));
    count
}

#[test]
fn rpm_as_rpm_has_it() {
    let piece = prop::sample::select(vec![
        "0", "1", "2", "10", "007", "20230501", ".", ".", ".", "_", "+", "~", "^", "a", "b", "rc", "el7", "el8_9", "fc38", "A",
        "git",
    ]);
    let version = prop::collection::vec(piece, 0..9).prop_map(|mut pieces| {
        pieces.insert(0, "1");
        pieces
    });
    let release = prop::sample::select(vec!["", "-1", "-1.el7", "-10.el7", "-2.el8_4.1", "-0.1.rc1"]);
    let epoch = prop::sample::select(vec!["", "", "", "0:", "1:", "2:", "10:"]);
    let whole = (epoch, version, release)
        .prop_map(|(epoch, version, release)| std::iter::once(epoch).chain(version).chain([release]).collect::<Vec<_>>());
    let mut pairs = pairs(whole);
    // A dash parts version and release; RPM allows no other.
    pairs.retain(|(_, other)| other.matches('-').count() < 2);
    let program = "%{lua: for line in io.lines() do local one, other = line:match('^(.-)\\t(.*)$'); print(rpm.vercmp(one, other) .. '\\n') end}";
    let answers = asked(&pairs, Command::new("rpm").arg("--eval").arg(program));
    assert!(agrees(Order::Rpm, &pairs, &answers) > PAIRS / 2);
}

/// Composer's normal form compared by PHP's `version_compare`, which is how packages of PHP are compared.
#[test]
fn php_as_composer_has_it() {
    let number = prop::sample::select(vec!["0", "1", "2", "10", "01", "5"]);
    let numbers = prop::collection::vec(number, 1..5)
        .prop_map(|numbers| numbers.into_iter().flat_map(|number| [".", number]).skip(1).collect::<Vec<_>>());
    let stage = prop::sample::select(vec![
        "",
        "",
        "",
        "",
        "-dev",
        "-alpha",
        "-alpha1",
        "a2",
        "-beta.2",
        "b10",
        "-RC1",
        "RC",
        "-stable",
        "-p1",
        "pl2",
        "-patch",
        "-alpha.2-dev",
    ]);
    let prefix = prop::sample::select(vec!["", "", "v"]);
    let whole = (prefix, numbers, stage)
        .prop_map(|(prefix, numbers, stage)| std::iter::once(prefix).chain(numbers).chain([stage]).collect::<Vec<_>>());
    let pairs = pairs(whole);
    let program = "require '/usr/share/php/Composer/Semver/autoload.php'; $parser = new Composer\\Semver\\VersionParser(); \
                   while (($line = fgets(STDIN)) !== false) { [$one, $other] = explode(\"\\t\", rtrim($line, \"\\n\")); \
                   try { echo version_compare($parser->normalize($one), $parser->normalize($other)), \"\\n\"; } \
                   catch (UnexpectedValueException $refused) { echo \"refused\\n\"; } }";
    let answers = asked(&pairs, Command::new("php").arg("-r").arg(program));
    let taken = agrees(Order::Php, &pairs, &answers);
    assert!(taken > PAIRS / 2, "{taken}");
}

/// PHP's own comparison of what needs no normal form: four numbers.
#[test]
fn php_as_php_has_it() {
    let number = prop::sample::select(vec!["0", "1", "2", "10", "5"]);
    let stage = prop::sample::select(vec![
        "", "-dev", "-alpha1", "-beta2", "-RC1", "-RC10", "pl1", "-p2", "-pl", "alpha", "b3", "-dev2", "-alpha.2", "_rc_1",
        "+rc", "-foo", "x",
    ]);
    let whole = (prop::collection::vec(number, 4), stage).prop_map(|(numbers, stage)| {
        numbers.into_iter().flat_map(|number| [".", number]).skip(1).chain([stage]).collect::<Vec<_>>()
    });
    let pairs = pairs(whole);
    let program = "while (($line = fgets(STDIN)) !== false) { [$one, $other] = explode(\"\\t\", rtrim($line, \"\\n\")); \
                   echo version_compare($one, $other), \"\\n\"; }";
    let answers = asked(&pairs, Command::new("php").arg("-r").arg(program));
    assert_eq!(agrees(Order::Php, &pairs, &answers), PAIRS);
}
