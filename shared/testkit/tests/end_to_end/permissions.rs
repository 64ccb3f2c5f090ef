//! Permissions at the broker: the contract's paragraph on broker users, tested on a real one.
//!
//! Each attempt has a channel of its own, because the broker closes the channel of a client that
//! tries what is forbidden.

use lapin::options::{
    BasicConsumeOptions, BasicGetOptions, BasicPublishOptions, ConfirmSelectOptions,
    ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions, QueueDeleteOptions,
    QueuePurgeOptions,
};
use lapin::types::FieldTable;
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties, ErrorKind, ExchangeKind};
use twofactor_contract::Service;
use twofactor_testkit::{Plan, Vhost, World};

/// An action that a user may or may not do.
#[derive(Clone, Debug)]
enum Attempt {
    /// Publish to an exchange under a routing key.
    Publish(&'static str, String),
    /// Fetch a message.
    Read(String),
    /// Subscribe.
    Consume(String),
    /// Declare a queue that is deleted with its owner.
    Declare(String),
    /// Ask whether a queue is there.
    Look(String),
    /// Declare a topic exchange.
    DeclareExchange(&'static str),
    /// Bind a queue to an exchange.
    Bind(String, &'static str),
    /// Delete a queue.
    Delete(String),
    /// Empty a queue.
    Purge(String),
}

use Attempt::{Bind, Consume, Declare, DeclareExchange, Delete, Look, Publish, Purge, Read};

impl Attempt {
    async fn make(&self, channel: &Channel) -> lapin::Result<()> {
        let none = FieldTable::default;
        match self.clone() {
            Publish(exchange, key) => publish(channel, exchange, &key).await,
            Read(queue) => {
                let got = channel.basic_get(queue.into(), BasicGetOptions::default());
                got.await.map(drop)
            }
            Consume(queue) => {
                let options = BasicConsumeOptions::default();
                let consumer = channel.basic_consume(queue.into(), "".into(), options, none());
                consumer.await.map(drop)
            }
            Declare(queue) => {
                let options = QueueDeclareOptions {
                    exclusive: true,
                    ..QueueDeclareOptions::default()
                };
                let declared = channel.queue_declare(queue.into(), options, none());
                declared.await.map(drop)
            }
            Look(queue) => {
                let options = QueueDeclareOptions {
                    passive: true,
                    ..QueueDeclareOptions::default()
                };
                let declared = channel.queue_declare(queue.into(), options, none());
                declared.await.map(drop)
            }
            DeclareExchange(exchange) => {
                let kind = ExchangeKind::Topic;
                let options = ExchangeDeclareOptions::default();
                let declared = channel.exchange_declare(exchange.into(), kind, options, none());
                declared.await
            }
            Bind(queue, exchange) => {
                let options = QueueBindOptions::default();
                let bound =
                    channel.queue_bind(queue.into(), exchange.into(), "#".into(), options, none());
                bound.await
            }
            Delete(queue) => {
                let deleted = channel.queue_delete(queue.into(), QueueDeleteOptions::default());
                deleted.await.map(drop)
            }
            Purge(queue) => {
                let purged = channel.queue_purge(queue.into(), QueuePurgeOptions::default());
                purged.await.map(drop)
            }
        }
    }
}

async fn publish(channel: &Channel, exchange: &'static str, key: &str) -> lapin::Result<()> {
    let confirms = ConfirmSelectOptions::default();
    channel.confirm_select(confirms).await?;
    let options = BasicPublishOptions::default();
    let properties = BasicProperties::default();
    let sent = channel.basic_publish(exchange.into(), key.into(), options, b"{}", properties);
    sent.await?.await.map(drop)
}

/// A user of the product at the broker.
struct User {
    name: &'static str,
    connection: Connection,
}

impl User {
    async fn of(vhost: &Vhost, name: &'static str) -> Self {
        let url = vhost.url(name);
        let properties = ConnectionProperties::default();
        let connection = Connection::connect(&url, properties).await;
        Self {
            name,
            connection: connection.expect("every user may connect"),
        }
    }

    async fn attempts(&self, attempt: &Attempt) -> lapin::Result<()> {
        let channel = self.connection.create_channel().await;
        attempt.make(&channel.expect("a channel")).await
    }

    async fn may(&self, attempts: Vec<Attempt>) {
        for attempt in attempts {
            let done = self.attempts(&attempt).await;
            assert!(done.is_ok(), "{} may {attempt:?}: {done:?}", self.name);
        }
    }

    async fn may_not(&self, attempts: Vec<Attempt>) {
        for attempt in attempts {
            let done = self.attempts(&attempt).await;
            let Err(error) = done else {
                panic!("{} may {attempt:?}", self.name)
            };
            let refused = matches!(
                error.kind(),
                ErrorKind::ProtocolError(error) if error.get_id() == 403
            );
            assert!(refused, "{} at {attempt:?}: {error}", self.name);
        }
    }
}

/// Returns a broker on which a worker has declared everything.
async fn world() -> World {
    let plan = Plan::default().only(&[Service::Login]);
    plan.start().await.expect("a world")
}

fn queue(service: Service) -> String {
    format!("twofactor.{}", service.name())
}

fn dead(service: Service) -> String {
    format!("{}.dead", queue(service))
}

fn all_queues() -> Vec<String> {
    let both = |service| [queue(service), dead(service)];
    Service::ALL.into_iter().flat_map(both).collect()
}

fn each(queues: &[String], attempt: impl Fn(String) -> Attempt) -> Vec<Attempt> {
    queues.iter().cloned().map(attempt).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_crm_publishes_events_and_reads_its_replies() {
    let world = world().await;
    let crm = User::of(&world.vhost, "crm").await;
    let reply = || "crm.reply.one".to_owned();
    crm.may(vec![
        Declare(reply()),
        Read(reply()),
        Consume(reply()),
        Delete(reply()),
        Declare(String::new()),
        Publish("crm.auth", "login.attempted.v1".into()),
        Publish("crm.auth", "no.such.type".into()),
    ])
    .await;
    let ours = all_queues();
    for attempts in [
        each(&ours, |name| Publish("", name)),
        each(&ours, Read),
        each(&ours, Consume),
        each(&ours, Declare),
        each(&ours, Delete),
        each(&ours, Purge),
    ] {
        crm.may_not(attempts).await;
    }
    crm.may_not(vec![
        Publish("", reply()),
        Publish("twofactor.events", "login.accepted.v1".into()),
        Publish("crm.auth.unrouted", "login.attempted.v1".into()),
        Publish("amq.topic", "login.attempted.v1".into()),
        Declare("elsewhere".into()),
        Declare("observer.mine".into()),
        DeclareExchange("crm.auth"),
        DeclareExchange("twofactor.events"),
        DeclareExchange("elsewhere"),
    ])
    .await;
    let exchanges = ["twofactor.events", "crm.auth", "crm.auth.unrouted"];
    let binds = exchanges.map(|exchange| Bind(queue(Service::Login), exchange));
    crm.may_not(binds.to_vec()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_observer_listens_and_never_speaks() {
    let world = world().await;
    let observer = User::of(&world.vhost, "observer").await;
    let own = || "observer.one".to_owned();
    observer
        .may(vec![
            Declare(own()),
            Bind(own(), "twofactor.events"),
            Read(own()),
            Consume(own()),
            Declare(String::new()),
        ])
        .await;
    let ours = all_queues();
    for attempts in [
        each(&ours, |name| Publish("", name)),
        each(&ours, Read),
        each(&ours, Consume),
        each(&ours, Declare),
        each(&ours, Delete),
        each(&ours, Purge),
        each(&ours, |name| Bind(name, "twofactor.events")),
    ] {
        observer.may_not(attempts).await;
    }
    observer
        .may_not(vec![
            Publish("twofactor.events", "login.accepted.v1".into()),
            Publish("crm.auth", "login.attempted.v1".into()),
            Publish("crm.auth.unrouted", "login.attempted.v1".into()),
            Publish("", own()),
            Publish("", world.crm.reply_queue().to_owned()),
            Bind(own(), "crm.auth"),
            Bind(own(), "crm.auth.unrouted"),
            Read(world.crm.reply_queue().to_owned()),
            Declare("crm.reply.mine".into()),
            Declare("elsewhere".into()),
            DeclareExchange("twofactor.events"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_reads_its_own_queue_alone() {
    let world = world().await;
    for service in Service::ALL {
        let worker = User::of(&world.vhost, service.name()).await;
        worker
            .may(vec![
                Read(queue(service)),
                Consume(queue(service)),
                Publish("twofactor.events", "login.accepted.v1".into()),
                Publish("", dead(service)),
                Publish("", world.crm.reply_queue().to_owned()),
            ])
            .await;
        let own = queue(service);
        let foreign: Vec<String> = all_queues()
            .into_iter()
            .filter(|name| *name != own)
            .collect();
        for attempts in [
            each(&foreign, Read),
            each(&foreign, Consume),
            each(&foreign, Purge),
        ] {
            worker.may_not(attempts).await;
        }
        worker
            .may_not(vec![
                Publish("crm.auth", "login.attempted.v1".into()),
                Read(world.crm.reply_queue().to_owned()),
                Bind(own, "twofactor.events"),
                Declare("crm.reply.mine".into()),
                Declare("observer.mine".into()),
                Declare("elsewhere".into()),
                DeclareExchange("elsewhere"),
            ])
            .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_looks_at_everything_and_changes_nothing() {
    let world = world().await;
    let operator = User::of(&world.vhost, "operator").await;
    let ours = all_queues();
    operator.may(each(&ours, Look)).await;
    operator.may(each(&ours, Read)).await;
    for attempts in [
        each(&ours, |name| Publish("", name)),
        each(&ours, Declare),
        each(&ours, Delete),
        each(&ours, |name| Bind(name, "crm.auth")),
    ] {
        operator.may_not(attempts).await;
    }
    operator
        .may_not(vec![
            Publish("crm.auth", "login.attempted.v1".into()),
            Publish("twofactor.events", "login.accepted.v1".into()),
            Declare("elsewhere".into()),
            Declare("operator.mine".into()),
            DeclareExchange("elsewhere"),
        ])
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_gets_in() {
    let world = world().await;
    let right = world.vhost.url("crm");
    let (credentials, address) = right
        .trim_start_matches("amqp://")
        .split_once('@')
        .expect("a URL");
    let (user, password) = credentials.split_once(':').expect("a URL");
    for wrong in [
        format!("amqp://{user}:wrong@{address}"),
        format!("amqp://guest:guest@{address}"),
        format!(
            "amqp://{}:{password}@{address}",
            user.replace("crm", "admin")
        ),
        format!(
            "amqp://{user}:{password}@{}",
            address.replace("test-", "other-")
        ),
    ] {
        let connected = Connection::connect(&wrong, ConnectionProperties::default()).await;
        assert!(connected.is_err());
    }
}
