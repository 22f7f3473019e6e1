//! Data for phone services: pages that the server pushes. The phone keeps the last one; what is in it is the
//! driver's to show.

use skinny::codes::{ApplicationId, SequenceFlag};
use skinny::message::Message;
use skinny::types::{CallReference, LineInstance};

use crate::output::Change;
use crate::phone::Phone;
use crate::screen::Pushed;

/// Bytes of data that are put together of several messages.
pub const PUSHED_BYTES_MAX: usize = 16 * 1024;

/// A message's part of the data.
struct Part<'a> {
    application: ApplicationId,
    line: LineInstance,
    call: CallReference,
    transaction: u32,
    is_first: bool,
    is_last: bool,
    data: &'a [u8],
}

/// Whether it opens and closes the root of a page.
fn is_whole_page(data: &[u8]) -> bool {
    let holds = |part: &[u8]| data.windows(part.len()).any(|window| window == part);
    holds(b"<CiscoIPPhone") && holds(b"</CiscoIPPhone")
}

impl Phone {
    pub(super) fn service_message(&mut self, message: &Message<'_>) {
        match message {
            Message::UserToDeviceData(data) => {
                let data = &data.user_to_device_data;
                self.pushed_part(&Part {
                    application: data.application_id,
                    line: data.line_instance,
                    call: data.call_reference,
                    transaction: data.transaction_id,
                    is_first: true,
                    is_last: true,
                    data: data.xmldata.bytes(),
                });
            }
            Message::UserToDeviceDataVersion1(data) => {
                let data = &data.user_to_device_data_version1;
                let place = data.sequence_flag;
                self.pushed_part(&Part {
                    application: data.application_id,
                    line: data.line_instance,
                    call: data.call_reference,
                    transaction: data.transaction_id,
                    is_first: place == SequenceFlag::FIRST,
                    // Some servers call a page that fits one message its first part.
                    is_last: !matches!(place, SequenceFlag::FIRST | SequenceFlag::MORE)
                        || is_whole_page(data.xmldata.bytes()),
                    data: data.xmldata.bytes(),
                });
            }
            _ => {}
        }
    }

    fn pushed_part(&mut self, part: &Part<'_>) {
        let goes_on = self
            .pushed
            .as_ref()
            .filter(|before| !part.is_first && !before.is_whole && before.application == part.application.0);
        let mut data = goes_on.map_or_else(Vec::new, |before| before.data.to_vec());
        data.extend_from_slice(part.data);
        data.truncate(PUSHED_BYTES_MAX);
        let number = self.pushed.as_ref().map_or(0, |before| before.number);
        self.pushed = Some(Box::new(Pushed {
            application: part.application.0,
            line: part.line,
            call: part.call,
            transaction: part.transaction,
            number: number.wrapping_add(u32::from(part.is_last)),
            is_whole: part.is_last,
            data: data.into_boxed_slice(),
        }));
        if part.is_last {
            self.changed(Change::UserData(part.application.0));
        }
    }
}
