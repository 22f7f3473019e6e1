//! A server of files on loopback, and clients of bare hands.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use exchange::plan::{Device, Plan};
use server::provision::{Boots, Provision, Settings};

/// How long a test waits for what must come. Nothing is measured by it.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Bytes of a file that fits into no buffer of a socket.
pub const HUGE: u64 = 64 * 1024 * 1024;

pub struct Site {
    pub tftp: SocketAddr,
    pub http: SocketAddr,
    files: Provision,
    _folder: tempfile::TempDir,
}

/// A file of many blocks, each unlike the others.
pub fn big() -> Vec<u8> {
    (0..600_000u32).map(|n| (n ^ (n >> 8) ^ (n >> 16)) as u8).collect()
}

/// On free ports of loopback.
pub fn settings() -> Settings {
    let any = || vec!["127.0.0.1:0".parse().expect("an address")];
    Settings { tftp: any(), http: any(), ..Settings::default() }
}

impl Site {
    pub fn start() -> Site {
        Site::with(settings())
    }

    pub fn with(settings: Settings) -> Site {
        let folder = tempfile::tempdir().expect("a folder");
        let inside = folder.path().join("files");
        std::fs::create_dir(&inside).expect("made");
        std::fs::write(inside.join("big.bin"), big()).expect("written");
        std::fs::write(inside.join("empty.bin"), b"").expect("written");
        std::fs::write(inside.join(".hidden"), "SECRET").expect("written");
        let huge = std::fs::File::create(inside.join("huge.bin")).expect("made");
        huge.set_len(HUGE).expect("grows");
        std::fs::write(folder.path().join("secret.txt"), "SECRET").expect("written");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(folder.path().join("secret.txt"), inside.join("outside.txt"))
                .expect("a link");
            std::os::unix::fs::symlink("/etc", inside.join("outside")).expect("a link");
        }
        let mut plan = Plan::default();
        plan.devices.insert("SEP000000000001".into(), Device::default());
        let settings = Settings { folder: Some(inside), ..settings };
        let sccp = vec!["127.0.0.1:2000".parse().expect("an address")];
        let files = Provision::start(settings, sccp, &plan).expect("starts");
        Site { tftp: files.tftp[0], http: files.http[0], files, _folder: folder }
    }

    /// Waits until something is true of what phones asked for.
    pub fn until(&self, mut wish: impl FnMut(&Boots) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !wish(&self.files.boots().lock().expect("whole")) {
            assert!(Instant::now() < deadline, "in vain: {:#?}", self.files.boots());
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
}

/// A client program, or a loud word about its absence.
pub fn client(program: &str, package: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "{program} is missing: cargo xtask setup installs {package}"
        );
        eprintln!("SKIPPED: {program} is missing; cargo xtask setup installs {package}");
    }
    found
}

/// Sends a request; head and body of the answer.
pub fn http(site: &Site, request: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(site.http).expect("connects");
    stream.set_read_timeout(Some(PATIENCE)).expect("takes it");
    // What is refused before it is read to its end breaks the pipe.
    let _ = stream.write_all(request.as_bytes());
    let mut bytes = Vec::new();
    let _ = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let body = bytes.split_off(end);
    (String::from_utf8_lossy(&bytes).to_lowercase().replacen("http/1", "HTTP/1", 1), body)
}

/// A TFTP client as RFC 1350 describes it.
pub struct Tftp {
    pub socket: UdpSocket,
    server: SocketAddr,
}

impl Tftp {
    pub fn new(site: &Site) -> Tftp {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a socket");
        socket.set_read_timeout(Some(PATIENCE)).expect("takes it");
        Tftp { socket, server: site.tftp }
    }

    pub fn receive(&self) -> Result<Vec<u8>, String> {
        let mut buffer = [0; 4096];
        let (len, _) = self.socket.recv_from(&mut buffer).map_err(|error| error.to_string())?;
        Ok(buffer[..len].to_vec())
    }

    pub fn fetch(&self, name: &str, options: &[(&str, &str)]) -> Result<Vec<u8>, String> {
        let mut request = [b"\0\x01", name.as_bytes(), b"\0octet\0"].concat();
        for (option, value) in options {
            request.extend_from_slice(&[option.as_bytes(), b"\0", value.as_bytes(), b"\0"].concat());
        }
        self.socket.send_to(&request, self.server).map_err(|error| error.to_string())?;
        let block_size: usize = options
            .iter()
            .find(|(name, _)| *name == "blksize")
            .map_or(512, |(_, size)| size.parse().expect("a number"));
        let window: u64 = options
            .iter()
            .find(|(name, _)| *name == "windowsize")
            .map_or(1, |(_, size)| size.parse().expect("a number"));
        let (mut content, mut have) = (Vec::new(), 0u64);
        loop {
            let mut buffer = [0; 4096];
            let (len, from) = self.socket.recv_from(&mut buffer).map_err(|error| error.to_string())?;
            let packet = &buffer[..len];
            let ack = |number: u64| {
                let number = (number as u16).to_be_bytes();
                self.socket.send_to(&[0, 4, number[0], number[1]], from).expect("sends");
            };
            match packet[1] {
                6 => ack(0),
                5 => return Err(String::from_utf8_lossy(&packet[4..]).into_owned()),
                _ if packet[2..4] == ((have + 1) as u16).to_be_bytes() => {
                    have += 1;
                    content.extend_from_slice(&packet[4..]);
                    let is_last = packet.len() - 4 < block_size;
                    if is_last || have.is_multiple_of(window) {
                        ack(have);
                    }
                    if is_last {
                        return Ok(content);
                    }
                }
                _ => ack(have),
            }
        }
    }
}
