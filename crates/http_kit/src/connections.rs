//! Connections, counted by the address they come from: nobody takes all of them.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{ClientAddress, Proxies};

/// The open connections of each address; clones share them.
#[derive(Clone, Debug)]
pub struct Connections(Arc<Counted>);

#[derive(Debug)]
struct Counted {
    /// Of one address at the same time.
    limit: u32,
    /// They bring the connections of many.
    proxies: Proxies,
    open: Mutex<HashMap<ClientAddress, u32>>,
}

/// While it is held, the connection counts.
#[derive(Debug)]
pub struct Connected {
    counted: Arc<Counted>,
    /// None of a proxy.
    client: Option<ClientAddress>,
}

impl Connections {
    #[must_use]
    pub fn new(limit: u32, proxies: Proxies) -> Self {
        Self(Arc::new(Counted {
            limit,
            proxies,
            open: Mutex::default(),
        }))
    }

    /// Counts a connection; none when its address has too many.
    #[must_use]
    pub fn connect(&self, peer: IpAddr) -> Option<Connected> {
        let counted = Arc::clone(&self.0);
        if counted.proxies.contain(peer) {
            return Some(Connected { counted, client: None });
        }
        let client = ClientAddress::new(peer);
        let mut open = counted.open();
        let connections = open.entry(client).or_default();
        if *connections >= counted.limit {
            return None;
        }
        *connections += 1;
        drop(open);
        let client = Some(client);
        Some(Connected { counted, client })
    }
}

impl Counted {
    fn open(&self) -> MutexGuard<'_, HashMap<ClientAddress, u32>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let Some(client) = self.client else { return };
        let mut open = self.counted.open();
        if let Some(connections) = open.get_mut(&client) {
            *connections -= 1;
            if *connections == 0 {
                open.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::Connections;

    #[test]
    fn each_address_has_its_own_connections_and_a_proxy_those_of_many() {
        let connections = Connections::new(2, "10.0.0.0/8".parse().expect("a network"));
        let from = |address: &str| connections.connect(address.parse::<IpAddr>().expect("an address"));
        let first = (from("192.0.2.1"), from("192.0.2.1"));
        assert!(first.0.is_some() && first.1.is_some());
        assert!(from("192.0.2.1").is_none());
        let other = from("192.0.2.2");
        assert!(other.is_some());
        let proxied: Vec<_> = (0..10).map(|_| from("10.0.0.1")).collect();
        assert!(proxied.iter().all(Option::is_some));
        drop(first.0);
        let again = from("192.0.2.1");
        assert!(again.is_some() && from("192.0.2.1").is_none());
        drop((first.1, again, other));
        assert!(connections.0.open().is_empty(), "what is closed is forgotten");
    }
}
