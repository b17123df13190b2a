//! Webhooks: an event arrives at a receiver of the story's own, signed, once for each time that it is sent, and nowhere where
//! it must not.

use std::{
    collections::HashSet,
    io,
    net::IpAddr,
    sync::{Arc, Mutex, atomic::Ordering},
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use bus::Message;
use domain::DeliveryStatus;
use events::Topic;
use fetcher::{AllowedHosts, CheckedResolver, PostLimits, Poster, Resolve, Resolving};
use representations::{Webhook, WebhookDeliveryBody, WebhookWithSecret, Webhooks};
use serde_json::{Value, json};
use tests::{Role, eventually, new_id};
use uuid::Uuid;
use write_api::{Redelivery, TestDelivery};

use crate::{
    mail::Mailbox,
    webhook_receiver::{Hook, PATH, Receiver, TRACK_CREATED, builder, deliveries, fed, makes, of, stands},
};

#[tokio::test]
async fn an_event_of_ones_own_arrives_once_and_is_signed() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).start().await;
    let (label, other) = (app.artist_account("label").await, app.artist_account("other").await);
    let hook = makes(&label, &receiver, &[TRACK_CREATED]).await;
    assert!(hook.secret.starts_with("whsec_"));
    let (kino, theirs) = (label.creates_artist("Kino").await, other.creates_artist("Other").await);
    other.creates_track(theirs, "Not hers").await;
    let track = label.creates_track(kino, "Igra").await;
    let got = receiver.takes(1).await.remove(0);
    assert!(got.is_signed_with(&hook.secret));
    assert!(!got.is_signed_with("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    let event = got.event();
    assert_eq!(
        (event["type"].as_str(), event["data"]["title"].as_str()),
        (Some(TRACK_CREATED), Some("Igra"))
    );
    assert_eq!(event["subject"], track.to_string());
    assert_eq!(
        got.headers["content-type"],
        "application/cloudevents+json; charset=utf-8"
    );
    let sent: i64 = got.headers["webhook-timestamp"].parse().unwrap();
    assert!((tests::now().millis() / 1_000 - sent).abs() < 60);

    // The same event at another place of the topic, as after a crash of the relay.
    let message = Message::event(Topic::Tracks, event["subject"].as_str(), &got.body, Some(1), None);
    app.publishes_messages(vec![message]).await;
    fed(&app).await;
    let delivery = stands(&label.http, &hook, DeliveryStatus::Delivered).await;
    assert_eq!((delivery.id, delivery.tries), (got.id(), 1));
    assert_eq!(
        (delivery.answer_status, delivery.answer.as_deref()),
        (Some(204), Some(""))
    );
    assert_eq!(deliveries(&label.http, &hook).await.len(), 1);
    assert_eq!(receiver.hooks().len(), 1);
    let whole: WebhookDeliveryBody = label
        .http
        .read_as(&of(&hook, &format!("/deliveries/{}", delivery.id)))
        .await;
    assert_eq!(whole.body, event);
}

#[tokio::test]
async fn what_is_not_taken_is_sent_again_with_the_same_id() {
    let receiver = Receiver::answering(&["500 Internal Server Error", "302 Found"]).await;
    let app = builder(&[&receiver]).start().await;
    let label = app.artist_account("label").await;
    let hook = makes(&label, &receiver, &["jonquil.artist.created.v1"]).await;
    label.creates_artist("Kino").await;
    let got = receiver.takes(3).await;
    let delivery = stands(&label.http, &hook, DeliveryStatus::Delivered).await;
    assert_eq!((delivery.tries, got.len()), (3, 3));
    for again in &got {
        assert_eq!((again.id(), &again.body), (delivery.id, &got[0].body));
        assert!(again.is_signed_with(&hook.secret));
    }
    let shown: Webhook = label.http.read_as(&of(&hook, "")).await;
    assert!(shown.succeeded_at.is_some() && !shown.is_paused);
}

#[tokio::test]
async fn a_worker_that_dies_after_it_sent_and_before_it_says_so_sends_again_with_the_same_id() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).without(Role::Jobs).start().await;
    let label = app.artist_account("label").await;
    let hook = makes(&label, &receiver, &["jonquil.artist.created.v1"]).await;
    label.creates_artist("Kino").await;
    let dies = app.spawns_as("jobs", "dies", "webhooks::sent=pause");
    receiver.takes(1).await;
    dies.kill();
    assert_eq!(deliveries(&label.http, &hook).await[0].status, DeliveryStatus::Waiting);
    // Nobody needs to wait for its lease.
    let free = "UPDATE jobs SET run_at = now() WHERE kind = 'webhook_deliver' AND status = 'running'";
    app.sql().execute(free, &[]).await.unwrap();
    let _lives = app.spawns_as("jobs", "lives", "");
    let got = receiver.takes(2).await;
    assert_eq!((got[0].id(), &got[0].body), (got[1].id(), &got[1].body));
    let delivery = stands(&label.http, &hook, DeliveryStatus::Delivered).await;
    assert_eq!(delivery.tries, 1, "the first one was never recorded");
}

