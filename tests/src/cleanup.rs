//! Removing what applications of the harness made. Best effort: what stays is removed by the next run.

use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region, RequestChecksumCalculation};
use rdkafka::{
    ClientConfig,
    admin::{AdminClient, AdminOptions},
    client::DefaultClientContext,
    consumer::{BaseConsumer, Consumer as _},
};

use crate::{engines::Engines, names, template};

const PATIENCE: Duration = Duration::from_secs(20);

type Nothing = Result<(), Box<dyn std::error::Error + Send + Sync>>;

/// Everything that runs left which are over.
pub(crate) async fn leftovers(engines: &Engines) {
    remove(engines, &names::is_left_over).await;
}

/// Everything of one application.
pub(crate) async fn of(engines: &Engines, name: &str) {
    let plain = names::plain(name);
    remove(engines, &|found: &str| {
        [name, plain.as_str()].iter().any(|own| {
            let rest = found.strip_prefix(own);
            rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
        })
    })
    .await;
}

async fn remove(engines: &Engines, belongs: &(dyn Fn(&str) -> bool + Sync)) {
    tokio::join!(
        bounded("postgres", databases(engines, belongs)),
        bounded("kafka", topics(engines, belongs)),
        bounded("elasticsearch", indexes(engines, belongs)),
        bounded("clickhouse", warehouses(engines, belongs)),
        bounded("redis", keys(engines, belongs)),
        bounded("s3", buckets(engines, belongs)),
    );
}

async fn bounded(engine: &str, work: impl Future<Output = Nothing>) {
    match tokio::time::timeout(PATIENCE, Box::pin(work)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => eprintln!("not everything was removed from {engine}: {error}"),
        Err(_) => eprintln!("not everything was removed from {engine} within {PATIENCE:?}"),
    }
}

async fn databases(engines: &Engines, belongs: &(dyn Fn(&str) -> bool + Sync)) -> Nothing {
    let client = template::connect(&engines.postgres).await;
    for row in client.query("SELECT datname::text FROM pg_database", &[]).await? {
        let name: String = row.get(0);
        if belongs(&name) {
            client
                .batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await?;
        }
    }
    Ok(())
}

async fn topics(engines: &Engines, belongs: &(dyn Fn(&str) -> bool + Sync)) -> Nothing {
    let mut settings = ClientConfig::new();
    settings.set("bootstrap.servers", &engines.kafka);
    let asked = settings.clone();
    let names = tokio::task::spawn_blocking(move || {
        let client: BaseConsumer = asked.create()?;
        let metadata = client.fetch_metadata(None, PATIENCE)?;
        let topics = metadata.topics().iter().map(|topic| topic.name().to_owned()).collect();
        let groups = client.fetch_group_list(None, PATIENCE)?;
        let groups = groups.groups().iter().map(|group| group.name().to_owned()).collect();
        Ok::<(Vec<String>, Vec<String>), rdkafka::error::KafkaError>((topics, groups))
    });
    let (topics, groups) = names.await??;
    let admin: AdminClient<DefaultClientContext> = settings.create()?;
    let ours = |names: &'_ [String]| names.iter().filter(|name| belongs(name)).cloned().collect::<Vec<_>>();
    let (topics, groups) = (ours(&topics), ours(&groups));
    let options = AdminOptions::new().request_timeout(Some(PATIENCE));
    if !topics.is_empty() {
        admin
            .delete_topics(&topics.iter().map(String::as_str).collect::<Vec<_>>(), &options)
            .await?;
    }
    if !groups.is_empty() {
        // A member that was killed may still be known; such a group goes with the next run.
        drop(
            admin
                .delete_groups(&groups.iter().map(String::as_str).collect::<Vec<_>>(), &options)
                .await,
        );
    }
    Ok(())
}

async fn indexes(engines: &Engines, belongs: &(dyn Fn(&str) -> bool + Sync)) -> Nothing {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let url = format!("{}/_cat/indices?h=index", engines.elasticsearch);
    let names = http.get(url).send().await?.text().await?;
    let ours: Vec<&str> = names.lines().map(str::trim).filter(|name| belongs(name)).collect();
    for some in ours.chunks(20) {
        http.delete(format!("{}/{}", engines.elasticsearch, some.join(",")))
            .send()
            .await?
            .error_for_status()?;
    }
    Ok(())
}

async fn warehouses(engines: &Engines, belongs: &(dyn Fn(&str) -> bool + Sync)) -> Nothing {
    let http = reqwest::Client::builder().no_proxy().build()?;
    let run = async |sql: String| {
        http.post(&engines.clickhouse)
            .body(sql)
            .send()
            .await?
            .error_for_status()?
            .text()
            .await
    };
    for name in run("SHOW DATABASES".to_owned())
        .await?
        .lines()
        .filter(|name| belongs(name))
    {
        run(format!("DROP DATABASE IF EXISTS `{name}` SYNC")).await?;
    }
    Ok(())
}

async fn keys(engines: &Engines, belongs: &(dyn Fn(&str) -> bool + Sync)) -> Nothing {
    let client = redis::Client::open(engines.redis.as_str())?;
    let mut connection = client.get_multiplexed_async_connection().await?;
    let mut cursor = 0_u64;
    loop {
        let mut scan = redis::cmd("SCAN");
        scan.arg(cursor).arg("MATCH").arg("jqtest*").arg("COUNT").arg(5000);
        let (next, found): (u64, Vec<Vec<u8>>) = scan.query_async(&mut connection).await?;
        let ours: Vec<_> = found
            .into_iter()
            .filter(|key| belongs(&String::from_utf8_lossy(key)))
            .collect();
        if !ours.is_empty() {
            redis::cmd("UNLINK")
                .arg(ours)
                .query_async::<()>(&mut connection)
                .await?;
        }
        if next == 0 {
            return Ok(());
        }
        cursor = next;
    }
}

/// A client of the object store.
pub(crate) fn objects(engines: &Engines) -> aws_sdk_s3::Client {
    let credentials = Credentials::new(&engines.s3_access_key, &engines.s3_secret_key, None, None, "tests");
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(&engines.s3)
        .region(Region::new(engines.s3_region.clone()))
        .credentials_provider(credentials)
        .force_path_style(true)
        .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

async fn buckets(engines: &Engines, belongs: &(dyn Fn(&str) -> bool + Sync)) -> Nothing {
    let client = objects(engines);
    let buckets = client.list_buckets().send().await?;
    for bucket in buckets
        .buckets()
        .iter()
        .filter_map(|bucket| bucket.name())
        .filter(|name| belongs(name))
    {
        loop {
            let listed = client.list_objects_v2().bucket(bucket).send().await?;
            for key in listed.contents().iter().filter_map(|object| object.key()) {
                client.delete_object().bucket(bucket).key(key).send().await?;
            }
            if listed.is_truncated() != Some(true) {
                break;
            }
        }
        client.delete_bucket().bucket(bucket).send().await?;
    }
    Ok(())
}
