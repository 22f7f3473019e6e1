//! Phones of every generation from power to a call: files over TFTP or HTTP, registration, talk.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use phone::profile::{self, Profile};
use phone::{Act, Config};
use server::provision::boot::Stage;
use server::provision::{Provision, Settings};
use server::{Running, Server};
use softphone::fetch::{self, Family, FetchError, Files, Flash, Way};
use softphone::{Driver, Handle, Setup};

/// Long for a busy machine; nothing waits that long when all is well.
const SOON: Duration = Duration::from_secs(30);

struct Site {
    // Before the server: what it is told goes to nobody otherwise.
    server: Running,
    provision: Provision,
    folder: tempfile::TempDir,
    loads: BTreeMap<&'static str, String>,
}

/// A call manager and its files on free ports of loopback, with phones of all models.
fn site(loads: &[(&'static str, &str)]) -> Site {
    let mut text = String::from("[listen]\naddresses = [\"127.0.0.1:0\"]\n");
    for (index, profile) in profile::ALL.iter().enumerate() {
        let button = format!("[[device.button]]\nline = \"{}\"\nlabel = \"{}\"", 1000 + index, profile.model);
        text.push_str(&format!("[[device]]\nname = \"{}\"\n{button}\n", name(index)));
    }
    let folder = tempfile::tempdir().expect("a folder");
    let loads = loads.iter().map(|(model, load)| (*model, (*load).to_owned())).collect();
    let mut config = server::Config::from(server::config::parse("test", &text).expect("valid"));
    config.limits.drain = Duration::ZERO;
    let provision = provision(&folder, &loads, &config.plan);
    config.watch = Some(provision.watch());
    let server = Server::start(config).expect("starts");
    provision.listening(&server.addresses);
    Site { server, provision, folder, loads }
}

fn provision(
    folder: &tempfile::TempDir,
    loads: &BTreeMap<&'static str, String>,
    plan: &exchange::plan::Plan,
) -> Provision {
    let any = || vec!["127.0.0.1:0".parse().expect("an address")];
    let folder = Some(folder.path().to_owned());
    let settings = Settings { tftp: any(), http: any(), folder, loads: loads.clone(), ..Settings::default() };
    Provision::start(settings, Vec::new(), plan).expect("starts")
}

impl Site {
    fn files(&self) -> Files {
        Files { tftp: self.provision.tftp[0], http: Some(self.provision.http[0]) }
    }

    fn until(&self, phone: &str, stage: Stage) {
        let deadline = std::time::Instant::now() + SOON;
        loop {
            let boots = self.provision.boots();
            let found = boots.lock().expect("whole").of(phone).map(|boot| boot.explain(0));
            if found.as_ref().is_some_and(|advice| advice.stage == stage) {
                return;
            }
            assert!(std::time::Instant::now() < deadline, "{phone}: {found:?}");
            std::thread::park_timeout(Duration::from_millis(5));
        }
    }
}

fn name(index: usize) -> String {
    format!("{}{index:012X}", profile::ALL[index].name_prefix)
}

fn config(index: usize) -> Config {
    Config::new(&name(index), profile::ALL[index])
}

fn index_of(profile: &Profile) -> usize {
    profile::ALL.iter().position(|other| other.model == profile.model).expect("a model")
}

fn registered(driver: &Driver, index: usize, servers: Vec<SocketAddr>) -> Handle {
    let handle = driver.add(Setup::new(config(index), servers)).expect("the driver runs");
    handle.wait_for("registration", SOON, |phone| phone.is_registered()).unwrap_or_else(|no| panic!("{no}"));
    handle
}

#[test]
fn every_generation_boots_into_a_call() {
    let site = site(&[]);
    let driver = Driver::start().expect("a driver");
    let callee = index_of(&profile::CISCO_7960);
    let mut phones = Vec::new();
    for index in 0..profile::ALL.len() {
        let (model, mut flash) = (profile::ALL[index].model, Flash::default());
        let boot = fetch::boot(&config(index), site.files(), &mut flash, SOON)
            .unwrap_or_else(|no| panic!("{model}: {no}"));
        let names: Vec<&str> = boot.asked.iter().map(|asked| asked.name.as_str()).collect();
        let family = fetch::family(profile::ALL[index]);
        let own = name(index);
        let expect = match family {
            Family::Oldest => vec![format!("{own}.cnf"), "SEPDefault.cnf".into()],
            Family::Analogue => vec![own.to_lowercase(), "atadefault.cfg".into()],
            Family::Small => vec![format!("{}.cnf.xml", own.to_lowercase())],
            Family::Static => vec![format!("CTL{own}.tlv"), format!("{own}.cnf.xml")],
            Family::Java => vec![
                format!("CTL{own}.tlv"),
                format!("ITL{own}.tlv"),
                "ITLFile.tlv".into(),
                format!("{own}.cnf.xml"),
            ],
        };
        assert_eq!(names, expect, "{model}");
        let way = if fetch::tries_http(profile::ALL[index]) { Way::Http } else { Way::Tftp };
        assert!(boot.asked.iter().all(|asked| asked.way == way), "{model}: {:?}", boot.asked);
        let servers = match family {
            Family::Oldest | Family::Analogue => {
                assert_eq!(boot.servers, ["127.0.0.1:2000".parse().expect("an address")], "{model}");
                site.server.addresses.clone()
            }
            _ => boot.servers,
        };
        assert_eq!(servers, site.server.addresses, "{model}");
        phones.push(registered(&driver, index, servers));
        site.until(&own, Stage::Registered);
    }
    let number = format!("{}", 1000 + callee);
    for (index, phone) in phones.iter().enumerate().filter(|(index, _)| *index != callee) {
        let model = profile::ALL[index].model;
        phone.act(Act::Dial(&number)).unwrap_or_else(|no| panic!("{model}: {no}"));
        let other = &phones[callee];
        other.wait_for("ringing", SOON, |phone| phone.ringing()).unwrap_or_else(|no| panic!("{model}: {no}"));
        other.act(Act::Answer).expect("answers");
        for end in [phone, other] {
            end.wait_for("a call", SOON, |phone| phone.calls().iter().any(|call| call.is_connected()))
                .unwrap_or_else(|no| panic!("{model}: {no}"));
        }
        other.act(Act::Hangup).expect("hangs up");
        other
            .wait_for("the end", SOON, |phone| phone.calls().is_empty())
            .unwrap_or_else(|no| panic!("{model}: {no}"));
        // Behind an adapter busy tone plays until the handset is down.
        let _ = phone.act(Act::Hangup);
        phone
            .wait_for("the end", SOON, |phone| phone.calls().is_empty())
            .unwrap_or_else(|no| panic!("{model}: {no}"));
        let offences = phone.look(|phone| phone.offences().to_vec());
        assert!(offences.is_empty(), "{model} was sent what it chokes on: {offences:?}");
    }
}

#[test]
fn the_stamp_is_new_only_when_something_changed_and_then_firmware_is_loaded_whole() {
    let mut site = site(&[("7960", "P0030801SR02")]);
    let index = index_of(&profile::CISCO_7960);
    let mut flash = Flash::default();
    let first = fetch::boot(&config(index), site.files(), &mut flash, SOON).expect("boots");
    assert!(first.is_new && flash.load.is_none(), "the load is not there, so it is not told");
    assert!(!fetch::boot(&config(index), site.files(), &mut flash, SOON).expect("boots").is_new);

    // The server learns the model when the phone registers; the file of the model differs.
    let driver = Driver::start().expect("a driver");
    let phone = registered(&driver, index, first.servers.clone());
    site.until(&name(index), Stage::Registered);
    let of_model = fetch::boot(&config(index), site.files(), &mut flash, SOON).expect("boots");
    assert_ne!(of_model.stamp, first.stamp);

    // The load comes with one archive of two: nobody is told. With both: it is fetched.
    let put =
        |name: &str, content: &str| std::fs::write(site.folder.path().join(name), content).expect("written");
    put("P0030801SR02.loads", "\u{1}P0030801SR02.sb2\0P0030801SR02.sbn\0");
    put("P0030801SR02.sb2", "x");
    let restart = |site: &Site| {
        let mut plan = exchange::plan::Plan::default();
        plan.devices.insert(name(index), exchange::plan::Device::default());
        provision(&site.folder, &site.loads, &plan)
    };
    drop(phone);
    for (complete, has_load) in [(false, false), (true, true)] {
        if complete {
            put("P0030801SR02.sbn", "y");
        }
        site.provision = restart(&site);
        site.provision.listening(&site.server.addresses);
        site.provision.watch().event(&exchange::output::Event {
            number: 1,
            unix_ms: 0,
            change: exchange::output::Change::Registered {
                device: name(index),
                session: 1,
                protocol: 11,
                address: "127.0.0.1:1".into(),
                device_type: profile::CISCO_7960.device_type.0,
            },
        });
        site.until(&name(index), Stage::Registered);
        let boot = fetch::boot(&config(index), site.files(), &mut flash, SOON).expect("boots");
        assert_eq!(boot.is_new, has_load, "{boot:?}");
        assert_eq!(flash.load.is_some(), has_load, "{boot:?}");
    }
    let again = fetch::boot(&config(index), site.files(), &mut flash, SOON).expect("boots");
    assert!(again.asked.iter().all(|asked| !asked.name.ends_with(".loads")), "it has the load: {again:?}");
}

#[test]
fn unknown_phones_get_the_default_and_a_phone_that_was_configured_needs_no_file_server() {
    let site = site(&[]);
    let stranger = Config::new("SEP00DEADBEEF00", &profile::CISCO_7970);
    let mut flash = Flash::default();
    let boot = fetch::boot(&stranger, site.files(), &mut flash, SOON).expect("boots");
    assert_eq!(boot.servers, site.server.addresses);
    assert_eq!(boot.asked.last().map(|asked| asked.name.as_str()), Some("XMLDefault.cnf.xml"));

    // Nobody answers there: the port was ours a moment ago.
    let gone = std::net::UdpSocket::bind("127.0.0.1:0").expect("a socket");
    let silent = Files { tftp: gone.local_addr().expect("bound"), http: None };
    let patience = Duration::from_millis(1);
    let again = fetch::boot(&stranger, silent, &mut flash, patience).expect("goes by what it knows");
    assert_eq!((again.servers, again.is_new), (site.server.addresses.clone(), false));
    let never = fetch::boot(&stranger, silent, &mut Flash::default(), patience);
    assert!(matches!(never, Err(FetchError::Silent { .. })), "{never:?}");
}

/// The emulated phones and the table of models were written apart: where both speak of something, they agree.
#[test]
fn emulated_phones_are_as_the_table_of_models_says() {
    use exchange::model::{self, File, outbound::RULES};
    for profile in profile::ALL {
        let model = model::find(profile.device_type)
            .unwrap_or_else(|| panic!("{} is not in the table", profile.model));
        let name = model.name();
        assert_eq!(
            (profile.lines, profile.buttons),
            (model.lines, model.buttons),
            "{name}: lines and buttons"
        );
        assert_eq!(profile.softkeys, model.softkeys, "{name}: softkeys");
        assert!(profile.version <= model.version, "{name}: version");
        assert_eq!(profile.name_prefix, model.prefix, "{name}: prefix");
        let family = fetch::family(profile);
        let expect = match family {
            Family::Oldest => File::Binary,
            Family::Small => File::Small,
            Family::Static => File::Short,
            Family::Java => File::Full,
            Family::Analogue => File::Own,
        };
        let is_other = model.names.iter().any(|name| matches!(*name, "7910" | "7920"));
        assert!(model.file == expect || is_other, "{name}: {:?} and {family:?}", model.file);
        let is_http = model.fetch == model::Fetch::HttpThenTftp;
        assert_eq!(fetch::tries_http(profile), is_http, "{name}: fetches");
        for rule in RULES.iter().filter(|rule| rule.is_known_to(model.generation)) {
            // Answers go to whoever asks, so to nobody who does not know them.
            let is_answer = matches!(rule.id, 0x0152 | 0x015f);
            let is_plain = rule.needs == model::Needs::Nothing && !is_answer;
            assert!(!is_plain || !profile.chokes_on.contains(&rule.id), "{name} chokes on {:#x}", rule.id);
        }
    }
}

#[test]
fn a_scenario_s_phone_boots_before_it_registers() {
    let site = site(&[]);
    let index = index_of(&profile::CISCO_7960);
    let own = name(index);
    let play = |boot: &str, expected: &str| {
        let text = format!(
            "steps = [{{ booted = \"a\", {expected} }}, {{ expect = \"a\", registration = \"registered\", within = 30 }}]\n\
             [phones.a]\ndevice = \"{own}\"\nmodel = \"7960\"\nboot = \"{boot}\"\n"
        );
        let scenario =
            softphone::scenario::Scenario::parse(&text, site.folder.path()).expect("it can be read");
        let mut said = Vec::new();
        let outcome = softphone::scenario::Runner::default().run(&scenario, &mut |event| {
            if let softphone::scenario::Event::Said { text } = event {
                said.push(text.clone());
            }
        });
        (outcome.failed, said)
    };
    let files = site.provision.tftp[0].to_string();
    let server = site.server.addresses[0];
    let expected =
        format!("asked = [\"!CTL{own}.tlv\", \"{own}.cnf.xml\"], over = \"TFTP\", server = \"{server}\"");
    let (failed, said) = play(&files, &expected);
    assert!(failed.is_none(), "{failed:?}");
    assert!(said[0].contains(&format!("a asks: TFTP CTL{own}.tlv: not there")), "{said:?}");
    let (failed, _) = play(&files, "asked = \"XMLDefault.cnf.xml\"");
    let why = failed.expect("it never asked for that").why;
    assert!(why.contains("was not asked for") && why.contains(&format!("{own}.cnf.xml: ")), "{why}");
    let (failed, _) = play(&files, "over = \"HTTP\"");
    assert!(failed.expect("it asked over TFTP").why.contains("not all over HTTP"));
    let (failed, _) = play(&files, "server = \"192.0.2.1:2000\"");
    assert!(failed.expect("another server").why.contains(&server.to_string()));
}
