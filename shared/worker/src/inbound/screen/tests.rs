//! Deliveries as a broker sends them, and what the client library's own parser makes of what the
//! screen lets through.

use amq_protocol::frame::{AMQPFrame, parse_frame};
use amq_protocol::protocol::{AMQPClass, basic::AMQPMethod};
use lapin::types::ShortString;
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::inbound::Window;

const CHANNEL: u16 = 2;

/// A delivery, in the frames of a broker.
#[derive(Clone, Debug)]
struct Sent {
    tag: u64,
    exchange: Vec<u8>,
    key: Vec<u8>,
    properties: Vec<u8>,
    body: Vec<u8>,
}

impl Sent {
    fn new(tag: u64) -> Self {
        Self {
            tag,
            exchange: b"crm.auth".to_vec(),
            key: b"login.attempted.v1".to_vec(),
            properties: vec![0, 0],
            body: b"{}".to_vec(),
        }
    }

    /// With a content type, a correlation id and a reply queue.
    fn correlated(mut self, id: &[u8]) -> Self {
        self.properties = 0b1000_0110_0000_0000_u16.to_be_bytes().to_vec();
        for text in [&b"text/plain"[..], id, b"crm.reply.1"] {
            self.properties
                .push(u8::try_from(text.len()).expect("short"));
            self.properties.extend_from_slice(text);
        }
        self
    }

    fn frames(&self, piece: usize) -> Vec<u8> {
        let mut method = DELIVER.to_vec();
        method.push(1);
        method.push(b't');
        method.extend_from_slice(&self.tag.to_be_bytes());
        method.push(0);
        for text in [&self.exchange, &self.key] {
            method.push(u8::try_from(text.len()).expect("short"));
            method.extend_from_slice(text);
        }
        let mut header = vec![0, 60, 0, 0];
        header.extend_from_slice(&(self.body.len() as u64).to_be_bytes());
        header.extend_from_slice(&self.properties);
        let mut frames = framed(METHOD, CHANNEL, &method);
        frames.extend(framed(HEADER, CHANNEL, &header));
        for piece in self.body.chunks(piece) {
            frames.extend(framed(BODY, CHANNEL, piece));
        }
        frames
    }

    fn digest(&self) -> Digest {
        Digest {
            length: self.body.len() as u64,
            sha256: Sha256::digest(&self.body).into(),
        }
    }
}

/// Returns what the screen lets through of bytes that arrive in pieces of this size.
fn passed(inbound: &Arc<Inbound>, bytes: &[u8], piece: usize) -> Vec<u8> {
    let mut screen = Screen::new(inbound.clone(), None);
    let mut out = Vec::new();
    for piece in bytes.chunks(piece.max(1)) {
        screen.pass(piece, &mut out);
    }
    out
}

fn at_full_width() -> Arc<Inbound> {
    Arc::new(Inbound::new(Width::Full, Window::new(0)))
}

/// The frames that the client library reads; panics where it would break.
fn read(mut bytes: &[u8]) -> Vec<AMQPFrame> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (rest, frame) = parse_frame(bytes).expect("the library can read it");
        frames.push(frame);
        bytes = rest;
    }
    frames
}

#[test]
fn what_can_be_read_passes_as_it_came_in_whatever_pieces() {
    let heartbeat = framed(HEARTBEAT, 0, b"");
    let deliveries = [Sent::new(1), Sent::new(2).correlated(b"c-1")];
    let mut bytes = heartbeat.clone();
    for sent in deliveries {
        bytes.extend(sent.frames(1));
    }
    bytes.extend(heartbeat);
    for piece in [1, 7, 8, 1000] {
        let inbound = at_full_width();
        assert_eq!(passed(&inbound, &bytes, piece), bytes, "{piece}");
        assert_eq!(inbound.deliveries(), 2);
        assert_eq!(inbound.finding(1), None);
    }
}

