//! Ground truth: which customers are in these bytes?
//!
//! It knows everyone's e-mail, telephone number, id and name, and looks for them in whatever
//! arrived: any shape, any status, cut off or whole. It reads bytes only and shares no code with
//! the gateway's meter, so that the two can disagree.
//!
//! A customer counts as received when the bytes hold
//! - the e-mail address, also with `@` written as `\u0040`, `%40` or `&#64;`; or
//! - the telephone number, whatever separators stand in it; or
//! - the id, and the family name within 600 bytes of it.
//!
//! An id alone is no record: it is echoed in error texts and page links.

use std::collections::HashMap;

use crate::directory::Directory;

/// How far from an id the family name may stand, in bytes.
const REACH: usize = 600;

/// How many digits an id has.
const ID_DIGITS: usize = 7;

/// The most letters and digits of a word in which an id may stand (`CUST1234567`). In longer ones, the
/// random hexadecimal digits of a session's cookie, seven digits in a row mean nobody: of 200,000 log-ins
/// beside the own record some would show a namesake's id.
const LONGEST_ID_WORD: usize = 20;

/// The fewest digits of a telephone number in international form.
const PHONE_DIGITS: usize = 8;

/// What is known of everyone.
#[derive(Debug)]
pub struct Truth {
    emails: HashMap<Box<[u8]>, usize>,
    phones: HashMap<u64, usize>,
    ids: HashMap<u64, usize>,
    family: Vec<&'static str>,
}

impl Truth {
    /// The truth about `directory`.
    #[must_use]
    pub fn of(directory: &Directory) -> Self {
        let everyone = || directory.customers().iter().enumerate();
        Self {
            emails: everyone().map(|(at, one)| (one.email.clone().into_bytes().into(), at)).collect(),
            phones: everyone().map(|(at, one)| (digits(one.phone.as_bytes()), at)).collect(),
            ids: everyone().map(|(at, one)| (one.id, at)).collect(),
            family: everyone().map(|(_, one)| one.family).collect(),
        }
    }

    /// How many customers there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.family.len()
    }

    /// Whether there is nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.family.is_empty()
    }

    /// The customers found in `bytes`, by position in the directory; some may stand there twice.
    #[must_use]
    pub fn find(&self, bytes: &[u8]) -> Vec<usize> {
        let mut found = Vec::new();
        self.find_emails(bytes, &mut found);
        if let Some(plain) = plain_at_signs(bytes) {
            self.find_emails(&plain, &mut found);
        }
        self.find_numbers(bytes, &mut found);
        found
    }

    fn find_emails(&self, bytes: &[u8], found: &mut Vec<usize>) {
        for at in memchr::memchr_iter(b'@', bytes) {
            let (before, after) = (bytes.get(..at).unwrap_or(&[]), bytes.get(at + 1..).unwrap_or(&[]));
            let local = before.iter().rev().take_while(|byte| in_local_part(**byte)).count();
            let host = after.iter().take_while(|byte| in_host(**byte)).count();
            let address = bytes.get(at - local..(at + 1 + host)).unwrap_or(&[]).to_ascii_lowercase();
            let address = address.strip_suffix(b".").unwrap_or(&address);
            found.extend(self.emails.get(address));
        }
    }

    fn find_numbers(&self, bytes: &[u8], found: &mut Vec<usize>) {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(start) = rest.iter().position(|byte| byte.is_ascii_digit() || *byte == b'+') else {
                break;
            };
            let run = rest.get(start..).unwrap_or(&[]);
            let plain = run.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let is_id = plain == ID_DIGITS && word_around(bytes, at + start, plain) <= LONGEST_ID_WORD;
            let id = is_id.then(|| digits(run.get(..plain).unwrap_or(&[])));
            if let Some(one) = id.and_then(|id| self.ids.get(&id)) {
                let (from, to) = ((at + start).saturating_sub(REACH), at + start + REACH);
                let around = bytes.get(from..to.min(bytes.len())).unwrap_or(&[]);
                if self.family.get(*one).is_some_and(|name| contains(around, name.as_bytes())) {
                    found.push(*one);
                }
            }
            let phone = self.phone_in_front(run, found);
            // Without `+` only the plain digits are left behind: `1, +44 20 ...` holds two numbers.
            at += start + if run.first() == Some(&b'+') { phone.max(1) } else { plain.max(1) };
        }
    }

    /// Looks for a telephone number where `run` begins, at each place where a group of digits ends.
    /// Returns the length of the longest text that could belong to one.
    fn phone_in_front(&self, run: &[u8], found: &mut Vec<usize>) -> usize {
        let plus = usize::from(run.first() == Some(&b'+'));
        let (mut number, mut count, mut end) = (0_u64, 0, plus);
        for (at, byte) in run.iter().enumerate().skip(plus).take(24) {
            if !in_phone(*byte) {
                break;
            }
            end = at + 1;
            if !byte.is_ascii_digit() {
                continue;
            }
            (number, count) = (number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')), count + 1);
            let group_ends = !run.get(end).is_some_and(u8::is_ascii_digit);
            if !group_ends || count < PHONE_DIGITS {
                continue;
            }
            if let Some(one) = self.phones.get(&number) {
                found.push(*one);
                return end;
            }
        }
        end
    }
}

/// Which customers were received so far.
#[derive(Clone, Debug)]
pub struct Seen {
    flags: Vec<bool>,
    count: usize,
}

