//! Version and checksum of everything that is fetched. An upgrade changes only this file.

/// Kafka's broker and tools; their own dependencies are pinned by their poms, and all jars together by [`KAFKA_JARS_SHA256`].
pub const KAFKA_VERSION: &str = "4.1.0";
/// Kafka's logging library, in the version of Kafka's own distribution.
pub const KAFKA_LOG4J_VERSION: &str = "2.24.3";
/// SHA-256 of the lines of `sha256sum *.jar`, sorted by name.
pub const KAFKA_JARS_SHA256: &str = "62cc893005b2cdcda782ef05e2a39b2ead42e922a3a3ad65640d87dfcab1faca";

/// Maven's own plugin that copies artifacts.
pub const MAVEN_DEPENDENCY_PLUGIN: &str = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1";

/// Elasticsearch's server with its core modules.
pub const ELASTICSEARCH_VERSION: &str = "8.19.4";
/// SHA-256 of the zip.
pub const ELASTICSEARCH_SHA256: &str = "553088b4c0f60f04d7c63da609aaeae372c483159f4fb8013599e91233aab0de";

/// `ClickHouse` as a library, for x86-64 Linux with glibc.
pub const CLICKHOUSE_PACKAGE: &str = "@chdb/lib-linux-x64-gnu@26.7.3-stable.1";
/// The version in the package's name.
pub const CLICKHOUSE_VERSION: &str = "26.7.3";
/// SHA-256 of the package.
pub const CLICKHOUSE_SHA256: &str = "c0d32b129e988f2b9a9a31c9141aecf5e1e2453f9a079efc4d36ab8e3f92b2ad";

/// The S3 server's module.
pub const S3_MODULE: &str = "github.com/versity/versitygw";
/// Its version.
pub const S3_VERSION: &str = "v1.8.0";
/// Go's checksum of the module (`h1:`, as in a go.sum); its own go.sum pins what it depends on.
pub const S3_SUM: &str = "h1:au+wI+aybno/STsQiSm35Uu6Q6iK5MWReQxgO6SEMFc=";
