//! What browsers are told, and the web page that they load from here.

use std::{fs, path::Path};

use reqwest::Method;
use serde_json::json;
use tests::{Answer, App};

const SCRIPT: &str = "assets/main-4f2a.js";

/// A small build of a page, as the build tool leaves it.
fn builds(dir: &Path) {
    fs::create_dir_all(dir.join("assets")).unwrap();
    for (name, bytes) in [
        ("index.html", "<!doctype html><title>Jonquil</title>"),
        ("sw.js", "self.skipWaiting()"),
        (SCRIPT, "a script that is longer than what is left of it"),
        ("assets/main-4f2a.js.br", "brotli"),
        ("assets/main-4f2a.js.gz", "as gzip"),
        (
            "style-hashes.txt",
            "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n",
        ),
        (".secret", "not for anybody"),
    ] {
        fs::write(dir.join(name), bytes).unwrap();
    }
}

async fn asks(app: &App, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = app.http().request(Method::GET, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.http().send(request).await
}

#[tokio::test]
async fn the_page_is_served_with_its_caching_and_its_policy() {
    let dir = tempfile::TempDir::new().unwrap();
    builds(dir.path());
    let folder = dir.path().to_str().unwrap();
    let app = App::builder().setting("JONQUIL_WEB_DIR", folder).start().await;
    let index = asks(&app, "/app/", &[]).await.is(200);
    assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
    assert_eq!(index.header("cache-control"), "no-cache");
    let policy = index.header("content-security-policy");
    for part in [
        "script-src 'self';",
        "style-src 'self' 'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=';",
        "frame-ancestors 'none'",
        "trusted-types jonquil",
    ] {
        assert!(policy.contains(part), "{part} in {policy}");
    }
    assert_eq!(index.header("cross-origin-opener-policy"), "same-origin");
    assert_eq!(index.header("referrer-policy"), "same-origin");
    // Its routes are views of the one document, whatever their query is; a file that is not there is no view.
    let view = asks(&app, "/app/search?q=kino&type=album", &[]).await.is(200);
    assert_eq!(view.bytes, index.bytes);
    for absent in [
        "/app/assets/main-0000.js",
        "/app/favicon.ico",
        "/app/.secret",
        "/app/style-hashes.txt",
        "/app/..%2f..%2fetc%2fpasswd.txt",
    ] {
        asks(&app, absent, &[]).await.is(404);
    }
    let known = asks(&app, "/app/", &[("if-none-match", index.header("etag"))]).await;
    assert!(known.is(304).bytes.is_empty());
    let head = app.http().request(Method::HEAD, "/app/");
    assert_eq!(app.http().send(head).await.is(200).header("etag"), index.header("etag"));

    assets_are_packed_and_kept(&app).await;
    let root = asks(&app, "/", &[("accept", "text/html")]).await.is(302);
    assert_eq!(root.header("location"), "/app/");
    asks(&app, "/", &[])
        .await
        .is(200)
        .shows(json!({"links": {"app": "/app/"}}));
}

async fn assets_are_packed_and_kept(app: &App) {
    let script = format!("/app/{SCRIPT}");
    for (accepted, encoding, bytes) in [
        ("gzip, br", "br", "brotli"),
        ("gzip", "gzip", "as gzip"),
        ("br;q=0", "", "a script that is longer than what is left of it"),
    ] {
        let sent = asks(app, &script, &[("accept-encoding", accepted)]).await.is(200);
        assert_eq!(
            (sent.header("content-encoding"), &sent.bytes[..]),
            (encoding, bytes.as_bytes())
        );
        assert_eq!(sent.header("cache-control"), "public, max-age=31536000, immutable");
        assert_eq!(
            (sent.header("vary"), sent.header("content-type")),
            ("Accept-Encoding", "text/javascript; charset=utf-8")
        );
    }
    let worker = asks(app, "/app/sw.js", &[]).await.is(200);
    assert_eq!(worker.header("cache-control"), "no-cache");
}

#[tokio::test]
async fn without_a_page_browsers_go_to_the_documentation() {
    let app = App::start().await;
    let root = asks(&app, "/", &[("accept", "text/html")]).await.is(302);
    assert_eq!(root.header("location"), "/docs");
    asks(&app, "/app/", &[]).await.is(404);
    let docs = asks(&app, "/docs/", &[]).await.is(200);
    assert!(
        docs.header("content-security-policy")
            .starts_with("default-src 'none'; script-src 'self';")
    );
}

#[tokio::test]
async fn every_answer_says_how_browsers_must_treat_it() {
    let app = App::start().await;
    for (path, status, kept) in [
        ("/ping", 200, ""),
        ("/api/v1/tracks/", 200, "public, no-cache"),
        ("/api/v1/users/7", 404, "private, no-cache"),
        ("/api/v1/auth/me", 401, "no-store"),
        ("/api/v1/tracks/7", 404, "private, no-cache"),
        ("/nothing", 404, ""),
    ] {
        let answer = asks(&app, path, &[("origin", "https://evil.example")]).await.is(status);
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(
            answer
                .header("content-security-policy")
                .contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("cross-origin-resource-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("cache-control"), kept, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
}

#[tokio::test]
async fn pages_of_named_origins_may_call_and_others_may_not() {
    let (ours, other) = ("https://music.example", "https://evil.example");
    let app = App::builder()
        .setting("JONQUIL_CORS_ORIGINS", ours)
        .setting("JONQUIL_TRUSTED_PROXIES", "127.0.0.1")
        .start()
        .await;
    let preflight = async |origin: &str| {
        let request = app.http().request(Method::OPTIONS, "/api/v1/artists/");
        let request = request
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        app.http().send(request).await.is(204)
    };
    let allowed = preflight(ours).await;
    assert_eq!(allowed.header("access-control-allow-origin"), ours);
    assert_eq!(
        allowed.header("access-control-allow-methods"),
        "GET, HEAD, OPTIONS, POST"
    );
    for sent in ["Authorization", "Idempotency-Key", "If-Match", "X-Consistency-Token"] {
        assert!(allowed.header("access-control-allow-headers").contains(sent), "{sent}");
    }
    assert_eq!(preflight(other).await.header("access-control-allow-origin"), "");
    // A refusal can be read too: else a page could not say why.
    let refused = asks(
        &app,
        "/api/v1/auth/me",
        &[("origin", ours), ("x-forwarded-proto", "https")],
    )
    .await
    .is(401);
    assert_eq!(refused.header("access-control-allow-origin"), ours);
    assert!(refused.header("access-control-expose-headers").contains("X-Request-Id"));
    assert_eq!(refused.header("access-control-allow-credentials"), "");
    assert_eq!(refused.header("strict-transport-security"), "max-age=31536000");
}
