//! Kinds of data: which got out, and which the report says did not.

mod fate;

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::discourse::Discoursed;
use crate::lexicon::Concept as C;
use crate::model::{Class, ClassClaim, Discourse, Status};
use crate::reading::Reading;
use crate::source::BlockKind;
use crate::source::mapped::cut;
use crate::syntax::verbs as v;
use crate::syntax::{Syntax, Tag};

use fate::Fate;

const WORDS: &[(Class, &str)] = &[
    (
        Class::Name,
        "name|full name|first name|last name|surname|first and last name|customer name|username and name|given name|forename|family name|middle name|maiden name|display name|real name|names of persons",
    ),
    (
        Class::Email,
        "email|e-mail|email address|e-mail address|mail address|emails|e-mails|email id|mail addresses|email contact|e-mail contact",
    ),
    (
        Class::Phone,
        "phone number|telephone number|mobile number|cell number|phone|telephone|mobile phone number|cellphone number|contact number|mobile phone|cell phone number|landline number|telephone contact|msisdn|handset number|phone contact",
    ),
    (
        Class::PostalAddress,
        "physical address|postal address|home address|mailing address|street address|shipping address|delivery address|billing address|address|residential address|postcode|zip code|post code|postal code|street and house number|house number|street name|street|place of residence|residence address|home addresses|addresses|billing details|shipping details|delivery details|door number",
    ),
    (
        Class::BirthDate,
        "date of birth|birth date|birthdate|birthday|dob|dates of birth|birth year|year of birth|month and year of birth|birthdates|birthdays|date and place of birth|place and date of birth|birth data|day of birth",
    ),
    (
        Class::GovernmentId,
        "government-issued number|social security number|ssn|passport number|driver's license number|driver's licence number|driver license number|driver licence number|driving licence number|driving license number|license number|licence number|national id|national identity number|national identification number|national insurance number|tax file number|tax id|tax identification number|identity document|identity card number|government id|government-issued id|medicare number|medicare id number|passport|driver's license|driver's licence|driving licence|driver licence|aadhaar number|id document|identification document|id number|government id number|social insurance number|personal identity number|id card|social security|identity card|identity cards|tax number|taxpayer number|insurance number|social insurance|health insurance number|nhs number|residence permit|visa number|voter id|voter number|national registration number|identity card copy|identity card copies|copy of id|copies of id|passport copy|passport copies|citizen number|driving license|driver's permit|identification number|tax identifier",
    ),
    (
        Class::Payment,
        "means of payment|payment stuff|financial account information|financial account number|financial account|credit card account number|card account number|credit card number|card number|credit card|debit card|payment card|payment data|payment information|payment details|payment card data|card data|card details|credit card data|credit card information|bank account number|bank account|bank account details|bank details|iban|account and routing number|cvv|billing information|payment card number|payment method|banking details|banking information|partial card number|last four digits of the card|bank data|bank connection|bank information|sort code|routing number|card expiry|expiry date of the card|last four digits|direct debit|debit card number|bank account data|credit card details|account and card number|payment card details|payment credentials|bank card|payment instrument",
    ),
    (
        Class::Credential,
        "password|password hash|hashed password|credentials|login credentials|access token|api key|session token|security question|pin code|private key|secret key|authentication token|pin|encrypted password|account password|reset token|one-time code|two-factor secret|oauth token|log-in data|login data|login details|log-in details|sign-in data|access data|access key|access keys|api keys|secret|secrets|door code|passcode|recovery code|reset code|verification code|session cookie|signing key|private keys|seed phrase|wallet seed|refresh token|bearer token|token|one-time password|authentication data|authentication details|hash of the password|password hashes|login name and password|encryption key",
    ),
    (
        Class::Financial,
        "financial or|financial and|financial account data|revenue|turnover|insured sum|sum insured|financial information|financial data|account balance|balance|transaction history|income|salary|credit score|credit history|loan amount|financial record|loan detail|tax return|wallet balance|points balance|account balances|credit limit|debt|savings|loan|score|creditworthiness|amount of the win|amount|winnings|payslip|payslips|wage|wages|earnings|tax returns|tax form|credit report|transaction histories|financial detail|investment|pension|bonus",
    ),
    (
        Class::Health,
        "health note|health question|health questionnaire|health report|medical certificate|medical record|health record|medical information|health information|diagnosis|diagnoses|prescription|medical history|health data|medical data|health claim|test result|lab result|treatment|vaccination status|patient note|insurance claim|blood type|medication|appointment note|weight|pregnancy|illness|illnesses|injury|injuries|medicine|dose|doses|allergy|allergies|blood group|blood pressure|heart rate|body fat|workout|sick note|therapy|therapies|reason for the visit|disability|disabilities|symptom|x-ray|vaccination|test results|health condition|medical condition|medical detail|medical file|treatments|findings|genetic report|drug|insulin|mental health|sleep data|fertility",
    ),
    (
        Class::Location,
        "home city|home cities|cities|parking history|start and end point|trip history|ride history|exact distance|exact location|city|hometown|self-reported location|location data|gps location|geolocation|gps coordinates|location|coordinates|location history|live location|whereabouts|gps position|check-in|check-ins|latitude|longitude|home station|trip|trips|route|routes|journey|start and end points|place of work|position data|gps data|travel movements|movement|movement data|live position|place they were|town",
    ),
    (
        Class::Biometric,
        "fingerprint|facial recognition|biometric|biometric data|face scan|voice print|genetic data|dna data|ancestry|face image|face template|voice sample|voice recording|raw genome|genome|iris scan|palm print",
    ),
    (
        Class::Message,
        "sms content|sms message|voice call|call log|private message|message|direct message|chat|chat log|conversation|email content|text message|support ticket|subject line|contents of chats|chat contents|chat history|chat histories|support case|support cases|support conversation|correspondence|contents of messages|message body|message bodies|message contents|message text|email body|mail content|inbox|voicemail|transcripts of calls|ticket content|private note|free text",
    ),
    (
        Class::Photo,
        "photo|photograph|picture|video|image|recording|video recording|profile picture|profile photo|selfie|camera feed|portrait|thumbnail|live stream|preview picture|profile image|avatar|images|footage|clip|snapshot|passport photo|face photo",
    ),
    (
        Class::Order,
        "order history|order number|order detail|purchase history|booking detail|booking|order|reservation detail|travel itinerary|itinerary|travel detail|order content|purchase|stay|stays|past stays|delivery history|rental history|service history|service histories|order histories|purchase histories|reservation|order data|order information|order details|ticket purchase|rental|rentals|basket|visit history",
    ),
    (
        Class::Account,
        "customer management number|number of the policy|number of the card|username|user name|account number|customer number|user id|account name|account id|customer id|membership number|loyalty number|frequent flyer number|profile data|account information|account details|account type|member id|user ids|user names|usernames|policy number|customer numbers|member number|nickname|user handle|handle|facebook id|login name|plan|tariff|subscription|loyalty points|student number|patient number|contract number",
    ),
    (
        Class::Device,
        "ip address|device id|imei|device identifier|mac address|device information|advertising id|sim number|serial number|imsi|iccid|device model|user agent|user agents|ip|device identifiers|handset|browser version|hardware id|device data|operating system|phone model",
    ),
    (
        Class::Demographic,
        "gender|ethnicity|religion|sexual orientation|marital status|political|age|nationality|sex|race|language preference|sexual preference|preferred match|preferred matches|preference|relationship status|family status|ethnic origin|ethnic|party membership|trade union membership|language|native language|citizenship|beliefs|year group",
    ),
    (
        Class::Employment,
        "employer|job title|employment history|employment information|resume|curriculum vitae|occupation|employee number|work history|job|profession|workplace|job titles|work address|work email|personnel number|staff number|working hours|school class|position in the company",
    ),
    (
        Class::Vehicle,
        "license plate|licence plate|vehicle identification number|vin|number plate|vehicle registration|vehicle detail|vins|registration number of the car|registration of the vehicle|registration of the car|mileage|vehicle data|vehicle identification numbers|chassis number|car model|charging state|registration plate|plate number",
    ),
    (
        Class::Document,
        "transcript|contract|invoice|scanned document|document|scan of|utility bill|receipt|attachment|scan|contracts|source code|pdf|copies of documents|copy of the document|scanned|invoices|uploaded document|bank statement|cv",
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
    let fields = fields(reading, &found);
    if !fields.is_empty() {
        found.extend(fields);
        found.sort_by_key(|one| one.range.start);
    }
    found
}

/// Kinds of data that a field is called by: `date_of_birth`, `mobile_phone`; what ends its name is what it is.
fn fields(reading: &Reading, known: &[Named]) -> Vec<Named> {
    let words = words();
    let mut found = Vec::new();
    for (at, token) in reading.tokens.iter().enumerate() {
        let written = reading.word(at);
        let is_field = token.kind == crate::reading::Kind::Code
            && written.len() <= 40
            && written.contains('_')
            && written.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let nth = known.partition_point(|one| one.range.end <= token.range.start);
        let taken = known.get(nth).is_some_and(|one| one.range.start < token.range.end);
        if !is_field || taken {
            continue;
        }
        let plain = written.trim_matches('_').replace('_', " ");
        let ends =
            |start: usize| plain.get(..start).is_none_or(|before| before.is_empty() || before.ends_with(' '));
        let hit =
            words.search.find_iter(&plain).filter(|hit| hit.end() == plain.len() && ends(hit.start())).last();
        let Some(hit) = hit else { continue };
        let Some(class) = words.classes.get(hit.pattern().as_usize()).copied() else { continue };
        // `file_name` names a file.
        let whose = plain.get(..hit.start()).unwrap_or_default().trim();
        let persons = [
            "",
            "pupil",
            "patient",
            "member",
            "customer",
            "guest",
            "person",
            "contact",
            "owner",
            "holder",
            "parent",
            "child",
            "student",
            "employee",
            "driver",
            "recipient",
            "sender",
            "buyer",
            "subscriber",
        ];
        if class == Class::Name && !persons.contains(&whose) {
            continue;
        }
        found.push(Named { class, range: token.range.clone(), tokens: at..at + 1 });
    }
    found
}

/// What the report says of each kind: what got out, and what did not.
pub(crate) fn classes(
    reading: &Reading,
    syntax: &Syntax,
    discoursed: &Discoursed,
    named: &[Named],
) -> (Vec<ClassClaim>, Vec<ClassClaim>) {
    let mut exposed: BTreeMap<Class, ClassClaim> = BTreeMap::new();
    let mut spared: BTreeMap<Class, ClassClaim> = BTreeMap::new();
    let fates = fate::fates(reading, syntax, discoursed, named);
    for (nth, (one, fate)) in named.iter().zip(fates).enumerate() {
        let Some(clause) = discoursed.of_token(one.tokens.start).and_then(|nth| discoursed.clauses.get(nth))
        else {
            continue;
        };
        let lone = is_vague(reading, one)
            && !begins_item(reading, one)
            && !is_seen(reading, syntax, one)
            && !is_listed(syntax, named, nth, one)
            && !is_somebodys(reading, one);
        if !clause.tells() || one.tokens.is_empty() || lone || is_other(reading, one) {
            continue;
        }
        let is_open = reading
            .sentence_of(one.tokens.start)
            .is_some_and(|sentence| fate == Some(Fate::Out) && syntax.doubts(sentence, one.tokens.start));
        let (map, is_sure) = match fate {
            Some(Fate::Out) => (&mut exposed, !clause.is_hedged && !is_open),
            Some(Fate::Kept) => (&mut spared, !clause.is_hedged || clause.role == Discourse::Negated),
            Some(Fate::Asked) | None => continue,
        };
        let is_open = is_open || fate == Some(Fate::Out) && clause.is_hedged;
        let status = match (is_open, clause.is_claimed, is_sure) {
            (false, true, _) => Status::Claimed,
            (false, false, true) => Status::Stated,
            _ => Status::Hypothetical,
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

/// A lone word in the singular, which means many things: `an address`, `the token`.
fn is_vague(reading: &Reading, one: &Named) -> bool {
    let last = reading.word(one.tokens.end.saturating_sub(1)).to_lowercase();
    one.tokens.len() <= 2
        && (!last.ends_with('s') || last == "address")
        && matches!(
            last.as_str(),
            "address"
                | "name"
                | "phone"
                | "telephone"
                | "token"
                | "key"
                | "secret"
                | "password"
                | "pin"
                | "message"
                | "photo"
                | "picture"
                | "image"
                | "document"
                | "profile"
                | "language"
                | "age"
                | "sex"
                | "city"
                | "town"
                | "location"
                | "order"
                | "booking"
                | "purchase"
                | "card"
                | "amount"
                | "score"
                | "balance"
                | "chat"
                | "email"
                | "mail"
                | "ip"
                | "vin"
                | "video"
                | "ticket"
                | "receipt"
                | "statement"
                | "contract"
                | "scan"
                | "weight"
                | "job"
                | "cookie"
                | "plan"
                | "subscription"
                | "reservation"
                | "trip"
                | "route"
                | "certificate"
                | "transcript"
                | "department"
                | "conversation"
                | "agent"
                | "code"
                | "credential"
                | "handle"
                | "preference"
                | "account"
        )
}

/// Whether it is a part of a list.
fn is_listed(syntax: &Syntax, named: &[Named], nth: usize, one: &Named) -> bool {
    let sign = |at: usize| matches!(syntax.tag(at), Tag::Mark | Tag::Join);
    let before = (one.tokens.start.saturating_sub(3)..one.tokens.start)
        .rev()
        .find(|at| !matches!(syntax.tag(*at), Tag::Det | Tag::Adj | Tag::Adv));
    let near = |other: &Named| {
        let between = one.tokens.end.min(other.tokens.end)..one.tokens.start.max(other.tokens.start);
        between.len() < 12 && between.clone().all(|at| syntax.tag(at) != Tag::Stop)
    };
    let beside = nth.checked_sub(1).and_then(|before| named.get(before)).is_some_and(near)
        || named.get(nth + 1).is_some_and(near);
    beside && (sign(one.tokens.end) || before.is_some_and(sign))
}

/// `- name as in the passport`.
fn begins_item(reading: &Reading, one: &Named) -> bool {
    reading.sentence_of(one.tokens.start).and_then(|nth| reading.sentences.get(nth)).is_some_and(|sentence| {
        matches!(sentence.kind, BlockKind::Item | BlockKind::Row)
            && one.tokens.start <= sentence.tokens.start + 1
    })
}

/// `the intruders saw the balance`: the object right behind a verb of seeing or taking.
fn is_seen(reading: &Reading, syntax: &Syntax, one: &Named) -> bool {
    one.class != Class::Credential
        && reading.sentence_of(one.tokens.start).is_some_and(|nth| {
            syntax.of_sentence(nth).iter().any(|predicate| {
                predicate.class & (v::SEE | v::TAKE) != 0
                    && !predicate.is_passive
                    && predicate.is_past
                    && predicate.group.end <= one.tokens.start
                    && one.tokens.start - predicate.group.end <= 2
            })
        })
}

/// `her phone`, `the address of the owner`.
fn is_somebodys(reading: &Reading, one: &Named) -> bool {
    let before = one.tokens.start.saturating_sub(2)..one.tokens.start;
    let after = one.tokens.end..one.tokens.end + 4;
    before.clone().any(|at| reading.says(at, &["their", "his", "her", "whose"]))
        || one.tokens.start.checked_sub(1).is_some_and(|at| reading.is(at, &[C::People]))
        || reading.says(one.tokens.end, &["of"]) && reading.has(after, &[C::People])
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
                "domain", "host", "user", "file", "company", "brand", "code", "by", "service", "product",
                "under",
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
                    "said",
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
            // `emails were stolen, not passwords`: nothing goes over a sign.
            let sign = near.clone().rev().find(|at| {
                reading
                    .tokens
                    .get(*at)
                    .is_some_and(|token| matches!(token.kind, crate::reading::Kind::Sign(_)))
            });
            let near = sign.map_or(near.start, |sign| sign + 1)..near.end;
            lone && near.clone().any(|at| reading.says(at, &used))
        }
        // `to pin down`; the number is written in capitals.
        Class::Credential if lone && reading.word(one.tokens.start) == "pin" => true,
        Class::Credential => says(&["reset", "their", "change", "an", "static", "shared", "single"]) && lone,
        _ => false,
    }
}
