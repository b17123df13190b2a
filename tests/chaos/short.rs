//! A short chaos run through proxies and signals. `cargo xtask chaos` makes the long ones, on engines that it may kill.

use std::time::Duration;

use tests::chaos::{self, ChaosOptions};
use tokio::sync::Mutex;

/// Beside each other they would wait longer than they may.
static ONE_AT_A_TIME: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_short_chaos_run_loses_nothing_and_counts_nothing_twice() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let options = ChaosOptions {
        // A topic comes again, a third worker joins, one process of search and both relays are killed.
        seed: 7,
        length: Duration::ZERO,
        at_least: 4,
        pause: Duration::from_secs(2),
        engines: None,
        three_brokers: false,
        rebuild_at_the_end: false,
        show: |line| eprintln!("{line}"),
    };
    let report = chaos::run(&options).await;
    eprintln!("{}", report.text());
    assert_eq!(report.findings, []);
    let [acknowledged, ..] = report.commands;
    assert_eq!((report.recoveries.len(), report.kills()), (4, 3));
    assert!(acknowledged > 50 && report.listens > 50, "hardly anything was asked");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_three_brokers_one_may_die_and_nothing_acknowledged_is_lost_or_counted_twice() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let options = ChaosOptions {
        seed: 3,
        length: Duration::ZERO,
        at_least: 0,
        pause: Duration::from_secs(2),
        engines: None,
        three_brokers: true,
        rebuild_at_the_end: false,
        show: |line| eprintln!("{line}"),
    };
    let report = chaos::run(&options).await;
    eprintln!("{}", report.text());
    assert_eq!(report.findings, []);
    let [acknowledged, ..] = report.commands;
    assert_eq!((report.recoveries.len(), report.kills()), (4, 2));
    assert!(acknowledged > 80 && report.listens > 50, "hardly anything was asked");
}
