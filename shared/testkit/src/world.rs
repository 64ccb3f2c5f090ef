//! Everything for one end-to-end test: database, broker, sandbox, keyring, workers, CRM, observer.
//!
//! It belongs to one test and is deleted when it is dropped. It knows how the parts are connected;
//! what they do is what the test is about.

use std::fs;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use data_encoding::BASE64;
use serde_json::json;
use tempfile::TempDir;
use twofactor_contract::Service;
use uuid::Uuid;

use crate::crm::Crm;
use crate::database::{Database, Role};
use crate::dead_letters::DeadLetters;
use crate::event::CrmEvent;
use crate::inbox::Inbox;
use crate::letter::ReplyPath;
use crate::observer::Observer;
use crate::outcome::Outcome;
use crate::plan::Plan;
use crate::vhost::Vhost;
use crate::worker::Worker;

/// The issuer that the texts and the authenticator app name.
pub const ISSUER: &str = "Student CRM";

/// A private copy of the product. Fields are dropped in their order, so the workers end first.
pub struct World {
    /// The workers, all copies.
    pub workers: Vec<Worker>,
    /// A CRM that is connected.
    pub crm: Crm,
    /// An observer that has received every broadcast.
    pub observer: Observer,
    /// The text provider.
    pub sms: Inbox,
    /// The broker.
    pub vhost: Vhost,
    /// The database.
    pub database: Database,
    folder: TempDir,
    plan: Plan,
}

impl Plan {
    /// Starts it.
    pub async fn start(self) -> Result<World> {
        World::start_as(self).await
    }
}

impl World {
    /// Returns all four workers, one of each.
    pub async fn start() -> Result<Self> {
        Plan::default().start().await
    }

    async fn start_as(plan: Plan) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a folder")?;
        write_keyring(&folder)?;
        let (database, vhost, sms) = tokio::join!(
            Database::create(),
            Vhost::create(),
            Inbox::start(folder.path()),
        );
        let vhost = vhost?;
        let sms = sms?;
        let mut workers = Vec::new();
        for service in &plan.services {
            for _ in 0..plan.copies {
                let settings = settings(*service, &plan, &folder, &database, &vhost, &sms);
                let log = log_file(&folder, *service, workers.len());
                workers.push(Worker::spawn(*service, &log, &settings)?);
            }
        }
        for worker in &mut workers {
            worker.ready().await?;
        }
        let crm = Crm::connect(&vhost.url("crm")).await?;
        let observer = Observer::connect(&vhost.url("observer")).await?;
        Ok(Self {
            workers,
            crm,
            observer,
            sms,
            vhost,
            database,
            folder,
            plan,
        })
    }

    /// Starts another copy of a worker, with settings of its own besides those of the plan;
    /// returns its place in `workers` once it is ready.
    pub async fn add_worker(
        &mut self,
        service: Service,
        settings_of_its_own: &[(&str, &str)],
    ) -> Result<usize> {
        let place = self.start_worker(service, settings_of_its_own)?;
        self.workers[place].ready().await?;
        Ok(place)
    }

    /// Returns the same, without waiting until it is ready: for one that may end before.
    pub fn start_worker(
        &mut self,
        service: Service,
        settings_of_its_own: &[(&str, &str)],
    ) -> Result<usize> {
        let mut settings = self.settings(service);
        for (name, value) in settings_of_its_own {
            settings.push(((*name).to_owned(), (*value).to_owned()));
        }
        let log = log_file(&self.folder, service, self.workers.len());
        self.workers.push(Worker::spawn(service, &log, &settings)?);
        Ok(self.workers.len() - 1)
    }

    /// Returns the settings of a worker of this world, except `METRICS_ADDR`.
    pub fn settings(&self, service: Service) -> Vec<(String, String)> {
        let database = &self.database;
        let vhost = &self.vhost;
        let sms = &self.sms;
        settings(service, &self.plan, &self.folder, database, vhost, sms)
    }

    /// Returns the URLs of the broker and the database for a worker.
    pub fn urls(&self, service: Service) -> (String, String) {
        urls(service, &self.database, &self.vhost)
    }

    /// Connects another CRM, which waits for that time for each outcome.
    pub async fn patient_crm(&self, patience: Duration) -> Result<Crm> {
        let crm = Crm::connect(&self.vhost.url("crm")).await?;
        Ok(crm.patient_for(patience))
    }

    /// Connects an operator who reads the `.dead` queues.
    pub async fn operator(&self) -> Result<DeadLetters> {
        DeadLetters::connect(&self.vhost.url("operator")).await
    }

    /// Sends an event whose reply has no queue; returns its broadcast.
    pub async fn ask_in_vain(&self, event: &CrmEvent) -> Result<Arc<Outcome>> {
        let gone = ReplyPath::Named("crm.reply.gone".to_owned());
        self.crm.send(&event.letter(), &gone).await?;
        self.observer.wait_for(event.outcome_id()).await
    }

    /// Returns a folder for files of the test; holds the logs and the keyring.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the first copy of a worker.
    ///
    /// # Panics
    ///
    /// If the plan has no such worker.
    pub fn worker(&mut self, service: Service) -> &mut Worker {
        let mut workers = self.workers.iter_mut();
        workers
            .find(|worker| worker.service == service)
            .expect("the plan has such a worker")
    }

    /// Returns the logs of all workers, to be searched for what must not be there.
    pub fn logs(&self) -> String {
        self.workers.iter().map(Worker::log).collect()
    }

    /// Returns the sum of a metric over all workers, of the series that have all of these labels.
    pub async fn metric(&self, name: &str, labels: &[(&str, &str)]) -> Result<f64> {
        let mut sum = 0.0;
        for worker in &self.workers {
            sum += worker.metric(name, labels).await?;
        }
        Ok(sum)
    }
}

