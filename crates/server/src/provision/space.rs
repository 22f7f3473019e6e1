//! The one space of files behind TFTP and HTTP: the operator's folder first, then what is written on demand.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Instant;

use exchange::model::{self, File as Form, Model};
use exchange::plan::Plan;
use skinny::codes::DeviceType;

use super::files::{Member, default, phone, rings};
use super::folder::Folder;
use super::kind::Kind;
use super::loads::{self, State};
use super::name::Name;
use super::settings::Settings;
use super::zone;

/// Models of devices that are remembered.
const MODELS_MAX: usize = 200_000;

/// Who asks, and where the request arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asker {
    /// The phone.
    pub remote: IpAddr,
    /// Our address on which it asked: the one that it surely reaches.
    pub local: IpAddr,
}

/// What is found under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Written for the asker.
    Text(Vec<u8>),
    /// A file of the operator.
    File(PathBuf),
}

/// Why nothing is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It is not there.
    NotThere,
    /// The device is not configured: it goes on with the file for new phones.
    UnknownDevice,
    /// There are no certificates yet.
    NoTrust,
    /// The phone runs other firmware.
    SipFirmware,
    /// The form of the file is not public.
    UnknownForm,
}

/// The space.
#[derive(Debug)]
pub struct Space {
    settings: Settings,
    folder: Folder,
    /// Where phones register.
    sccp: Vec<SocketAddr>,
    date_template: String,
    time_zone: &'static str,
    /// Configured and adopted devices.
    devices: std::collections::BTreeSet<String>,
    /// Models by device, as they registered.
    models: BTreeMap<String, u32>,
}

impl Space {
    /// A space for phones that register at these addresses.
    pub fn new(settings: Settings, sccp: Vec<SocketAddr>) -> Space {
        let folder = Folder::new(settings.folder.clone());
        Space {
            folder,
            sccp,
            date_template: String::new(),
            time_zone: "Greenwich Standard Time",
            devices: Default::default(),
            models: BTreeMap::new(),
            settings,
        }
    }

    /// What the operator chose.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Phones register at these addresses.
    pub fn listening(&mut self, sccp: &[SocketAddr]) {
        self.sccp = sccp.to_vec();
    }

    /// Takes devices, date and time from a plan.
    pub fn apply(&mut self, plan: &Plan) {
        self.devices = plan.devices.keys().cloned().collect();
        self.models.retain(|device, _| self.devices.contains(device));
        self.date_template.clone_from(&plan.site.date_template);
        let zone = self.settings.time_zone.as_deref().and_then(zone::cisco);
        self.time_zone = zone.unwrap_or_else(|| zone::fixed(plan.site.utc_offset_secs));
    }

    /// A device registered, and said what it is.
    pub fn registered(&mut self, device: &str, device_type: u32) {
        if self.models.len() < MODELS_MAX {
            self.devices.insert(device.to_owned());
            self.models.insert(device.to_owned(), device_type);
        }
    }

