//! The built-in world holds together: what it plants is in the truth, what it mends is planted, its codes are right.

use std::collections::BTreeSet;

use lab::world::World;

#[test]
fn every_fault_has_its_truth_and_every_twin_its_fault() {
    let world = World::builtin().expect("the built-in world");
    let expectations = world.truth.expectations(&world).expect("the truth fits the world");
    let planted: BTreeSet<&str> =
        world.sites().filter(|(_, site)| site.plants.is_some()).map(|(_, site)| site.host.as_str()).collect();
    for (owner, site) in world.sites() {
        if let Some(mended) = &site.mends {
            assert!(planted.contains(mended.as_str()), "{} mends {mended}, which plants nothing", site.host);
        }
        if site.plants.is_none() {
            continue;
        }
        let owner = owner.expect("only sites of the ledger plant faults");
        let subjects = [format!("site:{}", site.place()), format!("institution:{}", owner.uscc)];
        let told = expectations.iter().any(|((subject, _), expect)| subjects.contains(subject) && !expect.why.is_empty());
        assert!(told, "the truth does not tell of {}", site.host);
    }
}

#[test]
fn each_pair_of_subject_and_rule_has_one_expectation() {
    let world = World::builtin().expect("the built-in world");
    let expectations = world.truth.expectations(&world).expect("the truth fits the world");
    let of = |subject: &str| expectations.keys().filter(|(known, _)| known == subject).count();
    let ledger = world.institutions.iter();
    for owner in ledger {
        assert_eq!(of(&format!("institution:{}", owner.uscc)), 2);
        for site in &owner.sites {
            assert_eq!(of(&format!("site:{}", site.place())), 44, "{}", site.place());
        }
        for domain in &owner.mail {
            assert_eq!(of(&format!("mail:{domain}")), 6);
        }
    }
    let rules: BTreeSet<&str> = expectations.keys().map(|(_, rule)| rule.as_str()).collect();
    assert_eq!(rules.len(), 51);
    for rule in rules {
        let has = |verdict: &str| expectations.iter().any(|((_, known), expect)| known == rule && expect.verdict == verdict);
        assert!(has("pass") && has("violation"), "{rule} needs a fault and a twin");
    }
}

#[test]
fn codes_carry_the_right_check_character() {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    let world = World::builtin().expect("the built-in world");
    for owner in world.institutions.iter().chain(&World::replicate(1).institutions) {
        let values: Vec<usize> = owner.uscc.chars().map(|known| ALPHABET.find(known).expect("a known character")).collect();
        let mut weight = 1;
        let mut sum = 0;
        for value in &values[..17] {
            sum += value * weight;
            weight = weight * 3 % 31;
        }
        assert_eq!((31 - sum % 31) % 31, values[17], "{} {}", owner.name, owner.uscc);
    }
}

#[test]
fn a_world_loads_from_a_folder_and_contradictions_are_told() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("one.toml");
    let world = "suffixes = [\"cn\", \"gov.cn\"]\n[[outside]]\nhost = \"www.one.gov.cn\"\n";
    std::fs::write(&file, world).expect("written");
    assert_eq!(World::load(folder.path()).expect("a world").sites().count(), 1);
    assert_eq!(World::load(&file).expect("a world").registrable("a.b.one.gov.cn").as_deref(), Some("one.gov.cn"));
    for (wrong, word) in [
        (format!("{world}[[outside]]\nhost = \"www.one.gov.cn\"\n"), "twice"),
        (format!("{world}[[outside]]\nhost = \"www.one.example\"\n"), "suffix"),
        (format!("{world}colour = 1\n"), "world file"),
    ] {
        std::fs::write(&file, wrong).expect("written");
        let error = World::load(&file).expect_err("a contradiction").to_string();
        assert!(error.contains(word), "{error}");
    }
    assert!(World::load(&folder.path().join("none.toml")).is_err());
}
