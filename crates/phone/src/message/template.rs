//! Buttons, lines and softkeys as the server tells them.

use skinny::codes::ButtonType;
use skinny::label::is_prefix;
use skinny::message::template::{ButtonTemplate, SoftKeySets, SoftKeyTemplate};
use skinny::message::{ForwardStatRes, Message};
use skinny::types::LineInstance;

use crate::output::Change;
use crate::phone::Phone;
use crate::profile::Request;
use crate::screen::Button;
use crate::template::{BUTTONS_MAX, Label, SET_KEYS, SETS_MAX, SOFTKEYS_MAX, SoftKey};

impl Phone {
    pub(super) fn template_message(&mut self, message: &Message<'_>) {
        match message {
            Message::ButtonTemplateRes(answer) => self.buttons_told(&answer.button_template),
            Message::SoftKeyTemplateRes(answer) => self.softkeys_told(&answer.soft_key_template),
            Message::SoftKeySetRes(answer) => self.sets_told(&answer.soft_key_sets),
            Message::ConfigStatRes(answer) => self.config_told(answer.number_of_lines),
            Message::ConfigStatV2Res(answer) => self.config_told(answer.number_of_lines),
            Message::LineStatRes(answer) => {
                let name = answer.line_fully_qualified_display_name.text();
                self.line_told(
                    answer.line_number,
                    answer.line_dir_number.text(),
                    name,
                    answer.line_text_label.text(),
                );
            }
            Message::LineStatV2Res(answer) => {
                let name = answer.line_fully_qualified_display_name.text();
                self.line_told(
                    answer.line_number,
                    answer.line_dir_number.text(),
                    name,
                    answer.line_text_label.text(),
                );
            }
            Message::ForwardStatRes(answer) => self.forward_told(answer),
            Message::SpeedDialStatRes(answer) => self.speed_dial_told(
                answer.speed_dial_number,
                answer.speed_dial_dir_number.text(),
                answer.speed_dial_display_name.text(),
            ),
            Message::SpeedDialStatV2Res(answer) => self.speed_dial_told(
                answer.speed_dial_number,
                answer.speed_dial_dir_number.text(),
                answer.speed_dial_display_name.text(),
            ),
            Message::FeatureStatRes(answer) => {
                self.feature_told(
                    answer.feature_index,
                    answer.feature_text_label.text(),
                    answer.feature_status,
                );
            }
            Message::FeatureStatV2Res(answer) => {
                self.feature_told(
                    answer.feature_index,
                    answer.feature_text_label.text(),
                    answer.feature_status,
                );
            }
            Message::ServiceURLStatRes(answer) => self.service_told(
                answer.service_url_index,
                answer.service_url.text(),
                answer.service_url_display_name.text(),
            ),
            Message::ServiceURLStatV2Res(answer) => self.service_told(
                answer.service_url_index,
                answer.service_url.text(),
                answer.service_url_display_name.text(),
            ),
            _ => {}
        }
    }

    fn buttons_told(&mut self, page: &ButtonTemplate<'_>) {
        let most = usize::from(self.config.profile.buttons.max(1)).min(BUTTONS_MAX);
        let from = (page.button_offset as usize).min(most);
        self.template.buttons.truncate(from);
        for definition in page.definition.iter() {
            if self.template.buttons.len() >= most {
                break;
            }
            let kind = definition.button_definition.0;
            let (label, target) = (Box::default(), Box::default());
            self.template.buttons.push(Button {
                kind,
                instance: definition.instance_number,
                label,
                target,
                status: 0,
            });
        }
        while self.template.buttons.last().is_some_and(|button| is_unused(button.kind)) {
            self.template.buttons.pop();
        }
        self.template.buttons.shrink_to_fit();
        self.changed(Change::Buttons);
        self.page_answered(
            Request::Buttons,
            page.button_offset,
            page.definition.len(),
            page.total_button_count,
        );
    }

    fn softkeys_told(&mut self, page: &SoftKeyTemplate<'_>) {
        let keys = &mut self.template.softkeys;
        keys.truncate((page.soft_key_offset as usize).min(SOFTKEYS_MAX));
        for definition in page.definition.iter().take(SOFTKEYS_MAX - keys.len()) {
            let label = match definition.soft_key_label.text() {
                [prefix, number] if is_prefix(*prefix) => Label::Code(*prefix, *number),
                text => {
                    Label::Text(crate::text::expand(text, crate::text::charset(self.config.profile.utf8)))
                }
            };
            keys.push(SoftKey { label, event: definition.soft_key_event });
        }
        keys.shrink_to_fit();
        self.changed(Change::SoftKeys);
        let (offset, total) = (page.soft_key_offset, page.total_soft_key_count);
        self.page_answered(Request::SoftKeys, offset, page.definition.len(), total);
    }

