//! Kinds of data: which got out, and which the report says did not.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::discourse::{Clause, Discoursed};
use crate::lexicon::Concept as C;
use crate::model::{Class, ClassClaim, Discourse, Status};
use crate::reading::Reading;
use crate::source::mapped::cut;

const WORDS: &[(Class, &str)] = &[
    (
        Class::Name,
        "name|full name|first name|last name|surname|first and last name|customer name|username and name",
    ),
    (Class::Email, "email|e-mail|email address|e-mail address|mail address|emails|e-mails|email id"),
    (
        Class::Phone,
        "phone number|telephone number|mobile number|cell number|phone|telephone|mobile phone number|cellphone number|contact number|mobile phone",
    ),
    (
        Class::PostalAddress,
        "physical address|postal address|home address|mailing address|street address|shipping address|delivery address|billing address|address|residential address|postcode|zip code|post code|postal code",
    ),
    (
        Class::BirthDate,
        "date of birth|birth date|birthdate|birthday|dob|dates of birth|birth year|year of birth|month and year of birth",
    ),
    (
        Class::GovernmentId,
        "social security number|ssn|passport number|driver's license number|driver's licence number|driver license number|driver licence number|driving licence number|driving license number|license number|licence number|national id|national identity number|national identification number|national insurance number|tax file number|tax id|tax identification number|identity document|identity card number|government id|government-issued id|medicare number|medicare id number|passport|driver's license|driver's licence|driving licence|driver licence|aadhaar number|id document|identification document|id number|government id number|social insurance number|personal identity number|id card",
    ),
    (
        Class::Payment,
        "financial account information|financial account number|financial account|credit card number|card number|credit card|debit card|payment card|payment data|payment information|payment details|payment card data|card data|card details|credit card data|credit card information|bank account number|bank account|bank account details|bank details|iban|account and routing number|cvv|billing information|payment card number|payment method|banking details|banking information|partial card number|last four digits of the card",
    ),
    (
        Class::Credential,
        "password|password hash|hashed password|credentials|login credentials|access token|api key|session token|security question|pin code|private key|secret key|authentication token|pin|encrypted password|account password|reset token|one-time code|two-factor secret|oauth token",
    ),
    (
        Class::Financial,
        "financial information|financial data|account balance|balance|transaction history|income|salary|credit score|credit history|loan amount|transactions|financial record|loan detail|tax return|wallet balance",
    ),
    (
        Class::Health,
        "medical certificate|medical record|health record|medical information|health information|diagnosis|diagnoses|prescription|medical history|health data|medical data|health claim|test result|lab result|treatment|vaccination status|patient note|insurance claim|blood type|medication|appointment note|weight|pregnancy",
    ),
    (
        Class::Location,
        "parking history|start and end point|trip history|ride history|exact distance|exact location|city|hometown|self-reported location|location data|gps location|geolocation|gps coordinates|location|coordinates|location history|live location|whereabouts|gps position",
    ),
    (
        Class::Biometric,
        "fingerprint|facial recognition|biometric|biometric data|face scan|voice print|genetic data|dna data|ancestry",
    ),
    (
        Class::Message,
        "sms content|sms message|voice call|call log|private message|message|direct message|chat|chat log|conversation|email content|text message|support ticket",
    ),
    (
        Class::Photo,
        "photo|photograph|picture|video|image|recording|video recording|profile picture|profile photo|selfie|camera feed",
    ),
    (
        Class::Order,
        "order history|order number|order detail|purchase history|booking detail|booking|order|reservation detail|travel itinerary|itinerary|travel detail|order content|purchase",
    ),
    (
        Class::Account,
        "username|user name|account number|customer number|user id|account name|account id|customer id|membership number|loyalty number|frequent flyer number|profile data|account information|account details|display name|account type|member id|user ids",
    ),
    (
        Class::Device,
        "ip address|device id|imei|device identifier|mac address|device information|advertising id|sim number|serial number|imsi|iccid|device model",
    ),
    (
        Class::Demographic,
        "gender|ethnicity|religion|sexual orientation|marital status|political|age|nationality|sex|race|language preference",
    ),
    (
        Class::Employment,
        "employer|job title|employment history|employment information|resume|curriculum vitae|occupation|employee number|work history",
    ),
    (
        Class::Vehicle,
        "license plate|licence plate|vehicle identification number|vin|number plate|vehicle registration|vehicle detail|vins",
    ),
    (
        Class::Document,
        "transcript|contract|invoice|scanned document|document|scan of|utility bill|statement|receipt",
    ),
];

