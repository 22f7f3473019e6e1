//! Pages that the server pushed (the list of a conference, for example), without a display: what they say, and
//! choosing from them.

use phone::{Act, Phone, Refused};
use skinny::codes::ApplicationId;
use skinny::message::{DeviceToUserDataVersion1, Message, UserDataVersion1};
use skinny::types::{CallReference, Count, Data, LineInstance};

use crate::handle::Handle;
use crate::service::{Content, Item, Page, Target};

/// Why nothing was chosen.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChooseError {
    /// The server pushed no page, or one without entries.
    #[error("the server pushed no page to choose from")]
    NoPage,
    /// No such entry.
    #[error("no entry \"{wanted}\" is on the page; there are: {shown}")]
    NotThere {
        /// What was asked for.
        wanted: String,
        /// What there is.
        shown: String,
    },
    /// It leads where only the phone on a terminal goes.
    #[error("\"{0}\" leads elsewhere ({1}); the phone on the terminal can follow it")]
    Elsewhere(String, String),
    /// The phone refused.
    #[error(transparent)]
    Refused(#[from] Refused),
}

/// The last page that the server pushed, if it can be read.
pub(crate) fn pushed_page(phone: &Phone) -> Option<Page> {
    Page::read(&phone.pushed()?.data).ok()
}

/// Chooses the entry of the pushed page whose words begin like this. Marks before them (who leads, who talks) may be left
/// out.
pub(super) fn choose(handle: &Handle, wanted: &str) -> Result<(), ChooseError> {
    let page = handle.peek(pushed_page).ok_or(ChooseError::NoPage)?;
    let (Content::Menu(items) | Content::Directory(items)) = &page.content else {
        return Err(ChooseError::NoPage);
    };
    let begins = |item: &&Item| begins_so(&item.name, wanted);
    let Some(item) = items.iter().find(begins) else {
        let shown: Vec<&str> = items.iter().map(|item| item.name.as_str()).collect();
        return Err(ChooseError::NotThere { wanted: wanted.to_owned(), shown: shown.join(", ") });
    };
    match Target::of(&item.target) {
        Target::UserData(application, line, call, transaction, data) => {
            tell(handle, (application, line, call, transaction), &data)?;
        }
        Target::Dial(number) => handle.act(Act::Dial(&number))?,
        Target::Digits(keys) => keys.chars().try_for_each(|key| handle.act(Act::Key(key)))?,
        Target::Stream(paging) => handle.act(Act::Page(paging))?,
        _ => return Err(ChooseError::Elsewhere(item.name.clone(), item.target.clone())),
    }
    Ok(())
}

/// Whether an entry begins with these words, with or without the marks before its own.
pub(crate) fn begins_so(entry: &str, wanted: &str) -> bool {
    let (entry, wanted) = (entry.to_lowercase(), wanted.to_lowercase());
    let words = entry.trim_start_matches(|mark: char| !mark.is_alphanumeric());
    entry.starts_with(&wanted) || words.starts_with(&wanted)
}

/// Data for the server, as a page's link asks for.
pub(crate) fn tell(
    handle: &Handle,
    (application, line, call, transaction): (u32, u32, u32, u32),
    data: &str,
) -> Result<(), Refused> {
    let data = Data::new(data.as_bytes());
    let body = UserDataVersion1 {
        application_id: ApplicationId(application),
        line_instance: LineInstance(line),
        call_reference: CallReference(call),
        transaction_id: transaction,
        data_length: Count(data.len() as u32),
        xmldata: data,
        ..UserDataVersion1::default()
    };
    let message = DeviceToUserDataVersion1 { device_to_user_data_version1: body };
    handle.look(|phone| phone.send_message(&Message::DeviceToUserDataVersion1(message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_known_by_its_words() {
        for wanted in ["bob", "*+ Bob", "Bob (1002)"] {
            assert!(begins_so("*+ Bob (1002)", wanted), "{wanted}");
        }
        assert!(!begins_so("Unlock", "Lock"));
        assert!(!begins_so("+ Carol (1003)", "1003"));
    }
}
