//! Incidents and actions on disk: reopened, killed, damaged.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use detect::{DetectorId, ErrorBudget, Evidence, Severity, Signal, Source};
use domain::{Endpoint, Timestamp, Window};
use respond::{ByHand, Kept, Response, Rung, Seen, Settings, Target};
use rusqlite::Connection;
use store::{IncidentFile, IncidentFileError, read_incidents};

fn at(secs: u64) -> Timestamp {
    Timestamp::from_secs(1_800_000_000 + secs)
}

/// A walk of the `n`th source; each has a block of its own.
fn walk(response: &mut Response, n: u8) {
    let door: Endpoint = "GET /v1/orders/{id}".parse().unwrap();
    let client = std::net::IpAddr::from([10, 0, n, 1]);
    let seen = Seen { strangers: 1, ..Seen::quiet(at(u64::from(n)), client, &door) };
    let signal = Signal {
        detector: DetectorId::SequentialIds,
        source: Source::Network(domain::networks_of(client)[0]),
        endpoint: seen.facts.door,
        severity: Severity::High,
        evidence: Evidence { case: "walk", people: 11, steps: 9, ..Evidence::default() },
        error: ErrorBudget::OneInClientDays(1_000_000),
        first: seen.at,
        last: seen.at,
    };
    response.observe(&[signal], &seen, seen.at);
}

/// Incidents with so many sources, an action by hand and a note.
fn busy(sources: u8) -> Response {
    let mut response = Response::new(Settings::default(), 7);
    (0..sources).for_each(|n| walk(&mut response, n));
    let by_hand = ByHand {
        rung: Rung::Quarantine,
        target: Target::Endpoint(5),
        named: None,
        span: Window::HOUR,
        who: "ops@example.com".into(),
        reason: "a hunch".into(),
        incident: None,
    };
    response.act(by_hand, at(300)).unwrap();
    let first = response.incidents().iter().next().unwrap().id;
    assert!(response.note(first, "ops@example.com", "our own test", at(301)));
    response
}

fn kept_in(folder: &Path) -> Kept {
    IncidentFile::open(folder, at(400)).unwrap().1.kept.unwrap()
}

/// The files of a folder as a kill would leave them.
fn copied(from: &Path) -> tempfile::TempDir {
    let to = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), to.path().join(entry.file_name())).unwrap();
    }
    to
}

fn names(folder: &Path) -> BTreeSet<String> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn what_was_put_is_there_after_a_restart_and_after_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let mut response = busy(3);
    let (mut file, found) = IncidentFile::open(folder.path(), at(0)).unwrap();
    assert_eq!(found, store::FoundIncidents::default());
    file.put(&response.kept()).unwrap();
    assert_eq!(kept_in(copied(folder.path()).path()), response.kept(), "killed, never closed");

    walk(&mut response, 9);
    file.put(&response.kept()).unwrap();
    file.put(&response.kept()).unwrap();
    assert_eq!(kept_in(copied(folder.path()).path()), response.kept());
    drop(file);
    assert_eq!(kept_in(folder.path()), response.kept());

    let restored = Response::restore(Settings::default(), 9, kept_in(folder.path()), at(400)).unwrap();
    assert_eq!(restored.in_force().len(), 5, "four sources and an endpoint are refused again");
}

#[test]
fn what_is_forgotten_leaves_the_file_and_the_order_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = IncidentFile::open(folder.path(), at(0)).unwrap();
    let mut kept = busy(5).kept();
    file.put(&kept).unwrap();
    kept.incidents.remove(1);
    kept.actions.remove(0);
    kept.incidents[0].reopened += 1;
    file.put(&kept).unwrap();
    assert_eq!(kept_in(folder.path()), kept);
    drop(file);
    // A restart knows what is written, too.
    let (mut file, _) = IncidentFile::open(folder.path(), at(1)).unwrap();
    kept.incidents.remove(1);
    file.put(&kept).unwrap();
    assert_eq!(kept_in(folder.path()), kept);
}

#[test]
fn only_what_changed_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = IncidentFile::open(folder.path(), at(0)).unwrap();
    let mut kept = busy(20).kept();
    file.put(&kept).unwrap();
    let other = Connection::open(folder.path().join("incidents.db")).unwrap();
    let noted = "CREATE TABLE noted (id TEXT);
        CREATE TRIGGER a AFTER UPDATE ON incidents BEGIN INSERT INTO noted VALUES (new.id); END;
        CREATE TRIGGER b AFTER UPDATE ON actions BEGIN INSERT INTO noted VALUES (new.id); END;";
    other.execute_batch(noted).unwrap();
    kept.incidents[10].reopened += 1;
    file.put(&kept).unwrap();
    file.put(&kept).unwrap();
    let mut statement = other.prepare("SELECT id FROM noted").unwrap();
    let ids = statement.query_map([], |row| row.get::<_, String>(0)).unwrap();
    assert_eq!(ids.map(Result::unwrap).collect::<Vec<_>>(), [kept.incidents[10].id.to_string()]);
    assert_eq!(kept_in(copied(folder.path()).path()), kept);
}

