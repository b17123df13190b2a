//! Reading the configuration.

use std::collections::BTreeSet;

use super::{Config, SETTINGS};

/// What no message may show.
const SECRET: &str = "kolobok-7391";

#[test]
fn all_missing_settings_are_reported_at_once() {
    let problems = Config::from_lookup(|_| None).err().expect("nothing is set");
    let missing: BTreeSet<&str> = problems
        .0
        .iter()
        .filter_map(|problem| problem.split_once(" is missing").map(|(name, _)| name))
        .collect();
    let required = [
        "POSTGRES_URL",
        "KAFKA_URL",
        "ELASTICSEARCH_URL",
        "CLICKHOUSE_URL",
        "REDIS_URL",
        "S3_URL",
        "S3_ACCESS_KEY",
        "S3_SECRET_KEY",
        "SECRET",
    ];
    assert_eq!(
        missing,
        required
            .iter()
            .map(|name| ["JONQUIL_", name].concat())
            .collect::<Vec<_>>()
            .iter()
            .map(String::as_str)
            .collect()
    );
    assert_eq!(missing.len(), problems.0.len(), "{problems}");
    let text = problems.to_string();
    assert!(text.starts_with("invalid configuration:\n"), "{text}");
    assert!(required.iter().all(|name| text.contains(name)), "{text}");
}

#[test]
fn every_invalid_setting_is_named_without_its_value() {
    // A secret in every place, most of which take none.
    let problems = Config::from_lookup(|_| Some(SECRET.to_owned()))
        .err()
        .expect("invalid settings");
    let text = problems.to_string();
    assert!(!text.contains(SECRET), "{text}");
    let named: BTreeSet<&str> = problems
        .0
        .iter()
        .filter_map(|problem| problem.split(' ').next())
        .collect();
    let known: BTreeSet<&str> = SETTINGS.iter().map(|(name, _)| *name).collect();
    assert!(named.is_subset(&known), "{named:?}");
    for name in [
        "JONQUIL_CA_FILE",
        "JONQUIL_POSTGRES_URL",
        "JONQUIL_POSTGRES_READ_URL",
        "JONQUIL_POSTGRES_CONNECTIONS",
        "JONQUIL_KAFKA_PROPERTIES",
        "JONQUIL_KAFKA_REPLICATION",
        "JONQUIL_KAFKA_MIN_INSYNC_REPLICAS",
        "JONQUIL_ELASTICSEARCH_URL",
        "JONQUIL_INDEX_REPLICAS",
        "JONQUIL_CLICKHOUSE_URL",
        "JONQUIL_REDIS_URL",
        "JONQUIL_S3_URL",
        "JONQUIL_SPOOL_MAX_BYTES",
        "JONQUIL_MAX_UPLOAD_BYTES",
        "JONQUIL_SECRET",
        "JONQUIL_HTTP_ADDRESS",
        "JONQUIL_HTTP_WORKERS",
        "JONQUIL_METRICS_ADDRESS",
        "JONQUIL_OPEN_ARTIST_SIGNUP",
        "JONQUIL_SECOND_FACTOR_FOR",
        "JONQUIL_TRUSTED_PROXIES",
        "JONQUIL_JOB_LEASE_SECONDS",
        "JONQUIL_JOB_CONCURRENCY",
        "JONQUIL_MAX_FAN_OUT",
        "JONQUIL_SWEEP_SCHEDULE",
        "JONQUIL_FIT_SCHEDULE",
        "JONQUIL_WAVEFORMS_SCHEDULE",
    ] {
        assert!(named.contains(name), "{name} is not named: {text}");
    }
}

/// What is required, and no more.
fn valid() -> Config {
    let config = Config::from_lookup(|name| {
        let value = match name {
            "JONQUIL_POSTGRES_URL" => format!("postgres://jonquil:{SECRET}@127.0.0.1:1/jonquil"),
            "JONQUIL_KAFKA_URL" => "127.0.0.1:1".to_owned(),
            "JONQUIL_KAFKA_PROPERTIES" => format!("sasl.password={SECRET}"),
            "JONQUIL_ELASTICSEARCH_URL" => format!("http://elastic:{SECRET}@127.0.0.1:1"),
            "JONQUIL_CLICKHOUSE_URL" | "JONQUIL_S3_URL" => "http://127.0.0.1:1".to_owned(),
            "JONQUIL_REDIS_URL" => format!("redis://:{SECRET}@127.0.0.1:1"),
            "JONQUIL_CLICKHOUSE_PASSWORD" | "JONQUIL_S3_ACCESS_KEY" | "JONQUIL_S3_SECRET_KEY" => SECRET.to_owned(),
            "JONQUIL_SECRET" => SECRET.repeat(3),
            _ => return None,
        };
        Some(value)
    });
    config.unwrap_or_else(|problems| panic!("{problems}"))
}

#[test]
fn a_valid_configuration_is_printed_without_its_secrets() {
    let config = valid();
    for printed in [
        format!("{:?}", config.store),
        format!("{:?}", config.bus),
        format!("{:?}", config.analytics),
        format!("{:?}", config.counters),
        format!("{:?}", config.media.secret_key),
    ] {
        assert!(!printed.contains(SECRET), "{printed}");
    }
}

#[test]
fn an_invalid_setting_is_reported_with_what_it_must_be() {
    let problems = Config::from_lookup(|name| {
        let value = match name {
            "JONQUIL_CA_FILE" => "/dev/null",
            "JONQUIL_POSTGRES_URL" => "postgres://a:b@127.0.0.1:1/jonquil?sslmode=trust",
            "JONQUIL_REDIS_URL" => "127.0.0.1:6379",
            "JONQUIL_SECRET" => "short",
            "JONQUIL_KAFKA_PROPERTIES" => "linger.ms",
            "JONQUIL_HTTP_WORKERS" => "many",
            "JONQUIL_SWEEP_SCHEDULE" => "hourly",
            _ => "http://127.0.0.1:1",
        };
        Some(value.to_owned())
    });
    let text = problems.err().expect("invalid settings").to_string();
    for line in [
        "JONQUIL_CA_FILE has no certificate in PEM",
        "JONQUIL_POSTGRES_URL must have sslmode=verify-full, or disable",
        "JONQUIL_REDIS_URL must start with redis:// or rediss://",
        "JONQUIL_SECRET must have at least 32 characters",
        "JONQUIL_KAFKA_PROPERTIES must be key=value;key=value",
        "JONQUIL_HTTP_WORKERS cannot be parsed",
        "JONQUIL_SWEEP_SCHEDULE must be a cron expression of five fields for a time that comes, in UTC, such as 0 3 * * *",
    ] {
        assert!(text.lines().any(|found| found.trim() == line), "{line}: {text}");
    }
}

#[test]
fn a_setting_that_is_empty_counts_as_missing() {
    let problems = Config::from_lookup(|_| Some(String::new()))
        .err()
        .expect("nothing is set");
    assert_eq!(problems, Config::from_lookup(|_| None).err().expect("nothing is set"));
}

#[test]
fn a_process_without_a_name_has_that_of_its_machine() {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname").expect("a host name");
    assert_eq!(machine.trim(), valid().instance);
}
