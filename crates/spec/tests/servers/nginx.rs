//! Which location answers, and who is let in.

use std::fmt::Write as _;

use spec::inventory::Picker;

use super::{Dice, ask, expected, inventory, ports, start};

const SERVERS: usize = 40;
const PATHS: usize = 60;

/// The file of a configuration whose `http` block holds `inner`.
fn whole(inner: &str) -> String {
    format!(
        "daemon off;\nmaster_process off;\npid nginx.pid;\nerror_log stderr crit;\nevents {{ worker_connections 256; }}\n\
         http {{\naccess_log off;\nclient_body_temp_path t1;\nproxy_temp_path t2;\nfastcgi_temp_path t3;\n\
         uwsgi_temp_path t4;\nscgi_temp_path t5;\nserver_names_hash_bucket_size 128;\n{inner}}}\n"
    )
}

fn serve(text: &str, port: u16) -> Option<(super::Running, tempfile::TempDir)> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nginx.conf"), text).unwrap();
    std::fs::write(folder.path().join("users"), "a:{PLAIN}b\n").unwrap();
    let prefix = format!("{}/", folder.path().display());
    let running = start("nginx", &["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"], folder.path(), port)?;
    Some((running, folder))
}

/// Locations that say their own name, some within others.
fn locations(
    dice: &mut Dice,
    within: Option<&str>,
    outer_name: &str,
    depth: usize,
    names: &mut Vec<String>,
) -> String {
    let mut text = String::new();
    let mut seen: Vec<String> = Vec::new();
    for _ in 0..1 + dice.roll(5) {
        let path = match within {
            Some(outer) if dice.roll(4) > 0 => format!("{outer}{}", dice.path().trim_start_matches('/')),
            Some(outer) => outer.to_owned(),
            None => dice.path(),
        };
        let (modifier, pattern) = match dice.roll(6) {
            0 => ("= ", path),
            1 => ("^~ ", path),
            2 => ("~ ", dice.one(&["^/a", "b$", "/1/", "^/(a|ab)/b", "^/a.*1/?$", "ab"]).to_owned()),
            3 => ("~* ", dice.one(&["^/A", "B$", "/AB/?$"]).to_owned()),
            _ => ("", path),
        };
        let key = if modifier == "^~ " || modifier.is_empty() {
            format!(" {pattern}")
        } else {
            format!("{modifier}{pattern}")
        };
        if seen.contains(&key) {
            continue;
        }
        seen.push(key);
        names.push(pattern.clone());
        let name = format!("{outer_name}location {modifier}{pattern}");
        let inner = match modifier {
            "" | "^~ " if depth < 3 && dice.roll(2) == 0 => {
                locations(dice, Some(&pattern), &format!("{name} > "), depth + 1, names)
            }
            "~ " | "~* " if depth < 3 && dice.roll(4) == 0 => {
                let outer = format!("{name} > ");
                let mut regexes = String::new();
                for nested in ["^/a/", "1$"] {
                    let _ = write!(
                        regexes,
                        "location ~ {nested} {{ return 200 '{}'; }} ",
                        plain(&format!("{outer}location ~ {nested}"))
                    );
                }
                regexes
            }
            _ => String::new(),
        };
        let _ =
            writeln!(text, "location {modifier}\"{pattern}\" {{ {inner}return 200 '{}'; }}", plain(&name));
    }
    text
}

/// A `$` in a text of nginx is a variable.
fn plain(name: &str) -> String {
    name.replace('$', "S")
}

