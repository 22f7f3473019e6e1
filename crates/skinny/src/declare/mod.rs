//! The macros of the declarations: a message, a struct inside one, a union, an enumeration.
//!
//! A field is `name: Type`, optionally with clauses in brackets:
//! * `[since 17]`, `[until 16]`: on the wire only at these protocol versions;
//! * `[of caps_count]`: the earlier field that says how much of a table or of data is in use;
//! * `[counts caps]`: the other end of it, so that JSON need not say the count;
//! * `[by compression_type]`: the earlier field that chooses the case of a union, also of a union
//!   inside this field.

#[macro_use]
mod clause;
#[macro_use]
mod parts;
#[macro_use]
mod union;
#[macro_use]
mod codes;
#[macro_use]
mod message;
#[macro_use]
mod catalogue;
#[macro_use]
mod strings;
