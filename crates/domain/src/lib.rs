//! The words of Tidegate, each with one meaning.
//!
//! Everything else speaks in these types: endpoints, clients, principals, subjects, data classes,
//! declared intent, exposures, refusals. This crate holds values and their text forms only: it
//! decides nothing, reads no clock, opens nothing, and depends on no other room of the house.
//!
//! ```
//! use domain::{Endpoint, Method, PathTemplate, Window};
//! let door = Endpoint::new(Method::Get, PathTemplate::parse("/v1/orders/{id}").unwrap());
//! assert_eq!(door.to_string(), "GET /v1/orders/{id}");
//! assert_eq!("90s".parse::<Window>().unwrap().to_string(), "90s");
//! ```

mod caller;
mod class;
mod endpoint;
mod exchange;
mod exposure;
mod holder;
mod intent;
mod mode;
mod network;
mod refusal;
mod secret;
mod signal;
mod size;
mod subject;
mod time;

pub use caller::{Caller, Claims, Hint, HintState, Principal, PrincipalId, PrincipalKind, RoleName};
pub use class::{ClassSet, DataClass};
pub use endpoint::{Endpoint, EndpointError, Method, OperationId, PathTemplate, Segment};
pub use exchange::{Exchange, ExchangeId, ObjectRef, ObjectRefPlace, Outcome, OwnerSeen, PageRef};
pub use exposure::{Basis, Completion, ExposedSubject, Exposure, Recipient};
pub use holder::{Claim, Holder};
pub use intent::{
    Audience, BudgetDecl, FieldPath, FieldPathError, Intent, LimitDecl, OnForeign, Operator, Ownership,
    OwnershipError, PublicDecl,
};
pub use mode::Mode;
pub use network::{IpPrefix, IpPrefixError, networks_of};
pub use refusal::{ByAction, Refusal, RefusalKind, Whose};
pub use secret::Secret;
pub use signal::{DetectorId, Severity, SignalMark};
pub use size::ByteSize;
pub use subject::{DigestError, KeyKind, SubjectDigest, SubjectKey};
pub use time::{Timestamp, Window, WindowError};
