//! TFTP: one socket that hears requests, and one per transfer, as RFC 1350 has it.
//!
//! Own code, since no library tells on which of our addresses a request arrived, which phones must be told
//! and answered from (docs/decisions/provisioning.md).

mod options;
mod packet;
mod receive;
mod transfer;

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::{Instant, timeout_at};

use super::boot::{Outcome, Way};
use super::desk::{Content, Desk, PIECE};
use super::name::Name;
use super::space::Asker;
use options::{Agreed, agree};
use packet::{Code, Packet, Request, data, error, oack};
use transfer::{Step, Transfer};

pub use receive::bind;

/// Transfers at once.
pub const TRANSFERS_MAX: usize = 512;
/// Transfers of one address at once: a site behind NAT has many phones.
pub const TRANSFERS_PER_ADDRESS: usize = 64;
/// How long a transfer may take, however slow its client is.
const TRANSFER_WITHIN: Duration = Duration::from_secs(20 * 60);
/// Bytes of a file whose ends of lines are turned.
const NETASCII_MAX: u64 = 256 * 1024;

/// The transfers that run, by their client.
#[derive(Debug, Default)]
struct Running(Mutex<BTreeMap<SocketAddr, ()>>);

/// A place among them, given back when it is dropped.
#[derive(Debug)]
struct Permit {
    running: Arc<Running>,
    client: SocketAddr,
}

impl Running {
    /// A place for a client; none when it has a transfer already, or there are too many.
    fn permit(self: &Arc<Self>, client: SocketAddr) -> Option<Permit> {
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = SocketAddr::new(client.ip(), 0);
        let of_address = clients.range(first..).take_while(|(other, ())| other.ip() == client.ip()).count();
        if clients.len() >= TRANSFERS_MAX
            || of_address >= TRANSFERS_PER_ADDRESS
            || clients.contains_key(&client)
        {
            return None;
        }
        clients.insert(client, ());
        Some(Permit { running: Arc::clone(self), client })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.running.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.client);
    }
}

/// Answers requests until it is dropped.
pub async fn serve(socket: UdpSocket, desk: Desk) -> io::Error {
    let running = Arc::new(Running::default());
    let mut buffer = vec![0; 2 * packet::REQUEST_MAX];
    loop {
        let heard = match receive::receive(&socket, &mut buffer).await {
            Ok(heard) => heard,
            // An ICMP answer to one of our packets; the next request is another's.
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::ConnectionRefused | io::ErrorKind::HostUnreachable
                ) =>
            {
                continue;
            }
            Err(error) => return error,
        };
        let client = heard.from;
        if !desk.allows(client.ip()) {
            continue;
        }
        let refuse = |code, text: &str| {
            // A client that does not hear it asks again.
            let _ = socket.try_send_to(&error(code, text), client);
        };
        let request = match packet::read(buffer.get(..heard.len).unwrap_or_default()) {
            Packet::Read(request) => request,
            Packet::Write => {
                refuse(Code::Access, "files are read here, never written");
                continue;
            }
            Packet::Unknown => {
                refuse(Code::Illegal, "no request");
                continue;
            }
            Packet::Ack(_) | Packet::Error(_) => continue,
        };
        let name = match Name::of_tftp(request.name) {
            Ok(name) => name,
            Err(bad) => {
                refuse(Code::Access, &bad.to_string());
                continue;
            }
        };
        // A request that came twice, or one too many: the client repeats it.
        let Some(permit) = running.permit(client) else { continue };
        let local = heard.to.unwrap_or_else(|| receive::route_to(client));
        let asker = Asker { remote: client.ip(), local };
        let answer = desk.ask(&name, asker, Way::Tftp);
        let content = match answer.result {
            Ok(content) => content,
            Err(_) => {
                refuse(Code::NotFound, "File not found");
                continue;
            }
        };
        let job = Job { desk: desk.clone(), name, asker, client, ticket: answer.ticket, _permit: permit };
        let is_netascii = request.is_netascii;
        let content = if is_netascii { netascii(content).await } else { Some(content) };
        let Some(content) = content else {
            refuse(Code::Other, "too large for netascii: use octet");
            continue;
        };
        let agreed = agree(&Request { is_netascii, ..request }, content.len());
        tokio::spawn(job.run(content, agreed));
    }
}

