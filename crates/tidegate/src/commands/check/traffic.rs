//! Recorded traffic: what the gateway's exchange log says of each endpoint.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;

use anyhow::Context as _;
use domain::{Endpoint, Method, Outcome};
use spec::diagnostic::Diagnostic;
use spec::inventory::{Fault, Inventory, Kind, Place, Seen, Source};
use spec::tree::Span;

use super::files::shown;
use crate::exit::Failure;

/// Longest line that is read, in bytes; a longer one counts as unreadable.
const MOST_LINE: u64 = 1 << 20;
/// One unreadable line in so many is told; more are an error, for what they would show is not judged.
const MOST_UNREADABLE: u64 = 100;
/// Most endpoints of which traffic is kept. The gateway learns fewer; those beyond it are left out,
/// and a fault says so.
const MOST_ENDPOINTS: usize = 65_536;

/// Reads the exchange log `path` into the inventory, a line at a time.
///
/// # Errors
/// When it cannot be opened, or no line of it is an exchange.
pub(super) fn read(path: &Path, inventory: &mut Inventory) -> Result<(), Failure> {
    let name = shown(path);
    let file = std::fs::File::open(path).with_context(|| format!("open {name}"));
    let file = file.map_err(|error| Failure::Input(format!("error: {error:#}")))?;
    let source = inventory.add_source(Source { name: name.clone(), text: "".into(), kind: Kind::Traffic });
    let mut seen: HashMap<Endpoint, Seen> = HashMap::new();
    let (mut lines, mut unreadable, mut left_out) = (0_u32, 0_u64, 0_u64);
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let got = reader.by_ref().take(MOST_LINE).read_until(b'\n', &mut line).context("read the log")?;
        if got == 0 {
            break;
        }
        lines = lines.saturating_add(1);
        let Some(exchange) =
            std::str::from_utf8(&line).ok().and_then(|text| report::exchange::parse(text.trim_end()).ok())
        else {
            unreadable += 1;
            continue;
        };
        let known = seen.len();
        let entry = match seen.get_mut(&exchange.endpoint) {
            Some(entry) => entry,
            None if known < MOST_ENDPOINTS => {
                let at = Place::new(source, Span { line: lines, column: 1, ..Span::START });
                let empty = Seen {
                    endpoint: exchange.endpoint.clone(),
                    served: 0,
                    anonymous: 0,
                    classes: domain::ClassSet::EMPTY,
                    declared: exchange.declared,
                    last: exchange.at,
                    at,
                };
                seen.entry(exchange.endpoint.clone()).or_insert(empty)
            }
            None => {
                left_out += 1;
                continue;
            }
        };
        let served =
            (200..300).contains(&exchange.status) && !matches!(exchange.outcome, Outcome::Refused(_));
        if served {
            entry.served += 1;
            entry.anonymous += u64::from(matches!(&*exchange.caller, "anonymous" | "unverified"));
            entry.classes = entry.classes.union(exchange.classes);
        }
        entry.declared = exchange.declared;
        entry.last = entry.last.max(exchange.at);
    }
    if seen.is_empty() {
        return Err(Failure::Input(format!(
            "error: `{name}` holds no exchange\n = help: name an exchange log, as `tidegate serve --exchange-log` writes it"
        )));
    }
    let many = unreadable.saturating_mul(MOST_UNREADABLE) > u64::from(lines);
    for (number, what, shut) in
        [(unreadable, "cannot be read", many), (left_out, "are of endpoints beyond the bound", true)]
    {
        if number > 0 {
            let message = format!("{number} of {lines} lines {what}, and are left out");
            let diagnostic = if shut {
                Diagnostic::error("CHECK-004", message, Span::default())
            } else {
                Diagnostic::warning("CHECK-004", message, Span::default())
            };
            inventory.faults.push(Fault { source, diagnostic });
        }
    }
    let nameless =
        seen.values().filter(|seen| seen.is_unseen() && *seen.endpoint.method() != Method::Options);
    let nameless: u64 = nameless.map(|seen| seen.served).sum();
    if nameless > 0 {
        let message = format!("{nameless} answers are of paths that the gateway knew no door of");
        let diagnostic = Diagnostic::warning("CHECK-004", message, Span::default())
            .help("declare these doors to the gateway, so that its log names them; they are not judged");
        inventory.faults.push(Fault { source, diagnostic });
    }
    let mut all: Vec<Seen> = seen.into_values().collect();
    all.sort_by(|a, b| a.endpoint.cmp(&b.endpoint));
    inventory.traffic.extend(all);
    Ok(())
}
