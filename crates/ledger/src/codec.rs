//! Entries as compact bytes: our own form, about 80 bytes for one subject with three keys.
//!
//! Both ends keep the same small memory per segment: texts that stood before are named by number,
//! times are differences to the entry before, and exchanges of one run share its random half.
//! An entry can therefore only be read after all entries before it in its segment.

use std::collections::HashMap;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use domain::{
    Basis, ClassSet, Completion, Endpoint, ExchangeId, ExposedSubject, Exposure, Holder, IpPrefix, Method,
    PathTemplate, Recipient, RefusalKind, SubjectDigest, Timestamp, Whose,
};
use smallvec::SmallVec;

use crate::wire::{Input, Malformed, put_count, put_number, unzigzag, zigzag};
use crate::{Entry, Started, Withheld};

/// Longest text in an entry.
pub(crate) const MOST_TEXT_BYTES: usize = 4096;
/// Distinct texts that a segment remembers; the ones after stand in full each time.
const MOST_TEXTS: usize = 8192;
/// Everything in an entry but its subjects: five texts in full and some numbers.
pub(crate) const MOST_BYTES_WITHOUT_SUBJECTS: usize = 6 * MOST_TEXT_BYTES;

mod kind {
    pub(super) const INTENDED: u8 = 1;
    pub(super) const COMPLETED: u8 = 2;
    pub(super) const REPEATED: u8 = 3;
    pub(super) const CONFIRMED: u8 = 4;
    pub(super) const REFUSED: u8 = 5;
    pub(super) const STARTED: u8 = 6;
    pub(super) const COUNTED: u8 = 7;
}

mod flag {
    pub(super) const OPERATOR: u8 = 1;
    pub(super) const PRINCIPAL: u8 = 1 << 1;
    pub(super) const ROLE: u8 = 1 << 2;
    pub(super) const IPV6: u8 = 1 << 3;
    pub(super) const ALL: u8 = OPERATOR | PRINCIPAL | ROLE | IPV6;
}

/// What the writing end remembers of a segment.
#[derive(Default)]
pub(crate) struct Writing {
    texts: HashMap<Arc<str>, usize>,
    run: u64,
    at: u64,
}