/// Ends of lines as terminals have them, for clients that ask so.
async fn netascii(content: Content) -> Option<Content> {
    if content.len() > NETASCII_MAX {
        return None;
    }
    let mut text = Vec::new();
    let mut from = 0;
    while from < content.len() {
        let piece = content.piece(from).await.ok()?;
        from += piece.len() as u64;
        for byte in piece {
            match byte {
                b'\n' => text.extend_from_slice(b"\r\n"),
                b'\r' => text.extend_from_slice(b"\r\0"),
                byte => text.push(byte),
            }
        }
    }
    Some(Content::Text(text.into()))
}

/// A transfer with its surroundings.
struct Job {
    desk: Desk,
    name: Name,
    asker: Asker,
    client: SocketAddr,
    ticket: super::boot::Ticket,
    _permit: Permit,
}

/// How a transfer ended.
enum End {
    Sent,
    BrokenOff(u64),
}

impl Job {
    async fn run(self, content: Content, agreed: Agreed) {
        let len = content.len();
        let end = match receive::transfer_socket(self.asker.local, self.client).await {
            Ok(socket) => self.transfer(&socket, content, agreed).await,
            Err(error) => {
                tracing::warn!("no socket for a transfer to {}: {error}", self.client);
                End::BrokenOff(0)
            }
        };
        let outcome = match end {
            End::Sent => Outcome::Sent { bytes: len },
            End::BrokenOff(bytes) => Outcome::BrokenOff { bytes },
        };
        self.desk.ended(&self.ticket, self.asker, &self.name, Way::Tftp, outcome);
    }

    async fn transfer(&self, socket: &UdpSocket, content: Content, agreed: Agreed) -> End {
        let mut transfer = Transfer::new(content.len(), &agreed);
        let mut pieces = Pieces { content, start: 0, piece: Vec::new(), packet: Vec::new() };
        let over = Instant::now() + TRANSFER_WITHIN;
        let mut deadline = Instant::now();
        let mut step = transfer.begin();
        loop {
            let sent = match &step {
                Step::Done => return End::Sent,
                Step::GivenUp => return End::BrokenOff(transfer.acked() * agreed.block as u64),
                Step::Wait => Ok(()),
                Step::Options => socket.send(&oack(&agreed.answer)).await.map(|_| ()),
                Step::Blocks(blocks) => self.send(socket, &mut pieces, blocks.clone(), agreed.block).await,
            };
            if step != Step::Wait {
                deadline = Instant::now() + agreed.timeout * transfer.patience();
            }
            let mut buffer = [0; packet::REQUEST_MAX];
            let heard = match sent {
                Ok(()) => timeout_at(deadline.min(over), socket.recv(&mut buffer)).await,
                Err(error) => Ok(Err(error)),
            };
            step = match heard {
                Err(_) if Instant::now() >= over => Step::GivenUp,
                Err(_) => transfer.on_timeout(),
                // The client's port is closed: it has what it wanted, or was switched off.
                Ok(Err(_)) => Step::GivenUp,
                Ok(Ok(len)) => match packet::read(buffer.get(..len).unwrap_or_default()) {
                    Packet::Ack(number) => transfer.on_ack(number),
                    Packet::Error(_) => Step::GivenUp,
                    _ => Step::Wait,
                },
            };
        }
    }

    async fn send(
        &self,
        socket: &UdpSocket,
        pieces: &mut Pieces,
        blocks: std::ops::Range<u64>,
        size: usize,
    ) -> io::Result<()> {
        for block in blocks {
            let packet = pieces.block(block, size).await?;
            self.desk.pace(packet.len()).await;
            socket.send(packet).await?;
        }
        Ok(())
    }
}

/// A file, a piece of which is in memory.
struct Pieces {
    content: Content,
    start: u64,
    piece: Vec<u8>,
    packet: Vec<u8>,
}

impl Pieces {
    /// The packet of a block, counted from 1.
    async fn block(&mut self, block: u64, size: usize) -> io::Result<&[u8]> {
        let from = (block - 1) * size as u64;
        let until = (from + size as u64).min(self.content.len());
        if from < self.start || until > self.start + self.piece.len() as u64 {
            // A piece holds several windows, so going back by one rarely reads again.
            self.start = from;
            self.piece = self.content.piece(from).await?;
            debug_assert!(size <= PIECE);
        }
        let place = (from - self.start) as usize;
        let content = self.piece.get(place..place + (until - from) as usize).unwrap_or_default();
        data(block as u16, content, &mut self.packet);
        Ok(&self.packet)
    }
}

/// Removes the IPv4-mapped form.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}
