//! A broker that misbehaves as a test wants: it speaks AMQP as far as the client does, and does with
//! each event what the test says.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use amq_protocol::frame::{AMQPContentHeader, AMQPFrame, WriteContext, gen_frame, parse_frame};
use amq_protocol::protocol::basic::AMQPProperties;
use amq_protocol::protocol::{AMQPClass, basic, channel, confirm, connection};
use amq_protocol::types::FieldTable;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const CHANNEL: u16 = 1;
const BASIC: u16 = 60;

/// What the broker does with an event, in order.
#[derive(Clone, Debug)]
pub enum Act {
    /// Takes it.
    Confirm,
    /// Declines it.
    Decline,
    /// Sends it back, since it has no queue for it.
    Return,
    /// Answers it with these bytes.
    Answer(Vec<u8>),
    /// Takes no more events for now, since its memory runs out.
    Block,
    /// Takes events again.
    Unblock,
    /// Does nothing for that time.
    Pause(Duration),
    /// Closes the channel with that code.
    CloseChannel(u16),
    /// Closes the socket.
    Hang,
    /// Reads and says nothing more.
    FallSilent,
}

/// An event that the broker got.
#[derive(Clone, Debug)]
pub struct Got {
    /// Its connection, counted from 1.
    pub connection: usize,
    pub routing_key: String,
    pub is_mandatory: bool,
    pub properties: AMQPProperties,
    pub body: Vec<u8>,
}

type Script = Arc<Mutex<dyn FnMut(&Got) -> Vec<Act> + Send>>;

/// The broker, on loopback.
pub struct StubBroker {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

impl StubBroker {
    /// Listens, and does with each event what `script` says.
    pub async fn start(script: impl FnMut(&Got) -> Vec<Act> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let got = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&got);
        let script: Script = Arc::new(Mutex::new(script));
        tokio::spawn(async move {
            for number in 1.. {
                let (stream, _) = listener.accept().await.expect("a connection");
                let served = Served {
                    stream,
                    number,
                    received: Vec::new(),
                    tag: 0,
                    is_silent: false,
                };
                let all = Arc::clone(&all);
                tokio::spawn(served.serve(Arc::clone(&script), all));
            }
        });
        Self { address, got }
    }

    /// Its URL.
    pub fn url(&self) -> String {
        format!("amqp://crm:hunter2@{}", self.address)
    }

    /// The events that it got so far.
    pub fn got(&self) -> Vec<Got> {
        self.got.lock().expect("no panic").clone()
    }
}

struct Served {
    stream: TcpStream,
    number: usize,
    received: Vec<u8>,
    tag: u64,
    is_silent: bool,
}

impl Served {
    async fn serve(mut self, script: Script, all: Arc<Mutex<Vec<Got>>>) -> Option<()> {
        let mut header = [0; 8];
        self.stream.read_exact(&mut header).await.ok()?;
        let start = connection::Start {
            version_major: 0,
            version_minor: 9,
            server_properties: FieldTable::default(),
            mechanisms: "PLAIN".into(),
            locales: "en_US".into(),
        };
        let start = connection::AMQPMethod::Start(start);
        self.say(0, AMQPClass::Connection(start)).await?;
        let mut publish = None;
        let mut properties = AMQPProperties::default();
        loop {
            match self.hear().await? {
                AMQPFrame::Method(_, AMQPClass::Basic(basic::AMQPMethod::Publish(sent))) => {
                    publish = Some(sent);
                }
                AMQPFrame::Header(_, header) => properties = header.properties,
                AMQPFrame::Body(_, body) => {
                    let sent = publish.take().expect("a body follows its method");
                    let got = Got {
                        connection: self.number,
                        routing_key: sent.routing_key.to_string(),
                        is_mandatory: sent.mandatory,
                        properties: std::mem::take(&mut properties),
                        body,
                    };
                    self.tag += 1;
                    all.lock().expect("no panic").push(got.clone());
                    let acts = script.lock().expect("no panic")(&got);
                    for act in acts {
                        self.act(&got, act).await?;
                    }
                }
                AMQPFrame::Method(id, method) => self.take(id, method).await?,
                _ => {}
            }
        }
    }

