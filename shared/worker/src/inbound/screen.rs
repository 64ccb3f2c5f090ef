//! Frames from the broker, one after the other: deliveries are checked, all other frames pass.
//!
//! A delivery has three kinds of frames: the method `basic.deliver`, a header with the properties,
//! and the body in pieces. The method is held until the header is there, so that a finding is kept
//! before the client library reads any of it. A body that is not handed over is hashed while it
//! arrives and takes no memory.

use std::collections::HashMap;
use std::sync::Arc;
use std::task::{Context, Poll};

use sha2::{Digest as _, Sha256};
use twofactor_contract::MAX_BYTES;

use super::properties::{are_readable, read_integer, readable_part, take};
use super::{Digest, Finding, Inbound, Width};
use crate::failpoint::Fault;

const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const HEARTBEAT: u8 = 8;
const FRAME_END: u8 = 0xCE;
/// Kind, channel, size.
const FRAME_START: usize = 7;
/// Class `basic`, method `deliver`.
const DELIVER: [u8; 4] = [0, 60, 0, 60];
/// Class, weight, body size.
const HEADER_START: usize = 12;
/// Maximum size of properties that are handed over whole, in bytes. Of larger ones only those are
/// that an answer needs: parsed, a table takes thirty times the memory of its bytes.
const LARGEST_PROPERTIES: usize = 4 * 1024;

/// Screen of one connection.
pub struct Screen {
    inbound: Arc<Inbound>,
    fault: Option<Fault>,
    /// Bytes of a frame that is not whole yet.
    input: Vec<u8>,
    /// Deliveries that have begun to arrive, by channel.
    begun: HashMap<u16, Begun>,
    /// `true` once the bytes are not AMQP; they are passed on, and the client library reports that.
    is_foreign: bool,
}

/// Delivery that has begun to arrive.
struct Begun {
    tag: u64,
    /// Frame of the method, made readable.
    method: Vec<u8>,
    routing_is_readable: bool,
    /// Body, once the header is there.
    body: Option<Body>,
    /// Delivery whose header was handed over.
    passing: Option<Passing>,
}

/// Delivery that is handed over as it arrives.
struct Passing {
    /// Bytes of the body that are still to come.
    left: u64,
    /// Bytes that are handed over in all.
    bytes: usize,
}

/// Body of a delivery that is held until it is whole.
struct Body {
    left: u64,
    length: u64,
    hash: Sha256,
    header: Vec<u8>,
    is_readable: bool,
    /// Frames of a body that may be handed over.
    frames: Vec<u8>,
}

impl Screen {
    /// Makes the screen of a new connection.
    pub fn new(inbound: Arc<Inbound>, fault: Option<Fault>) -> Self {
        Self {
            inbound,
            fault,
            input: Vec::new(),
            begun: HashMap::new(),
            is_foreign: false,
        }
    }

    /// Waits until more may be read: `false` if nothing more will be.
    pub fn poll_room(&self, context: &Context<'_>) -> Poll<bool> {
        self.inbound.window.poll_room(context)
    }

    /// Takes bytes from the broker, and adds those to `out` that the client library may read now.
    pub fn pass(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        if self.is_foreign {
            out.extend_from_slice(bytes);
            return;
        }
        let mut input = std::mem::take(&mut self.input);
        input.extend_from_slice(bytes);
        let mut rest = &input[..];
        loop {
            match frame_size(rest) {
                FrameSize::Bytes(size) => {
                    let (frame, others) = rest.split_at(size);
                    rest = others;
                    self.frame(frame, out);
                }
                FrameSize::NotYet => break,
                FrameSize::Foreign => {
                    self.is_foreign = true;
                    out.extend_from_slice(rest);
                    return;
                }
            }
        }
        self.input = rest.to_vec();
    }

    fn frame(&mut self, frame: &[u8], out: &mut Vec<u8>) {
        let channel = u16::from_be_bytes([frame[1], frame[2]]);
        let payload = &frame[FRAME_START..frame.len() - 1];
        let taken = match frame[0] {
            METHOD if payload.starts_with(&DELIVER) => self.method(channel, payload),
            HEADER => self.header(channel, payload, out),
            BODY => self.body(channel, frame, payload, out),
            _ => None,
        };
        if taken.is_none() {
            out.extend_from_slice(frame);
        }
    }

    /// Holds the method of a delivery; none if it is cut short.
    fn method(&mut self, channel: u16, payload: &[u8]) -> Option<()> {
        let mut rest = payload.get(DELIVER.len()..)?;
        let consumer_length = read_integer(&mut rest, 1)?;
        let consumer = take(&mut rest, consumer_length)?;
        let tag = take(&mut rest, 8)?;
        let redelivered = take(&mut rest, 1)?;
        let exchange_length = read_integer(&mut rest, 1)?;
        let exchange = take(&mut rest, exchange_length)?;
        let key_length = read_integer(&mut rest, 1)?;
        let key = take(&mut rest, key_length)?;
        let is_utf8 = |bytes: &[u8]| std::str::from_utf8(bytes).is_ok();
        let routing_is_readable = is_utf8(exchange) && is_utf8(key);
        let mut readable = DELIVER.to_vec();
        for string in [Some(consumer), None, Some(exchange), Some(key)] {
            if let Some(string) = string {
                let string = if is_utf8(string) { string } else { b"" };
                // Each had one byte for its length.
                readable.push(u8::try_from(string.len()).unwrap_or_default());
                readable.extend_from_slice(string);
            } else {
                readable.extend_from_slice(tag);
                readable.extend_from_slice(redelivered);
            }
        }
        let begun = Begun {
            tag: u64::from_be_bytes(tag.try_into().ok()?),
            method: framed(METHOD, channel, &readable),
            routing_is_readable,
            body: None,
            passing: None,
        };
        self.inbound.began();
        self.begun.insert(channel, begun);
        Some(())
    }