#[tokio::test]
async fn a_receiver_that_is_gone_or_never_takes_anything_is_given_up_and_can_begin_again() {
    let failing = Receiver::answering(&["500 No", "500 No", "500 No"]).await;
    let gone = Receiver::answering(&["410 Gone"]).await;
    let app = builder(&[&failing, &gone]).start().await;
    let label = app.artist_account("label").await;
    let types = ["jonquil.artist.created.v1"];
    let hooks = [
        makes(&label, &failing, &types).await,
        makes(&label, &gone, &types).await,
    ];
    label.creates_artist("Kino").await;
    for (hook, tries, why) in [(&hooks[0], 3, "first try"), (&hooks[1], 1, "410")] {
        let paused = eventually("the webhook is paused", async || {
            let shown: Webhook = label.http.read_as(&of(hook, "")).await;
            shown.is_paused.then_some(shown)
        })
        .await;
        assert!(paused.paused_because.clone().unwrap().contains(why), "{paused:?}");
        assert_eq!(paused.version, 2);
        let failed = stands(&label.http, hook, DeliveryStatus::Failed).await;
        assert_eq!(failed.tries, tries);
    }
    // While it is paused nothing is kept for it.
    label.creates_artist("Nobody hears of it").await;
    fed(&app).await;
    assert_eq!(deliveries(&label.http, &hooks[0]).await.len(), 1);
    let begun = label
        .http
        .put(&of(&hooks[0], ""), &json!({"is_paused": false}))
        .await
        .is(200);
    begun.shows(json!({"is_paused": false, "paused_because": null, "version": 3}));
    let failed = json!({"since": "2020-01-01T00:00:00Z", "only_failed": true});
    let replayed = label.http.post(&of(&hooks[0], "/replay"), &failed).await.is(202);
    assert_eq!(replayed.parse::<Redelivery>().deliveries, 1);
    let got = failing.takes(4).await;
    assert_eq!(got[3].id(), got[0].id());
    stands(&label.http, &hooks[0], DeliveryStatus::Delivered).await;
}

#[tokio::test]
async fn its_owner_sends_a_test_event_and_deliveries_once_more() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).start().await;
    let ada = app.listener("ada").await;
    let hook = makes(&ada, &receiver, &[TRACK_CREATED]).await;
    let key = ("Idempotency-Key", "one");
    let mut sent = Vec::new();
    for _ in 0..2 {
        let request = ada
            .http
            .request(reqwest::Method::POST, &of(&hook, "/test"))
            .header(key.0, key.1);
        sent.push(ada.http.send(request).await.is(202).parse::<TestDelivery>().delivery_id);
    }
    assert_eq!(sent[0], sent[1], "sent again it is done once");
    let got = receiver.takes(1).await;
    assert_eq!(
        (got[0].id(), got[0].event()["type"].as_str()),
        (sent[0], Some("jonquil.webhook.test.v1"))
    );
    stands(&ada.http, &hook, DeliveryStatus::Delivered).await;
    let again = of(&hook, &format!("/deliveries/{}/replay", sent[0]));
    ada.http
        .post(&again, &json!({}))
        .await
        .is(202)
        .shows(json!({"deliveries": 1}));
    assert_eq!(receiver.takes(2).await[1].id(), sent[0]);
    ada.http
        .post(&of(&hook, &format!("/deliveries/{}/replay", new_id())), &json!({}))
        .await
        .is(404);
    let later = json!({"since": "2100-01-01T00:00:00Z"});
    ada.http
        .post(&of(&hook, "/replay"), &later)
        .await
        .is(202)
        .shows(json!({"deliveries": 0}));
}