    /// Does what the client's handshake asks for.
    async fn take(&mut self, id: u16, method: AMQPClass) -> Option<()> {
        let answer = match method {
            AMQPClass::Connection(connection::AMQPMethod::StartOk(_)) => {
                let tune = connection::Tune {
                    channel_max: 16,
                    frame_max: 131_072,
                    heartbeat: 60,
                };
                AMQPClass::Connection(connection::AMQPMethod::Tune(tune))
            }
            AMQPClass::Connection(connection::AMQPMethod::Open(_)) => {
                AMQPClass::Connection(connection::AMQPMethod::OpenOk(connection::OpenOk {}))
            }
            AMQPClass::Connection(connection::AMQPMethod::Close(_)) => {
                AMQPClass::Connection(connection::AMQPMethod::CloseOk(connection::CloseOk {}))
            }
            AMQPClass::Channel(channel::AMQPMethod::Open(_)) => {
                AMQPClass::Channel(channel::AMQPMethod::OpenOk(channel::OpenOk {}))
            }
            AMQPClass::Confirm(confirm::AMQPMethod::Select(_)) => {
                AMQPClass::Confirm(confirm::AMQPMethod::SelectOk(confirm::SelectOk {}))
            }
            AMQPClass::Basic(basic::AMQPMethod::Consume(consume)) => {
                assert_eq!(consume.queue.as_str(), "amq.rabbitmq.reply-to");
                assert!(consume.no_ack);
                let taken = basic::ConsumeOk {
                    consumer_tag: "replies".into(),
                };
                AMQPClass::Basic(basic::AMQPMethod::ConsumeOk(taken))
            }
            _ => return Some(()),
        };
        self.say(id, answer).await
    }

    async fn act(&mut self, got: &Got, act: Act) -> Option<()> {
        let delivery_tag = self.tag;
        let method = match act {
            Act::Confirm => basic::AMQPMethod::Ack(basic::Ack {
                delivery_tag,
                multiple: false,
            }),
            Act::Decline => basic::AMQPMethod::Nack(basic::Nack {
                delivery_tag,
                multiple: false,
                requeue: false,
            }),
            Act::Return => {
                let returned = basic::AMQPMethod::Return(basic::Return {
                    reply_code: 312,
                    reply_text: "NO_ROUTE".into(),
                    exchange: "crm.auth".into(),
                    routing_key: got.routing_key.as_str().into(),
                });
                return self.send(returned, got, &got.body).await;
            }
            Act::Answer(body) => {
                let delivered = basic::AMQPMethod::Deliver(basic::Deliver {
                    consumer_tag: "replies".into(),
                    delivery_tag,
                    redelivered: false,
                    exchange: "".into(),
                    routing_key: "amq.rabbitmq.reply-to.stub".into(),
                });
                return self.send(delivered, got, &body).await;
            }
            Act::Block => {
                let blocked = connection::Blocked {
                    reason: "low on memory".into(),
                };
                let blocked = connection::AMQPMethod::Blocked(blocked);
                return self.say(0, AMQPClass::Connection(blocked)).await;
            }
            Act::Unblock => {
                let unblocked = connection::AMQPMethod::Unblocked(connection::Unblocked {});
                return self.say(0, AMQPClass::Connection(unblocked)).await;
            }
            Act::CloseChannel(reply_code) => {
                let closed = channel::AMQPMethod::Close(channel::Close {
                    reply_code,
                    reply_text: "no".into(),
                    class_id: BASIC,
                    method_id: 40,
                });
                return self.say(CHANNEL, AMQPClass::Channel(closed)).await;
            }
            Act::Pause(time) => {
                tokio::time::sleep(time).await;
                return Some(());
            }
            Act::Hang => return None,
            Act::FallSilent => {
                self.is_silent = true;
                return Some(());
            }
        };
        self.say(CHANNEL, AMQPClass::Basic(method)).await
    }

    async fn send(&mut self, method: basic::AMQPMethod, got: &Got, body: &[u8]) -> Option<()> {
        self.say(CHANNEL, AMQPClass::Basic(method)).await?;
        let header = AMQPContentHeader {
            class_id: BASIC,
            body_size: body.len() as u64,
            properties: got.properties.clone(),
        };
        self.write(AMQPFrame::Header(CHANNEL, header)).await?;
        self.write(AMQPFrame::Body(CHANNEL, body.to_vec())).await
    }

    async fn say(&mut self, id: u16, method: AMQPClass) -> Option<()> {
        self.write(AMQPFrame::Method(id, method)).await
    }

    async fn write(&mut self, frame: AMQPFrame) -> Option<()> {
        if self.is_silent {
            return Some(());
        }
        let written = gen_frame(&frame)(WriteContext::from(Vec::new())).expect("a frame");
        self.stream.write_all(&written.write).await.ok()
    }

    /// The next frame; `None` where the client is gone.
    async fn hear(&mut self) -> Option<AMQPFrame> {
        loop {
            if let Ok((rest, frame)) = parse_frame(self.received.as_slice()) {
                let read = self.received.len() - rest.len();
                self.received.drain(..read);
                return Some(frame);
            }
            if self.stream.read_buf(&mut self.received).await.ok()? == 0 {
                return None;
            }
        }
    }
}