struct Words {
    search: AhoCorasick,
    classes: Vec<Class>,
}

fn words() -> &'static Words {
    static WORDS_ONCE: OnceLock<Words> = OnceLock::new();
    WORDS_ONCE.get_or_init(|| {
        let all: Vec<(Class, &str)> =
            WORDS.iter().flat_map(|(class, words)| words.split('|').map(|word| (*class, word))).collect();
        let search = AhoCorasick::builder()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(all.iter().map(|(_, word)| word))
            .unwrap_or_else(|_| crate::ids::none());
        Words { search, classes: all.iter().map(|(class, _)| *class).collect() }
    })
}

/// A kind of data named in a clause: where, and which.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) class: Class,
    pub(crate) range: Range<usize>,
    pub(crate) tokens: Range<usize>,
}

/// Every kind of data that is named, in order.
pub(crate) fn named(reading: &Reading) -> Vec<Named> {
    let text = reading.text();
    let words = words();
    let mut found = Vec::new();
    for hit in words.search.find_iter(text) {
        let Some(class) = words.classes.get(hit.pattern().as_usize()).copied() else { continue };
        let mut range = hit.range();
        let bytes = text.as_bytes();
        let before = range.start.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        // Plurals: `addresses`, `numbers`.
        let tail: String = cut(text, range.end..text.len())
            .chars()
            .take(4)
            .take_while(|letter| letter.is_alphanumeric())
            .collect();
        if !matches!(tail.as_str(), "" | "s" | "es")
            || before.is_ascii_alphanumeric()
            || matches!(before, b'/' | b'_' | b'=' | b'.')
        {
            continue;
        }
        range.end += tail.len();
        let from = reading.tokens.partition_point(|token| token.range.end <= range.start);
        let to = reading.tokens.partition_point(|token| token.range.start < range.end);
        found.push(Named { class, range, tokens: from..to });
    }
    found
}

/// What the report says of each kind: what got out, and what did not.
pub(crate) fn classes(
    reading: &Reading,
    discoursed: &Discoursed,
    named: &[Named],
) -> (Vec<ClassClaim>, Vec<ClassClaim>) {
    let mut exposed: BTreeMap<Class, ClassClaim> = BTreeMap::new();
    let mut spared: BTreeMap<Class, ClassClaim> = BTreeMap::new();
    for one in named {
        let Some(clause) = discoursed.of_token(one.tokens.start).and_then(|nth| discoursed.clauses.get(nth))
        else {
            continue;
        };
        if !clause.tells() || one.tokens.is_empty() || is_other(reading, one) {
            continue;
        }
        let denied = clause.denies(one.tokens.start);
        let Some(is_out) = governs(reading, discoursed, clause, one) else { continue };
        let (map, status) = if denied {
            (
                &mut spared,
                if clause.is_claimed {
                    Status::Claimed
                } else if clause.is_hedged && clause.role != Discourse::Negated {
                    Status::Hypothetical
                } else {
                    Status::Stated
                },
            )
        } else if !is_out {
            continue;
        } else {
            let status = if clause.is_hedged {
                Status::Hypothetical
            } else if clause.is_claimed {
                Status::Claimed
            } else {
                Status::Stated
            };
            (&mut exposed, status)
        };
        let Some(span) = reading.document.text.span(one.range.clone()) else { continue };
        let claim = map.entry(one.class).or_insert_with(|| ClassClaim {
            class: one.class,
            words: cut(reading.text(), one.range.clone()).to_lowercase(),
            status,
            by: clause.by.clone(),
            spans: Vec::new(),
        });
        if status < claim.status {
            claim.status = status;
            claim.by = clause.by.clone();
        }
        if claim.spans.len() < crate::report::SPANS_MAX {
            claim.spans.push(span);
        }
    }
    (exposed.into_values().collect(), spared.into_values().collect())
}

