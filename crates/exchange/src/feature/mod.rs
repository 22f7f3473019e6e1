//! Features, one file each. Like `call/` they speak to legs, not to phones.

mod hold;
mod transfer;

pub(crate) use transfer::Recall;
