//! Name resolution blocks: what addresses are called by whoever wrote the file.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::order::ByteOrder;

/// Names that wait to be asked for.
const NAMES_MAX: usize = 4096;
/// Longest name in bytes, as of a host in the DNS.
const NAME_MAX: usize = 255;

const RECORD_IPV4: u16 = 1;
const RECORD_IPV6: u16 = 2;

/// Takes the first name of each address of a block, which begins at its records. They are laid out as options are.
pub(super) fn take(order: ByteOrder, records: &[u8], names: &mut Vec<(IpAddr, String)>) {
    for (kind, value) in order.options(records) {
        let found = match kind {
            RECORD_IPV4 => {
                value.split_first_chunk::<4>().map(|(ip, name)| (IpAddr::V4(Ipv4Addr::from(*ip)), name))
            }
            RECORD_IPV6 => {
                value.split_first_chunk::<16>().map(|(ip, name)| (IpAddr::V6(Ipv6Addr::from(*ip)), name))
            }
            _ => None,
        };
        if let Some((address, name)) = found
            && let Some(name) = readable(name)
            && names.len() < NAMES_MAX
        {
            names.push((address, name));
        }
    }
}

/// The first of the names, when people can read it: it comes from a stranger, and goes to a terminal.
fn readable(names: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(names.split(|byte| *byte == 0).next()?).ok()?;
    let fits = !name.is_empty() && name.len() <= NAME_MAX && !name.chars().any(char::is_control);
    fits.then(|| name.to_owned())
}
