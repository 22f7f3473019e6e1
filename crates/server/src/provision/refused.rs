//! Ports that the system does not give: why, and the command that helps.

use std::io;
use std::net::SocketAddr;

/// In words; none when the machine merely lacks a kind of address.
pub(super) fn words(what: &str, address: SocketAddr, error: &io::Error) -> Option<String> {
    let port = address.port();
    match error.kind() {
        io::ErrorKind::PermissionDenied => Some(format!(
            "{what} is not served at {address}: ports below 1024 need a right. Grant it with\n    \
             sudo setcap cap_net_bind_service=+ep {}\nand start again, or set another port in [provision]",
            program()
        )),
        io::ErrorKind::AddrInUse => {
            let kind = if what == "TFTP" { "u" } else { "t" };
            Some(format!(
                "{what} is not served at {address}: another program has port {port}; \
                 `sudo ss -l{kind}np 'sport = :{port}'` shows which"
            ))
        }
        _ if is_family_missing(error, address) => None,
        _ => Some(format!("{what} is not served at {address}: {error}")),
    }
}

/// A machine without IPv6, or without IPv4, goes on with the other.
fn is_family_missing(error: &io::Error, address: SocketAddr) -> bool {
    let no_family = rustix::io::Errno::AFNOSUPPORT.raw_os_error();
    let is_none = error.raw_os_error() == Some(no_family) || error.kind() == io::ErrorKind::AddrNotAvailable;
    is_none && address.ip().is_unspecified()
}

fn program() -> String {
    std::env::current_exe().map_or_else(|_| "lineside".into(), |path| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_port_comes_with_the_command_that_helps() {
        let address = "0.0.0.0:69".parse().unwrap();
        let denied = words("TFTP", address, &io::ErrorKind::PermissionDenied.into()).unwrap();
        assert!(denied.contains("setcap cap_net_bind_service=+ep /"), "{denied}");
        let taken = words("TFTP", address, &io::ErrorKind::AddrInUse.into()).unwrap();
        assert!(taken.contains("ss -lunp 'sport = :69'"), "{taken}");
    }
}
