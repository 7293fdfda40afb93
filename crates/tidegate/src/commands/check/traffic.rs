//! Recorded traffic: what the gateway's exchange log says of each endpoint.

use std::path::Path;

use domain::Method;
use learn::{DoorSeen, Doors};
use spec::diagnostic::Diagnostic;
use spec::inventory::{Fault, Inventory, Kind, Place, Seen, Source, SourceId};
use spec::tree::Span;

use super::files::shown;
use crate::commands::exchange_log::Log;
use crate::exit::Failure;

/// Reads the exchange log `path` into the inventory, a line at a time.
///
/// # Errors
/// When it cannot be opened, or no line of it is an exchange.
pub(super) fn read(path: &Path, inventory: &mut Inventory) -> Result<(), Failure> {
    let name = shown(path);
    let log = Log::open(path)?;
    let source = inventory.add_source(Source { name: name.clone(), text: "".into(), kind: Kind::Traffic });
    let mut doors = Doors::default();
    let read = log.each(|exchange, line| doors.take(exchange, line))?;
    if doors.is_empty() {
        return Err(Failure::Input(format!(
            "error: `{name}` holds no exchange\n = help: name an exchange log, as `tidegate serve --exchange-log` writes it"
        )));
    }
    let left_out = [
        (read.unreadable, "cannot be read", read.is_unjudged()),
        (doors.left_out(), "are of endpoints beyond the bound", true),
    ];
    for (number, what, shut) in left_out {
        if number > 0 {
            let message = format!("{number} of {} lines {what}, and are left out", read.lines);
            let diagnostic = if shut {
                Diagnostic::error("CHECK-004", message, Span::default())
            } else {
                Diagnostic::warning("CHECK-004", message, Span::default())
            };
            inventory.faults.push(Fault { source, diagnostic });
        }
    }
    let all: Vec<Seen> = doors.sorted().iter().map(|door| seen(door, source)).collect();
    let nameless = all.iter().filter(|seen| seen.is_unseen() && *seen.endpoint.method() != Method::Options);
    let nameless: u64 = nameless.map(|seen| seen.served).sum();
    if nameless > 0 {
        let message = format!("{nameless} answers are of paths that the gateway knew no door of");
        let diagnostic = Diagnostic::warning("CHECK-004", message, Span::default())
            .help("declare these doors to the gateway, so that its log names them; they are not judged");
        inventory.faults.push(Fault { source, diagnostic });
    }
    inventory.traffic.extend(all);
    Ok(())
}

/// A door of traffic, as checks see it.
fn seen(door: &DoorSeen, source: SourceId) -> Seen {
    Seen {
        endpoint: door.endpoint.clone(),
        served: door.served,
        anonymous: door.anonymous(),
        classes: door.classes,
        declared: door.declared,
        last: door.last,
        at: Place::new(source, Span { line: door.line, column: 1, ..Span::START }),
    }
}
