//! Bytes that are no SCCP, and SCCP in strange pieces.

use std::sync::mpsc::sync_channel;

use server::Direction;
use skinny::frame::{Header, LENGTH_MAX};
use skinny::message::{IpPort, KeepAliveReq};
use skinny::types::Port;

use crate::support::*;

#[test]
fn a_bad_length_word_ends_that_session_and_no_other() {
    let server = start(config());
    let address = server.addresses[0];
    let mut bystander = Phone::connect(address);
    let lengths = [0, 1, 2, 3, LENGTH_MAX + 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    for (count, length) in (1..).zip(lengths) {
        let mut phone = Phone::connect(address);
        phone.write(&Header { length, version: 0, id: 0 }.bytes());
        assert_eq!(phone.end(), End::Reset, "{length:#x}");
        until(&server, |counted| counted.bad_frames == count && counted.sessions == 1);
    }
    // Four bytes are enough to know, even if nothing follows.
    let mut phone = Phone::connect(address);
    phone.write(&[0xff; 4]);
    phone.end();
    bystander.write(&frame(&KeepAliveReq {}, 0));
    until(&server, |counted| counted.frames_in == 1);
}

#[test]
fn frames_are_found_however_the_bytes_arrive() {
    let (sender, frames) = sync_channel(100);
    let server = start(server::Config { tap: Some(sender), ..config() });
    let mut phone = Phone::connect(server.addresses[0]);
    let mut bytes = frame(&IpPort { rtp_media_port: Port(20_000) }, 0);
    bytes.extend(frame(&KeepAliveReq {}, 0));
    for byte in &bytes {
        phone.write(&[*byte]);
    }
    phone.write(&bytes);
    let mut incoming = Vec::new();
    while incoming.len() < 4 {
        let frame = frames.recv_timeout(PATIENCE).expect("four frames");
        if frame.direction == Direction::FromPhone {
            assert_eq!(frame.phone, phone.stream.local_addr().unwrap());
            assert_eq!(frame.server, server.addresses[0]);
            incoming.push(frame.bytes.to_vec());
        }
    }
    assert_eq!(incoming.concat(), bytes.repeat(2));
}

#[test]
fn a_frame_whose_end_never_comes_holds_nothing_up() {
    let server = start(config());
    let whole = frame(&IpPort { rtp_media_port: Port(1) }, 0);
    for len in 1..whole.len() {
        let mut phone = Phone::connect(server.addresses[0]);
        phone.write(&whole[..len]);
        drop(phone);
    }
    let expected = whole.len() as u64 - 1;
    let counted = until(&server, |counted| counted.accepted == expected && counted.sessions == 0);
    assert_eq!((counted.frames_in, counted.bad_frames), (0, 0));
}