#[test]
fn all_files_are_their_owners_alone() {
    for was_there in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("incidents.db");
        if was_there {
            fs::write(&path, b"").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        }
        let (mut file, _) = IncidentFile::open(folder.path(), at(0)).unwrap();
        file.put(&busy(1).kept()).unwrap();
        let all = names(folder.path());
        assert_eq!(all.len(), 3, "{all:?}");
        for name in all {
            let mode = fs::metadata(folder.path().join(&name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}

#[test]
fn people_can_look_into_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = IncidentFile::open(folder.path(), at(0)).unwrap();
    let response = busy(2);
    file.put(&response.kept()).unwrap();
    let other = Connection::open(folder.path().join("incidents.db")).unwrap();
    let row = |text: &str| -> String {
        other
            .query_row(text, [], |row| {
                let parts = (0..row.as_ref().column_count()).map(|nth| row.get_ref(nth).unwrap());
                let shown =
                    parts.map(|part| part.as_str().map_or_else(|_| format!("{part:?}"), str::to_owned));
                Ok(shown.collect::<Vec<_>>().join(" "))
            })
            .unwrap()
    };
    let first = response.incidents().iter().next().unwrap();
    assert_eq!(
        row("SELECT id, state, severity, first FROM incidents"),
        format!("{} contained high 2027-01-15T08:00:00Z", first.id)
    );
    assert_eq!(
        row("SELECT incident, who, text FROM notes"),
        format!("{} ops@example.com our own test", first.id)
    );
    assert_eq!(
        row("SELECT id, step, reason, ends FROM actions ORDER BY rowid DESC"),
        "ACT-3 quarantine a hunch 2027-01-15T09:05:00Z"
    );
}

#[test]
fn who_only_reads_writes_and_moves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    assert!(read_incidents(folder.path()).unwrap().is_none());
    assert!(names(folder.path()).is_empty());
    let (mut file, _) = IncidentFile::open(folder.path(), at(0)).unwrap();
    let kept = busy(2).kept();
    file.put(&kept).unwrap();
    assert_eq!(read_incidents(folder.path()).unwrap().unwrap().kept, Some(kept.clone()), "while it is open");
    drop(file);
    let path = folder.path().join("incidents.db");
    let before = fs::read(&path).unwrap();
    assert_eq!(read_incidents(folder.path()).unwrap().unwrap().kept, Some(kept));
    assert_eq!(fs::read(&path).unwrap(), before);

    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("incidents.db"), b"no database at all, but rather a text").unwrap();
    let refused = read_incidents(folder.path()).unwrap_err();
    assert!(matches!(refused, IncidentFileError::Damaged { .. }), "{refused:?}");
    assert_eq!(names(folder.path()), BTreeSet::from(["incidents.db".to_owned()]));
}

/// A closed file with content, and where it is.
fn closed(folder: &Path) -> std::path::PathBuf {
    let (mut file, _) = IncidentFile::open(folder, at(0)).unwrap();
    file.put(&busy(20).kept()).unwrap();
    folder.join("incidents.db")
}

#[test]
fn a_damaged_file_is_set_aside_and_told_of_and_never_keeps_a_start() {
    let sql =
        |text: &'static str| move |path: &Path| Connection::open(path).unwrap().execute_batch(text).unwrap();
    type Harm = Box<dyn Fn(&Path)>;
    let harms: Vec<(&str, Harm, &str)> = vec![
        (
            "a text",
            Box::new(|path| fs::write(path, "not a database, but long enough for one".repeat(40)).unwrap()),
            "not a database",
        ),
        (
            "cut in the middle",
            Box::new(|path| {
                let half = fs::metadata(path).unwrap().len() / 2;
                fs::File::options().write(true).open(path).unwrap().set_len(half).unwrap();
            }),
            "",
        ),
        ("another program's", Box::new(sql("PRAGMA application_id = 1;")), "another program wrote it"),
        (
            "a later version's",
            Box::new(sql("PRAGMA user_version = 2;")),
            "it has version 2, and this program reads 1",
        ),
        ("without a table", Box::new(sql("DROP VIEW notes; DROP TABLE actions;")), "no such table"),
        ("without its counts", Box::new(sql("DELETE FROM counts;")), "its counts are missing"),
        (
            "with a table of its own only",
            Box::new(|path| {
                fs::remove_file(path).unwrap();
                Connection::open(path).unwrap().execute_batch("CREATE TABLE mine (x);").unwrap();
            }),
            "another program wrote it",
        ),
    ];
    for (what, harm, why) in harms {
        let folder = tempfile::tempdir().unwrap();
        let path = closed(folder.path());
        harm(&path);
        let harmed = fs::read(&path).unwrap();
        let (mut file, found) = IncidentFile::open(folder.path(), at(500)).unwrap();
        let aside = found.aside.unwrap_or_else(|| panic!("{what} is told of"));
        assert!(aside.why.contains(why), "{what}: {}", aside.why);
        assert_eq!(found.kept, None, "{what}");
        assert!(aside.path.ends_with("incidents.db.damaged-1800000500"), "{:?}", aside.path);
        assert_eq!(fs::read(&aside.path).unwrap(), harmed, "{what}: it is kept as it was");
        let kept = busy(1).kept();
        file.put(&kept).unwrap();
        drop(file);
        assert_eq!(kept_in(folder.path()), kept, "{what}: and a new one is begun");
    }
}

