//! Which backend answers, and who is let in.

use std::fmt::Write as _;

use spec::inventory::{Picker, Route};
use spec::reading::{File, read};

use super::{Dice, ask, expected, inventory, ports, start};

const FRONTENDS: usize = 40;

/// A test in braces, or the name of an ACL.
fn test(dice: &mut Dice) -> String {
    match dice.roll(16) {
        0 => format!("{{ path {} }}", dice.path()),
        1 => format!("{{ path_beg {} {} }}", dice.path(), dice.path()),
        2 => "{ path_end b }".to_owned(),
        3 => "{ path_reg ^/(a|b)/1 }".to_owned(),
        4 => "{ path_sub /ab }".to_owned(),
        5 => "{ path_dir ab }".to_owned(),
        6 => "{ path -i -m beg /A }".to_owned(),
        7 => "{ method POST PUT }".to_owned(),
        8 => "METH_GET".to_owned(),
        9 => dice
            .one(&["{ hdr(host) -i one.example }", "{ req.hdr(host) -i a.one.example two.example }"])
            .to_owned(),
        11 => dice.one(&["{ hdr_end(host) -i .one.example }", "{ hdr_end(host) -i one.example }"]).to_owned(),
        12 => dice.one(&["{ hdr_beg(host) -i a. }", "{ hdr_dom(host) -i one.example }"]).to_owned(),
        13 => dice
            .one(&["{ req.hdr(host),lower -m end .example }", "{ hdr_reg(host) -i ^a }", "one", "wild"])
            .to_owned(),
        14 => dice
            .one(&["{ path,lower -m str /a/b }", "TRUE", "FALSE", "{ var(txn.way) -m beg /a }"])
            .to_owned(),
        10 => dice.one(&["{ src 127.0.0.0/8 }", "{ src 192.0.2.0/24 }"]).to_owned(),
        _ => dice.one(&["short", "named", "LOCALHOST", "{ req.hdr(x-a) -m found }"]).to_owned(),
    }
}

fn condition(dice: &mut Dice) -> String {
    let mut text = dice.one(&["if", "if", "if", "unless"]).to_owned();
    for nth in 0..=dice.roll(3) {
        if nth > 0 && dice.roll(3) == 0 {
            text.push_str(" ||");
        }
        let _ = write!(text, " {}{}", if dice.roll(4) == 0 { "!" } else { "" }, test(dice));
    }
    text
}

fn rules(dice: &mut Dice, most: usize) -> String {
    let mut text = String::new();
    for _ in 0..dice.roll(most) {
        let action = match dice.roll(10) {
            0 | 1 => "deny".to_owned(),
            2 => "allow".to_owned(),
            3 => "auth realm x".to_owned(),
            4 => format!("return status 200 content-type text/plain string told{}", dice.roll(99)),
            5 => {
                let proof = dice.one(&[
                    "!{ http_auth(staff) }",
                    "!{ src 127.0.0.0/8 } !{ http_auth(staff) }",
                    "!one !{ http_auth(staff) }",
                ]);
                let _ = match dice.roll(3) {
                    0 => {
                        writeln!(text, "  http-request deny unless {{ http_auth(staff) }} || {}", test(dice))
                    }
                    _ => writeln!(text, "  http-request deny if {{ path_beg {} }} {proof}", dice.path()),
                };
                continue;
            }
            6 => "redirect location /away".to_owned(),
            7 => {
                let verdict = dice.one(&["reject", "reject", "accept"]);
                let _ = writeln!(text, "  tcp-request content {verdict} {}", condition(dice));
                continue;
            }
            8 => {
                let _ = writeln!(text, "  redirect location /away {}", condition(dice));
                continue;
            }
            _ => "set-path /ab".to_owned(),
        };
        let _ = writeln!(text, "  http-request {action} {}", condition(dice));
    }
    text
}

