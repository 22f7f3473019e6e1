use super::*;
use crate::provision::name::Name;

const ADDRESS: &str = "192.0.2.77";

fn address() -> IpAddr {
    ADDRESS.parse().expect("an address")
}

struct Tale {
    boots: Boots,
    now_ms: i64,
}

impl Tale {
    fn new() -> Tale {
        Tale { boots: Boots::default(), now_ms: 1_000 }
    }

    fn ask(&mut self, name: &str, outcome: Outcome) -> Ticket {
        self.now_ms += 10;
        let parsed = Name::of_tftp(name.as_bytes()).expect("a name");
        let kind = Kind::of(&parsed);
        let asked = Asked { at_ms: self.now_ms, address: address(), way: Way::Tftp, name, kind: &kind };
        self.boots.asked(asked, outcome)
    }

    fn gets(&mut self, name: &str) {
        self.ask(name, Outcome::Sent { bytes: 100 });
    }

    fn misses(&mut self, name: &str) {
        self.ask(name, Outcome::Missing { why: "not there".into() });
    }

    fn advice(&self, phone: &str) -> Advice {
        self.boots.of(phone).expect("known").explain(self.now_ms)
    }
}

#[test]
fn a_boot_that_goes_well() {
    let mut tale = Tale::new();
    tale.misses("CTLSEP001122334455.tlv");
    assert_eq!(tale.advice("SEP001122334455").stage, Stage::Fetching);
    tale.gets("SEP001122334455.cnf.xml");
    tale.misses("Ringlist.xml");
    let advice = tale.advice("sep001122334455");
    assert_eq!((advice.stage, advice.to_do.as_str()), (Stage::Configured, ""));
    tale.boots.registered("SEP001122334455", address(), tale.now_ms);
    assert_eq!(tale.advice("SEP001122334455").stage, Stage::Registered);
    assert_eq!(tale.boots.all().count(), 1, "files without a name are the same phone's");
    tale.boots.left("SEP001122334455", "no keepalive", tale.now_ms);
    assert_eq!(tale.advice("SEP001122334455").stage, Stage::Gone);
    tale.misses("CTLSEP001122334455.tlv");
    assert_eq!(tale.boots.of("SEP001122334455").unwrap().steps.len(), 1, "another boot");
}

#[test]
fn a_phone_that_trusts_another_server() {
    let mut tale = Tale::new();
    for _ in 0..4 {
        tale.misses("CTLSEP001122334455.tlv");
    }
    let advice = tale.advice("SEP001122334455");
    assert_eq!(advice.stage, Stage::Stuck);
    assert!(advice.what.contains("trusts another") && advice.to_do.contains("Erase"), "{advice:?}");
    let mut tale = Tale::new();
    tale.misses("SEP001122334455.cnf.xml.sgn");
    assert!(tale.advice("SEP001122334455").what.contains("signed"));
}

#[test]
fn sip_firmware_and_missing_firmware_are_named() {
    let mut tale = Tale::new();
    tale.misses("SIPDefault.cnf");
    let advice = tale.advice(ADDRESS);
    assert!(advice.what.contains("SIP firmware") && advice.to_do.contains("SCCP"), "{advice:?}");
    tale.misses("SIP001122334455.cnf");
    assert!(tale.advice("SEP001122334455").what.contains("SIP firmware"));

    let mut tale = Tale::new();
    tale.gets("SEP001122334455.cnf.xml");
    tale.misses("apps41.9-4-2ES26.sbn");
    assert!(tale.advice("SEP001122334455").what.contains("apps41"));
    let mut tale = Tale::new();
    tale.misses("term61.default.loads");
    assert!(tale.advice(ADDRESS).what.contains("no firmware"));
}

#[test]
fn a_phone_that_does_not_register_or_stops_in_the_middle() {
    let mut tale = Tale::new();
    let ticket = tale.ask("SEP001122334455.cnf.xml", Outcome::Begun { bytes: 900 });
    tale.boots.told(&ticket, vec!["192.0.2.5:2000".into()]);
    tale.boots.ended(&ticket, Outcome::BrokenOff { bytes: 512 });
    assert!(tale.advice("SEP001122334455").what.contains("broke off after 512"));
    tale.boots.ended(&ticket, Outcome::Sent { bytes: 900 });
    assert_eq!(tale.advice("SEP001122334455").stage, Stage::Configured);
    tale.now_ms += 60_000;
    let advice = tale.advice("SEP001122334455");
    assert!(advice.stage == Stage::Stuck && advice.what.contains("192.0.2.5:2000"), "{advice:?}");
}

#[test]
fn a_phone_without_a_name_gets_its_own_when_it_registers() {
    let mut tale = Tale::new();
    tale.gets("XMLDefault.cnf.xml");
    assert!(tale.boots.of(ADDRESS).is_some());
    tale.boots.registered("SEP001122334455", address(), tale.now_ms);
    assert!(tale.boots.of(ADDRESS).is_none());
    assert_eq!(tale.boots.of("SEP001122334455").unwrap().steps.len(), 1);
}

#[test]
fn neither_phones_nor_steps_grow_without_end() {
    let mut boots = Boots::default();
    let kind = Kind::Other;
    let outcome = Outcome::Missing { why: String::new() };
    for n in 0..PHONES_MAX as u32 + 100 {
        let address = IpAddr::from(n.to_be_bytes());
        let asked = Asked { at_ms: n.into(), address, way: Way::Http, name: "x", kind: &kind };
        boots.asked(asked, outcome.clone());
    }
    assert_eq!(boots.all().count(), PHONES_MAX);
    for n in 0..200 {
        let address = IpAddr::from(10_000u32.to_be_bytes());
        boots.asked(Asked { at_ms: n, address, way: Way::Http, name: "x", kind: &kind }, outcome.clone());
    }
    assert_eq!(boots.of("0.0.39.16").unwrap().steps.len(), STEPS_MAX);
}
