//! `lineside dhcp`: how phones learn of this server.

use std::fmt::Write as _;
use std::io::Write;
use std::net::IpAddr;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use server::provision::{dhcp, hosts};

/// Print the DHCP settings (option 150 and 66) by which phones find this server
#[derive(Debug, Args)]
pub struct Arguments {
    /// Your DHCP server: dnsmasq, openwrt, isc, kea, mikrotik, ios, windows, opnsense, unifi, systemd-networkd;
    /// left out: all of them
    #[arg(long = "for", value_name = "SERVER")]
    kinds: Vec<String>,
    /// Address that phones shall use; again for a second server; left out: this machine's own
    #[arg(long, value_name = "ADDRESS")]
    address: Vec<IpAddr>,
}

/// Prints them.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let mut text = String::new();
    let addresses = if arguments.address.is_empty() { own(&mut text)? } else { arguments.address };
    if let Some(unfit) = addresses.iter().find(|address| !dhcp::is_fit(**address)) {
        bail!("{unfit} can't stand in these settings: phones want an IPv4 address of this machine");
    }
    let kinds: Vec<&dhcp::Kind> = match arguments.kinds.as_slice() {
        [] => dhcp::KINDS.iter().collect(),
        names => names.iter().map(|name| kind(name)).collect::<Result<_>>()?,
    };
    for kind in kinds {
        let _ = writeln!(text, "{}", dhcp::settings(kind, &addresses));
    }
    if let Some(first) = addresses.first() {
        text.push_str(&dhcp::by_hand(*first));
    }
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

fn kind(name: &str) -> Result<&'static dhcp::Kind> {
    let names = || dhcp::KINDS.iter().map(|kind| kind.name);
    dhcp::find(name).with_context(|| {
        let near = skinny::json::nearest(name, names());
        let near = near.map_or_else(String::new, |near| format!("; the nearest is {near}"));
        format!("no settings for \"{name}\"{near}; there are: {}", names().collect::<Vec<_>>().join(", "))
    })
}

/// The address that phones most likely reach; the others stand in a comment.
fn own(text: &mut String) -> Result<Vec<IpAddr>> {
    let own = hosts::own().context("this machine's addresses")?;
    let Some(best) = dhcp::best(&own) else {
        bail!("this machine has no address that phones could reach; give one with --address");
    };
    let others = own.iter().filter(|other| other.address() != best);
    let others: Vec<String> =
        others.map(|other| format!("{} ({})", other.address(), other.interface)).collect();
    if !others.is_empty() {
        let _ = writeln!(text, "# This machine also has {}: --address chooses another.\n", others.join(", "));
    }
    Ok(vec![best])
}
