//! ATT&CK Enterprise: techniques, tactics, mitigations, and who is known to use what.
//!
//! STIX ids are MITRE's own. Groups and campaigns are those of the procedure examples that begin
//! with their name, which is how the data tells that the sentence is about them; they are context for
//! a technique, never a hint at who did something.

use std::sync::LazyLock;

use crate::table::{self, find, list};

/// Whether MITRE still keeps a technique.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It is part of the matrix.
    Current,
    /// It was withdrawn and nothing took its place.
    Deprecated,
    /// Another technique took its place.
    Revoked {
        /// The id that took its place, which may be revoked in its turn (see [`current`]).
        by: &'static str,
    },
}

/// A technique or sub-technique.
#[derive(Debug)]
pub struct Technique {
    /// `T1190`, `T1213.006`.
    pub id: &'static str,
    /// Its own name; sub-techniques of different parents may share one (see [`Technique::full_name`]).
    pub name: &'static str,
    /// Whether MITRE still keeps it.
    pub status: Status,
    uuid: &'static str,
    tactics: &'static str,
    mitigations: &'static str,
}

impl Technique {
    /// MITRE's own STIX id, `attack-pattern--...`.
    #[must_use]
    pub fn stix_id(&self) -> String {
        format!("attack-pattern--{}", self.uuid)
    }

    /// The technique that it is a part of, by its id.
    #[must_use]
    pub fn parent(&self) -> Option<&'static Technique> {
        self.id.split_once('.').and_then(|(parent, _)| technique(parent))
    }

    /// `Data from Information Repositories: Databases`.
    #[must_use]
    pub fn full_name(&self) -> String {
        match self.parent() {
            Some(parent) => format!("{}: {}", parent.name, self.name),
            None => self.name.to_owned(),
        }
    }

    /// Its tactics, in the order of the matrix.
    pub fn tactics(&self) -> impl Iterator<Item = &'static Tactic> + use<> {
        list(self.tactics).filter_map(tactic)
    }

    /// The mitigations that ATT&CK links to it.
    pub fn mitigations(&self) -> impl Iterator<Item = &'static Mitigation> + use<> {
        list(self.mitigations).filter_map(mitigation)
    }

    /// Groups and campaigns with a procedure example for it, by id.
    pub fn actors(&self) -> impl Iterator<Item = &'static Actor> + use<> {
        let id = self.id;
        actors().iter().filter(move |actor| actor.techniques().any(|used| used == id))
    }
}

/// A tactic: what an adversary wants at that moment.
#[derive(Debug)]
pub struct Tactic {
    /// `TA0009`.
    pub id: &'static str,
    /// `Collection`.
    pub name: &'static str,
    /// `collection`, as kill chain phases of STIX write it.
    pub shortname: &'static str,
    /// Place in the matrix, from 0 (reconnaissance) to 13 (impact).
    pub order: usize,
    uuid: &'static str,
}

impl Tactic {
    /// MITRE's own STIX id, `x-mitre-tactic--...`.
    #[must_use]
    pub fn stix_id(&self) -> String {
        format!("x-mitre-tactic--{}", self.uuid)
    }
}

/// A mitigation.
#[derive(Debug)]
pub struct Mitigation {
    /// `M1054`.
    pub id: &'static str,
    /// `Software Configuration`.
    pub name: &'static str,
    uuid: &'static str,
}

impl Mitigation {
    /// MITRE's own STIX id, `course-of-action--...`.
    #[must_use]
    pub fn stix_id(&self) -> String {
        format!("course-of-action--{}", self.uuid)
    }
}

/// A group or a campaign that ATT&CK describes.
#[derive(Debug)]
pub struct Actor {
    /// `G0016` (group), `C0024` (campaign).
    pub id: &'static str,
    /// As ATT&CK names it.
    pub name: &'static str,
    techniques: &'static str,
}

