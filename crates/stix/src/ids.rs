//! Ids that follow from what they name.
//!
//! Observables have the ids that STIX 2.1 gives them (section 2.9, by `rstix`). Everything else has a
//! UUIDv5 in [`NAMESPACE`]: STIX recommends random ones there, which would differ from run to run.

use uuid::Uuid;

/// The namespace of our ids: the UUIDv5 of `tidegate.intel` in the namespace of ISO object ids.
pub(crate) fn namespace() -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, b"tidegate.intel")
}

/// `kind--UUIDv5`.
pub(crate) fn id(kind: &str, key: &str) -> String {
    format!("{kind}--{}", Uuid::new_v5(&namespace(), format!("{kind}:{key}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_what_other_programs_get_from_the_documented_namespace() {
        // python: uuid5(uuid5(NAMESPACE_OID, 'tidegate.intel'), 'identity:tidegate')
        assert_eq!(namespace().to_string(), "f4ca4ea9-3d10-5d4c-a88c-6b92cc8cb784");
        assert_eq!(id("identity", "tidegate"), "identity--16a7ea52-ea15-55a3-9b1d-d43530a199b7");
    }
}
