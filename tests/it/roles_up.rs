//! What shows that a role is down: its gauge, where other roles share the process, and else the end of its process.

use bus::{Consumer, ConsumerConfig, Next, Rebalance};
use events::Topic;
use tests::{App, Role, eventually, free_address, metrics};

use super::supervision::publishes_too_much_nonsense;

#[tokio::test]
async fn the_gauge_of_a_role_that_cannot_go_on_is_zero_and_those_of_the_others_are_one() {
    let app = App::builder().without(Role::Search).without(Role::Relay).start().await;
    let address = free_address();
    let variables = [("JONQUIL_METRICS_ADDRESS", address.as_str())];
    let _process = app.spawns_together(&["relay", "search"], "both", "", &variables);
    let up = async |role: &str| {
        let name = format!(r#"jonquil_role_up{{role="{role}"}}"#);
        metrics(&address).await.get(&name).copied()
    };
    eventually("both are up", async || {
        (up("relay").await == Some(1.0) && up("search").await == Some(1.0)).then_some(())
    })
    .await;
    publishes_too_much_nonsense(&app).await;
    eventually("one is down", async || (up("search").await == Some(0.0)).then_some(())).await;
    assert_eq!(up("relay").await, Some(1.0));
    // It works, too.
    app.artist_account("label").await.creates_artist("Kino").await;
    app.settle_outbox().await;
}

/// A member of the worker's group under the worker's own name, as a process would be that Postgres does not keep out.
async fn takes_the_name(consumer: &Consumer) {
    loop {
        match consumer.next().await {
            Ok(Next::Rebalance(Rebalance::Assigned(_))) => consumer.assign(&[]).expect("assigned"),
            Ok(Next::Rebalance(Rebalance::Revoked)) => consumer.release().expect("released"),
            Ok(Next::Message(_)) => {}
            Err(error) => panic!("it lost the name itself: {error}"),
        }
    }
}

#[tokio::test]
async fn a_worker_whose_name_another_process_took_ends_and_says_why() {
    let app = App::builder().without(Role::Search).start().await;
    let mut search = app.spawns("search", "");
    app.artist_account("label").await.creates_artist("Kino").await;
    app.settle().await;
    let named = ConsumerConfig::new("search.g1", "search.g1-story");
    let other = Consumer::subscribe(app.bus(), &named, &[Topic::Artists]).expect("a member");
    tokio::select! {
        () = eventually("the process ends", async || search.failed()) => {}
        () = takes_the_name(&other) => {}
    }
    let last = search.last_line();
    assert!(last.starts_with("jonquil: projector search stopped"), "{last}");
    assert!(
        last.contains("group.instance.id") || last.contains("under this instance id"),
        "{last}"
    );
}
