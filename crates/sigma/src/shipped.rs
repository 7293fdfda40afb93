//! The rule pack that is part of Tidegate: the files below `rules/`, embedded.

use crate::load::{File, Loaded, load};

/// A file of the pack, with its samples.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its name: `rules/web/page_walk.yml`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
    /// Samples on which it must speak, a line each.
    pub fires: &'static str,
    /// Samples on which it must not.
    pub silent: &'static str,
}

macro_rules! pack {
    ($($name:literal)+) => {
        /// The files of the pack. A test holds the list to what lies below `rules/`.
        pub const PACK: &[Shipped] = &[$(Shipped {
            name: concat!("rules/", $name, ".yml"),
            text: include_str!(concat!("../../../rules/", $name, ".yml")),
            fires: include_str!(concat!("../../../rules/", $name, ".fires.ndjson")),
            silent: include_str!(concat!("../../../rules/", $name, ".silent.ndjson")),
        },)+];
    };
}

pack! {
    "api/anonymous_data"
    "api/bulk"
    "api/foreign"
    "api/new_objects"
    "api/page_walk"
    "api/refused_and_going_on"
    "api/session_minting"
    "api/shadow_endpoint_with_records"
    "api/spent_budget"
    "api/surface_scan"
    "api/volume"
    "endpoint/curl_post_to_api"
    "hunt/scripted_post_to_collection"
    "hunt/versioned_collection"
    "waf/served_after_block"
    "web/api_description"
    "web/bait_paths"
    "web/bait_served"
    "web/bulk_download"
    "web/credential_guessing"
    "web/graphql_introspection"
    "web/huge_page"
    "web/ids_in_query"
    "web/many_objects"
    "web/method_tampering"
    "web/miss_storm"
    "web/page_walk"
    "web/scanners"
    "web/scripted_reads"
}

/// The pack, loaded. Under `seed` counted values become numbers: take one that clients do not know.
#[must_use]
pub fn shipped(seed: u64) -> Loaded {
    let files: Vec<File<'_>> = PACK.iter().map(|one| File { name: one.name, text: one.text }).collect();
    load(&files, seed)
}
