//! `docs/security.md` names tests: each of them exists.

use std::{fs, path::Path};

#[test]
fn every_test_that_the_security_page_names_exists() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(here.join("../docs/security.md")).expect("docs/security.md");
    let mut named = 0;
    for (file, test) in page.split('`').filter_map(|text| text.split_once("::")) {
        if test.contains(' ') || file == "file" {
            continue;
        }
        let stories = fs::read_to_string(here.join(format!("it/{file}.rs"))).unwrap_or_default();
        assert!(
            stories.contains(&format!("fn {test}(")),
            "{file}::{test} does not exist"
        );
        named += 1;
    }
    assert!(named > 70, "{named}");
}
