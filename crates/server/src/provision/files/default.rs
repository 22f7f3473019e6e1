//! `XMLDefault.cnf.xml`: for phones that nobody configured. It tells where to register, and which firmware
//! each model should have, where the operator chose one.

use exchange::model::Model;

use super::{Member, Xml};

/// The file.
pub fn file(members: &[Member], loads: &[(&Model, &str)]) -> Vec<u8> {
    Xml::document("Default", |xml| {
        xml.call_managers(members);
        for (model, load) in loads {
            let name = format!("loadInformation{}", model.device_type.0);
            xml.with_attributes(&name, &[("model", model.name())], |xml| xml.content(load));
        }
        let urls =
            ["authenticationURL", "directoryURL", "idleURL", "informationURL", "messagesURL", "servicesURL"];
        urls.iter().for_each(|name| xml.text(name, ""));
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loads_stand_by_device_type() {
        let members = [Member { address: "192.0.2.1".parse().unwrap(), port: 2000 }];
        let model = exchange::model::named("7960").unwrap();
        let text = String::from_utf8(file(&members, &[(model, "P0030801SR02")])).unwrap();
        assert!(text.contains("<loadInformation7 model=\"7960\">P0030801SR02</loadInformation7>"), "{text}");
        assert!(text.contains("<processNodeName>192.0.2.1</processNodeName>"));
    }
}