#[test]
fn a_second_damaged_file_does_not_replace_the_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = closed(folder.path());
    for _ in 0..2 {
        fs::write(&path, "no database".repeat(100)).unwrap();
        assert!(IncidentFile::open(folder.path(), at(500)).unwrap().1.aside.is_some());
    }
    let aside = names(folder.path())
        .into_iter()
        .filter(|name| name.contains("damaged") && !name.contains("-wal") && !name.contains("-shm"));
    assert_eq!(aside.count(), 2);
}

#[test]
fn rows_that_cannot_be_read_are_counted_and_the_others_are_there() {
    for harm in [
        "UPDATE incidents SET body = '{' WHERE rowid = 2;",
        "UPDATE incidents SET body = x'ff00' WHERE rowid = 2;",
        "UPDATE incidents SET body = zeroblob(3000000) WHERE rowid = 2;",
        "UPDATE incidents SET body = json_set(body, '$.state', 'elsewhere') WHERE rowid = 2;",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = closed(folder.path());
        Connection::open(&path).unwrap().execute_batch(harm).unwrap();
        let (mut file, found) = IncidentFile::open(folder.path(), at(500)).unwrap();
        let kept = found.kept.unwrap();
        assert_eq!((found.unreadable, kept.incidents.len(), found.aside), (1, 19, None), "{harm}");
        // Killed before anything new is written, nothing more is lost.
        let (_, again) = IncidentFile::open(copied(folder.path()).path(), at(501)).unwrap();
        assert_eq!((again.unreadable, again.kept), (1, Some(kept.clone())), "{harm}");
        file.put(&kept).unwrap();
        drop(file);
        let (_, found) = IncidentFile::open(folder.path(), at(502)).unwrap();
        assert_eq!((found.unreadable, found.kept), (0, Some(kept)), "{harm}: what was lost is told once");
    }
}

#[test]
fn a_file_that_is_cut_or_flipped_anywhere_never_keeps_a_start() {
    let folder = tempfile::tempdir().unwrap();
    let whole = fs::read(closed(folder.path())).unwrap();
    let (mut fine, mut harmed) = (0, 0);
    for nth in 0..whole.len() / 700 {
        let place = nth * 700 + nth % 13;
        let mut flipped = whole.clone();
        flipped[place] ^= 0x41;
        for bytes in [&whole[..place], &flipped[..]] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("incidents.db"), bytes).unwrap();
            let (mut file, found) = IncidentFile::open(folder.path(), at(500)).unwrap();
            file.put(&busy(1).kept()).unwrap();
            if found.aside.is_some() || found.unreadable > 0 { harmed += 1 } else { fine += 1 }
        }
    }
    assert!(harmed > 10 && fine > 0, "{harmed} {fine}");
}

#[test]
fn a_log_that_ends_anywhere_gives_one_state_or_the_other_never_a_mix() {
    let folder = tempfile::tempdir().unwrap();
    let (mut file, _) = IncidentFile::open(folder.path(), at(0)).unwrap();
    let (first, second) = (busy(4).kept(), busy(30).kept());
    file.put(&first).unwrap();
    let one = fs::metadata(folder.path().join("incidents.db-wal")).unwrap().len();
    file.put(&second).unwrap();
    let killed = copied(folder.path());
    let log = fs::read(killed.path().join("incidents.db-wal")).unwrap();
    let mut met = BTreeSet::new();
    let from = usize::try_from(one).unwrap();
    for end in (from..=log.len()).step_by(509).chain([log.len()]) {
        let copy = copied(killed.path());
        fs::write(copy.path().join("incidents.db-wal"), &log[..end]).unwrap();
        let (_, found) = IncidentFile::open(copy.path(), at(500)).unwrap();
        let state = found.kept.unwrap();
        assert!(state == first || state == second, "{end} of {}", log.len());
        met.insert(state == second);
    }
    assert_eq!(met.len(), 2, "both were met");
}

#[test]
fn a_folder_that_is_not_there_is_an_error_with_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let refused = IncidentFile::open(&folder.path().join("nowhere"), at(0)).unwrap_err();
    assert!(refused.to_string().contains("nowhere/incidents.db"), "{refused}");
}

#[test]
fn a_file_that_another_holds_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let path = closed(folder.path());
    let other = Connection::open(&path).unwrap();
    let (mut file, _) = IncidentFile::open(folder.path(), at(1)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE;").unwrap();
    let refused = file.put(&busy(1).kept()).unwrap_err();
    assert!(matches!(refused, IncidentFileError::Database { .. }), "{refused:?}");
    other.execute_batch("COMMIT;").unwrap();
    file.put(&busy(1).kept()).unwrap();
    assert_eq!(kept_in(folder.path()), busy(1).kept());
}
