//! Whether a text is nginx, HAProxy or a Caddyfile, by what it says and never by its name.
//!
//! Each is recognised by its first statement together with further ones that only it has. Prose, scripts,
//! program text, JSON and YAML fail the first statement; a template fails too and stays unrecognised.

use std::collections::BTreeSet;

use crate::inventory::Kind;

/// The part of a text that is looked at, in bytes.
const LOOKED_AT: usize = 256 << 10;

/// The kind of a text, if it is one of these.
pub(crate) fn recognise(text: &str) -> Option<Kind> {
    let mut end = text.len().min(LOOKED_AT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.get(..end)?.trim_start_matches('\u{feff}');
    if is_haproxy(text) {
        Some(Kind::HaProxy)
    } else if is_nginx(text) {
        Some(Kind::Nginx)
    } else if is_caddy(text) {
        Some(Kind::Caddy)
    } else {
        None
    }
}

/// Blocks of nginx, with how many words stand before their brace.
const NGINX_BLOCKS: [(&str, usize, usize); 9] = [
    ("http", 1, 1),
    ("server", 1, 1),
    ("events", 1, 1),
    ("location", 2, 3),
    ("upstream", 2, 2),
    ("stream", 1, 1),
    ("map", 3, 3),
    ("geo", 2, 3),
    ("split_clients", 3, 3),
];
/// Blocks of which each line is a key and a value, as many as there are.
const NGINX_TABLES: [&str; 4] = ["map", "geo", "split_clients", "types"];
/// Directives of nginx. The first statement of a file must be one of these or a block.
const NGINX_SIMPLE: [&str; 57] = [
    "user",
    "worker_processes",
    "worker_rlimit_nofile",
    "pid",
    "error_log",
    "load_module",
    "include",
    "daemon",
    "worker_connections",
    "listen",
    "server_name",
    "root",
    "index",
    "return",
    "rewrite",
    "proxy_pass",
    "fastcgi_pass",
    "grpc_pass",
    "uwsgi_pass",
    "proxy_set_header",
    "proxy_http_version",
    "proxy_read_timeout",
    "proxy_connect_timeout",
    "proxy_send_timeout",
    "proxy_redirect",
    "proxy_buffering",
    "proxy_ssl_verify",
    "fastcgi_param",
    "add_header",
    "auth_basic",
    "auth_basic_user_file",
    "auth_request",
    "auth_jwt",
    "allow",
    "deny",
    "satisfy",
    "limit_req",
    "limit_req_zone",
    "limit_conn",
    "limit_conn_zone",
    "ssl_certificate",
    "ssl_certificate_key",
    "ssl_protocols",
    "ssl_ciphers",
    "ssl_verify_client",
    "access_log",
    "log_format",
    "client_max_body_size",
    "keepalive_timeout",
    "sendfile",
    "tcp_nopush",
    "gzip",
    "try_files",
    "error_page",
    "default_type",
    "server_tokens",
    "set",
];

/// Statements ended by `;` or `{`, read with no more of the language than quotes and comments.
fn is_nginx(text: &str) -> bool {
    let mut words: Vec<&str> = Vec::new();
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let (mut blocks, mut simple, mut foreign) = (0_usize, 0_usize, 0_usize);
    // How many blocks deep a table is; 0 outside of any.
    let mut table = 0_usize;
    let mut first = true;
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(c) = rest.chars().next() else { break };
        match c {
            '#' => rest = rest.split_once('\n').map_or("", |(_, after)| after),
            ';' | '{' => {
                let name = words.first().copied().unwrap_or_default();
                let is_block = c == '{'
                    && NGINX_BLOCKS.iter().any(|(block, least, most)| {
                        *block == name && (*least..=*most).contains(&words.len())
                    });
                let is_simple = c == ';' && words.len() > 1 && NGINX_SIMPLE.contains(&name);
                if first && !is_block && !is_simple {
                    return false;
                }
                first = false;
                blocks += usize::from(is_block);
                simple += usize::from(is_simple);
                if is_simple {
                    known.insert(name);
                }
                // The lines of a table are its own words.
                foreign += usize::from(!is_block && !is_simple && table == 0);
                let opens = c == '{' && (table > 0 || NGINX_TABLES.contains(&name));
                table += usize::from(opens);
                words.clear();
                rest = rest.get(1..).unwrap_or_default();
            }
            '}' => {
                table = table.saturating_sub(1);
                words.clear();
                rest = rest.get(1..).unwrap_or_default();
            }
            quote @ ('"' | '\'') => {
                let inner = rest.get(1..).unwrap_or_default();
                let end = inner.find(quote).unwrap_or(inner.len());
                words.push(inner.get(..end).unwrap_or_default());
                rest = inner.get(end + 1..).unwrap_or_default();
            }
            _ => {
                let end =
                    rest.find(|c: char| c.is_whitespace() || c == ';' || c == '{').unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                words.push(word);
                rest = after;
            }
        }
        if words.len() > 200 {
            return false;
        }
    }
    // A file of directives alone is a snippet; a block alone could be anybody's.
    let enough = if blocks > 0 { simple > 0 } else { known.len() > 1 || simple > 1 && foreign == 0 };
    enough && blocks + simple >= foreign / 3
}

