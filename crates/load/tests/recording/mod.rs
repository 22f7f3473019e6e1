//! Records the null server's table from the real server. Shared by `lineload record` and the test that the
//! table has not grown old.

use std::error::Error;

use load::Options;
use load::null::record::Recorder;
use load::options::{Arrival, Calls, HangUp};
use load::pair::Side;

/// A call that the caller ends and one that the callee ends, each as the first of a server with the same
/// seed, so that both have the same references: everything that the null server's table needs.
pub fn record(protocol: u8) -> Result<String, Box<dyn Error>> {
    let mut recorder = Recorder::default();
    for hang_up in [HangUp::Caller, HangUp::Callee] {
        recorder.restart();
        for frame in one_call(protocol, hang_up)? {
            let side = if frame.session.0 == 1 { Side::Caller } else { Side::Callee };
            match frame.direction {
                server::Direction::ToPhone => recorder.outgoing(side, &frame.bytes),
                server::Direction::FromPhone => {
                    let id = frame.bytes.get(8..12).and_then(|id| id.try_into().ok());
                    recorder.incoming(side, id.map_or(0, u32::from_le_bytes));
                }
            }
        }
    }
    Ok(recorder.finish())
}

fn one_call(protocol: u8, hang_up: HangUp) -> Result<Vec<server::TapFrame>, Box<dyn Error>> {
    let (sender, frames) = std::sync::mpsc::sync_channel(10_000);
    let first_mac = Options::new("127.0.0.1:0".parse()?).first_mac;
    let settings = server::config::parse("recording", &load::site::file(first_mac, 2))?;
    let listen = vec!["127.0.0.1:0".parse()?];
    let config =
        server::Config { listen, tap: Some(sender), seed: Some(1), ..server::Config::from(settings) };
    let server = server::Server::start(config)?;
    let mut options = Options::new(server.addresses[0]);
    options.phones = 2;
    options.protocol = protocol;
    options.registering_max = 1;
    let arrival = Arrival::Uniform;
    options.calls = Some(Calls { rate: 10.0, arrival, count_max: 1, hang_up, ..Calls::default() });
    let report = load::run(&options)?;
    if !report.is_clean() {
        return Err(format!("the call to record failed:\n{report}").into());
    }
    server.halt();
    server.join()?;
    Ok(frames.iter().collect())
}
