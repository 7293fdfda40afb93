//! OWASP API Security Top 10, CWE, CAPEC, CVE, D3FEND and mitigations.
//!
//! What the report labels stands apart from what OWASP's own definitions make of what happened.

use crate::ids::Base;
use crate::lexicon::Concept as C;
use crate::model::{Claim, Discourse, FrameKind as F, NumberRole, Origin, Status};
use crate::report::{Report, Standing, add};

/// Everything of this kind.
#[derive(Default)]
pub(crate) struct Weaknesses {
    pub(crate) owasp: Vec<Claim>,
    pub(crate) owasp_stated: Vec<Claim>,
    pub(crate) cwe: Vec<Claim>,
    pub(crate) capec: Vec<Claim>,
    pub(crate) cves: Vec<Claim>,
    pub(crate) d3fend: Vec<Claim>,
    pub(crate) mitigations: Vec<Claim>,
}

/// Frames, the risk of OWASP's list that they are by its definition, and the weaknesses.
const BY_FRAME: &[(&[F], &str, &[&str], &str)] = &[
    (
        &[F::NoAuthentication],
        "API5:2023",
        &["CWE-306", "CWE-862"],
        "a function that nobody should reach without being asked who they are",
    ),
    (&[F::NoFunctionCheck], "API5:2023", &["CWE-285"], "a function that this caller should not reach"),
    (&[F::BrokenAuthentication], "API2:2023", &["CWE-287"], "a check of identity that can be deceived"),
    (&[F::CredentialStuffing], "API2:2023", &["CWE-307"], "log-ins without a brake"),
    (&[F::BruteForce], "API2:2023", &["CWE-307"], "secrets that can be guessed"),
    (&[F::NoObjectCheck], "API1:2023", &["CWE-639"], "an object that is not the caller's"),
    (&[F::ExcessiveData], "API3:2023", &["CWE-213"], "more fields than the caller needs"),
    (&[F::MassAssignment], "API3:2023", &["CWE-915"], "fields that the caller should not set"),
    (&[F::NoLimit], "API4:2023", &["CWE-770", "CWE-799"], "nothing limits how much is called for"),
    (&[F::SensitiveFlow], "API6:2023", &["CWE-799"], "a flow of business run by machines"),
    (&[F::RequestForgery], "API7:2023", &["CWE-918"], "a server made to call another"),
    (&[F::Misconfigured], "API8:2023", &["CWE-16"], "set up wrongly"),
    (&[F::ForgottenDoor], "API9:2023", &["CWE-1059"], "a door that nobody looked after"),
    (&[F::TrustedThirdParty], "API10:2023", &["CWE-20"], "what another service sent was trusted"),
];

/// Weaknesses, defences and vulnerabilities of the report.
pub(crate) fn weaknesses(report: &Report, numbers: &[crate::model::Number]) -> Weaknesses {
    let mut out = Weaknesses::default();
    for found in &report.ids {
        let (Some(clause), Some(span)) =
            (report.clause_at(found.range.start), report.span(found.range.clone()))
        else {
            continue;
        };
        let origin = if found.by_name { Origin::Name } else { Origin::Id };
        let Some(status) = report.status_of_id(found, clause) else { continue };
        let standing = Standing { status, by: clause.by.clone(), spans: vec![span] };
        let is_cause = !matches!(clause.role, Discourse::Recommended | Discourse::Consequence);
        match found.base {
            Base::Owasp if is_cause || !found.by_name => {
                let name = catalog::owasp::risk(&found.id).map_or("", |risk| risk.name);
                add(&mut out.owasp_stated, standing.claim(&found.id, name, origin, "named by the report"));
            }
            Base::Weakness => {
                let number = found.id.strip_prefix("CWE-").and_then(|number| number.parse().ok());
                let name = number.and_then(catalog::cwe::weakness).map_or("", |weakness| weakness.name);
                // An id that no list has is an erratum and no fact.
                if catalog::entry(&found.id).is_none() {
                    continue;
                }
                add(&mut out.cwe, standing.claim(&found.id, name, origin, "named by the report"));
            }
            Base::Pattern => {
                add(&mut out.capec, standing.claim(&found.id, "", origin, "named by the report"))
            }
            Base::Vulnerability => {
                add(&mut out.cves, standing.claim(&found.id, "", origin, "named by the report"))
            }
            Base::Defence => {
                if let Some(defence) = catalog::d3fend::technique(&found.id) {
                    let standing = Standing { status: Status::Stated, ..standing };
                    add(
                        &mut out.d3fend,
                        standing.claim(defence.id, defence.label, origin, "named by the report"),
                    );
                }
            }
            Base::Mitigation => {
                if let Some(mitigation) = catalog::attack::mitigation(&found.id) {
                    add(
                        &mut out.mitigations,
                        standing.claim(mitigation.id, mitigation.name, origin, "named by the report"),
                    );
                }
            }
            _ => {}
        }
    }
    // `idor`, in words: the label of 2023 is API1.
    let bola = report
        .reading
        .of(0..report.reading.tokens.len(), &[C::Bola])
        .filter_map(|hit| report.reading.span(hit.from..hit.to))
        .next();
    if let (Some(span), true) = (bola, out.owasp_stated.iter().all(|claim| claim.id != "API1:2023")) {
        let standing = Standing { status: Status::Stated, by: None, spans: vec![span] };
        let name = catalog::owasp::risk("API1:2023").map_or("", |risk| risk.name);
        add(&mut out.owasp_stated, standing.claim("API1:2023", name, Origin::Name, "named by the report"));
    }
    by_definition(report, numbers, &mut out);
    suggested_defences(report, &mut out);
    for claims in [
        &mut out.owasp,
        &mut out.owasp_stated,
        &mut out.cwe,
        &mut out.capec,
        &mut out.cves,
        &mut out.d3fend,
        &mut out.mitigations,
    ] {
        claims.sort_by_key(|claim| (number(&claim.id), claim.id.clone()));
    }
    out
}

