//! Who is let in, and by which way: guards of the access phase, conditions, named locations, pages for
//! errors, rewrites and included files.

use std::fmt::Write as _;
use std::path::Path;

use spec::inventory::{Picker, Route};

use super::{serve, whole};
use crate::{Dice, ask, expected, inventory, ports};

const SERVERS: usize = 120;

/// Variables that conditions ask.
const VARIABLES: &str = "map $http_x_api_key $known { default 0; k 1; }\n\
    map $request_method $writes { default 0; POST 1; PUT 1; }\n\
    map $uri $closed { default 0; ~^/a/ 1; /ab 1; }\n\
    geo $far { default 0; 192.0.2.0/24 1; }\n\
    map $far $near { default 1; 1 0; }\n\
    map $request_method $realm { default x; GET off; }\n";

/// Conditions of which a refusal is not read as one: they depend on what is not followed.
const UNFOLLOWED: [&str; 4] = ["$writes", "$closed", "$arg_x", "$uri"];

/// Directives that decide who is let in.
fn guards(dice: &mut Dice) -> String {
    let mut text = String::new();
    match dice.roll(10) {
        0 | 1 => text.push_str("auth_basic x; "),
        2 => text.push_str("auth_basic off; "),
        3 => text.push_str("auth_basic $realm; "),
        _ => {}
    }
    match dice.roll(6) {
        0 => text.push_str("allow 127.0.0.1; deny all; "),
        1 => text.push_str("allow 192.0.2.0/24; deny all; "),
        2 => text.push_str("deny 192.0.2.0/24; "),
        3 => text.push_str(dice.one(&["deny all; ", "allow 192.0.2.1; deny 127.0.0.0/8; deny all; "])),
        _ => {}
    }
    match dice.roll(6) {
        0 => text.push_str("auth_request /yes; "),
        1 => text.push_str("auth_request /no; "),
        2 => text.push_str("auth_request off; "),
        _ => {}
    }
    if dice.roll(3) == 0 {
        text.push_str(dice.one(&["satisfy any; ", "satisfy all; "]));
    }
    match dice.roll(16) {
        0 => text.push_str("limit_except GET { deny all; } "),
        1 => text.push_str("limit_except POST { auth_basic x; } "),
        2 => text.push_str("if ($request_method = POST) { return 405; } "),
        3 => text.push_str("if ($request_method !~ ^(GET|HEAD)$) { return 405; } "),
        4 => text.push_str("if ($http_x_api_key != k) { return 403; } "),
        5 => text.push_str("if ($known = 0) { return 403; } "),
        6 => text.push_str("if ($writes) { return 403; } "),
        7 => text.push_str("if ($closed) { return 403; } "),
        8 => text.push_str("if ($far) { return 403; } "),
        9 => text.push_str("if ($arg_x = '') { return 418; } "),
        10 => text.push_str("limit_except GET HEAD { allow 127.0.0.1; deny all; } "),
        _ => {}
    }
    if dice.roll(4) == 0 {
        let codes = dice.one(&["401", "403", "401 403", "404", "405 404", "418", "403 418"]);
        let to = dice.one(&["= @open", "= @open", "= @guarded", "@closed", "/sign-in", "= /under$uri"]);
        let _ = write!(text, "error_page {codes} {to}; ");
    }
    text
}

fn way(dice: &mut Dice) -> &'static str {
    dice.one(&[
        "proxy_pass http://app;",
        "proxy_pass http://app;",
        "proxy_pass http://app;",
        "proxy_pass http://app;",
        "proxy_pass http://app/x;",
        "try_files /none @open;",
        "try_files /none @guarded;",
        "try_files /none @failing;",
        "try_files /none =404;",
        "try_files /none =418;",
        "root none;",
        "rewrite ^ /ab last; proxy_pass http://app;",
        "rewrite ^/a/(.*)$ /b/$1 last; proxy_pass http://app;",
        "rewrite ^ /kept break; proxy_pass http://app;",
        "if ($near) { rewrite ^/a/(.*)$ /b/$1 last; } proxy_pass http://app;",
        "if ($uri ~ ^/b) { proxy_pass http://app; } return 403;",
        "return 200 told;",
        "return 403;",
        "return 418;",
        "return 418 told;",
        "internal; proxy_pass http://app;",
    ])
}

/// A server whose locations are made by chance; every third guard stands in a file of its own.
fn server(dice: &mut Dice, nth: usize, port: u16, folder: &Path) -> String {
    let mut text = format!("server {{ listen 127.0.0.1:{port}; server_name s{nth}.example;\nroot none;\n");
    match dice.roll(12) {
        0..=3 => text.push_str("auth_basic x; "),
        4 => text.push_str("error_page 404 = @open; "),
        5 => text.push_str("error_page 403 401 = @guarded; "),
        6 => text.push_str("if ($request_method = PUT) { return 403; } "),
        7 => text.push_str("if ($http_x_api_key != k) { return 403; } "),
        8 => text.push_str("error_page 418 = @open; if ($arg_x = '') { return 418; } "),
        _ => {}
    }
    if dice.roll(8) == 0 {
        text.push_str("rewrite ^/1/(.*)$ /$1; ");
    }
    let mut included = 0;
    let mut guarded = |dice: &mut Dice| {
        let guards = guards(dice);
        if dice.roll(3) > 0 {
            return guards;
        }
        included += 1;
        let name = format!("guards/{nth}-{included}.inc");
        std::fs::write(folder.join(&name), format!("# of s{nth}\n{guards}\n")).unwrap();
        format!("include {name}; ")
    };
    for path in ["/a", "/a/", "/b/", "/ab", "/", "= /b/1", "~ ^/a/1", "^~ /a/b/1", "/under/"] {
        if !path.starts_with('/') && dice.roll(2) == 0 {
            continue;
        }
        let guards = guarded(dice);
        // nginx does not replace what a regular expression matched.
        let to = if path.starts_with('~') { "proxy_pass http://app;" } else { way(dice) };
        let _ = write!(text, "location {path} {{ {guards}{to} ");
        if path == "/a/" {
            let _ = write!(text, "location /a/b {{ {}{} }} ", guarded(dice), way(dice));
        }
        text.push_str("}\n");
    }
    text.push_str(
        "location = /yes { internal; return 204; } location = /no { internal; return 401; }\n\
         location = /sign-in { auth_basic off; auth_request off; satisfy all; allow all; proxy_pass http://app; }\n\
         location @open { auth_basic off; auth_request off; satisfy all; allow all; proxy_pass http://app; }\n\
         location @guarded { auth_basic x; proxy_pass http://app; }\n\
         location @failing { return 418; }\n\
         location @closed { deny all; satisfy all; proxy_pass http://app; }\n}\n",
    );
    text
}

