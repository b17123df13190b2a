//! `compose.yaml` and `Dockerfile` cannot be run where the tests run; their form is checked instead.

use std::{collections::BTreeSet, fs, path::Path};

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)).expect("a file of the repository")
}

/// Every name of ours in a text, as `JONQUIL_HTTP_ADDRESS`.
fn settings_in(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_')
        .filter(|word| word.starts_with("JONQUIL_") && word.len() > "JONQUIL_".len())
        .collect()
}

#[test]
fn every_setting_named_in_compose_is_one_that_jonquil_knows() {
    let compose = read("compose.yaml");
    // A URL is named by its pattern in the header, a password for a command by its own name.
    let others = ["JONQUIL_NEW_PASSWORD"];
    let known: BTreeSet<&str> = jonquil::SETTINGS.iter().map(|(name, _)| *name).chain(others).collect();
    let named: BTreeSet<&str> = settings_in(&compose)
        .into_iter()
        .filter(|name| !name.ends_with('_'))
        .collect();
    assert!(named.len() >= 10, "compose.yaml names hardly any setting: {named:?}");
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
}

#[test]
fn compose_gives_a_process_every_setting_that_it_cannot_do_without() {
    let compose = read("compose.yaml");
    let named = settings_in(&compose);
    let config = jonquil::Config::from_lookup(|_| None);
    let missing = config.err().expect("a process without settings does not start").0;
    assert!(missing.len() >= 8, "{missing:?}");
    for fault in missing {
        let name = fault.split(' ').next().expect("a fault begins with its variable");
        assert!(named.contains(name), "compose.yaml does not set {name}: {fault}");
    }
}

#[test]
fn every_image_is_pinned_to_a_version() {
    let (compose, dockerfile) = (read("compose.yaml"), read("Dockerfile"));
    let from = |line: &str| {
        line.strip_prefix("FROM ")
            .map(|rest| rest.split(' ').next().unwrap_or(rest).to_owned())
    };
    let images = compose
        .lines()
        .filter_map(|line| line.trim().strip_prefix("image:").map(|it| it.trim().to_owned()));
    let images: Vec<String> = images.chain(dockerfile.lines().filter_map(from)).collect();
    assert!(
        images.len() >= 9,
        "six engines, jonquil and two build images: {images:?}"
    );
    for image in images {
        let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
        let pinned = tag != "latest" && tag.contains(|c: char| c.is_ascii_digit()) && tag.contains('.');
        assert!(pinned, "{image} is not pinned to a version");
    }
}

#[test]
fn every_role_has_a_service_of_its_own() {
    let compose = read("compose.yaml");
    for role in ["api", "relay", "search", "analytics", "counters", "jobs"] {
        assert!(
            compose.contains(&format!("command: [run, --role, {role}]")),
            "no service runs the role {role}"
        );
    }
    let users: Vec<String> = read("Dockerfile")
        .lines()
        .filter_map(|line| line.strip_prefix("USER ").map(str::to_owned))
        .collect();
    assert!(
        users.last().is_some_and(|user| user != "root" && user != "0"),
        "the image runs as root"
    );
}
