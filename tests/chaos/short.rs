//! A short chaos run through proxies and signals. `cargo xtask chaos` makes the long ones, on engines that it may kill.

use std::time::Duration;

use tests::chaos::{self, ChaosOptions, ChaosReport};
use tokio::sync::Mutex;

/// Beside each other they would wait longer than they may.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

/// Of some seconds, on engines that others use too.
fn options(seed: u64, at_least: usize, three_brokers: bool) -> ChaosOptions {
    ChaosOptions {
        seed,
        length: Duration::ZERO,
        at_least,
        pause: Duration::from_secs(2),
        engines: None,
        three_brokers,
        rebuild_at_the_end: false,
        show: |line| eprintln!("{line}"),
    }
}

/// Nothing was found, in a run with so many faults and kills.
async fn runs_well(options: &ChaosOptions, faults: usize, kills: usize) -> ChaosReport {
    let _alone = ONE_AT_A_TIME.lock().await;
    let report = chaos::run(options).await;
    eprintln!("{}", report.text());
    assert_eq!(report.findings, []);
    assert_eq!((report.recoveries.len(), report.kills()), (faults, kills));
    assert!(report.listens > 50, "hardly anything was heard");
    report
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_chaos_run_loses_nothing_and_counts_nothing_twice() {
    // A topic comes again, a third worker joins, one process of search and both relays are killed.
    let report = runs_well(&options(7, 4, false), 4, 3).await;
    assert!(report.commands[0] > 50, "hardly anything was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_brokers_one_may_die_and_nothing_acknowledged_is_lost_or_counted_twice() {
    let report = runs_well(&options(3, 0, true), 4, 2).await;
    assert!(report.commands[0] > 80, "hardly anything was asked");
}