#[tokio::test]
async fn a_secret_that_was_replaced_is_good_for_another_day() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).start().await;
    let ada = app.listener("ada").await;
    let before = makes(&ada, &receiver, &[TRACK_CREATED]).await;
    let after: WebhookWithSecret = ada.http.post(&of(&before, "/secret"), &json!({})).await.is(200).parse();
    assert_ne!(before.secret, after.secret);
    ada.http.post(&of(&before, "/test"), &json!({})).await.is(202);
    let got = receiver.takes(1).await.remove(0);
    assert!(got.is_signed_with(&before.secret) && got.is_signed_with(&after.secret));
    let ends = "UPDATE webhooks SET old_until = ARRAY[now()]";
    app.sql().execute(ends, &[]).await.unwrap();
    ada.http.post(&of(&before, "/test"), &json!({})).await.is(202);
    let got = receiver.takes(2).await.remove(1);
    assert!(!got.is_signed_with(&before.secret) && got.is_signed_with(&after.secret));
    // Neither is anywhere but with whoever was shown it.
    let stored = "SELECT count(*) FROM webhooks \
        WHERE strpos(webhooks::text, encode($1, 'hex')) > 0 OR strpos(webhooks::text, $2) > 0";
    for secret in [&before.secret, &after.secret] {
        let key = STANDARD.decode(&secret[6..]).unwrap();
        let found: i64 = app.sql().query_one(stored, &[&key, &secret]).await.unwrap().get(0);
        assert_eq!(found, 0);
    }
}

#[tokio::test]
async fn only_public_addresses_are_asked_when_it_is_made_and_each_time_that_it_is_sent() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).without(Role::Jobs).start().await;
    let ada = app.listener("ada").await;
    let port = receiver.address.port();
    let refused = async |url: String| {
        let asked = json!({"url": url, "types": [TRACK_CREATED]});
        let answer = ada.http.post(PATH, &asked).await.is(422);
        assert_eq!(answer.faults(), ["url"], "{url}");
    };
    for url in [
        // The receiver's port is allowed for this name only.
        format!("https://localhost:{port}/"),
        format!("https://127.1:{}/", port.wrapping_add(1)),
        "https://[::ffff:10.0.0.1]/".to_owned(),
        "https://169.254.169.254/latest/".to_owned(),
        "https://user:password@example.org/".to_owned(),
        "http://example.org/".to_owned(),
        "ftp://example.org/".to_owned(),
        format!("https://example.org/{}", "x".repeat(2_100)),
    ] {
        refused(url).await;
    }
    let hook = makes(&ada, &receiver, &[TRACK_CREATED]).await;
    let moved = json!({"url": "https://10.0.0.7/"});
    assert_eq!(ada.http.put(&of(&hook, ""), &moved).await.is(422).faults(), ["url"]);

    // What it was allowed to is looked at again when it is sent.
    ada.http.post(&of(&hook, "/test"), &json!({})).await.is(202);
    let none = [("JONQUIL_WEBHOOK_ALLOWED_HOSTS", "")];
    let _strict = app.spawns_together(&["jobs"], "strict", "", &none);
    let failed = stands(&ada.http, &hook, DeliveryStatus::Failed).await;
    assert!(failed.answer.unwrap().contains("not at a public address"));
    assert_eq!(receiver.hooks().len(), 0);
}

/// A name whose addresses change each time that it is looked up.
struct Changing(Mutex<Vec<&'static str>>);

impl Resolve for Changing {
    fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
        let next: IpAddr = self.0.lock().unwrap().pop().expect("an address").parse().unwrap();
        Box::pin(async move { io::Result::Ok(vec![next]) })
    }
}

