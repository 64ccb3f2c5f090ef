//! A worker from its settings to its exit code.
//!
//! Everything is put together here, in the order in which it starts: settings, logging, metrics,
//! pages, keys, provider, broker, loop. Nothing is decided here.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use twofactor_contract::Service;
use twofactor_rules::{Keyring, Keys};
use twofactor_store::{SCHEMA, Store};

use crate::broker::Broker;
use crate::fates::Fates;
use crate::health::{Health, Status};
use crate::in_flight::InFlight;
use crate::metrics::Metrics;
use crate::outbox::Outbox;
use crate::patience::Patience;
use crate::provider::Provider;
use crate::settings::Settings;
use crate::texts::Texts;
use crate::turn::Turns;
use crate::worker::Worker;
use crate::{housekeeping, logging, metrics};

/// For what was begun when the process is asked to stop; a supervisor gives it 30 s.
const FAREWELL: Duration = Duration::from_secs(27);
/// A setting is wrong.
const USAGE: u8 = 2;

/// Runs the worker of a service until it is asked to stop by SIGTERM or SIGINT.
///
/// Ends with 0 when everything that was begun is finished or will be delivered again, with 2
/// where a setting is wrong, and with 1 where something else keeps it from starting.
pub fn run(service: Service) -> ExitCode {
    // Only the first provider counts; another one was then installed by whoever runs us.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let settings = match Settings::of_process(service) {
        Ok(settings) => settings,
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            return ExitCode::from(USAGE);
        }
    };
    logging::start(settings.log);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return failed(1, &format!("no threads can be started: {error}")),
    };
    let code = runtime.block_on(start(service, settings));
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

async fn start(service: Service, settings: Settings) -> ExitCode {
    let Ok(stop) = stop_signal() else {
        return failed(
            1,
            "signals cannot be received; check the limits of this process",
        );
    };
    let Ok(handle) = metrics::start() else {
        return failed(
            1,
            "the metrics cannot be set up; this is a fault of the build",
        );
    };
    let metrics = Metrics::new(
        service,
        settings.limits.sms_countries.clone(),
        &SCHEMA.to_string(),
    );
    let listener = match TcpListener::bind(settings.metrics_addr).await {
        Ok(listener) => listener,
        Err(error) => {
            let reason = error.kind();
            return failed(
                1,
                &format!("METRICS_ADDR cannot be listened on ({reason}); change it"),
            );
        }
    };
    let store = match Store::new(settings.database_url.expose(), settings.db_pool) {
        Ok(store) => store,
        Err(error) => return failed(USAGE, &error.to_string()),
    };
    let status = Arc::new(Status::default());
    let health = Health {
        metrics: handle.clone(),
        store: store.clone(),
        status: status.clone(),
    };
    tokio::spawn(health.serve(listener));
    tracing::info!(
        service = service.name(),
        version = env!("CARGO_PKG_VERSION"),
        "starting"
    );

    let mut stopping = stop.clone();
    let keys = tokio::select! {
        keys = keys(&store, settings.keyring) => keys,
        _ = stopping.wait_for(|stop| *stop) => return ExitCode::SUCCESS,
    };
    let keys = match keys {
        Ok(keys) => keys,
        Err(sentence) => return failed(USAGE, &sentence),
    };
    let provider = match settings.twilio.map(Provider::new).transpose() {
        Ok(provider) => provider,
        Err(_) => {
            return failed(
                1,
                "the HTTP client for the provider of texts cannot be set up",
            );
        }
    };
    tokio::spawn(housekeeping::keep(store.clone(), metrics.clone(), handle));

    let (again_sender, again) = mpsc::unbounded_channel();
    let (session_sender, sessions) = mpsc::channel(1);
    let turns = Turns {
        service,
        keys,
        limits: settings.limits,
        store,
        provider: provider.as_ref().map_or("", Provider::name),
        in_flight: InFlight::default(),
        failpoint: settings.failpoint,
    };
    let texts = Texts::new(provider, again_sender, metrics.clone(), settings.failpoint);
    let outbox = Outbox::new(metrics.clone(), settings.failpoint);
    let fates = Fates {
        turns,
        texts,
        outbox,
        metrics,
        stop: stop.clone(),
    };
    let prefetch = u16::try_from(settings.batch_max * 4)
        .unwrap_or(u16::MAX)
        .max(1024);
    let broker = Broker {
        service,
        uri: settings.amqp,
        prefetch,
        status,
    };
    tokio::spawn(broker.keep_connected(session_sender));
    let batch_max = settings.batch_max;
    let worker = Worker {
        fates,
        again,
        sessions,
        batch_max,
        stop: stop.clone(),
    };
    finish(worker, stop).await
}

/// Runs the loop; once asked to stop it has so long and no longer.
async fn finish(worker: Worker, mut stop: watch::Receiver<bool>) -> ExitCode {
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
    ExitCode::SUCCESS
}

/// Opens the hash key, waiting until the database has one.
async fn keys(store: &Store, keyring: Keyring) -> Result<Keys, String> {
    let mut patience = Patience::new();
    loop {
        let fresh = keyring.new_hash_key(&mut rand::rng());
        match store.hash_key(&fresh).await {
            Ok(sealed) => {
                return Keys::new(keyring, &sealed)
                    .map_err(|error| format!("KEYRING_FILE does not fit this database: {error}."));
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
        // Kept, so that whoever waits for the signal waits for nothing else.
        std::future::pending::<()>().await;
    });
    Ok(receiver)
}

fn failed(code: u8, sentence: &str) -> ExitCode {
    eprintln!("{sentence}");
    ExitCode::from(code)
}