#[test]
fn raw_bytes_in_a_string_are_found_and_the_rest_is_read() {
    let raw = [0xc0; 16];
    let mut by_key = Sent::new(7);
    by_key.key = raw.to_vec();
    let mut by_exchange = Sent::new(7);
    by_exchange.exchange = raw.to_vec();
    for sent in [Sent::new(7).correlated(&raw), by_key, by_exchange] {
        let inbound = at_full_width();
        let frames = read(&passed(&inbound, &sent.frames(100), 64));
        assert_eq!(inbound.finding(7), Some(Finding::Unreadable));
        assert_eq!(inbound.finding(7), None, "it is told once");
        let [
            AMQPFrame::Method(_, method),
            AMQPFrame::Header(_, header),
            AMQPFrame::Body(_, body),
        ] = &frames[..]
        else {
            panic!("a delivery: {frames:?}");
        };
        let AMQPClass::Basic(AMQPMethod::Deliver(deliver)) = method else {
            panic!("a delivery: {method:?}");
        };
        assert_eq!(deliver.delivery_tag, 7);
        assert_eq!(body, b"{}");
        if sent.properties.len() > 2 {
            let reply_to = header.properties.reply_to().as_ref();
            assert_eq!(reply_to.map(ShortString::as_str), Some("crm.reply.1"));
            assert_eq!(header.properties.correlation_id(), &None);
        }
    }
}

#[test]
fn a_body_over_the_limit_becomes_a_digest_and_takes_no_memory() {
    let mut sent = Sent::new(3).correlated(b"c-1");
    sent.body = vec![b'x'; MAX_BYTES + 1];
    let inbound = at_full_width();
    let mut bytes = sent.frames(4096);
    bytes.extend(Sent::new(4).frames(1));
    let out = passed(&inbound, &bytes, 1000);
    assert!(out.len() < 1000);
    assert_eq!(inbound.finding(3), Some(Finding::TooLarge(sent.digest())));
    assert_eq!(inbound.finding(4), None);
    let frames = read(&out);
    assert!(matches!(&frames[1], AMQPFrame::Header(_, header) if header.body_size == 0));
    sent.body.pop();
    assert_eq!(
        passed(&inbound, &sent.frames(4096), 1000),
        sent.frames(4096),
        "64 KiB pass"
    );
}

#[test]
fn one_at_a_time_the_last_is_known_and_the_isolated_one_is_held_back() {
    let sent = Sent::new(1).correlated(b"c-1");
    let inbound = Inbound::new(Width::One { isolated: None }, Window::new(0));
    let inbound = Arc::new(inbound);
    assert_eq!(passed(&inbound, &sent.frames(1), 3), sent.frames(1));
    assert_eq!(inbound.last(), Some(sent.digest()));

    let isolated = Some(sent.digest());
    let inbound = Arc::new(Inbound::new(Width::One { isolated }, Window::new(0)));
    let mut bytes = sent.frames(1);
    let mut other = Sent::new(2);
    other.body = b"[]".to_vec();
    bytes.extend(other.frames(1));
    let frames = read(&passed(&inbound, &bytes, 1000));
    assert_eq!(inbound.finding(1), Some(Finding::Isolated(sent.digest())));
    assert_eq!(inbound.finding(2), None);
    assert!(matches!(
        &frames[1],
        AMQPFrame::Header(_, header) if header.body_size == 0 && header.properties.reply_to().is_none()
    ));
    assert_eq!(
        frames.len(),
        6,
        "two bytes in two frames follow the other one's header"
    );
}

#[test]
fn what_was_handed_over_counts_until_it_is_acknowledged() {
    let large = |tag| {
        let mut sent = Sent::new(tag);
        sent.body = vec![b'x'; MAX_BYTES];
        sent.frames(MAX_BYTES)
    };
    let inbound = at_full_width();
    let deliveries = u64::try_from(crate::inbound::window::BYTES / MAX_BYTES).expect("few");
    let mut too_large = Sent::new(deliveries + 1);
    too_large.body = vec![b'x'; MAX_BYTES + 1];
    let mut screen = Screen::new(inbound.clone(), None);
    let mut out = Vec::new();
    for tag in 1..deliveries {
        screen.pass(&large(tag), &mut out);
    }
    screen.pass(&too_large.frames(MAX_BYTES), &mut out);
    assert!(!inbound.window.is_stopped(), "what was dropped is not here");
    let last = large(deliveries);
    let (most, rest) = last.split_at(last.len() - 1);
    screen.pass(most, &mut out);
    assert!(!inbound.window.is_stopped(), "it is not whole yet");
    screen.pass(rest, &mut out);
    assert!(inbound.window.is_stopped());
    inbound.window.acknowledged(&[deliveries]);
    assert!(!inbound.window.is_stopped());
}

