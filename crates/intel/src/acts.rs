//! Acts that are a technique of ATT&CK by themselves, by the words that tell of them.
//!
//! The grammar is that of `frames`. What is denied, advised, feared or only possible is no act; what names a
//! technique without saying that somebody did it is none either.

use std::ops::Range;
use std::sync::OnceLock;

use crate::classes::Named;
use crate::discourse::Discoursed;
use crate::frames::rule::{Rule, compiled, matching};
use crate::frames::tells_of_past;
use crate::lexicon::Concept as C;
use crate::model::Status;
use crate::reading::Reading;
use crate::syntax::verbs as v;
use crate::syntax::{Predicate, Syntax};

/// An act with its place.
pub(crate) struct Act {
    /// The technique, or a word of ours for what helps to tell one.
    pub(crate) what: &'static str,
    pub(crate) status: Status,
    pub(crate) by: Option<String>,
    pub(crate) tokens: Range<usize>,
}

/// A flaw was used, whatever it was.
pub(crate) const USED_FLAW: &str = "used a flaw";
/// There was a hole in a door, of which no more is said.
pub(crate) const FLAWED: &str = "a hole in a door";
/// Somebody without a right to it called records out of a door.
pub(crate) const INTRUDED: &str = "called without a right";
/// Accounts of others were entered.
pub(crate) const ENTERED: &str = "entered accounts";
/// Somebody called a door, whatever came out.
pub(crate) const CALLED: &str = "called";
/// Data came to somebody whose it is not.
pub(crate) const SHOWN: &str = "shown to others";
/// Data of a kind was read.
pub(crate) const READ: &str = "read data";
/// A secret lies in what everybody can read.
pub(crate) const HOLDS_SECRET: &str = "holds a secret";
/// A secret was put to use.
pub(crate) const USED_SECRET: &str = "used a secret";
/// It worked as it was meant to.
pub(crate) const AS_DESIGNED: &str = "as designed";

