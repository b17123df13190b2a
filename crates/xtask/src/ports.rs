//! The ports of a checkout, and which process has taken one.

use std::fs;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

pub const DEFAULT_BASE: u16 = 18100;
/// Number of ports of a checkout.
pub const SPAN: u16 = 100;
/// Kafka's extra listeners, for tests with a proxy.
const FAULT_LISTENERS: u16 = 8;

/// The ports of one checkout. All are counted from a base, so that two checkouts can run side by side.
#[derive(Clone, Copy)]
pub struct Ports {
    /// The first port.
    pub base: u16,
}

impl Ports {
    pub fn postgres(self) -> u16 {
        self.base
    }
    pub fn redis(self) -> u16 {
        self.base + 1
    }
    /// Kafka's listener for clients.
    pub fn kafka(self) -> u16 {
        self.base + 2
    }
    /// Kafka's consensus protocol.
    pub fn kafka_controller(self) -> u16 {
        self.base + 3
    }
    pub fn elasticsearch(self) -> u16 {
        self.base + 4
    }
    /// Elasticsearch's protocol between nodes.
    pub fn elasticsearch_transport(self) -> u16 {
        self.base + 5
    }
    pub fn clickhouse(self) -> u16 {
        self.base + 6
    }
    pub fn s3(self) -> u16 {
        self.base + 7
    }
    /// Kafka's listeners FAULT0 to FAULT7: the port the broker binds, and the port it advertises, where a test's proxy listens.
    pub fn kafka_faults(self) -> impl Iterator<Item = (u16, u16)> {
        (0..FAULT_LISTENERS).map(move |n| (self.base + 10 + n, self.base + 20 + n))
    }
    /// The first of ten ports for brokers that a story starts itself.
    pub fn stories(self) -> u16 {
        self.base + 40
    }
    /// The metrics port of the role number `n`.
    pub fn metrics(self, n: u16) -> u16 {
        self.base + 30 + n
    }
    /// The HTTP API: 8080 for the default base, else base + 80.
    pub fn http(self) -> u16 {
        if self.base == DEFAULT_BASE {
            8080
        } else {
            self.base + 80
        }
    }
}

/// Whether a process listens on the port.
pub fn is_taken(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_err()
}

/// The process that listens on a local port, if we may see it.
pub fn owner(port: u16) -> Option<u32> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| {
            table
                .lines()
                .filter_map(|line| listening_inode(line, port))
                .collect::<Vec<_>>()
        })
        .collect();
    let mut pids = fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    pids.find(|pid| has_socket(*pid, &inodes))
}

/// Describes the process that listens on a port: `pid 4711 (redis-server)`.
pub fn describe_owner(port: u16) -> String {
    let Some(pid) = owner(port) else {
        return "a process of another user".to_owned();
    };
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("pid {pid} ({})", name.trim())
}

/// The inode of the socket if a line of /proc/net/tcp is a socket that listens on `port`. Columns: proc(5).
fn listening_inode(line: &str, port: u16) -> Option<String> {
    const LISTENING: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (_, hex) = columns.get(1)?.rsplit_once(':')?;
    let ours = u16::from_str_radix(hex, 16).ok()? == port && *columns.get(3)? == LISTENING;
    ours.then(|| columns.get(9).map(|inode| format!("socket:[{inode}]")))?
}

fn has_socket(pid: u32, sockets: &[String]) -> bool {
    let Ok(files) = fs::read_dir(Path::new("/proc").join(pid.to_string()).join("fd")) else {
        return false;
    };
    files
        .filter_map(|file| fs::read_link(file.ok()?.path()).ok())
        .any(|target| sockets.iter().any(|socket| target.as_os_str() == socket.as_str()))
}
