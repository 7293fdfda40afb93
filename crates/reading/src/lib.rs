//! What a request says, in the one reading that there is: canonical target, fields, object references,
//! the page asked for.
//!
//! The gateway reads live requests with it, and `hunt` the lines of logs: an object that one of them
//! sees the other sees too (DESIGN.md section 7.4). It decides nothing, and it knows no operation: the
//! values of path parameters come from whoever knows the template.
//!
//! ```
//! use domain::{ObjectRefPlace, SubjectDigest};
//! use reading::attributes::{AttributeValue, Attributes};
//! use reading::target::Target;
//! let target = Target::parse("/orders?customer_id=17&page=3").unwrap();
//! let mut attributes = Attributes::new();
//! attributes.query(target.query());
//! let objects = reading::objects::objects(&attributes, true, |_| SubjectDigest::default());
//! assert_eq!((&*objects[0].name, objects[0].number), ("customer_id", Some(17)));
//! assert!(reading::paging::page(&attributes, |_| SubjectDigest::default()).is_some());
//! ```

pub mod attributes;
pub mod form;
mod graphql;
pub mod objects;
pub mod paging;
pub mod target;