// long: one table of rules; each line is a way of saying one thing.
const WAYS: &[(&str, &str)] = &[
    (
        USED_FLAW,
        "exploit/exploited/abused/misused/used ~4 Flaw | Flaw ~6 be ~2 exploited/abused/misused/used | made ~1 use ~2 of ~3 Flaw | exploit/exploited/abused/misused ~4 Api | exploitation ~2 of ~4 Api",
    ),
    (
        FLAWED,
        "flaw/vulnerability/bug/hole/loophole/weakness/gap ~12 exposed/exposes/revealed/leaked/laid/let/allowed ~12 People | flaw/vulnerability/bug/hole/loophole/weakness/gap ~12 exposed/exposes/revealed/leaked/laid/let/allowed ~12 Record | flaw/vulnerability/bug/hole/loophole/weakness/gap ~12 exposed/exposes/revealed/leaked/laid/let/allowed ~12 Data | through/via ~2 flaw/vulnerability/bug/hole/loophole/weakness/gap ~3 in",
    ),
    (
        INTRUDED,
        "Attacker ~8 Take ~8 Api | somebody/someone ~10 right ~8 Take | unauthorized/unauthorised ~8 Take ~8 Api | Attacker ~4 queried/called ~6 Api | Take ~8 from/through/via/of ~6 Api ~8 without ~2 authorization/authorisation/permission",
    ),
    (
        ENTERED,
        "accounts ~10 opened/accessed/entered/compromised | into/inside ~5 accounts | logged/signed ~2 in/into | broke/got/break ~2 into ~5 accounts | access ~2 to ~5 accounts",
    ),
    (
        CALLED,
        "sent/made/fired/issued/submitted/sending/tried ~8 Request | forged ~1 Request | called ~4 Endpoint | queried ~4 Endpoint | Request ~4 be ~1 sent/made/answered",
    ),
    (
        "T1119",
        "automatic/automated ~1 process/program/query/queries/tool/retrieval | by ~1 means ~1 of ~3 script/program/bot/tool/loop/scripts | with/using/via ~1 the ~1 help ~1 of ~3 script/program/bot/tool | with/using ~3 script/scripts/program/bot/bots/loop ~8 fetched/copied/read/pulled/downloaded/collected/retrieved/took/got/obtained | program/script/bot/loop ~14 brought/returned/yielded/gave/came ~2 back/up/records/addresses/profiles/names | wrote/built/coded/hacked ~4 program/script/bot/loop/tool/crawler/scraper | program/script/bot/bots/scraper/crawler/robot/robots ~10 sent/fetched/requested/downloaded/collected/copied/called/counted/walked/pulled/saved/queried/harvested/scraped/tried/went/ran/iterated/looped/took/made | downloaded/collected/copied/fetched/pulled/harvested/queried/requested/extracted/retrieved/read/took/saved ~14 script/program/bot/bots/scraper/crawler/loop/automatically | scraped | crawled | automated/automatic/automatised ~1 manner/fashion/way | able ~1 to ~1 scrape | lines ~1 of ~1 python/code/shell/script | automated ~2 means/tool/tools/software/process/scraping/way | scraping ~3 of | scraping ~2 Data | came/come ~1 from ~1 scraping | wrote ~4 script/program/loop | by ~1 the ~1 million/thousand/thousands/millions/hundred/hundreds | automated ~3 requests/queries/calls/collection | automatically ~4 sent/fetched/requested/downloaded/collected/copied/queried",
    ),
    (
        AS_DESIGNED,
        "worked/works/functioned/behaved ~2 as ~3 designed/intended/meant | core/intended/normal/regular ~1 feature/function/behaviour/behavior | feature ~3 no/not ~2 flaw/bug/vulnerability/hole | Lack ~2 vulnerability ~2 in",
    ),
    (
        HOLDS_SECRET,
        "code/repository/script/app/apps/application/firmware/file/javascript/bundle/package/page/client ~3 contains/contained/carries/carried/holds/held/includes/included/ships/shipped/bundles/embeds/embedded/has/had ~5 key/keys/secret/secrets/credential/credentials/password/token | key/keys/secret/secrets/credential/credentials/password/token ~3 be ~3 in ~3 firmware/app/apps/code/package/bundle/javascript | hard ~1 coded ~2 key/secret/credential/credentials/password/token",
    ),
    (
        USED_SECRET,
        "used/tried/replayed ~3 key/keys/secret/credential/credentials/password/token ~4 to/for/against/on | with ~2 key/secret/credential/credentials/password/token ~4 read/listed/fetched/opened/downloaded/copied/called/queried",
    ),
    (
        "T1657",
        "demand/demanded/demands/demanding ~4 ransom/cryptocurrency/bitcoin/money/payment/dollars/euros | ransom ~6 be ~1 paid | paid ~4 ransom | asked/asks/asking ~2 for ~4 ransom | extorted | demand/demands ~2 for ~5 million/dollars/dollar/euros/pounds/bitcoin/money/ransom/us | extortion ~2 mail/mails/email/emails/message/demand | wanted/wants ~4 dollars/euros/bitcoin/ransom ~6 delete/silence/publish | withdrew/cashed/spent/redeemed/moved/shifted/diverted/wired/siphoned/sent/booked ~4 money/funds/points/balance/balances/credit/credits/miles/coins/vouchers | points/balance/balances ~6 be ~1 spent/redeemed/stolen/drained | money/funds/sums/points/credit ~4 be ~2 transferred/stolen/withdrawn/moved/spent | stole/drained/transferred ~5 money/funds/coins/bitcoin/ether/cryptocurrency | goods/orders/items ~4 nobody ~4 paid | marked ~1 as ~1 paid | threatened ~4 publish/leak/release/sell",
    ),
    (
        "T1486",
        "Attacker ~16 encrypted ~4 computers/systems/servers/machines/files/workstations/network/data | group/they/ransomware/gang ~24 encrypted ~4 computers/systems/servers/machines/files/workstations/network/data | computers/systems/servers/files ~2 be ~1 encrypted ~2 by",
    ),
    (
        "T1589",
        "which ~2 account/profile/user/customer ~2 belong/belonged/belongs | generated/guessed/random/made/every/all ~4 phone/mobile/telephone ~1 number/numbers ~18 tried/queried/sent/checked/asked/uploaded/fed/returned/matched | contact/contacts ~3 importer/import/discovery/upload/sync/matching ~12 abused/used/misused/fed/queried/exploited | enumerated/enumerate ~5 phone/email/e-mail/emails/accounts/usernames | fed/checked/submitted/uploaded/tested/tried/ran/put/matched/entered/sent ~6 email/e-mail/emails/phone/telephone/mobile ~2 address/addresses/number/numbers | fed/checked/submitted/uploaded/tested/tried/ran/matched ~4 list/lists/millions ~3 of ~3 email/e-mail/phone/telephone/numbers/addresses | picked ~1 out ~5 by ~2 phone/email/e-mail | learn/learned/determine/determined/see/find ~3 whether/which ~8 phone/email/e-mail/number/numbers/address/addresses ~6 registered/account/accounts/exist/existed/known | matched/linked/tied/joined ~4 phone/email/e-mail ~4 to/with ~4 account/accounts/profile/profiles/names",
    ),
    ("T1528", "stole/stolen/theft ~4 token/tokens | tokens ~3 be ~2 stolen"),
    (
        "T1550.001",
        "with/using/used ~3 token/tokens ~5 connected/entered/exported/fetched/authenticated/called/accessed/listed/queried/logged/downloaded/read | downloaded/accessed/read/cloned/copied/authenticated/queried ~4 with/using ~4 token/tokens | token/tokens ~8 let/allowed/gave ~3 Attacker | stolen ~3 token/tokens ~4 be ~2 used",
    ),
    (
        "T1552.001",
        "looked/searched/scanned/hunted ~2 for ~2 secrets/keys/credentials/passwords/tokens | code/repository/script/app/firmware/file/javascript/bundle ~3 contained/held/carried/included/hold ~5 key/keys/secret/secrets/credential/credentials/password/passwords/token/tokens | found/extracted/discovered/recovered/pulled/read/obtained/took/got ~6 key/keys/secret/secrets/credential/credentials/password/token/tokens ~10 in/from/inside ~6 code/repository/app/application/firmware/file/javascript/apk/bundle/script",
    ),
    (
        "T1213.003",
        "cloned/downloaded/copied/stole/read ~6 private/internal/source ~2 repository/repositories/code | private/internal/source ~2 repository/repositories/code ~8 be ~2 cloned/downloaded/copied/stolen",
    ),
    (
        "T1530",
        "read/copied/downloaded/listed/emptied ~6 bucket/buckets | bucket/buckets ~6 be ~2 copied/read/downloaded/listed/emptied | read/copied/downloaded ~4 files ~8 from ~3 cloud ~1 storage",
    ),
    ("T1098.004", "added/adding/add ~5 ssh ~2 key"),
    (
        "T1098",
        "made/promoted ~2 himself/herself/themselves/itself ~2 administrator/admin/owner | gave/granted ~4 himself/herself/themselves/account/accounts ~5 role/rights/administrator/admin/permission/permissions | set ~5 role ~4 admin/administrator/owner/manager | account/accounts ~4 became ~2 administrator/administrators/admin/owner",
    ),
    (
        "T1136",
        "registered/enrolled/register ~2 as ~2 dealer/partner/merchant/employee/administrator/staff/reseller/developer | created/added/creating ~4 administrator/administrators/admin/administrative/privileged ~1 account/accounts/user/users",
    ),
    (
        "T1585",
        "accounts ~2 came ~2 being ~16 throw/throwaway/disposable/temporary/invented/bots/machines | accounts ~4 be ~2 created/registered/opened ~10 throw/throwaway/disposable/temporary/invented/bots/script/machines | applied/registered/signed/created/opened/made ~6 account/accounts ~8 exist/fake/false/invented/fictitious/bogus | fake/false/invented/fictitious/bogus ~2 account/accounts ~4 be ~2 created/registered/opened/used | registered/invented/made ~4 fake/false/invented/fictitious/bogus ~2 company/companies/partner/partners/persona/personas/business/businesses | created/registered/opened/applied ~5 fake/false/invented/fictitious/bogus/throwaway ~2 account/accounts",
    ),
    (
        "T1505.003",
        "placed/installed/left/uploaded/dropped ~5 web ~1 shell | web ~1 shell ~2 be ~2 placed/installed/uploaded/found",
    ),
    (
        "T1090",
        "through/via/behind/using/used/rotated/rotating/rented/from/bought/hired/rented ~5 proxies/proxy/tor | through/via/behind/using/used/from ~4 vpn ~1 service/services/server/servers/provider/network | proxies/tor ~4 hid/hide/hidden/masked",
    ),
    (
        "T1606",
        "signing ~1 key ~8 be ~1 stolen/acquired/obtained/used/leaked | created/produced/issued/signed ~2 own ~2 token/tokens | forged/minted/crafted/forging ~4 token/tokens/jwt/jwts/cookie/cookies",
    ),
    (
        "T1078",
        "came/come/got/entered/broke/logged/log/signed ~12 through/with/via/using/over ~3 vpn/employee/staff/former/service/valid/old/contractor/administrator ~2 account/accounts/login/credentials/password | Stolen ~8 be ~2 used | default ~1 password/credentials/login ~6 worked/used/accepted/logged | used/using/with ~4 key/keys/token/tokens/password/passwords ~8 left/leaked/published/forgotten/posted/committed ~4 in/on/at | used/using ~4 key/keys/token/tokens ~2 of ~3 one/partner/partners/employee/customer/supplier/contractor/developer | used/using/with ~3 stolen/leaked/compromised/harvested/phished/copied/borrowed ~3 key/keys/token/password/passwords/credential/credentials/login/logins/account/accounts",
    ),
    ("T1110.003", "sprayed ~4 password/passwords | password ~1 spraying ~6 be ~2 used"),
    (
        "T1110.001",
        "tried/guessed/guess/tries/sent/sending ~8 code/codes/pin/pins/password/passwords ~10 blocked/limit/until/all/every/one/fit/right/worked | guessed/guessing ~4 code/codes/pin/pins/password/passwords | sent/tried ~4 wrong ~2 code/codes/pin/pins/password/passwords | code/codes/pin/pins ~6 be ~2 guessed/tried",
    ),
];

