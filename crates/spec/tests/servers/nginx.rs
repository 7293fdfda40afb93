//! Which location answers.

mod guards;
mod hosts;

use std::fmt::Write as _;
use std::path::Path;

use spec::inventory::Picker;

use super::{Dice, ask, inventory, ports, start};

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

/// Serves `nginx.conf` of `folder`, in which `users` are those of `auth_basic`.
fn serve(folder: &Path, port: u16) -> Option<super::Running> {
    std::fs::write(folder.join("users"), "a:{PLAIN}b\n").unwrap();
    let prefix = format!("{}/", folder.display());
    start("nginx", &["-p", &prefix, "-c", "nginx.conf", "-e", "stderr"], folder, port)
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
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("nginx.conf"), &text).unwrap();
    let inventory = inventory(folder.path(), "nginx.conf");
    assert_eq!(inventory.fronts.len(), SERVERS);
    let Some(_running) = serve(folder.path(), port) else { return };
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
