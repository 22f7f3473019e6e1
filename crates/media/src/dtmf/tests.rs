use super::*;
use crate::rtp::Header;

fn order(digit: char, timestamp: u32, duration: u32) -> EventOrder {
    EventOrder {
        event: Event::of_digit(digit).unwrap(),
        volume: 10,
        payload_type: 101,
        timestamp,
        ticks_per_packet: 160,
        duration,
    }
}

fn packets(mut sender: EventSender) -> Vec<(EventHeader, [u8; EVENT_BYTES])> {
    std::iter::from_fn(|| sender.packet()).collect()
}

/// Feeds packets 20 ms apart; lists starts as `+5` and ends as `-5:800`.
fn hear(receiver: &mut EventReceiver, at_ms: u64, packets: &[(EventHeader, [u8; EVENT_BYTES])]) -> String {
    let mut heard = String::new();
    for (n, (header, payload)) in packets.iter().enumerate() {
        let header = Header { marker: header.marker, timestamp: header.timestamp, ..Header::default() };
        let packet = Packet { header, csrc: &[], extension: None, payload, padding: 0 };
        let now = Duration::from_millis(at_ms + n as u64 * 20);
        heard += &text(receiver.receive(now, &packet));
    }
    heard
}

fn text(heard: Heard) -> String {
    let digit = |event: Event| event.digit().unwrap_or('?');
    let ended = heard.ended.map(|(event, ticks)| format!("-{}:{ticks} ", digit(event)));
    let started = heard.started.map(|event| format!("+{} ", digit(event)));
    if heard.started.is_some() && ended.as_ref().is_some_and(|e| e[1..2] == started.as_ref().unwrap()[1..2]) {
        return started.unwrap_or_default() + &ended.unwrap_or_default();
    }
    ended.unwrap_or_default() + &started.unwrap_or_default()
}

#[test]
fn the_wire_form_is_that_of_the_rfc() {
    let payload = Payload { event: Event(11), end: true, volume: 10, duration: 800 };
    assert_eq!(payload.bytes(), [11, 0x8A, 3, 0x20]);
    assert_eq!(Payload::parse(&payload.bytes()), Some(payload));
    assert_eq!(Payload::parse(&[1, 2, 3]), None);
    assert_eq!(
        (Event::of_digit('d'), Event(10).digit(), Event::FLASH.digit()),
        (Some(Event(15)), Some('*'), None)
    );
    assert_eq!(Event::of_digit('E'), None);
}

#[test]
fn a_sender_starts_updates_and_ends_three_times() {
    let sent = packets(EventSender::new(order('5', 1000, 480)));
    let seen: Vec<_> = sent
        .iter()
        .map(|(header, bytes)| (header.marker, header.timestamp, bytes[1] & 0x80 != 0, bytes[3]))
        .collect();
    assert_eq!(
        seen,
        [
            (true, 1000, false, 160),
            (false, 1000, false, 64),
            (false, 1000, true, 224),
            (false, 1000, true, 224),
            (false, 1000, true, 224)
        ]
    );
}

#[test]
fn a_key_held_down_ends_when_it_is_let_go() {
    let mut sender = EventSender::new(order('5', 0, u32::MAX));
    (0..100).for_each(|_| assert!(sender.packet().is_some_and(|(_, bytes)| bytes[1] & 0x80 == 0)));
    sender.release();
    assert_eq!(packets(sender).len(), 3);
}

#[test]
fn each_digit_is_heard_once_whatever_is_lost() {
    for lost in 0u32..1 << 6 {
        let one = packets(EventSender::new(order('1', u32::MAX - 50, 640)));
        let two = packets(EventSender::new(order('2', 2000, 640)));
        let kept: Vec<_> = one
            .into_iter()
            .enumerate()
            .filter(|(n, _)| lost & 1 << n == 0)
            .map(|(_, packet)| packet)
            .collect();
        let mut receiver = EventReceiver::new();
        let heard = hear(&mut receiver, 0, &kept) + &hear(&mut receiver, 400, &two);
        let events: Vec<&str> = heard.split([' ', ':']).filter(|word| word.starts_with(['+', '-'])).collect();
        let expect = if kept.is_empty() { "+2 -2" } else { "+1 -1 +2 -2" };
        assert_eq!(events.join(" "), expect, "{lost:06b}");
    }
}

#[test]
fn doubled_and_old_packets_say_nothing_new() {
    let one = packets(EventSender::new(order('1', 100, 480)));
    let two = packets(EventSender::new(order('1', 2000, 480)));
    let mut receiver = EventReceiver::new();
    assert_eq!(hear(&mut receiver, 0, &one), "+1 -1:480 ");
    assert_eq!(hear(&mut receiver, 100, &one), "");
    assert_eq!(hear(&mut receiver, 200, &two[..1]), "+1 ");
    assert_eq!(hear(&mut receiver, 220, &one), "");
    assert_eq!(hear(&mut receiver, 240, &two), "-1:480 ");
}

#[test]
fn an_event_without_an_end_is_over_after_a_while() {
    let one = packets(EventSender::new(order('9', 100, 480)));
    let mut receiver = EventReceiver::new();
    assert_eq!(hear(&mut receiver, 0, &one[..2]), "+9 ");
    assert_eq!(text(receiver.tick(Duration::from_millis(219))), "");
    assert_eq!(text(receiver.tick(Duration::from_millis(220))), "-9:320 ");
    assert_eq!(text(receiver.tick(Duration::from_millis(900))), "");
}

#[test]
fn a_long_event_goes_on_in_segments() {
    let long = packets(EventSender::new(order('7', 9, 200_000)));
    assert!(long.iter().any(|(header, _)| header.timestamp == 9 + 3 * 65_535));
    assert_eq!(hear(&mut EventReceiver::new(), 0, &long), "+7 -7:200000 ");
}