#[test]
fn of_large_properties_only_those_are_handed_over_that_an_answer_needs() {
    let mut sent = Sent::new(1).correlated(b"c-1");
    let table = b"\x01kV".repeat(LARGEST_PROPERTIES / 3 + 1);
    let length = u32::try_from(table.len()).expect("a table");
    let strings = sent.properties.split_off(2);
    let (content_type, others) = strings.split_at(1 + b"text/plain".len());
    sent.properties[0] |= 0b0010_0000;
    let headers = [&length.to_be_bytes()[..], &table].concat();
    sent.properties = [&sent.properties, content_type, &headers, others].concat();
    let inbound = at_full_width();
    let frames = read(&passed(&inbound, &sent.frames(7), 1000));
    assert_eq!(inbound.finding(1), None, "it can be read");
    let AMQPFrame::Header(_, header) = &frames[1] else {
        panic!("a header: {frames:?}");
    };
    let properties = &header.properties;
    assert!(properties.headers().is_none());
    let kept = [
        properties.content_type(),
        properties.correlation_id(),
        properties.reply_to(),
    ];
    let kept = kept.map(|value| value.as_ref().map(ShortString::as_str));
    assert_eq!(kept, [Some("text/plain"), Some("c-1"), Some("crm.reply.1")]);
}

#[test]
fn what_is_no_amqp_is_left_to_the_library() {
    for bytes in [
        &b"AMQP\0\0\x09\x01"[..],
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\x01\0\0\0\0\0\0\0",
    ] {
        assert_eq!(passed(&at_full_width(), bytes, 3), bytes);
    }
}

#[test]
fn a_failpoint_makes_a_delivery_unreadable() {
    let fault = Fault::parse("unreadable_delivery");
    let sent = Sent::new(1).correlated(b"unreadable_delivery");
    let mut screen = Screen::new(at_full_width(), fault);
    let mut out = Vec::new();
    screen.pass(&sent.frames(1), &mut out);
    let (rest, _) = parse_frame(&out[..]).expect("the method");
    assert!(parse_frame(rest).is_err_and(|error| !error.is_incomplete()));
}

fn deliveries() -> impl Strategy<Value = Sent> {
    let bytes = |most| prop::collection::vec(any::<u8>(), 0..most);
    (any::<u64>(), bytes(20), bytes(20), bytes(80), bytes(40)).prop_map(
        |(tag, exchange, key, properties, body)| Sent {
            tag,
            exchange,
            key,
            properties,
            body,
        },
    )
}

proptest! {
    /// For any contents of a message, the library can read what the screen lets through.
    #[test]
    fn nothing_that_passes_breaks_the_library(sent in deliveries(), piece in 1_usize..200) {
        let inbound = at_full_width();
        let out = passed(&inbound, &sent.frames(7), piece);
        read(&out);
    }

    /// Properties that are right except for one byte.
    #[test]
    fn no_single_byte_breaks_the_library(at in 0_usize..100, byte in any::<u8>()) {
        let headers = b"\x01kF\0\0\0\x08\x01kA\0\0\0\x01V\x01lS\0\0\0\x01x";
        let mut sent = Sent::new(1);
        sent.properties = 0b1010_0000_0000_0000_u16.to_be_bytes().to_vec();
        sent.properties.extend_from_slice(b"\x0atext/plain");
        let length = u32::try_from(headers.len()).expect("short");
        sent.properties.extend_from_slice(&length.to_be_bytes());
        sent.properties.extend_from_slice(headers);
        let at = at % sent.properties.len();
        sent.properties[at] = byte;
        let inbound = at_full_width();
        let is_readable = parse_frame(&sent.frames(7)[method_length(&sent)..]).is_ok();
        read(&passed(&inbound, &sent.frames(7), 50));
        prop_assert_eq!(inbound.finding(1).is_none(), is_readable, "as strict as the library");
    }
}

fn method_length(sent: &Sent) -> usize {
    match frame_size(&sent.frames(7)) {
        FrameSize::Bytes(size) => size,
        FrameSize::NotYet | FrameSize::Foreign => panic!("a frame"),
    }
}
