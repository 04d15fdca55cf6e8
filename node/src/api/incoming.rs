//! Accepts connections, no more than the node can bear, and no more than a share from one address.

use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
};
use tonic::transport::server::{Connected, TcpConnectInfo};

/// Connections at a time.
const CONNECTIONS_MAX: usize = 1024;
/// Connections from one address: members share gateways.
const PER_ADDRESS_MAX: usize = 256;

/// The connections that are let in.
pub(super) struct Incoming {
    listener: TcpListener,
    open: Arc<Open>,
}

#[derive(Default)]
struct Open(Mutex<HashMap<IpAddr, usize>>);

impl Incoming {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self { listener, open: Arc::default() }
    }
}

impl futures::Stream for Incoming {
    type Item = io::Result<Connection>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            let (stream, from) = match ready!(self.listener.poll_accept(context)) {
                Ok(accepted) => accepted,
                Err(error) => return Poll::Ready(Some(Err(error))),
            };
            if !self.open.enter(from.ip()) {
                tracing::warn!(%from, "too many connections: refused");
                continue;
            }
            let place = Place { open: Arc::clone(&self.open), from };
            // Without it small answers wait for acknowledgements.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%from, %error, "no TCP_NODELAY");
            }
            return Poll::Ready(Some(Ok(Connection { stream, _place: place })));
        }
    }
}

impl Open {
    fn enter(&self, from: IpAddr) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.values().sum::<usize>() >= CONNECTIONS_MAX {
            return false;
        }
        let count = open.entry(from).or_default();
        if *count >= PER_ADDRESS_MAX {
            return false;
        }
        *count += 1;
        true
    }

    fn leave(&self, from: IpAddr) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&from) {
            *count -= 1;
            if *count == 0 {
                open.remove(&from);
            }
        }
    }
}

/// Counts a connection for as long as it is open.
struct Place {
    open: Arc<Open>,
    from: SocketAddr,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.open.leave(self.from.ip());
    }
}

/// A connection that was let in.
pub(super) struct Connection {
    stream: TcpStream,
    _place: Place,
}

impl Connected for Connection {
    type ConnectInfo = TcpConnectInfo;

    fn connect_info(&self) -> TcpConnectInfo {
        self.stream.connect_info()
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffers: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_a_share_that_is_given_back() {
        let open = Open::default();
        let (one, two) = (IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2]));
        assert_eq!((0..CONNECTIONS_MAX).filter(|_| open.enter(one)).count(), PER_ADDRESS_MAX);
        assert!(open.enter(two));
        open.leave(one);
        assert!(open.enter(one) && !open.enter(one));
    }
}