#[test]
fn haproxy_answers_from_the_backend_that_is_picked() {
    let mut dice = Dice(0x4a_90_11);
    let ports = ports(FRONTENDS);
    let mut text = "global\n  maxconn 200\nuserlist staff\n  user a insecure-password b\ndefaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 100ms\n  timeout queue 20ms\n".to_owned();
    for (nth, port) in ports.iter().enumerate() {
        let _ = writeln!(
            text,
            "frontend f{nth}\n  bind 127.0.0.1:{port}\n  acl short path /a /b\n  acl named path_beg /a/\n  acl named path_beg /b/\n  acl one hdr(host) -i one.example\n  acl wild hdr_end(host) -i .one.example\n  acl wild hdr(host) -i two.example\n  http-request set-var(txn.way) path\n{}",
            rules(&mut dice, 6)
        );
        for _ in 0..dice.roll(5) {
            let _ = writeln!(text, "  use_backend b{} {}", dice.roll(8), condition(&mut dice));
        }
        if dice.roll(4) > 0 {
            let _ = writeln!(text, "  default_backend b{}", dice.roll(8));
        }
    }
    for nth in 0..8 {
        let _ = writeln!(
            text,
            "backend b{nth}\n  acl short path /a /b\n  acl named path_beg /a/ /b/\n  acl one hdr(host) -i one.example\n  acl wild hdr_end(host) -i .one.example\n  acl wild hdr(host) -i two.example\n{}  http-request return status 200 content-type text/plain string b{nth}",
            rules(&mut dice, 3)
        );
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("haproxy.cfg"), &text).unwrap();
    let inventory = inventory(folder.path(), "haproxy.cfg");
    assert_eq!(inventory.fronts.len(), FRONTENDS);
    let Some(_running) = start("haproxy", &["-db", "-f", "haproxy.cfg"], folder.path(), ports[0]) else {
        return;
    };
    let (mut asked, mut sure, mut unclosed, mut wrong) = (0, 0, 0, Vec::new());
    for (front, port) in inventory.fronts.iter().zip(&ports) {
        let picker = Picker::new(front);
        for _ in 0..40 {
            let path = dice.path();
            let (method, host) = (
                dice.one(&["GET", "POST", "DELETE"]),
                dice.one(&["one.example", "a.one.example", "two.example"]),
            );
            let (status, body) = ask(*port, method, host, &path);
            let real = match status {
                200 => body,
                302 => "away".to_owned(),
                // A rejected connection is closed without an answer.
                0 | 401 | 403 => "out".to_owned(),
                503 => "none".to_owned(),
                other => panic!("{other} for {path}"),
            };
            // The last word of `http-request return ... string NAME [if ...]`.
            let name = |route: &Route| {
                if &*route.name == "nothing" {
                    return "none".to_owned();
                }
                let words: Vec<&str> = route.name.split(' ').collect();
                if words.contains(&"redirect") {
                    return "away".to_owned();
                }
                words.iter().position(|word| *word == "string").map_or("?", |at| words[at + 1]).to_owned()
            };
            let read = expected(&picker, method, host, &path, name);
            asked += 1;
            sure += usize::from(read.len() == 1);
            if real == "out" && !read.contains("out") {
                // A refusal of some addresses, or under a condition that is not followed, closes nothing.
                unclosed += 1;
            } else if !read.contains(&real) {
                let routes: Vec<String> =
                    picker.may_serve(method, host, &path).iter().map(|route| format!("{route:?}")).collect();
                wrong.push(format!(
                    "{} {method} {host}{path}: HAProxy {real}, read {read:?} by {}",
                    front.name,
                    routes.join("\n   ")
                ));
            }
        }
    }
    println!(
        "haproxy: {asked} requests; of {sure} the reading leaves one outcome; {unclosed} refusals are not followed"
    );
    assert!(unclosed < asked / 4, "{unclosed} of {asked} refusals are not followed");
    assert!(sure > asked / 3, "{sure} sure, of {asked}");
    assert!(wrong.is_empty(), "{} of {asked}:\n{}\n{text}", wrong.len(), wrong.join("\n"));
}

#[test]
fn haproxy_without_http_mode_refuses_nobody_and_the_reading_says_so() {
    let open = ports(3);
    let folder = tempfile::tempdir().unwrap();
    let front = |name: &str, port: u16, mode: &str| {
        let to = open[2];
        format!(
            "listen {name}\n  bind 127.0.0.1:{port}\n{mode}  http-request deny\n  server a 127.0.0.1:{to}\n"
        )
    };
    let text = format!(
        "global\n  maxconn 20\ndefaults\n  timeout client 5s\n  timeout server 5s\n  timeout connect 100ms\n{}{}\
         frontend inner\n  mode http\n  bind 127.0.0.1:{}\n  \
         http-request return status 200 content-type text/plain string told\n",
        front("unsaid", open[0], ""),
        front("kept", open[1], "  mode http\n"),
        open[2],
    );
    std::fs::write(folder.path().join("haproxy.cfg"), &text).unwrap();
    let file = File { name: "haproxy.cfg".into(), text: text.clone().into() };
    let inventory = read(&[file], &mut |_| Vec::new());
    let names: Vec<&str> = inventory.fronts.iter().map(|front| &*front.name).collect();
    assert_eq!(names, ["kept", "inner"]);
    let told: Vec<&str> = inventory.faults.iter().map(|fault| fault.diagnostic.code).collect();
    assert_eq!(told, ["HAPROXY-005"], "{:?}", inventory.faults);
    let Some(_running) = start("haproxy", &["-db", "-f", "haproxy.cfg"], folder.path(), open[0]) else {
        return;
    };
    assert_eq!(ask(open[0], "GET", "one.example", "/a").0, 200);
    assert_eq!(ask(open[1], "GET", "one.example", "/a").0, 403);
}
