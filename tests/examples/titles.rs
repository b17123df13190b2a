//! The program in Rust of kafka/README.md, as it stands there.
#![expect(clippy::print_stdout, reason = "it prints what it reads")]

include!("../clients/titles.rs");
