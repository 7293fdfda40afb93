//! Incidents and actions in one SQLite file of the state folder, for the next start and for people.
//!
//! The file is `incidents.db` (0600, write-ahead log, `synchronous=FULL`): what [`IncidentFile::put`]
//! returned from is there after a kill, whole, and what it did not return from is there whole or not at
//! all. It blocks, so it belongs on a thread that may; nothing on the way of an exchange waits for it.
//!
//! A file that is damaged, or that another program wrote, is moved aside and told of, and a new one is
//! begun: nobody is kept out because a history cannot be read. Single rows that cannot be read are
//! left out and counted.
//!
//! It holds addresses and keyed digests of principals, which are personal data still.
//!
//! ```
//! # use domain::Timestamp;
//! # let state = tempfile::tempdir()?;
//! # let now = Timestamp::from_secs(1_800_000_000);
//! let (mut file, found) = store::IncidentFile::open(state.path(), now)?;
//! assert!(found.kept.is_none());
//! let response = respond::Response::new(respond::Settings::default(), 42);
//! file.put(&response.kept())?;
//! drop(file);
//! let (_, found) = store::IncidentFile::open(state.path(), now)?;
//! assert_eq!(found.kept, Some(response.kept()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use domain::Timestamp;
use respond::{Action, Incident, Kept};
use rusqlite::{Connection, ErrorCode, OpenFlags, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The file in the state folder.
const FILE: &str = "incidents.db";
/// The version of the tables.
const SCHEMA: i64 = 1;
/// `TIDE`: no other program's file is written to.
const APPLICATION: i64 = 0x5449_4445;
/// How long another process may hold the file.
const BUSY: Duration = Duration::from_secs(2);
/// Most rows of a table that are read.
const MOST_ROWS: i64 = 4096;
/// Longest row that is read, in bytes. An incident has at most about 300 KB.
const MOST_BYTES: i64 = 1 << 20;

/// Columns beside `body` are for people who look into the file; the program reads `body`.
const TABLES: &str = "
    CREATE TABLE incidents (
        id TEXT PRIMARY KEY, state TEXT NOT NULL, severity TEXT NOT NULL, people INTEGER NOT NULL,
        first TEXT NOT NULL, last TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE actions (
        id TEXT PRIMARY KEY, incident TEXT, step TEXT NOT NULL, reason TEXT NOT NULL,
        taken TEXT NOT NULL, ends TEXT NOT NULL, body TEXT NOT NULL);
    CREATE TABLE counts (id TEXT PRIMARY KEY, body TEXT NOT NULL);
    CREATE VIEW notes AS
        SELECT incidents.id AS incident, json_extract(note.value, '$.at') AS at_millis,
            json_extract(note.value, '$.who') AS who, json_extract(note.value, '$.text') AS text
        FROM incidents, json_each(incidents.body, '$.notes') AS note;
";

/// Why incidents are not kept, or not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IncidentFileError {
    /// The file cannot be made, moved or closed to others.
    #[error("cannot prepare `{path}`")]
    Folder {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: io::Error,
    },
    /// SQLite says no.
    #[error("cannot use `{path}`")]
    Database {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        cause: rusqlite::Error,
    },
    /// It is no file of incidents that this program reads.
    #[error("`{path}` cannot be read as incidents: {why}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// What is to be kept has no text form.
    #[error("cannot write incidents as JSON")]
    Text(#[source] serde_json::Error),
}

/// A file that could not be read and was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    /// Where it is now.
    pub path: PathBuf,
    /// What was wrong with it.
    pub why: String,
}

/// What a start found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FoundIncidents {
    /// What was kept; `None` where nothing ever was.
    pub kept: Option<Kept>,
    /// Rows that could not be read.
    pub unreadable: u32,
    /// The file that was moved aside.
    pub aside: Option<SetAside>,
}

