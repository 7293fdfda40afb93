//! A part of the ledger that is lost is told, counts as spent, and comes back with its files.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::as_conversions,
    reason = "tests"
)]

mod common;

use std::path::{Path, PathBuf};

use testkit::upstream::{Act, Recorded, Upstream};

use common::{Gate, people, text};

/// `/people/N` is a page of ten, `/plain` holds nothing personal.
async fn directory() -> Upstream {
    Upstream::start(page).await.unwrap()
}

fn page(request: &Recorded) -> Act {
    match request.target().strip_prefix("/people/") {
        Some(number) => {
            let first = number.parse::<usize>().unwrap() * 10;
            Act::json(200, &people(first..first + 10))
        }
        None => Act::json(200, r#"{"stock":7}"#),
    }
}

/// A gateway that told of twenty people and stopped, with the first segment of its ledger sealed.
async fn spent(upstream: &Upstream) -> Gate {
    let mut gate = Gate::guard(upstream.address()).await;
    for page in ["/people/1", "/people/2"] {
        assert_eq!(gate.get(page).await.0, 200);
    }
    gate.stop().await;
    let mut gate = gate.start_again().await;
    assert_eq!(gate.get("/people/3").await.0, 429);
    gate.stop().await;
    gate
}

/// What the ledger says when it is asked, and how it ends.
fn asked(gate: &Gate) -> (Option<i32>, String) {
    let ran = gate.ledger_text(&["exposure"]);
    (ran.status.code(), text(&ran.stdout))
}

#[tokio::test]
async fn what_a_kill_leaves_of_refusals_is_at_least_half_of_them_and_is_told_as_at_least() {
    let upstream = directory().await;
    for is_killed in [true, false] {
        let mut gate = Gate::guard(upstream.address()).await;
        for page in ["/people/1", "/people/2"] {
            assert_eq!(gate.get(page).await.0, 200);
        }
        for page in 3..103 {
            assert_eq!(gate.get(&format!("/people/{page}")).await.0, 429);
        }
        let line = || gate.ledger(&["dossier"])["dossier"]["account"]["refusals"][0].clone();
        let half = || Some(line()).filter(|line| line["count"].as_u64().is_some_and(|count| count >= 50));
        let running = common::eventually("half of the refusals", half).await;
        assert_eq!(running["at_least"], true, "some are counted in memory: {running}");
        if is_killed {
            gate.process.kill().unwrap();
        } else {
            gate.stop().await;
        }
        // Also after a start, which vouches for nothing that was before it.
        let mut gate = gate.start_again().await;
        gate.stop().await;
        let told = gate.ledger(&["dossier"]);
        let line = &told["dossier"]["account"]["refusals"][0];
        let (count, shown) = (line["count"].as_u64().unwrap(), text(&gate.ledger_text(&["dossier"]).stdout));
        assert_eq!(line["at_least"], is_killed, "{line}");
        if is_killed {
            assert!((50..=100).contains(&count), "{count} of 100");
            let said = format!("at least {count} refusals, at least {} records withheld", count * 10);
            assert_eq!(shown.matches(&said).count(), 2, "where it stopped, and among refusals: {shown}");
        } else {
            assert_eq!(count, 100);
            assert!(
                shown.contains("100 refusals, 1000 records") && !shown.contains("at least 100"),
                "{shown}"
            );
        }
    }
}

/// What is done to a file of the ledger.
type Harm<'h> = &'h dyn Fn(&Path);

#[tokio::test]
async fn a_lost_part_of_the_ledger_is_told_and_gives_no_fresh_budget() {
    let turn = |file: &Path| {
        let mut bytes = std::fs::read(file).unwrap();
        bytes[100] ^= 1;
        std::fs::write(file, bytes).unwrap();
    };
    let cut = |file: &Path| std::fs::OpenOptions::new().write(true).open(file).unwrap().set_len(200).unwrap();
    let remove = |file: &Path| std::fs::remove_file(file).unwrap();
    let harms: [(Harm<'_>, &str); 3] = [
        (&remove, "the file is missing"),
        (&cut, "the file is cut short"),
        // Found by the examination that follows the start.
        (&turn, "a frame is torn or damaged"),
    ];
    for (harm, why) in harms {
        let upstream = directory().await;
        let gate = spent(&upstream).await;
        harm(&gate.state().join("segments/0000000001.seg"));
        let (code, said) = asked(&gate);
        assert_eq!(code, Some(1), "{why}: {said}");
        assert!(said.starts_with("NOT WHOLE") && !said.contains("pruned"), "{why}: {said}");
        assert!(said.lines().any(|line| line.starts_with("people ") && line.contains("at least")), "{said}");

        let mut gate = gate.start_again().await;
        let told = &gate.logged("a part of the ledger is lost", 1).await[0];
        assert_eq!(told["level"], "ERROR");
        assert_eq!(told["file"], "segments/0000000001.seg");
        assert_eq!((&told["why"], &told["budgets"]), (&why.into(), &"whole".into()), "{told}");
        assert!(gate.metric("tidegate_ledger_losses_total", r#"budgets="whole""#).await >= 1.0);
        assert_eq!(gate.get("/people/3").await.0, 429, "{why}: the summary knows what was charged");
        assert_eq!(gate.get("/people/1").await.0, 200, "{why}: and whom");
        gate.stop().await;
        assert_eq!(gate.ledger(&["dossier"])["dossier"]["gaps"][0]["segment"], 1);
    }
}

#[tokio::test]
async fn what_nobody_can_know_any_more_counts_as_spent() {
    let upstream = directory().await;
    let gate = spent(&upstream).await;
    let lost = ["segments/0000000001.seg", "segments/0000000001.sum"].map(|name| gate.state().join(name));
    let away = |file: &PathBuf| file.with_extension(format!("{}.away", file.extension().unwrap().display()));
    lost.iter().for_each(|file| std::fs::rename(file, away(file)).unwrap());

    let mut gate = gate.start_again().await;
    let told = &gate.logged("a part of the ledger is lost", 1).await[0];
    assert_eq!((&told["why"], &told["budgets"]), (&"the file is missing".into(), &"spent".into()), "{told}");
    assert!(gate.metric("tidegate_ledger_losses_total", r#"budgets="spent""#).await >= 1.0);
    // It is not known any more who was told of whom.
    for page in ["/people/3", "/people/1"] {
        assert_eq!(gate.get(page).await.0, 429);
    }
    assert_eq!(gate.get("/plain").await.0, 200);
    gate.stop().await;

    // Whoever puts the files back has everything back.
    lost.iter().for_each(|file| std::fs::rename(away(file), file).unwrap());
    let gate = gate.start_again().await;
    assert_eq!(gate.get("/people/1").await.0, 200);
    assert_eq!(gate.log("a part of the ledger is lost").len(), 0);
    let (code, said) = asked(&gate);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.starts_with("people         20 people"), "{said}");
}
