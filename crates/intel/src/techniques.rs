//! Techniques of ATT&CK: those that the report names, and those that its frames are.
//!
//! A report that maps itself has said what it asserts: what its frames add is then a suggestion.

use crate::acts;
use crate::ids::Base;
use crate::model::{Claim, Discourse, FrameKind as F, Number, NumberRole, Origin, Status, TechniqueClaim};
use crate::report::{Report, Standing, add};

/// What the report asserts and what it fears.
pub(crate) struct Techniques {
    pub(crate) observed: Vec<TechniqueClaim>,
    pub(crate) consequences: Vec<TechniqueClaim>,
    pub(crate) tactics: Vec<Claim>,
}

/// Frames and the technique that they are, in the order of an attack.
const BY_FRAME: &[(&str, &[F], &str)] = &[
    ("T1595", &[F::FoundByProbing], "frame: found by probing"),
    ("T1110.004", &[F::CredentialStuffing], "frame: credential stuffing"),
    ("T1110", &[F::BruteForce], "frame: guessed secrets"),
    ("T1078", &[F::UsedCredential], "frame: a real credential of somebody else"),
    ("T1552.001", &[F::FoundSecret], "frame: secret in code"),
    ("T1566", &[F::SocialEngineering], "frame: somebody was tricked"),
    ("T1119", &[F::Automated], "frame: records called for by a program"),
];

/// Acts that are a technique by themselves.
const BY_ACT: &[(&str, &str)] = &[
    ("T1119", "act: records called for by a program"),
    ("T1657", "act: money was demanded or taken"),
    ("T1486", "act: systems were encrypted"),
    ("T1589", "act: addresses or numbers were put to a service to learn whose they are"),
    ("T1528", "act: tokens were stolen"),
    ("T1550.001", "act: a token of somebody else was used"),
    ("T1552.001", "act: a secret was found in code or files"),
    ("T1213.003", "act: repositories were copied"),
    ("T1530", "act: storage in the cloud was read"),
    ("T1098.004", "act: a key was added"),
    ("T1098", "act: an account was given rights"),
    ("T1136", "act: an account with rights was made"),
    ("T1585", "act: accounts under invented names"),
    ("T1505.003", "act: a web shell was placed"),
    ("T1090", "act: proxies stood between"),
    ("T1606", "act: tokens were forged"),
    ("T1078", "act: an account of somebody else was used"),
    ("T1110.003", "act: passwords were sprayed"),
    ("T1110.001", "act: codes or passwords were guessed"),
];