/// Words that name a class and mean something else here.
fn is_other(reading: &Reading, one: &Named) -> bool {
    let before = one.tokens.start.checked_sub(1);
    let says = |words: &[&str]| before.is_some_and(|at| reading.says(at, words));
    let lone = one.tokens.len() == 1;
    match one.class {
        Class::PostalAddress => {
            lone && (says(&[
                "ip", "email", "mail", "web", "to", "wallet", "network", "single", "source", "mac", "will",
                "must", "url",
            ]))
        }
        Class::Name => {
            lone && (says(&[
                "domain", "host", "user", "file", "company", "brand", "the", "code", "by", "service",
                "product", "under",
            ]) || reading.is(one.tokens.end, &[C::Say]))
        }
        Class::Phone => {
            lone && (says(&["the", "over"])
                || reading.says(
                    one.tokens.end,
                    &[
                        "company", "maker", "carrier", "calls", "scams", "app", "provider", "firm",
                        "support", "operator",
                    ],
                )
                || says(&["smart", "by"]))
        }
        Class::Email => {
            lone && (reading.says(one.tokens.end, &["scams", "provider", "sent", "to", "phishing"])
                || says(&["by", "an", "via", "in", "phishing", "notification", "sent", "the"]))
        }
        Class::Order if says(&["to", "can", "could", "in"]) && lone => true,
        Class::Order if reading.text().as_bytes().get(one.range.start.saturating_sub(1)) == Some(&b'-') => {
            true
        }
        Class::Message | Class::Photo | Class::Document | Class::Order | Class::Health | Class::Financial => {
            reading.says(
                one.tokens.end,
                &[
                    "proxy", "engine", "server", "service", "queue", "broker", "page", "api", "endpoint",
                    "said", "from",
                ],
            ) || says(&["api", "error", "in"])
        }
        Class::Location => {
            lone && reading.word(one.tokens.start).ends_with('s')
                && !says(&["user", "users", "customer", "their", "gps", "live", "exact"])
        }
        Class::Device => {
            let near = one.tokens.start.saturating_sub(3)..one.tokens.start;
            near.clone().any(|at| {
                reading.says(
                    at,
                    &["from", "per", "single", "rotating", "different", "source", "many", "several", "block"],
                )
            })
        }
        Class::Account => says(&["arbitrary", "any", "every", "sequential", "for"]),
        Class::Credential if !lone || reading.word(one.tokens.start).ends_with('s') => {
            let near = one.tokens.start.saturating_sub(3)..one.tokens.start;
            let used = [
                "contractor",
                "employee",
                "staff",
                "admin",
                "employees",
                "temporary",
                "stolen",
                "compromised",
                "valid",
                "their",
            ];
            lone && near.clone().any(|at| reading.says(at, &used))
        }
        // `to pin down`; the number is written in capitals.
        Class::Credential if lone && reading.word(one.tokens.start) == "pin" => true,
        Class::Credential => says(&["reset", "their", "change", "an", "static", "shared", "single"]) && lone,
        _ => false,
    }
}

