//! The store's thread: reads the journal into it every few seconds, lets old records go, and says when it can't.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use exchange::plan::Plan;

use super::{Store, StoreError};
use crate::clock::unix_ms;
use crate::counters::Counters;

/// How often the journal is looked at.
const LOOK: Duration = Duration::from_secs(3);
/// How often while many calls are made: what is read together costs less.
const LOOK_BUSY: Duration = Duration::from_secs(15);
/// Records found at a look from which on many calls are made.
const BUSY_RECORDS: u64 = 256;
/// How often old records are let go.
const SWEEP: Duration = Duration::from_secs(3600);
/// After a failure, how long until the next try.
const RETRY: Duration = Duration::from_secs(5);

/// The store's thread. Dropping it reads what is left and ends it.
#[derive(Debug)]
pub struct Keeper {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

struct Work {
    directory: PathBuf,
    store: Option<Store>,
    keep: Duration,
    counters: Arc<Counters>,
    is_well: bool,
    swept: Option<Instant>,
}

impl Keeper {
    /// Begins, with a store that is open or is to be opened as soon as that is possible.
    pub fn start(
        directory: &Path,
        store: Option<Store>,
        keep: Duration,
        counters: Arc<Counters>,
    ) -> std::io::Result<Keeper> {
        let ends = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&ends);
        let is_well = store.is_some();
        let mut work = Work { directory: directory.to_owned(), store, keep, counters, is_well, swept: None };
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || {
            crate::priority::behind_calls();
            loop {
                // What was written before the order to end is read after it.
                let ends = is_over.load(Ordering::Acquire);
                let pause = work.step();
                if ends {
                    return;
                }
                std::thread::park_timeout(pause);
            }
        })?;
        Ok(Keeper { ends, thread: Some(thread) })
    }

    /// Reads what is new in the journal now instead of within a few seconds.
    pub fn look(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A thread that panicked has nothing more to do.
            let _ = thread.join();
        }
    }
}

impl Work {
    fn step(&mut self) -> Duration {
        match self.try_step() {
            Ok(records) => {
                if !std::mem::replace(&mut self.is_well, true) {
                    tracing::info!("the database takes records again");
                }
                if records < BUSY_RECORDS { LOOK } else { LOOK_BUSY }
            }
            Err(error) => {
                self.counters.store_failures.fetch_add(1, Ordering::Relaxed);
                if std::mem::replace(&mut self.is_well, false) {
                    tracing::warn!("{error}; calls go on, records wait in the journal");
                }
                RETRY
            }
        }
    }

    /// Reads all that is new; how many records that was.
    fn try_step(&mut self) -> Result<u64, StoreError> {
        let mut records = 0;
        let store = match &mut self.store {
            Some(store) => store,
            None => self.store.insert(Store::open(&self.directory)?),
        };
        loop {
            let imported = store.import(&self.directory)?;
            if imported.unreadable > 0 {
                tracing::warn!(
                    "{} lines of the journal can't be read and are passed over",
                    imported.unreadable
                );
            }
            if imported.bytes == 0 {
                break;
            }
            records += imported.records;
            self.counters.records_stored.fetch_add(imported.records, Ordering::Relaxed);
        }
        if self.swept.is_none_or(|swept| swept.elapsed() >= SWEEP) {
            self.swept = Some(Instant::now());
            let keep_ms = i64::try_from(self.keep.as_millis()).unwrap_or(i64::MAX);
            let gone = store.forget_before(unix_ms().saturating_sub(keep_ms))?;
            if gone > 0 {
                tracing::info!("{gone} records of calls were older than allowed and are gone");
            }
        }
        Ok(records)
    }
}

/// Opens the store and puts the file's devices in; a failure is said and harms nobody.
pub fn open_and_apply(directory: &Path, plan: &Plan) -> Option<Store> {
    let opened = Store::open(directory).and_then(|mut store| store.apply_file(plan).map(|()| store));
    match opened {
        Ok(store) => Some(store),
        Err(error) => {
            tracing::warn!("{error}; calls go on, records wait in the journal");
            None
        }
    }
}
