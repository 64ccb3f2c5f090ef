//! What befalls a client: workers that stop, a broker that restarts, connections that are closed, a
//! reply that is lost or is none of ours.
//!
//! One is dealt with at a time. An interception that waits for its event is given up when the
//! workers are asked for something else. It knows no HTTP.

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

/// The faults of one stack; a clone is the same.
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
    given_up: oneshot::Sender<()>,
}

impl Faults {
    /// Those of a stack that runs.
    pub fn of(stack: Arc<Stack>) -> Self {
        Self(Arc::new(Inner {
            stack,
            turn: Turn::new(()),
            waiting: Mutex::new(None),
        }))
    }

    /// Stops the four workers in good order.
    pub async fn stop_workers(&self) -> Result<()> {
        self.give_up_waiting().await;
        let _turn = self.0.turn.lock().await;
        let workers: Vec<Part> = Part::workers(1).collect();
        self.blocking(move |stack| stack.stop_all(&workers)).await
    }

    /// Starts those of the four workers that do not run; they are ready afterwards.
    pub async fn start_workers(&self) -> Result<()> {
        self.give_up_waiting().await;
        self.start_workers_again().await
    }

    /// Ends the broker at once and starts it again; what it has confirmed is kept. The workers that
    /// ran do so again afterwards: started anew, since they come back by pauses that grow.
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

    /// Makes the broker close every connection of the CRM.
    pub async fn close_connections(&self) -> Result<()> {
        let _turn = self.0.turn.lock().await;
        let api = rabbitmq::api_url(self.0.stack.settings());
        let url = format!("{api}/api/connections/username/crm");
        http::send(&http::client(), Method::DELETE, &url, None)
            .await
            .map(drop)
    }

    /// Stops the login worker, and returns. That befalls the next event that comes for it; then the
    /// worker starts again.
    pub async fn intercept_next_login(&self, what: Interception) -> Result<()> {
        self.give_up_waiting().await;
        let _turn = self.0.turn.lock().await;
        let stopped = self.blocking(|stack| stack.stop(LOGIN)).await?;
        if !stopped {
            bail!("the login worker did not run: start the workers first");
        }
        let url = rabbitmq::url(self.0.stack.settings(), definitions::ADMINISTRATOR);
        let next = NextLogin::connect(&url).await?;
        let (given_up, is_given_up) = oneshot::channel();
        let faults = self.clone();
        let work = tokio::spawn(async move {
            let done = tokio::select! {
                done = next.intercept(&what) => done,
                _ = is_given_up => Ok(()),
            };
            // The suite that waits for an answer fails by itself; this says why.
            for outcome in [done, faults.start_workers_again().await] {
                if let Err(error) = outcome {
                    eprintln!("The next login was not intercepted: {error:#}");
                }
            }
        });
        *self.waiting() = Some(Waiting { work, given_up });
        Ok(())
    }

    async fn start_workers_again(&self) -> Result<()> {
        let _turn = self.0.turn.lock().await;
        self.blocking(start_workers).await
    }

    /// An event that nobody has sent so far need not be waited for any longer.
    async fn give_up_waiting(&self) {
        let waiting = self.waiting().take();
        if let Some(waiting) = waiting {
            // It may be over already, which is as good.
            let _ = waiting.given_up.send(());
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
