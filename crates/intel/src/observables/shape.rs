//! What a piece between white space is, by its shape.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

use super::{Seen, defang};
use crate::model::ObservableType as T;
use crate::source::mapped::cut;

/// Ends of host names that reports use without a scheme. Others count only when they were defanged.
const TLDS: &[&str] = &[
    "com", "net", "org", "io", "co", "gov", "edu", "mil", "int", "info", "biz", "dev", "app", "cloud", "ai",
    "me", "uk", "de", "fr", "au", "us", "eu", "ca", "in", "jp", "cn", "ru", "br", "nl", "it", "es", "se",
    "no", "ch", "at", "be", "pl", "nz", "ie", "xyz", "top", "site", "online", "shop", "store", "example",
    "test", "onion", "club", "live", "tv", "cc", "su", "pw", "tk",
];

/// Names of files and of things that look like hosts.
const FILES: &[&str] = &[
    "exe", "dll", "js", "py", "sh", "ps1", "json", "yaml", "yml", "xml", "csv", "txt", "log", "md", "html",
    "htm", "php", "zip", "apk", "jar", "rs", "go", "sql", "pdf", "png", "jpg",
];

/// Appends what the piece is.
pub(super) fn piece(text: &str, range: Range<usize>, found: &mut Vec<Seen>) {
    let whole = cut(text, range.clone());
    let is_open =
        |letter: char| matches!(letter, '(' | '"' | '\'' | '“' | '‘' | '<' | '`' | '*' | '|' | '=' | ',');
    let inner = whole.trim_start_matches(is_open);
    let start = range.start + (whole.len() - inner.len());
    let is_close = |letter: char| {
        matches!(letter, '"' | '\'' | '”' | '’' | '>' | '`' | '*' | ',' | ';' | ':' | '!' | '|')
    };
    let mut inner = inner.trim_end_matches(is_close);
    while let Some(last) = inner.chars().next_back() {
        let unbalanced = |open: char| inner.matches(last).count() > inner.matches(open).count();
        let strip = match last {
            '.' => !inner.ends_with("..."),
            '?' => true,
            ')' => unbalanced('('),
            ']' => unbalanced('['),
            '}' => unbalanced('{'),
            '"' | '\'' | '”' | '’' | '`' | ',' | ';' | ':' | '*' => true,
            _ => false,
        };
        if !strip {
            break;
        }
        inner = inner.get(..inner.len() - last.len_utf8()).unwrap_or_default();
    }
    if inner.len() < 4 {
        return;
    }
    let (value, is_defanged) = defang::undone(inner);
    let Some((kind, value)) = kind(&value, is_defanged) else { return };
    found.push(Seen { value, kind, range: start..start + inner.len(), is_defanged });
}

fn kind(value: &str, is_defanged: bool) -> Option<(T, String)> {
    let bytes = value.as_bytes();
    if bytes.iter().all(u8::is_ascii_hexdigit) {
        let has_both = bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
        let kind = match bytes.len() {
            32 => T::Md5,
            40 => T::Sha1,
            64 => T::Sha256,
            128 => T::Sha512,
            _ => return None,
        };
        return has_both.then(|| (kind, value.to_ascii_lowercase()));
    }
    if let Some((scheme, rest)) = value.split_once("://") {
        let known = matches!(
            scheme.to_ascii_lowercase().as_str(),
            "http" | "https" | "ftp" | "ws" | "wss" | "sftp" | "tcp" | "udp"
        );
        return (known && rest.len() > 2).then(|| (T::Url, value.to_owned()));
    }
    if let Some(path) = value.strip_prefix("...") {
        return path.starts_with('/').then(|| path_of(path)).flatten();
    }
    if value.starts_with('/') {
        return path_of(value);
    }
    if let Some((user, host)) = value.split_once('@') {
        let fits = !user.is_empty()
            && user
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+'));
        return (fits && host_of(host, true).is_some()).then(|| (T::Email, value.to_owned()));
    }
    if value.get(1..3) == Some(":\\") {
        return Some((T::FilePath, value.to_owned()));
    }
    // An address may be followed by a port or a network's width.
    let address = value.split(['/', ':']).next().unwrap_or_default();
    if let Ok(parsed) = address.parse::<Ipv4Addr>() {
        return Some((T::Ipv4, parsed.to_string()));
    }
    if bytes.iter().filter(|byte| **byte == b':').count() > 1 {
        let bare = value.trim_matches(['[', ']']).split('/').next().unwrap_or_default();
        return bare
            .parse::<Ipv6Addr>()
            .ok()
            .filter(|_| bare.len() > 4)
            .map(|parsed| (T::Ipv6, parsed.to_string()));
    }
    host_of(value, is_defanged)
}

/// A path of a URL, or of a file of a Unix system.
fn path_of(path: &str) -> Option<(T, String)> {
    let fits = path.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'<' | b'>'));
    let word = path.as_bytes().get(1).copied().is_some_and(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'{' | b':' | b'.' | b'_' | b'*' | b'[')
    });
    if !fits || !word || path.len() < 4 {
        return None;
    }
    let is_file = ["/etc/", "/var/", "/tmp/", "/usr/", "/home/", "/opt/", "/root/", "/dev/", "/proc/"]
        .iter()
        .any(|start| path.starts_with(start));
    Some((if is_file { T::FilePath } else { T::UrlPath }, path.to_owned()))
}

/// A host name, alone or with a path.
fn host_of(value: &str, is_defanged: bool) -> Option<(T, String)> {
    let (host, path) = value.find('/').map_or((value, ""), |at| value.split_at(at));
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.');
    let (left, tld) = host.rsplit_once('.')?;
    let label = |part: &str| {
        !part.is_empty()
            && part.len() < 64
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let lower = tld.to_ascii_lowercase();
    let known = TLDS.contains(&lower.as_str()) && tld.bytes().all(|byte| byte.is_ascii_lowercase());
    let fits = label(tld)
        && tld.bytes().all(|byte| byte.is_ascii_alphabetic())
        && left.split('.').all(label)
        && tld.len() > 1;
    if !fits
        || FILES.contains(&lower.as_str())
        || !(known || is_defanged)
        || left.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    {
        return None;
    }
    let ends_sentence = left.chars().next().is_some_and(char::is_uppercase) && !is_defanged && left.len() < 3;
    if ends_sentence {
        return None;
    }
    Some(if path.len() > 1 { (T::Url, value.to_owned()) } else { (T::Domain, host.to_ascii_lowercase()) })
}
