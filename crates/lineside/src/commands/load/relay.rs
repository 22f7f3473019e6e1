//! `lineside load relay-server` and `mixer-server`: what `lineside load relay` and `lineside load mixer` measure.

use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::mpsc::channel;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use exchange::media::{MediaEvent, MediaOrder, MediaParty, MixId, OrderId};
use load::relay::{Opened, minimal};
use load::usage::Usage;
use server::media::{Media, MediaSettings};
use skinny::codes::MediaPayloadType;

/// Which relay.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum Which {
    Minimal,
    Lineside,
}

/// How long the media thread may take for an order.
const ANSWER_WAIT: Duration = Duration::from_secs(10);

/// Opens its ports, says where they are as a line of JSON, and relays until the process ends.
pub fn serve(which: Which, calls: usize, phones: &[SocketAddr]) -> Result<()> {
    load::run::raise_descriptors();
    let &[caller, callee] = phones else {
        bail!("the addresses of the callers and of the callees are missing")
    };
    match which {
        Which::Minimal => Ok(minimal::serve(calls, [caller, callee], |opened| {
            // Nobody reads it: then nobody needs it.
            let _ = say(opened);
        })?),
        Which::Lineside => ours(calls, [caller, callee]),
    }
}

fn ours(calls: usize, phones: [SocketAddr; 2]) -> Result<()> {
    let (sender, reports) = channel();
    let report = Box::new(move |id: OrderId, event: MediaEvent| drop(sender.send((id, event))));
    let media = Media::start(&MediaSettings::default(), 1, report)?;
    let rss_before_kib = Usage::own()?.rss_kib;
    let mut places = Vec::with_capacity(calls);
    for call in 0..calls {
        let parties = Box::new(phones.map(party));
        if !media.order(OrderId(call as u64 + 1), MediaOrder::Relay { parties, keys: [None, None] }) {
            bail!("the media thread takes no more orders");
        }
        match reports.recv_timeout(ANSWER_WAIT).context("the media thread does not answer")? {
            (_, MediaEvent::Opened { addresses }) => match addresses[..] {
                [first, second] => places.push([first, second]),
                _ => bail!("{} addresses for two parties", addresses.len()),
            },
            (_, MediaEvent::Failed(why)) => bail!("call {call}: {why}"),
            (_, event) => bail!("{event:?} instead of ports"),
        }
    }
    say(&Opened { calls: places, rss_before_kib })?;
    // Reports come until the process is killed.
    reports.iter().for_each(drop);
    Ok(())
}

/// The same for conferences.
pub fn mix(conferences: usize, parties: usize, phones: SocketAddr) -> Result<()> {
    load::run::raise_descriptors();
    let (sender, reports) = channel();
    let report = Box::new(move |id: OrderId, event: MediaEvent| drop(sender.send((id, event))));
    let media = Media::start(&MediaSettings::default(), 1, report)?;
    let rss_before_kib = Usage::own()?.rss_kib;
    let mut legs = Vec::with_capacity(conferences * parties);
    for leg in 0..(conferences * parties) as u64 {
        let mix = MixId(leg / parties as u64);
        let order = MediaOrder::Join { mix, party: party(phones), muted: false, tones: false, keys: None };
        if !media.order(OrderId(leg + 1), order) {
            bail!("the media thread takes no more orders");
        }
        match reports.recv_timeout(ANSWER_WAIT).context("the media thread does not answer")? {
            (_, MediaEvent::Opened { addresses }) => legs.extend(addresses),
            (_, event) => bail!("leg {leg}: {event:?} instead of a port"),
        }
    }
    say(&load::mixer::Opened { legs, rss_before_kib })?;
    // Reports come until the process is killed.
    reports.iter().for_each(drop);
    Ok(())
}

fn party(remote: SocketAddr) -> MediaParty {
    MediaParty {
        codec: MediaPayloadType::G711_ULAW64K.0,
        packet_ms: 20,
        event_payload_type: None,
        digits_in_band: false,
        remote: Some(remote),
        signals_from: remote.ip(),
        local: IpAddr::V4(Ipv4Addr::LOCALHOST),
    }
}

fn say(opened: &impl serde::Serialize) -> Result<()> {
    let mut out = std::io::stdout().lock();
    serde_json::to_writer(&mut out, opened)?;
    writeln!(out)?;
    Ok(out.flush()?)
}
