//! A worker, from its settings to its exit status.
//!
//! It puts all parts together, in the order in which they start: settings, logging, metrics, pages,
//! keys, provider, broker, loop. Nothing is decided here.

use std::panic::resume_unwind;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use twofactor_contract::Service;
use twofactor_rules::{Keyring, Keys};
use twofactor_store::{SCHEMA, Store};

use crate::broker::BrokerNodes;
use crate::certificates::{Peer, Trust, keep_looking, probes};
use crate::consumer_connector::{ConsumerConnector, Consuming};
use crate::delivered::Intake;
use crate::failpoint::Fault;
use crate::fair_queue::FairQueue;
use crate::fates::Fates;
use crate::health::Status;
use crate::in_flight::InFlight;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::patience::Patience;
use crate::provider::Provider;
use crate::publish::Publisher;
use crate::settings::{Settings, TwilioSettings};
use crate::spans::Spans;
use crate::texts::Texts;
use crate::turn::Turns;
use crate::worker::{Sizes, Worker};
use crate::{chance, health, housekeeping, logging, metrics, sealing};

/// Time to finish the work in hand after the request to stop. Then the last spans are sent and the
/// threads end; a supervisor allows 30 s for all of that.
const FAREWELL: Duration = Duration::from_secs(26);
/// Prefetch, in deliveries: so many wait here for their turn at most. More than any batches of
/// [`in_hand_max`].
const PREFETCH: u16 = 8192;
/// Minimum room for events that batches took and that are not finished: their texts must be sent
/// before a stop is over, see [`Texts`].
const IN_HAND: u16 = 1024;
/// Exit status if a setting is wrong.
const WRONG_SETTING: u8 = 2;
/// Exit status if something else keeps a worker from starting.
const OTHER: u8 = 1;

/// Reason why a worker does not start, and its exit status.
struct CannotStart {
    code: u8,
    sentence: String,
}

impl CannotStart {
    fn new(code: u8, sentence: impl Into<String>) -> Self {
        let sentence = sentence.into();
        Self { code, sentence }
    }
}

/// Runs the worker of a service until it is asked to stop by SIGTERM or SIGINT.
///
/// Exits with 0 once all work in hand is finished or will be delivered again, with 2 if a setting
/// is wrong, and with 1 if something else keeps it from starting.
pub fn run(service: Service) -> ExitCode {
    // Only the first provider counts; an error means that the caller has installed one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let ran = match Settings::of_process(service) {
        Ok(settings) => run_with(service, settings),
        Err(problems) => Err(CannotStart::new(WRONG_SETTING, problems.join("\n"))),
    };
    match ran {
        Ok(()) => ExitCode::SUCCESS,
        Err(CannotStart { code, sentence }) => {
            eprintln!("{sentence}");
            ExitCode::from(code)
        }
    }
}

fn run_with(service: Service, settings: Settings) -> Result<(), CannotStart> {
    let _log = logging::start(settings.log);
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    // With more, each wakes another one to look for work that is done by then.
    builder.worker_threads(1);
    let runtime = builder.enable_all().build().map_err(|error| {
        let reason = error.kind();
        CannotStart::new(
            OTHER,
            format!("No threads can be started ({reason}); check the limits."),
        )
    })?;
    // As a task of the runtime, so that the loop runs in the thread of the tasks that it waits for: a
    // change of threads costs more than most of what an event asks of either.
    let ran = runtime.block_on(runtime.spawn(start(service, settings)));
    runtime.shutdown_timeout(Duration::from_secs(1));
    ran.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}

/// Parts that are there before the broker is reached: the worker reports its state from here on.
struct Foundation {
    store: Store,
    metrics: Metrics,
    handle: PrometheusHandle,
    status: Arc<Status>,
    stop: watch::Receiver<bool>,
}

