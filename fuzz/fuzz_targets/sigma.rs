//! Sigma rules and what they are asked of: any text is rules or faults with places in it; what
//! pre-selection finds is what every rule asked alone finds; correlations count in any order of time.
#![no_main]

use domain::Timestamp;
use events::{Dialect, Reader};
use libfuzzer_sys::fuzz_target;
use sigma::{Event, Fields, File, Line, Rules, load, logged, sample};

/// Most rules of one input that are asked one by one, and most events.
const MOST_RULES: usize = 64;
const MOST_EVENTS: usize = 32;

fuzz_target!(|input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    // What stands after the mark are lines: of a log, of fields, of samples.
    let (text, lines) = text.split_once("\n%%%\n").unwrap_or((text, text));
    let mut loaded = load(&[File { name: "r.yml", text }], 7);
    let faults = loaded.faults.iter().map(|fault| fault.diagnostic.at);
    let reasons = loaded.rules.all().iter().flat_map(|rule| rule.reasons.iter().map(|(_, at)| *at));
    for at in faults.chain(reasons) {
        assert!(text.get(at.range()).is_some(), "{at:?}");
    }
    let rules = &mut loaded.rules;
    let given = logged::given(Dialect::Combined);
    assert!(rules.blind(given).len() <= rules.all().len());
    let mut reader = Reader::new(Dialect::Combined);
    for (nth, line) in lines.lines().take(MOST_EVENTS).enumerate() {
        // Every third one goes back in time.
        let at = Timestamp::from_secs(1_800_000_000 + (nth as u64 * 60) % 180);
        let _ = sample::read(line);
        let _ = reader.read(line.as_bytes(), &mut |event| ask(rules, &logged::event(&event, given, "nginx"), at));
        if let Ok(object) = serde_json::from_str(line)
            && let Ok(line) = Line::read(&object)
        {
            ask(rules, &Event::of_line(&line), at);
        }
    }
    // A source that tells all and sent nothing, and one that tells nothing.
    for given in [Fields::ALL, Fields::NONE] {
        ask(rules, &Event { given, ..Event::default() }, Timestamp::from_secs(1));
    }
});

fn ask(rules: &mut Rules, event: &Event<'_>, at: Timestamp) {
    if rules.all().len() <= MOST_RULES {
        let (mut fast, mut slow) = (rules.matching(event), rules.matching_slowly(event));
        fast.sort_unstable();
        slow.sort_unstable();
        assert_eq!(fast, slow, "{event:?}");
    }
    for found in rules.matches(event, at) {
        assert!(rules.get(found.rule).is_some_and(|rule| rule.is_told));
    }
}