fn number(id: &str) -> u32 {
    let digits: String =
        id.chars().skip_while(|letter| !letter.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    if id.starts_with("D3") { 0 } else { digits.parse().unwrap_or(0) }
}

fn by_definition(report: &Report, numbers: &[crate::model::Number], out: &mut Weaknesses) {
    let anonymous =
        report.standing(&[F::NoAuthentication]).is_some_and(|standing| standing.status.is_asserted());
    // What the report names itself is what it asserts.
    let is_named = out.cwe.iter().any(|claim| claim.origin == Origin::Id && claim.status.is_asserted());
    let as_designed = report.acted(crate::acts::AS_DESIGNED).is_some();
    for (kinds, id, weaknesses, because) in BY_FRAME {
        let Some(mut standing) = report.standing(kinds) else { continue };
        if as_designed && *id != "API6:2023" {
            standing = standing.suggested();
        }
        if *id == "API1:2023" {
            // By definition there must be an object that the caller names. A label alone is no evidence,
            // and where nobody is asked who they are there is nobody to compare its owner with.
            let mut evidence = report
                .told(F::NoObjectCheck)
                .filter(|framed| !report.reading.has(framed.tokens.clone(), &[C::Bola]));
            let has_evidence = evidence.next().is_some()
                || report.told(F::Enumerated).any(|framed| framed.frame.status.is_asserted())
                || report.told(F::PredictableIds).next().is_some();
            if !has_evidence {
                standing = standing.suggested();
            } else if anonymous
                && report.told(F::Paged).any(|framed| framed.frame.status.is_asserted())
                && report.told(F::Enumerated).all(|framed| !framed.frame.status.is_asserted())
            {
                standing.status = Status::Hypothetical;
            }
        }
        let has_narrower =
            report.standing(&[F::NoObjectCheck, F::NoFunctionCheck, F::BrokenAuthentication]).is_some();
        if *id == "API8:2023" && (anonymous || has_narrower) {
            standing = standing.suggested();
        }
        let name = catalog::owasp::risk(id).map_or("", |risk| risk.name);
        add(&mut out.owasp, standing.clone().claim(id, name, Origin::Frame, because));
        // A signature that is not checked has a number of its own.
        let unsigned = kinds.contains(&F::BrokenAuthentication)
            && report.told(F::BrokenAuthentication).any(|framed| {
                framed
                    .tokens
                    .clone()
                    .any(|at| report.reading.says(at, &["signature", "signatures", "unsigned", "signed"]))
            });
        let guessed = kinds.contains(&F::BrokenAuthentication) && crate::techniques::tried(numbers).is_some();
        let weaknesses = match () {
            () if unsigned => &["CWE-347"][..],
            () if guessed => &["CWE-307"][..],
            () => *weaknesses,
        };
        for weakness in weaknesses {
            let name = weakness
                .strip_prefix("CWE-")
                .and_then(|number| number.parse().ok())
                .and_then(catalog::cwe::weakness)
                .map_or("", |weakness| weakness.name);
            if !name.is_empty() {
                let standing = if is_named { standing.clone().suggested() } else { standing.clone() };
                add(&mut out.cwe, standing.claim(weakness, name, Origin::Frame, because));
            }
        }
    }
    // A function that worked as it was meant to, run by machines.
    let run = ["T1119", "T1589", "T1585"].iter().find_map(|what| report.acted(what));
    if let (Some(_), Some(standing)) = (report.acted(crate::acts::AS_DESIGNED), run)
        && !out.owasp.iter().any(|claim| claim.id == "API6:2023")
    {
        let because = "a flow of business run by machines";
        let name = catalog::owasp::risk("API6:2023").map_or("", |risk| risk.name);
        add(&mut out.owasp, standing.clone().claim("API6:2023", name, Origin::Frame, because));
        let name = catalog::cwe::weakness(799).map_or("", |weakness| weakness.name);
        let standing = if is_named { standing.suggested() } else { standing };
        add(&mut out.cwe, standing.claim("CWE-799", name, Origin::Frame, because));
    }
    // A secret in an app that was put to use.
    if let (Some(_), Some(standing)) =
        (report.acted(crate::acts::HOLDS_SECRET), report.acted(crate::acts::USED_SECRET))
    {
        let name = catalog::cwe::weakness(798).map_or("", |weakness| weakness.name);
        let standing = if is_named { standing.suggested() } else { standing };
        add(
            &mut out.cwe,
            standing.claim("CWE-798", name, Origin::Frame, "a secret in what everybody can read"),
        );
    }
    // Records in batches to a stranger, thousands of them: nothing limited it.
    let many = |role: NumberRole| {
        numbers
            .iter()
            .any(|number| number.role == role && matches!(number.value, crate::model::Amount::Whole(2_000..)))
    };
    // Counted through by somebody, not only open to be.
    let counted = report.told(F::Enumerated).any(|framed| {
        let clause = report.discoursed.clauses.get(framed.clause);
        let could = clause.is_some_and(|clause| report.reading.has(clause.tokens.clone(), &[C::Can]));
        framed.frame.status.is_asserted() && !could
    });
    let taken = many(NumberRole::Accessed) || (counted && many(NumberRole::Exposed));
    let paged = report
        .standing(&[F::Paged, F::Automated, F::Enumerated])
        .filter(|standing| standing.status.is_asserted());
    if let (Some(standing), true) = (paged, taken) {
        let name = catalog::owasp::risk("API4:2023").map_or("", |risk| risk.name);
        let because = "thousands of records were called for and nothing stopped it";
        add(&mut out.owasp, standing.clone().claim("API4:2023", name, Origin::Frame, because));
        // Where callers count through or a program calls, only the risk follows; batches to a stranger have no limit.
        let in_batches =
            anonymous && report.standing(&[F::Paged]).is_some_and(|standing| standing.status.is_asserted());
        for weakness in ["CWE-770", "CWE-799"].into_iter().filter(|_| in_batches) {
            let name = weakness
                .strip_prefix("CWE-")
                .and_then(|number| number.parse().ok())
                .and_then(catalog::cwe::weakness)
                .map_or("", |weakness| weakness.name);
            let standing = if is_named { standing.clone().suggested() } else { standing.clone() };
            add(&mut out.cwe, standing.claim(weakness, name, Origin::Frame, because));
        }
    }
    // Whole records to who should see none.
    if let (true, Some(standing)) = (anonymous, report.standing(&[F::Exposed, F::Retrieved])) {
        let name = catalog::owasp::risk("API3:2023").map_or("", |risk| risk.name);
        add(
            &mut out.owasp,
            standing.suggested().claim("API3:2023", name, Origin::Frame, "full records in the answers"),
        );
    }
}

/// Defences that the ontology links to an asserted technique and that see what a session cannot.
fn suggested_defences(report: &Report, out: &mut Weaknesses) {
    let exploited = report.ids.iter().find(|found| found.base == Base::Technique && found.id == "T1190");
    if let Some(span) = exploited.and_then(|found| report.span(found.range.clone())) {
        for id in ["D3-ITF", "D3-ISVA"] {
            if let Some(defence) =
                catalog::d3fend::technique(id).filter(|_| catalog::d3fend::is_pair("T1190", id))
            {
                let standing = Standing { status: Status::Suggested, by: None, spans: vec![span] };
                add(
                    &mut out.d3fend,
                    standing.claim(defence.id, defence.label, Origin::Knowledge, "D3FEND links it to T1190"),
                );
            }
        }
    }
    for (words, id, because) in [
        (&["isolat", "segment"][..], "M1048", "the report advises isolation"),
        (
            &["firewall", "network control", "not publicly accessible"],
            "M1035",
            "the report advises to restrict the network",
        ),
        (&["web application firewall", "traffic filtering"], "M1037", "the report advises to filter traffic"),
        (&["configur"], "M1054", "the report advises to configure"),
        (&["rate limit"], "M1036", "the report advises to limit use"),
        (&["multi-factor", "mfa", "two-factor"], "M1032", "the report advises another factor"),
    ] {
        let spans: Vec<_> = report
            .discoursed
            .clauses
            .iter()
            .enumerate()
            .filter(|(_, clause)| clause.role == Discourse::Recommended)
            .filter(|(_, clause)| {
                let said = report.reading.words(clause.tokens.clone()).to_lowercase();
                words.iter().any(|word| said.contains(word))
            })
            .filter_map(|(nth, _)| report.clause_span(nth))
            .take(4)
            .collect();
        if let (Some(mitigation), false) = (catalog::attack::mitigation(id), spans.is_empty()) {
            let standing = Standing { status: Status::Suggested, by: None, spans };
            add(&mut out.mitigations, standing.claim(id, mitigation.name, Origin::Frame, because));
        }
    }
}
