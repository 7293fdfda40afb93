//! One file per detector. The doc comment of each is its page in the catalogue (`docs/detect.md`).

pub(crate) mod anonymous_data;
pub(crate) mod automation;
pub(crate) mod bulk;
pub(crate) mod canary;
pub(crate) mod endpoint_sweep;
pub(crate) mod foreign;
pub(crate) mod miss_storm;
pub(crate) mod new_objects;
pub(crate) mod page_walk;
pub(crate) mod sequential_ids;
pub(crate) mod session_minting;
pub(crate) mod spent_budget;
pub(crate) mod surface_scan;
pub(crate) mod volume;