/// The open file.
#[derive(Debug)]
pub struct IncidentFile {
    path: PathBuf,
    database: Connection,
    /// A hash of each row as it is in the file: only what changed is written.
    written: HashMap<(Table, String), u64>,
    /// The next write replaces all rows.
    afresh: bool,
    hasher: RandomState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Table {
    Incidents,
    Actions,
    Counts,
}

/// The one row of `counts`.
const COUNTS: &str = "counts";

impl IncidentFile {
    /// Opens the file in the state folder, or begins one.
    ///
    /// # Errors
    /// When the folder or the disk does not let it. Never because of what the file holds.
    pub fn open(folder: &Path, now: Timestamp) -> Result<(Self, FoundIncidents), IncidentFileError> {
        let path = folder.join(FILE);
        match Self::open_at(&path) {
            Err(IncidentFileError::Damaged { why, .. }) => {
                let aside = set_aside(&path, now)?;
                let (file, found) = Self::open_at(&path)?;
                Ok((file, FoundIncidents { aside: Some(SetAside { path: aside, why }), ..found }))
            }
            other => other,
        }
    }

    fn open_at(path: &Path) -> Result<(Self, FoundIncidents), IncidentFileError> {
        private(path).map_err(|cause| IncidentFileError::Folder { path: path.to_owned(), cause })?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let judged = |cause| judge(path, cause);
        let database = Connection::open_with_flags(path, flags).map_err(judged)?;
        database.busy_timeout(BUSY).map_err(judged)?;
        prepare(path, &database)?;
        let found = read(path, &database)?;
        let mut file = Self {
            path: path.to_owned(),
            database,
            written: HashMap::new(),
            // What could not be read is not kept for ever, but until there is something in its place.
            afresh: found.unreadable > 0,
            hasher: RandomState::new(),
        };
        if let Some(kept) = found.kept.as_ref().filter(|_| !file.afresh) {
            file.written = file.rows(kept)?.into_iter().map(|row| (row.key(), row.hash)).collect();
        }
        Ok((file, found))
    }

    /// Writes what changed since it was last written or read, in one transaction.
    ///
    /// # Errors
    /// The disk's own; what was there before is still there then.
    pub fn put(&mut self, kept: &Kept) -> Result<(), IncidentFileError> {
        let rows = self.rows(kept)?;
        let new: HashMap<_, _> = rows.iter().map(|row| (row.key(), row.hash)).collect();
        if new == self.written && !self.afresh {
            return Ok(());
        }
        let gone: Vec<_> = self.written.keys().filter(|key| !new.contains_key(*key)).cloned().collect();
        let changed = rows.iter().filter(|row| self.written.get(&row.key()) != Some(&row.hash));
        let changed: Vec<_> = changed.collect();
        write(&mut self.database, self.afresh, &gone, &changed).map_err(|cause| judge(&self.path, cause))?;
        (self.written, self.afresh) = (new, false);
        Ok(())
    }

    fn rows<'k>(&self, kept: &'k Kept) -> Result<Vec<Row<'k>>, IncidentFileError> {
        let Kept { version, incidents, folded, actions, last_action } = kept;
        let mut rows = Vec::with_capacity(incidents.len() + actions.len() + 1);
        for incident in incidents {
            rows.push(self.row(incident.id.to_string(), Of::Incident(incident), incident)?);
        }
        for action in actions {
            rows.push(self.row(action.id.to_string(), Of::Action(action), action)?);
        }
        let counts = Counts { version: *version, folded: *folded, last_action: *last_action };
        rows.push(self.row(COUNTS.to_owned(), Of::Counts, &counts)?);
        Ok(rows)
    }

    fn row<'k>(&self, id: String, of: Of<'k>, body: &impl Serialize) -> Result<Row<'k>, IncidentFileError> {
        let body = serde_json::to_string(body).map_err(IncidentFileError::Text)?;
        let hash = self.hasher.hash_one(&body);
        Ok(Row { id, of, body, hash })
    }
}

