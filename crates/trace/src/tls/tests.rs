//! TLS as OpenSSL speaks it, recorded between its own server and client, opened by what it logs.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;

use crate::Timestamp;
use crate::reader::FrameReader;
use crate::synth::{Wire, write_pcap};

/// A program that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What both sides sent, in order: (by the client, bytes).
type Recording = Vec<(bool, Vec<u8>)>;

fn openssl(arguments: &[&str]) -> Command {
    let mut command = Command::new("openssl");
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

/// Lets OpenSSL's client send `said` to OpenSSL's server, and records the bytes between them.
fn record(folder: &Path, version: &str, cipher: &[&str], said: &[u8]) -> (Recording, Vec<u8>) {
    let path = |name: &str| folder.join(name).to_str().expect("text").to_owned();
    let (key, certificate, log) = (path("key"), path("cert"), path("keys.log"));
    let made = openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=x",
        "-keyout",
        &key,
        "-out",
        &certificate,
    ])
    .status();
    assert!(made.is_ok_and(|status| status.success()));
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let accept = free.port().to_string();
    let arguments =
        ["s_server", "-quiet", "-accept", &accept, "-cert", &certificate, "-key", &key, "-naccept", "1"];
    let server = openssl(&[&arguments[..], &[version], cipher].concat()).spawn().expect("it starts");
    let _server = Running(server);
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a port");
    let connect = proxy.local_addr().expect("it has one").to_string();
    let client = openssl(
        &[&["s_client", "-quiet", "-no_ign_eof", "-connect", &connect, "-keylogfile", &log][..], &[version]]
            .concat(),
    )
    .spawn();
    let mut client = Running(client.expect("it starts"));
    let (near, _) = proxy.accept().expect("the client comes");
    let far = loop {
        // The server is there when it is there.
        if let Ok(far) = TcpStream::connect(free) {
            break far;
        }
    };
    client.0.stdin.take().expect("piped").write_all(said).expect("it listens");
    let (sender, pieces) = mpsc::channel();
    let forward =
        |mut from: TcpStream, mut to: TcpStream, by_client: bool, sender: mpsc::Sender<(bool, Vec<u8>)>| {
            std::thread::spawn(move || {
                let mut buffer = vec![0; 4096];
                while let Ok(count @ 1..) = from.read(&mut buffer) {
                    let _ = sender.send((by_client, buffer[..count].to_vec()));
                    if to.write_all(&buffer[..count]).is_err() {
                        break;
                    }
                }
                let _ = to.shutdown(std::net::Shutdown::Write);
            })
        };
    let one =
        forward(near.try_clone().expect("a copy"), far.try_clone().expect("a copy"), true, sender.clone());
    let other = forward(far, near, false, sender);
    one.join().expect("it ends");
    drop(_server);
    other.join().expect("it ends");
    (pieces.into_iter().collect(), std::fs::read(log).expect("it was logged"))
}

fn capture(recording: &Recording) -> Vec<u8> {
    let (client, server): (SocketAddr, SocketAddr) =
        ("10.0.0.9:50009".parse().expect("an address"), "10.0.0.1:2443".parse().expect("an address"));
    let mut wire = Wire::new();
    let time = |n: usize| Timestamp(1_700_000_000_000_000_000 + n as i64 * 1_000_000);
    wire.open(time(0), client, server);
    for (n, (by_client, bytes)) in recording.iter().enumerate() {
        let (src, dst) = if *by_client { (client, server) } else { (server, client) };
        wire.send(time(n + 1), src, dst, bytes);
    }
    let mut file = Vec::new();
    write_pcap(&mut file, &wire.into_packets()).expect("memory");
    file
}

