//! Which addresses are public. Pure, but for the list of our own.

use std::{
    collections::HashSet,
    fs,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Networks of IPv4 that are not public, as address and prefix length (IANA IPv4 Special-Purpose Address Registry,
/// RFC 6890), and a metadata service that hides among the public ones.
const NOT_PUBLIC_V4: [([u8; 4], u32); 18] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Between a carrier and its customers (RFC 6598); also the metadata service of Alibaba Cloud.
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Link-local; also the metadata services of most clouds.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    // The relay of 6to4.
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([192, 175, 48, 0], 24),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved, broadcast.
    ([224, 0, 0, 0], 3),
    // Azure's wire server.
    ([168, 63, 129, 16], 32),
];

/// Within `2000::/3`, which is all that is given out (IANA IPv6 Special-Purpose Address Registry).
const NOT_PUBLIC_V6: [([u16; 3], u32); 6] = [
    // Protocol assignments: Teredo, benchmarking, ORCHID.
    ([0x2001, 0, 0], 23),
    ([0x2001, 0xdb8, 0], 32),
    // 6to4 holds an IPv4 address, whichever it is.
    ([0x2002, 0, 0], 16),
    ([0x2620, 0x4f, 0x8000], 48),
    ([0x3fff, 0, 0], 20),
    // Within 3ffe::/16, of the 6bone, which is gone.
    ([0x3ffe, 0, 0], 16),
];

/// Whether a stranger's request may go there.
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !NOT_PUBLIC_V4
        .iter()
        .any(|(network, length)| (bits ^ u32::from_be_bytes(*network)).leading_zeros() >= *length)
}

/// What is outside of `2000::/3` is loopback, link-local, unique local, multicast, mapped IPv4 or NAT64: an address in disguise.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let network = |[a, b, c]: [u16; 3]| Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0).to_bits();
    let is_in = |start: [u16; 3], length: u32| (bits ^ network(start)).leading_zeros() >= length;
    is_in([0x2000, 0, 0], 3) && !NOT_PUBLIC_V6.iter().any(|(start, length)| is_in(*start, *length))
}

/// The addresses of this machine, public ones too: a service that listens on one of them is not for strangers' requests.
/// From Linux's tables of the network; empty where they are not there.
#[must_use]
pub fn own_addresses() -> HashSet<IpAddr> {
    let v4 = fs::read_to_string("/proc/net/fib_trie").unwrap_or_default();
    let v6 = fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
    local_v4(&v4).chain(local_v6(&v6)).collect()
}

/// An address stands on the line before `/32 host LOCAL`.
fn local_v4(table: &str) -> impl Iterator<Item = IpAddr> {
    let lines = table.lines().zip(table.lines().skip(1));
    let local = lines.filter(|(_, next)| next.contains("/32 host LOCAL"));
    local.filter_map(|(line, _)| line.trim().strip_prefix("|--")?.trim().parse().ok())
}

/// Each line begins with 32 hex digits.
fn local_v6(table: &str) -> impl Iterator<Item = IpAddr> {
    let digits = table.lines().filter_map(|line| line.split_whitespace().next());
    digits.filter_map(|digits| Some(Ipv6Addr::from_bits(u128::from_str_radix(digits, 16).ok()?).into()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const REFUSED: &str = "0.0.0.0 0.1.2.3 10.1.2.3 100.64.0.1 100.100.100.200 100.127.255.255 127.0.0.1 127.255.255.254 \
        169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.88.99.1 192.168.1.1 198.18.0.1 198.19.255.255 \
        203.0.113.9 224.0.0.1 239.1.2.3 240.0.0.1 255.255.255.255 168.63.129.16 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 \
        ::127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 fe80::1 fec0::1 fd00:ec2::254 fc00::1 ff02::1 2001::1 2001:10::1 \
        2001:20::1 2001:db8::1 2002:7f00:1:: 2002:808:808::1 3fff::1 4000::1 5f00::1";
    const PUBLIC: &str = "1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 100.63.255.255 100.128.0.1 172.15.0.1 172.32.0.1 192.0.1.1 \
        198.17.255.255 198.20.0.1 223.255.255.255 2001:4860:4860::8888 2606:4700::1111 2a00:1450::1 2001:200::1";

    #[test]
    fn addresses_in_every_disguise_are_refused() {
        for (addresses, right) in [(REFUSED, false), (PUBLIC, true)] {
            for address in addresses.split_whitespace() {
                assert_eq!(is_public(address.parse().unwrap()), right, "{address}");
            }
        }
    }

    proptest! {
        #[test]
        fn an_ipv4_address_inside_of_another_one_is_never_public(bits: u32, low: u64) {
            let v4 = u128::from(bits);
            let inside = [v4, 0xffff << 32 | v4, 0x64_ff9b << 96 | v4, 0x2002 << 112 | v4 << 80 | u128::from(low),
                0x2001_0000 << 96 | v4];
            for address in inside {
                prop_assert!(!is_public(Ipv6Addr::from_bits(address).into()), "{}", Ipv6Addr::from_bits(address));
            }
        }

        #[test]
        fn what_the_standard_library_knows_is_known_here(bits: u32) {
            let address = Ipv4Addr::from_bits(bits);
            let special = address.is_private() || address.is_loopback() || address.is_link_local()
                || address.is_broadcast() || address.is_documentation() || address.is_multicast()
                || address.is_unspecified();
            prop_assert!(!special || !is_public(address.into()), "{}", address);
        }
    }

    #[test]
    fn own_addresses_are_read_from_the_tables_of_the_network() {
        let trie = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 93.184.216.34\n        /32 host LOCAL\n     |-- 93.184.216.255\n        /32 link BROADCAST\n";
        assert_eq!(
            local_v4(trie).collect::<Vec<_>>(),
            ["93.184.216.34".parse::<IpAddr>().unwrap()]
        );
        let table = "20014860486000000000000000008888 02 40 00 80 eth0\n";
        let found: Vec<_> = local_v6(table).collect();
        assert_eq!(found, ["2001:4860:4860::8888".parse::<IpAddr>().unwrap()]);
        assert!(own_addresses().contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
    }
}
