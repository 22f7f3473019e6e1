//! Records of calls for people and programs: which are wanted, and as what.

pub mod csv;
pub mod cucm;
#[cfg(test)]
mod tests;

use exchange::record::{CallRecord, StreamRecord};
use rusqlite::ToSql;
use serde::{Deserialize, Serialize};

/// Calls given at once; who wants more asks again from the last one on.
pub const PAGE_MAX: u32 = 1000;

/// What a phone counted, with what a line about it needs of its call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StreamRow {
    /// What it counted.
    #[serde(flatten)]
    pub stream: StreamRecord,
    /// The number that it had in the call.
    pub number: String,
    /// How long the call was answered.
    pub duration_secs: i64,
    /// When it ended, in milliseconds since the Unix epoch.
    pub end_ms: i64,
}

impl StreamRow {
    /// A stream of a call.
    pub fn of(stream: StreamRecord, call: &CallRecord) -> StreamRow {
        let is_caller = stream.device == call.calling_device && stream.reference != last(&call.references);
        let number = if is_caller { call.calling.clone() } else { call.called.clone() };
        let duration_secs = call.answer_ms.map_or(0, |answer| (call.end_ms - answer).max(0) / 1000);
        StreamRow { stream, number, duration_secs, end_ms: call.end_ms }
    }
}

fn last(references: &[u32]) -> u32 {
    references.last().copied().filter(|_| references.len() > 1).unwrap_or(0)
}

/// Which calls are wanted. Everything that is given must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Filter {
    /// Begun at this time or later, in milliseconds since the Unix epoch.
    pub since_ms: Option<i64>,
    /// Begun before this time.
    pub until_ms: Option<i64>,
    /// Called from, dialled or reached this number.
    pub number: Option<String>,
    /// One of the two devices.
    pub device: Option<String>,
    /// Calls with a higher number than this one.
    pub after: Option<u64>,
    /// How many at most; [`PAGE_MAX`] at the most.
    pub limit: Option<u32>,
}

impl Filter {
    /// How many at most.
    pub fn limit(&self) -> u32 {
        self.limit.unwrap_or(PAGE_MAX).min(PAGE_MAX)
    }

    /// The filter as a condition with places for values. Values never stand in the text.
    pub(crate) fn sql(&self) -> (String, Vec<Box<dyn ToSql>>) {
        let mut wishes = vec!["1".to_owned()];
        let mut values: Vec<Box<dyn ToSql>> = Vec::new();
        let mut add = |wish: &str, value: Box<dyn ToSql>| {
            values.push(value);
            wishes.push(wish.replace('?', &format!("?{}", values.len())));
        };
        if let Some(since) = self.since_ms {
            add("start_ms >= ?", Box::new(since));
        }
        if let Some(until) = self.until_ms {
            add("start_ms < ?", Box::new(until));
        }
        if let Some(number) = &self.number {
            add("(calling = ? OR dialed = ? OR called = ?)", Box::new(number.clone()));
        }
        if let Some(device) = &self.device {
            let device = device.to_ascii_uppercase();
            add("(upper(calling_device) = ? OR upper(called_device) = ?)", Box::new(device));
        }
        if let Some(after) = self.after {
            add("call > ?", Box::new(i64::try_from(after).unwrap_or(i64::MAX)));
        }
        (wishes.join(" AND "), values)
    }
}