/// Every technique of the report.
pub(crate) fn techniques(report: &Report, numbers: &[Number]) -> Techniques {
    let mut observed: Vec<Claim> = Vec::new();
    let mut consequences: Vec<Claim> = Vec::new();
    let mut tactics: Vec<Claim> = Vec::new();
    for found in &report.ids {
        let (Some(clause), Some(span)) =
            (report.clause_at(found.range.start), report.span(found.range.clone()))
        else {
            continue;
        };
        let origin = if found.by_name { Origin::Name } else { Origin::Id };
        let Some(mut status) = report.status_of_id(found, clause) else { continue };
        // A row of a table maps what stands in it, also what `could be made to` happen and did.
        let is_row = report
            .reading
            .sentences
            .get(clause.sentence)
            .is_some_and(|sentence| sentence.kind == crate::source::BlockKind::Row);
        if is_row && !clause.is_hedged && status == Status::Hypothetical {
            status = Status::Stated;
        }
        let standing = Standing { status, by: clause.by.clone(), spans: vec![span] };
        match found.base {
            Base::Tactic => {
                if let Some(tactic) = catalog::attack::tactic(&found.id) {
                    add(&mut tactics, standing.claim(tactic.id, tactic.name, origin, "named by the report"));
                }
            }
            Base::Technique => {
                let Some(technique) = catalog::attack::current(&found.id) else { continue };
                // What is advised against, looked for or spoken of in general was not done; a row maps it.
                let advised = clause.role == Discourse::Recommended && !is_row;
                let token = report.token_at(found.range.start);
                if advised || is_general(report, clause) || is_looked_for(report, clause, token) {
                    continue;
                }
                let name = technique.full_name();
                if clause.role == Discourse::Consequence {
                    add(
                        &mut consequences,
                        standing.claim(technique.id, &name, origin, "named as what may follow"),
                    );
                } else {
                    add(&mut observed, standing.claim(technique.id, &name, origin, "named by the report"));
                }
            }
            _ => {}
        }
    }
    let is_mapped =
        observed.iter().any(|claim| claim.origin == Origin::Id && claim.status != Status::Suggested);
    for (id, standing, because) in by_frames(report, numbers) {
        let Some(technique) = catalog::attack::current(id) else { continue };
        // A parent beside its child says nothing new.
        let known = observed.iter().any(|claim| {
            claim.id == id || claim.id.strip_prefix(id).is_some_and(|rest| rest.starts_with('.'))
        });
        if known {
            continue;
        }
        // By voice, where the report says so.
        let voiced = id == "T1566"
            && report.told(F::SocialEngineering).any(|framed| {
                let clause = report.discoursed.clauses.get(framed.clause);
                let said = clause
                    .map(|clause| report.reading.words(clause.tokens.clone()).to_lowercase())
                    .unwrap_or_default();
                ["phone", "vishing", "voice", "called"].iter().any(|word| said.contains(word))
            });
        let technique =
            if voiced { catalog::attack::current("T1566.004").unwrap_or(technique) } else { technique };
        let standing = if is_mapped { standing.suggested() } else { standing };
        add(&mut observed, standing.claim(technique.id, &technique.full_name(), Origin::Frame, because));
    }
    if let Some(standing) = feared_phishing(report) {
        for id in ["T1566", "T1598"] {
            if let Some(technique) = catalog::attack::technique(id)
                .filter(|_| !observed.iter().any(|claim| claim.id.starts_with(id)))
            {
                add(
                    &mut consequences,
                    standing.clone().claim(id, technique.name, Origin::Frame, "feared by the report"),
                );
            }
        }
    }
    for claim in &observed {
        let technique = catalog::attack::technique(&claim.id);
        for tactic in technique.into_iter().flat_map(catalog::attack::Technique::tactics) {
            let standing = Standing {
                status: claim.status.max(Status::Stated),
                by: claim.by.clone(),
                spans: claim.spans.clone(),
            };
            add(
                &mut tactics,
                standing.claim(tactic.id, tactic.name, Origin::Knowledge, "tactic of a technique"),
            );
        }
    }
    observed.sort_by(|one, other| one.id.cmp(&other.id));
    consequences.sort_by(|one, other| one.id.cmp(&other.id));
    tactics.sort_by(|one, other| one.id.cmp(&other.id));
    Techniques {
        observed: observed.into_iter().map(with_tactics).collect(),
        consequences: consequences.into_iter().map(with_tactics).collect(),
        tactics,
    }
}

/// Whether somebody looked for it, and the report does not say what came of it: `we searched for T1505.003`.
fn is_looked_for(report: &Report, clause: &crate::discourse::Clause, token: usize) -> bool {
    let looks = [
        "look",
        "looks",
        "looked",
        "looking",
        "search",
        "searched",
        "searching",
        "hunt",
        "hunted",
        "hunting",
        "scan",
        "scanned",
        "checked",
        "check",
        "watch",
        "watched",
        "watching",
        "monitor",
        "monitored",
        "tested",
    ];
    let verb = report
        .syntax
        .governors(clause.sentence, token)
        .into_iter()
        .next()
        .filter(|governor| report.reading.says(governor.predicate.head, &looks));
    verb.is_some_and(|governor| {
        let verb = governor.predicate;
        (verb.group.end..verb.group.end + 3).any(|at| report.reading.says(at, &["for"]))
    })
}