/// Lines that only a proxy's section of HAProxy has.
const HAPROXY_LINES: [&str; 28] = [
    "bind",
    "mode",
    "server",
    "server-template",
    "default_backend",
    "use_backend",
    "timeout",
    "http-request",
    "http-response",
    "tcp-request",
    "acl",
    "option",
    "balance",
    "log",
    "maxconn",
    "stick-table",
    "redirect",
    "user",
    "group",
    "daemon",
    "chroot",
    "stats",
    "retries",
    "errorfile",
    "cookie",
    "default-server",
    "nbthread",
    "filter",
];

fn is_haproxy(text: &str) -> bool {
    let mut lines = text.lines().filter(|line| !matches!(line.trim_start().chars().next(), None | Some('#')));
    let is_section = |line: &str| {
        let words: Vec<&str> = line.split_whitespace().take(6).collect();
        match words.as_slice() {
            ["global"] => true,
            ["defaults", rest @ ..] => rest.len() <= 3,
            [
                "frontend" | "backend" | "listen" | "userlist" | "resolvers" | "peers" | "cache",
                name,
                rest @ ..,
            ] => {
                rest.len() <= 3
                    && !name.ends_with([':', '{', ';', ',', '.'])
                    && !line.trim_end().ends_with('{')
            }
            _ => false,
        }
    };
    if !lines.next().is_some_and(is_section) {
        return false;
    }
    let (mut known, mut foreign) = (0_usize, 0_usize);
    for line in lines.filter(|line| !is_section(line)) {
        if line.trim_end().ends_with([';', '{', '}']) && !line.contains("{ ") {
            return false;
        }
        let first = line.split_whitespace().next().unwrap_or_default();
        match HAPROXY_LINES.contains(&first) {
            true => known += 1,
            false => foreign += 1,
        }
    }
    known >= 2 && known >= foreign
}

/// Directives of Caddy that stand in no other language that looks like it.
const CADDY_STRONG: [&str; 17] = [
    "reverse_proxy",
    "file_server",
    "respond",
    "redir",
    "handle",
    "handle_path",
    "basic_auth",
    "basicauth",
    "forward_auth",
    "php_fastcgi",
    "rate_limit",
    "route",
    "encode",
    "tls",
    "abort",
    "import",
    "root",
];
const CADDY_OTHER: [&str; 12] = [
    "header",
    "log",
    "rewrite",
    "uri",
    "try_files",
    "bind",
    "request_body",
    "templates",
    "handle_errors",
    "vars",
    "map",
    "error",
];

fn is_caddy(text: &str) -> bool {
    let mut depth = 0_usize;
    let (mut sites, mut strong, mut foreign) = (0_usize, 0_usize, 0_usize);
    // Whether the block around is a site, and not a snippet or the options.
    let mut first = true;
    let mut bare = false;
    let mut more_addresses = false;
    for line in text.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if line.ends_with(';') {
            return false;
        }
        if line == "}" {
            depth = depth.saturating_sub(1);
            continue;
        }
        let opens = line == "{" || line.ends_with(" {");
        let words: Vec<&str> = line.trim_end_matches('{').split_whitespace().collect();
        let name = words.first().copied().unwrap_or_default();
        if depth == 0 && !bare {
            let addresses =
                !words.is_empty() && words.iter().all(|word| super::caddy::looks_like_address(word));
            let snippet = name.starts_with('(') && name.ends_with(')') || name.starts_with("&(");
            let options = name.is_empty() && opens && first;
            if more_addresses && !addresses {
                return false;
            }
            more_addresses = addresses && line.ends_with(',');
            if addresses && (opens || more_addresses) {
                sites += usize::from(opens);
            } else if addresses && first {
                bare = true;
                sites += 1;
            } else if !(snippet && opens || options || name == "import" && words.len() > 1) {
                return false;
            } else if snippet {
                sites += 1;
            }
            first = false;
        } else if depth <= 1 || bare {
            let is_strong = CADDY_STRONG.contains(&name);
            strong += usize::from(is_strong);
            foreign += usize::from(!is_strong && !CADDY_OTHER.contains(&name) && !name.starts_with('@'));
            if bare && depth == 0 && !is_strong && !CADDY_OTHER.contains(&name) && !name.starts_with('@') {
                return false;
            }
        }
        depth += usize::from(opens);
    }
    sites > 0 && strong > 0 && strong >= foreign / 4
}