/// The same packets as a pcapng with a decryption secrets block in front of them.
fn with_secrets(pcap: &[u8], keys: &[u8]) -> Vec<u8> {
    let mut reader = crate::capture::CaptureReader::new(pcap).expect("a capture");
    let mut packets = Vec::new();
    while let Some(packet) = reader.next_packet().expect("it is whole") {
        let (time, bytes) = (packet.time, packet.captured.to_vec());
        packets.push(crate::synth::WirePacket { time, bytes, comment: None, interface: 0 });
    }
    let mut file = Vec::new();
    crate::synth::write_pcapng(&mut file, "lineside", &["test"], &packets).expect("memory");
    let mut padded = keys.to_vec();
    padded.resize(keys.len().next_multiple_of(4), 0);
    let len = (20 + padded.len()) as u32;
    let word = |number: u32| number.to_le_bytes().to_vec();
    let block = [word(10), word(len), word(0x544c_534b), word(keys.len() as u32), padded, word(len)].concat();
    let section = u32::from_le_bytes(file[4..8].try_into().expect("four bytes")) as usize;
    file.splice(section..section, block);
    file
}

fn ids(capture: &[u8], keys: &[u8]) -> Vec<u32> {
    let mut reader = FrameReader::new(capture).expect("a capture");
    reader.add_tls_keys(keys);
    let mut ids = Vec::new();
    let _ = reader.for_each(|frame| {
        ids.push(frame.id);
        ControlFlow::Continue(())
    });
    ids
}

/// The message ids that tshark finds with the same keys; `None` where there is no tshark.
fn ids_by_tshark(folder: &Path, capture: &[u8], keys: &[u8]) -> Option<Vec<u32>> {
    if Command::new("tshark").arg("--version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "tshark must be there in CI");
        eprintln!("SKIPPED: tshark is not installed");
        return None;
    }
    let (file, log) = (folder.join("sealed.pcap"), folder.join("given.log"));
    std::fs::write(&file, capture).expect("written");
    std::fs::write(&log, keys).expect("written");
    let with_keys = format!("tls.keylog_file:{}", log.display());
    let output = Command::new("tshark")
        .arg("-r")
        .arg(&file)
        .args(["-o", &with_keys, "-d", "tls.port==2443,skinny", "-T", "fields", "-e", "skinny.messageId"])
        .output()
        .expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    let number = |word: &str| match word.strip_prefix("0x") {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => word.parse(),
    };
    let words = text.split([',', '\n']).filter(|word| !word.is_empty());
    Some(words.map(|word| number(word).expect("a number")).collect())
}

#[test]
fn what_openssl_sealed_is_opened() {
    if Command::new("openssl").arg("version").output().is_err() {
        assert!(std::env::var_os("CI").is_none(), "openssl must be there in CI");
        eprintln!("SKIPPED: openssl is not installed");
        return;
    }
    let keepalive = [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let said = [&keepalive[..], &[4, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0], &keepalive].concat();
    for (version, cipher) in [
        ("-tls1_2", &["-cipher", "ECDHE-RSA-AES128-GCM-SHA256"][..]),
        ("-tls1_2", &["-cipher", "AES256-GCM-SHA384"]),
        ("-tls1_2", &["-cipher", "ECDHE-RSA-CHACHA20-POLY1305"]),
        ("-tls1_2", &["-cipher", "AES128-SHA"]),
        ("-tls1_2", &["-cipher", "ECDHE-RSA-AES256-SHA384"]),
        ("-tls1", &["-cipher", "AES128-SHA@SECLEVEL=0"]),
        ("-tls1_1", &["-cipher", "AES256-SHA@SECLEVEL=0"]),
        ("-tls1_3", &[]),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        let (recording, keys) = record(folder.path(), version, cipher, &said);
        let file = capture(&recording);
        assert_eq!(ids(&file, &keys), [0, 7, 0], "{version} {cipher:?}");
        if let Some(theirs) = ids_by_tshark(folder.path(), &file, &keys) {
            assert_eq!(theirs, [0, 7, 0], "tshark with the same keys: {version} {cipher:?}");
        }
        assert_eq!(ids(&file, b""), [0u32; 0], "without keys there is nothing to see");
        assert_eq!(ids(&with_secrets(&file, &keys), b""), [0, 7, 0], "a pcapng may carry them");
        // Damaged anywhere, it yields less and never panics.
        for at in (60..file.len()).step_by(41) {
            let mut damaged = file.clone();
            damaged[at] ^= 0x55;
            assert!(ids(&damaged, &keys).len() <= 3);
        }
    }
}
