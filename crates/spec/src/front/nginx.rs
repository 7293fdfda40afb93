//! nginx: `nginx.conf` and the files it includes.
//!
//! Read: `http`, `server`, `listen`, `server_name`, nested `location`, `include`, `upstream`, `map`,
//! `geo`, `set`; guards (`auth_basic`, `auth_request`, `auth_jwt`, `satisfy`, `allow`, `deny`,
//! `ssl_verify_client`, `limit_req`, `limit_except`, `internal`) with their inheritance; `return`,
//! `rewrite`, `if`, `try_files`, `error_page` as far as they lead around a guard; where a location
//! leads. A handler whose code decides (Lua, njs, other `auth_*` modules) is [`Auth::Unknown`].
//!
//! Not read: `stream` (a fault, unless all that it leads to is judged here) and `mail`, caching, headers, sub-requests of other modules (`mirror`, SSI),
//! more than four rewrites one after the other. A location that a plain `if` opens is said to be conditional.
//!
//! Sources: nginx documentation, modules `core`, `access`, `auth_basic`, `auth_request`, `auth_jwt`,
//! `limit_req`, `map`, `geo`, `realip`, `rewrite`, `ssl`, `upstream`; the page "How nginx processes a
//! request".
//!
//! [`Auth::Unknown`]: crate::inventory::Auth::Unknown

mod condition;
mod later;
mod names;
mod server;
mod settings;
mod stream;
mod tables;
mod tree;
mod upstream;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::inventory::{Fault, Kind, Place, SourceId};
use crate::reading::{File, Reading};
use settings::Settings;
use tables::Tables;
use tree::{Directive, Reader};

/// Reads `file` into the inventory.
///
/// A file that another one includes is judged there: if it was also named by itself, what it gave by
/// itself is taken back, or it is left out.
pub(super) fn read(file: &File, reading: &mut Reading<'_, '_>) {
    let source = reading.source;
    if was_included(file, reading) {
        return;
    }
    let earlier = reading.inventory.faults.len();
    let mut reader = Reader::new(reading, file.name.clone());
    let directives = reader.read(file, source);
    let taken = std::mem::take(&mut reader.taken);
    let inventory = &mut *reading.inventory;
    // What was wrong with it by itself is told again where it still is: a relative `include` is meant
    // from the folder of the main file.
    let mut nth = 0;
    inventory.faults.retain(|fault| {
        nth += 1;
        nth > earlier || !fault.diagnostic.code.starts_with("NGINX-") || !taken.contains(&fault.source)
    });
    inventory.fronts.retain(|front| front.kind != Kind::Nginx || !taken.contains(&front.at.source));
    let mut main =
        Main { fronts: Vec::new(), faults: Vec::new(), streams: Vec::new(), file: file.name.to_string() };
    main.block(&directives, &Settings::default(), Place::new(source, crate::tree::Span::START), false);
    inventory.fronts.extend(main.fronts);
    inventory.faults.extend(main.faults);
    reading.pending.streams.extend(main.streams);
}

/// Whether an earlier file took this one in.
fn was_included(file: &File, reading: &Reading<'_, '_>) -> bool {
    let mut earlier = reading.inventory.sources.iter().enumerate().filter(|(at, source)| {
        u32::try_from(*at).is_ok_and(|at| SourceId(at) != reading.source) && source.name == file.name
    });
    earlier.any(|(_, source)| source.kind == Kind::Nginx)
}

struct Main {
    fronts: Vec<crate::inventory::Front>,
    faults: Vec<Fault>,
    streams: Vec<super::stream::Pass>,
    file: String,
}

impl Main {
    /// A file's top, or an `http` block (`whole`), which has all servers of its addresses.
    fn block(&mut self, directives: &[Directive], outer: &Settings, at: Place, whole: bool) {
        let settings = outer.within(directives);
        let mut tables = Tables::default();
        tables.read(directives);
        let mut loose = false;
        let mut first = if whole { first_of_address(directives) } else { Vec::new() }.into_iter();
        for directive in directives.iter() {
            match &*directive.name.text {
                "http" => self.block(directive.within(), &settings, directive.at(), true),
                "server" if directive.block.is_some() => {
                    let any_host = first.next().unwrap_or(false);
                    self.server(directive.within(), directive.at(), &settings, &tables, any_host);
                }
                "stream" => self.streams.extend(stream::passes(directive.within())),
                "location" => loose = true,
                _ => {}
            }
        }
        // A snippet that is meant to stand inside a server.
        if loose {
            self.server(directives, at, outer, &tables, false);
        }
    }

    fn server(
        &mut self,
        directives: &[Directive],
        at: Place,
        settings: &Settings,
        tables: &Tables,
        any_host: bool,
    ) {
        let (front, faults) = server::read(directives, at, settings, tables, &self.file, any_host);
        self.fronts.push(front);
        self.faults.extend(faults);
        if let Some(at) = tables.beyond(at) {
            let what = "variables have more values, or are made from more others, than are followed";
            let diagnostic = Diagnostic::error("NGINX-004", what, at.span).help("split the configuration");
            self.faults.push(Fault { source: at.source, diagnostic });
        }
    }
}

/// For each server of an `http` block whether it is the first of one of its addresses of which none is
/// marked `default_server`: nginx answers from it what no other server names.
fn first_of_address(directives: &[Directive]) -> Vec<bool> {
    let servers = directives.iter().filter(|d| &*d.name.text == "server" && d.block.is_some());
    let mut first = Vec::new();
    let mut owners: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for (nth, server) in servers.enumerate() {
        first.push(false);
        let mut listens = server.within().iter().filter(|d| &*d.name.text == "listen").peekable();
        if listens.peek().is_none() {
            owners.entry(address("80")).or_insert((nth, false));
        }
        for listen in listens {
            let marked = listen.args.iter().any(|word| matches!(&*word.text, "default_server" | "default"));
            let owner = owners.entry(address(listen.arg(0))).or_insert((nth, marked));
            if marked {
                *owner = (nth, true);
            }
        }
    }
    for (nth, _) in owners.into_values().filter(|(_, marked)| !marked) {
        if let Some(first) = first.get_mut(nth) {
            *first = true;
        }
    }
    first
}

/// An address of `listen`, written in one way: `80`, `*:80` and `0.0.0.0` are the same.
fn address(text: &str) -> String {
    if text.starts_with("unix:") {
        return text.to_owned();
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => (host, port),
        _ if text.bytes().all(|byte| byte.is_ascii_digit()) => ("*", text),
        _ => (text, "80"),
    };
    let host = if host == "0.0.0.0" { "*" } else { host };
    format!("{host}:{port}")
}