impl Actor {
    /// Whether it is a campaign and not a group.
    #[must_use]
    pub fn is_campaign(&self) -> bool {
        self.id.starts_with('C')
    }

    /// Ids of the techniques it has a procedure example for, sorted.
    pub fn techniques(&self) -> impl Iterator<Item = &'static str> + use<> {
        list(self.techniques)
    }
}

/// All techniques, also withdrawn ones, sorted by id.
#[must_use]
pub fn techniques() -> &'static [Technique] {
    static TABLE: LazyLock<Vec<Technique>> = LazyLock::new(|| {
        table::rows(include_str!("../data/attack-techniques.tsv"), |mut cells| {
            let (id, uuid, name) = (cells.next(), cells.next(), cells.next());
            let (status, by) = (cells.next(), cells.next());
            let status = match status {
                "revoked" => Status::Revoked { by },
                "deprecated" => Status::Deprecated,
                _ => Status::Current,
            };
            Technique { id, name, status, uuid, tactics: cells.next(), mitigations: cells.next() }
        })
    });
    &TABLE
}

/// The tactics in the order of the matrix.
#[must_use]
pub fn tactics() -> &'static [Tactic] {
    static TABLE: LazyLock<Vec<Tactic>> = LazyLock::new(|| {
        let mut order = 0;
        table::rows(include_str!("../data/attack-tactics.tsv"), |mut cells| {
            let (id, uuid, name) = (cells.next(), cells.next(), cells.next());
            let tactic = Tactic { id, name, shortname: cells.next(), order, uuid };
            order += 1;
            tactic
        })
    });
    &TABLE
}

/// All mitigations, sorted by id.
#[must_use]
pub fn mitigations() -> &'static [Mitigation] {
    static TABLE: LazyLock<Vec<Mitigation>> = LazyLock::new(|| {
        table::rows(include_str!("../data/attack-mitigations.tsv"), |mut cells| {
            let (id, uuid) = (cells.next(), cells.next());
            Mitigation { id, name: cells.next(), uuid }
        })
    });
    &TABLE
}

/// All groups and campaigns, sorted by id.
#[must_use]
pub fn actors() -> &'static [Actor] {
    static TABLE: LazyLock<Vec<Actor>> = LazyLock::new(|| {
        table::rows(include_str!("../data/attack-actors.tsv"), |mut cells| {
            let (id, name) = (cells.next(), cells.next());
            Actor { id, name, techniques: cells.next() }
        })
    });
    &TABLE
}

/// The technique with this id, also a withdrawn one.
#[must_use]
pub fn technique(id: &str) -> Option<&'static Technique> {
    find(techniques(), &id, |technique| technique.id)
}

/// The technique that stands for this id today: itself, or what took its place. `None` for an unknown
/// id and for one that was withdrawn without a successor.
#[must_use]
pub fn current(id: &str) -> Option<&'static Technique> {
    let mut found = technique(id)?;
    // Chains in the data have two links; the bound keeps a circle in them from holding us.
    for _ in 0..8 {
        match found.status {
            Status::Current => return Some(found),
            Status::Deprecated => return None,
            Status::Revoked { by } => found = technique(by)?,
        }
    }
    None
}

/// The sub-techniques of a technique, also withdrawn ones.
pub fn parts(id: &str) -> impl Iterator<Item = &'static Technique> + use<'_> {
    techniques()
        .iter()
        .filter(move |technique| technique.id.split_once('.').is_some_and(|(parent, _)| parent == id))
}

/// Current techniques with this name, whatever the case: `parent: name` is one, a bare name of a
/// sub-technique may be several.
pub fn by_name(name: &str) -> impl Iterator<Item = &'static Technique> + use<'_> {
    let (parent, own) = match name.split_once(": ") {
        Some((parent, own)) => (Some(parent), own),
        None => (None, name),
    };
    techniques().iter().filter(move |technique| {
        technique.status == Status::Current
            && (technique.name.eq_ignore_ascii_case(name)
                || technique.name.eq_ignore_ascii_case(own)
                    && parent.is_some()
                    && technique
                        .parent()
                        .map(|above| above.name)
                        .zip(parent)
                        .is_some_and(|(above, wanted)| above.eq_ignore_ascii_case(wanted)))
    })
}

