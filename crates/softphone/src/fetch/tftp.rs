//! A TFTP client as phones have it: octets, `tsize` and `blksize`, requests repeated when nobody answers.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use super::{FILE_MAX, Failed};

const BLOCK: usize = 512;
/// Bytes of a block that is asked for.
const BLOCK_WISHED: usize = 1428;
/// How long to wait before a packet goes out again.
const REPEAT: Duration = Duration::from_millis(500);
const DATA: u16 = 3;
const ERROR: u16 = 5;
const OACK: u16 = 6;

/// Fetches a file.
pub(super) fn get(server: SocketAddr, name: &str, patience: Duration) -> Result<Vec<u8>, Failed> {
    transfer(server, name, patience).unwrap_or_else(|error| Err(Failed::Silent(error.to_string())))
}

/// What the server said, or that it could not be asked.
type Answer = io::Result<Result<Vec<u8>, Failed>>;

fn transfer(server: SocketAddr, name: &str, patience: Duration) -> Answer {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.set_read_timeout(Some(REPEAT))?;
    let wished = BLOCK_WISHED.to_string();
    let parts = [name, "octet", "tsize", "0", "blksize", &wished];
    let mut packet = vec![0, 1];
    for part in parts {
        packet.extend_from_slice(part.as_bytes());
        packet.push(0);
    }
    let (mut to, mut block, mut size, mut content) = (server, 0u16, BLOCK, Vec::new());
    let mut heard = Instant::now();
    let mut buffer = [0; 2048];
    socket.send_to(&packet, to)?;
    loop {
        let (len, from) = match socket.recv_from(&mut buffer) {
            Ok(received) => received,
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                if heard.elapsed() >= patience {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                socket.send_to(&packet, to)?;
                continue;
            }
            Err(error) => return Err(error),
        };
        // The first answer tells the port of the transfer; others are of another.
        if from.ip() != server.ip() || to != server && from != to || len < 4 {
            continue;
        }
        let number = u16::from_be_bytes([buffer[2], buffer[3]]);
        match u16::from_be_bytes([buffer[0], buffer[1]]) {
            ERROR => return Ok(Err(Failed::NotThere)),
            OACK if block == 0 => size = agreed(&buffer[2..len]),
            DATA if number == block.wrapping_add(1) => {
                block = number;
                content.extend_from_slice(&buffer[4..len]);
            }
            _ => continue,
        }
        (heard, to) = (Instant::now(), from);
        packet = vec![0, 4, (block >> 8) as u8, block as u8];
        socket.send_to(&packet, to)?;
        let is_last = buffer[1] == DATA as u8 && len - 4 < size;
        if is_last || content.len() as u64 > FILE_MAX {
            return Ok(Ok(content));
        }
    }
}

/// The size of a block that the server agreed to.
fn agreed(options: &[u8]) -> usize {
    let texts: Vec<&[u8]> = options.split(|byte| *byte == 0).collect();
    let size =
        texts.chunks(2).find(|pair| pair[0].eq_ignore_ascii_case(b"blksize")).and_then(|pair| pair.get(1));
    size.and_then(|size| std::str::from_utf8(size).ok()?.parse().ok()).unwrap_or(BLOCK)
}
