//! `ops/`: what alerts and dashboard ask for is there to be asked.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

fn file(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Each `jonquil_…` of a text, without the endings that Prometheus gives to a histogram's series.
fn metrics_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let names = words.filter(|word| word.starts_with("jonquil_"));
    let series = |name: &str| {
        let endings = ["_bucket", "_count", "_sum"];
        let ending = endings.iter().find_map(|ending| name.strip_suffix(ending));
        ending.unwrap_or(name).to_owned()
    };
    names.map(series).collect()
}

fn sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_metric_of_the_alerts_and_the_dashboard_is_measured() {
    let mut code = String::new();
    sources(&file("crates"), &mut code);
    let measured = metrics_of(&code);
    for name in ["ops/prometheus/jonquil.rules.yaml", "ops/grafana/jonquil.json"] {
        let asked = metrics_of(&fs::read_to_string(file(name)).unwrap());
        assert!(asked.len() > 5, "{name} asks for {asked:?} only");
        let unknown: Vec<_> = asked.difference(&measured).collect();
        assert_eq!(unknown, Vec::<&String>::new(), "{name}");
    }
}

#[test]
fn the_dashboard_is_one_and_no_panel_covers_another() {
    let text = fs::read_to_string(file("ops/grafana/jonquil.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let places: BTreeSet<_> = panels.iter().map(|panel| panel["gridPos"].to_string()).collect();
    assert_eq!(places.len(), panels.len());
    for panel in panels {
        assert!(
            !panel["targets"].as_array().expect("targets").is_empty(),
            "{}",
            panel["title"]
        );
    }
}
