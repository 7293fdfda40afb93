//! Whose records an operation gives, by what names say: those of a collection of people, or the
//! caller's own. Whole words only, as in [`super::words`].

use std::sync::Arc;

use domain::Segment;
use spec::inventory::{Field, Operation};

use super::words::{self, OPEN_BY_NATURE, any_of, literals, name};

/// Words of collections of people, and of no single one.
const PEOPLE: &[&str] = &[
    "customers",
    "clients",
    "users",
    "patients",
    "people",
    "persons",
    "members",
    "employees",
    "contacts",
    "subscribers",
    "students",
    "pupils",
    "teachers",
    "participants",
    "applicants",
    "candidates",
    "guests",
    "passengers",
    "attendees",
    "visitors",
    "citizens",
    "residents",
    "voters",
    "donors",
    "leads",
    "buyers",
    "recipients",
    "drivers",
    "beneficiaries",
    "borrowers",
    "policyholders",
    "kunden",
    "kundinnen",
    "benutzer",
    "nutzer",
    "personen",
    "patienten",
    "mitarbeiter",
    "mitglieder",
    "teilnehmer",
    "bewohner",
    "mieter",
    "versicherte",
    "abonnenten",
    "clientes",
    "usuarios",
    "pacientes",
    "empleados",
    "personas",
    "miembros",
    "utilisateurs",
    "membres",
    "personnes",
    "employes",
    "employés",
    "abonnes",
    "abonnés",
    "clienti",
    "utenti",
    "pazienti",
    "klanten",
    "gebruikers",
    "leden",
    "medewerkers",
    "musteriler",
    "müşteriler",
    "kullanicilar",
    "kullanıcılar",
    "hastalar",
    "uyeler",
    "üyeler",
    "顧客",
    "利用者",
    "会員",
    "患者",
    "社員",
];
/// Words of fields that tell of somebody's health.
const HEALTH: &[&str] = &[
    "diagnosis",
    "diagnoses",
    "diagnose",
    "diagnosen",
    "diagnostico",
    "icd10",
    "allergy",
    "allergies",
    "allergien",
    "medication",
    "medications",
    "medikation",
    "prescription",
    "prescriptions",
    "anamnesis",
    "anamnese",
    "disability",
    "illness",
    "disease",
    "krankheit",
    "tanı",
    "診断",
    "病名",
];
/// Words of answers that hold a whole table.
const WHOLE: &[&str] = &["export", "exports", "dump", "dumps", "backup", "backups"];
/// Words that say something of a collection without its records.
const ABOUT: &[&str] = &[
    "count",
    "counts",
    "stats",
    "statistics",
    "summary",
    "schema",
    "status",
    "exists",
    "availability",
    "template",
    "templates",
    "version",
    "logo",
    "avatar",
    "photo",
    "picture",
    "image",
];
/// Whole segments of what belongs to the caller alone.
const MINE: &[&str] = &["me", "mine", "self", "own", "current", "myself", "whoami", "userinfo"];
/// Words of an operation's name that say so.
const MINE_WORD: &[&str] = &["me", "my", "mine", "own", "current", "myself"];
/// Of these there is one for each caller: as the last segment, without an id, it is their own.
const ONE_EACH: &[&str] = &["profile", "account", "basket", "cart", "wishlist", "settings", "preferences"];

/// Whether it speaks of a collection of people or of a whole table: by its path or id, or where its
/// summary speaks of all of them. One record by its id, and what only says something of them, is none.
pub(crate) fn is_of_people(operation: &Operation) -> bool {
    let mut path = false;
    // What the segment before speaks of, and whether one person's id came: what follows is theirs.
    let (mut before, mut of_one, mut ids) = (false, false, false);
    let mut last = None;
    for segment in operation.endpoint.template().segments() {
        last = None;
        match segment {
            Segment::Literal(text) if text.is_empty() => {}
            Segment::Literal(text) => {
                before = any_of(&text, PEOPLE);
                path |= !of_one && (before || any_of(&text, WHOLE));
                last = Some(text);
            }
            _ => (path, of_one, ids, before) = (false, of_one || before, true, false),
        }
    }
    let Some(last) = last else { return false };
    if any_of(&last, ABOUT) || assets(operation) {
        return false;
    }
    let all = ["all", "every", "export", "exports", "download", "dump"];
    let name = name(operation);
    let named = (any_of(name, PEOPLE) || any_of(name, WHOLE)) && !any_of(name, ABOUT);
    let summary = operation.text.lines().next().unwrap_or_default();
    path || !ids && (named || any_of(summary, PEOPLE) && any_of(summary, &all))
}

/// Whether it is the caller's own, by its path or id.
pub(crate) fn is_own(operation: &Operation) -> bool {
    let one_each = || {
        let mut segments = operation.endpoint.template().segments();
        let named = segments.all(|segment| matches!(segment, Segment::Literal(_)));
        named
            && literals(operation).last().is_some_and(|last| ONE_EACH.contains(&last.to_lowercase().as_str()))
    };
    literals(operation).any(|text| is_mine(&text)) || any_of(name(operation), MINE_WORD) || one_each()
}

/// The first field that tells of somebody's health, for which there is no data class: where the answer holds
/// what else is personal, or is of people by its path; a list of illnesses is nobody's.
pub(crate) fn health(operation: &Operation, of_people: bool) -> Option<&Field> {
    let fields = &operation.answer.fields;
    let somebodys = of_people
        || fields.iter().any(|field| field.class.is_some())
        || literals(operation).any(|text| any_of(&text, PEOPLE));
    let told = |field: &&Field| {
        let leaf = field.path.rsplit('.').next().unwrap_or_default();
        field.kind.as_deref() != Some("boolean") && any_of(leaf, HEALTH)
    };
    fields.iter().find(told).filter(|_| somebodys)
}

fn is_mine(segment: &str) -> bool {
    let parts = words::words(segment);
    let first = parts.first().map(String::as_str);
    MINE.contains(&segment.to_lowercase().as_str())
        || first == Some("my")
        || first == Some("current") && !any_of(segment, PEOPLE)
}

/// Whether it serves what belongs to a page: pictures, fonts, documentation. `/status/customers` does not.
pub(crate) fn assets(operation: &Operation) -> bool {
    const OPEN: &[&str] = &["public", "live", "ready"];
    let asset = |text: &str| {
        words::words(text).iter().any(|word| OPEN_BY_NATURE.contains(&&**word) && !OPEN.contains(&&**word))
    };
    let told = |text: &Arc<str>| asset(text) || any_of(text, PEOPLE) || any_of(text, WHOLE);
    literals(operation).filter(told).last().is_some_and(|text| asset(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_the_callers_own_says_so_in_a_whole_segment() {
        for (segment, own) in [
            ("me", true),
            ("my-orders", true),
            ("myOrders", true),
            ("current-user", true),
            ("current-customers", false),
            ("self", true),
            ("self-service", false),
            ("own-brands", false),
            ("mystery", false),
        ] {
            assert_eq!(is_mine(segment), own, "{segment}");
        }
    }
}
