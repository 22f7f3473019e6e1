//! The pages that an emulated phone serves itself, asked by a real HTTP client, against our server.

#![cfg(feature = "remote")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use server::{Config, Running, Server};

const ALICE: &str = "SEP02112233A001";
const BOB: &str = "SEP02112233A002";

/// A program that holds phones.
struct Program {
    child: Child,
    web: SocketAddr,
    remote: SocketAddr,
}

/// What a client asks with.
#[derive(Clone, Copy)]
enum As<'a> {
    Nobody,
    Login(&'a str),
}

impl Program {
    fn start(server: SocketAddr, options: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lineside"))
            .args(["phone", "--json", "--name", ALICE, "--server", &server.to_string()])
            .args(["--remote", "127.0.0.1:0", "--web", "127.0.0.1:0"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (said, told) = std::sync::mpsc::channel();
        // All of it is read, so that the program never waits for us.
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                assert!(!line.contains("se:cret"), "it told a password: {line}");
                let object: Value = serde_json::from_str(&line).expect("JSON");
                for key in ["web", "remote"] {
                    if let Some(at) = object[key].as_str() {
                        let _ = said.send(at.parse::<SocketAddr>().expect("an address"));
                    }
                }
            }
        });
        let web = told.recv().expect("it says where its pages are");
        let remote = told.recv().expect("it says where it listens");
        Program { child, web, remote }
    }

    fn ask(&self, url: &str, body: Option<&str>, login: As<'_>) -> (u16, Vec<u8>, String) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent: ureq::Agent = config.build().into();
        let header = match login {
            As::Nobody => String::new(),
            As::Login(login) => format!("Basic {}", base64(login.as_bytes())),
        };
        let mut answer = match body {
            None => agent.get(url).header("Authorization", &header).call(),
            Some(body) => agent
                .post(url)
                .header("Authorization", &header)
                .header("Content-Type", "application/x-www-form-urlencoded")
                .send(body),
        }
        .expect("an answer");
        let reason =
            answer.headers().get("x-lineside-reason").map_or("", |text| text.to_str().expect("text"));
        let reason = reason.to_owned();
        (answer.status().as_u16(), answer.body_mut().read_to_vec().expect("a body"), reason)
    }

    fn page(&self, path: &str) -> String {
        let (status, body, _) = self.ask(&format!("http://{}/{path}", self.web), None, As::Nobody);
        assert_eq!(status, 200, "{path}");
        String::from_utf8(body).expect("text")
    }

    fn execute(&self, links: &[&str], login: As<'_>) -> (String, String) {
        let items: String = links.iter().map(|link| format!("<ExecuteItem URL=\"{link}\"/>")).collect();
        let xml = format!("<CiscoIPPhoneExecute>{items}</CiscoIPPhoneExecute>");
        let body: String = xml.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let url = format!("http://{}/CGI/Execute", self.web);
        let (_, body, reason) = self.ask(&url, Some(&format!("XML={body}")), login);
        (String::from_utf8(body).expect("text"), reason)
    }

    fn remote(&self, path: &str) -> Value {
        let (_, body, _) = self.ask(&format!("http://{}{path}", self.remote), None, As::Nobody);
        serde_json::from_slice(&body).expect("JSON")
    }

    fn order(&self, phone: &str, command: &str) {
        let config = ureq::Agent::config_builder().proxy(None).build();
        let agent: ureq::Agent = config.into();
        let url = format!("http://{}/phones/{phone}/do", self.remote);
        let body = serde_json::json!({ "command": command }).to_string();
        agent.post(&url).header("Content-Type", "application/json").send(body).expect("done");
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A web server of one page each, by path.
fn pages(answer: impl Fn(&str) -> Option<String> + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream: TcpStream = stream.expect("a connection");
            let mut line = String::new();
            let mut reader = BufReader::new(stream.try_clone().expect("a clone"));
            reader.read_line(&mut line).expect("a request");
            let mut header = String::new();
            while reader.read_line(&mut header).is_ok_and(|len| len > 2) {
                header.clear();
            }
            let path = line.split(' ').nth(1).unwrap_or("");
            let (status, body) = answer(path).map_or(("404 no", String::new()), |body| ("200 ok", body));
            let text = format!(
                "HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            stream.write_all(text.as_bytes()).expect("written");
            let _ = stream.read(&mut [0; 1]);
        }
    });
    address
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for n in 0..4 {
            let letter = LETTERS[(word >> (18 - 6 * n) & 63) as usize];
            text.push(if n > chunk.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

fn serve() -> Running {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/site.toml");
    let mut settings = server::config::load(&site).expect("the site's file is right");
    settings.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    Server::start(Config::from(settings)).expect("the server starts")
}

#[test]
fn a_phone_tells_of_itself_as_real_ones_do() {
    let server = serve();
    let program = Program::start(server.addresses[0], &[]);
    program.order(ALICE, "wait registered 30");
    let device = program.page("DeviceInformationX");
    for part in
        ["<HostName>SEP02112233A001<", "<phoneDN>1001<", "<modelNumber>CP-7960<", "<MACAddress>02112233A001<"]
    {
        assert!(device.contains(part), "{part}: {device}");
    }
    let network = program.page("NetworkConfigurationX");
    assert!(network.contains("<CallManager1>127.0.0.1 Active</CallManager1>"), "{network}");
    assert!(program.page("PortInformationX?1").contains("<CDPNeighborPort></CDPNeighborPort>"));
    assert!(program.page("StreamingStatisticsX?1").contains("<StreamStatus>Not Ready</StreamStatus>"));
    assert!(program.page("").contains("StreamingStatisticsX?1"));
    assert_eq!(program.ask(&format!("http://{}/nothing", program.web), None, As::Nobody).0, 404);
    // The same under the control, where each phone has them.
    let url = format!("http://{}/phones/{ALICE}/pages/DeviceInformationX", program.remote);
    assert_eq!(String::from_utf8_lossy(&program.ask(&url, None, As::Nobody).1), device);
    // Nobody may press keys where nobody was named.
    let (refused, why) = program.execute(&["Dial:1002"], As::Login("admin:se:cret"));
    assert_eq!(
        (refused.as_str(), why.as_str()),
        ("<CiscoIPPhoneError Number=\"4\"/>", "the phone has neither an authentication page nor a login")
    );
    drop(program);
    server.stop();
    server.join().expect("the server ends");
}

#[test]
fn keys_are_pressed_by_who_may() {
    let server = serve();
    let program = Program::start(server.addresses[0], &["--web-login", "admin:se:cret"]);
    let admin = As::Login("admin:se:cret");
    let body = serde_json::json!({ "name": BOB, "model": "7925", "web": "127.0.0.1:0" }).to_string();
    let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
    let url = format!("http://{}/phones", program.remote);
    agent.post(&url).header("Content-Type", "application/json").send(body).expect("a second phone");
    for phone in [ALICE, BOB] {
        program.order(phone, "wait registered 30");
    }
    let (done, _) = program.execute(&["Dial:1002"], admin);
    assert!(done.contains("<ResponseItem Status=\"0\" Data=\"Success\" URL=\"Dial:1002\"/>"), "{done}");
    program.order(BOB, "wait ringing 30");
    program.order(BOB, "answer");
    program.order(ALICE, "wait connected 30");
    // Packets are counted while it goes on.
    let mut asked = 0;
    loop {
        asked += 1;
        assert!(asked < 10_000, "no packet was ever counted");
        let page = program.page("StreamingStatisticsX?1");
        assert!(page.contains("<StreamStatus>Active</StreamStatus>"), "{page}");
        if !page.contains("<SenderPackets>0<") && !page.contains("<RcvrPackets>0<") {
            assert!(page.contains("<RcvrCodec>G711Ulaw64k</RcvrCodec>"), "{page}");
            break;
        }
    }
    // Three links at most are followed, each with its own answer.
    let (done, _) = program.execute(&["Key:KeyPad5", "Key:NavDwn", "Vibrate:1:1:1", "Key:Soft9"], admin);
    assert_eq!(done.matches("<ResponseItem").count(), 3, "{done}");
    assert!(done.contains("Data=\"no terminal shows this phone: NavDwn moves nothing\""), "{done}");
    assert!(done.contains("Data=\"this model does not vibrate\""), "{done}");
    let (done, _) = program.execute(&["Key:Soft2"], admin);
    assert!(done.contains("Status=\"0\""), "{done}");
    program.order(ALICE, "wait idle 30");
    // Wrong words, no words, no XML, another site's page, another way of asking.
    assert_eq!(program.execute(&["Dial:1"], As::Login("admin:se:creT")).1, "wrong name or password");
    let url = format!("http://{}/CGI/Execute", program.web);
    assert_eq!(program.ask(&url, Some("XML=x"), As::Nobody).0, 401);
    assert_eq!(program.ask(&url, Some("XML=x"), admin).1, b"<CiscoIPPhoneError Number=\"1\"/>");
    assert_eq!(program.ask(&url, None, admin).0, 405);
    assert_eq!(program.ask(&url, Some(&"x".repeat(100_000)), admin).0, 413);
    let picture = program.ask(&format!("http://{}/CGI/Screenshot", program.web), None, admin);
    assert_eq!((picture.0, &picture.1[..8]), (200, &b"\x89PNG\r\n\x1a\n"[..]));
    assert_eq!(program.ask(&format!("http://{}/CGI/Screenshot", program.web), None, As::Nobody).0, 401);
    drop(program);
    server.stop();
    server.join().expect("the server ends");
}

#[test]
fn the_authentication_page_says_who_may() {
    let server = serve();
    let service = pages(|path| {
        let (name, query) = path.split_once('?').unwrap_or((path, ""));
        let is_known = query.contains("UserID=admin&Password=se%3Acret&devicename=SEP02112233A001");
        match name {
            "/who" => Some(if is_known { "AUTHORIZED" } else { "UN-AUTHORIZED" }.to_owned()),
            "/who-and-more" => Some("AUTHORIZED\r\n".to_owned()),
            "/page" => Some(
                "<CiscoIPPhoneText><Title>News</Title><Text>It &lt;works&gt;</Text></CiscoIPPhoneText>"
                    .to_owned(),
            ),
            _ => None,
        }
    });
    let admin = As::Login("admin:se:cret");
    let program =
        Program::start(server.addresses[0], &["--authentication", &format!("http://{service}/who")]);
    program.order(ALICE, "wait registered 30");
    let link = format!("http://{service}/page");
    let (done, why) = program.execute(&[&link], admin);
    assert!(done.contains("Status=\"0\""), "{done} {why}");
    assert_eq!(program.remote(&format!("/phones/{ALICE}"))["page"], "News\nIt <works>\n");
    let (_, why) = program.execute(&["Dial:1002"], As::Login("admin:other"));
    assert_eq!(why, "the authentication page did not say AUTHORIZED");
    let (done, _) = program.execute(&["SoftKey:Exit"], admin);
    assert!(done.contains("Status=\"0\""), "{done}");
    assert_eq!(program.remote(&format!("/phones/{ALICE}"))["page"], Value::Null);
    drop(program);
    let options = ["--authentication", &format!("http://{service}/who-and-more")];
    let program = Program::start(server.addresses[0], &options);
    let (done, why) = program.execute(&["Dial:1002"], admin);
    assert_eq!(done, "<CiscoIPPhoneError Number=\"4\"/>");
    assert!(why.contains("not a byte may stand beside it"), "{why}");
    drop(program);
    let program =
        Program::start(server.addresses[0], &["--authentication", &format!("http://{service}/gone")]);
    assert_eq!(program.execute(&["Dial:1002"], admin).1, "the authentication page did not answer");
    drop(program);
    server.stop();
    server.join().expect("the server ends");
}