fn settings(
    service: Service,
    plan: &Plan,
    folder: &TempDir,
    database: &Database,
    vhost: &Vhost,
    sms: &Inbox,
) -> Vec<(String, String)> {
    let keyring = folder.path().join("keyring.json").display().to_string();
    let (amqp, sql) = urls(service, database, vhost);
    let own = [
        ("AMQP_URL", amqp),
        ("DATABASE_URL", sql),
        ("KEYRING_FILE", keyring),
        ("ISSUER", ISSUER.to_owned()),
        ("SMS_ORIGIN", "crm.example.org".to_owned()),
    ];
    let own = own.map(|(name, value)| (name.to_owned(), value));
    // The plan comes last, so that it can override.
    let all = own.into_iter().chain(sms.settings());
    all.chain(plan.settings.clone()).collect()
}

fn urls(service: Service, database: &Database, vhost: &Vhost) -> (String, String) {
    (vhost.url(service.name()), database.url(role(service)))
}

const fn role(service: Service) -> Role {
    match service {
        Service::Login => Role::Login,
        Service::Sms => Role::Sms,
        Service::Enrollment => Role::Enrollment,
        Service::Reset => Role::Reset,
    }
}

fn write_keyring(folder: &TempDir) -> Result<()> {
    let key: Vec<u8> = [Uuid::new_v4(), Uuid::new_v4()]
        .iter()
        .flat_map(|part| *part.as_bytes())
        .collect();
    let keyring = json!({ "current": "test", "keys": { "test": BASE64.encode(&key) } });
    let path = folder.path().join("keyring.json");
    let file = fs::File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&path)
        .context("cannot write a keyring")?;
    serde_json::to_writer(file, &keyring).context("cannot write a keyring")
}

fn log_file(folder: &TempDir, service: Service, place: usize) -> std::path::PathBuf {
    folder
        .path()
        .join(format!("{}-{place}.log", service.name()))
}