async fn lay_foundation(
    service: Service,
    settings: &Settings,
    trust: &Trust,
    stop: watch::Receiver<bool>,
) -> Result<Foundation, CannotStart> {
    let url = &settings.database_url;
    let tls = trust.tls(Peer::Database);
    let store = Store::with_tls(url.expose(), settings.db_pool, tls)
        .map_err(|error| CannotStart::new(WRONG_SETTING, format!("{error}.")))?;
    let broken = "The metrics cannot be set up; this is a fault of the build.";
    let handle = metrics::start().map_err(|_| CannotStart::new(OTHER, broken))?;
    let countries = settings.limits.sms_countries.clone();
    let metrics = Metrics::new(service, countries, &SCHEMA.to_string());
    let status = Arc::new(Status::default());
    let listener = listen(settings).await?;
    tokio::spawn(health::serve(
        listener,
        handle.clone(),
        metrics.clone(),
        store.clone(),
        status.clone(),
    ));
    tokio::spawn(health::keep_watching(
        store.clone(),
        status.clone(),
        metrics.clone(),
    ));
    Ok(Foundation {
        store,
        metrics,
        handle,
        status,
        stop,
    })
}

const VERSION: &str = env!("CARGO_PKG_VERSION");

async fn start(service: Service, settings: Settings) -> Result<(), CannotStart> {
    let no_signals = "Signals cannot be received; check the limits of this process.";
    let mut stop = stop_signal().map_err(|_| CannotStart::new(OTHER, no_signals))?;
    tracing::info!(service = service.name(), version = VERSION, "starting");
    let trust = Trust::of_machine(service);
    let foundation = lay_foundation(service, &settings, &trust, stop.clone()).await?;
    let store = foundation.store.clone();
    let spans = spans(service, &settings, &trust)?;
    let probes = probes(&settings, &trust);
    settings.keyring.ids().for_each(Metrics::holds_key);
    let keys = tokio::select! {
        keys = keys(&store, settings.keyring) => keys?,
        _ = stop.wait_for(|stop| *stop) => return Ok(()),
    };
    let current = keys.keyring().current();
    let handle = foundation.handle.clone();
    housekeeping::start(&store, &foundation.metrics, handle, current);
    tokio::spawn(keep_looking(probes, store.clone()));
    let provider = provider(settings.twilio, &trust)?;

    let broker = BrokerNodes::new(service, settings.amqp, trust.tls(Peer::Broker));
    let in_hand_max = in_hand_max(settings.batch_max);
    let link = keep_connected(
        service,
        broker,
        in_hand_max,
        &foundation.status,
        settings.fault,
    );
    let has_connection = link.has_connection.clone();
    keep_sealing(&store, &link.publisher, &foundation.metrics, has_connection);
    let turns = Turns {
        service,
        keys,
        limits: settings.limits,
        store,
        provider: provider.as_ref().map_or("", Provider::name),
        in_flight: InFlight::default(),
        fault: settings.fault,
    };
    let sizes = Sizes::new(settings.batch_max, settings.db_pool);
    let worker = assemble(turns, provider, link, spans.clone(), sizes, foundation);
    finish(worker, stop).await;
    spans.flush().await;
    Ok(())
}

/// Puts the loop together from parts that are there.
fn assemble(
    turns: Turns,
    provider: Option<Provider>,
    link: Link,
    spans: Spans,
    sizes: Sizes,
    foundation: Foundation,
) -> Worker {
    let Foundation {
        metrics,
        status,
        stop,
        ..
    } = foundation;
    let fault = turns.fault;
    let (again_sender, again) = mpsc::unbounded_channel();
    let texts = Texts::new(provider, again_sender, fault);
    let outbox = Outbox::new(link.publisher, metrics.clone(), spans, fault);
    let intake = Intake {
        service: turns.service,
        is_traced: outbox.is_traced(),
        in_hand: status.in_hand.clone(),
        metrics: metrics.clone(),
    };
    let fates = Fates {
        turns,
        texts,
        outbox,
        metrics,
        status: status.clone(),
        stop: stop.clone(),
        successes: AtomicU64::new(0),
    };
    Worker {
        intake,
        fates: Arc::new(fates),
        at_work: JoinSet::new(),
        ahead: None,
        again,
        connections: link.connections,
        waiting: FairQueue::default(),
        sizes,
        stop,
        status,
    }
}

/// Connections to the broker, for publishing and for consuming.
struct Link {
    publisher: Arc<Publisher>,
    connections: mpsc::Receiver<Consuming>,
    has_connection: watch::Receiver<bool>,
}