#[tokio::test]
async fn a_name_that_leads_inside_later_is_refused_then() {
    let receiver = Receiver::start().await;
    let names = Arc::new(Changing(Mutex::new(vec!["127.0.0.1", "1.1.1.1"])));
    let urls = CheckedResolver::new(names, AllowedHosts::default(), HashSet::new(), Duration::from_secs(1));
    let url = format!("https://hooks.example.org:{}/", receiver.address.port());
    let made = urls.target(&urls.parse_secure(&url).unwrap()).await;
    assert!(made.is_ok(), "it was public when the webhook was made");
    let limits = PostLimits {
        max_answer_bytes: 1_024,
        connect: Duration::from_secs(2),
        total: Duration::from_secs(2),
    };
    let sent = Poster::new(urls, limits).post(&url, &[], b"{}".to_vec()).await;
    assert!(sent.unwrap_err().to_string().contains("not at a public address"));
    assert_eq!(receiver.hooks().len(), 0);
}

#[tokio::test]
async fn to_others_it_does_not_exist_and_one_of_the_platform_is_every_admins() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).start().await;
    let (ada, label) = (app.listener("ada").await, app.artist_account("label").await);
    let (root, second) = (app.admin("root").await, app.admin("second").await);
    let own = makes(&ada, &receiver, &["jonquil.playlist.created.v1"]).await;
    for stranger in [&label, &root] {
        stranger.http.get(&of(&own, "")).await.is(404);
        stranger.http.get(&of(&own, "/deliveries")).await.is(404);
        stranger
            .http
            .put(&of(&own, ""), &json!({"is_paused": true}))
            .await
            .is(404);
        stranger.http.post(&of(&own, "/secret"), &json!({})).await.is(404);
        stranger.http.delete(&of(&own, "")).await.is(404);
        let listed: Webhooks = stranger.http.read_as(PATH).await;
        assert!(listed.items.is_empty());
    }
    let whole = json!({"url": receiver.url(), "types": [TRACK_CREATED], "platform": true});
    assert_eq!(ada.http.post(PATH, &whole).await.is(422).faults(), ["platform"]);
    let whole: WebhookWithSecret = root.http.post(PATH, &whole).await.is(201).parse();
    let listed: Webhooks = second.http.read_as(PATH).await;
    assert_eq!(
        listed.items.iter().map(|hook| hook.id).collect::<Vec<_>>(),
        [whole.webhook.id]
    );
    let kino = label.creates_artist("Kino").await;
    label.creates_track(kino, "Igra").await;
    assert_eq!(receiver.takes(1).await[0].event()["data"]["title"], "Igra");
    let stale = root
        .http
        .request(reqwest::Method::PUT, &of(&whole, ""))
        .header("if-match", "\"7\"");
    root.http.send(stale.json(&json!({"is_paused": true}))).await.is(412);
    // Whoever made it leaves; it stays.
    root.http.delete(&format!("/api/v1/users/{}", root.id)).await.is(204);
    second.http.delete(&of(&whole, "")).await.is(204);
}

#[tokio::test]
async fn what_concerns_a_person_comes_without_the_pseudonym_and_also_when_it_is_deleted() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).start().await;
    let (ada, other) = (app.artist_account("ada").await, app.artist_account("other").await);
    let types = [
        "jonquil.favourite.added.v1",
        "jonquil.playlist.items_added.v1",
        "jonquil.playlist.deleted.v1",
        "jonquil.track.deleted.v1",
    ];
    let hook = makes(&ada, &receiver, &types).await;
    let (kino, theirs) = (ada.creates_artist("Kino").await, other.creates_artist("Other").await);
    let (own, not_own) = (
        ada.creates_track(kino, "Igra").await,
        other.creates_track(theirs, "Other").await,
    );
    for person in [&ada, &other] {
        let path = format!("/api/v1/users/{}/favourites/track/{not_own}", person.id);
        person.http.put(&path, &json!({})).await.is(200);
        let list = json!({"title": "Road", "track_ids": [not_own]});
        let list = person.http.post("/api/v1/playlists/", &list).await.is(201).id();
        person.http.delete(&format!("/api/v1/playlists/{list}")).await.is(204);
    }
    fed(&app).await;
    ada.deletes_track(own).await;
    other.deletes_track(not_own).await;
    fed(&app).await;
    let got = receiver.takes(4).await;
    let of_type = |name: &str| {
        let found: Vec<Value> = got
            .iter()
            .map(Hook::event)
            .filter(|event| event["type"] == name)
            .collect();
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0].clone()
    };
    let liked = of_type(types[0]);
    assert_eq!(liked["data"], json!({"type": "track", "id": not_own}));
    assert_eq!(of_type(types[3])["data"]["id"], own.to_string());
    of_type(types[1]);
    of_type(types[2]);
    let pseudonyms = app
        .sql()
        .query("SELECT listener_id::text FROM users", &[])
        .await
        .unwrap();
    for hook in &got {
        let text = String::from_utf8(hook.body.clone()).unwrap();
        let names = |row: &tokio_postgres::Row| text.contains(row.get::<_, &str>(0));
        assert!(!text.contains("listener") && !pseudonyms.iter().any(names), "{text}");
    }
    assert_eq!(deliveries(&ada.http, &hook).await.len(), 4);
}

