//! Replies that their queue does not take, or over which the broker closes a connection.

use std::sync::Arc;
use std::time::Instant;

use data_encoding::BASE64;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use twofactor_contract::Service;
use twofactor_testkit::{CrmEvent, FullQueue, Institution, Person, Plan, ReplyPath, World};

use crate::{AT_ONCE, Others, SEEN_WITHIN, counts, is_idle};

const UNROUTABLE: &str = "twofactor_replies_unroutable_total";

async fn world() -> (World, Others, Person) {
    let world = World::start().await.expect("a world");
    let others = Others::of(&world).await;
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    (world, others, institution.person())
}

/// Returns a direct reply-to address as a broker writes it, of a node with that number.
fn address_of(node: u32) -> String {
    let name = format!("reply@{node:08}");
    let numbers = [0, 0, 2, 0xac, 0, 0, 0, 0, 0x6b, 0x0a, 0xd3, 0x98];
    let process = [&b"\x83Xv\0\x0e"[..], name.as_bytes(), &numbers].concat();
    format!("amq.rabbitmq.reply-to.{}.QUJD", BASE64.encode(&process))
}

/// Returns the form of RabbitMQ before 3.10.
fn address_before_3_10(node: &str) -> String {
    let length = u8::try_from(node.len()).expect("a short name");
    let start = [0x83, b'X', b'd', 0, length];
    let numbers = [0, 0, 2, 0xac, 0, 0, 0, 0, 0x6b, 0x0a, 0xd3, 0x98];
    let process = [&start[..], node.as_bytes(), &numbers].concat();
    format!("amq.rabbitmq.reply-to.{}.QUJD", BASE64.encode(&process))
}

/// Sends events whose replies go there; each is answered to everybody.
async fn send(world: &World, events: &[(CrmEvent, String)]) {
    for (event, queue) in events {
        let path = ReplyPath::Named(queue.clone());
        let sent = world.crm.send(&event.letter(), &path).await;
        sent.expect("published");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_of_unknown_nodes_cost_their_replies_alone() {
    let (mut world, others, person) = world().await;
    let one_node = (0..30).map(|_| address_of(93_758_868));
    let many_nodes = (0..60).map(address_of);
    let older = ["rabbit@one", "rabbit@two"].map(address_before_3_10);
    let queues: Vec<String> = one_node.chain(many_nodes).chain(older).collect();
    let events: Vec<(CrmEvent, String)> = queues
        .into_iter()
        .map(|queue| (person.anew().login(), queue))
        .collect();
    send(&world, &events).await;
    others
        .are_answered("replies to nodes that the broker does not know")
        .await;
    for (event, queue) in &events {
        let outcome = world.observer.wait_for(event.outcome_id()).await;
        let outcome = outcome.unwrap_or_else(|error| panic!("{queue}: {error}"));
        assert_eq!(outcome["via"], "not_required", "{queue}");
        let copies = world.observer.copies(event.outcome_id()).len();
        assert!(copies <= 2, "{queue}: {copies} copies");
    }
    if world
        .vhost
        .closes_connections_over_unknown_nodes()
        .await
        .expect("a version")
    {
        counts(&mut world, UNROUTABLE, 40.0).await;
    }
    let again = world
        .crm
        .ask(&events[0].0.again())
        .await
        .expect("the kept outcome");
    assert_eq!(again["via"], "not_required");
    let redelivered = world.metric("twofactor_redeliveries_total", &[]).await;
    assert!(redelivered.expect("metrics") < 1.0, "no session was lost");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_declines_costs_its_replies_alone() {
    let (mut world, others, person) = world().await;
    let full = "crm.reply.full";
    let queue = FullQueue::declare(&world.vhost.url("crm"), full).await;
    let _queue = queue.expect("declared");
    let events: Vec<(CrmEvent, String)> = (0..60)
        .map(|_| (person.anew().login(), full.to_owned()))
        .collect();
    let begun = Instant::now();
    send(&world, &events).await;
    others.are_answered("a reply queue that declines").await;
    counts(&mut world, UNROUTABLE, 58.0).await;
    is_idle(&mut world).await;
    println!("60 declined replies were given up in {:?}", begun.elapsed());
}

/// A way to a broker that may be closed to connections of one name.
struct Way {
    url: String,
    name: &'static [u8],
    is_closed: watch::Sender<bool>,
    /// Count of connections of that name that it let through.
    passed: watch::Sender<u32>,
}

impl Way {
    /// Makes it, closed to clients that call themselves so.
    async fn closed_to(name: &'static [u8], url: &str) -> Arc<Self> {
        let (before, place) = url.split_once('@').expect("a URL with a user");
        let (place, vhost) = place.split_once('/').expect("a URL with a virtual host");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let url = format!("{before}@{address}/{vhost}");
        let upstream = place.to_owned();
        let way = Arc::new(Self {
            url,
            name,
            is_closed: watch::Sender::new(true),
            passed: watch::Sender::new(0),
        });
        let own = way.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&upstream).await.expect("a broker");
                let way = own.clone();
                tokio::spawn(async move { way.pass(client, server).await });
            }
        });
        way
    }

    /// Passes bytes on both ways, until an end closes or may not pass.
    async fn pass(&self, client: TcpStream, server: TcpStream) {
        let (mut from_client, mut to_client) = client.into_split();
        let (mut from_server, mut to_server) = server.into_split();
        let asks = async {
            let mut bytes = vec![0; 64 * 1024];
            while let Ok(length @ 1..) = from_client.read(&mut bytes).await {
                let sent = &bytes[..length];
                if sent.windows(self.name.len()).any(|some| some == self.name) {
                    if *self.is_closed.borrow() {
                        return;
                    }
                    self.passed.send_modify(|count| *count += 1);
                }
                if to_server.write_all(sent).await.is_err() {
                    return;
                }
            }
        };
        tokio::select! {
            () = asks => {}
            _ = copy(&mut from_server, &mut to_client) => {}
        }
    }

    /// Opens it until one more connection of that name has passed.
    async fn let_one_pass(&self) {
        let mut passed = self.passed.subscribe();
        passed.mark_unchanged();
        self.is_closed.send_replace(false);
        let waited = tokio::time::timeout(SEEN_WITHIN, passed.changed()).await;
        waited.expect("it comes").expect("the way is there");
        self.is_closed.send_replace(true);
    }
}

