use actix_web::http::header::HeaderValue;

use super::*;

fn encodings(value: &'static str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(value));
    headers
}

#[test]
fn the_smallest_form_that_a_client_takes_is_sent() {
    let read = [("a.js", "plain, and long"), ("a.js.br", "b"), ("a.js.gz", "gz")];
    let read = read.map(|(path, bytes)| (path.to_owned(), Bytes::from_static(bytes.as_bytes())));
    let files = files(HashMap::from(read));
    assert_eq!(files.len(), 1);
    let sent = |value| files["a.js"].accepted(&encodings(value)).unwrap().encoding;
    assert_eq!(sent("gzip, deflate, br"), Some("br"));
    assert_eq!(sent("gzip, br;q=0"), Some("gzip"));
    assert_eq!(sent("GZIP;q=0.5"), Some("gzip"));
    assert_eq!(sent("identity"), None);
}

#[test]
fn views_have_no_extension() {
    for view in ["", "albums/0198", "stats/year/2026", "v1.2/now"] {
        assert!(is_view(view), "{view}");
    }
    for file in ["sw.js", "icons/a.png", "assets/none"] {
        assert!(!is_view(file), "{file}");
    }
}

#[test]
fn a_style_is_named_by_its_hash_only() {
    let hash = "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert!(policy(hash).unwrap().contains(&format!("style-src 'self' '{hash}';")));
    for wrong in ["'unsafe-inline'", "sha256-x; script-src *", "sha256-"] {
        assert!(policy(wrong).is_err(), "{wrong}");
    }
}
