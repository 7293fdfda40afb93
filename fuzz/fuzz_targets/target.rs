//! Request targets and request bodies: a canonical target is its own canonical form; any body is read
//! without a panic.
#![no_main]

use libfuzzer_sys::fuzz_target;
use net::target::Target;

fuzz_target!(|input: &[u8]| {
    if let Ok(text) = std::str::from_utf8(input) {
        if let Ok(target) = Target::parse(text) {
            let canonical = target.path_and_query().as_str().to_owned();
            let again = Target::parse(&canonical).expect("the canonical form reads");
            assert_eq!(again.path_and_query().as_str(), canonical);
            assert_eq!(again.segments(), target.segments());
            assert!(target.query().eq(again.query()));
        }
        if let Ok(uri) = text.parse::<http::Uri>() {
            let _ = Target::read(&uri);
        }
    }
    let _ = net::json_check::check_body(Some("application/json"), input);
    let _ = net::form::decode(input);
});
