//! `ops/kubernetes` cannot be applied where the tests run; its form is checked against the schemas of Kubernetes instead.

use std::{collections::BTreeSet, fs, path::PathBuf, process::Command};

use tests::python_tool;

/// The oldest version that is still maintained when this is written, and the newest that the tool knows.
const VERSIONS: [&str; 2] = ["1.34.0", "1.37.0"];
const ROLES: [&str; 6] = ["api", "relay", "search", "analytics", "counters", "jobs"];

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../ops/kubernetes")
}

fn read(name: &str) -> String {
    fs::read_to_string(folder().join(name)).expect(name)
}

/// What is applied: as kustomize puts it together where it is installed, else its pieces.
fn manifests() -> String {
    let rendered = Command::new("kubectl").arg("kustomize").arg(folder()).output();
    if let Ok(rendered) = rendered {
        assert!(
            rendered.status.success(),
            "{}",
            String::from_utf8_lossy(&rendered.stderr)
        );
        return String::from_utf8(rendered.stdout).expect("text");
    }
    let pieces = [
        "namespace.yaml",
        "config.yaml",
        "migrate.yaml",
        "api.yaml",
        "worker/statefulset.yaml",
    ];
    pieces.map(read).join("---\n")
}

#[test]
fn every_manifest_is_as_the_schemas_of_kubernetes_say_with_no_unknown_field() {
    let Some(tool) = python_tool("kubernetes-validate") else {
        return;
    };
    let file = tempfile::Builder::new().suffix(".yaml").tempfile().expect("a file");
    fs::write(file.path(), manifests()).expect("a file");
    for version in VERSIONS {
        let mut validate = Command::new(&tool);
        validate.args(["--strict", "-k", version]).arg(file.path());
        let output = validate.output().expect("the tool runs");
        let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        assert!(output.status.success(), "{version}: {}", said.concat());
        assert!(
            said.concat().matches("passed for resource").count() >= 8,
            "{version}: {}",
            said.concat()
        );
    }
}

#[test]
fn a_process_in_kubernetes_has_every_setting_that_it_cannot_do_without_and_no_unknown_one() {
    // The ConfigMap, and the file that the README makes the Secret of.
    let given = read("config.yaml") + &read("README.md");
    let word = |c: char| !c.is_ascii_uppercase() && !c.is_ascii_digit() && c != '_';
    let named: BTreeSet<&str> = given.split(word).filter(|word| word.starts_with("JONQUIL_")).collect();
    let mut known: BTreeSet<&str> = jonquil::SETTINGS.iter().map(|(name, _)| *name).collect();
    known.insert("JONQUIL_NEW_PASSWORD");
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&&str>::new());
    let config = jonquil::Config::from_lookup(|_| None);
    for fault in config.err().expect("a process without settings does not start").0 {
        let name = fault.split(' ').next().expect("a fault begins with its variable");
        assert!(named.contains(name), "ops/kubernetes does not set {name}: {fault}");
    }
    let config = read("config.yaml");
    for secret in ["JONQUIL_SECRET", "SECRET_KEY", "PASSWORD", "POSTGRES_URL", "REDIS_URL"] {
        assert!(
            !config.contains(&format!("{secret}:")),
            "{secret} is no setting for a ConfigMap"
        );
    }
}

#[test]
fn every_role_has_its_processes() {
    let all = read("kustomization.yaml");
    for role in ROLES {
        let (resource, argument) = match role {
            "api" => ("- api.yaml".to_owned(), read("api.yaml")),
            role => (format!("- {role}\n"), read(&format!("{role}/kustomization.yaml"))),
        };
        assert!(all.contains(&resource), "{role} is not applied");
        let given = [format!("args: [run, --role, {role}]"), format!("value: {role} }}")];
        assert!(given.iter().any(|given| argument.contains(given)), "nobody runs {role}");
    }
}

#[test]
fn no_process_in_kubernetes_may_more_than_it_must() {
    for name in ["api.yaml", "migrate.yaml", "worker/statefulset.yaml"] {
        let manifest = read(name);
        for rule in [
            "runAsNonRoot: true",
            "readOnlyRootFilesystem: true",
            "allowPrivilegeEscalation: false",
            "drop: [ALL]",
            "seccompProfile: { type: RuntimeDefault }",
            "automountServiceAccountToken: false",
        ] {
            assert!(manifest.contains(rule), "{name} lacks {rule}");
        }
        let user = read("../../Dockerfile");
        assert!(
            manifest.contains("runAsUser: 10001") && user.contains("--uid 10001"),
            "{name}"
        );
    }
}