#[test]
fn nginx_answers_from_the_location_that_is_picked() {
    let mut dice = Dice(0x1d872b41);
    let port = ports(1)[0];
    let mut servers = String::new();
    let mut made: Vec<Vec<String>> = Vec::new();
    for nth in 0..SERVERS {
        let mut names = Vec::new();
        let text = locations(&mut dice, None, "", 0, &mut names);
        made.push(names);
        let _ = writeln!(
            servers,
            "server {{ listen 127.0.0.1:{port}; server_name s{nth}.example;\nroot none; error_page 404 403 = @none;\n\
             location @none {{ return 404 'server'; }}\n{text}}}"
        );
    }
    let text = whole(&servers);
    let inventory = inventory("nginx.conf", &text);
    assert_eq!(inventory.fronts.len(), SERVERS);
    let Some(_running) = serve(&text, port) else { return };
    let mut wrong = Vec::new();
    let mut nested = 0;
    for (nth, front) in inventory.fronts.iter().enumerate() {
        let picker = Picker::new(front);
        let host = format!("s{nth}.example");
        for _ in 0..PATHS {
            // Half of the paths are made from those of locations, so that nested ones are met.
            let path = match made[nth][dice.roll(made[nth].len())].as_str() {
                place if place.starts_with('/') && !place.contains(['?', '$']) && dice.roll(2) == 0 => {
                    // nginx takes two slashes for one.
                    format!("{place}{}", dice.one(&["", "1", "b", "/a", "/b/1"])).replace("//", "/")
                }
                _ => dice.path(),
            };
            let (_, answered) = ask(port, "GET", &host, &path);
            let picked =
                picker.pick("GET", &host, &path).map_or("none".to_owned(), |route| plain(&route.name));
            nested += usize::from(answered.contains(" > "));
            if picked != answered {
                wrong.push(format!("{host}{path}: nginx answers from `{answered}`, picked is `{picked}`"));
            }
        }
    }
    let asked = SERVERS * PATHS;
    println!(
        "nginx: {asked} requests to {} locations, {nested} answered by nested ones",
        made.iter().map(Vec::len).sum::<usize>()
    );
    assert!(nested > asked / 10, "only {nested} answers of nested locations");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Directives that decide who is let in.
fn guards(dice: &mut Dice) -> String {
    let mut text = String::new();
    match dice.roll(4) {
        0 => text.push_str("auth_basic x; "),
        1 => text.push_str("auth_basic off; "),
        _ => {}
    }
    match dice.roll(5) {
        0 => text.push_str("allow 127.0.0.1; deny all; "),
        1 => text.push_str("allow 192.0.2.0/24; deny all; "),
        2 => text.push_str("deny 192.0.2.0/24; "),
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
    match dice.roll(9) {
        0 => text.push_str("limit_except GET { deny all; } "),
        1 => text.push_str("limit_except POST { auth_basic x; } "),
        2 => text.push_str("if ($request_method = POST) { return 405; } "),
        3 => text.push_str("if ($request_method !~ ^(GET|HEAD)$) { return 405; } "),
        4 => text.push_str("if ($http_x_api_key != k) { return 403; } "),
        5 => text.push_str("error_page 401 = @open; "),
        _ => {}
    }
    text
}

fn way(dice: &mut Dice) -> &'static str {
    dice.one(&[
        "proxy_pass http://app;",
        "proxy_pass http://app;",
        "proxy_pass http://app;",
        "proxy_pass http://app/x;",
        "try_files /none @open;",
        "try_files /none @guarded;",
        "rewrite ^ /ab last; proxy_pass http://app;",
        "rewrite ^/a/(.*)$ /b/$1 last; proxy_pass http://app;",
        "rewrite ^ /kept break; proxy_pass http://app;",
        "return 200 told;",
        "return 403;",
        "internal; proxy_pass http://app;",
    ])
}

#[test]
fn nginx_lets_in_whom_the_route_lets_in() {
    let mut dice = Dice(0x5eed_2);
    let (port, behind) = match ports(2)[..] {
        [port, behind] => (port, behind),
        _ => unreachable!("two were asked for"),
    };
    let mut servers = format!(
        "upstream app {{ server 127.0.0.1:{behind}; }}\nauth_basic_user_file users;\n\
         server {{ listen 127.0.0.1:{behind}; location / {{ return 200 app; }} }}\n"
    );
    for nth in 0..SERVERS * 2 {
        let _ =
            writeln!(servers, "server {{ listen 127.0.0.1:{port}; server_name s{nth}.example;\nroot none;");
        if dice.roll(3) == 0 {
            servers.push_str("auth_basic x; ");
        }
        if dice.roll(8) == 0 {
            servers.push_str("rewrite ^/1/(.*)$ /$1; ");
        }
        for path in ["/a", "/a/", "/b/", "/ab", "/"] {
            let _ = write!(servers, "location {path} {{ {}{} ", guards(&mut dice), way(&mut dice));
            if path == "/a/" {
                let _ = write!(servers, "location /a/b {{ {}{} }} ", guards(&mut dice), way(&mut dice));
            }
            servers.push_str("}\n");
        }
        servers.push_str(
            "location = /yes { internal; return 204; } location = /no { internal; return 401; }\n\
             location @open { auth_basic off; auth_request off; satisfy all; allow all; proxy_pass http://app; }\n\
             location @guarded { auth_basic x; proxy_pass http://app; }\n}\n",
        );
    }
    let text = whole(&servers);
    let inventory = inventory("nginx.conf", &text);
    let Some(_running) = serve(&text, port) else { return };
    let (mut wrong, mut asked, mut let_in, mut sure) = (Vec::new(), 0, 0, 0);
    // The first server is what stands behind the others.
    for (nth, front) in inventory.fronts.iter().skip(1).enumerate() {
        let picker = Picker::new(front);
        let host = format!("s{nth}.example");
        for path in ["/", "/a", "/a/", "/a/1", "/a/b", "/a/b/1", "/b/", "/b/1", "/ab", "/1/a/1", "/1/ab"] {
            for method in ["GET", "POST", "PUT"] {
                let (status, body) = ask(port, method, &host, path);
                let real = match status {
                    200 => body,
                    401 | 403 | 404 | 405 => "out".to_owned(),
                    // A rewrite that comes to itself.
                    500 => continue,
                    other => format!("status {other}"),
                };
                let name = |route: &spec::inventory::Route| match route.upstream {
                    Some(_) => "app".to_owned(),
                    None => "told".to_owned(),
                };
                let read = expected(&picker, method, &host, path, name);
                asked += 1;
                let_in += usize::from(real == "app");
                sure += usize::from(read.len() == 1);
                if !read.contains(&real) {
                    let routes: Vec<String> = picker
                        .may_serve(method, &host, path)
                        .iter()
                        .map(|r| format!("{} {:?} {:?}", r.name, r.auth, r.reach))
                        .collect();
                    wrong.push(format!(
                        "{method} {host}{path}: nginx {real}, read {read:?} by {}",
                        routes.join(" | ")
                    ));
                }
            }
        }
    }
    println!("nginx: {asked} requests, {let_in} let in; of {sure} the reading leaves one outcome");
    assert!(let_in > asked / 10 && sure > asked / 2, "{let_in} let in, {sure} sure, of {asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}\n{text}", wrong.len(), wrong.join("\n"));
}
