//! Phones under the control of another program: over HTTP and WebSocket, against our server.

#![cfg(feature = "remote")]

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};
use server::{Config, Running, Server};
use tungstenite::stream::MaybeTlsStream;
use tungstenite::{Message, WebSocket};

/// A program that holds phones.
struct Program {
    child: Child,
    address: SocketAddr,
}

impl Program {
    fn start(server: SocketAddr, options: &[&str]) -> Program {
        let mut child = Command::new(env!("CARGO_BIN_EXE_lineside"))
            .args(["phone", "--json", "--name", "SEP02112233A001", "--server", &server.to_string()])
            .args(["--remote", "127.0.0.1:0"])
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let out = BufReader::new(child.stdout.take().expect("it is piped"));
        let (said, address) = std::sync::mpsc::channel();
        // All of it is read, so that the program never waits for us.
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let object: Value = serde_json::from_str(&line).expect("JSON");
                if let Some(at) = object["remote"].as_str() {
                    let _ = said.send(at.parse().expect("an address"));
                }
            }
        });
        let address = address.recv().expect("it says where it listens");
        Program { child, address }
    }

    fn ask(&self, way: &str, path: &str, body: Option<Value>, token: Option<&str>) -> (u16, Value) {
        let config = ureq::Agent::config_builder().http_status_as_error(false).proxy(None);
        let agent: ureq::Agent = config.build().into();
        let url = format!("http://{}{path}", self.address);
        let header = token.map_or_else(String::new, |token| format!("Bearer {token}"));
        let mut answer = match way {
            "GET" => agent.get(&url).header("Authorization", &header).call(),
            _ => {
                let text = body.unwrap_or_default().to_string();
                let request = agent.post(&url).header("Authorization", &header);
                request.header("Content-Type", "application/json").send(text)
            }
        }
        .expect("an answer");
        let text = answer.body_mut().read_to_string().expect("text");
        let object = serde_json::from_str(&text).unwrap_or(Value::String(text));
        (answer.status().as_u16(), object)
    }

    fn get(&self, path: &str) -> Value {
        let (status, object) = self.ask("GET", path, None, None);
        assert_eq!(status, 200, "{path}: {object}");
        object
    }

    fn order(&self, phone: &str, command: &str) -> (u16, Value) {
        self.ask("POST", &format!("/phones/{phone}/do"), Some(json!({ "command": command })), None)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn serve() -> Running {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/site.toml");
    let mut settings = server::config::load(&site).expect("the site's file is right");
    settings.listen = vec!["127.0.0.1:0".parse().expect("an address")];
    Server::start(Config::from(settings)).expect("the server starts")
}

type Socket = WebSocket<MaybeTlsStream<std::net::TcpStream>>;

/// The next event that is like this.
fn event(socket: &mut Socket, mut is_like: impl FnMut(&Value) -> bool) -> Value {
    loop {
        let Message::Text(text) = socket.read().expect("an event") else { continue };
        let object: Value = serde_json::from_str(text.as_str()).expect("JSON");
        if is_like(&object) {
            return object;
        }
    }
}

const ALICE: &str = "SEP02112233A001";
const BOB: &str = "SEP02112233A002";

#[test]
fn two_phones_call_each_other_by_remote_control() {
    let server = serve();
    let program = Program::start(server.addresses[0], &[]);
    let (status, _) = program.ask("POST", "/phones", Some(json!({ "name": BOB, "model": "7965" })), None);
    assert_eq!(status, 201);
    let (status, taken) = program.ask("POST", "/phones", Some(json!({ "name": BOB })), None);
    assert_eq!((status, taken["error"].as_str()), (409, Some("there is a phone SEP02112233A002 already")));
    for phone in [ALICE, BOB] {
        assert_eq!(program.order(phone, "wait registered 30"), (200, json!({ "done": true })));
    }
    let (mut socket, _) =
        tungstenite::connect(format!("ws://{}/events", program.address)).expect("a WebSocket");
    event(&mut socket, |event| event["event"] == "listening");
    // One presses over HTTP, the other over the WebSocket.
    assert_eq!(program.order(ALICE, "dial 1002").0, 200);
    event(&mut socket, |event| event["phone"] == BOB && event["event"] == "ringer");
    let order = json!({ "id": 7, "phone": BOB, "command": "answer" });
    socket.send(Message::text(order.to_string())).expect("sent");
    let answer = event(&mut socket, |event| event["event"] == "answer");
    assert_eq!(answer, json!({ "event": "answer", "id": 7, "value": { "done": true } }));
    event(&mut socket, |event| event["phone"] == ALICE && event["value"]["state"] == "Connected");
    let screen = program.get(&format!("/phones/{ALICE}"));
    assert_eq!(screen["calls"][0]["called"]["number"], "1002", "{screen}");
    assert!(screen["softkeys"].as_array().expect("a list").contains(&json!("EndCall")), "{screen}");
    let text = program.ask("GET", &format!("/phones/{ALICE}/screen"), None, None).1;
    assert!(text.as_str().is_some_and(|text| text.contains("softkeys")), "{text}");
    assert_eq!(program.order(ALICE, "press EndCall").0, 200);
    event(&mut socket, |event| {
        event["phone"] == BOB && event["event"] == "call" && event["value"]["state"] == "OnHook"
    });
    assert_eq!(program.get(&format!("/phones/{ALICE}/history"))["history"][0]["number"], "1002");
    assert!(
        program.get(&format!("/phones/{ALICE}/messages?count=3"))["messages"]
            .as_array()
            .expect("a list")
            .len()
            == 3
    );
    assert_eq!(program.get("/phones")["phones"].as_array().expect("a list").len(), 2);
    // What is wrong has a status and a reason.
    assert_eq!(program.order(ALICE, "press Nonsense").0, 409);
    assert_eq!(program.order(ALICE, "frobnicate").0, 400);
    assert_eq!(program.order(ALICE, "record /tmp/heard.wav").0, 403);
    assert_eq!(program.order("SEP000000000000", "dial 1").0, 404);
    assert_eq!(program.order(ALICE, "wait ringing 0").0, 408);
    drop(program);
    server.stop();
    server.join().expect("the server ends");
}

#[test]
fn nobody_gets_in_without_the_token() {
    let server = serve();
    let program = Program::start(server.addresses[0], &["--remote-token", "a-long-secret"]);
    assert_eq!(program.ask("GET", "/phones", None, None).0, 401);
    assert_eq!(program.ask("GET", "/phones", None, Some("a-long-secreT")).0, 401);
    assert_eq!(program.ask("GET", "/phones", None, Some("a-long-secret")).0, 200);
    assert!(tungstenite::connect(format!("ws://{}/events", program.address)).is_err());
    assert!(tungstenite::connect(format!("ws://{}/events?token=a-long-secret", program.address)).is_ok());
    let open = Command::new(env!("CARGO_BIN_EXE_lineside"))
        .args(["phone", "--console", "--server", "127.0.0.1", "--remote", "0.0.0.0:0"])
        .env_remove("LINESIDE_PHONE_TOKEN")
        .stdin(Stdio::null())
        .output()
        .expect("the program runs");
    assert!(!open.status.success());
    let told = String::from_utf8_lossy(&open.stderr);
    assert!(told.contains("give a token"), "{told}");
    server.stop();
    server.join().expect("the server ends");
}
