//! `lineside resource`: be a conference bridge or a transcoder, which registers at a call manager and mixes.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use clap::{Args, ValueEnum};
use phone::resource::ResourceConfig;
use skinny::codes::DeviceType;
use softphone::resource::ResourceDriver;

/// How often it is looked whether it runs still.
const LOOK: Duration = Duration::from_millis(500);

/// Be a conference bridge or a transcoder: register at a call manager, mix and transcode what it sends.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The call manager, with or without port
    server: String,
    /// The name with which it registers; a `[[resource]]` of the server has it
    #[arg(long, default_value = "CFB000000000001")]
    name: String,
    /// What it is
    #[arg(long, value_enum, default_value = "bridge")]
    kind: Kind,
    /// Streams that it has room for
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(2..=1024))]
    streams: u32,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Kind {
    /// A conference bridge as in the capture: it is told of streams only
    Bridge,
    /// A conference bridge that is told of conferences and participants, too
    ConferenceBridge,
    /// A media termination point, or transcoder
    Mtp,
}

impl Kind {
    fn device_type(self) -> DeviceType {
        match self {
            Kind::Bridge => DeviceType::CONFERENCE_BRIDGE_DIXIE_LAND,
            Kind::ConferenceBridge => DeviceType::CONFERENCE_BRIDGE_AUD_VID,
            Kind::Mtp => DeviceType::MEDIA_TERMINATION_POINT,
        }
    }
}

/// Runs until it is interrupted.
pub fn run(arguments: Arguments) -> Result<ExitCode> {
    let servers: Vec<SocketAddr> = softphone::resolve(std::slice::from_ref(&arguments.server))?;
    let server = *servers.first().with_context(|| format!("`{}` is no call manager", arguments.server))?;
    let config =
        ResourceConfig::new(&arguments.name.to_uppercase(), arguments.kind.device_type(), arguments.streams);
    let driver = ResourceDriver::start(config, server).context("the hardware can't start")?;
    let mut shown = String::new();
    loop {
        if let Some(why) = driver.ended() {
            bail!("{why}");
        }
        let state = if driver.is_registered() {
            format!(
                "registered at {server}: {} streams, {} conferences",
                driver.streams(),
                driver.conferences()
            )
        } else {
            format!("not registered at {server}; is there a [[resource]] {}?", arguments.name)
        };
        if state != shown {
            writeln!(std::io::stdout(), "{state}")?;
            shown = state;
        }
        std::thread::sleep(LOOK);
    }
}
