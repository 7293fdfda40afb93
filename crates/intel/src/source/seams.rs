//! Opens seams: sentences, cells and ids that lost the space between them.
//!
//! Pages that are copied as text lose what stood between the cells of a table. Only inserts breaks; no
//! byte of the report is changed.

use std::ops::Range;

use super::mapped::{Mapped, cut};
use super::{Block, BlockKind};
use crate::model::RepairKind;

/// Names of columns that feeds of indicators use. A longer one stands before its beginning.
const LABELS: &[&str] = &[
    "command_line_pattern",
    "network_traffic_pattern",
    "api_endpoint_pattern",
    "user_agent_pattern",
    "file_path_pattern",
    "string_pattern",
    "header_pattern",
    "domain_pattern",
    "query_pattern",
    "url_pattern",
    "ip_pattern",
    "command_line",
    "process_name",
    "registry_key",
    "service_name",
    "hash_sha256",
    "hash_sha1",
    "hash_md5",
    "http_method",
    "ip_address",
    "log_source",
    "user_agent",
    "file_path",
    "file_name",
    "file_hash",
    "url_path",
    "event_id",
];

/// Ends of host names that may follow a dot with a capital.
const TLDS: &[&str] =
    &["com", "net", "org", "io", "js", "py", "exe", "dll", "gov", "edu", "co", "ai", "app", "dev"];

/// Where something is inserted.
struct Seam {
    at: usize,
    /// A new block begins here; else only a space is needed.
    is_break: bool,
    kind: RepairKind,
}

/// What opening gives: the text, its blocks, and what was mended where.
type Opened = (Mapped, Vec<Block>, Vec<(RepairKind, Range<usize>)>);

/// The text with its seams opened.
pub(super) fn open(text: &str, blocks: &[Block]) -> Opened {
    let mut out = Mapped::default();
    let (mut opened, mut repairs) = (Vec::with_capacity(blocks.len()), Vec::new());
    for block in blocks {
        out.break_line(block.range.start);
        let mut start = out.text.len();
        let mut at = block.range.start;
        let mut kind = block.kind;
        let seams = if kind == BlockKind::Code { Vec::new() } else { seams(cut(text, block.range.clone())) };
        for seam in seams {
            let until = block.range.start + seam.at;
            out.copy(cut(text, at..until), at);
            let end = out.text.len();
            if seam.is_break {
                opened.push(Block { range: start..end, kind });
                out.put("\n", until, 0);
                start = out.text.len();
                kind = if kind == BlockKind::Heading { BlockKind::Paragraph } else { kind };
            } else {
                out.put(" ", until, 0);
            }
            repairs.push((seam.kind, end.saturating_sub(1)..out.text.len() + 1));
            at = until;
        }
        out.copy(cut(text, at..block.range.end), at);
        if start < out.text.len() {
            opened.push(Block { range: start..out.text.len(), kind });
        }
    }
    (out, opened, repairs)
}

fn seams(block: &str) -> Vec<Seam> {
    let mut seams = labels(block);
    let is_table = !seams.is_empty();
    let bytes = block.as_bytes();
    let byte = |at: usize| bytes.get(at).copied().unwrap_or(b' ');
    let mut chunk = 0;
    if let Some(len) = glued_id(bytes) {
        seams.push(Seam { at: len, is_break: false, kind: RepairKind::IdGlued });
    }
    for at in 1..bytes.len() {
        if byte(at - 1).is_ascii_whitespace() {
            chunk = at;
        }
        let before = byte(at - 1);
        if let Some(len) = glued_id(bytes.get(at..).unwrap_or_default())
            .filter(|_| !before.is_ascii_alphanumeric() || before.is_ascii_lowercase())
        {
            if !before.is_ascii_whitespace() {
                seams.push(Seam { at, is_break: true, kind: RepairKind::IdGlued });
            }
            seams.push(Seam { at: at + len, is_break: false, kind: RepairKind::IdGlued });
        }
        if is_id(bytes.get(at..).unwrap_or_default())
            && (before.is_ascii_lowercase() || matches!(before, b'.' | b')' | b',' | b';'))
        {
            seams.push(Seam { at, is_break: true, kind: RepairKind::IdGlued });
        } else if matches!(before, b'.' | b'!' | b'?')
            && byte(at).is_ascii_uppercase()
            && glued_sentence(block, chunk, at)
        {
            seams.push(Seam { at, is_break: true, kind: RepairKind::SentencesGlued });
        } else if is_table
            && before.is_ascii_lowercase()
            && byte(at).is_ascii_uppercase()
            && glued_cell(block, at)
        {
            seams.push(Seam { at, is_break: true, kind: RepairKind::CellsGlued });
        }
    }
    seams.sort_by_key(|seam| seam.at);
    seams.dedup_by_key(|seam| seam.at);
    seams
}

