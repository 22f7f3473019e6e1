//! The button template, in pages of 42.

use skinny::codes::ButtonType;
use skinny::message::{ButtonDefinition, ButtonTemplate, ButtonTemplateRes};
use skinny::table::Table;
use skinny::types::{Byte, Count};

use super::{Config, Phone};
use crate::limit::BUTTONS_PER_PAGE;

/// Sends what the buttons are.
pub(crate) fn buttons(phone: &mut Phone<'_>, config: &Config) {
    let has_lamps = phone.profile.shows_busy_lamps();
    let definition = |(kind, instance): &(u8, u8)| ButtonDefinition {
        instance_number: *instance,
        button_definition: Byte(shown_as(ButtonType(u32::from(*kind)), has_lamps)),
    };
    let all: Vec<ButtonDefinition> = config.buttons.iter().map(definition).collect();
    let mut offset = 0;
    loop {
        let page = &all[offset..all.len().min(offset + BUTTONS_PER_PAGE)];
        phone.send(&ButtonTemplateRes {
            button_template: ButtonTemplate {
                button_offset: offset as u32,
                button_count: Count(page.len() as u32),
                total_button_count: all.len() as u32,
                definition: Table::of(page),
            },
        });
        offset += BUTTONS_PER_PAGE;
        if offset >= all.len() {
            return;
        }
    }
}

/// A phone that knows no busy lamps has a speed dial instead.
fn shown_as(kind: ButtonType, has_lamps: bool) -> ButtonType {
    match kind {
        ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL if !has_lamps => ButtonType::SPEED_DIAL,
        kind => kind,
    }
}
