//! Files for phones over real sockets: with Debian's clients, and with what no client should send.

mod support;

use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::process::Command;
use std::time::{Duration, Instant};

use server::provision::boot::{Outcome, Stage};
use support::*;

const NAME: &str = "SEP000000000001.cnf.xml";

#[test]
fn tftp_hpa_fetches_small_and_large_files() {
    let Some(client) = client("tftp", "tftp-hpa") else { return };
    let site = Site::start();
    let folder = tempfile::tempdir().expect("a folder");
    for (name, expect) in [(NAME, None), ("big.bin", Some(big())), ("EMPTY.bin", Some(Vec::new()))] {
        let to = folder.path().join(name);
        let status = Command::new(&client)
            .args(["-m", "binary", "127.0.0.1", &site.tftp.port().to_string(), "-c", "get", name])
            .arg(&to)
            .output()
            .expect("runs");
        let got = std::fs::read(&to).unwrap_or_else(|error| panic!("{name}: {error}, {status:?}"));
        match expect {
            Some(expect) => assert!(got == expect, "{name}: {} bytes", got.len()),
            None => assert!(String::from_utf8_lossy(&got).contains("<processNodeName>127.0.0.1<")),
        }
    }
    site.until(|boots| {
        let boot = boots.of("SEP000000000001").expect("known");
        boot.steps.iter().filter(|step| matches!(step.outcome, Outcome::Sent { .. })).count() == 3
    });
}

#[test]
fn atftp_fetches_with_every_option() {
    let Some(client) = client("atftp", "atftp") else { return };
    let site = Site::start();
    let folder = tempfile::tempdir().expect("a folder");
    for options in [
        &[][..],
        &["--option", "blksize 1428"],
        &["--option", "timeout 3", "--option", "tsize 0"],
        &["--option", "windowsize 8", "--option", "blksize 1024"],
    ] {
        let to = folder.path().join("big.bin");
        let status = Command::new(&client)
            .args(options)
            .args(["--get", "-r", "BIG.BIN", "-l"])
            .arg(&to)
            .args(["127.0.0.1", &site.tftp.port().to_string()])
            .output()
            .expect("runs");
        // A client without windowsize says so itself.
        let is_unknown = options.iter().any(|option| option.contains("window")) && !status.status.success();
        if !is_unknown {
            assert!(std::fs::read(&to).expect("there") == big(), "{options:?}: {status:?}");
        }
        let _ = std::fs::remove_file(&to);
    }
}

#[test]
fn many_fetch_at_once() {
    let site = Site::start();
    std::thread::scope(|scope| {
        for n in 0..40 {
            let site = &site;
            scope.spawn(move || {
                if n % 2 == 0 {
                    assert!(
                        Tftp::new(site).fetch("big.bin", &[("blksize", "1400"), ("windowsize", "4")])
                            == Ok(big())
                    );
                } else {
                    assert!(http(site, "GET /Big.Bin HTTP/1.0\r\n\r\n").1 == big());
                }
            });
        }
    });
}

