//! The web page at `/app/`: the files of its build, read into memory at start, so that nothing outside of the folder can be
//! asked for and a request costs no disk.

use std::{collections::HashMap, fmt::Write as _, fs, path::Path};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, HeaderMap,
        IF_NONE_MATCH, VARY,
    },
    web::{self, Bytes, Data},
};
use http_kit::Error;
use sha2::{Digest as _, Sha256};

use crate::RunError;

#[cfg(test)]
mod tests;

/// All files of a build, in bytes: it is kept in memory.
const MAX_BYTES: u64 = 128 * 1024 * 1024;
/// Hashes of the style rules that the page's libraries write, a line each: `sha256-…`.
const STYLE_HASHES: &str = "style-hashes.txt";
/// What encodings are called in headers, and how the build names their files. The smaller one first.
const ENCODINGS: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// The files of the page.
pub(crate) struct WebPage {
    /// By their path below the folder.
    files: HashMap<String, File>,
    /// The Content-Security-Policy of its documents.
    policy: String,
}

struct File {
    content_type: &'static str,
    /// The bytes as they are, then those of each encoding that the build wrote.
    variants: Vec<Variant>,
}

struct Variant {
    encoding: Option<&'static str>,
    bytes: Bytes,
    etag: String,
}

impl WebPage {
    /// Reads the folder of a build.
    pub(crate) fn read(dir: &Path) -> Result<Self, RunError> {
        let wrong = |reason: String| RunError::WebPage(dir.to_owned(), reason);
        let mut read = HashMap::new();
        collect(dir, "", &mut read, &mut 0).map_err(wrong)?;
        let hashes = read.remove(STYLE_HASHES).unwrap_or_default();
        let policy = policy(&String::from_utf8_lossy(&hashes)).map_err(wrong)?;
        let files = files(read);
        if !files.contains_key("index.html") {
            return Err(wrong("has no index.html".to_owned()));
        }
        Ok(Self { files, policy })
    }

    /// The file of a path. A path without extension is a view of the page, which its index shows.
    fn file(&self, path: &str) -> Option<(&str, &File)> {
        let (path, file) = self
            .files
            .get_key_value(path)
            .or_else(|| is_view(path).then(|| self.files.get_key_value("index.html")).flatten())?;
        Some((path, file))
    }
}

fn is_view(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    !name.contains('.') && !path.starts_with("assets/")
}

