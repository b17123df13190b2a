//! Hosts whose addresses an operator does not want checked, such as a file server in the same house.

use std::{collections::BTreeSet, str::FromStr};

/// Names or addresses, each with a port or for every port: `files.example.org,10.0.0.7:8080,[::1]:9000`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(BTreeSet<(String, Option<u16>)>);

impl AllowedHosts {
    /// `host` without the brackets of an IPv6 address.
    #[must_use]
    pub fn contains(&self, host: &str, port: u16) -> bool {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let any = (host, None);
        if self.0.contains(&any) {
            return true;
        }
        self.0.contains(&(any.0, Some(port)))
    }
}

impl FromStr for AllowedHosts {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let hosts = text.split(',').map(str::trim).filter(|host| !host.is_empty());
        hosts.map(host_and_port).collect::<Result<_, ()>>().map(Self)
    }
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), ()> {
    let (host, port) = if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(())?;
        (host, rest.strip_prefix(':'))
    } else if text.matches(':').count() > 1 {
        (text, None)
    } else {
        text.split_once(':')
            .map_or((text, None), |(host, port)| (host, Some(port)))
    };
    let port = port.map(str::parse).transpose().map_err(|_| ())?;
    if host.is_empty() || host.contains(['/', '@', ' ', '*']) {
        return Err(());
    }
    Ok((host.to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::AllowedHosts;

    #[test]
    fn a_host_is_allowed_with_its_port_or_with_every_port() {
        let hosts: AllowedHosts = "Files.example.org, 10.0.0.7:8080,[::1]:9000".parse().unwrap();
        assert!(hosts.contains("files.EXAMPLE.org.", 80) && hosts.contains("files.example.org", 443));
        assert!(hosts.contains("10.0.0.7", 8080) && !hosts.contains("10.0.0.7", 80));
        assert!(hosts.contains("::1", 9000) && !hosts.contains("::1", 1));
        assert!(!hosts.contains("sub.files.example.org", 80));
        assert_eq!("".parse(), Ok(AllowedHosts::default()));
        for wrong in ["http://x", "x:port", "*.example.org", "[::1", "user@x"] {
            assert_eq!(wrong.parse::<AllowedHosts>(), Err(()), "{wrong}");
        }
    }
}
