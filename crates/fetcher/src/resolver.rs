//! From a name to addresses that may be asked, once: what is connected to is what was checked.

use std::{
    collections::HashSet,
    future::Future,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use reqwest::Url;

use crate::{AllowedHosts, is_public};

/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 32;
/// Characters of an address of the web.
const MAX_URL: usize = 2_048;

/// A look-up under way.
pub type Resolving<'a> = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>>;

/// Finds the addresses of a name.
pub trait Resolve: Send + Sync {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a>;
}

/// The system's resolver.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve<'a>(&'a self, host: &'a str) -> Resolving<'a> {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Why an address is not asked. The text is for whoever named it; it shows nothing of our network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Whatever is tried, it stays wrong.
    #[error("{0}")]
    Address(String),
    /// It may be found later.
    #[error("the name {0} cannot be resolved")]
    Unresolved(String),
}

/// Where a request goes: nowhere else than to these addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// As the address of the web has it, without brackets.
    pub host: String,
    pub addresses: Vec<SocketAddr>,
}

/// A resolver that answers public addresses only. Clones share it.
#[derive(Clone)]
pub struct CheckedResolver {
    resolver: Arc<dyn Resolve>,
    allowed: AllowedHosts,
    own: Arc<HashSet<IpAddr>>,
    timeout: Duration,
}

impl CheckedResolver {
    /// `own` are the addresses of this machine.
    #[must_use]
    pub fn new(resolver: Arc<dyn Resolve>, allowed: AllowedHosts, own: HashSet<IpAddr>, timeout: Duration) -> Self {
        Self {
            resolver,
            allowed,
            own: Arc::new(own),
            timeout,
        }
    }

    /// An address of the web as somebody wrote it; what can be seen without asking a name server is checked.
    pub fn parse(&self, text: &str) -> Result<Url, Refused> {
        let wrong = |right: &str| Refused::Address(right.to_owned());
        if text.len() > MAX_URL {
            return Err(wrong("must have 2048 characters at most"));
        }
        let url: Url = text
            .trim()
            .parse()
            .map_err(|_| wrong("must be an address, as https://example.org/"))?;
        self.check(&url)?;
        Ok(url)
    }

    /// As [`Self::parse`], for what nobody on the way may read: it must begin with `https`, unless the operator allows the
    /// host.
    pub fn parse_secure(&self, text: &str) -> Result<Url, Refused> {
        let url = self.parse(text)?;
        let (host, port) = self.check(&url)?;
        if url.scheme() == "https" || self.allowed.contains(&host, port) {
            return Ok(url);
        }
        Err(Refused::Address("must begin with https://".to_owned()))
    }

    fn check(&self, url: &Url) -> Result<(String, u16), Refused> {
        let wrong = |right: &str| Refused::Address(right.to_owned());
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("must begin with http:// or https://"));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(wrong("must not hold a name or a password"));
        }
        let host = url.host_str().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().unwrap_or(0);
        if host.is_empty() || port == 0 {
            return Err(wrong("must name a host"));
        }
        if let Ok(address) = host.parse::<IpAddr>() {
            self.check_address(&host, port, address)?;
        }
        Ok((host, port))
    }

    fn check_address(&self, host: &str, port: u16, address: IpAddr) -> Result<(), Refused> {
        let is_fine = (is_public(address) && !self.own.contains(&address)) || self.allowed.contains(host, port);
        if is_fine {
            return Ok(());
        }
        // ASVS 16.3.3: whoever looks for a way inside is seen.
        tracing::warn!(host, port, "an address that is not public was refused");
        Err(Refused::Address(format!("{host} is not at a public address")))
    }

    /// Where a request for that address goes. One address of a name that is not public refuses the name: a resolver that
    /// mixes them is not to be trusted with the next answer.
    pub async fn target(&self, url: &Url) -> Result<Target, Refused> {
        let (host, port) = self.check(url)?;
        let found = match host.parse::<IpAddr>() {
            Ok(address) => vec![address],
            Err(_) => match tokio::time::timeout(self.timeout, self.resolver.resolve(&host)).await {
                Ok(Ok(found)) if !found.is_empty() => found,
                _ => return Err(Refused::Unresolved(host)),
            },
        };
        for address in &found {
            self.check_address(&host, port, *address)?;
        }
        // Cut after all were checked: what is not asked must not hide what is not public.
        let addresses = found.into_iter().take(MAX_ADDRESSES);
        Ok(Target {
            addresses: addresses.map(|address| SocketAddr::new(address, port)).collect(),
            host,
        })
    }
}
