//! The faults that a client must survive: stopped workers, a restarted broker, closed connections, a
//! lost reply, an outcome of a later release.
//!
//! One fault is caused at a time. An interception that still waits for its event is cancelled by the
//! next command to the workers. It knows no HTTP.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, bail};
use reqwest::Method;
use tokio::sync::{Mutex as Turn, oneshot};
use tokio::task::{JoinHandle, spawn_blocking};
use twofactor_stack::part::Part;
use twofactor_stack::stack::Stack;
use twofactor_stack::{definitions, rabbitmq};

use super::next_login::{Interception, NextLogin};
use crate::http;

const LOGIN: Part = Part::Worker {
    name: "login",
    copy: 1,
};

/// The faults of one stack. Clones share their state.
#[derive(Clone)]
pub struct Faults(Arc<Inner>);

struct Inner {
    stack: Arc<Stack>,
    turn: Turn<()>,
    waiting: Mutex<Option<Waiting>>,
}

/// An interception that waits for its event.
struct Waiting {
    work: JoinHandle<()>,
    cancel: oneshot::Sender<()>,
}

impl Faults {
    /// Returns the faults of a running stack.
    pub fn of(stack: Arc<Stack>) -> Self {
        Self(Arc::new(Inner {
            stack,
            turn: Turn::new(()),
            waiting: Mutex::new(None),
        }))
    }

    /// Stops the four workers in good order.
    pub async fn stop_workers(&self) -> Result<()> {
        self.cancel_interception().await;
        let _turn = self.0.turn.lock().await;
        let workers: Vec<Part> = Part::workers(1).collect();
        self.blocking(move |stack| stack.stop_all(&workers)).await
    }

    /// Starts those of the four workers that are stopped, and waits until they are ready.
    pub async fn start_workers(&self) -> Result<()> {
        self.cancel_interception().await;
        self.start_workers_again().await
    }

    /// Kills the broker and starts it again; confirmed messages are kept. Workers that were running
    /// are restarted with it, because their own reconnection takes pauses of several seconds.
    pub async fn restart_broker(&self) -> Result<()> {
        let _turn = self.0.turn.lock().await;
        self.blocking(|stack| {
            let workers: Vec<Part> = Part::workers(1).filter(|part| stack.runs(*part)).collect();
            stack.stop_all(&workers)?;
            stack.kill(Part::RabbitMq)?;
            stack.start(Part::RabbitMq)?;
            stack.start_all(&workers)
        })
        .await
    }

    /// Makes the broker close every connection of the user `crm`.
    pub async fn close_connections(&self) -> Result<()> {
        let _turn = self.0.turn.lock().await;
        let api = rabbitmq::api_url(self.0.stack.settings());
        let url = format!("{api}/api/connections/username/crm");
        http::send(&http::client(), Method::DELETE, &url, None)
            .await
            .map(drop)
    }

    /// Stops the login worker and returns. Intercepts the next event that arrives in its queue, then
    /// starts the worker again.
    pub async fn intercept_next_login(&self, what: Interception) -> Result<()> {
        self.cancel_interception().await;
        let _turn = self.0.turn.lock().await;
        let url = rabbitmq::url(self.0.stack.settings(), definitions::ADMINISTRATOR);
        let next = NextLogin::connect(&url).await?;
        let was_running = self.blocking(|stack| stack.stop(LOGIN)).await?;
        if !was_running {
            bail!("the login worker is stopped: start the workers first");
        }
        let (cancel, cancelled) = oneshot::channel();
        let faults = self.clone();
        let work = tokio::spawn(async move {
            let done = tokio::select! {
                done = next.intercept(&what) => done,
                _ = cancelled => Ok(()),
            };
            // The suite that waits for an answer fails on its own; this explains why.
            for outcome in [done, faults.start_workers_again().await] {
                if let Err(error) = outcome {
                    eprintln!("The next login was not intercepted: {error:#}");
                }
            }
        });
        *self.waiting() = Some(Waiting { work, cancel });
        Ok(())
    }

    async fn start_workers_again(&self) -> Result<()> {
        let _turn = self.0.turn.lock().await;
        self.blocking(start_workers).await
    }

    /// Cancels an interception that still waits for its event.
    async fn cancel_interception(&self) {
        let waiting = self.waiting().take();
        if let Some(waiting) = waiting {
            // An error means that it is over already.
            let _ = waiting.cancel.send(());
            let _ = waiting.work.await;
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Option<Waiting>> {
        let waiting = self.0.waiting.lock();
        waiting.unwrap_or_else(PoisonError::into_inner)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Stack) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let stack = Arc::clone(&self.0.stack);
        spawn_blocking(move || work(&stack)).await?
    }
}

fn start_workers(stack: &Stack) -> Result<()> {
    let stopped: Vec<Part> = Part::workers(1).filter(|part| !stack.runs(*part)).collect();
    stack.start_all(&stopped)
}
