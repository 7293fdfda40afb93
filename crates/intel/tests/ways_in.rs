//! Ways in that reports tell in words of their own, and the techniques that they are.
#![allow(clippy::unwrap_used, reason = "tests")]

use intel::Status;

/// The techniques that a story asserts, by id.
fn asserted(story: &str) -> String {
    let told = intel::understand(story.as_bytes(), "a.txt").unwrap();
    let ids = told.techniques.iter().filter(|claim| claim.status == Status::Stated);
    ids.map(|claim| claim.id.as_str()).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_way_in_is_asserted_where_somebody_went_it() {
    let mut faults = Vec::new();
    for (story, expected) in [
        // Codes that were tried, and what collects nothing.
        (
            "The log-in API takes a four-digit code. I sent 600 wrong codes and then the right one. The names of 900 customers were open.",
            "T1110.001",
        ),
        // A key in an app, used and not used.
        (
            "The app carries a key of the storage service. We used the key to list one folder of the API. The names of 900 customers were open.",
            "T1078 T1552.001",
        ),
        (
            "The app carries a key of the storage service. Nobody has found it so far. The names of 900 customers were open.",
            "",
        ),
        // A field that a caller sets for himself.
        (
            "We sent the request to the API again with accountType set to clerk. The server took it and 50 files were read.",
            "T1190",
        ),
        // That it was examined for nothing says what was missing.
        (
            "The portal failed to examine whether a file belonged to the client. A trainee downloaded 340 files.",
            "T1190",
        ),
        ("The portal examined whether a file belonged to the client. A trainee downloaded 340 files.", ""),
        // By a machine.
        (
            "The portal did not check whose file it was. 1,101 files were fetched by means of a script.",
            "T1119 T1190",
        ),
        // Credit that was moved.
        (
            "Accounts were opened with passwords from other breaches. From 412 accounts they moved credit to their own.",
            "T1078 T1110.004 T1657",
        ),
    ] {
        let said = asserted(story);
        if said != expected {
            faults.push(format!("{story}\n    said     {said}\n    expected {expected}"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