#[test]
fn nginx_lets_in_whom_the_route_lets_in() {
    let mut dice = Dice(0x0005_eed2);
    let (port, behind) = match ports(2)[..] {
        [port, behind] => (port, behind),
        _ => unreachable!("two were asked for"),
    };
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("guards")).unwrap();
    std::fs::create_dir(folder.path().join("sites")).unwrap();
    let sites: Vec<String> = (0..SERVERS).map(|nth| server(&mut dice, nth, port, folder.path())).collect();
    for (nth, site) in sites.iter().enumerate() {
        std::fs::write(folder.path().join(format!("sites/{nth:03}.conf")), site).unwrap();
    }
    let text = whole(&format!(
        "{VARIABLES}upstream app {{ server 127.0.0.1:{behind}; }}\nauth_basic_user_file users;\n\
         server {{ listen 127.0.0.1:{behind}; location / {{ return 200 app; }} \
         location = /sign-in {{ return 200 page; }} }}\ninclude sites/*.conf;\n"
    ));
    std::fs::write(folder.path().join("nginx.conf"), text).unwrap();
    let inventory = inventory(folder.path(), "nginx.conf");
    // The first server is what stands behind the others.
    assert_eq!(inventory.fronts.len(), SERVERS + 1);
    let Some(_running) = serve(folder.path(), port) else { return };
    let (mut wrong, mut asked, mut let_in, mut sure, mut unclosed) = (Vec::new(), 0, 0, 0, 0);
    for (nth, front) in inventory.fronts.iter().skip(1).enumerate() {
        let picker = Picker::new(front);
        let host = format!("s{nth}.example");
        for path in ["/", "/a", "/a/", "/a/1", "/a/b", "/a/b/1", "/b/", "/b/1", "/ab", "/1/a/1", "/1/ab"] {
            for method in ["GET", "POST", "PUT"] {
                let (status, body) = ask(port, method, &host, path);
                let real = match status {
                    200 if body == "page" => "out".to_owned(),
                    200 => body,
                    401 | 403 | 404 | 405 | 418 => "out".to_owned(),
                    // A rewrite that comes to itself.
                    500 => continue,
                    other => format!("status {other}"),
                };
                let name = |route: &Route| match route.upstream {
                    Some(_) => "app".to_owned(),
                    None => "told".to_owned(),
                };
                let read = expected(&picker, method, &host, path, name);
                asked += 1;
                let_in += usize::from(real == "app");
                sure += usize::from(read.len() == 1);
                // A file that is not there, or that has no such method, gives nothing away.
                let no_file =
                    matches!(status, 404 | 418) && read.contains("told") || status == 405 && method == "PUT";
                if read.contains(&real) || no_file {
                    continue;
                }
                let included = std::fs::read_dir(folder.path().join("guards")).unwrap();
                let mut all = sites[nth].clone();
                for file in included.map(|file| file.unwrap()) {
                    if file.file_name().to_str().is_some_and(|name| name.starts_with(&format!("{nth}-"))) {
                        let inner = std::fs::read_to_string(file.path()).unwrap();
                        let name = format!("include guards/{};", file.file_name().to_str().unwrap());
                        all = all.replace(&name, inner.split_once('\n').unwrap().1.trim());
                    }
                }
                // Nor does a page in place of a refusal by which nginx itself says something.
                if real == "told" && all.contains("= /under$uri") {
                    continue;
                }
                if real == "out" && UNFOLLOWED.iter().any(|variable| all.contains(variable)) {
                    unclosed += 1;
                    continue;
                }
                let routes: Vec<String> = picker
                    .may_serve(method, &host, path)
                    .iter()
                    .map(|r| format!("{} {:?} {:?} {:?}", r.name, r.auth, r.reach, r.upstream))
                    .collect();
                wrong.push(format!(
                    "{method} {host}{path}: nginx {status} {real}, read {read:?} by {}\n{all}",
                    routes.join("\n   | ")
                ));
            }
        }
    }
    println!(
        "nginx: {asked} requests, {let_in} let in; of {sure} the reading leaves one outcome; {unclosed} refusals are not followed"
    );
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(let_in > asked / 10 && sure > asked / 2, "{let_in} let in, {sure} sure, of {asked}");
    assert!(unclosed < asked / 8, "{unclosed} of {asked} refusals are not followed");
}
