//! Prints what a report says, for people who work on the rules: `cargo run -p intel --example understand FILE [RUNS]`.
#![expect(clippy::print_stdout, reason = "the output is the purpose")]

use std::collections::BTreeMap;

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let Ok(bytes) = std::fs::read(&path) else { return };
    let at = std::time::Instant::now();
    let given = match intel::Given::all(&bytes) {
        Ok(given) => given,
        Err(error) => {
            println!("{error}");
            return;
        }
    };
    if given.is_layer() {
        println!("{}", String::from_utf8_lossy(given.body()));
    }
    let intel = match intel::understand_given(&given, &path) {
        Ok(intel) => intel,
        Err(error) => {
            println!("{error}");
            return;
        }
    };
    let spent = at.elapsed();
    let quote = |span: &intel::Span| {
        String::from_utf8_lossy(given.body().get(span.start..span.end).unwrap_or_default()).replace('\n', " ")
    };
    for statement in &intel.statements {
        println!("[{:?}] by {:?} ({}) {}", statement.role, statement.by, statement.because, statement.text);
    }
    for frame in &intel.frames {
        println!(
            "{:?} {:?} neg={} by {:?} actor {:?}: {}",
            frame.kind,
            frame.status,
            frame.is_negated,
            frame.by,
            frame.actor,
            quote(&frame.span)
        );
    }
    println!(
        "published {:?} incident {} title {:?}",
        intel.published,
        intel.is_incident,
        intel.title.as_ref().map(|title| &title.id)
    );
    for span in &intel.is_incident_because {
        println!("incident by {}", quote(span));
    }
    for claim in &intel.techniques {
        println!(
            "technique {} {} {:?} {:?} ({}) {:?}",
            claim.id, claim.name, claim.status, claim.origin, claim.because, claim.tactics
        );
    }
    let lists = BTreeMap::from([
        ("owasp", &intel.owasp),
        ("stated", &intel.owasp_stated),
        ("cwe", &intel.cwe),
        ("d3fend", &intel.d3fend),
        ("mitigation", &intel.mitigations),
        ("cve", &intel.cves),
        ("tactic", &intel.tactics),
    ]);
    for (name, claims) in lists {
        for claim in claims {
            println!("{name} {} {:?} {:?} ({})", claim.id, claim.status, claim.origin, claim.because);
        }
    }
    for number in &intel.numbers {
        println!(
            "number {:?} {} {:?} {:?} {:?}",
            number.value, number.unit, number.role, number.bound, number.status
        );
    }
    for derived in &intel.derived {
        println!("derived {:?} {} {} = {}", derived.value, derived.unit, derived.says, derived.arithmetic);
    }
    for claim in &intel.data_classes_exposed {
        println!("exposed {} {:?} {:?}", claim.class.word(), claim.status, claim.words);
    }
    for claim in &intel.data_classes_not_exposed {
        println!("NOT exposed {} {:?} by {:?}", claim.class.word(), claim.status, claim.by);
    }
    for entity in &intel.entities {
        println!(
            "entity {:?} {:?} {} {:?} {:?} by {:?}",
            entity.role, entity.kind, entity.name, entity.sector, entity.status, entity.by
        );
    }
    for one in &intel.observables {
        println!("observable {:?} {:?} {}", one.kind, one.role, one.value);
    }
    for date in &intel.dates {
        println!("date {} {:?}", date.value, date.event);
    }
    for event in &intel.timeline {
        println!("event {} {:?} {:?} {}", event.order, event.kind, event.date, event.because);
    }
    println!(
        "notification {:?} {:?} {:?}",
        intel.notification.state,
        intel.notification.regimes,
        intel.notification.parties.iter().map(|party| (&party.who, party.state)).collect::<Vec<_>>()
    );
    for erratum in &intel.errata {
        println!("ERRATUM {:?}: {}", erratum.kind, erratum.message);
        for place in &erratum.places {
            println!("    {} | {}", place.says, place.span.as_ref().map(quote).unwrap_or_default());
        }
    }
    println!(
        "{:?} {:?}",
        intel.repairs.iter().map(|repair| repair.kind).collect::<Vec<_>>(),
        intel.dropped.iter().map(|dropped| dropped.reason).collect::<Vec<_>>()
    );
    println!("{:?}", intel.risk.map(|risk| risk.arithmetic));
    let at = std::time::Instant::now();
    let runs = std::env::args().nth(2).and_then(|runs| runs.parse::<u32>().ok()).unwrap_or(100);
    for _ in 0..runs {
        let _ = std::hint::black_box(intel::understand(&bytes, &path));
    }
    println!("first {spent:?}, then {:?}", at.elapsed() / runs.max(1));
}
