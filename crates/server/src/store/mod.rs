//! The store: an SQLite database beside the journal, for questions about calls and devices.
//!
//! What must not be lost stands in the journal first; the store's own thread reads it from there in batches
//! ([`import`]). So a database that is locked, full or gone delays answers and costs nothing: calls go on, and
//! what is missing is read later.

mod import;
pub mod keeper;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use exchange::plan::{Device, Plan};
use exchange::record::{CallRecord, RecordingRecord, RelayRecord};
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row, ToSql, params, params_from_iter};

use crate::records::{Filter, StreamRow};

pub use import::Imported;

/// The database's name in the data directory.
pub const FILE_NAME: &str = "lineside.db";
/// How long a statement waits for somebody else who writes.
const BUSY_WAIT: Duration = Duration::from_secs(2);
/// The form of the tables.
const SCHEMA_VERSION: i64 = 3;
const SCHEMA: &str = "
    CREATE TABLE call (
        call INTEGER PRIMARY KEY, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
        calling TEXT NOT NULL, dialed TEXT NOT NULL, called TEXT NOT NULL,
        calling_device TEXT NOT NULL, called_device TEXT NOT NULL, document TEXT NOT NULL) STRICT;
    CREATE TABLE stream (
        call INTEGER NOT NULL, device TEXT NOT NULL, reference INTEGER NOT NULL, unix_ms INTEGER NOT NULL,
        document TEXT NOT NULL, PRIMARY KEY (call, device, reference)) STRICT, WITHOUT ROWID;
    CREATE TABLE device (
        name TEXT PRIMARY KEY, origin TEXT NOT NULL, document TEXT NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE setting (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
";
/// One index for all questions about calls: by time, and small enough to be read through for a number or a
/// device. New calls only lengthen its end; an index by number would be written all over with each batch.
const INDEX: &str = "
    CREATE INDEX call_wanted ON call (start_ms, calling, dialed, called, calling_device, called_device);
";
/// What form 1 had instead.
const INDEXES_OF_FORM_1: &str = "
    DROP INDEX call_start; DROP INDEX call_calling; DROP INDEX call_dialed; DROP INDEX call_called;
    DROP INDEX call_calling_device; DROP INDEX call_called_device;
";
/// Pages of the write-ahead log that are copied into the database together.
const CHECKPOINT_PAGES: i64 = 4000;
/// What form 3 added.
const SCHEMA_3: &str = "
    CREATE TABLE relay (
        call INTEGER NOT NULL, device TEXT NOT NULL, unix_ms INTEGER NOT NULL, document TEXT NOT NULL,
        UNIQUE (call, device, document)) STRICT;
    CREATE TABLE recording (
        call INTEGER NOT NULL, device TEXT NOT NULL, file TEXT NOT NULL, unix_ms INTEGER NOT NULL,
        document TEXT NOT NULL, UNIQUE (call, device, file, unix_ms)) STRICT;
";

/// Why the store can't be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is none.
    #[error("there is no {0}: `lineside serve` makes it; name its directory with --data DIR")]
    Absent(PathBuf),
    /// SQLite says so.
    #[error("the database {path} {what}: {error}{}", advice(.error))]
    Sql {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// Why not.
        error: rusqlite::Error,
    },
    /// It was written by a newer program.
    #[error(
        "the database {path} has form {found} and this program reads {SCHEMA_VERSION}: use the newer program"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        found: i64,
    },
    /// The journal can't be read.
    #[error("the journal can't be read into the database: {0}")]
    Journal(#[from] std::io::Error),
}

fn advice(error: &rusqlite::Error) -> &'static str {
    use rusqlite::ErrorCode as Code;
    match error.sqlite_error_code() {
        Some(Code::DatabaseBusy | Code::DatabaseLocked) => {
            "; another program holds it: it is tried again, nothing is lost"
        }
        Some(Code::DiskFull) => "; make room: it is tried again, nothing is lost",
        Some(Code::DatabaseCorrupt | Code::NotADatabase) => {
            "; move it away: a new one is filled from the journal"
        }
        Some(Code::CannotOpen | Code::ReadOnly | Code::PermissionDenied) => {
            "; mind its owner and permissions"
        }
        _ => "",
    }
}

/// An open store.
#[derive(Debug)]
pub struct Store {
    connection: Connection,
    path: PathBuf,
}

