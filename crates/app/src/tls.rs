//! Whose certificates the engines may have.

use std::{fs, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, pem::PemObject as _},
};

/// What an error says whose cause is the engine's certificate, in the words of rustls.
const NOT_TRUSTED: &str = "invalid peer certificate";

/// Reads a file of certificates in PEM.
///
/// # Errors
/// What is wrong with it, to be said behind the name of its setting.
pub(crate) fn authorities(path: &str) -> Result<Arc<str>, String> {
    let pem = fs::read_to_string(path).map_err(|error| format!("cannot be read: {error}"))?;
    added_to(&mut RootCertStore::empty(), &pem)?;
    Ok(pem.into())
}

fn added_to(roots: &mut RootCertStore, pem: &str) -> Result<(), String> {
    for certificate in CertificateDer::pem_slice_iter(pem.as_bytes()) {
        let certificate = certificate.map_err(|error| format!("is no file of certificates in PEM: {error}"))?;
        let added = roots.add(certificate);
        added.map_err(|error| format!("has a certificate that is none of an authority: {error}"))?;
    }
    if roots.is_empty() {
        return Err("has no certificate in PEM".to_owned());
    }
    Ok(())
}

/// A client that trusts these authorities, or those of the system.
///
/// # Errors
/// As [`authorities`].
pub(crate) fn client(authorities: Option<&str>) -> Result<Arc<ClientConfig>, String> {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = authorities {
        added_to(&mut roots, pem)?;
    } else {
        // What cannot be read of the system's is not trusted.
        let found = rustls_native_certs::load_native_certs();
        roots.add_parsable_certificates(found.certs);
    }
    let client = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()));
    let client = client.with_safe_default_protocol_versions();
    let client = client.map_err(|error| format!("cannot be used: {error}"))?;
    Ok(Arc::new(client.with_root_certificates(roots).with_no_client_auth()))
}

/// Takes `sslmode` out of the address of Postgres, and answers whether it asks for TLS. None: a mode that there is not.
///
/// What is encrypted is checked too, so `require` means what `verify-full` means. Without a mode nothing is encrypted, also
/// where the server could: its certificate may be one that it made for itself.
pub(crate) fn sslmode(url: &str) -> Option<(String, bool)> {
    let Some((address, query)) = url.split_once('?') else {
        return Some((url.to_owned(), false));
    };
    let (mut kept, mut asks) = (Vec::new(), false);
    for pair in query.split('&') {
        match pair.strip_prefix("sslmode=") {
            None => kept.push(pair),
            Some("require" | "verify-ca" | "verify-full") => asks = true,
            Some("disable" | "allow" | "prefer") => asks = false,
            Some(_) => return None,
        }
    }
    let query = if kept.is_empty() {
        String::new()
    } else {
        format!("?{}", kept.join("&"))
    };
    Some((format!("{address}{query}"), asks))
}

/// Adds to an error what helps, where the cause is a certificate.
pub(crate) fn explained(error: &str) -> String {
    if !error.contains(NOT_TRUSTED) {
        return error.to_owned();
    }
    // Anything else: an unknown issuer, or one of the same name with another key.
    let elsewhere = [
        "NotValidForName",
        "not valid for name",
        "Expired",
        "expired",
        "NotValidYet",
        "not valid yet",
    ];
    let why = if elsewhere.iter().any(|text| error.contains(text)) {
        "its certificate is not good for the address that it is reached by, or not at this time"
    } else {
        "its certificate is from an authority that is not trusted: name it by JONQUIL_CA_FILE"
    };
    format!("{why} ({error})")
}

#[cfg(test)]
mod tests {
    use super::{authorities, explained, sslmode};

    #[test]
    fn postgres_is_encrypted_when_its_address_says_so() {
        let plain = "postgres://a:b@host:5432/jonquil";
        assert_eq!(sslmode(plain), Some((plain.to_owned(), false)));
        for mode in ["require", "verify-ca", "verify-full"] {
            assert_eq!(
                sslmode(&format!("{plain}?sslmode={mode}")),
                Some((plain.to_owned(), true))
            );
        }
        let others = format!("{plain}?application_name=x&sslmode=require&options=y");
        let kept = format!("{plain}?application_name=x&options=y");
        assert_eq!(sslmode(&others), Some((kept, true)));
        assert_eq!(
            sslmode(&format!("{plain}?sslmode=prefer")),
            Some((plain.to_owned(), false))
        );
        assert_eq!(sslmode(&format!("{plain}?sslmode=verify")), None);
    }

    #[test]
    fn a_file_without_a_certificate_is_refused_in_words() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        let path = file.path().to_str().expect("a path");
        assert_eq!(authorities(path), Err("has no certificate in PEM".to_owned()));
        let missing = authorities("/nowhere/at/all").expect_err("no such file");
        assert!(missing.starts_with("cannot be read: "), "{missing}");
    }

    #[test]
    fn an_error_about_a_certificate_says_what_to_do() {
        for cause in ["UnknownIssuer", "BadSignature"] {
            let unknown = explained(&format!("io error: invalid peer certificate: {cause}"));
            assert!(unknown.contains("JONQUIL_CA_FILE"), "{unknown}");
        }
        let elsewhere = explained("invalid peer certificate: certificate not valid for name \"10.0.0.7\"");
        assert!(elsewhere.contains("not good for the address"), "{elsewhere}");
        assert_eq!(explained("no answer"), "no answer");
    }
}
