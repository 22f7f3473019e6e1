//! All state as bytes, and back. A snapshot is taken between turns, after `poll` was drained; the plan is
//! not in it.

use std::sync::Arc;

use crate::Exchange;
use crate::plan::Plan;
use crate::state::State;

/// First byte of a snapshot: the form of what follows. Another form is refused, not guessed at.
const FORM: u8 = 1;

/// Why a snapshot can't be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// It is of another version of this program.
    #[error("the snapshot has form {found:?} and this program reads form {FORM}")]
    Form {
        /// Its first byte.
        found: Option<u8>,
    },
    /// Its bytes are damaged.
    #[error("the snapshot is damaged: {0}")]
    Damaged(String),
}

/// State as bytes.
pub(crate) fn save(state: &State) -> Vec<u8> {
    // Serialising plain data into a growing buffer can't fail; an empty snapshot is refused by `restore`.
    postcard::to_extend(state, vec![FORM]).unwrap_or_default()
}

impl Exchange {
    /// The exchange of a snapshot, under the plan that was in force.
    pub fn restore(bytes: &[u8], plan: Arc<Plan>) -> Result<Exchange, RestoreError> {
        let Some((&FORM, rest)) = bytes.split_first() else {
            return Err(RestoreError::Form { found: bytes.first().copied() });
        };
        let state = postcard::from_bytes(rest).map_err(|error| RestoreError::Damaged(error.to_string()))?;
        Ok(Exchange::with_state(state, plan))
    }
}
