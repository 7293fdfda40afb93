//! Programs that take alerts, each a script of this test.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]

mod common;

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use alert::{AlertSettings, Alerts, CommandSettings, Notice, Severity, StartError};
use common::{Home, notice, until};
use domain::Window;

use Severity::{High, Low};

/// A script, its settings, and the folder that it may write to (its first argument).
fn hook(home: &Home, script: &str) -> (AlertSettings, PathBuf) {
    let out = home.folder.path().join("out");
    std::fs::create_dir_all(&out).unwrap();
    let program = home.folder.path().join("hook");
    std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    let argv =
        vec![program.to_str().unwrap().to_owned(), out.to_str().unwrap().to_owned(), "$(id); `id`".into()];
    let command =
        CommandSettings { argv, environment: Vec::new(), severity: Low, timeout: Window::from_secs(5) };
    let settings = AlertSettings {
        webhooks: Default::default(),
        commands: [("page".into(), command)].into(),
        ..home.settings("")
    };
    (settings, out)
}

fn read(out: &std::path::Path, name: &str) -> String {
    std::fs::read_to_string(out.join(name)).unwrap_or_default()
}

#[tokio::test]
async fn a_program_gets_the_finding_on_stdin_and_an_environment_of_its_own() {
    let home = Home::new();
    let (mut settings, out) = hook(
        &home,
        "/bin/cat > \"$1/body\"; /usr/bin/env | /usr/bin/sort > \"$1/environment\"; printf %s \"$2\" > \"$1/argument\"",
    );
    settings.commands.get_mut("page").unwrap().environment =
        vec!["CARGO_PKG_NAME".into(), "NOT_THERE".into()];
    let alerts = home.start(&settings);
    let title = "a \"scrape\"; $(touch /tmp/never)".to_owned();
    let told = Notice { title: title.clone(), ..notice("inc-7", 1, High, 40) };
    let begun = Instant::now();
    alerts.teller().tell(told.clone());
    until(&alerts.teller(), |stats| stats.delivered == 1).await;
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(read(&out, "body").as_bytes(), &told.body[..]);
    assert_eq!(read(&out, "argument"), "$(id); `id`", "no shell reads the arguments");
    let environment = read(&out, "environment");
    // A shell adds these of its own.
    let of_the_shell = ["PWD=", "SHLVL=", "_=", "OLDPWD="];
    let environment: Vec<&str> =
        environment.lines().filter(|line| !of_the_shell.iter().any(|own| line.starts_with(own))).collect();
    assert_eq!(
        environment,
        [
            "CARGO_PKG_NAME=alert",
            "TIDEGATE_GROUP=inc-7",
            "TIDEGATE_RECORDS=40",
            "TIDEGATE_SEQUENCE=1",
            "TIDEGATE_SEVERITY=high",
            &format!("TIDEGATE_TITLE={title}"),
        ]
    );
}

#[tokio::test]
async fn the_exit_code_judges() {
    for (name, script, delivered) in [
        ("0", "exit 0", true),
        ("75", "exit 75", false),
        ("1", "exit 1", false),
        ("killed", "kill -9 $$", false),
        ("0 without reading", "exec <&-; exit 0", true),
        (
            "0 with a flood of output",
            "/usr/bin/head -c 3000000 /dev/zero; /usr/bin/head -c 3000000 /dev/zero >&2; exit 0",
            true,
        ),
    ] {
        let home = Home::new();
        let (settings, _) = hook(&home, script);
        let alerts = home.start(&settings);
        let body = vec![b'x'; 200_000].into();
        alerts.teller().tell(Notice { body, ..notice("inc-7", 1, High, 40) });
        let stats = until(&alerts.teller(), |stats| stats.delivered + stats.failed >= 1).await;
        assert_eq!(stats.delivered == 1, delivered, "{name}");
        assert_eq!(stats.waiting, usize::from(!delivered), "{name}");
    }
}

#[tokio::test]
async fn a_program_that_does_not_end_is_killed_and_tried_again() {
    let home = Home::new();
    let (mut settings, out) = hook(&home, "echo $$ >> \"$1/pids\"; exec /bin/sleep 600");
    settings.commands.get_mut("page").unwrap().timeout = Window::from_millis(200);
    let alerts = home.start(&settings);
    let body = vec![b'x'; 200_000].into();
    alerts.teller().tell(Notice { body, ..notice("inc-7", 1, High, 40) });
    until(&alerts.teller(), |stats| stats.failed >= 2).await;
    // The drain is longer than the program may take: the last one is dead as well.
    alerts.stop().await;
    let pids = read(&out, "pids");
    assert!(pids.lines().count() >= 2, "{pids}");
    for pid in pids.lines() {
        assert!(!PathBuf::from(format!("/proc/{pid}")).exists(), "{pid} lives");
    }
}

#[tokio::test]
async fn a_stop_kills_a_program_that_takes_its_time() {
    let home = Home::new();
    let (mut settings, out) = hook(&home, "echo $$ >> \"$1/pids\"; exec /bin/sleep 600");
    settings.commands.get_mut("page").unwrap().timeout = Window::from_secs(600);
    let alerts = home.start(&settings);
    alerts.teller().tell(notice("inc-7", 1, High, 40));
    let teller = alerts.teller();
    while read(&out, "pids").is_empty() {
        assert_eq!(teller.stats().outlets[0].failed, 0);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let begun = Instant::now();
    assert_eq!(alerts.stop().await.left, 1);
    assert!(begun.elapsed() < Duration::from_secs(3));
    let pid = PathBuf::from(format!("/proc/{}", read(&out, "pids").trim()));
    for _ in 0..200 {
        if !pid.exists() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} lives", pid.display());
}

#[tokio::test]
async fn one_program_runs_at_a_time() {
    let home = Home::new();
    let script =
        "/bin/mkdir \"$1/running\" || /usr/bin/touch \"$1/two\"; /bin/sleep 0.1; /bin/rmdir \"$1/running\"";
    let (settings, out) = hook(&home, script);
    let alerts = home.start(&settings);
    for n in 0..4 {
        alerts.teller().tell(notice(&format!("inc-{n}"), 1, High, 1));
    }
    until(&alerts.teller(), |stats| stats.delivered == 4).await;
    assert!(!out.join("two").exists());
}

#[test]
fn a_program_is_named_with_its_whole_path() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let _inside = runtime.enter();
    for (argv, environment, fits) in [
        (vec!["/bin/true"], vec![], true),
        (vec!["true"], vec![], false),
        (vec!["./true"], vec![], false),
        (vec![], vec![], false),
        (vec!["/bin/true", "a\0b"], vec![], false),
        (vec!["/bin/true"], vec!["A=B"], false),
        (vec!["/bin/true"], vec![""], false),
    ] {
        let home = Home::new();
        let (mut settings, _) = hook(&home, "");
        let command = settings.commands.get_mut("page").unwrap();
        command.argv = argv.iter().map(|text| (*text).to_owned()).collect();
        command.environment = environment.iter().map(|text| (*text).to_owned()).collect();
        let started = Alerts::start(&settings, home.folder.path(), &home.disk, &home.tls, 1);
        assert_eq!(started.is_ok(), fits, "{argv:?}");
        assert!(fits || matches!(started, Err(StartError::Command { .. })));
    }
}
