//! The role `api`: the HTTP service, one set of connections for each worker thread.

use std::{net::SocketAddr, sync::Arc};

use access::{Access, Keys, Principals};
use actix_web::{
    App, HttpResponse,
    dev::ServerHandle,
    guard::fn_guard,
    middleware::from_fn,
    web::{self, Bytes, Data},
};
use bus::{Cluster, Producer, ProducerConfig};
use http_kit::{Answers, Connections, EdgeConfig, Limiter, Methods};
use media::{Objects, Parser, Spool};
use read_analytics::Analytics;
use read_api::{
    ById, CatalogueReplica, Checks, DashboardCounts, Live, Plays, Positions, Queries, Roles, SearchRecorder, Totals,
};
use read_counters::Counters;
use read_search::Search;
use store::{Reader, Replica, ReplicaState, Store, StoreConfig};
use traces::Tracer;
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config as SwaggerConfig, SwaggerUi};
use write_api::{Commands, Hasher, KnownPlaylists, KnownTracks};

use crate::{
    Config, RunError, clock,
    openapi::openapi,
    pools::Pools,
    recording::{self, Recorded, Recording},
    server, timeouts,
    web_page::{self, WebPage},
};

/// What all workers share.
#[derive(Clone)]
struct Shared {
    config: Config,
    producer: Producer,
    cluster: Cluster,
    hasher: Hasher,
    parser: Parser,
    spool: Spool,
    tracks: KnownTracks,
    playlists: KnownPlaylists,
    principals: Principals,
    checks: Checks,
    roles: Roles,
    totals: Totals,
    dashboard: DashboardCounts,
    answers: Answers,
    keys: Keys,
    limiter: Limiter,
    recording: Recording,
    live: Live,
    pools: Pools,
    replica: ReplicaState,
}

/// The handles of one worker, made on its own runtime.
struct Worker {
    access: Data<Access>,
    commands: Data<Commands>,
    queries: Data<Queries>,
}

/// A service that was started.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    pub(crate) handle: ServerHandle,
    pub(crate) live: Live,
    /// What it records, to be published with the producer.
    pub(crate) recorded: Recorded,
    pub(crate) producer: Producer,
}

/// Starts serving; where, and how to stop it.
pub(crate) fn serve(config: &Config, cluster: &Cluster, roles: &Roles, tracer: &Tracer) -> Result<Serving, RunError> {
    let (recording, recorded) = recording::queues();
    let shared = shared(config, cluster, roles, recording)?;
    let producer = shared.producer.clone();
    shared.worker()?; // An invalid configuration fails here and not in a worker.
    let pools = shared.pools;
    let page = Data::new(config.web_dir.as_deref().map(WebPage::read).transpose()?);
    let document = openapi();
    let edge = edge(config, &document, &shared.recording, tracer);
    let document = bytes_of(&document)?;
    let connections = Connections::new(config.connections_per_address, config.proxies.clone());
    let live = shared.live.clone();
    let taken = |error| RunError::Address(config.http_address, error);
    let listener = server::listen(config).map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    let server = server::start(listener, pools.workers, connections, move || {
        let worker = shared.begun_worker();
        App::new()
            // The last one is the outermost.
            .wrap(from_fn(read_api::wait_for_read_models))
            .wrap(from_fn(http_kit::edge))
            .app_data(Data::new(edge.clone()))
            .app_data(worker.access)
            .app_data(worker.commands)
            .app_data(worker.queries)
            // Patterns are tried one after another, each with its regex: what changes something is looked for among the
            // commands first, what reads among the queries. Trying 60 of commands was a sixth of a read by id.
            .service(
                web::scope("")
                    .guard(fn_guard(|request| !request.head().method.is_safe()))
                    .configure(write_api::configure)
                    .configure(read_api::configure),
            )
            .configure(read_api::configure)
            .configure(write_api::configure)
            .app_data(Data::new(document.clone()))
            .app_data(page.clone())
            .service(web::redirect("/app", "/app/"))
            .route("/app/{path:.*}", web::get().to(web_page::get_file))
            .route("/openapi.json", web::get().to(get_document))
            .service(SwaggerUi::new("/docs/{_:.*}").config(SwaggerConfig::new(["/openapi.json"])))
            .service(web::redirect("/docs", "/docs/"))
            .default_service(web::to(http_kit::not_found))
    })
    .map_err(taken)?;
    let handle = server.handle();
    tokio::spawn(server);
    Ok(Serving {
        address,
        handle,
        live,
        recorded,
        producer,
    })
}

fn bytes_of(document: &OpenApi) -> Result<Bytes, RunError> {
    let document = document.to_json();
    Ok(document.map_err(|error| RunError::Document(error.to_string()))?.into())
}

