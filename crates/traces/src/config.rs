//! Where traces go, and of how many requests.

use reqwest::{
    Url,
    header::{HeaderMap, HeaderName, HeaderValue},
};

/// Settings of traces. It has no `Debug`: headers hold keys.
#[derive(Clone)]
pub struct TracesConfig {
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) ratio: f64,
    pub(crate) instance: String,
}

/// Why settings cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSetting {
    /// Of the collector's address.
    #[error("must be an address, as http://127.0.0.1:4318")]
    Url,
    /// Of the headers.
    #[error("must be name=value;name=value")]
    Headers,
    /// Of the share.
    #[error("must be a number from 0 to 1")]
    Ratio,
}

impl TracesConfig {
    /// Spans are sent to `/v1/traces` below `url`, with these headers (`name=value;name=value`). Of requests whose caller did
    /// not decide, the share `ratio` is recorded. `instance` is the name of this process.
    ///
    /// # Errors
    /// [`BadSetting`].
    pub fn new(url: &str, headers: &str, ratio: f64, instance: &str) -> Result<Self, BadSetting> {
        if !(0.0..=1.0).contains(&ratio) {
            return Err(BadSetting::Ratio);
        }
        let mut url: Url = url.parse().map_err(|_| BadSetting::Url)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadSetting::Url);
        }
        let path = format!("{}/v1/traces", url.path().trim_end_matches('/'));
        url.set_path(&path);
        let pairs = headers.split(';').filter(|pair| !pair.trim().is_empty());
        Ok(Self {
            url,
            headers: pairs.map(header).collect::<Option<_>>().ok_or(BadSetting::Headers)?,
            ratio,
            instance: instance.to_owned(),
        })
    }
}

fn header(pair: &str) -> Option<(HeaderName, HeaderValue)> {
    let (name, value) = pair.split_once('=')?;
    let mut value = HeaderValue::from_str(value.trim()).ok()?;
    value.set_sensitive(true);
    Some((name.trim().parse().ok()?, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_traces_stands_below_the_address() {
        for (given, sent_to) in [
            ("http://127.0.0.1:4318", "http://127.0.0.1:4318/v1/traces"),
            ("https://otlp.example/otlp/", "https://otlp.example/otlp/v1/traces"),
        ] {
            let config = TracesConfig::new(given, "api-key=a=b; x-team = music;", 0.5, "a").unwrap();
            assert_eq!(config.url.as_str(), sent_to);
            assert_eq!(config.headers["api-key"], "a=b");
            assert_eq!(config.headers["x-team"], "music");
            assert!(!format!("{:?}", config.headers).contains("a=b"));
        }
    }

    #[test]
    fn each_bad_setting_is_named() {
        let made = |url: &str, headers: &str, ratio| TracesConfig::new(url, headers, ratio, "a").err();
        for url in ["", "127.0.0.1:4318", "ftp://a", "http://"] {
            assert_eq!(made(url, "", 1.0), Some(BadSetting::Url), "{url}");
        }
        for headers in ["key", "a b=c", "a=\u{1}"] {
            assert_eq!(made("http://a", headers, 1.0), Some(BadSetting::Headers), "{headers}");
        }
        for ratio in [-0.1, 1.1, f64::NAN] {
            assert_eq!(made("http://a", "", ratio), Some(BadSetting::Ratio), "{ratio}");
        }
        assert_eq!(made("http://a", "", 0.0), None);
    }
}