#[tokio::test]
async fn when_a_person_leaves_the_webhooks_and_what_was_sent_go_as_well() {
    let receiver = Receiver::closed().await;
    let app = builder(&[&receiver]).start().await;
    let ada = app.artist_account("ada").await;
    makes(
        &ada,
        &receiver,
        &["jonquil.artist.created.v1", "jonquil.playlist.deleted.v1"],
    )
    .await;
    ada.creates_artist("Kino").await;
    ada.http
        .post("/api/v1/playlists/", &json!({"title": "Road"}))
        .await
        .is(201);
    receiver.takes(1).await;
    ada.http.delete(&format!("/api/v1/users/{}", ada.id)).await.is(204);
    for table in ["webhooks", "webhook_deliveries", "webhook_deletions"] {
        assert_eq!(app.number(&format!("SELECT count(*) FROM {table}")).await, 0, "{table}");
    }
    receiver.opens();
    eventually("its job ends without it", async || {
        let left = "SELECT count(*) FROM jobs WHERE kind = 'webhook_deliver' AND status <> 'done'";
        (app.number(left).await == 0).then_some(())
    })
    .await;
    fed(&app).await;
    assert_eq!(receiver.hooks().len(), 1);
}

#[tokio::test]
async fn a_flood_for_one_webhook_holds_no_other_one_up() {
    let (flooded, quick) = (Receiver::closed().await, Receiver::start().await);
    let app = builder(&[&flooded, &quick]).start().await;
    let (label, ada) = (app.artist_account("label").await, app.artist_account("ada").await);
    let hook = makes(&label, &flooded, &["jonquil.artist.created.v1"]).await;
    makes(&ada, &quick, &["jonquil.artist.created.v1"]).await;
    let flood = "INSERT INTO webhook_deliveries (webhook_id, event_id, event_type, body) \
        SELECT id, gen_random_uuid(), 'flood', '{}' FROM webhooks, generate_series(1, 500) WHERE id = $1";
    app.sql().execute(flood, &[&hook.webhook.id]).await.unwrap();
    label.creates_artist("Kino").await;
    flooded.takes(4).await;
    ada.creates_artist("Ada").await;
    quick.takes(1).await;
    assert_eq!(flooded.hooks().len(), 4, "so many are under way at once");
    flooded.opens();
    flooded.takes(501).await;
    assert_eq!(flooded.most_at_once.load(Ordering::SeqCst), 4);
    let ids: HashSet<Uuid> = flooded.hooks().iter().map(Hook::id).collect();
    assert_eq!(ids.len(), 501);
}

#[tokio::test]
async fn what_is_wrong_with_it_is_said_and_there_are_ten_at_most() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).start().await;
    let ada = app.listener("ada").await;
    let unknown = json!({"url": receiver.url(), "types": ["jonquil.track.create.v1"]});
    let answer = ada.http.post(PATH, &unknown).await.is(422);
    assert_eq!(answer.faults(), ["types"]);
    assert!(
        answer
            .json()
            .to_string()
            .contains("did you mean jonquil.track.created.v1?")
    );
    let listened = json!({"url": receiver.url(), "types": ["jonquil.listened.v1"]});
    assert_eq!(ada.http.post(PATH, &listened).await.is(422).faults(), ["types"]);
    let asked = json!({"url": receiver.url(), "types": [TRACK_CREATED]});
    for _ in 0..10 {
        ada.http.post(PATH, &asked).await.is(201);
    }
    ada.http.post(PATH, &asked).await.is(409);
    let listed: Webhooks = ada.http.read_as(PATH).await;
    assert_eq!(listed.items.len(), 10);
}