/// What the state folder holds of incidents, for a program that only reads. `None` where there is no file.
///
/// # Errors
/// When it cannot be read, and also when it is damaged: who only reads moves nothing.
pub fn read_incidents(folder: &Path) -> Result<Option<FoundIncidents>, IncidentFileError> {
    let path = folder.join(FILE);
    if !path.exists() {
        return Ok(None);
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let database = Connection::open_with_flags(&path, flags).map_err(|cause| judge(&path, cause))?;
    database.busy_timeout(BUSY).map_err(|cause| judge(&path, cause))?;
    check(&path, &database)?;
    read(&path, &database).map(Some)
}

/// What is neither an incident nor an action.
#[derive(Serialize, serde::Deserialize)]
struct Counts {
    version: u32,
    folded: respond::Folded,
    last_action: u64,
}

enum Of<'k> {
    Incident(&'k Incident),
    Action(&'k Action),
    Counts,
}

struct Row<'k> {
    id: String,
    of: Of<'k>,
    body: String,
    hash: u64,
}

impl Row<'_> {
    fn key(&self) -> (Table, String) {
        let table = match self.of {
            Of::Incident(_) => Table::Incidents,
            Of::Action(_) => Table::Actions,
            Of::Counts => Table::Counts,
        };
        (table, self.id.clone())
    }
}

fn write(
    database: &mut Connection,
    afresh: bool,
    gone: &[(Table, String)],
    changed: &[&Row<'_>],
) -> rusqlite::Result<()> {
    let transaction = database.transaction()?;
    if afresh {
        transaction.execute_batch("DELETE FROM incidents; DELETE FROM actions; DELETE FROM counts;")?;
    }
    {
        // `ON CONFLICT` keeps a row's place, and with it the order in which incidents were opened.
        let mut incident = transaction.prepare(
            "INSERT INTO incidents (id, state, severity, people, first, last, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET
             state = ?2, severity = ?3, people = ?4, first = ?5, last = ?6, body = ?7",
        )?;
        let mut action = transaction.prepare(
            "INSERT INTO actions (id, incident, step, reason, taken, ends, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (id) DO UPDATE SET
             incident = ?2, step = ?3, reason = ?4, taken = ?5, ends = ?6, body = ?7",
        )?;
        let mut counts = transaction.prepare(
            "INSERT INTO counts (id, body) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET body = ?2",
        )?;
        for (table, id) in gone {
            let text = match table {
                Table::Incidents => "DELETE FROM incidents WHERE id = ?1",
                Table::Actions => "DELETE FROM actions WHERE id = ?1",
                Table::Counts => "DELETE FROM counts WHERE id = ?1",
            };
            transaction.execute(text, params![id])?;
        }
        for row in changed {
            match row.of {
                Of::Incident(one) => incident.execute(params![
                    row.id,
                    one.state.word(),
                    one.severity.word(),
                    one.people(),
                    one.first.to_string(),
                    one.last.to_string(),
                    row.body,
                ])?,
                Of::Action(one) => action.execute(params![
                    row.id,
                    one.incident.map(|id| id.to_string()),
                    one.rung.word(),
                    one.reason,
                    one.taken.to_string(),
                    one.ends.to_string(),
                    row.body,
                ])?,
                Of::Counts => counts.execute(params![row.id, row.body])?,
            };
        }
    }
    transaction.commit()
}

/// Checks the file and makes its tables where it is new.
fn prepare(path: &Path, database: &Connection) -> Result<(), IncidentFileError> {
    let judged = |cause| judge(path, cause);
    let tables: i64 =
        database.query_row("SELECT count(*) FROM sqlite_master", [], |row| row.get(0)).map_err(judged)?;
    let version: i64 = database.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(judged)?;
    if tables > 0 || version != 0 {
        check(path, database)?;
    }
    let mode: String =
        database.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0)).map_err(judged)?;
    if mode != "wal" {
        return Err(damaged(path, format!("its journal is `{mode}`")));
    }
    database.pragma_update(None, "synchronous", "full").map_err(judged)?;
    database.pragma_update(None, "trusted_schema", "off").map_err(judged)?;
    if tables == 0 && version == 0 {
        let text = format!(
            "BEGIN; {TABLES} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {SCHEMA}; COMMIT;"
        );
        database.execute_batch(&text).map_err(judged)?;
    }
    Ok(())
}

