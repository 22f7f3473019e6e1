//! Data for phone services. They are a later chapter: the phone only says that some came.

use skinny::message::Message;

use crate::output::Change;
use crate::phone::Phone;

impl Phone {
    pub(super) fn service_message(&mut self, message: &Message<'_>) {
        let application = match message {
            Message::UserToDeviceData(data) => data.user_to_device_data.application_id,
            Message::UserToDeviceDataVersion1(data) => data.user_to_device_data_version1.application_id,
            _ => return,
        };
        self.changed(Change::UserData(application.0));
    }
}
