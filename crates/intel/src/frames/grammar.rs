//! The grammar of API incidents: what a sequence of meanings and words says.
//!
//! A rule is a row of elements with a largest distance between them: `Lack ~3 AuthCheck`. An element is
//! a meaning of the lexicon (capital letter), or words (small letters, `/` between alternatives). `~n`:
//! at most `n` tokens may stand between the element before and the one after; the default is 1.

// long: one table of rules; each line is a way of saying one thing.

use crate::model::FrameKind::{self, *};

/// What is looked for, in order of the model.
pub(super) const RULES: &[(FrameKind, &str)] = &[
    // --- how the door was found
    (
        FoundByProbing,
        "Probe ~8 Endpoint | Find ~8 Probe | Endpoint ~6 Probe | Probe ~6 server/servers/internet/range/hosts | scanning ~3 for",
    ),
    (FoundByInspection, "Inspect"),
    (
        Found,
        "Find ~8 Endpoint | Find ~8 Flaw | Find ~3 that ~8 Endpoint | Endpoint ~4 Find ~2 by | Flaw ~4 Find",
    ),
    (
        ReachedPublicly,
        "Public ~3 Api | Api ~4 Public | Public ~2 Endpoint | Endpoint ~3 Public | exposed ~2 Endpoint ~3 internet",
    ),
    // --- how it was emptied
    (
        Retrieved,
        "TakeHard ~7 Data | TakeHard ~7 Record | TakeHard ~7 People | Take ~5 Data | Take ~6 Record | Data ~5 TakeHard | Record ~4 TakeHard | access ~2 to ~5 Data | access ~2 to ~5 Record | Request ~6 Data | identify/identified ~2 Data | Data ~12 be ~2 accessed/viewed/taken/stolen/obtained/downloaded/copied/scraped | Record ~10 be ~2 accessed/viewed/taken/stolen/obtained/downloaded/copied/scraped",
    ),
    (Paged, "Paging | batches ~1 of | Batch ~2 of"),
    (
        Enumerated,
        "Enumerate ~6 Id | Enumerate ~5 People | Enumerate ~5 Record | Enumerate ~4 Dataset | Enumerate ~4 Code | Change ~4 Id | Id ~4 Enumerate | Enumerate ~4 Endpoint | generated/generating/generate ~5 Id | enumeration | sequential ~1 Request | Request ~3 incrementally | submitted/uploaded/fed/feeding/submitting/uploading ~8 Id | matched/matching/match ~6 Id",
    ),
    (
        Automated,
        "Automate ~8 Take | Automate ~8 Request | Automate ~8 Enumerate | Take ~10 Automate | Enumerate ~8 Automate | Request ~8 Automate | wrote ~4 Automate | used ~4 Automate | Automate ~6 Data | ran ~3 Automate | built ~3 Automate | using/with ~3 Automate",
    ),
    (
        CredentialStuffing,
        "Stuffing | Proof ~12 stolen/leaked/taken/exposed/obtained/known ~5 other/elsewhere/earlier/another/previous | same ~2 password ~6 elsewhere/other/twice/here",
    ),
    (
        BruteForce,
        "Guess ~5 Code | Code ~8 Guess | Guess ~4 Proof | spraying | Proof ~4 Guess ~1 force/forced | trying/try/tried ~5 Code | trying/tried ~4 password",
    ),
    (
        UsedCredential,
        "Stolen | valid/legitimate ~1 Proof | using/used/use/with/via/abused ~4 stolen/leaked/compromised/exposed/hijacked/phished ~3 Proof | Proof ~4 stolen/obtained/belonging ~4 employee/staff/contractor/engineer/supplier/vendor/developer | log/logged/logging ~2 in/into ~5 with ~5 Proof ~4 of | abused/misused/reused ~4 token/key/credential | Proof ~5 used/abused ~3 to ~3 Take",
    ),
    (
        FoundSecret,
        "Secret ~6 Proof | Proof ~6 Secret | key/token/password/secret/credentials ~10 published/committed/pushed/leaked ~8 sources/source/repository/code/app | found/extracted/discovered/recovered/pulled ~4 Proof ~8 app/application/code/repository/javascript/github/apk/binary/firmware | Proof ~5 embedded/hardcoded/baked",
    ),
    (
        SocialEngineering,
        "Phish ~8 employee/employees/staff/agent/agents/worker/contractor/helpdesk/desk/engineer | employee/staff/agent/worker/helpdesk/desk ~8 Phish | tricked ~4 employee/staff/agent",
    ),
    (Injection, "Inject"),
    (RequestForgery, "Forge"),
    (ManySources, "Rotate"),
    (Altered, "Alter | Able ~14 modify/alter/edit ~3 Data | modified/altered/edited ~3 Data"),
    (
        Published,
        "Data ~8 Sell | Sell ~8 forum/dark/web/online/telegram/bitcoin | Record ~8 Sell | Sell ~6 Data | Sell ~6 Record | posted ~6 forum",
    ),
    (Extorted, "Extort"),
    // --- what made it possible
    (
        NoAuthentication,
        "answered/answers/answering/replied/replies/returned/returns ~1 everybody/anybody/anyone/everyone/whoever | token/session/login/certificate/authentication ~2 check/checks ~8 stop/stops/stopped/ceased ~1 working | check/checks ~6 failed/fails ~1 open | Lack ~3 AuthCheck | Lack ~1 Check ~5 AuthCheck | Lack ~1 Check ~3 Proof | without ~2 Proof | no ~2 Proof ~3 Check | AuthCheck ~4 Lack ~2 Check | AuthCheck ~3 missing/absent/off/disabled | unauthenticated | unprotected ~5 Api | unsecured ~4 Api | open ~1 Api | check/checks/control/controls/authentication ~8 ineffective/inactive/broken/defunct | answered/responded/replied/worked/returned ~3 without ~3 AuthCheck | answered/responded/replied/worked/returned ~3 without ~3 Proof | without ~3 check | needs/needed/wants/wanted/asked/asks ~1 no ~2 AuthCheck | needs/needed/wants/wanted ~1 no ~2 Proof | Lack ~2 check/checks ~6 authenticated/logged/signed | Lack ~4 log ~1 in | Lack ~2 verify ~3 identity | Lack ~1 Check ~2 AuthCheck | Api ~5 unprotected/unsecured/unauthenticated | Lack ~2 protected ~2 by | without ~3 identity | without ~2 authenticating/credentials | Lack ~3 who ~4 asking/calling | Lack ~2 asked ~4 who | Lack ~1 Check ~4 signed/logged | Lack ~2 behind ~2 AuthCheck | anonymous ~2 access/request/requests | accepted/accepts/answered/answers/served/serves ~2 any/every ~2 Request | removed/dropped ~2 authentication | no ~1 questions ~1 asked | nothing ~3 AuthCheck",
    ),
    (
        BrokenAuthentication,
        "WeakAuth | all ~1 that ~1 protects/protected/guards/guarded | only ~2 protection | only ~2 protects/protected | Lack ~1 Check ~4 signature/token/expiry/jwt | Guess ~5 Code | Code ~8 Guess | signature/signatures ~16 never/not ~2 checked/verified/validated | Lack ~2 Check ~6 signature/signatures | forged ~1 Request | trying/tried ~5 Code | Code ~6 Lack ~2 limit/limited/expire/locked | Stuffing | Code ~4 returned ~4 response | accepted ~6 Code",
    ),
    (
        NoObjectCheck,
        "Bola | Lack ~1 Check ~11 Authz ~5 Data | Lack ~1 Check ~10 belonged/belongs/belong/owned/owner/ownership/own/entitled | Lack ~2 ownership | Lack ~2 object ~2 level | arbitrary ~3 Id | Change ~6 Id ~14 Others | Change ~4 Id ~8 in/of ~6 Request | Change ~4 Id ~4 url/address/link | Others ~3 People ~8 Change ~4 Id | Can ~4 Take ~5 Others ~3 People | Can ~4 Take ~5 Others ~3 Record | Able ~5 Take ~10 Others ~3 People | Able ~5 Take ~10 Others ~3 Record | Lack ~2 Check ~7 allowed/permitted/authorized/authorised/entitled | Able ~2 Anyone ~3 Take ~6 People | Lack ~2 tied/bound/scoped ~4 Authz/session/user/account | whose ~6 Lack ~2 Check | any ~2 Id ~5 returned/gave/worked | answered/answers/returned/returns/replied/worked ~3 any ~3 Id | Lack ~2 Check ~4 which/whose | Lack ~2 asked ~4 whose | may ~2 user ~2 see | data/records ~3 of ~2 any ~2 other | data/records ~3 of ~2 all ~2 other | returned/returns/gave/yielded ~5 of ~1 all/every/any ~2 People | other ~2 People ~6 data ~2 come/came | Lack ~2 authorization/authorisation ~6 Data | authenticated ~3 Lack ~1 authorized/authorised | Authz ~4 Lack ~2 Check | any ~2 Record ~3 by ~2 Change | Lack ~2 compare/compared ~6 tenant/owner/customer/user/account | Lack ~2 Check ~8 whose | Lack ~2 Check ~8 same ~3 user/account/customer",
    ),
    (
        NoFunctionCheck,
        "Bfla | only ~3 available/accessible/meant/intended/open ~4 staff/administrators/admins/employees/dealers/partners | meant ~3 staff/administrators/employees/dealers/partners ~1 only | Ordinary ~8 Admin | Admin ~2 Endpoint ~8 Anyone | Admin ~3 Endpoint ~10 Ordinary | Lack ~1 Check ~8 admin/administrator/role/roles | Anyone ~8 Admin | Admin ~1 Endpoint ~6 Lack ~3 Authz | Admin ~2 Endpoint ~5 Public | Lack ~2 Check ~5 role/privilege",
    ),
    (
        ExcessiveData,
        "Excess | more/bigger/larger/richer/longer ~6 than ~6 page/app/screen/interface/needs/needed/displays/shows/necessary | whole/entire ~1 row/rows",
    ),
    (MassAssignment, "Mass"),
    (
        NoLimit,
        "Lack ~4 Limit | Lack ~1 Check ~3 Limit | Limit ~3 Lack ~2 Check | Limit ~2 missing/absent/off/disabled | unlimited ~3 Request | unlimited ~2 number | Lack ~2 throttled/limited/capped | nothing ~3 Limit | nothing ~3 slow/slowed/stop/stopped/throttled/limited/hindered | as ~1 many ~2 Request/records/times ~6 liked/wanted/like/want | Lack ~2 slowed/blocked/stopped ~3 Request | never ~2 blocked/slowed/throttled/limited/challenged",
    ),
    (SensitiveFlow, "Flow"),
    (Misconfigured, "Misconfig"),
    (
        ForgottenDoor,
        "Forgotten ~8 not/never ~2 switched/turned/shut/taken ~2 off/down | old/older/previous/former ~4 not/never ~2 switched/turned/shut/taken ~1 off/down | called/calls/queried/queries/used ~3 Forgotten | Forgotten ~3 Api | Forgotten ~2 Endpoint | Api ~5 Forgotten | Forgotten ~3 address/addresses/url/urls/host/domain/site/page/door | nobody ~3 switched ~2 off | Forgotten ~2 version/environment/server/system | Endpoint ~4 Forgotten",
    ),
    (TrustedThirdParty, "Trusted"),
    (PredictableIds, "Sequential ~3 Id | Id ~4 Sequential | Id ~6 counted ~1 up"),
    (
        ThirdPartyFault,
        "Flaw ~9 ThirdParty | ThirdParty ~7 Flaw | ThirdParty ~3 platform/system/database/software/tool/service/integration/portal | published/exposed/leaked/uploaded/misconfigured ~10 by ~5 ThirdParty | hosted/operated/run/managed/maintained/supplied/built/provided/developed ~1 by ~4 ThirdParty | traced/attributed/linked ~4 ThirdParty | through/via/at ~3 ThirdParty",
    ),
    // --- what came after
    (
        Exposed,
        "Expose ~8 Data | Expose ~7 Record | Expose ~7 People | Data ~6 Expose | Record ~5 Expose | People ~6 Affect | Affect ~5 People | Affect ~5 Record | exposure ~2 of",
    ),
    (
        Stopped,
        "Stop ~2 after | Stop ~2 Take | Stop ~1 at ~3 Record | Stop ~2 there/himself/herself/themselves/scraping",
    ),
    (Deleted, "Delete ~4 Data | Delete ~3 copy/copies/file/files/it/them/everything | Delete ~3 Record"),
    (
        Reported,
        "Tell ~5 Company | Tell ~5 Flaw | Tell ~4 Authority | Tell ~1 it ~3 to | contacted/emailed/alerted ~4 Company | Tell ~4 Api | reported/disclosed ~6 to ~2 it/them | told ~3 Company ~4 about | told ~5 about ~3 Flaw",
    ),
    (
        Surfaced,
        "news/reports/details/leak/breach/incident/data/issue/vulnerability/word/it/claims ~5 Surface | reports ~2 begin | Surface ~3 when/online",
    ),
    (
        Confirmed,
        "Confirm ~8 Flaw | Confirm ~8 Data | Confirm ~6 Investigate | Company ~3 Confirm | Company ~3 disclosed ~4 that/on/in | Confirm ~3 that | Confirm ~3 it",
    ),
    (Denied, "Deny ~6 Flaw | Deny ~4 that | Company ~3 Deny"),
    (
        Investigating,
        "Investigate ~8 Flaw | Investigate ~8 Data | launched ~3 Investigate | Investigate ~6 how/whether/extent | under ~1 Investigate | Company ~4 Investigate",
    ),
    (
        Fixed,
        "Fix ~5 Endpoint | Fix ~5 Flaw | Endpoint ~5 Fix | Flaw ~5 Fix | Fix ~2 it ~2 offline/down | Fix ~4 access | Fix ~2 hole/door/it | Fix ~3 token/tokens/key/keys/credentials/passwords | added/introduced/enforced ~3 AuthCheck | Fix ~2 within",
    ),
    (
        Notified,
        "Notify ~6 People | Notify ~6 Authority | Notify ~5 Police | Authority ~5 Notify | People ~6 Notify | Notify ~4 those/everyone/affected | told ~4 Authority | Authority ~5 informed/notified/told",
    ),
    (
        EvaluatingDuties,
        "Investigate ~6 Duty | Duty ~6 Investigate | assessing/evaluating/considering/determining/reviewing ~6 Duty",
    ),
    (
        LegalAction,
        "Legal ~6 Company | Authority ~8 Legal | Legal ~6 dollar/dollars/pound/pounds/euro/euros/million | filed ~4 Legal | Legal ~4 filed/brought | Company ~6 fined/sued/settled | Police ~6 arrested/charged | fined ~3 Company | Attacker ~8 arrested/sentenced/charged/convicted",
    ),
];
