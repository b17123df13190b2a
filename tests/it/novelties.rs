//! Events of a later version: what this one does not know is passed over, and nothing is refused for it.

use bus::Message;
use events::{Contract, Event, Incoming, Meta, Topic, contracts};
use projector::{Projection, ReadModel};
use serde_json::{Value, json};
use tests::{App, free_address, metrics, new_id, now};

const NOVELTY: &str = "from_a_later_version";

/// Puts a field that nobody knows into every object. A map is none: its keys are data.
fn with_new_fields(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            let objects = fields.iter_mut().filter(|(name, _)| *name != "external_ids");
            objects.for_each(|(_, value)| with_new_fields(value));
            fields.insert(NOVELTY.to_owned(), json!({"deep": [1, {"deeper": null}]}));
        }
        Value::Array(items) => items.iter_mut().for_each(with_new_fields),
        _ => {}
    }
}

/// Puts a value that nobody knows into every place where the schema lists the values there are; answers how many.
fn with_new_values(value: &mut Value, schema: &Value) -> usize {
    let schema = match schema["anyOf"].as_array() {
        // Nullable.
        Some(parts) => parts.iter().find(|part| part["type"] != "null").unwrap_or(schema),
        None => schema,
    };
    match value {
        Value::Object(fields) => {
            let fields = fields.iter_mut();
            fields
                .map(|(name, value)| with_new_values(value, &schema["properties"][name]))
                .sum()
        }
        Value::Array(items) => items
            .iter_mut()
            .map(|item| with_new_values(item, &schema["items"]))
            .sum(),
        Value::String(text) if schema["enum"].is_array() || schema["oneOf"].is_array() => {
            NOVELTY.clone_into(text);
            1
        }
        _ => 0,
    }
}

fn example(contract: &Contract) -> Value {
    let encoded = contract.example.encode(&contract.meta).expect("an event");
    serde_json::from_slice(&encoded.payload).expect("JSON")
}

fn decoded(json: &Value) -> (Meta, Event) {
    Event::decode(Some(json.to_string().as_bytes())).unwrap_or_else(|error| panic!("{error}: {json}"))
}

fn is_projected<M: ReadModel>(model: &M, event: &Event, meta: &Meta) {
    if !M::Projection::TOPICS.contains(&event.topic()) {
        return;
    }
    let incoming = Incoming {
        topic: event.topic(),
        partition: 0,
        offset: 1,
        meta: meta.clone(),
        event: event.clone(),
    };
    let rows = model.projection().rows(&incoming);
    assert!(rows.is_ok(), "{}: {:?}", event.type_name(), rows.err());
}

#[tokio::test]
async fn a_novelty_in_every_object_and_every_enum_of_every_example_is_passed_over() {
    let app = App::builder().start().await;
    let mut enums = 0;
    for contract in contracts() {
        let mut json = example(&contract);
        with_new_fields(&mut json);
        let (meta, event) = decoded(&json);
        assert_eq!(
            (&meta, &event),
            (&contract.meta, &contract.example),
            "{}",
            contract.type_name
        );

        let found = with_new_values(&mut json["data"], &contract.schema["properties"]["data"]);
        enums += found;
        let (meta, event) = decoded(&json);
        let kept = event.encode(&meta).expect("an event").payload;
        let kept = String::from_utf8(kept).expect("text");
        assert_eq!(kept.matches(NOVELTY).count(), found, "the text is kept: {kept}");
        is_projected(app.index(), &event, &meta);
        is_projected(app.analytics(), &event, &meta);
        is_projected(app.counters(), &event, &meta);
    }
    assert!(enums >= 8, "only {enums} values of enums in all examples");
}

#[tokio::test]
async fn what_a_later_version_wrote_reaches_the_read_models_without_a_dead_letter() {
    let address = free_address();
    let app = App::builder()
        .setting("JONQUIL_METRICS_ADDRESS", &address)
        .start()
        .await;
    let label = app.artist_account("label").await;
    let kino = label.creates_artist("Kino").await;
    let album = label.creates_album(kino, "Noch").await;
    app.settle().await;
    let mut json = contracts()
        .iter()
        .find(|one| one.type_name == "jonquil.album.updated.v1")
        .map(example);
    let json = json.as_mut().expect("the example");
    with_new_fields(json);
    json["sequence"] = json!(7);
    json["data"]["id"] = json!(album);
    json["data"]["title"] = json!("Gruppa krovi");
    json["data"]["album_type"] = json!(NOVELTY);
    json["data"]["credits"][0]["role"] = json!(NOVELTY);
    let unknown = json!({"specversion": "1.0", "id": new_id(), "source": "/x", "type": "jonquil.album.reviewed.v1",
        "subject": album, "time": now(), "sequence": 8, "data": {}});
    let key = album.to_string();
    for event in [json.to_string(), unknown.to_string()] {
        let message = Message {
            topic: Topic::Albums,
            key: Some(key.as_bytes()),
            payload: Some(event.as_bytes()),
            headers: Vec::new(),
        };
        app.publishes_messages(vec![message]).await;
    }
    app.settle().await;
    assert_eq!(app.search("gruppa krovi").await.albums, [album]);
    assert_eq!(app.events_on(Topic::DeadLetters).await, 0);
    // Each read model of albums passed one over. No other story publishes a type that is not known.
    let shown = metrics(&address).await;
    for projector in ["search", "analytics", "counters"] {
        let series = format!("jonquil_projector_unknown_events_total{{projector=\"{projector}\"}}");
        assert_eq!(shown.get(&series), Some(&1.0), "{series}");
    }
}
