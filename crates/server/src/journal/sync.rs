//! The helper thread that brings the journal to the disk, so that the thread of the calls never waits for it.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use super::SYNC_INTERVAL;

/// The journal's file, and the thread behind it. Dropping it waits for the disk.
#[derive(Debug)]
pub struct SyncedFile {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    files: Mutex<Files>,
    is_dirty: AtomicBool,
    ends: AtomicBool,
}

#[derive(Debug)]
struct Files {
    current: Arc<File>,
    /// Put aside and not on the disk yet: one a second at the most that a disk writes.
    aside: Vec<Arc<File>>,
}

impl SyncedFile {
    /// Starts the thread.
    pub fn new(file: File) -> io::Result<SyncedFile> {
        let files = Mutex::new(Files { current: Arc::new(file), aside: Vec::new() });
        let shared =
            Arc::new(Shared { files, is_dirty: AtomicBool::new(false), ends: AtomicBool::new(false) });
        let for_thread = Arc::clone(&shared);
        let thread = std::thread::Builder::new().name("journal".into()).spawn(move || for_thread.run())?;
        Ok(SyncedFile { shared, thread: Some(thread) })
    }

    /// The file to write to.
    pub fn current(&self) -> Arc<File> {
        Arc::clone(&self.shared.files().current)
    }

    /// Something was written.
    pub fn written(&self) {
        self.shared.is_dirty.store(true, Ordering::Release);
    }

    /// From now on another file is written to.
    pub fn replace(&self, file: File) {
        let mut files = self.shared.files();
        let old = std::mem::replace(&mut files.current, Arc::new(file));
        files.aside.push(old);
        drop(files);
        self.written();
    }
}

impl Drop for SyncedFile {
    fn drop(&mut self) {
        self.shared.ends.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A thread that panicked has nothing more to write.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn files(&self) -> MutexGuard<'_, Files> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut is_well = true;
        loop {
            let ends = self.ends.load(Ordering::Acquire);
            if self.is_dirty.swap(false, Ordering::AcqRel) {
                let result = self.sync();
                if let (Err(error), true) = (&result, is_well) {
                    tracing::warn!("the journal can't be brought to the disk: {error}");
                }
                is_well = result.is_ok();
            }
            if ends {
                return;
            }
            std::thread::park_timeout(SYNC_INTERVAL);
        }
    }

    fn sync(&self) -> io::Result<()> {
        let (current, aside) = {
            let mut files = self.files();
            (Arc::clone(&files.current), std::mem::take(&mut files.aside))
        };
        aside.iter().try_for_each(|file| file.sync_data())?;
        current.sync_data()
    }
}