    fn sets_told(&mut self, page: &SoftKeySets<'_>) {
        let sets = &mut self.template.sets;
        sets.truncate((page.soft_key_set_offset as usize).min(SETS_MAX));
        for definition in page.definition.iter().take(SETS_MAX - sets.len()) {
            let mut keys = [0; SET_KEYS];
            let indexes = definition.soft_key_template_index.iter();
            keys.iter_mut().zip(indexes).for_each(|(key, index)| *key = index.0.0 as u8);
            sets.push(keys);
        }
        sets.shrink_to_fit();
        self.changed(Change::SoftKeys);
        let (offset, total) = (page.soft_key_set_offset, page.total_soft_key_set_count);
        self.page_answered(Request::SoftKeySets, offset, page.definition.len(), total);
    }

    /// A page came: the answer is whole with the last one.
    fn page_answered(&mut self, request: Request, offset: u32, count: usize, total: u32) {
        let end = u64::from(offset) + count as u64;
        if count == 0 || end >= u64::from(total) {
            self.answered(request)
        } else {
            self.half_answered(request)
        }
    }

    fn config_told(&mut self, lines: u32) {
        self.template.lines_configured = u8::try_from(lines).ok().filter(|lines| *lines > 0);
        self.answered(Request::Config);
    }

    fn line_told(&mut self, number: LineInstance, directory: &[u8], name: &[u8], label: &[u8]) {
        let (directory, name, label) = (self.text(directory), self.text(name), self.text(label));
        if let Some(line) = self.template.line_mut(number.0, self.config.profile.lines) {
            line.label = if label.is_empty() { directory.clone() } else { label };
            line.number = directory;
            line.name = name;
            self.changed(Change::Line(number.0));
        }
        self.answered(Request::Lines);
    }

    fn forward_told(&mut self, answer: &ForwardStatRes<'_>) {
        let when = |active: u32, number: &[u8], phone: &Phone| match active {
            0 => Box::default(),
            _ => phone.text(number),
        };
        let all = when(answer.forward_all_active, answer.forward_all_dirnum.text(), self);
        let busy = when(answer.forward_busy_active, answer.forward_busy_dirnum.text(), self);
        let no_answer = when(answer.forward_no_answer_active, answer.forward_no_answerl_dirnum.text(), self);
        if let Some(line) = self.template.line_mut(answer.line_number.0, self.config.profile.lines) {
            (line.forward_all, line.forward_busy, line.forward_no_answer) = (all, busy, no_answer);
            self.changed(Change::Forward(answer.line_number.0));
        }
        self.answered(Request::Forwards);
    }

    fn speed_dial_told(&mut self, number: u32, target: &[u8], name: &[u8]) {
        let (target, label) = (self.text(target), self.text(name));
        let is_speed_dial =
            |kind| matches!(kind, ButtonType::SPEED_DIAL | ButtonType::BUSY_LAMP_FIELD_SPEEDDIAL);
        if let Some(button) = self.template.button_mut(number, is_speed_dial) {
            (button.target, button.label) = (target, label);
            self.changed(Change::Buttons);
        }
        self.answered(Request::SpeedDials);
    }

    fn feature_told(&mut self, index: u32, label: &[u8], status: u32) {
        let label = self.text(label);
        let is_feature = |kind| {
            !is_unused(kind)
                && !matches!(kind, ButtonType::LINE | ButtonType::SPEED_DIAL | ButtonType::SERVICE_URL)
        };
        if let Some(button) = self.template.button_mut(index, is_feature) {
            (button.label, button.status) = (label, status);
            self.changed(Change::Buttons);
        }
        self.answered(Request::Features);
    }

    fn service_told(&mut self, index: u32, url: &[u8], label: &[u8]) {
        let (target, label) = (self.text(url), self.text(label));
        if let Some(button) = self.template.button_mut(index, |kind| kind == ButtonType::SERVICE_URL) {
            (button.target, button.label) = (target, label);
            self.changed(Change::Buttons);
        }
        self.answered(Request::Services);
    }
}

fn is_unused(kind: ButtonType) -> bool {
    matches!(kind, ButtonType::UNUSED | ButtonType::UNDEFINED)
}