fn rules() -> &'static [Rule<&'static str>] {
    static COMPILED: OnceLock<Vec<Rule<&'static str>>> = OnceLock::new();
    COMPILED.get_or_init(|| compiled(WAYS))
}

/// What the verbs of a sentence tell that was done, whoever did it: something was read or taken, a flaw was
/// used, numbers were put to a door to learn whose they are.
fn done(
    reading: &Reading,
    syntax: &Syntax,
    nth: usize,
    named: &[Named],
) -> Vec<(&'static str, Range<usize>)> {
    let mut found = Vec::new();
    for predicate in syntax.of_sentence(nth) {
        // `I could also read the messages` was done.
        let tried = reading.has(predicate.subject.clone(), &[C::Researcher])
            || predicate.subject.clone().any(|at| reading.says(at, &["i", "we", "he", "she"]));
        let could = tried && predicate.group.clone().any(|at| reading.says(at, &["could"]));
        let would = predicate.group.clone().any(|at| reading.says(at, &["have"]));
        if predicate.is_negated || predicate.is_possible && (!could || would) || !predicate.is_past {
            continue;
        }
        let theme = if predicate.is_passive { predicate.subject.clone() } else { predicate.object.clone() };
        let is = |wanted: v::Class| predicate.class & wanted != 0;
        let whole = predicate.group.start.min(theme.start)..predicate.group.end.max(theme.end);
        if is(v::TAKE | v::SEE)
            && !by_its_keeper(reading, syntax, predicate)
            && is_data(reading, theme.clone(), named)
        {
            found.push((READ, whole.clone()));
        }
        if is(v::EXPLOIT) && !by_its_keeper(reading, syntax, predicate) {
            let flaw = reading.has(theme.clone(), &[C::Flaw, C::Api, C::Lack])
                || theme.clone().take(4).any(|at| reading.says(at, &["this", "it", "that", "these"]));
            if flaw {
                found.push((USED_FLAW, whole.clone()));
            }
        }
        // `users were shown pictures that do not belong to them`.
        let end = reading.sentences.get(nth).map_or(whole.end, |sentence| sentence.tokens.end);
        let foreign = reading.has(whole.start..end, &[C::Others])
            || (whole.start..end)
                .any(|at| reading.says(at, &["belong", "belonged", "wrong", "strangers", "stranger"]));
        if is(v::GIVE | v::EXPOSE)
            && foreign
            && is_data(
                reading,
                predicate.subject.start.min(theme.start)..predicate.object.end.max(theme.end),
                named,
            )
        {
            found.push((SHOWN, whole.clone()));
        }
        // `a paper tried it with twenty plates`.
        let used = reading.says(
            predicate.head,
            &["tried", "used", "tested", "called", "queried", "requested", "asked", "replayed"],
        );
        let it = theme.clone().take(3).any(|at| {
            reading.says(at, &["it", "them", "function", "query", "call", "interface", "ids", "numbers"])
        }) || reading.has(theme.clone(), &[C::Api, C::Request]);
        if used
            && it
            && !by_its_keeper(reading, syntax, predicate)
            && !predicate.subject.is_empty()
            && !predicate.is_passive
        {
            found.push((CALLED, whole.clone()));
        }
        if is(v::BRING | v::CALL) && is_lookup(reading, nth, theme, named) {
            found.push(("T1589", whole));
        }
    }
    found
}