/// Columns that a block names, where a cell is glued to one.
fn labels(block: &str) -> Vec<Seam> {
    if !block.contains('_') {
        return Vec::new();
    }
    let bytes = block.as_bytes();
    let mut seams = Vec::new();
    let mut is_glued = false;
    let mut at = 0;
    while at < bytes.len() {
        let rest = block.get(at..).unwrap_or_default();
        let Some(label) = LABELS.iter().find(|label| rest.starts_with(**label)) else {
            at += 1;
            continue;
        };
        let end = at + label.len();
        let after = bytes.get(end).copied().unwrap_or(b' ');
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied().unwrap_or(b' ');
        if after == b'_' || before == b'_' {
            at = end;
            continue;
        }
        if at > 0 {
            is_glued |= before.is_ascii_alphanumeric();
            seams.push(Seam { at, is_break: true, kind: RepairKind::CellsGlued });
        }
        if !after.is_ascii_whitespace() && !matches!(after, b':' | b',' | b'=' | b'.') {
            is_glued = true;
            seams.push(Seam { at: end, is_break: false, kind: RepairKind::CellsGlued });
        }
        at = end;
    }
    if is_glued { seams } else { Vec::new() }
}

/// The length of a technique's or a vulnerability's id that a name is glued to: `T1090Proxy`.
fn glued_id(rest: &[u8]) -> Option<usize> {
    let digits = |from: usize| {
        rest.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let len = match rest {
        [b'T', ..] if digits(1) == 4 => 5 + if rest.get(5) == Some(&b'.') && digits(6) == 3 { 4 } else { 0 },
        [b'C', b'V', b'E', b'-', ..] if digits(4) == 4 && rest.get(8) == Some(&b'-') && digits(9) >= 4 => {
            9 + digits(9)
        }
        _ => return None,
    };
    let name = rest.get(len..)?;
    matches!(name, [first, second, ..] if first.is_ascii_uppercase() && second.is_ascii_alphabetic())
        .then_some(len)
}

/// Whether an id of a knowledge base begins here.
fn is_id(rest: &[u8]) -> bool {
    match rest {
        [b'T', a, b, c, d, after @ ..] => {
            [a, b, c, d].into_iter().all(u8::is_ascii_digit)
                && !after.first().is_some_and(u8::is_ascii_alphanumeric)
        }
        [b'D', b'3', b'-', letter, ..] => letter.is_ascii_uppercase(),
        [b'C', b'W' | b'V', b'E', b'-', digit, ..] => digit.is_ascii_digit(),
        _ => false,
    }
}

/// A sentence that ends at a dot and another that begins right after it.
fn glued_sentence(block: &str, chunk: usize, at: usize) -> bool {
    let left = cut(block, chunk..at - 1);
    if left.len() > 200 || left.contains(['/', '@', '_', '\\', ':', '=']) {
        return false;
    }
    let word = left.rsplit(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
    let closes = left.ends_with([')', ']', '"', '%']);
    let lower = word.chars().all(|letter| letter.is_lowercase() || letter.is_ascii_digit());
    let fits = closes || (lower && word.len() > 1) || word.len() > 3;
    let right: String =
        cut(block, at..block.len()).chars().take_while(|letter| letter.is_alphanumeric()).take(40).collect();
    let after = block.as_bytes().get(at + right.len()).copied().unwrap_or(b' ');
    let is_word = right.chars().skip(1).all(char::is_lowercase);
    fits && is_word
        && !TLDS.contains(&right.to_ascii_lowercase().as_str())
        && (after.is_ascii_whitespace() || matches!(after, b',' | b'\'' | b'-'))
}

/// A cell that ends in a word and a sentence that begins right after it.
fn glued_cell(block: &str, at: usize) -> bool {
    let left = cut(block, 0..at).rsplit(char::is_whitespace).next().unwrap_or_default();
    let right: String =
        cut(block, at..block.len()).chars().take_while(|letter| letter.is_alphabetic()).take(40).collect();
    let after = block.as_bytes().get(at + right.len()).copied().unwrap_or(b' ');
    left.len() > 2 && right.len() > 3 && right.chars().skip(1).all(char::is_lowercase) && after == b' '
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(text: &str) -> Vec<String> {
        let block = Block { range: 0..text.len(), kind: BlockKind::Paragraph };
        let (mapped, blocks, _) = open(text, &[block]);
        blocks.into_iter().map(|block| cut(&mapped.text, block.range).to_owned()).collect()
    }

    #[test]
    fn seams_are_opened_where_something_is_glued_and_only_there() {
        for (text, expected) in [
            ("query the database.T1595.002 - Scanning", &["query the database.", "T1595.002 - Scanning"][..]),
            ("is Hardening.Properly configure it", &["is Hardening.", "Properly configure it"]),
            (
                "url_pattern/api/v1/userslog_sourceGateway LogsDetecting and acting",
                &["url_pattern /api/v1/users", "log_source Gateway Logs", "Detecting and acting"],
            ),
            (
                "see example.Com and GitHub or Node.Js at http://a.example/b.The end",
                &["see example.Com and GitHub or Node.Js at http://a.example/b.The end"],
            ),
            ("the customer_id and user_agent fields", &["the customer_id and user_agent fields"]),
            ("(T1190) and T1020", &["(T1190) and T1020"]),
            (
                "T1090ProxyRouters stood between.T1087.002Account Discovery",
                &["T1090 ProxyRouters stood between.", "T1087.002 Account Discovery"],
            ),
            ("the T1 phone.It sold", &["the T1 phone.", "It sold"]),
        ] {
            assert_eq!(opened(text), expected, "{text}");
        }
    }
}
