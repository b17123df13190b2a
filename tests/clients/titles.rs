use rdkafka::{ClientConfig, Message, consumer::{CommitMode, Consumer, StreamConsumer}};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let prefix = std::env::var("JONQUIL_TOPIC_PREFIX").unwrap_or_default();
    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", std::env::var("JONQUIL_KAFKA_URL")?)
        .set("group.id", format!("{prefix}data-team.titles"))
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&[&format!("{prefix}jonquil.tracks.v1")])?;
    loop {
        let message = consumer.recv().await?;
        let event: serde_json::Value = serde_json::from_slice(message.payload().unwrap_or_default())?;
        println!("{} {} {}", event["type"], event["sequence"], event["data"]["title"]);
        consumer.commit_message(&message, CommitMode::Async)?; // after the work
    }
}
