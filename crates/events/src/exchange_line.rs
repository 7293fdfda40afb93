//! One line of Tidegate's own exchange log, read back.
//!
//! The line is OCSF API Activity (class 6003) with what detectors need under `unmapped.tidegate`; crate
//! `report` writes it, and the two are held together by a property test there. It is read here, for
//! this is where lines of logs become exchanges, and `report` has more below it than a reader of logs
//! should carry. It decides nothing and keeps nothing.
//!
//! ```
//! let exchange = events::exchange_line::parse(events::exchange_line::EXAMPLE).unwrap();
//! assert_eq!(exchange.status, 429);
//! ```

use std::net::IpAddr;
use std::sync::Arc;

use domain::{
    ClassSet, Endpoint, Exchange, ExchangeId, Mode, ObjectRef, Outcome, OwnerSeen, PageRef, SignalMark,
    SubjectDigest, Timestamp,
};
use serde::Deserialize;
use smallvec::SmallVec;

/// API Activity.
const CLASS: u64 = 6003;

/// A line as the gateway writes it: a refused batch of the incident, laid out on several lines.
pub const EXAMPLE: &str = r#"{"metadata":{"version":"1.3.0","product":{"name":"Tidegate","vendor_name":"Tidegate","version":"0.1.0"},"uid":"000000000000000700000000000000c8"},
"time":1795000000000,"duration":4,"category_uid":6,"class_uid":6003,"activity_id":1,"type_uid":600301,"severity_id":2,"status_id":2,
"api":{"operation":"POST /api/customers"},"actor":{"user":{"name":"anonymous"}},"src_endpoint":{"ip":"198.51.100.7"},
"http_request":{"http_method":"POST","url":{"path":"/api/customers"},"length":20},"http_response":{"code":429,"length":180},
"unmapped":{"tidegate":{"order":200,"caller":"anonymous","declared":false,"public":false,"objects":[],"page":{"number":3},"failed_path":"0123456789abcdef0123456789abcdef","bait":false,
"upstream_status":200,"records":10,"disclosed":10,"new_subjects":10,"strangers":0,"own_subjects":0,"looked_up":0,"cut":0,"issued":0,"subjects":[],"classes":["name","email"],"outcome":{"refused":"budget-spent"},"mode":"guard"}}}"#;

/// Why a line is no exchange of ours.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ExchangeLineError {
    /// No JSON, or a field is missing or of another form.
    #[error("this is no line of a Tidegate exchange log")]
    Malformed(#[source] serde_json::Error),
    /// Another class of OCSF events.
    #[error("OCSF class {class} is not read here; exchanges are class 6003")]
    OtherClass {
        /// Its `class_uid`.
        class: u64,
    },
}

/// Reads one line back. Fields that the gateway does not write are ignored.
///
/// # Errors
/// When the line is no JSON, is another class, or lacks what `report::exchange::write` wrote.
pub fn parse(line: &str) -> Result<Exchange, ExchangeLineError> {
    #[derive(Deserialize)]
    struct Class {
        class_uid: u64,
    }
    let read: Result<Line, _> = serde_json::from_str(line);
    // Only a line that cannot be read is looked at twice.
    let Line {
        metadata,
        time,
        duration,
        class_uid,
        api,
        actor,
        src_endpoint,
        http_request,
        http_response,
        unmapped,
    } = match read {
        Ok(line) => line,
        Err(cause) => {
            return Err(match serde_json::from_str(line) {
                Ok(Class { class_uid }) if class_uid != CLASS => {
                    ExchangeLineError::OtherClass { class: class_uid }
                }
                _ => ExchangeLineError::Malformed(cause),
            });
        }
    };
    if class_uid != CLASS {
        return Err(ExchangeLineError::OtherClass { class: class_uid });
    }
    let Ours {
        order,
        continues,
        caller,
        role,
        roles,
        partner,
        declared,
        public,
        allowed,
        objects,
        page,
        failed_path,
        bait,
        agent,
        upstream_status,
        records,
        disclosed,
        new_subjects,
        strangers,
        own_subjects,
        looked_up,
        cut,
        issued,
        subjects,
        classes,
        owned,
        outcome,
        spent,
        action,
        mode,
        signals,
    } = unmapped.tidegate;
    Ok(Exchange {
        id: metadata.uid,
        continues,
        order,
        at: time,
        duration_millis: duration,
        client: src_endpoint.ip,
        caller,
        principal: actor.user.uid,
        role,
        roles,
        partner,
        endpoint: api.operation,
        declared,
        public,
        allowed,
        objects,
        page,
        failed_path,
        bait,
        agent,
        status: http_response.code,
        upstream_status,
        request_bytes: http_request.length,
        response_bytes: http_response.length,
        records,
        disclosed,
        new_subjects,
        strangers,
        own_subjects,
        looked_up,
        cut,
        issued,
        subjects,
        classes,
        owned,
        outcome,
        spent,
        action,
        mode,
        signals,
    })
}

#[derive(Deserialize)]
struct Line {
    metadata: Metadata,
    time: Timestamp,
    duration: u64,
    class_uid: u64,
    api: Api,
    actor: Actor,
    src_endpoint: Source,
    http_request: HttpRequest,
    http_response: HttpResponse,
    unmapped: Unmapped,
}

#[derive(Deserialize)]
struct Metadata {
    uid: ExchangeId,
}

#[derive(Deserialize)]
struct Api {
    operation: Endpoint,
}

#[derive(Deserialize)]
struct Actor {
    user: User,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    uid: Option<SubjectDigest>,
}

#[derive(Deserialize)]
struct Source {
    ip: IpAddr,
}

#[derive(Deserialize)]
struct HttpRequest {
    length: u64,
}

#[derive(Deserialize)]
struct HttpResponse {
    code: u16,
    length: u64,
}

#[derive(Deserialize)]
struct Unmapped {
    tidegate: Ours,
}

#[derive(Deserialize)]
struct Ours {
    order: u64,
    #[serde(default)]
    continues: Option<ExchangeId>,
    caller: Arc<str>,
    #[serde(default)]
    role: Option<Arc<str>>,
    #[serde(default)]
    roles: SmallVec<[Arc<str>; 1]>,
    #[serde(default)]
    partner: Option<Arc<str>>,
    declared: bool,
    #[serde(default)]
    public: bool,
    #[serde(default)]
    allowed: Option<[u32; 2]>,
    objects: SmallVec<[ObjectRef; 2]>,
    #[serde(default)]
    page: Option<PageRef>,
    #[serde(default)]
    failed_path: Option<SubjectDigest>,
    #[serde(default)]
    bait: bool,
    #[serde(default)]
    agent: Option<SubjectDigest>,
    #[serde(default)]
    upstream_status: Option<u16>,
    records: u32,
    disclosed: u32,
    new_subjects: u32,
    #[serde(default)]
    strangers: u32,
    own_subjects: u32,
    #[serde(default)]
    looked_up: u32,
    #[serde(default)]
    cut: u32,
    #[serde(default)]
    issued: u32,
    subjects: Vec<SubjectDigest>,
    classes: ClassSet,
    #[serde(default)]
    owned: SmallVec<[OwnerSeen; 1]>,
    outcome: Outcome,
    #[serde(default)]
    spent: bool,
    #[serde(default)]
    action: Option<Arc<str>>,
    mode: Mode,
    #[serde(default)]
    signals: SmallVec<[SignalMark; 2]>,
}