/// Whether the file is whole, ours, and of a version that this program reads.
fn check(path: &Path, database: &Connection) -> Result<(), IncidentFileError> {
    let judged = |cause| judge(path, cause);
    let number = |name: &str| database.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let application = number("application_id").map_err(judged)?;
    if application != APPLICATION {
        return Err(damaged(path, "another program wrote it".into()));
    }
    let version = number("user_version").map_err(judged)?;
    if version != SCHEMA {
        return Err(damaged(path, format!("it has version {version}, and this program reads {SCHEMA}")));
    }
    let whole: String = database.pragma_query_value(None, "quick_check", |row| row.get(0)).map_err(judged)?;
    if whole == "ok" { Ok(()) } else { Err(damaged(path, whole)) }
}

fn read(path: &Path, database: &Connection) -> Result<FoundIncidents, IncidentFileError> {
    let judged = |cause| judge(path, cause);
    let mut unreadable = 0;
    let counts: Vec<Counts> = bodies(database, "counts", &mut unreadable).map_err(judged)?;
    let incidents: Vec<Incident> = bodies(database, "incidents", &mut unreadable).map_err(judged)?;
    let actions: Vec<Action> = bodies(database, "actions", &mut unreadable).map_err(judged)?;
    let Some(Counts { version, folded, last_action }) = counts.into_iter().next() else {
        if unreadable > 0 || !incidents.is_empty() || !actions.is_empty() {
            return Err(damaged(path, "its counts are missing".into()));
        }
        return Ok(FoundIncidents::default());
    };
    let kept = Kept { version, incidents, folded, actions, last_action };
    Ok(FoundIncidents { kept: Some(kept), unreadable, aside: None })
}

/// The rows of a table, in the order in which they were first written.
fn bodies<T: DeserializeOwned>(
    database: &Connection,
    table: &'static str,
    unreadable: &mut u32,
) -> rusqlite::Result<Vec<T>> {
    let text = format!(
        "SELECT CASE WHEN length(CAST(body AS BLOB)) <= {MOST_BYTES} THEN CAST(body AS BLOB) END
         FROM {table} ORDER BY rowid LIMIT {MOST_ROWS}"
    );
    let mut statement = database.prepare(&text)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let body: Option<Vec<u8>> = row.get(0)?;
        match body.and_then(|body| serde_json::from_slice(&body).ok()) {
            Some(one) => all.push(one),
            None => *unreadable = unreadable.saturating_add(1),
        }
    }
    Ok(all)
}

/// Makes the file readable and writable for its owner only, also where it was there. SQLite gives its
/// write-ahead log the same mode.
fn private(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
    match fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        // One that is there is not opened: closing it would drop the locks that SQLite has on it.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        other => return other.map(drop),
    }
    if fs::metadata(path)?.permissions().mode() & 0o777 != 0o600 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

/// Moves the file and what SQLite keeps beside it.
fn set_aside(path: &Path, now: Timestamp) -> Result<PathBuf, IncidentFileError> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let names = (0..1000u32).map(|nth| match nth {
        0 => format!(".damaged-{}", now.secs()),
        nth => format!(".damaged-{}-{nth}", now.secs()),
    });
    let mut free = names.filter(|name| !beside(name).exists());
    let ending = free.next().unwrap_or_else(|| ".damaged".into());
    for part in ["-wal", "-shm", ""] {
        match fs::rename(beside(part), beside(&format!("{ending}{part}"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(IncidentFileError::Folder { path: beside(part), cause: error });
            }
            _ => {}
        }
    }
    Ok(beside(&ending))
}

fn damaged(path: &Path, why: String) -> IncidentFileError {
    IncidentFileError::Damaged { path: path.to_owned(), why }
}

/// Whether an error speaks of the file's content or of the world around it.
fn judge(path: &Path, cause: rusqlite::Error) -> IncidentFileError {
    let outside = cause.sqlite_error_code().is_some_and(|code| {
        matches!(
            code,
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::DiskFull
                | ErrorCode::SystemIoFailure
                | ErrorCode::OutOfMemory
                | ErrorCode::OperationInterrupted
        )
    });
    if outside {
        return IncidentFileError::Database { path: path.to_owned(), cause };
    }
    damaged(path, cause.to_string())
}
