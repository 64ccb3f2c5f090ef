//! The stream that the client library reads and writes: that of the network, through a screen, and
//! with a cork.
//!
//! The library requires the type of stream that its reactor opens. So this is Tokio's reactor with
//! another stream, and nothing else differs.

use std::fmt;
use std::future::Future;
use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use async_rs::Tokio;
use async_rs::traits::Reactor;
use futures::Stream;
use futures::io::{AsyncRead, AsyncWrite};

use super::Screen;
use crate::cork::Cork;

/// Maximum count of bytes that are read at once.
const READ: usize = 64 * 1024;

trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

/// Stream whose reader gets what a screen lets through, and whose writer waits while a cork is held.
pub struct Screened {
    stream: Box<dyn Duplex>,
    screen: Option<Screen>,
    cork: Cork,
    buffer: Vec<u8>,
    /// Bytes that were let through, and the count of those that were read.
    passed: Vec<u8>,
    read: usize,
}

impl Screened {
    /// Puts a screen before this stream, if there is one. It writes while nobody else holds the cork.
    pub fn new(
        stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
        screen: Option<Screen>,
        cork: Cork,
    ) -> Self {
        Self {
            stream: Box::new(stream),
            screen,
            cork,
            buffer: vec![0; READ],
            passed: Vec::new(),
            read: 0,
        }
    }
}

impl AsyncRead for Screened {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        out: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let Some(screen) = &mut this.screen else {
            return Pin::new(&mut this.stream).poll_read(context, out);
        };
        while this.read == this.passed.len() {
            this.passed.clear();
            this.read = 0;
            if !ready!(screen.poll_room(context)) {
                return Poll::Ready(Ok(0));
            }
            let read = Pin::new(&mut this.stream).poll_read(context, &mut this.buffer);
            match ready!(read)? {
                0 => return Poll::Ready(Ok(0)),
                count => screen.pass(&this.buffer[..count], &mut this.passed),
            }
        }
        let passed = &this.passed[this.read..];
        let count = passed.len().min(out.len());
        out[..count].copy_from_slice(&passed[..count]);
        this.read += count;
        Poll::Ready(Ok(count))
    }
}

impl AsyncWrite for Screened {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // It is the connection's own thread that waits here.
        let _held = this.cork.hold();
        Pin::new(&mut this.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_close(context)
    }
}

/// Tokio's reactor, with [`Screened`] streams.
#[derive(Clone)]
pub struct ScreenedReactor(pub Tokio);

impl fmt::Debug for ScreenedReactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScreenedReactor")
    }
}

impl Reactor for ScreenedReactor {
    type TcpStream = Screened;
    type Sleep = <Tokio as Reactor>::Sleep;

    fn register<H: Read + Write + AsFd + AsRawFd + Send + 'static>(
        &self,
        socket: H,
    ) -> io::Result<impl AsyncRead + AsyncWrite + Send + Unpin + 'static> {
        self.0.register(socket)
    }

    fn sleep(&self, duration: Duration) -> Self::Sleep {
        self.0.sleep(duration)
    }

    fn interval(&self, duration: Duration) -> impl Stream<Item = Instant> + Send + 'static {
        self.0.interval(duration)
    }

    fn tcp_connect_addr(
        &self,
        address: SocketAddr,
    ) -> impl Future<Output = io::Result<Self::TcpStream>> + Send + 'static {
        let connecting = self.0.tcp_connect_addr(address);
        async move { Ok(Screened::new(connecting.await?, None, Cork::default())) }
    }
}

#[cfg(test)]
mod tests;