impl Store {
    /// Opens the store of a data directory, and makes it when there is none.
    pub fn open(directory: &Path) -> Result<Store, StoreError> {
        let path = directory.join(FILE_NAME);
        let failed = |error| StoreError::Sql { path: path.clone(), what: "can't be opened", error };
        let connection = Connection::open(&path).map_err(failed)?;
        let mut store = Store { connection, path: path.clone() };
        store.prepare()?;
        restrict(&path);
        Ok(store)
    }

    /// Opens it to ask only; works beside a server that writes.
    pub fn open_to_read(directory: &Path) -> Result<Store, StoreError> {
        let path = directory.join(FILE_NAME);
        if !path.exists() {
            return Err(StoreError::Absent(path));
        }
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let failed = |error| StoreError::Sql { path: path.clone(), what: "can't be opened", error };
        let connection = Connection::open_with_flags(&path, flags).map_err(failed)?;
        connection.busy_timeout(BUSY_WAIT).map_err(failed)?;
        Ok(Store { connection, path })
    }

    fn prepare(&mut self) -> Result<(), StoreError> {
        let path = self.path.clone();
        let failed = |error| StoreError::Sql { path: path.clone(), what: "can't be prepared", error };
        self.connection.busy_timeout(BUSY_WAIT).map_err(failed)?;
        self.connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        // The journal is what must survive a power failure; the store may be a second behind.
        self.connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
        self.connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES).map_err(failed)?;
        let found: i64 =
            self.connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        if found > SCHEMA_VERSION {
            return Err(StoreError::Newer { path: self.path.clone(), found });
        }
        if found < SCHEMA_VERSION {
            let change = self.connection.transaction().map_err(failed)?;
            let steps: &[&str] = match found {
                0 => &[SCHEMA, INDEX, SCHEMA_3],
                1 => &[INDEXES_OF_FORM_1, INDEX, SCHEMA_3],
                _ => &[SCHEMA_3],
            };
            for step in steps {
                change.execute_batch(step).map_err(failed)?;
            }
            change.pragma_update(None, "user_version", SCHEMA_VERSION).map_err(failed)?;
            change.commit().map_err(failed)?;
        }
        Ok(())
    }

    fn failed(&self, what: &'static str) -> impl Fn(rusqlite::Error) -> StoreError + use<> {
        let path = self.path.clone();
        move |error| StoreError::Sql { path: path.clone(), what, error }
    }

    /// Puts the devices of the configuration file in place of those that it had before.
    pub fn apply_file(&mut self, plan: &Plan) -> Result<(), StoreError> {
        let failed = self.failed("does not take the configuration");
        let change = self.connection.transaction().map_err(&failed)?;
        change.execute("DELETE FROM device WHERE origin = 'file'", []).map_err(&failed)?;
        {
            let mut insert = change
                .prepare("INSERT OR REPLACE INTO device (name, origin, document) VALUES (?1, 'file', ?2)")
                .map_err(&failed)?;
            for (name, device) in &plan.devices {
                let document = serde_json::to_string(device).unwrap_or_default();
                insert.execute(params![name, document]).map_err(&failed)?;
            }
        }
        change.commit().map_err(&failed)
    }

    /// The devices of an origin (`file`, `operator`, `newcomer`) by name. One whose document is of another
    /// form than this program's is left out.
    pub fn devices(&self, origin: &str) -> Result<BTreeMap<String, Device>, StoreError> {
        let failed = self.failed("can't be read");
        let mut query = self
            .connection
            .prepare("SELECT name, document FROM device WHERE origin = ?1")
            .map_err(&failed)?;
        let rows = query
            .query_map([origin], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .map_err(&failed)?;
        let mut devices = BTreeMap::new();
        for row in rows {
            let (name, document) = row.map_err(&failed)?;
            if let Ok(device) = serde_json::from_str(&document) {
                devices.insert(name, device);
            }
        }
        Ok(devices)
    }

    /// Calls that a filter wants, in the order of their numbers.
    pub fn calls(&self, filter: &Filter) -> Result<Vec<CallRecord>, StoreError> {
        let failed = self.failed("can't be asked");
        let (wanted, values) = wanted(filter);
        let sql = format!("SELECT document FROM ({wanted})");
        let mut query = self.connection.prepare(&sql).map_err(&failed)?;
        let values = params_from_iter(values.iter().map(|value| &**value as &dyn ToSql));
        let rows = query.query_map(values, document).map_err(&failed)?;
        collect(rows).map_err(&failed)
    }

    /// What phones counted of calls that a filter wants.
    pub fn streams(&self, filter: &Filter) -> Result<Vec<StreamRow>, StoreError> {
        self.beside_calls(("stream", "device"), filter, |stream, call| {
            Some(StreamRow::of(serde_json::from_str(stream).ok()?, &serde_json::from_str(call).ok()?))
        })
    }

    /// What this server measured of the audio of calls that a filter wants.
    pub fn relays(&self, filter: &Filter) -> Result<Vec<RelayRecord>, StoreError> {
        self.beside_calls(("relay", "rowid"), filter, |relay, _| serde_json::from_str(relay).ok())
    }

    /// What was recorded of calls that a filter wants.
    pub fn recordings(&self, filter: &Filter) -> Result<Vec<RecordingRecord>, StoreError> {
        self.beside_calls(("recording", "unix_ms"), filter, |recording, _| {
            serde_json::from_str(recording).ok()
        })
    }

    /// Documents of a table of ours, each with that of its call.
    fn beside_calls<T>(
        &self,
        (table, order): (&'static str, &'static str),
        filter: &Filter,
        read: impl Fn(&str, &str) -> Option<T>,
    ) -> Result<Vec<T>, StoreError> {
        let failed = self.failed("can't be asked");
        let (wanted, values) = wanted(filter);
        let sql = format!(
            "SELECT {table}.document, wanted.document FROM {table} JOIN ({wanted}) AS wanted \
             ON {table}.call = wanted.id ORDER BY {table}.call, {table}.{order}"
        );
        let mut query = self.connection.prepare(&sql).map_err(&failed)?;
        let values = params_from_iter(values.iter().map(|value| &**value as &dyn ToSql));
        let rows = query
            .query_map(values, |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
            .map_err(&failed)?;
        let mut found = Vec::new();
        for row in rows {
            let (document, call) = row.map_err(&failed)?;
            found.extend(read(&document, &call));
        }
        Ok(found)
    }

    /// What is known of a recording by its file's name.
    pub fn recording_of(&self, file: &str) -> Result<Option<RecordingRecord>, StoreError> {
        let failed = self.failed("can't be asked");
        let found = self.connection.query_row(
            "SELECT document FROM recording WHERE file = ?1 ORDER BY unix_ms DESC",
            [file],
            document,
        );
        let text: Option<String> = found.optional().map_err(&failed)?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Removes records of calls that ended before a time; how many.
    pub fn forget_before(&mut self, unix_ms: i64) -> Result<usize, StoreError> {
        let failed = self.failed("does not let old records go");
        let change = self.connection.transaction().map_err(&failed)?;
        for table in ["stream", "relay", "recording"] {
            let sql = format!("DELETE FROM {table} WHERE unix_ms < ?1");
            change.execute(&sql, [unix_ms]).map_err(&failed)?;
        }
        let calls = change.execute("DELETE FROM call WHERE end_ms < ?1", [unix_ms]).map_err(&failed)?;
        change.commit().map_err(&failed)?;
        Ok(calls)
    }

    fn setting(&self, key: &str) -> rusqlite::Result<Option<String>> {
        self.connection
            .query_row("SELECT value FROM setting WHERE key = ?1", [key], |row| row.get(0))
            .optional()
    }
}

/// The calls that a filter wants, in the order of their numbers, as a statement with places for values.
fn wanted(filter: &Filter) -> (String, Vec<Box<dyn ToSql>>) {
    let (wish, values) = filter.sql();
    let limit = filter.limit();
    let wish = if filter.number.is_some() || filter.device.is_some() {
        // Read through the index, not through the documents.
        format!("call IN (SELECT call FROM call INDEXED BY call_wanted WHERE {wish})")
    } else {
        wish
    };
    (format!("SELECT call AS id, document FROM call WHERE {wish} ORDER BY call LIMIT {limit}"), values)
}

fn document(row: &Row<'_>) -> rusqlite::Result<String> {
    row.get(0)
}

fn collect<T: serde::de::DeserializeOwned>(
    rows: impl Iterator<Item = rusqlite::Result<String>>,
) -> rusqlite::Result<Vec<T>> {
    let mut found = Vec::new();
    for row in rows {
        // One of another form than this program's is left out.
        if let Ok(record) = serde_json::from_str(&row?) {
            found.push(record);
        }
    }
    Ok(found)
}

/// Only the owner may read who called whom.
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // A file of somebody else keeps its permissions; the directory is closed to others anyway.
        let _ = std::fs::set_permissions(PathBuf::from(name), std::fs::Permissions::from_mode(0o600));
    }
}
