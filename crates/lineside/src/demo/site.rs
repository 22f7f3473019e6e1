//! A server with a configuration of its own, and four phones that register with it.

use std::path::Path;
use std::sync::mpsc::SyncSender;

use anyhow::{Context, Result};
use exchange::plan::{Button, Device, Line};
use phone::{Profile, profile};
use server::{Config, Running, Server, Settings, TapFrame};
use softphone::{Driver, Handle, Setup};

/// Somebody with a phone.
#[derive(Debug, Clone, Copy)]
pub struct Person {
    /// Caller id name.
    pub name: &'static str,
    /// Directory number.
    pub number: &'static str,
    /// Device name.
    pub device: &'static str,
    /// The model.
    pub profile: &'static Profile,
}

/// One of each generation: before softkeys (version 3), static messages (11), dynamic messages (20, 22).
pub const PEOPLE: [Person; 4] = [
    Person { name: "Alice", number: "1001", device: "SEP021122330001", profile: &profile::CISCO_7960 },
    Person { name: "Bob", number: "1002", device: "SEP021122330002", profile: &profile::CISCO_7965 },
    Person { name: "Carol", number: "1003", device: "SEP021122330003", profile: &profile::CISCO_30VIP },
    Person { name: "Dave", number: "1004", device: "SEP021122330004", profile: &profile::IP_COMMUNICATOR },
];

/// The server and the phones.
pub struct Site {
    server: Running,
    driver: Driver,
    /// The phones, in the order of [`PEOPLE`].
    pub phones: Vec<Handle>,
}

/// Starts all of it on free ports of the loopback address.
pub fn start(folder: &Path, tap: SyncSender<TapFrame>) -> Result<Site> {
    let mut settings = Settings { listen: vec!["127.0.0.1:0".parse()?], ..Settings::default() };
    for person in PEOPLE {
        let label = format!("{} {}", person.name, person.number);
        let buttons = vec![Button::Line { number: person.number.into(), label }];
        let device = Device { description: person.profile.model.into(), buttons, ..Device::default() };
        settings.plan.devices.insert(person.device.into(), device);
        let line = Line { name: person.name.into(), calls_max: 4, busy_trigger: 1, ..Line::default() };
        settings.plan.lines.insert(person.number.into(), line);
    }
    let config = Config { data: Some(folder.to_owned()), tap: Some(tap), ..Config::from(settings) };
    let server = Server::start(config).context("the server")?;
    let driver = Driver::start().context("the phones")?;
    let phones = PEOPLE
        .iter()
        .map(|person| {
            let config = phone::Config::new(person.device, person.profile);
            driver.add(Setup::new(config, server.addresses.clone())).with_context(|| person.name)
        })
        .collect::<Result<_>>()?;
    Ok(Site { server, driver, phones })
}

impl Site {
    /// Unplugs the phones and ends the server in good order.
    pub fn stop(self) -> Result<()> {
        for phone in &self.phones {
            phone.power_off();
        }
        drop(self.phones);
        drop(self.driver);
        self.server.stop();
        self.server.join().context("the server")
    }
}
