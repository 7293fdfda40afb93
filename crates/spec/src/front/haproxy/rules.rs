//! `http-request` and `tcp-request` rules of HAProxy.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::IpPrefix;

use super::super::condition::{Condition, View};
use super::super::guard::{reach_of, shown, skipped};
use super::super::rules::{Does, Rule};
use super::acl::{Acls, Counter, Proof, Term};
use super::lines::{Line, Section};
use crate::inventory::{Auth, Place, Rate};

/// A stick table, as far as a limit needs it.
pub(super) struct Table {
    /// Seconds over which it counts requests.
    seconds: Option<f64>,
}

impl Table {
    pub(super) fn read(line: &Line) -> Self {
        let stored = line.words.iter().skip_while(|word| &***word != "store").nth(1);
        let stored = stored.map_or("", |word| word);
        let period = stored.split("http_req_rate(").nth(1).and_then(|rest| rest.split(')').next());
        Self { seconds: period.and_then(seconds) }
    }
}

/// `10s`, `1m`; without a unit milliseconds.
fn seconds(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let count: f64 = text.get(..digits)?.parse::<u32>().ok()?.into();
    let unit = match text.get(digits..)? {
        "" | "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    (count > 0.0).then_some(count * unit)
}

/// What counts a caller's requests, and under which condition.
struct Track {
    nth: u32,
    by_caller: bool,
    table: Arc<str>,
    terms: Vec<Term>,
}

pub(super) fn always(does: Does, at: Place) -> Rule {
    Rule { when: vec![Condition::default()], does, at }
}

/// The scope of a term that opens a way: proofs beside it make it conditional.
pub(super) fn opened(term: Term) -> Condition {
    let perhaps = term.scope.perhaps || !term.proofs.is_empty();
    Condition { perhaps, ..term.scope }
}

/// Whether plain http is sent on to https, whatever is asked for.
pub(super) fn sends_to_https(lines: &[&Line]) -> bool {
    let acls = Acls::new(lines.iter().copied());
    lines.iter().any(|line| {
        let words = match (line.word(0), line.word(1)) {
            ("redirect", _) => line.rest(1),
            ("http-request", "redirect") => line.rest(2),
            _ => return false,
        };
        words.windows(2).any(|pair| matches!(pair, [one, two] if &**one == "scheme" && &**two == "https"))
            && acls.terms(words).iter().any(|term| {
                term.scope.always() && (term.proofs.is_empty() || term.proofs == [(true, Proof::Tls)])
            })
    })
}

/// The rules of a proxy before it chooses where to go.
pub(super) fn of(section: &Section, lines: &[&Line], tables: &BTreeMap<&str, Table>) -> Vec<Rule> {
    let acls = Acls::new(lines.iter().copied());
    let mut reader =
        Reader { acls, tables, own: section.name.clone(), tracks: Vec::new(), rules: Vec::new() };
    // One list after the other, wherever its lines stand; what a list lets through goes on with the next.
    let lists: [(&str, &str); 5] = [
        ("tcp-request", "connection"),
        ("tcp-request", "session"),
        ("tcp-request", "content"),
        ("http-request", ""),
        ("redirect", ""),
    ];
    for (kind, stage) in lists {
        let start = reader.rules.len();
        let listed = |line: &&&Line| line.word(0) == kind && (stage.is_empty() || line.word(1) == stage);
        for line in lines.iter().filter(listed) {
            match kind {
                "redirect" => reader.answer(line, line.rest(1)),
                _ => reader.request(line),
            }
        }
        let end = reader.rules.len();
        for rule in reader.rules.iter_mut().skip(start) {
            match &mut rule.does {
                Does::Skip(to) | Does::Within(_, to) => *to = end,
                _ => {}
            }
        }
    }
    reader.rules
}

struct Reader<'l, 't> {
    acls: Acls<'l>,
    tables: &'t BTreeMap<&'t str, Table>,
    own: Arc<str>,
    tracks: Vec<Track>,
    rules: Vec<Rule>,
}

impl Reader<'_, '_> {
    fn request(&mut self, line: &Line) {
        // `tcp-request connection reject`, `http-request deny`
        let nth = if line.word(0) == "tcp-request" { 2 } else { 1 };
        let action = line.word(nth);
        let words = line.rest(nth + 1);
        match action {
            "deny" | "reject" | "tarpit" | "silent-drop" => self.refuse(line, words, None),
            "auth" => self.refuse(line, words, Some("http-request auth")),
            "return" => {
                let status = words.windows(2).find_map(|pair| match pair {
                    [word, status] if &**word == "status" => status.parse::<u16>().ok(),
                    _ => None,
                });
                if status.is_some_and(|status| status >= 400) {
                    self.refuse(line, words, None);
                } else {
                    self.answer(line, words);
                }
            }
            "redirect" => self.answer(line, words),
            "allow" | "accept" => self.allow(line, words),
            "set-path" | "replace-path" | "set-uri" | "replace-uri" | "set-pathq" | "replace-pathq" => {
                let when = self.acls.terms(words).into_iter().map(opened).collect();
                let text = words.get(usize::from(action.starts_with("replace"))).cloned();
                let fixed = text.clone().filter(|text| action == "set-path" && !text.contains('%'));
                let view = fixed.map_or(View::Unknown, View::Fixed);
                let text = text.map(|text| substituted(&text).unwrap_or(text));
                self.rules.push(Rule { when, does: Does::View(view, text), at: line.at });
            }
            _ => {
                if let Some(nth) = action.strip_prefix("track-sc").and_then(|nth| nth.parse().ok()) {
                    let key = words.first().map_or("", |word| word);
                    let table = words.windows(2).find_map(|pair| match pair {
                        [word, table] if &**word == "table" => Some(table.clone()),
                        _ => None,
                    });
                    self.tracks.push(Track {
                        nth,
                        by_caller: is_caller(key),
                        table: table.unwrap_or_else(|| self.own.clone()),
                        terms: self.acls.terms(words),
                    });
                }
            }
        }
    }

    /// A rule that refuses, or asks for a credential (`asks`), under its condition.
    fn refuse(&mut self, line: &Line, words: &[Arc<str>], asks: Option<&str>) {
        for term in self.acls.terms(words) {
            let at = line.at;
            if term.scope.perhaps {
                // Who can send what the condition looks at chooses whether it guards.
                if let Some(auth) = proved(&term.proofs, asks, at) {
                    self.rules.push(Rule { when: vec![term.scope], does: Does::Guard(auth), at });
                }
                continue;
            }
            let whens = vec![term.scope.clone()];
            let guard = |auth: Auth| Does::Guard(auth);
            let does = match term.proofs.as_slice() {
                [] => match asks {
                    Some(by) => guard(Auth::Required { by: by.into(), at }),
                    None => Does::Refuse(shown(&line.words.join(" "))),
                },
                // Refused is who does not prove it.
                [(true, Proof::Credential(by))] => guard(Auth::Required { by: by.clone(), at }),
                [(true, Proof::Presence(by))] => guard(Auth::Optional { by: by.clone(), at }),
                [(true, Proof::Address(networks))] => Does::Reach(reach_of(networks.clone())),
                [(_, Proof::Code(by))] => guard(Auth::Unknown { by: by.clone(), at }),
                proofs => {
                    let over = proofs.iter().find_map(|(absent, proof)| match proof {
                        Proof::Over { counter, most } if !absent => Some((counter, *most)),
                        _ => None,
                    });
                    // Beside a counter, networks that are left out of the count are the operator's own.
                    let others_known = proofs.iter().all(|(absent, proof)| match proof {
                        Proof::Over { .. } => !absent,
                        Proof::Address(_) => *absent,
                        _ => false,
                    });
                    match over {
                        Some((counter, most)) if others_known => {
                            self.limit(counter, most, &term.scope, at);
                            continue;
                        }
                        Some(_) => continue,
                        None => match either_proof(proofs, at) {
                            Some(auth) => guard(auth),
                            None => match proved(proofs, asks, at) {
                                Some(auth) => guard(skipped(auth, "but not for every call")),
                                None => continue,
                            },
                        },
                    }
                }
            };
            self.rules.push(Rule { when: whens, does, at });
        }
    }

    fn limit(&mut self, counter: &Counter, most: u32, scope: &Condition, at: Place) {
        let (table, tracked) = match counter {
            Counter::Source(table) => (table.clone().unwrap_or_else(|| self.own.clone()), None),
            Counter::Tracked(nth, table) => {
                // The first rule that tracks wins; a counter that nothing here tracks is none.
                let Some(track) = self.tracks.iter().find(|track| track.nth == *nth) else { return };
                if !track.by_caller {
                    return;
                }
                (table.clone().unwrap_or_else(|| track.table.clone()), Some(&track.terms))
            }
        };
        let rate = match self.tables.get(&*table) {
            Some(Table { seconds: Some(seconds) }) => {
                Rate::Limited { per_hour: f64::from(most) * 3_600.0 / seconds, at }
            }
            _ => Rate::Unknown { at },
        };
        let when = match tracked {
            None => vec![scope.clone()],
            Some(terms) => {
                let plain = terms.iter().filter(|term| term.proofs.is_empty());
                plain.filter_map(|term| scope.and(&term.scope)).collect()
            }
        };
        self.rules.push(Rule { when, does: Does::Limit(rate), at });
    }

    /// A rule that lets through what later rules could refuse.
    fn allow(&mut self, line: &Line, words: &[Arc<str>]) {
        for term in self.acls.terms(words) {
            let at = line.at;
            let networks = |proof: &Proof| match proof {
                Proof::Address(networks) => Some(networks.clone()),
                _ => None,
            };
            let inner: Option<Does> = match term.proofs.as_slice() {
                [(false, Proof::Credential(by))] => Some(Does::Guard(Auth::Required { by: by.clone(), at })),
                [(false, proof)] => {
                    networks(proof).map(|networks: Vec<IpPrefix>| Does::Reach(reach_of(networks)))
                }
                _ => None,
            };
            let does = match inner {
                Some(inner) => Does::Within(Arc::from(vec![always(inner, at)]), 0),
                None => Does::Skip(0),
            };
            self.rules.push(Rule { when: vec![opened(term)], does, at });
        }
    }

    fn answer(&mut self, line: &Line, words: &[Arc<str>]) {
        let when: Vec<Condition> = self
            .acls
            .terms(words)
            .into_iter()
            // What is sent on to https is answered there.
            .filter(|term| !term.proofs.iter().any(|(_, proof)| *proof == Proof::Tls))
            .map(opened)
            .collect();
        if !when.is_empty() {
            self.rules.push(Rule { when, does: Does::Answer(shown(&line.words.join(" "))), at: line.at });
        }
    }
}

/// What `%[path,regsub(^/from,/to)]` puts before the rest of a path, as a replacement with a capture.
fn substituted(text: &str) -> Option<Arc<str>> {
    let inner = text.strip_prefix("%[path,regsub(")?.strip_suffix(")]")?;
    let (from, to) = inner.split_once(',')?;
    let to = to.split(',').next().unwrap_or_default();
    let bare = |text: &str| text.trim_matches(['"', '\'', '\\']).to_owned();
    let (from, to) = (bare(from), bare(to));
    (from.starts_with('^') && !to.contains('\\')).then(|| format!("{to}\\1").into())
}

/// What is asked for beside other conditions: a credential, or what code says.
fn proved(proofs: &[(bool, Proof)], asks: Option<&str>, at: Place) -> Option<Auth> {
    let proof = proofs.iter().find_map(|(absent, proof)| match proof {
        Proof::Credential(by) if *absent => Some(Auth::Required { by: by.clone(), at }),
        Proof::Code(by) => Some(Auth::Unknown { by: by.clone(), at }),
        _ => None,
    });
    proof.or_else(|| asks.map(|by| Auth::Required { by: by.into(), at }))
}

/// Refused is who proves none of several: the weakest of them decides.
fn either_proof(proofs: &[(bool, Proof)], at: Place) -> Option<Auth> {
    let mut weakest: Option<Auth> = None;
    for (absent, proof) in proofs {
        let auth = match proof {
            Proof::Credential(by) if *absent => Auth::Required { by: by.clone(), at },
            Proof::Presence(by) if *absent => Auth::Optional { by: by.clone(), at },
            Proof::Address(_) if *absent => Auth::Optional { by: "an address or a credential".into(), at },
            Proof::Code(by) => Auth::Unknown { by: by.clone(), at },
            _ => return None,
        };
        weakest = Some(match weakest {
            Some(before) => super::super::guard::either(before, auth),
            None => auth,
        });
    }
    weakest
}

/// Whether a tracked key is the caller's address: the peer, or the last entry of a forwarding header,
/// which the nearest proxy wrote.
fn is_caller(key: &str) -> bool {
    let fetch = key.split(",ipmask").next().unwrap_or_default();
    let compact: String = fetch.chars().filter(|c| !c.is_whitespace()).collect();
    compact == "src"
        || compact.strip_prefix("req.hdr_ip(").or_else(|| compact.strip_prefix("hdr_ip(")).is_some_and(
            |rest| {
                let mut parts = rest.trim_end_matches(')').split(',').skip(1);
                parts.next().is_none_or(|occurrence| occurrence == "-1")
            },
        )
}