/// Whether the verb tells what the keeper of the data does with it.
fn by_its_keeper(reading: &Reading, syntax: &Syntax, predicate: &Predicate) -> bool {
    let subject = syntax.head(predicate.subject.clone());
    !predicate.is_passive
        && reading.has(subject.clone(), &[C::Company, C::Authority, C::Endpoint])
        && !reading.has(subject, &[C::Attacker, C::Researcher, C::Anyone])
}

fn is_data(reading: &Reading, tokens: Range<usize>, named: &[Named]) -> bool {
    reading.has(tokens.clone(), &[C::Data, C::Record, C::People, C::Dataset])
        || tokens
            .clone()
            .any(|at| reading.says(at, &["page", "pages", "answer", "answers", "response", "responses"]))
        || names(tokens, named).next().is_some()
}

/// The kinds of data named in tokens.
fn names(tokens: Range<usize>, named: &[Named]) -> impl Iterator<Item = &Named> {
    let from = named.partition_point(|one| one.tokens.start < tokens.start);
    named.get(from..).unwrap_or_default().iter().take_while(move |one| one.tokens.start < tokens.end)
}

/// Phone numbers or addresses that are brought, and an answer which of them are known.
fn is_lookup(reading: &Reading, nth: usize, theme: Range<usize>, named: &[Named]) -> bool {
    use crate::model::Class;
    let brought = names(theme.clone(), named).any(|one| matches!(one.class, Class::Phone | Class::Email))
        || theme.clone().any(|at| reading.says(at, &["phone", "mobile", "telephone", "mail", "email"]));
    let many = theme.clone().any(|at| {
        reading.says(at, &["numbers", "addresses", "lists", "list", "books", "millions", "every", "all"])
    });
    // The sentence before may say what the door answers.
    let from =
        reading.sentences.get(nth.saturating_sub(1)).map_or(theme.start, |sentence| sentence.tokens.start);
    let to = reading
        .sentences
        .get(nth + 1)
        .or(reading.sentences.get(nth))
        .map_or(theme.end, |next| next.tokens.end);
    let asks = (from..to).any(|at| {
        reading.says(
            at,
            &[
                "which",
                "whether",
                "matched",
                "matching",
                "match",
                "belonged",
                "belong",
                "belongs",
                "registered",
                "recorded",
                "answered",
                "answers",
                "returned",
                "returns",
                "replied",
            ],
        )
    });
    let known = (from..to).any(|at| {
        reading.says(
            at,
            &[
                "account",
                "accounts",
                "profile",
                "profiles",
                "user",
                "users",
                "member",
                "members",
                "registered",
                "customer",
            ],
        )
    });
    brought && many && asks && known
}