#[test]
fn http_serves_what_phones_ask_for() {
    let site = Site::start();
    let (head, body) = http(&site, &format!("GET /{NAME} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("content-type: text/xml"), "{head}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    let (head, body) = http(&site, &format!("HEAD /{NAME} HTTP/1.0\r\n\r\n"));
    assert!(head.contains("content-length: ") && body.is_empty(), "{head}");
    for (request, status) in [
        ("GET /CTLSEP000000000001.tlv HTTP/1.0\r\n\r\n", "404"),
        ("GET /ITLFile.tlv HTTP/1.0\r\n\r\n", "404"),
        ("PUT /big.bin HTTP/1.0\r\nContent-Length: 1\r\n\r\nx", "405"),
        ("GET //./big.bin?x=y HTTP/1.0\r\n\r\n", "200"),
    ] {
        assert!(http(&site, request).0.contains(status), "{request}");
    }
}

#[test]
fn nothing_outside_the_folder_is_ever_served() {
    let site = Site::start();
    let names = [
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "%252e%252e%252fsecret.txt",
        "a/../../secret.txt",
        "....//secret.txt",
        "..\\secret.txt",
        "/etc/passwd",
        "etc/passwd",
        "outside.txt",
        "outside/passwd",
        "secret.txt",
        "big.bin%00.xml",
        "file:///etc/passwd",
        ".hidden",
        "big.bin/../../secret.txt",
    ];
    for name in names {
        let (head, body) = http(&site, &format!("GET /{name} HTTP/1.0\r\n\r\n"));
        assert!(head.contains(" 404 ") || head.contains(" 400 "), "{name}: {head}");
        assert!(!body.windows(6).any(|bytes| bytes == b"SECRET"), "{name}");
        assert!(Tftp::new(&site).fetch(name, &[]).is_err(), "{name}");
    }
    assert!(Tftp::new(&site).fetch("big.bin\0../secret.txt", &[]).is_err());
    assert!(Tftp::new(&site).fetch(&"a".repeat(500), &[]).is_err());
    assert!(http(&site, &format!("GET /{} HTTP/1.0\r\n\r\n", "a".repeat(100_000))).0.contains(" 4"));
}

#[test]
fn what_is_no_request_gets_an_error_and_no_more() {
    let site = Site::start();
    let client = Tftp::new(&site);
    for (packet, code) in [
        (&b"\0\x02x\0octet\0"[..], 2u8),
        (b"\0\x09", 4),
        (b"\0", 4),
        (b"\0\x01x\0mail\0", 4),
        (b"\0\x01../x\0octet\0", 2),
        (b"\0\x01nothing\0octet\0", 1),
    ] {
        client.socket.send_to(packet, site.tftp).expect("sends");
        let answer = client.receive().expect("an answer");
        assert_eq!(answer[..4], [0, 5, 0, code], "{packet:?}");
    }
    client.socket.send_to(&[&b"\0\x01"[..], &[b'a'; 900], b"\0octet\0"].concat(), site.tftp).expect("sends");
    assert_eq!(client.receive().expect("an answer")[..2], [0, 5]);
    assert!(client.fetch("big.bin", &[]) == Ok(big()), "it serves on");
}

#[test]
fn a_flood_is_held_off_and_phones_are_served_all_the_same() {
    let site = Site::start();
    // More transfers than one address may have, begun and left.
    let idle: Vec<UdpSocket> = (0..200).map(|_| UdpSocket::bind("127.0.0.2:0").expect("a socket")).collect();
    for socket in &idle {
        socket.send_to(b"\0\x01big.bin\0octet\0", site.tftp).expect("sends");
    }
    // And connections that say nothing.
    let silent: Vec<_> = (0..200).filter_map(|_| TcpStream::connect(site.http).ok()).collect();
    for _ in 0..2000 {
        idle[0].send_to(b"\0\x01flood\0octet\0", site.tftp).expect("sends");
    }
    // A request that the flood drowned is repeated, as phones do.
    let client = Tftp::new(&site);
    client.socket.set_read_timeout(Some(Duration::from_secs(1))).expect("takes it");
    let served = (0..20).any(|_| client.fetch("big.bin", &[]).is_ok_and(|bytes| bytes == big()));
    assert!(served, "a phone is not served beside a flood");
    let answered = idle.iter().filter(|socket| {
        socket.set_read_timeout(Some(Duration::from_millis(1))).expect("takes it");
        socket.recv(&mut [0; 2048]).is_ok()
    });
    assert!(answered.count() <= server::provision::tftp::TRANSFERS_PER_ADDRESS + 1);
    drop(silent);
    let deadline = Instant::now() + PATIENCE;
    // The places of those that said nothing are free again once they are gone.
    while !http(&site, "GET /big.bin HTTP/1.0\r\n\r\n").0.contains(" 200 ") {
        assert!(Instant::now() < deadline, "no place became free");
    }
}

#[test]
fn who_may_not_fetch_gets_nothing() {
    let settings =
        server::provision::Settings { allow: vec!["192.0.2.0/24".parse().expect("a network")], ..settings() };
    let site = Site::with(settings);
    let client = Tftp::new(&site);
    client.socket.set_read_timeout(Some(Duration::from_millis(200))).expect("takes it");
    assert!(client.fetch(NAME, &[]).is_err());
    let mut stream = TcpStream::connect(site.http).expect("connects");
    let _ = stream.write_all(b"GET /big.bin HTTP/1.0\r\n\r\n");
    let mut text = Vec::new();
    let _ = stream.read_to_end(&mut text);
    assert!(text.is_empty());
}

#[test]
fn the_timeline_tells_of_a_transfer_that_stopped() {
    let site = Site::start();
    let (mut stream, request) =
        (TcpStream::connect(site.http).expect("connects"), "GET /huge.bin HTTP/1.0\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("sends");
    stream.read_exact(&mut [0; 100]).expect("begins");
    drop(stream);
    site.until(|boots| {
        let boot = boots.of("127.0.0.1").expect("known");
        matches!(boot.steps[0].outcome, Outcome::BrokenOff { bytes } if bytes < HUGE)
            && boot.explain(0).stage == Stage::Stuck
    });
}

#[test]
fn a_port_that_is_taken_is_named_and_the_rest_is_served() {
    let taken = UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let tftp = vec![taken.local_addr().expect("bound")];
    let settings = server::provision::Settings { tftp, ..settings() };
    let files =
        server::provision::Provision::start(settings, Vec::new(), &Default::default()).expect("starts");
    assert!(files.tftp.is_empty() && files.http.len() == 1);
    assert!(files.refused[0].contains("another program has port"), "{:?}", files.refused);
}
