//! Where messages come from: captures, text traces, folders, archives, interfaces, all mixed into one view.

pub mod text;