impl Writing {
    /// Appends the bytes of `entry`, which passed [`Entry::check`].
    pub(crate) fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        match entry {
            Entry::Intended(exposure) => {
                out.push(kind::INTENDED);
                self.exposure(exposure, out);
            }
            Entry::Completed { exchange, completion, at } => {
                out.push(kind::COMPLETED);
                self.time(*at, out);
                self.exchange(*exchange, out);
                out.push(match completion {
                    Completion::Sent => 0,
                    Completion::Partly => 1,
                    Completion::Nothing => 2,
                    Completion::Unknown => 3,
                });
            }
            Entry::Repeated { exposure, count } => {
                out.push(kind::REPEATED);
                put_number(u64::from(*count), out);
                self.exposure(exposure, out);
            }
            Entry::Confirmed { digest, network, holder, at } => {
                out.push(kind::CONFIRMED);
                self.time(*at, out);
                out.extend_from_slice(digest.bytes());
                out.push(if network.base().is_ipv6() { flag::IPV6 } else { 0 });
                put_address(network.base(), out);
                out.push(network.length());
                put_holder(holder, out);
            }
            Entry::Refused(withheld) => {
                let Withheld { at, endpoint, operator, recipient, kind, subjects, count, budget } = withheld;
                out.push(kind::REFUSED);
                self.time(*at, out);
                self.scene(endpoint, operator.as_ref(), recipient, out);
                self.text(&kind.word().into(), out);
                put_number(*subjects, out);
                put_number(u64::from(*count), out);
                out.push(match budget {
                    None => 0,
                    Some(Whose::Caller) => 1,
                    Some(Whose::Network) => 2,
                    Some(Whose::Everyone) => 3,
                });
            }
            Entry::Started(Started { at, cut_bytes, tail_lost }) => {
                out.push(kind::STARTED);
                self.time(*at, out);
                put_number(*cut_bytes, out);
                out.push(u8::from(*tail_lost));
            }
            Entry::Counted { at } => {
                out.push(kind::COUNTED);
                self.time(*at, out);
            }
        }
    }

    fn exposure(&mut self, exposure: &Exposure, out: &mut Vec<u8>) {
        let Exposure { exchange, at, endpoint, operator, recipient, subjects } = exposure;
        self.time(*at, out);
        self.exchange(*exchange, out);
        self.scene(endpoint, operator.as_ref(), recipient, out);
        put_count(subjects.len(), out);
        for ExposedSubject { digests, classes, basis } in subjects {
            let basis = match basis {
                Basis::Own => 0,
                Basis::LookUp => 1,
                Basis::Budget => 2,
                Basis::WouldRefuse => 3,
                Basis::Claimed => 4,
                Basis::Named => 5,
            };
            // One to eight digests: three bits, less one.
            let count = u8::try_from(digests.len()).unwrap_or(8).saturating_sub(1);
            out.push((basis << 4) | (count & 7));
            out.push(classes.bits());
            digests.iter().for_each(|digest| out.extend_from_slice(digest.bytes()));
        }
    }

    fn scene(
        &mut self,
        endpoint: &Endpoint,
        operator: Option<&Arc<str>>,
        recipient: &Recipient,
        out: &mut Vec<u8>,
    ) {
        let Recipient { kind, principal, role, client } = recipient;
        let mut flags = 0;
        flags |= operator.map_or(0, |_| flag::OPERATOR);
        flags |= principal.map_or(0, |_| flag::PRINCIPAL);
        flags |= role.as_ref().map_or(0, |_| flag::ROLE);
        flags |= if client.is_ipv6() { flag::IPV6 } else { 0 };
        out.push(flags);
        self.borrowed(endpoint.method().as_str(), out);
        self.borrowed(endpoint.template().as_str(), out);
        self.text(kind, out);
        operator.into_iter().for_each(|operator| self.text(operator, out));
        principal.iter().for_each(|digest| out.extend_from_slice(digest.bytes()));
        role.iter().for_each(|role| self.text(role, out));
        put_address(*client, out);
    }

    fn time(&mut self, at: Timestamp, out: &mut Vec<u8>) {
        put_number(zigzag(self.at, at.millis()), out);
        self.at = at.millis();
    }

    /// 0 and all 16 bytes, which set the run; or 1 and the lower half within the same run.
    fn exchange(&mut self, exchange: ExchangeId, out: &mut Vec<u8>) {
        let (run, nth) = halves(exchange);
        if run == self.run {
            out.push(1);
            put_number(nth, out);
        } else {
            out.push(0);
            out.extend_from_slice(&exchange.number().to_le_bytes());
            self.run = run;
        }
    }

    fn text(&mut self, text: &Arc<str>, out: &mut Vec<u8>) {
        if !self.known(text, out) {
            self.fresh(Arc::clone(text), out);
        }
    }

    fn borrowed(&mut self, text: &str, out: &mut Vec<u8>) {
        if !self.known(text, out) {
            self.fresh(text.into(), out);
        }
    }

    fn known(&self, text: &str, out: &mut Vec<u8>) -> bool {
        self.texts.get(text).is_some_and(|nth| {
            put_count(nth + 1, out);
            true
        })
    }

    /// 0 and the text itself; both ends remember it while there is room.
    fn fresh(&mut self, text: Arc<str>, out: &mut Vec<u8>) {
        out.push(0);
        put_count(text.len(), out);
        out.extend_from_slice(text.as_bytes());
        if self.texts.len() < MOST_TEXTS {
            self.texts.insert(text, self.texts.len());
        }
    }
}

/// What the reading end remembers of a segment.
#[derive(Default)]
pub(crate) struct Reading {
    texts: Vec<Arc<str>>,
    templates: HashMap<Arc<str>, PathTemplate>,
    run: u64,
    at: u64,
}

impl Reading {
    /// Reads the entry that `payload` is, to its last byte.
    pub(crate) fn entry(&mut self, payload: &[u8]) -> Result<Entry, Malformed> {
        let mut input = Input(payload);
        let entry = self.any(&mut input)?;
        if !input.0.is_empty() {
            return Err(Malformed("bytes are left over after the entry"));
        }
        Ok(entry)
    }