/// Whether a clause tells what is done often, by anybody, and not what was done: `T1110 is often used`.
fn is_general(report: &Report, clause: &crate::discourse::Clause) -> bool {
    let often =
        ["often", "commonly", "typically", "usually", "frequently", "generally", "sometimes", "popular"];
    let mut verbs = report
        .syntax
        .of_sentence(clause.sentence)
        .iter()
        .filter(|verb| clause.tokens.contains(&verb.head) && verb.is_finite)
        .peekable();
    verbs.peek().is_some()
        && verbs.all(|verb| !verb.is_past)
        && clause.tokens.clone().any(|at| report.reading.says(at, &often))
}

/// A claim of a technique with the tactics that ATT&CK has it under.
pub(crate) fn with_tactics(claim: Claim) -> TechniqueClaim {
    let technique = catalog::attack::technique(&claim.id);
    let tactics = technique
        .map(|technique| technique.tactics().map(|tactic| tactic.shortname.to_owned()).collect())
        .unwrap_or_default();
    let Claim { id, name, status, origin, by, because, spans } = claim;
    TechniqueClaim { id, name, tactics, status, origin, by, because, spans }
}

fn by_frames(report: &Report, numbers: &[Number]) -> Vec<(&'static str, Standing, &'static str)> {
    let mut found = Vec::new();
    // A hole in a public API was used: there is a hole, and records were called for or could be seen.
    let faults = [
        F::NoAuthentication,
        F::BrokenAuthentication,
        F::NoObjectCheck,
        F::NoFunctionCheck,
        F::ExcessiveData,
        F::MassAssignment,
        F::Misconfigured,
        F::Injection,
        F::RequestForgery,
        F::ForgottenDoor,
        F::PredictableIds,
        F::NoLimit,
    ];
    let acts = [F::Retrieved, F::Enumerated, F::Automated, F::Injection, F::RequestForgery, F::Altered];
    let used = report.acted(acts::USED_FLAW);
    let intruded = report.acted(acts::INTRUDED);
    let designed = report.acted(acts::AS_DESIGNED).is_some();
    let mut act = report.standing(&acts);
    let others = [acts::CALLED, acts::READ, "T1589"].map(|what| report.acted(what));
    for other in [&used, &intruded].into_iter().chain(&others).flatten() {
        if act.as_ref().is_none_or(|act| other.status < act.status) {
            act = Some(other.clone());
        }
    }
    // How many were called for or taken says that somebody did.
    let counted = numbers
        .iter()
        .filter(|number| {
            matches!(number.role, NumberRole::Accessed | NumberRole::Requests)
                && !number.unit.contains(" per ")
        })
        .min_by_key(|number| number.status);
    // `it was possible to open them` may stand beside `1,640 were opened`: what is surer counts.
    let surer = counted.filter(|number| act.as_ref().is_none_or(|act| number.status < act.status));
    if let Some(number) = surer {
        act = Some(Standing {
            status: number.status,
            by: number.by.clone(),
            spans: number.spans.iter().take(4).copied().collect(),
        });
    }
    let flows =
        report.standing(&[F::SensitiveFlow]).is_some() && report.standing(&[F::NoObjectCheck]).is_none();
    let only_entered =
        report.standing(&[F::UsedCredential, F::CredentialStuffing, F::SensitiveFlow]).is_some();
    let plain = used
        .or(intruded.filter(|_| !only_entered))
        .or_else(|| report.acted(acts::FLAWED).filter(|_| !only_entered));
    if let (Some(fault), Some(act)) = (report.standing(&faults).or(plain.clone()), act) {
        let hole = report.standing(&[
            F::NoAuthentication,
            F::NoObjectCheck,
            F::NoFunctionCheck,
            F::ExcessiveData,
            F::MassAssignment,
            F::Injection,
            F::RequestForgery,
            F::ForgottenDoor,
            F::Misconfigured,
            F::PredictableIds,
            F::NoLimit,
        ]);
        let guessed = report.standing(&[F::CredentialStuffing, F::BruteForce]).is_some();
        let hole = hole.or(report.standing(&[F::BrokenAuthentication]).filter(|_| !guessed));
        // The act decides: that the fault is told by who found it makes the act no less certain.
        let status = if fault.status == Status::Hypothetical { fault.status } else { act.status };
        let mut spans = fault.spans;
        spans.extend(act.spans);
        let standing = Standing { status, by: act.by.or(fault.by), spans };
        let is_used = (hole.is_some() || plain.is_some()) && !designed && !flows;
        let standing = if is_used { standing } else { standing.suggested() };
        found.push(("T1190", standing, "frame: a hole in a public API was used"));
    }
    for (id, because) in BY_ACT {
        let needs_data = *id == "T1119"
            && report.standing(&[F::Retrieved, F::Enumerated, F::Exposed]).is_none()
            && report.acted(acts::READ).is_none();
        if let Some(standing) = report.acted(id).filter(|_| !needs_data) {
            found.push((*id, standing, *because));
        }
    }
    // A key lay in an app, and somebody used it.
    if let (Some(_), Some(used)) = (report.acted(acts::HOLDS_SECRET), report.acted(acts::USED_SECRET)) {
        found.push(("T1552.001", used.clone(), "act: a secret was found in code or files"));
        found.push(("T1078", used, "act: the secret was used"));
    }
    // So many codes were tried.
    let tried = tried(numbers);
    let is_stuffed = report.standing(&[F::CredentialStuffing]).is_some();
    if let Some(number) = tried.filter(|_| !is_stuffed && report.acted("T1110.001").is_none()) {
        let standing = Standing { status: number.status, by: number.by.clone(), spans: number.spans.clone() };
        found.push(("T1110.001", standing, "number: codes or passwords were tried"));
    }
    // Passwords from elsewhere opened accounts.
    if let (Some(_), Some(standing)) =
        (report.standing(&[F::CredentialStuffing]), report.acted(acts::ENTERED))
    {
        found.push(("T1078", standing, "act: accounts were entered with passwords from elsewhere"));
    }
    // A loop that tries codes collects nothing.
    let only_guesses = found.iter().any(|(id, ..): &(&str, _, _)| id.starts_with("T1110"))
        && !numbers.iter().any(|number| number.role == NumberRole::Accessed)
        && report.acted(acts::READ).is_none();
    for (id, kinds, because) in BY_FRAME {
        if let Some(standing) = report.standing(kinds) {
            let standing = if *id == "T1119"
                && (only_guesses || report.standing(&[F::Retrieved, F::Enumerated, F::Exposed]).is_none())
            {
                standing.suggested()
            } else {
                standing
            };
            found.push((*id, standing, *because));
        }
    }
    if let (Some(standing), true) = (
        report.standing(&[F::Retrieved]),
        report.reading.has(0..report.reading.tokens.len(), &[crate::lexicon::Concept::Dataset]),
    ) {
        found.push(("T1213.006", standing.suggested(), "frame: records of a data base"));
    }
    found
}

/// How many codes or passwords somebody tried.
pub(crate) fn tried(numbers: &[Number]) -> Option<&Number> {
    let secrets = ["codes", "pins", "passwords", "passcodes", "guesses", "combinations", "otps"];
    numbers.iter().find(|number| {
        number.role == NumberRole::Requests
            && secrets.contains(&number.unit.as_str())
            && number.status != Status::Hypothetical
            && matches!(number.value, crate::model::Amount::Whole(value) if value > 12)
    })
}

/// Clauses that fear phishing with the data.
fn feared_phishing(report: &Report) -> Option<Standing> {
    let clauses = report.discoursed.clauses.iter().enumerate();
    let spans: Vec<_> = clauses
        .filter(|(_, clause)| {
            clause.role == Discourse::Consequence
                && report.reading.has(clause.tokens.clone(), &[crate::lexicon::Concept::Harm])
        })
        .filter_map(|(nth, _)| report.clause_span(nth))
        .collect();
    (!spans.is_empty()).then_some(Standing { status: Status::Hypothetical, by: None, spans })
}