    /// Hands the delivery over, or holds it until its body is whole.
    fn header(&mut self, channel: u16, payload: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut begun = self.begun.remove(&channel)?;
        let (start, properties) = payload.split_at_checked(HEADER_START)?;
        let length = u64::from_be_bytes(start[4..].try_into().ok()?);
        let properties_are_readable = are_readable(properties);
        let is_readable = begun.routing_is_readable && properties_are_readable;
        let header = if properties_are_readable && properties.len() <= LARGEST_PROPERTIES {
            payload.to_vec()
        } else {
            [start, &readable_part(properties)].concat()
        };
        let is_too_large = length > MAX_BYTES as u64;
        if !is_too_large && self.inbound.width() == Width::Full {
            if !is_readable {
                self.inbound.found(begun.tag, Finding::Unreadable);
            }
            out.extend_from_slice(&begun.method);
            let bytes = header.len() + usize::try_from(length).unwrap_or(MAX_BYTES);
            out.extend_from_slice(&self.made_unreadable(framed(HEADER, channel, &header)));
            if length == 0 {
                self.inbound.window.arrived(begun.tag, bytes);
            } else {
                begun.passing = Some(Passing {
                    left: length,
                    bytes,
                });
                self.begun.insert(channel, begun);
            }
            return Some(());
        }
        let body = Body {
            left: length,
            length,
            hash: Sha256::new(),
            header,
            is_readable,
            frames: Vec::new(),
        };
        if length == 0 {
            self.hand_over(channel, &begun, body, out);
        } else {
            begun.body = Some(body);
            self.begun.insert(channel, begun);
        }
        Some(())
    }

    /// Takes a piece of a body that is held; none if no body is held. Counts a delivery that passes,
    /// once it is whole.
    fn body(
        &mut self,
        channel: u16,
        frame: &[u8],
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Option<()> {
        let begun = self.begun.get_mut(&channel)?;
        if let Some(passing) = &mut begun.passing {
            passing.left = passing.left.saturating_sub(payload.len() as u64);
            if passing.left == 0 {
                self.inbound.window.arrived(begun.tag, passing.bytes);
                self.begun.remove(&channel);
            }
            return None;
        }
        let body = begun.body.as_mut()?;
        body.hash.update(payload);
        body.left = body.left.saturating_sub(payload.len() as u64);
        if body.length <= MAX_BYTES as u64 {
            body.frames.extend_from_slice(frame);
        }
        if body.left == 0 {
            let mut begun = self.begun.remove(&channel)?;
            let body = begun.body.take()?;
            self.hand_over(channel, &begun, body, out);
        }
        Some(())
    }

    /// Hands over a delivery that was held until it was whole.
    fn hand_over(&self, channel: u16, begun: &Begun, body: Body, out: &mut Vec<u8>) {
        let digest = Digest {
            length: body.length,
            sha256: body.hash.finalize().into(),
        };
        self.inbound.is_last(digest);
        let is_isolated = matches!(
            self.inbound.width(),
            Width::One { isolated: Some(isolated) } if isolated == digest
        );
        let before = out.len();
        out.extend_from_slice(&begun.method);
        if is_isolated {
            self.inbound.found(begun.tag, Finding::Isolated(digest));
            let bare = [&body.header[..4], &[0; 10]].concat();
            out.extend_from_slice(&framed(HEADER, channel, &bare));
        } else if body.length > MAX_BYTES as u64 {
            self.inbound.found(begun.tag, Finding::TooLarge(digest));
            let bodiless = [&body.header[..4], &[0; 8], &body.header[HEADER_START..]].concat();
            out.extend_from_slice(&framed(HEADER, channel, &bodiless));
        } else {
            if !body.is_readable {
                self.inbound.found(begun.tag, Finding::Unreadable);
            }
            let header = framed(HEADER, channel, &body.header);
            out.extend_from_slice(&self.made_unreadable(header));
            out.extend_from_slice(&body.frames);
        }
        self.inbound.window.arrived(begun.tag, out.len() - before);
    }

    /// In a test, a header that names the failpoint becomes one on which the client library breaks.
    fn made_unreadable(&self, mut header: Vec<u8>) -> Vec<u8> {
        if self.fault.is_some_and(|asked| asked.breaks(&header)) {
            header[0] = u8::MAX;
        }
        header
    }
}

enum FrameSize {
    /// The first frame has this count of bytes.
    Bytes(usize),
    /// The first frame is not whole yet.
    NotYet,
    /// These bytes are not a frame.
    Foreign,
}

fn frame_size(bytes: &[u8]) -> FrameSize {
    let Some((&kind, _)) = bytes.split_first() else {
        return FrameSize::NotYet;
    };
    if ![METHOD, HEADER, BODY, HEARTBEAT].contains(&kind) {
        return FrameSize::Foreign;
    }
    let mut rest = bytes;
    let payload = take(&mut rest, 3).and_then(|_| read_integer(&mut rest, 4));
    let Some(size) = payload.map(|payload| FRAME_START + payload + 1) else {
        return FrameSize::NotYet;
    };
    match bytes.get(size - 1) {
        Some(&FRAME_END) => FrameSize::Bytes(size),
        Some(_) => FrameSize::Foreign,
        None => FrameSize::NotYet,
    }
}

fn framed(kind: u8, channel: u16, payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    let mut frame = Vec::with_capacity(FRAME_START + payload.len() + 1);
    frame.push(kind);
    frame.extend_from_slice(&channel.to_be_bytes());
    frame.extend_from_slice(&size.to_be_bytes());
    frame.extend_from_slice(payload);
    frame.push(FRAME_END);
    frame
}

#[cfg(test)]
mod tests;