fn edge(config: &Config, document: &OpenApi, recording: &Recording, tracer: &Tracer) -> EdgeConfig {
    EdgeConfig {
        deadline: timeouts::REQUEST,
        ambient: clock::ambient(),
        methods: Methods::of(document),
        public_url: config.public_url.clone(),
        proxies: config.proxies.clone(),
        origins: config.origins.clone(),
        served: recording.requests.clone(),
        tracer: tracer.clone(),
    }
}

/// Made once: a client that asks for it again and again costs no memory.
async fn get_document(document: Data<Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .body(Bytes::clone(&document))
}

fn shared(config: &Config, cluster: &Cluster, roles: &Roles, recording: Recording) -> Result<Shared, RunError> {
    let ambient = clock::ambient();
    let media = &config.media;
    let spool = Spool::new(&media.spool_dir, media.spool_max_bytes, media.spool_share_bytes())
        .map_err(|error| RunError::Spool(config.media.spool_dir.clone(), error))?;
    let hasher = Hasher::new(config.http_workers, &(ambient.random)()[..16]);
    Ok(Shared {
        producer: Producer::new(&config.bus, &ProducerConfig::api())?,
        cluster: cluster.clone(),
        hasher: hasher.map_err(|error| RunError::Hasher(error.to_string()))?,
        parser: Parser::new(config.http_workers),
        spool,
        tracks: KnownTracks::default(),
        playlists: KnownPlaylists::default(),
        principals: Principals::default(),
        checks: Checks::default(),
        roles: roles.clone(),
        totals: Totals::default(),
        dashboard: DashboardCounts::default(),
        answers: Answers::new(config.answers_kept),
        keys: Keys::new(config.secret.as_bytes()),
        limiter: Limiter::default(),
        recording,
        live: Live::default(),
        pools: Pools::of(config),
        replica: ReplicaState::default(),
        config: config.clone(),
    })
}

impl Shared {
    /// On a worker's own runtime: its handles, and its share of the live statistics.
    fn begun_worker(&self) -> Worker {
        #[expect(clippy::expect_used, reason = "the same configuration was valid a moment ago")]
        let worker = self.worker().expect("a valid configuration");
        let (live, queries, access) = (self.live.clone(), worker.queries.clone(), worker.access.clone());
        actix_web::rt::spawn(async move { live.ask(queries, access).await });
        worker
    }

    fn catalogue_replica(&self, primary: &Reader, counters: &Counters) -> Result<Option<CatalogueReplica>, RunError> {
        let Some(there) = &self.config.replica else {
            return Ok(None);
        };
        let there = StoreConfig {
            connections: self.pools.queries,
            ..there.clone()
        };
        let replica = Replica::new(&there, primary, &self.replica)?;
        Ok(Some(CatalogueReplica::new(replica, counters)))
    }

    fn access(&self, reader: &Reader, store: &Store) -> Access {
        Access {
            keys: self.keys.clone(),
            reader: reader.clone(),
            store: store.clone(),
            principals: self.principals.clone(),
            second_factor_for: self.config.second_factor_for,
            ambient: clock::ambient(),
        }
    }

    fn worker(&self) -> Result<Worker, RunError> {
        let (config, ambient) = (&self.config, clock::ambient());
        let pool = |connections| StoreConfig {
            connections,
            ..config.store.clone()
        };
        let reader = Reader::new(&pool(self.pools.queries))?;
        let store = Store::new(&pool(self.pools.commands))?.with_max_fan_out(config.max_fan_out);
        let counters = Counters::new(&config.counters)?;
        let objects = Objects::new(&config.media);
        let access = self.access(&reader, &store);
        let commands = Commands {
            store,
            reader: reader.clone(),
            producer: self.producer.clone(),
            objects: objects.clone(),
            spool: self.spool.clone(),
            parser: self.parser.clone(),
            hasher: self.hasher.clone(),
            tracks: self.tracks.clone(),
            playlists: self.playlists.clone(),
            plays: Arc::new(Plays(counters.clone())),
            ambient,
            limiter: self.limiter.clone(),
            settings: config.settings.clone(),
        };
        let queries = Queries {
            by_id: ById::new(&reader, &counters),
            replica: self.catalogue_replica(&reader, &counters)?,
            reader,
            search: Search::connect(&config.search)?,
            counters,
            analytics: Analytics::new(&config.analytics),
            objects,
            parser: self.parser.clone(),
            kafka: self.cluster.clone(),
            checks: self.checks.clone(),
            roles: self.roles.clone(),
            has_page: config.web_dir.is_some(),
            totals: self.totals.clone(),
            dashboard: self.dashboard.clone(),
            answers: self.answers.clone(),
            live: self.live.clone(),
            searches: SearchRecorder::new(self.recording.searches.clone()),
            positions: Positions::default(),
            limiter: self.limiter.clone(),
            ambient,
        };
        Ok(Worker {
            access: Data::new(access),
            commands: Data::new(commands),
            queries: Data::new(queries),
        })
    }
}
