//! The wire types beside integers and enumerations: identifiers, text, addresses, data.

mod address;
mod data;
mod enbloc;
mod identifier;
mod narrow;
mod text;

pub use address::*;
pub use data::*;
pub use enbloc::*;
pub use identifier::*;
pub use narrow::*;
pub use text::*;
