//! The log on stderr: one JSON object a line, about what happened and to which event.
//!
//! Libraries would log payloads, statements and headers, with codes and numbers in them, so they
//! log warnings and errors at most, whatever `LOG` says. Those of the broker and the database log
//! nothing: lapin logs a returned message whole, and an error of Postgres may quote a value. Their
//! errors are logged where they are handled, by kind or SQLSTATE. A panic is logged by its place,
//! without its message.
//!
//! If the reader of the log hangs, lines wait in memory, and beyond [`WAITING`] of them the newest
//! are dropped. No event waits for the log.

use std::io::Write;
use std::panic;

use tracing::Subscriber;
use tracing::level_filters::LevelFilter;
use tracing_appender::non_blocking::{NonBlocking, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Maximum count of lines that wait for the reader of the log.
const WAITING: usize = 16_384;

/// Starts logging, until the guard is dropped: then the lines that wait are written, within a
/// second at most.
pub fn start(level: LevelFilter) -> WorkerGuard {
    let (writer, guard) = patient(std::io::stderr());
    if subscriber(level, writer).try_init().is_ok() {
        panic::set_hook(Box::new(|panic| {
            let place = panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::error!(
                place,
                "a panic; its message is not logged, since it may hold values"
            );
        }));
    }
    guard
}

/// Makes a writer that never waits for `output`.
fn patient(output: impl Write + Send + 'static) -> (NonBlocking, WorkerGuard) {
    NonBlockingBuilder::default()
        .lossy(true)
        .buffered_lines_limit(WAITING)
        .finish(output)
}

/// Makes the subscriber: JSON lines of our own at `level`, and harmless ones of libraries.
fn subscriber<W>(level: LevelFilter, writer: W) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer);
    tracing_subscriber::registry()
        .with(targets(level))
        .with(lines)
}

fn targets(level: LevelFilter) -> Targets {
    Targets::new()
        .with_default(level.min(LevelFilter::WARN))
        .with_target("twofactor", level)
        .with_target("lapin", LevelFilter::OFF)
        .with_target("tokio_postgres", LevelFilter::OFF)
        .with_target("deadpool", LevelFilter::OFF)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("lines").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn libraries_log_nothing_that_could_hold_a_payload_even_at_trace() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(LevelFilter::TRACE, move || writer.clone());
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "twofactor_worker::turn", "ours");
            tracing::warn!(target: "lapin::returned_messages", "s3cret");
            tracing::error!(target: "lapin::channel", "s3cret");
            tracing::warn!(target: "deadpool.postgres", "s3cret");
            tracing::error!(target: "tokio_postgres::query", "s3cret");
            tracing::trace!(target: "hyper::proto", "s3cret");
            tracing::info!(target: "reqwest::connect", "s3cret");
            tracing::warn!(target: "rustls", "worth knowing");
        });
        let log = String::from_utf8(lines.0.lock().expect("lines").clone()).expect("UTF-8");
        assert!(!log.contains("s3cret"), "{log}");
        assert!(
            log.contains("ours") && log.contains("worth knowing"),
            "{log}"
        );
    }

    /// Output whose reader hangs until the sender is dropped.
    struct Hanging(mpsc::Receiver<()>);

    impl Write for Hanging {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let _ = self.0.recv();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn logging_does_not_wait_for_a_reader_that_hangs() {
        let (goes_on, hangs) = mpsc::channel();
        let (writer, guard) = patient(Hanging(hangs));
        let dropped = writer.error_counter();
        tracing::subscriber::with_default(subscriber(LevelFilter::INFO, writer), || {
            for _ in 0..3 * WAITING {
                tracing::info!(target: "twofactor_worker::turn", "one more");
            }
        });
        assert!(dropped.dropped_lines() >= WAITING, "memory has an end");
        drop(goes_on);
        drop(guard);
    }

    #[test]
    fn a_lower_level_silences_libraries_as_well() {
        let filter = targets(LevelFilter::ERROR);
        assert!(!filter.would_enable("rustls", &tracing::Level::WARN));
        assert!(!filter.would_enable("twofactor_store", &tracing::Level::WARN));
    }
}