/// Connects to the broker, and does so again for the life of the process.
fn keep_connected(
    service: Service,
    broker: BrokerNodes,
    in_hand_max: u16,
    status: &Arc<Status>,
    fault: Option<Fault>,
) -> Link {
    let (sender, connections) = mpsc::channel(1);
    let (current, has_connection) = watch::channel(false);
    let broker = Arc::new(broker);
    let publisher = Arc::new(Publisher::new(service, &broker, status));
    publisher.keep_connected();
    let source = ConsumerConnector {
        service,
        broker,
        prefetch: PREFETCH,
        in_hand_max,
        publisher: publisher.clone(),
        status: status.clone(),
        current,
        fault,
    };
    tokio::spawn(source.keep(sender));
    Link {
        publisher,
        connections,
        has_connection,
    }
}

/// Returns the room for events in hand: enough for a few batches at once.
fn in_hand_max(batch_max: usize) -> u16 {
    u16::try_from(batch_max * 4)
        .unwrap_or(u16::MAX)
        .clamp(IN_HAND, PREFETCH)
}

/// Seals the trail and broadcasts the seals, for the life of the process.
fn keep_sealing(
    store: &Store,
    publisher: &Arc<Publisher>,
    metrics: &Metrics,
    has_connection: watch::Receiver<bool>,
) {
    tokio::spawn(sealing::keep(store.clone()));
    let publisher = publisher.clone();
    let metrics = metrics.clone();
    let broadcasting =
        sealing::keep_broadcasting(store.clone(), publisher, metrics, has_connection);
    tokio::spawn(broadcasting);
}

/// Makes the writer of spans; it does nothing if no collector is set.
fn spans(service: Service, settings: &Settings, trust: &Trust) -> Result<Spans, CannotStart> {
    let Some(url) = &settings.traces else {
        return Ok(Spans::default());
    };
    let texts_go_to = settings.twilio.as_ref().map(|twilio| &twilio.base_url);
    Spans::to(url, trust.tls(Peer::Collector), service, texts_go_to)
        .map_err(|error| CannotStart::new(WRONG_SETTING, format!("{error}.")))
}

/// Makes the provider of texts, for the workers that send them.
fn provider(
    settings: Option<TwilioSettings>,
    trust: &Trust,
) -> Result<Option<Provider>, CannotStart> {
    let no_client = "The client for TWILIO_BASE_URL cannot be set up; check the host.";
    let provider = settings.map(|twilio| Provider::new(twilio, trust.tls(Peer::Provider)));
    let provider = provider.transpose();
    provider.map_err(|_| CannotStart::new(OTHER, no_client))
}

async fn listen(settings: &Settings) -> Result<TcpListener, CannotStart> {
    TcpListener::bind(settings.metrics_addr)
        .await
        .map_err(|error| {
            let reason = error.kind();
            let sentence =
                format!("METRICS_ADDR cannot be listened on ({reason}); choose another.");
            CannotStart::new(WRONG_SETTING, sentence)
        })
}

/// Runs the loop; after the request to stop it has [`FAREWELL`] to end.
async fn finish(worker: Worker, mut stop: watch::Receiver<bool>) {
    let out_of_time = async {
        // The sender lives as long as the process, so this ends with the signal alone.
        let _ = stop.wait_for(|stop| *stop).await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        () = worker.run() => tracing::info!("finished"),
        () = out_of_time => {
            tracing::warn!("stopping with work unfinished; its events will be delivered again");
        }
    }
}

/// Opens the hash key, waiting until the database has one.
async fn keys(store: &Store, keyring: Keyring) -> Result<Keys, CannotStart> {
    let mut patience = Patience::new();
    loop {
        let fresh = keyring.new_hash_key(&mut chance::rng());
        match store.hash_key(&fresh).await {
            Ok(sealed) => {
                return Keys::new(keyring, &sealed).map_err(|error| {
                    let sentence = format!("KEYRING_FILE does not fit this database: {error}.");
                    CannotStart::new(WRONG_SETTING, sentence)
                });
            }
            Err(error) => {
                tracing::warn!(%error, "the keys cannot be loaded yet; trying again");
                patience.wait().await;
            }
        }
    }
}

/// Becomes true at SIGTERM or SIGINT.
fn stop_signal() -> std::io::Result<watch::Receiver<bool>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let (sender, receiver) = watch::channel(false);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop");
        sender.send_replace(true);
        // The sender is kept, so that waiting for the signal does not end without one.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}
