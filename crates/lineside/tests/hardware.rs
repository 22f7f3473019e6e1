//! Hardware and built-in bridges on real sockets, judged by what is heard: a conference at a bridge that registers, and
//! what becomes of it when the bridge is lost; a transcoder; a recording by the phone's own copies.

#[path = "../../server/tests/wire/support.rs"]
#[allow(dead_code, reason = "shared with the server's tests over the wire, which use all of it")]
mod support;

use std::time::Instant;

use media::compare;
use media::speech::Signature;
use phone::audio::{RATE_HZ, Say};
use phone::resource::ResourceConfig;
use phone::{Act, Config as PhoneConfig, Profile, profile};
use server::{Config, Running};
use skinny::codes::DeviceType;
use softphone::resource::ResourceDriver;
use softphone::{Driver, Handle, Setup};
use support::{PATIENCE, name, start};

const BRIDGE: DeviceType = DeviceType::CONFERENCE_BRIDGE_DIXIE_LAND;

/// A server with three phones and what else the file says.
fn site(more: &str) -> Running {
    let mut text = format!("[listen]\naddresses = [\"127.0.0.1:0\"]\n{more}\n");
    for index in 1..=3 {
        let number = 1000 + index;
        text.push_str(&format!(
            "[[device]]\nname = \"{}\"\n[[device.button]]\nline = \"{number}\"\nlabel = \"{index}\"\n",
            name(index)
        ));
    }
    let mut config = Config::from(server::config::parse("test", &text).expect("valid"));
    config.limits.drain = std::time::Duration::ZERO;
    start(config)
}

fn plug_in(driver: &Driver, server: &Running, index: usize, profile: &'static Profile) -> Handle {
    plug_in_saying(driver, server, index, profile, Say::Speech(10 + index as u64))
}

fn plug_in_saying(
    driver: &Driver,
    server: &Running,
    index: usize,
    profile: &'static Profile,
    say: Say,
) -> Handle {
    let mut setup = Setup::new(PhoneConfig::new(&name(index), profile), vec![server.addresses[0]]);
    setup.audio.say = say;
    let phone = driver.add(setup).expect("the driver runs");
    phone
        .wait_for("registration", PATIENCE, |phone| phone.is_registered())
        .unwrap_or_else(|no| panic!("{no}"));
    phone
}

fn call(from: &Handle, number: &str, to: &Handle) {
    from.act(Act::Dial(number)).expect("it dials");
    to.wait_for("ringing", PATIENCE, |phone| phone.ringing()).unwrap_or_else(|no| panic!("{no}"));
    to.act(Act::Answer).expect("it answers");
    for phone in [from, to] {
        phone
            .wait_for("a conversation", PATIENCE, |phone| {
                phone.calls().iter().any(|call| call.is_connected())
                    && phone.streams().iter().any(|s| s.send.is_some() && s.receive.is_some())
            })
            .unwrap_or_else(|no| panic!("{no}"));
    }
}

/// A hears the other one and not himself.
fn hears(phone: &Handle, own: u64, other: u64) {
    phone.forget_sound();
    let voices = |heard: &[i16]| Signature::nth(other).is_in(heard, RATE_HZ);
    phone
        .wait_for_sound("the voice of the other one", PATIENCE, |audio| {
            let heard = audio.heard();
            heard.len() >= 3 * RATE_HZ as usize && voices(&heard[heard.len() - 3 * RATE_HZ as usize..])
        })
        .unwrap_or_else(|no| panic!("{no}"));
    let heard = phone.heard();
    let last = &heard[heard.len().saturating_sub(2 * RATE_HZ as usize)..];
    assert!(!Signature::nth(own).is_in(last, RATE_HZ), "nobody hears himself");
}

/// What the phones of a conference say: phone N the Nth tone, all the time.
const TONES_HZ: [f64; 3] = [520.0, 1120.0, 1960.0];

fn tone(hz: f64) -> Say {
    let at = |n: u32| 6000.0 * (std::f64::consts::TAU * hz * f64::from(n) / f64::from(RATE_HZ)).sin();
    Say::Samples { samples: (0..RATE_HZ).map(|n| at(n) as i16).collect(), repeat: true }
}

/// Each hears each of the others, who all sound at once, and not himself.
fn hear_each_other(phones: &[Handle]) {
    phones.iter().for_each(Handle::forget_sound);
    for (to, phone) in phones.iter().enumerate() {
        let mut shares = [0.0; 3];
        let heard = phone.wait_for_sound("the tones of the others", PATIENCE, |audio| {
            let heard = audio.heard();
            let Some(last) = heard.last_chunk::<{ RATE_HZ as usize }>() else { return false };
            shares = TONES_HZ.map(|hz| media::tone::share(last, hz, RATE_HZ));
            shares
                .iter()
                .enumerate()
                .all(|(from, share)| if from == to { *share < 0.01 } else { *share > 0.2 })
        });
        heard.unwrap_or_else(|no| panic!("phone {} hears {shares:?}: {no}", to + 1));
    }
}

fn until(what: &str, mut wish: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !wish() {
        assert!(Instant::now() < deadline, "{what} did not come");
        std::thread::yield_now();
    }
}

