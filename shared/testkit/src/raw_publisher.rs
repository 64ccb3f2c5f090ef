//! A publisher that writes AMQP 0-9-1 frames itself, so that a message may hold bytes that no
//! client library sends: ids as raw bytes, headers of any depth.
//!
//! It knows frames and the handshake of a connection. It knows no event.

use anyhow::{Context, Result, bail};
use lapin::uri::AMQPUri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const END: u8 = 0xCE;
const CHANNEL: u16 = 1;
/// Bytes of the largest piece of a body, far below any broker's limit.
const PIECE: usize = 64 * 1024;

/// A connection in confirm mode.
pub struct RawPublisher {
    stream: TcpStream,
}

/// The properties of a message: each value as its bytes.
#[derive(Clone, Debug, Default)]
pub struct RawProperties {
    /// Short string.
    pub content_type: Option<Vec<u8>>,
    /// The fields of the table, without its length.
    pub headers: Option<Vec<u8>>,
    /// Short string.
    pub correlation_id: Option<Vec<u8>>,
    /// Short string.
    pub reply_to: Option<Vec<u8>>,
    /// Short string.
    pub message_id: Option<Vec<u8>>,
    /// Short string.
    pub kind: Option<Vec<u8>>,
    /// Short string.
    pub app_id: Option<Vec<u8>>,
}

impl RawPublisher {
    /// Connects as the user that the URL names.
    pub async fn connect(url: &str) -> Result<Self> {
        let uri: AMQPUri = url.parse().map_err(anyhow::Error::msg)?;
        let authority = &uri.authority;
        let stream = TcpStream::connect((authority.host.as_str(), authority.port)).await?;
        let mut publisher = Self { stream };
        publisher.stream.write_all(b"AMQP\0\0\x09\x01").await?;
        publisher.expect([10, 10], "connection.start").await?;
        let user = &authority.userinfo;
        let secret = format!("\0{}\0{}", user.username, user.password);
        let start = [
            &long(b"")[..],
            &short(b"PLAIN"),
            &long(secret.as_bytes()),
            &short(b"en_US"),
        ];
        publisher.method(0, [10, 11], &start.concat()).await?;
        let tune = publisher.expect([10, 30], "connection.tune").await?;
        let tune_ok = [&tune[..6], &[0, 0]].concat();
        publisher.method(0, [10, 31], &tune_ok).await?;
        let open = [&short(uri.vhost.as_bytes())[..], &[0, 0]].concat();
        publisher.method(0, [10, 40], &open).await?;
        publisher.expect([10, 41], "connection.open-ok").await?;
        publisher.method(CHANNEL, [20, 10], &[0]).await?;
        publisher.expect([20, 11], "channel.open-ok").await?;
        publisher.method(CHANNEL, [85, 10], &[0]).await?;
        publisher.expect([85, 11], "confirm.select-ok").await?;
        Ok(publisher)
    }

    /// Publishes to `crm.auth`; returns when the broker has it.
    pub async fn publish(
        &mut self,
        routing_key: &[u8],
        properties: &RawProperties,
        body: &[u8],
    ) -> Result<()> {
        let publish = [&[0, 0][..], &short(b"crm.auth"), &short(routing_key), &[0]].concat();
        self.method(CHANNEL, [60, 40], &publish).await?;
        let size = (body.len() as u64).to_be_bytes();
        let header = [&[0, 60, 0, 0][..], &size, &properties.bytes()].concat();
        self.frame(HEADER, CHANNEL, &header).await?;
        for piece in body.chunks(PIECE) {
            self.frame(BODY, CHANNEL, piece).await?;
        }
        self.expect([60, 80], "basic.ack").await.map(drop)
    }

    async fn method(&mut self, channel: u16, method: [u16; 2], arguments: &[u8]) -> Result<()> {
        let [class, method] = method.map(u16::to_be_bytes);
        self.frame(METHOD, channel, &[&class[..], &method, arguments].concat())
            .await
    }

    async fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) -> Result<()> {
        let [high, low] = channel.to_be_bytes();
        let frame = [&[kind, high, low][..], &long(payload), &[END]].concat();
        Ok(self.stream.write_all(&frame).await?)
    }

    /// Returns the arguments of the next method, which must be that one.
    async fn expect(&mut self, wanted: [u16; 2], what: &str) -> Result<Vec<u8>> {
        let mut start = [0; 7];
        self.stream
            .read_exact(&mut start)
            .await
            .with_context(|| format!("the broker hung up before {what}"))?;
        let size = u32::from_be_bytes([start[3], start[4], start[5], start[6]]) as usize;
        let mut payload = vec![0; size + 1];
        self.stream.read_exact(&mut payload).await?;
        let method = wanted.map(u16::to_be_bytes).concat();
        match payload.strip_prefix(&method[..]) {
            Some(arguments) => Ok(arguments[..arguments.len() - 1].to_vec()),
            None => bail!("the broker said {payload:?} and not {what}"),
        }
    }
}

impl RawProperties {
    fn bytes(&self) -> Vec<u8> {
        let of_text =
            |bit: u16, value: &Option<Vec<u8>>| value.as_deref().map(|value| (bit, short(value)));
        let all = [
            of_text(15, &self.content_type),
            self.headers.as_deref().map(|headers| (13, long(headers))),
            of_text(10, &self.correlation_id),
            of_text(9, &self.reply_to),
            of_text(7, &self.message_id),
            of_text(5, &self.kind),
            of_text(3, &self.app_id),
        ];
        let mut flags = 0_u16;
        let mut values = Vec::new();
        for (bit, value) in all.into_iter().flatten() {
            flags |= 1 << bit;
            values.extend(value);
        }
        [&flags.to_be_bytes()[..], &values].concat()
    }
}

/// Header fields, nested so many levels deep.
pub fn nested_headers(depth: usize) -> Vec<u8> {
    (0..depth).fold(b"\x01kV".to_vec(), |inner, _| {
        [b"\x01kF".to_vec(), long(&inner)].concat()
    })
}

fn short(value: &[u8]) -> Vec<u8> {
    let length = u8::try_from(value.len()).expect("a short string has 255 bytes at most");
    [&[length][..], value].concat()
}

fn long(bytes: &[u8]) -> Vec<u8> {
    let length = u32::try_from(bytes.len()).expect("a test sends less than 4 GiB");
    [&length.to_be_bytes()[..], bytes].concat()
}