/// The connection on which replies to unknown nodes are tried cannot be opened, but the others can: from
/// the start, and after the broker closed it.
#[tokio::test(flavor = "multi_thread")]
async fn replies_that_cannot_be_tried_are_given_up() {
    let all_but_login = [Service::Sms, Service::Enrollment, Service::Reset];
    let plan = Plan::default().only(&all_but_login);
    let mut world = plan.start().await.expect("a world");
    let others = Others::of(&world).await;
    let institution = Institution::lenient(&world.crm).await.expect("a policy");
    let (broker, _) = world.urls(Service::Login);
    let way = Way::closed_to(b"twofactor-login apart", &broker).await;
    let started = world.start_worker(Service::Login, &[("AMQP_URL", &way.url)]);
    started.expect("a worker");
    let strangers: Vec<_> = (1..=4)
        .map(|node| (institution.person().login(), address_of(node)))
        .collect();
    let meanwhile = "a connection that cannot be opened";
    others.are_answered(meanwhile).await;
    send(&world, &strangers[..1]).await;
    others.are_answered(meanwhile).await;
    counts(&mut world, UNROUTABLE, 1.0).await;
    // It is refused for so long now that nothing waits for it any more.
    let begun = Instant::now();
    send(&world, &strangers[1..2]).await;
    counts(&mut world, UNROUTABLE, 2.0).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    let closes = world.vhost.closes_connections_over_unknown_nodes().await;
    if closes.expect("a version") {
        way.let_one_pass().await;
        send(&world, &strangers[2..]).await;
        others.are_answered(meanwhile).await;
        counts(&mut world, UNROUTABLE, 4.0).await;
    }
    is_idle(&mut world).await;
    let again = world.crm.ask(&strangers[0].0.again()).await;
    assert_eq!(again.expect("the kept outcome")["via"], "not_required");
}
