//! Which handler answers, and who is let in.

use std::fmt::Write as _;

use spec::inventory::{Picker, Route};

use super::{Dice, ask, expected, inventory, ports, start};

const SITES: usize = 40;
/// A hash of bcrypt for the user of `basicauth`; no request of this test has a credential.
const HASH: &str = "$2a$14$ne6JNKhdxm9ZwB4ZBqiEg.rMz1Zp7GAIOOK3wTQ.AUvpyFGQXpqkC";

/// Matchers that are not followed.
const UNFOLLOWED: [&str; 2] = ["@notone", "@expression"];

fn matcher(dice: &mut Dice) -> String {
    match dice.roll(11) {
        0 | 1 => dice.path(),
        2 | 3 => format!("{}*", dice.path()),
        4 => "@writes".to_owned(),
        5 => dice.one(&["@here", "@far", "@notfar"]).to_owned(),
        6 => dice.one(&["@two", "@notab", "@regexp"]).to_owned(),
        7 => "*".to_owned(),
        8 => dice.one(&["@one", "@notone", "@wild"]).to_owned(),
        9 => dice.one(&["@onepath", "@expression"]).to_owned(),
        _ => "@header".to_owned(),
    }
}

/// Handlers of a block, each with a name of its own.
fn handlers(dice: &mut Dice, depth: usize, names: &mut usize, indent: &str) -> String {
    let mut text = String::new();
    for _ in 0..1 + dice.roll(4) {
        let matcher = matcher(dice);
        // Refusing some addresses closes nothing to the others, and that is what is read.
        let closes = if matcher == "@here" { "@notfar" } else { &matcher };
        *names += 1;
        let name = *names;
        let _ = match dice.roll(10) {
            0 | 1 if depth < 2 => {
                let inner = handlers(dice, depth + 1, names, &format!("{indent}\t"));
                let block = dice.one(&["handle", "route"]);
                writeln!(text, "{indent}{block} {matcher} {{\n{inner}{indent}}}")
            }
            2 if depth < 2 => {
                let inner = handlers(dice, depth + 1, names, &format!("{indent}\t"));
                let prefix = dice.one(&["/a/*", "/b/*", "/a/b/*"]);
                writeln!(text, "{indent}handle_path {prefix} {{\n{inner}{indent}}}")
            }
            3 => writeln!(text, "{indent}basicauth {matcher} {{\n{indent}\ta {HASH}\n{indent}}}"),
            4 => writeln!(text, "{indent}respond {closes} 403"),
            5 => writeln!(text, "{indent}error {closes} 403"),
            6 if dice.roll(3) == 0 => writeln!(text, "{indent}rewrite {matcher} /ab"),
            7 if dice.roll(3) == 0 => writeln!(text, "{indent}uri strip_prefix /a"),
            _ => writeln!(text, "{indent}respond {matcher} \"n{name}\" 200"),
        };
    }
    text
}

#[test]
fn caddy_answers_from_the_handler_that_is_picked() {
    let mut dice = Dice(0xca_dd_1e);
    let port = ports(1)[0];
    let mut text = "{\n\tadmin off\n\tauto_https off\n}\n".to_owned();
    let mut names = 0;
    let mut sites = Vec::new();
    for nth in 0..SITES {
        // Every second site is a wildcard, whose handlers choose by the host.
        let (site, one) = match nth % 2 {
            0 => (format!("s{nth}.example"), format!("s{nth}.example")),
            _ => (format!("*.s{nth}.example"), format!("a.s{nth}.example")),
        };
        let made = handlers(&mut dice, 0, &mut names, "\t");
        let _ = writeln!(
            text,
            "http://{site}:{port} {{\n\t@one host {one}\n\t@notone not host {one}\n\t@wild host *.s{nth}.example x.example\n\t@onepath {{\n\t\thost {one}\n\t\tpath /a*\n\t}}\n\t@expression expression `path('/a*')`\n\tbind 127.0.0.1\n\t@writes method POST PUT\n\t@here remote_ip 127.0.0.1\n\t@far remote_ip 192.0.2.0/24\n\
             \t@notfar not remote_ip 192.0.2.0/24\n\t@two path /a/* /b\n\t@notab {{\n\t\tnot path /ab*\n\t\tpath /a*\n\t}}\n\
             \t@regexp path_regexp ^/(a|b)/1\n\t@header header X-A 1\n{}}}",
            made
        );
        sites.push(made);
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("Caddyfile"), &text).unwrap();
    let inventory = inventory(folder.path(), "Caddyfile");
    assert_eq!(inventory.fronts.len(), SITES);
    let arguments = ["run", "--config", "Caddyfile", "--adapter", "caddyfile"];
    let Some(_running) = start("caddy", &arguments, folder.path(), port) else { return };
    let (mut asked, mut sure, mut unclosed, mut wrong) = (0, 0, 0, Vec::new());
    for (nth, front) in inventory.fronts.iter().enumerate() {
        let picker = Picker::new(front);
        for _ in 0..40 {
            let host = match nth % 2 {
                0 => format!("s{nth}.example"),
                _ => format!("{}.s{nth}.example", dice.one(&["a", "b"])),
            };
            let path = dice.path();
            let method = dice.one(&["GET", "POST"]);
            let (status, body) = ask(port, method, &host, &path);
            let real = match status {
                200 if body.is_empty() => "none".to_owned(),
                200 => body,
                401 | 403 => "out".to_owned(),
                other => panic!("{other} for {path}"),
            };
            let name = |route: &Route| {
                if &*route.name == "nothing" {
                    return "none".to_owned();
                }
                let told = route
                    .name
                    .split(' ')
                    .find(|word| word.strip_prefix('n').is_some_and(|n| n.parse::<u32>().is_ok()));
                told.unwrap_or("?").to_owned()
            };
            let read = expected(&picker, method, &host, &path, name);
            asked += 1;
            sure += usize::from(read.len() == 1);
            // Where nothing answers, a guard ahead of it gives nothing away either.
            let nothing = real == "out" && read.contains("none");
            // A refusal under a condition that is not followed closes nothing.
            let strips = sites[nth].contains("strip_prefix") || sites[nth].contains("handle_path");
            let unfollowed = UNFOLLOWED.iter().any(|name| sites[nth].contains(name))
                // A regular expression is not followed through a path that is cut.
                || strips && sites[nth].contains("@regexp");
            if real == "out" && !read.contains("out") && !nothing && unfollowed {
                unclosed += 1;
            } else if !read.contains(&real) && !nothing {
                let routes: Vec<String> =
                    picker.may_serve(method, &host, &path).iter().map(|route| format!("{route:?}")).collect();
                wrong.push(format!(
                    "{method} {host}{path}: Caddy {real}, read {read:?} by {}",
                    routes.join("\n   ")
                ));
            }
        }
    }
    println!(
        "caddy: {asked} requests to {names} handlers; of {sure} the reading leaves one outcome; {unclosed} refusals are not followed"
    );
    assert!(unclosed < asked / 8, "{unclosed} of {asked} refusals are not followed");
    assert!(sure > asked / 3, "{sure} sure, of {asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}\n{text}", wrong.len(), wrong.join("\n"));
}