impl Seen {
    /// Nobody yet, out of everyone in `truth`.
    #[must_use]
    pub fn nobody(truth: &Truth) -> Self {
        Self { flags: vec![false; truth.len()], count: 0 }
    }

    /// Marks `found` and returns how many of them are new.
    pub fn add(&mut self, found: &[usize]) -> usize {
        let before = self.count;
        for at in found {
            if let Some(flag) = self.flags.get_mut(*at).filter(|flag| !**flag) {
                *flag = true;
                self.count += 1;
            }
        }
        self.count - before
    }

    /// How many different customers.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

/// Every digit in `bytes` as one number; 0 when there are none, too many digits wrap.
fn digits(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .filter(|byte| byte.is_ascii_digit())
        .fold(0, |number: u64, byte| number.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')))
}

const fn in_local_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')
}

const fn in_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-')
}

const fn in_phone(byte: u8) -> bool {
    byte.is_ascii_digit() || matches!(byte, b' ' | b'-' | b'.' | b'(' | b')' | b'/')
}

/// Whether `needle` stands in `bytes`.
pub(crate) fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(bytes, needle).is_some()
}

/// How many letters and digits stand together where the `length` ones from `from` on are.
fn word_around(bytes: &[u8], from: usize, length: usize) -> usize {
    let (before, after) = bytes.split_at(from.min(bytes.len()));
    let before = before.iter().rev().take(LONGEST_ID_WORD).take_while(|byte| byte.is_ascii_alphanumeric());
    let after = after.iter().skip(length).take(LONGEST_ID_WORD);
    before.count() + length + after.take_while(|byte| byte.is_ascii_alphanumeric()).count()
}

/// `bytes` with every written-out `@` as `@`; `None` when there is none to replace.
fn plain_at_signs(bytes: &[u8]) -> Option<Vec<u8>> {
    const FORMS: [&[u8]; 4] = [b"\\u0040", b"%40", b"&#64;", b"&#x40;"];
    if !FORMS.iter().any(|form| contains(bytes, form)) {
        return None;
    }
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first() {
        match FORMS.iter().find_map(|form| rest.strip_prefix(*form)) {
            Some(after) => {
                out.push(b'@');
                rest = after;
            }
            None => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_customer_is_found_in_every_disguise_and_an_echoed_id_is_nobody() {
        let directory = Directory::new(1);
        let truth = Truth::of(&directory);
        let one = &directory.customers()[41];
        let cases = [
            (format!("{{\"email\":\"{}\"}}", one.email), 1),
            (one.email.to_uppercase(), 1),
            (format!("write to {}.", one.email), 1),
            (one.email.replace('@', "\\u0040"), 1),
            (one.email.replace('@', "%40"), 1),
            (one.email.replace('@', "&#64;"), 1),
            (format!("x{}", one.email), 0),
            (format!("{}.evil", one.email), 0),
            (format!("tel:{}", one.phone), 1),
            (format!("[7, {}]", one.phone.replace(['+', ' ', '-'], "")), 1),
            (format!("(1,{})", one.phone.replace(' ', "-")), 1),
            (format!("customer {} not found", one.id), 0),
            (format!("{},{},{}", one.id, one.name(), one.street), 1),
            (format!("CUST{}X {}", one.id, one.family), 1),
            (format!("session=f0c{}b7e91d2a44c09e13ffab {}", one.id, one.family), 0),
            (format!("{}{}{}", one.id, " ".repeat(700), one.family), 0),
            ("ann@example.com +44 808 157 0000 1000".into(), 0),
        ];
        for (text, expected) in cases {
            let mut seen = Seen::nobody(&truth);
            seen.add(&truth.find(text.as_bytes()));
            assert_eq!(seen.count(), expected, "{text}");
        }
    }

    #[test]
    fn it_finds_exactly_whom_a_slow_obvious_search_finds() {
        let directory = Directory::new(1);
        let truth = Truth::of(&directory);
        let mut dice = crate::dice::Dice::new(5);
        for _ in 0..200 {
            let mut text = String::new();
            for _ in 0..dice.below(12) {
                let one = &directory.customers()[dice.index(200)];
                let bare = one.phone.replace([' ', '-'], "");
                let word = dice.pick(&[
                    &one.email,
                    &one.phone,
                    &bare,
                    "12.50",
                    "2026-03-01",
                    "a@b.c",
                    "+44 808 1570100",
                ]);
                text.push_str(word);
                text.push_str(dice.pick(&[",", "\n", "\",\"", "; ", "</td><td>", "|"]));
            }
            let slow = |one: &&crate::directory::Customer| {
                [one.email.clone(), one.phone.clone(), one.phone.replace([' ', '-'], "")]
                    .iter()
                    .any(|key| text.contains(key.as_str()))
            };
            let expected: Vec<u64> =
                directory.customers()[..200].iter().filter(slow).map(|one| one.id).collect();
            let mut found: Vec<u64> =
                truth.find(text.as_bytes()).into_iter().map(|at| directory.customers()[at].id).collect();
            found.sort_unstable();
            found.dedup();
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn the_same_customer_twice_counts_once() {
        let directory = Directory::new(1);
        let truth = Truth::of(&directory);
        let mut seen = Seen::nobody(&truth);
        let text: String =
            directory.customers()[..3].iter().map(|one| format!("{} {}\n", one.email, one.phone)).collect();
        assert_eq!(seen.add(&truth.find(text.as_bytes())), 3);
        assert_eq!(seen.add(&truth.find(text.as_bytes())), 0);
        assert_eq!(seen.count(), 3);
    }
}
