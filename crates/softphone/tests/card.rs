//! The sound card through ALSA itself, on machines without one: a device that takes everything and gives silence
//! stands in for it, then one that does not exist.

#![cfg(target_os = "linux")]

use std::process::Command;

use phone::{Config, profile};
use softphone::sound::Card;
use softphone::{Driver, Setup};

/// Marks the process that opens the card.
const INSIDE: &str = "LINESIDE_TEST_CARD";

/// ALSA reads its configuration once for each process: each look at a card is a process of its own.
fn card_with(configuration: &str) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("asound.conf");
    std::fs::write(&path, configuration).expect("written");
    let output = Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "a_phone_goes_on_with_and_without_a_card", "--nocapture"])
        .env("ALSA_CONFIG_PATH", &path)
        .env(INSIDE, "1")
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let line = told.lines().find_map(|line| line.split_once("card: ")).map(|(_, words)| words.to_owned());
    line.unwrap_or_else(|| panic!("it said nothing: {told}"))
}

/// Opens the card for a phone, lets it play and listen for a moment, and says what it is.
#[allow(clippy::print_stdout, reason = "the process outside reads it")]
fn inside() {
    let driver = Driver::start().expect("a driver");
    let server = "127.0.0.1:9".parse().expect("an address");
    let handle = driver.add(Setup::new(Config::new("SEP001122334455", &profile::CISCO_7960), vec![server]));
    let handle = handle.expect("a phone");
    match Card::open(&handle, true) {
        Ok(card) => {
            card.play(vec![1000; 1600]);
            card.set_volume(3);
            println!("card: {}", card.words());
        }
        Err(error) => println!("card: none: {error}"),
    }
    assert!(handle.peek(|phone| phone.calls().is_empty()), "the phone goes on");
}

#[test]
fn a_phone_goes_on_with_and_without_a_card() {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let taken = card_with("pcm.!default { type null }\nctl.!default { type hw card 0 }\n");
    assert_eq!(taken, "speaker and microphone");
    let none = card_with("# no card\n");
    assert!(none.starts_with("none: "), "{none}");
}