/// Every act of the report, in order.
pub(crate) fn acts(reading: &Reading, syntax: &Syntax, discoursed: &Discoursed, named: &[Named]) -> Vec<Act> {
    let mut acts = Vec::new();
    for (nth, sentence) in reading.sentences.iter().enumerate() {
        let told =
            matching(rules(), reading, sentence.tokens.clone()).into_iter().map(|found| (found, false));
        let done = done(reading, syntax, nth, named).into_iter().map(|found| (found, true));
        for ((what, tokens), is_done) in told.chain(done) {
            let last = tokens.end.saturating_sub(1);
            let Some(clause) = discoursed
                .of_token(last)
                .and_then(|nth| discoursed.clauses.get(nth))
                .filter(|clause| clause.tells())
            else {
                continue;
            };
            // `without any right` and `companies that do not exist` deny nothing of the act.
            let own = what == INTRUDED || reading.says(last, &["exist"]);
            let is_denied = !own && (clause.denies(tokens.start) || clause.denies(last));
            let may_be = matches!(what, CALLED | READ | HOLDS_SECRET);
            // What the verb tells as done needs no other sign of it.
            let past = || {
                tells_of_past(reading, clause.tokens.clone())
                    || syntax.of_sentence(nth).iter().any(|predicate| {
                        tokens.contains(&predicate.head)
                            && predicate.is_past
                            && !predicate.is_possible
                            && !predicate.is_negated
                    })
            };
            let is_act = is_done || !is_denied && (may_be || !clause.is_possible) && past();
            if !matches!(what, AS_DESIGNED | HOLDS_SECRET) && !is_act {
                continue;
            }
            let is_open = tokens.clone().any(|at| syntax.doubts(nth, at));
            let status = if clause.is_hedged || clause.is_possible || is_open {
                Status::Hypothetical
            } else if clause.is_claimed {
                Status::Claimed
            } else {
                Status::Stated
            };
            acts.push(Act { what, status, by: clause.by.clone(), tokens });
        }
    }
    acts
}