    fn any(&mut self, input: &mut Input<'_>) -> Result<Entry, Malformed> {
        Ok(match input.byte()? {
            kind::INTENDED => Entry::Intended(self.exposure(input)?),
            kind::COMPLETED => {
                let at = self.time(input)?;
                let exchange = self.exchange(input)?;
                let completion = match input.byte()? {
                    0 => Completion::Sent,
                    1 => Completion::Partly,
                    2 => Completion::Nothing,
                    3 => Completion::Unknown,
                    _ => return Err(Malformed("no such completion")),
                };
                Entry::Completed { exchange, completion, at }
            }
            kind::REPEATED => {
                let count = input.small()?;
                Entry::Repeated { exposure: self.exposure(input)?, count }
            }
            kind::CONFIRMED => {
                let at = self.time(input)?;
                let digest = SubjectDigest::new(input.array()?);
                let base = address(input.byte()? == flag::IPV6, input)?;
                let network = IpPrefix::of(base, input.byte()?);
                Entry::Confirmed { digest, network, holder: holder(input)?, at }
            }
            kind::REFUSED => {
                let at = self.time(input)?;
                let (endpoint, operator, recipient) = self.scene(input)?;
                let word = self.text(input)?;
                let kind = RefusalKind::ALL
                    .into_iter()
                    .find(|kind| kind.word() == &*word)
                    .ok_or(Malformed("no such kind of refusal"))?;
                let subjects = input.number()?;
                let count = input.small()?;
                let budget = whose(input)?;
                Entry::Refused(Withheld { at, endpoint, operator, recipient, kind, subjects, count, budget })
            }
            kind::STARTED => {
                let at = self.time(input)?;
                let cut_bytes = input.number()?;
                Entry::Started(Started { at, cut_bytes, tail_lost: input.byte()? != 0 })
            }
            kind::COUNTED => Entry::Counted { at: self.time(input)? },
            _ => return Err(Malformed("no such kind of entry")),
        })
    }

    fn exposure(&mut self, input: &mut Input<'_>) -> Result<Exposure, Malformed> {
        let at = self.time(input)?;
        let exchange = self.exchange(input)?;
        let (endpoint, operator, recipient) = self.scene(input)?;
        let count = input.count()?;
        // A subject takes 18 bytes at least: what is not there is not allocated for.
        if count > input.0.len() / 18 {
            return Err(Malformed("more subjects than bytes"));
        }
        let mut subjects = Vec::with_capacity(count);
        for _ in 0..count {
            let head = input.byte()?;
            let basis = match head >> 4 {
                0 => Basis::Own,
                1 => Basis::LookUp,
                2 => Basis::Budget,
                3 => Basis::WouldRefuse,
                4 => Basis::Claimed,
                5 => Basis::Named,
                _ => return Err(Malformed("no such basis")),
            };
            let classes = ClassSet::from_bits(input.byte()?);
            let mut digests = SmallVec::new();
            for _ in 0..=(head & 7) {
                digests.push(SubjectDigest::new(input.array()?));
            }
            subjects.push(ExposedSubject { digests, classes, basis });
        }
        Ok(Exposure { exchange, at, endpoint, operator, recipient, subjects })
    }

    fn scene(&mut self, input: &mut Input<'_>) -> Result<(Endpoint, Option<Arc<str>>, Recipient), Malformed> {
        let flags = input.byte()?;
        if flags & !flag::ALL != 0 {
            return Err(Malformed("no such flag"));
        }
        let has = |flag: u8| flags & flag != 0;
        let method = Method::from_str(&self.text(input)?).map_err(|_| Malformed("no method"))?;
        let template = self.template(input)?;
        let kind = self.text(input)?;
        let operator = if has(flag::OPERATOR) { Some(self.text(input)?) } else { None };
        let principal = if has(flag::PRINCIPAL) { Some(SubjectDigest::new(input.array()?)) } else { None };
        let role = if has(flag::ROLE) { Some(self.text(input)?) } else { None };
        let client = address(has(flag::IPV6), input)?;
        Ok((Endpoint::new(method, template), operator, Recipient { kind, principal, role, client }))
    }

    /// Templates are parsed once per segment. Bounded by [`MOST_TEXTS`]; later ones are parsed each time.
    fn template(&mut self, input: &mut Input<'_>) -> Result<PathTemplate, Malformed> {
        let text = self.text(input)?;
        if let Some(known) = self.templates.get(&text) {
            return Ok(known.clone());
        }
        let template = PathTemplate::parse(&text).map_err(|_| Malformed("no path template"))?;
        if self.templates.len() < MOST_TEXTS {
            self.templates.insert(text, template.clone());
        }
        Ok(template)
    }

    fn time(&mut self, input: &mut Input<'_>) -> Result<Timestamp, Malformed> {
        self.at = unzigzag(self.at, input.number()?);
        Ok(Timestamp::from_millis(self.at))
    }