    /// The model of a device, when it is known.
    pub fn model_of(&self, device: &str) -> Option<&'static Model> {
        model::find(DeviceType(*self.models.get(device)?))
    }

    /// What is found under a name.
    pub fn find(&mut self, name: &Name, kind: &Kind, asker: Asker, now: Instant) -> Result<Found, Missing> {
        if let Some(path) = self.folder.find(name, now) {
            return Ok(Found::File(path));
        }
        match kind {
            Kind::Trust(_) | Kind::Signed(_) => Err(Missing::NoTrust),
            Kind::Sip(_) => Err(Missing::SipFirmware),
            Kind::Binary(_) => Err(Missing::UnknownForm),
            Kind::Config(device) if !self.devices.contains(device) => Err(Missing::UnknownDevice),
            Kind::Config(device) => Ok(Found::Text(self.config(device, asker))),
            Kind::Default => Ok(Found::Text(default::file(&self.members(asker), &self.loads()))),
            Kind::Rings => Ok(Found::Text(rings::file(self.rings()))),
            Kind::LoadName => {
                self.load_of("7960").map(|load| Found::Text(load.into())).ok_or(Missing::NotThere)
            }
            _ => Err(Missing::NotThere),
        }
    }

    fn config(&self, device: &str, asker: Asker) -> Vec<u8> {
        let model = self.model_of(device);
        let form = model.map_or(Form::Full, |model| model.file);
        let content = phone::Content {
            form: if matches!(form, Form::Short | Form::Small) { form } else { Form::Full },
            members: &self.members(asker),
            date_template: &self.date_template,
            time_zone: self.time_zone,
            time_servers: &self.settings.time_servers,
            load: model.and_then(|model| self.load_of(model.name())).unwrap_or_default(),
            user_locale: self.user_locale(model),
            network_locale: self.network_locale(),
        };
        phone::file(&content)
    }

    /// The server at the address on which it was asked, then those after it; none twice, or phones would hold
    /// two registrations and flap.
    pub fn members(&self, asker: Asker) -> Vec<Member> {
        let address = self.settings.advertise.unwrap_or(asker.local);
        let mut members = vec![Member { address, port: self.port_at(asker.local) }];
        for member in &self.settings.backup {
            if members.iter().all(|other| other.address != member.address) {
                members.push(member.clone());
            }
        }
        members
    }

    /// SCCP's port at an address of ours.
    fn port_at(&self, local: IpAddr) -> u16 {
        let serves = |address: &&SocketAddr| {
            address.ip() == local || address.ip().is_unspecified() && address.is_ipv4() == local.is_ipv4()
        };
        self.sccp.iter().find(serves).or(self.sccp.first()).map_or(crate::config::PORT, SocketAddr::port)
    }

    /// Whether phones that ask at this address can register there.
    pub fn is_reachable(&self, local: IpAddr) -> bool {
        self.settings.advertise.is_some()
            || self.sccp.iter().any(|sccp| sccp.ip() == local || sccp.ip().is_unspecified())
    }

    /// The firmware that the operator chose for a model, when all of it is there.
    fn load_of(&self, model: &str) -> Option<&str> {
        let load = self.settings.loads.get(model)?;
        (loads::state(&self.folder, load) == State::Complete).then_some(load.as_str())
    }

    fn loads(&self) -> Vec<(&'static Model, &str)> {
        let chosen = self.settings.loads.keys().filter_map(|name| model::named(name));
        chosen.filter_map(|model| Some((model, self.load_of(model.name())?))).collect()
    }

    fn user_locale(&self, model: Option<&Model>) -> Option<&str> {
        let locale = self.settings.user_locale.as_deref()?;
        let file = model.and_then(|model| model.locale)?;
        self.folder.has(&format!("{locale}/{file}")).then_some(locale)
    }

    fn network_locale(&self) -> Option<&str> {
        let locale = self.settings.network_locale.as_deref()?;
        let has = |file: &str| self.folder.has(&format!("{locale}/{file}"));
        (has("g3-tones.xml") || has("7960-tones.xml")).then_some(locale)
    }

    fn rings(&self) -> impl Iterator<Item = &std::path::Path> {
        let is_ring = |path: &&std::path::Path| {
            std::fs::metadata(path).is_ok_and(|metadata| rings::fault(metadata.len()).is_none())
        };
        [".raw", ".pcm", ".rwb"].into_iter().flat_map(|ending| self.folder.ending(ending)).filter(is_ring)
    }

    /// What is wrong with the operator's files, one line each.
    pub fn faults(&mut self, now: Instant) -> Vec<String> {
        self.folder.refresh(now, std::time::Duration::ZERO);
        let mut faults = Vec::new();
        for (model, load) in &self.settings.loads {
            match loads::state(&self.folder, load) {
                State::Complete => {}
                State::Absent => faults.push(format!(
                    "firmware {load} for the {model} is not in the folder: phones keep theirs"
                )),
                State::Incomplete(missing) => faults.push(format!(
                    "firmware {load} for the {model} lacks {}: phones keep theirs until it is there",
                    missing.join(", ")
                )),
            }
        }
        for path in [".raw", ".pcm"].into_iter().flat_map(|ending| self.folder.ending(ending)) {
            let fault = std::fs::metadata(path).ok().and_then(|metadata| rings::fault(metadata.len()));
            if let Some(fault) = fault {
                faults.push(format!("{} is no ring tone and not listed: {fault}", path.display()));
            }
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asker(local: &str) -> Asker {
        Asker { remote: "192.0.2.77".parse().expect("an address"), local: local.parse().expect("an address") }
    }

    fn space(settings: Settings) -> Space {
        let sccp = ["0.0.0.0:2000", "[::]:2001"].map(|text| text.parse().expect("an address"));
        let mut space = Space::new(settings, sccp.into());
        let mut plan = Plan::default();
        plan.devices.insert("SEP000000000001".into(), exchange::plan::Device::default());
        plan.devices.insert("SEP000000000002".into(), exchange::plan::Device::default());
        space.apply(&plan);
        space
    }

    fn find(space: &mut Space, name: &str, local: &str) -> Result<String, Missing> {
        let name = Name::of_tftp(name.as_bytes()).expect("a name");
        let found = space.find(&name, &Kind::of(&name), asker(local), Instant::now())?;
        match found {
            Found::Text(bytes) => Ok(String::from_utf8(bytes).expect("text")),
            Found::File(path) => Ok(std::fs::read_to_string(path).expect("read")),
        }
    }

    #[test]
    fn addresses_are_those_on_which_the_phone_asked() {
        let mut space = space(Settings::default());
        let text = find(&mut space, "sep000000000001.CNF.xml", "192.0.2.5").expect("known");
        assert!(text.contains("<processNodeName>192.0.2.5<") && text.contains(">2000<"), "{text}");
        let text = find(&mut space, "XMLDefault.cnf.xml", "2001:db8::5").expect("always");
        assert!(text.contains("<processNodeName>2001:db8::5<") && text.contains(">2001<"), "{text}");
        let advertise = Some("203.0.113.9".parse().unwrap());
        let backup = ["203.0.113.9", "203.0.113.8"]
            .map(|address| Member { address: address.parse().unwrap(), port: 2000 })
            .into();
        space.settings = Settings { advertise, backup, ..Settings::default() };
        let addresses =
            space.members(asker("192.0.2.5")).into_iter().map(|member| member.address.to_string());
        assert_eq!(addresses.collect::<Vec<_>>(), ["203.0.113.9", "203.0.113.8"], "none twice");
    }

    #[test]
    fn what_is_not_there_is_missing_for_a_reason() {
        let mut space = space(Settings::default());
        for (name, why) in [
            ("CTLSEP000000000001.tlv", Missing::NoTrust),
            ("ITLFile.tlv", Missing::NoTrust),
            ("SEP000000000001.cnf.xml.sgn", Missing::NoTrust),
            ("SEP00000000000F.cnf.xml", Missing::UnknownDevice),
            ("SIPDefault.cnf", Missing::SipFirmware),
            ("SEP000000000001.cnf", Missing::UnknownForm),
            ("OS79XX.TXT", Missing::NotThere),
            ("jar41sccp.sbn", Missing::NotThere),
        ] {
            assert_eq!(find(&mut space, name, "192.0.2.5"), Err(why), "{name}");
        }
        space.registered("SEP00000000000F", 7);
        assert!(find(&mut space, "SEP00000000000F.cnf.xml", "192.0.2.5").is_ok());
    }

    #[test]
    fn models_get_their_own_form_and_firmware_only_when_it_is_whole() {
        let root = tempfile::tempdir().unwrap();
        let loads = [("7960", "P0030801SR02".to_owned()), ("7961", "SCCP41.9-4-2SR3-1S".to_owned())].into();
        let settings = Settings { folder: Some(root.path().into()), loads, ..Settings::default() };
        let mut space = space(settings);
        space.registered("SEP000000000001", 7);
        space.registered("SEP000000000002", 30_018);
        let old = find(&mut space, "SEP000000000001.cnf.xml", "192.0.2.5").unwrap();
        assert!(!old.contains("fullConfig") && old.contains("<loadInformation></loadInformation>"), "{old}");
        assert!(find(&mut space, "SEP000000000002.cnf.xml", "192.0.2.5").unwrap().contains("fullConfig"));
        assert_eq!(space.faults(Instant::now()).len(), 2);

        std::fs::write(root.path().join("P0030801SR02.loads"), "P0030801SR02.sb2\0").unwrap();
        let faults = space.faults(Instant::now());
        assert!(faults.iter().any(|fault| fault.contains("lacks P0030801SR02.sb2")), "{faults:?}");
        std::fs::write(root.path().join("P0030801SR02.sb2"), "x").unwrap();
        assert_eq!(space.faults(Instant::now()).len(), 1);
        let new = find(&mut space, "SEP000000000001.cnf.xml", "192.0.2.5").unwrap();
        assert!(new.contains("<loadInformation>P0030801SR02</loadInformation>"), "{new}");
        assert_eq!(find(&mut space, "OS79XX.TXT", "192.0.2.5").unwrap(), "P0030801SR02", "no end of line");
        let default = find(&mut space, "XMLDefault.cnf.xml", "192.0.2.5").unwrap();
        assert!(
            default.contains("loadInformation7 ") && !default.contains("loadInformation30018"),
            "{default}"
        );
    }

    #[test]
    fn files_of_the_operator_go_before_ours() {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("SEP000000000001.cnf.xml"), "mine").unwrap();
        std::fs::write(root.path().join("Chirp.raw"), [0; 480]).unwrap();
        std::fs::write(root.path().join("Long.raw"), [0; 481]).unwrap();
        let folder = Some(root.path().to_owned());
        let mut space = space(Settings { folder, ..Settings::default() });
        assert_eq!(find(&mut space, "sep000000000001.cnf.xml", "192.0.2.5").unwrap(), "mine");
        let rings = find(&mut space, "DISTINCTIVERINGLIST.XML", "192.0.2.5").unwrap();
        assert!(rings.contains("Chirp") && !rings.contains("Long"), "{rings}");
        assert!(space.faults(Instant::now())[0].contains("Long.raw"));
    }
}