/// The tactic with this id (`TA0009`) or short name (`collection`).
#[must_use]
pub fn tactic(id: &str) -> Option<&'static Tactic> {
    tactics().iter().find(|tactic| tactic.id == id || tactic.shortname == id)
}

/// The mitigation with this id.
#[must_use]
pub fn mitigation(id: &str) -> Option<&'static Mitigation> {
    find(mitigations(), &id, |mitigation| mitigation.id)
}

/// The group or campaign with this id.
#[must_use]
pub fn actor(id: &str) -> Option<&'static Actor> {
    find(actors(), &id, |actor| actor.id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_has_mitres_id_its_tactics_and_its_mitigations() {
        let exploit = technique("T1190").unwrap();
        assert_eq!(exploit.stix_id(), "attack-pattern--3f886f2a-874f-4333-b794-aa6075009b1c");
        assert_eq!(exploit.tactics().map(|tactic| tactic.id).collect::<Vec<_>>(), ["TA0001"]);
        let ids: Vec<_> = exploit.mitigations().map(|mitigation| mitigation.id).collect();
        assert!(ids.contains(&"M1035") && ids.contains(&"M1048"), "{ids:?}");
        assert!(!ids.contains(&"M1054"), "v18.1 does not link M1054 to it: {ids:?}");
        assert_eq!(
            technique("T1213.006").unwrap().full_name(),
            "Data from Information Repositories: Databases"
        );
    }

    #[test]
    fn an_id_that_was_revoked_leads_to_the_one_of_today() {
        for (id, today) in [
            ("T1190", Some("T1190")),
            ("T1002", Some("T1560")),
            // Revoked by a technique that was revoked itself.
            ("T1073", Some("T1574.001")),
            // Withdrawn without a successor.
            ("T1026", None),
            ("T9999", None),
        ] {
            assert_eq!(current(id).map(|technique| technique.id), today, "{id}");
        }
    }

    #[test]
    fn a_name_finds_its_technique_and_a_shared_name_all_of_them() {
        for (name, ids) in [
            ("exploit public-facing application", &["T1190"][..]),
            ("Steganography", &["T1001.002", "T1027.003"]),
            ("Obfuscated Files or Information: Steganography", &["T1027.003"]),
            ("Data Obfuscation: Databases", &[]),
            ("", &[]),
        ] {
            assert_eq!(by_name(name).map(|technique| technique.id).collect::<Vec<_>>(), ids, "{name}");
        }
    }

    #[test]
    fn tactics_stand_in_the_order_of_the_matrix() {
        let names: Vec<_> = tactics().iter().map(|tactic| tactic.shortname).collect();
        assert_eq!(names.first(), Some(&"reconnaissance"));
        assert_eq!(names.last(), Some(&"impact"));
        let place = |id| tactic(id).unwrap().order;
        assert!(place("TA0009") < place("TA0011") && place("TA0011") < place("TA0010"));
        assert_eq!(names.len(), 14);
    }

    #[test]
    fn a_groups_procedure_examples_are_context_for_a_technique() {
        let ids: Vec<_> = technique("T1190").unwrap().actors().map(|actor| actor.id).collect();
        assert!(ids.contains(&"G0016"), "{ids:?}");
        assert!(actor("C0024").unwrap().is_campaign() && !actor("G0016").unwrap().is_campaign());
    }

    #[test]
    fn parts_are_those_of_the_technique_alone() {
        let ids: Vec<_> = parts("T1595").map(|technique| technique.id).collect();
        assert_eq!(ids, ["T1595.001", "T1595.002", "T1595.003"]);
        assert_eq!(parts("T159").count(), 0);
    }
}