    fn exchange(&mut self, input: &mut Input<'_>) -> Result<ExchangeId, Malformed> {
        match input.byte()? {
            0 => {
                let exchange = ExchangeId::new(u128::from_le_bytes(input.array()?));
                (self.run, _) = halves(exchange);
                Ok(exchange)
            }
            1 => Ok(ExchangeId::of(self.run, input.number()?)),
            _ => Err(Malformed("no such form of exchange id")),
        }
    }

    fn text(&mut self, input: &mut Input<'_>) -> Result<Arc<str>, Malformed> {
        match input.count()? {
            0 => {
                let length = input.count()?;
                if length > MOST_TEXT_BYTES {
                    return Err(Malformed("a text is too long"));
                }
                let bytes = input.take(length)?;
                let text: Arc<str> =
                    str::from_utf8(bytes).map_err(|_| Malformed("a text is no UTF-8"))?.into();
                if self.texts.len() < MOST_TEXTS {
                    self.texts.push(Arc::clone(&text));
                }
                Ok(text)
            }
            nth => self.texts.get(nth - 1).cloned().ok_or(Malformed("a text that never stood before")),
        }
    }
}

fn halves(exchange: ExchangeId) -> (u64, u64) {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = exchange.number().to_be_bytes();
    (u64::from_be_bytes([a, b, c, d, e, f, g, h]), u64::from_be_bytes([i, j, k, l, m, n, o, p]))
}

/// A byte that says which digests follow: of the e-mail, the phone, the person.
fn put_holder(holder: &Holder, out: &mut Vec<u8>) {
    let Holder { email, phone, person } = holder;
    let parts = [email, phone, person];
    let told = (0u8..).zip(parts).filter(|(_, part)| part.is_some());
    out.push(told.fold(0, |bits, (nth, _)| bits | 1u8.checked_shl(nth.into()).unwrap_or(0)));
    parts.into_iter().flatten().for_each(|digest| out.extend_from_slice(digest.bytes()));
}

/// Nothing stands there in ledgers of earlier versions: then nothing is known.
fn holder(input: &mut Input<'_>) -> Result<Holder, Malformed> {
    if input.0.is_empty() {
        return Ok(Holder::default());
    }
    let bits = input.byte()?;
    if bits > 7 {
        return Err(Malformed("no such part of a holder"));
    }
    let mut part = |bit: u8| (bits & bit != 0).then(|| input.array().map(SubjectDigest::new)).transpose();
    Ok(Holder { email: part(1)?, phone: part(2)?, person: part(4)? })
}

/// Nothing stands there in ledgers of earlier versions.
fn whose(input: &mut Input<'_>) -> Result<Option<Whose>, Malformed> {
    if input.0.is_empty() {
        return Ok(None);
    }
    Ok(match input.byte()? {
        0 => None,
        1 => Some(Whose::Caller),
        2 => Some(Whose::Network),
        3 => Some(Whose::Everyone),
        _ => return Err(Malformed("no such budget")),
    })
}

fn put_address(address: IpAddr, out: &mut Vec<u8>) {
    match address {
        IpAddr::V4(v4) => out.extend_from_slice(&v4.octets()),
        IpAddr::V6(v6) => out.extend_from_slice(&v6.octets()),
    }
}

fn address(is_ipv6: bool, input: &mut Input<'_>) -> Result<IpAddr, Malformed> {
    Ok(if is_ipv6 { IpAddr::from(input.array::<16>()?) } else { IpAddr::from(input.array::<4>()?) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_that_an_earlier_version_wrote_is_read_and_tells_of_no_holder() {
        let digest = |n: u8| SubjectDigest::new([n; 16]);
        let holder = Holder { email: Some(digest(2)), phone: None, person: Some(digest(3)) };
        let entry = |holder: Holder| Entry::Confirmed {
            digest: digest(1),
            network: "192.0.2.0/24".parse().unwrap(),
            holder,
            at: Timestamp::from_secs(5),
        };
        let bytes = |holder: Holder| {
            let mut out = Vec::new();
            Writing::default().entry(&entry(holder), &mut out);
            out
        };
        let now = bytes(holder);
        assert_eq!(Reading::default().entry(&now).unwrap(), entry(holder));
        let before = &now[..now.len() - 33];
        assert_eq!(Reading::default().entry(before).unwrap(), entry(Holder::default()));
        for cut in 1..33 {
            assert!(Reading::default().entry(&now[..now.len() - cut]).is_err(), "{cut}");
        }
    }
}