/// Every regular file below the folder, by its path there. Links are left out: they may lead elsewhere.
fn collect(dir: &Path, below: &str, files: &mut HashMap<String, Bytes>, total: &mut u64) -> Result<(), String> {
    let entries = fs::read_dir(dir).map_err(|error| error.to_string())?;
    for entry in entries {
        let entry = entry.map_err(|error| error.to_string())?;
        let metadata = entry.metadata().map_err(|error| error.to_string())?;
        let name = entry.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else {
            continue;
        };
        let path = format!("{below}{name}");
        if metadata.is_dir() {
            collect(&entry.path(), &format!("{path}/"), files, total)?;
        } else if metadata.is_file() {
            *total += metadata.len();
            if *total > MAX_BYTES {
                return Err(format!("has more than {MAX_BYTES} bytes"));
            }
            files.insert(path, read(&entry.path())?.into());
        }
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

/// Each file with what the build compressed of it.
fn files(mut read: HashMap<String, Bytes>) -> HashMap<String, File> {
    let is_plain = |path: &&String| !ENCODINGS.iter().any(|(_, suffix)| path.ends_with(suffix));
    let plain: Vec<String> = read.keys().filter(is_plain).cloned().collect();
    let mut files = HashMap::new();
    for path in plain {
        let mut variants: Vec<Variant> = read
            .remove(&path)
            .map(|bytes| Variant::new(None, bytes))
            .into_iter()
            .collect();
        for (encoding, suffix) in ENCODINGS {
            let encoded = read.remove(&format!("{path}{suffix}"));
            variants.extend(encoded.map(|bytes| Variant::new(Some(encoding), bytes)));
        }
        let content_type = content_type(&path);
        files.insert(path, File { content_type, variants });
    }
    files
}

impl Variant {
    fn new(encoding: Option<&'static str>, bytes: Bytes) -> Self {
        let mut etag = String::from("\"");
        for byte in &Sha256::digest(&bytes)[..16] {
            // Writing to a String does not fail.
            let _ = write!(etag, "{byte:02x}");
        }
        etag.push('"');
        Self { encoding, bytes, etag }
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Scripts, styles and data come from here only; a string becomes code in no place that the page does not name.
fn policy(style_hashes: &str) -> Result<String, String> {
    let mut styles = String::from("style-src 'self'");
    for hash in style_hashes.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let base64 = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
        let is_hash = hash
            .strip_prefix("sha256-")
            .is_some_and(|hash| hash.len() == 44 && hash.bytes().all(base64));
        if !is_hash {
            return Err(format!("{STYLE_HASHES} must have a line sha256-… for each style"));
        }
        styles.push_str(" '");
        styles.push_str(hash);
        styles.push('\'');
    }
    Ok(format!(
        "default-src 'none'; script-src 'self'; {styles}; img-src 'self' blob:; media-src 'self'; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'self'; \
         frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types jonquil"
    ))
}

/// `GET /app/…`
pub(crate) async fn get_file(
    path: web::Path<String>,
    request: HttpRequest,
    page: Data<Option<WebPage>>,
) -> Result<HttpResponse, Error> {
    let page = page.get_ref().as_ref();
    let page = page.ok_or_else(|| Error::lacking("this service has no web page; see /docs"))?;
    let found = page.file(&path);
    let (path, file) = found.ok_or_else(|| Error::lacking("the web page has no such file"))?;
    let variant = file.accepted(request.headers());
    let variant = variant.ok_or_else(|| Error::defect("a file of the page without bytes"))?;
    let mut answer = if is_known(request.headers(), &variant.etag) {
        HttpResponse::NotModified()
    } else {
        HttpResponse::Ok()
    };
    // The build gives assets the hash of their bytes as a name.
    let immutable = path.starts_with("assets/");
    let kept = if immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    answer
        .insert_header((CONTENT_TYPE, file.content_type))
        .insert_header((CACHE_CONTROL, kept))
        .insert_header((ETAG, variant.etag.as_str()))
        .insert_header((VARY, "Accept-Encoding"))
        .insert_header((CONTENT_SECURITY_POLICY, page.policy.as_str()));
    if let Some(encoding) = variant.encoding {
        answer.insert_header((CONTENT_ENCODING, encoding));
    }
    Ok(answer.body(variant.bytes.clone()))
}

impl File {
    /// The smallest form that the client takes.
    fn accepted(&self, headers: &HeaderMap) -> Option<&Variant> {
        let takes = |variant: &&Variant| variant.encoding.is_none_or(|encoding| accepts(headers, encoding));
        self.variants
            .iter()
            .filter(takes)
            .min_by_key(|variant| variant.bytes.len())
    }
}

/// `Accept-Encoding` (RFC 9110, 12.5.3): named, and not with a weight of 0.
fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let lines = headers.get_all(ACCEPT_ENCODING).filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).any(|entry| {
        let (name, weight) = entry.split_once(';').unwrap_or((entry, "q=1"));
        let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
        name.trim().eq_ignore_ascii_case(encoding) && weight.is_ok_and(|weight| weight > 0.0)
    })
}

/// `If-None-Match` (RFC 9110, 13.1.2), by weak comparison.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let lines = headers.get_all(IF_NONE_MATCH).filter_map(|line| line.to_str().ok());
    lines
        .flat_map(|line| line.split(','))
        .map(|tag| tag.trim().trim_start_matches("W/"))
        .any(|tag| tag == "*" || tag == etag)
}