/// Whether the clause says that this kind got out. Nothing: the clause says nothing of that.
fn governs(reading: &Reading, discoursed: &Discoursed, clause: &Clause, one: &Named) -> Option<bool> {
    // What an employee was tricked into giving away is not the data that leaked.
    if one.class == Class::Credential && reading.has(clause.tokens.clone(), &[C::Phish]) {
        return None;
    }
    let verbs = &[C::Expose, C::Take, C::TakeHard, C::Affect, C::Include];
    let whole = clause.tokens.clone();
    // What a request must bring did not get out by that: `anyone who knew a phone number`.
    let before = one.tokens.start.saturating_sub(5).max(whole.start)..one.tokens.start;
    let asked = before.clone().any(|at| {
        reading.says(
            at,
            &[
                "knew",
                "knows",
                "knowing",
                "entering",
                "enter",
                "entered",
                "supplying",
                "supplied",
                "submitting",
                "guessing",
                "guess",
                "given",
                "changing",
                "change",
                "using",
                "typing",
                "with",
                "by",
                "incrementing",
                "requires",
                "required",
                "require",
                "feeding",
                "swapping",
                "iterating",
                "enumerating",
                "reset",
                "asked",
                "accepted",
                "accepts",
                "asks",
                "without",
                "used",
                "needed",
                "posted",
                "uploaded",
                "submitted",
            ],
        )
    });
    // `records with names`: what they hold.
    let held = before.clone().any(|at| {
        reading.says(at, &["with"])
            && at
                .checked_sub(1)
                .is_some_and(|noun| reading.is(noun, &[C::Record, C::Data]) || near_answer(reading, noun))
    });
    let asked = asked && !held;
    let verb_between = reading.of(before.start..one.tokens.start, verbs).next_back();
    if asked
        && verb_between.is_none_or(|verb| {
            before.clone().any(|at| {
                at > verb.from
                    && reading.says(
                        at,
                        &[
                            "knew",
                            "entering",
                            "supplying",
                            "submitting",
                            "guessing",
                            "changing",
                            "using",
                            "with",
                            "by",
                            "without",
                            "reset",
                        ],
                    )
            })
        })
    {
        let denied =
            clause.denies(one.tokens.start) && !before.clone().any(|at| reading.says(at, &["without"]));
        return denied.then_some(false);
    }
    let mut parts = vec![whole.clone()];
    // A list may have been cut from its verb: look at the clause before, in the same sentence.
    if let Some(previous) =
        discoursed.of_token(whole.start.saturating_sub(1)).and_then(|nth| discoursed.clauses.get(nth))
        && previous.sentence == clause.sentence
        && previous.tells()
    {
        parts.push(previous.tokens.clone());
    }
    for part in parts {
        if reading.has(part.clone(), &[C::Expose, C::Take, C::TakeHard, C::Affect]) {
            return Some(true);
        }
        if reading.has(part.clone(), &[C::Include])
            && reading.has(part, &[C::Data, C::Record, C::Flaw, C::Dataset, C::People])
        {
            return Some(true);
        }
    }
    // An item of a list below a line that says so.
    let sentence = reading.sentences.get(clause.sentence)?;
    let lead = reading
        .sentences
        .get(..clause.sentence)?
        .iter()
        .rev()
        .take(14)
        .find(|lead| lead.kind != sentence.kind)?;
    let is_item = matches!(
        sentence.kind,
        crate::source::BlockKind::Item | crate::source::BlockKind::Row | crate::source::BlockKind::Heading
    );
    let leads = reading.has(lead.tokens.clone(), &[C::Expose, C::Take, C::Affect, C::Include, C::Data])
        && reading.word(lead.tokens.end.saturating_sub(1)) == ":";
    if is_item && leads {
        return Some(!reading.has(lead.tokens.clone(), &[C::Neg]));
    }
    // `no passwords`: a fragment that denies.
    (clause.denies(one.tokens.start) && whole.len() < 10).then_some(false)
}

/// `answered with the exact distance`: what an answer holds got out.
fn near_answer(reading: &Reading, token: usize) -> bool {
    (token.saturating_sub(6)..token + 1)
        .any(|at| reading.says(at, &["answered", "answers", "responded", "replied"]))
}
