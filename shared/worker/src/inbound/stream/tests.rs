//! A broker that always has one more delivery, and a reader that takes all it gets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Wake, Waker};

use super::*;
use crate::inbound::{Inbound, Width, Window};

/// Count of deliveries that are taken of whatever size.
const ALWAYS: usize = 10;
/// Size of a large body.
const LARGE: usize = 64 * 1024;

/// Deliveries without an end, with bodies of one size.
struct Broker {
    size: usize,
    next: u64,
    rest: Vec<u8>,
    /// Held by each write.
    cork: Cork,
}

impl AsyncRead for Broker {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        if self.rest.is_empty() {
            self.next += 1;
            self.rest = delivery(self.next, self.size);
        }
        let count = self.rest.len().min(out.len());
        out[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Broker {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        assert!(self.cork.is_held(), "a write holds the cork");
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

fn delivery(tag: u64, size: usize) -> Vec<u8> {
    let frame = |kind: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len()).expect("a frame");
        let start = [&[kind, 0, 2][..], &length.to_be_bytes()].concat();
        [&start[..], payload, &[0xCE]].concat()
    };
    let method = [&[0, 60, 0, 60, 0][..], &tag.to_be_bytes(), &[0, 0, 0]].concat();
    let header = [&[0, 60, 0, 0][..], &(size as u64).to_be_bytes(), &[0, 0]].concat();
    let body = vec![b'x'; size];
    [frame(1, &method), frame(2, &header), frame(3, &body)].concat()
}

#[derive(Default)]
struct Woken(AtomicUsize);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A reader of a stream whose broker never stops.
struct Reader {
    stream: Screened,
    inbound: Arc<Inbound>,
    woken: Arc<Woken>,
}

impl Reader {
    fn of_bodies(size: usize) -> Self {
        let inbound = Arc::new(Inbound::new(Width::Full, Window::new(ALWAYS)));
        let broker = Broker {
            size,
            next: 0,
            rest: Vec::new(),
            cork: Cork::default(),
        };
        let screen = Screen::new(inbound.clone(), None);
        Self {
            stream: Screened::new(broker, Some(screen), Cork::default()),
            inbound,
            woken: Arc::default(),
        }
    }

    /// Reads until the stream has nothing, or that many deliveries have begun.
    fn read(&mut self, most: u64) -> Poll<io::Result<usize>> {
        let waker = Waker::from(self.woken.clone());
        let mut context = Context::from_waker(&waker);
        let mut out = vec![0; 4 * LARGE];
        loop {
            match Pin::new(&mut self.stream).poll_read(&mut context, &mut out) {
                Poll::Ready(Ok(count)) if count > 0 && self.inbound.deliveries() < most => {}
                other => return other,
            }
        }
    }

    fn wakes(&self) -> usize {
        self.woken.0.load(Ordering::Relaxed)
    }
}

#[test]
fn it_stops_at_32_mib_of_large_bodies_and_an_acknowledgement_wakes_it() {
    let mut reader = Reader::of_bodies(LARGE);
    assert!(reader.read(u64::MAX).is_pending());
    let stopped_at = reader.inbound.deliveries();
    assert!((511..=513).contains(&stopped_at), "{stopped_at} of 64 KiB");
    assert!(reader.inbound.window.is_stopped());
    assert_eq!(reader.wakes(), 0);
    reader.inbound.window.acknowledged(&[3, 1, 2]);
    assert_eq!(reader.wakes(), 1, "it wakes by itself");
    assert!(reader.read(u64::MAX).is_pending());
    assert_eq!(reader.inbound.deliveries(), stopped_at + 3);
    assert_eq!(reader.inbound.window.stops(), 2);
}

#[test]
fn small_bodies_are_read_without_an_end() {
    let mut reader = Reader::of_bodies(600);
    assert!(matches!(reader.read(20_000), Poll::Ready(Ok(1..))));
    assert!(!reader.inbound.window.is_stopped());
}

#[test]
fn as_many_as_the_worker_needs_are_read_of_whatever_size() {
    let inbound = Arc::new(Inbound::new(Width::Full, Window::new(1000)));
    let mut reader = Reader::of_bodies(LARGE);
    reader.stream.screen = Some(Screen::new(inbound.clone(), None));
    reader.inbound = inbound;
    assert!(reader.read(u64::MAX).is_pending());
    let stopped_at = reader.inbound.deliveries();
    assert!((1001..=1002).contains(&stopped_at), "{stopped_at}");
}

#[test]
fn a_stream_that_is_stopped_ends_with_its_connection() {
    let mut reader = Reader::of_bodies(LARGE);
    assert!(reader.read(u64::MAX).is_pending());
    reader.inbound.window.lose();
    assert_eq!(reader.wakes(), 1);
    assert!(matches!(reader.read(u64::MAX), Poll::Ready(Ok(0))));
}

#[test]
fn without_a_screen_everything_is_read() {
    let mut reader = Reader::of_bodies(LARGE);
    reader.stream.screen = None;
    let waker = Waker::noop();
    let mut out = vec![0; LARGE];
    for _ in 0..2000 {
        let read =
            Pin::new(&mut reader.stream).poll_read(&mut Context::from_waker(waker), &mut out);
        assert!(matches!(read, Poll::Ready(Ok(1..))));
    }
}

#[test]
fn nothing_is_written_while_the_cork_is_held() {
    let cork = Cork::default();
    let broker = Broker {
        size: 0,
        next: 0,
        rest: Vec::new(),
        cork: cork.clone(),
    };
    let mut stream = Screened::new(broker, None, cork.clone());
    let held = cork.hold();
    let (report, reports) = std::sync::mpsc::channel();
    let writer = std::thread::spawn(move || {
        report.send("begins").expect("a listener");
        let mut context = Context::from_waker(Waker::noop());
        let written = Pin::new(&mut stream).poll_write(&mut context, b"frame");
        report.send("has written").expect("a listener");
        written
    });
    assert_eq!(reports.recv(), Ok("begins"));
    assert!(reports.try_recv().is_err(), "it waits");
    drop(held);
    assert_eq!(reports.recv(), Ok("has written"));
    let written = writer.join().expect("a writer");
    assert!(matches!(written, Poll::Ready(Ok(5))));
}