#[tokio::test]
async fn whoever_made_a_webhook_that_is_given_up_gets_a_mail_without_its_address() {
    let (receiver, mailbox) = (Receiver::answering(&["410 Gone"]).await, Mailbox::default());
    let smtp = mailbox.listen().await;
    let app = builder(&[&receiver])
        .setting("JONQUIL_SMTP_URL", &smtp)
        .setting("JONQUIL_SMTP_FROM", "Jonquil <music@example.org>")
        .setting("JONQUIL_PUBLIC_URL", "https://music.example")
        .start()
        .await;
    let ada = app.listener("ada").await;
    let hook = makes(&ada, &receiver, &[TRACK_CREATED]).await;
    ada.http.post(&of(&hook, "/test"), &json!({})).await.is(202);
    let mail = eventually("a mail comes in", async || {
        let mails = mailbox.mails();
        mails.into_iter().find(|mail| mail.contains("webhook is paused"))
    })
    .await;
    assert!(mail.contains("ada@example.org") && mail.contains("410 Gone"), "{mail}");
    assert!(!mail.contains(&receiver.address.to_string()), "{mail}");
}

#[tokio::test]
async fn topics_that_are_read_again_from_the_start_deliver_nothing_again() {
    let receiver = Receiver::start().await;
    let app = builder(&[&receiver]).without(Role::Jobs).start().await;
    let label = app.artist_account("label").await;
    let hook = makes(&label, &receiver, &["jonquil.artist.created.v1"]).await;
    label.creates_artist("Kino").await;
    let before = app.spawns_as("jobs", "before", "");
    let got = receiver.takes(1).await.remove(0);
    stands(&label.http, &hook, DeliveryStatus::Delivered).await;
    before.kill();
    // As after a restore: positions are not in a backup. The event beside it is older than a delivery is kept.
    app.sql()
        .batch_execute("DELETE FROM webhook_positions; UPDATE webhooks SET created_at = 'epoch'")
        .await
        .unwrap();
    let mut old = got.event();
    (old["id"], old["time"]) = (json!(new_id()), json!("2020-01-31T12:00:00.000Z"));
    let (key, old) = (old["subject"].as_str().map(str::to_owned), old.to_string());
    let old = Message::event(Topic::Artists, key.as_deref(), old.as_bytes(), Some(1), None);
    app.publishes_messages(vec![old]).await;
    let has_all = |said: &str| {
        let line = said.lines().find(|line| line.starts_with("ok       webhooks"));
        line.expect("a check of the webhooks").contains(" 0 events behind")
    };
    assert!(!has_all(&app.runs(&["doctor"])), "nobody reads for them");
    let _after = app.spawns_as("jobs", "after", "");
    fed(&app).await;
    assert!(has_all(&app.runs(&["doctor"])), "everything is read");
    assert_eq!(deliveries(&label.http, &hook).await.len(), 1);
    assert_eq!(receiver.hooks().len(), 1);
}

#[tokio::test]
async fn a_receiver_that_says_when_it_has_time_again_is_not_asked_before() {
    let receiver = Receiver::answering(&["429 Too Many Requests\r\nretry-after: 1800"]).await;
    let app = builder(&[&receiver]).start().await;
    let label = app.artist_account("label").await;
    let hook = makes(&label, &receiver, &[TRACK_CREATED]).await;
    label.creates_track(label.creates_artist("Kino").await, "Igra").await;
    receiver.takes(1).await;
    // Pauses of the service's own are 0.05 s here.
    let asked = "SELECT count(*) FROM webhooks JOIN webhook_deliveries ON webhook_id = webhooks.id \
        WHERE rests_until > now() + interval '29 minutes' AND next_at > now() + interval '29 minutes'";
    eventually("address and delivery wait", async || {
        (app.number(asked).await == 1).then_some(())
    })
    .await;
    let waiting = stands(&label.http, &hook, DeliveryStatus::Waiting).await;
    assert_eq!((waiting.tries, receiver.hooks().len()), (1, 1));
}
