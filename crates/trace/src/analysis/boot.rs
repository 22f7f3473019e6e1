//! Names of phones from what they ask for when they start: their files by TFTP, an address by DHCP.

use std::net::{IpAddr, Ipv4Addr};

use hashbrown::HashMap;

use crate::reader::Datagram;

/// Names remembered.
const NAMES_MAX: usize = 65_536;
const PORT_TFTP: u16 = 69;
const PORT_DHCP: u16 = 67;
/// "Read": the first word of a request for a file.
const TFTP_READ: [u8; 2] = [0, 1];
/// What the names of phones' files begin and end with.
const DEVICE: &str = "SEP";
const FILE_ENDS: [&str; 3] = [".cnf.xml.sgn", ".cnf.xml", ".cnf.xml.enc.sgn"];
/// Hardware address in a device name: twelve digits.
const DEVICE_LEN: usize = 15;

/// Where options begin in a DHCP message, and the ones that are looked at.
const DHCP_OPTIONS: usize = 240;
const DHCP_MAGIC: [u8; 4] = [0x63, 0x82, 0x53, 0x63];
const OPTION_HOST: u8 = 12;
const OPTION_ADDRESS: u8 = 50;

/// Names by address.
#[derive(Debug, Default)]
pub(super) struct Names(HashMap<IpAddr, Box<str>>);

impl Names {
    /// The name of who has this address.
    pub(super) fn of(&self, address: IpAddr) -> Option<&str> {
        self.0.get(&address).map(|name| &**name)
    }

    /// Looks at a datagram to a boot service.
    #[inline]
    pub(super) fn take(&mut self, datagram: &Datagram<'_>) {
        if matches!(datagram.dst.port(), PORT_TFTP | PORT_DHCP) {
            self.look(datagram);
        }
    }

    #[cold]
    fn look(&mut self, datagram: &Datagram<'_>) {
        let found = match datagram.dst.port() {
            PORT_TFTP => asked_file(datagram.payload).map(|name| (datagram.src.ip(), name)),
            _ => asked_address(datagram.payload, datagram.src.ip()),
        };
        if let Some((address, name)) = found
            && self.0.len() < NAMES_MAX
        {
            self.0.insert(address, name.into());
        }
    }
}

/// The device whose file is asked for.
fn asked_file(payload: &[u8]) -> Option<&str> {
    let file = payload.strip_prefix(&TFTP_READ)?.split(|byte| *byte == 0).next()?;
    let file = std::str::from_utf8(file).ok()?;
    device(FILE_ENDS.iter().find_map(|end| file.strip_suffix(end))?)
}

/// The device that asks for an address or keeps one, with it.
fn asked_address(payload: &[u8], src: IpAddr) -> Option<(IpAddr, &str)> {
    let (head, mut options) = payload.split_at_checked(DHCP_OPTIONS)?;
    if head[0] != 1 || head[DHCP_OPTIONS - 4..] != DHCP_MAGIC {
        return None;
    }
    let has = Ipv4Addr::new(head[12], head[13], head[14], head[15]);
    let mut address = Some(IpAddr::V4(has)).filter(|has| !has.is_unspecified());
    address = address.or(Some(src).filter(|src| !src.is_unspecified()));
    let mut name = None;
    while let Some((&kind, rest)) = options.split_first() {
        if kind == 0 {
            options = rest;
            continue;
        }
        let Some((&len, rest)) = rest.split_first() else { break };
        let Some((value, rest)) = rest.split_at_checked(len.into()) else { break };
        match (kind, value) {
            (OPTION_HOST, value) => name = std::str::from_utf8(value).ok().and_then(device),
            (OPTION_ADDRESS, &[a, b, c, d]) => address = Some(IpAddr::V4(Ipv4Addr::new(a, b, c, d))),
            (255, _) => break,
            _ => {}
        }
        options = rest;
    }
    Some((address?, name?))
}

/// A device name, when it is one.
fn device(name: &str) -> Option<&str> {
    let mac = name.strip_prefix(DEVICE)?;
    (name.len() == DEVICE_LEN && mac.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Options, analyse_capture};
    use crate::synth::{Wire, write_pcap};

    fn dhcp(host: &str) -> Vec<u8> {
        let mut message = vec![0; DHCP_OPTIONS];
        message[0] = 1;
        message[DHCP_OPTIONS - 4..].copy_from_slice(&DHCP_MAGIC);
        message.extend([53, 1, 3, OPTION_ADDRESS, 4, 192, 0, 2, 60, 0, OPTION_HOST, host.len() as u8]);
        message.extend(host.as_bytes());
        message.push(255);
        message
    }

    #[test]
    fn a_phone_in_mid_stream_has_the_name_that_it_asked_with() {
        let tftp = |file: &str| [&TFTP_READ[..], file.as_bytes(), b"\0octet\0"].concat();
        for (payload, src, port, known) in [
            (tftp("SEP001122334460.cnf.xml"), "192.0.2.60:50001", PORT_TFTP, true),
            (tftp("SEP001122334460.cnf.xml.sgn"), "192.0.2.60:50001", PORT_TFTP, true),
            (tftp("RINGLIST.XML"), "192.0.2.60:50001", PORT_TFTP, false),
            (tftp("SEP../../etc/x.cnf.xml"), "192.0.2.60:50001", PORT_TFTP, false),
            (dhcp("SEP001122334460"), "0.0.0.0:68", PORT_DHCP, true),
            (dhcp("laptop"), "0.0.0.0:68", PORT_DHCP, false),
            (dhcp("SEP001122334460")[..200].to_vec(), "0.0.0.0:68", PORT_DHCP, false),
        ] {
            let said = crate::example::said(str::to_owned);
            let time = said[0].time.plus(-5_000_000_000);
            let mut wire = Wire::new();
            let server = std::net::SocketAddr::from(([192, 0, 2, 1], port));
            wire.datagram(time, src.parse().unwrap(), server, &payload);
            // Alice's phone registered before the capture: it speaks, and never says its name.
            let late: Vec<_> =
                said.into_iter().filter(|sent| sent.time.since(time) > 5_440_000_000).collect();
            let mut packets = wire.into_packets();
            packets.extend(crate::synth::packets(&late));
            let mut file = Vec::new();
            write_pcap(&mut file, &packets).unwrap();
            let (analysis, _) = analyse_capture(&file[..], Options::default()).unwrap();
            let names: Vec<_> = analysis.registrations.iter().filter_map(|found| found.phone.name).collect();
            let expected: &[Box<str>] = if known { &["SEP001122334460".into()] } else { &[] };
            assert_eq!(names, expected);
        }
    }
}