/// Three in a conference at a bridge of ours; the bridge is lost, and they hear each other still: by this server.
#[test]
fn a_conference_at_a_bridge_goes_on_when_it_is_lost() {
    for device_type in [BRIDGE, DeviceType::CONFERENCE_BRIDGE_AUD_VID] {
        let server = site("[[resource]]\nname = \"CFB1\"\nkind = \"conference-bridge\"");
        let config = ResourceConfig::new("CFB1", device_type, 8);
        let bridge = ResourceDriver::start(config, server.addresses[0]).expect("starts");
        until("registration of the bridge", || bridge.is_registered());
        let driver = Driver::start().expect("a driver");
        let profiles = [&profile::CISCO_7960, &profile::CISCO_7965, &profile::CISCO_7961];
        let phones: Vec<Handle> = (1..=3)
            .map(|n| plug_in_saying(&driver, &server, n, profiles[n - 1], tone(TONES_HZ[n - 1])))
            .collect();
        call(&phones[0], "1002", &phones[1]);
        phones[0].act(Act::SoftKey("Confrn")).expect("the key is there");
        call(&phones[0], "1003", &phones[2]);
        phones[0].act(Act::SoftKey("Confrn")).expect("the key is there");
        until("three streams at the bridge", || bridge.streams() == 3);
        hear_each_other(&phones);
        drop(bridge);
        hear_each_other(&phones);
    }
}

/// One phone has µ-law only, the other A-law only, and this server relays nothing: a transcoder stands between them.
#[test]
fn a_transcoder_that_registers_is_heard_through() {
    let server = site(
        "[media]\nenabled = false\n[[resource]]\nname = \"MTP1\"\nkind = \"transcoder\"\n\
         [[device]]\nname = \"SEP0000000000AA\"\ncodecs = [\"g711u\"]\n[[device.button]]\nline = \"2001\"\nlabel = \"a\"\n\
         [[device]]\nname = \"SEP0000000000BB\"\ncodecs = [\"g711a\"]\n[[device.button]]\nline = \"2002\"\nlabel = \"b\"\n",
    );
    let config = ResourceConfig::new("MTP1", DeviceType::MEDIA_TERMINATION_POINT, 4);
    let transcoder = ResourceDriver::start(config, server.addresses[0]).expect("starts");
    until("registration of the transcoder", || transcoder.is_registered());
    let driver = Driver::start().expect("a driver");
    let (a, b) = (
        plug_in(&driver, &server, 0xaa, &profile::CISCO_7965),
        plug_in(&driver, &server, 0xbb, &profile::CISCO_7965),
    );
    call(&a, "2002", &b);
    until("two streams at the transcoder", || transcoder.streams() == 2);
    hears(&a, 10 + 0xaa, 10 + 0xbb);
    hears(&b, 10 + 0xbb, 10 + 0xaa);
    a.act(Act::Hangup).expect("a hangs up");
    until("the end of the streams", || transcoder.streams() == 0);
}

/// A phone with a built-in bridge is recorded by the two copies that it sends: both voices are in the file, each in its
/// own channel, and the call is direct all the time.
#[test]
fn a_phone_with_a_built_in_bridge_records_by_its_copies() {
    let home = tempfile::tempdir().expect("a directory");
    let place = home.path().to_str().expect("a path");
    let server = site(&format!(
        "[recording]\ndirectory = \"{place}\"\n[[line]]\nnumber = \"1002\"\nrecord = \"always\"\n"
    ));
    let driver = Driver::start().expect("a driver");
    let (a, b) = (
        plug_in(&driver, &server, 1, &profile::CISCO_7960),
        plug_in(&driver, &server, 2, &profile::CISCO_7965),
    );
    call(&a, "1002", &b);
    b.wait_for("two copies beside the call", PATIENCE, |phone| {
        phone.streams().iter().filter(|stream| stream.send.is_some_and(|send| send.copy.is_some())).count()
            == 2
    })
    .unwrap_or_else(|no| panic!("{no}"));
    hears(&a, 11, 12);
    hears(&b, 12, 11);
    let remote = |phone: &Handle| {
        phone.look(|phone| {
            let mut streams = phone.streams().iter().filter_map(|stream| stream.send);
            streams.find(|send| send.copy.is_none()).map(|send| send.remote)
        })
    };
    let local = |phone: &Handle| {
        phone.look(|phone| phone.streams().iter().find_map(|stream| stream.receive.and_then(|r| r.local)))
    };
    assert_eq!((remote(&a), remote(&b)), (local(&b), local(&a)), "they talk directly");
    let (said, heard) = (b.said(), b.heard());
    b.act(Act::Hangup).expect("b hangs up");
    let file = || {
        let mut files = std::fs::read_dir(home.path()).expect("the folder").filter_map(Result::ok);
        files.find(|file| file.path().extension().is_some_and(|end| end == "wav"))
    };
    until("the end of the call", || server.counters().calls > 0);
    // The end of the server is the end of the file.
    drop(server);
    let bytes = std::fs::read(file().expect("a file").path()).expect("it can be read");
    let audio = media::wav::read(std::io::Cursor::new(bytes)).expect("a WAV file");
    assert_eq!(audio.channels, 2);
    let channel = |place: usize| -> Vec<i16> {
        let samples: Vec<i16> = audio.samples.iter().skip(place).step_by(2).copied().collect();
        media::wav::Audio::mono(audio.rate_hz, samples).to_mono(RATE_HZ)
    };
    for (place, voice, other, source) in [(0, 12, 11, said), (1, 11, 12, heard)] {
        let recorded = channel(place);
        assert!(Signature::nth(voice).is_in(&recorded, RATE_HZ), "channel {place} has its voice");
        assert!(!Signature::nth(other).is_in(&recorded, RATE_HZ), "and not the other one");
        let middle = &source[RATE_HZ as usize..3 * RATE_HZ as usize];
        let found = compare::find(middle, &recorded, RATE_HZ, 30_000).expect("what was said is on the tape");
        assert!(found.correlation > 0.9, "{found:?}");
    }
}
