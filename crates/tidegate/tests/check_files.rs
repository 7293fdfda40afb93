//! `tidegate check` on what stands in folders: links, folders left out, what is no text, what is no file.
//! Whatever is not judged is said.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "tests")]

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Judged, with nothing that fails.
const GOOD: &str = "openapi: 3.1.0\ninfo: {title: a, version: '1'}\nservers: [{url: https://a.example}]\npaths:\n  \
                    /health:\n    get:\n      x-tidegate:\n        audience: {public: {reason: health page, owner: platform, \
                    expires: 2099-12-31}}\n      responses: {'204': {description: up}}\n";
/// A hole that any file of a folder may have.
const OPEN: &str = "openapi: 3.1.0
info: {title: Shop, version: '1'}
security: []
paths:
  /customers/{id}:
    get:
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses: {'200': {description: ä, content: {application/json: {schema: {properties: {email: {type: string}}}}}}}
";

fn check(folder: &Path, args: &[&str]) -> Output {
    let (out, err) = (tempfile::NamedTempFile::new().unwrap(), tempfile::NamedTempFile::new().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_tidegate"));
    command.current_dir(folder).arg("check").args(args).env("NO_COLOR", "1").stdin(Stdio::null());
    command.stdout(out.reopen().unwrap()).stderr(err.reopen().unwrap());
    let mut running = command.spawn().unwrap();
    let started = Instant::now();
    // What hangs is ended, and has no exit code.
    let status = loop {
        if let Some(status) = running.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > Duration::from_secs(60) {
            running.kill().unwrap();
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    Output { status, stdout: std::fs::read(out.path()).unwrap(), stderr: std::fs::read(err.path()).unwrap() }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn put(folder: &Path, name: &str, text: impl AsRef<[u8]>) {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, text).unwrap();
}

/// A folder `in` with a good document, beside `out` with an open one.
fn beside() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "in/good.yaml", GOOD);
    put(folder.path(), "out/open.yaml", OPEN);
    folder
}

fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn a_link_is_followed_wherever_it_leads_and_a_circle_is_walked_once() {
    for (name, link, to, code) in [
        ("a file outside", "in/customers.yaml", "../out/open.yaml", 1),
        ("a file inside", "in/again.yaml", "good.yaml", 0),
        ("a folder outside", "in/more", "../out", 1),
        ("itself", "in/more", ".", 0),
        ("nowhere", "in/more", "gone", 0),
        ("itself by a link", "in/more", "more", 0),
    ] {
        let folder = beside();
        symlink(to, folder.path().join(link)).unwrap();
        let output = check(&folder.path().join("in"), &["."]);
        assert_eq!(output.status.code(), Some(code), "{name}: {}", said(&output));
    }
    let folder = beside();
    symlink("../out", folder.path().join("in/a")).unwrap();
    symlink("../in", folder.path().join("out/b")).unwrap();
    symlink("..", folder.path().join("out/around")).unwrap();
    let output = check(&folder.path().join("in"), &[".", "--format", "json"]);
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files: Vec<&str> =
        told["files"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert_eq!(files, ["good.yaml", "a/open.yaml"], "each once, under its own name where it has one");
    assert!(
        said(&output).contains("not judged (links to a folder around this one): a/around"),
        "{}",
        said(&output)
    );
}

#[test]
fn what_is_not_looked_into_is_listed_in_every_form() {
    let folder = beside();
    let root = folder.path();
    let deep = format!("in/{}deep.yaml", "d/".repeat(34));
    for name in [
        "in/node_modules/a.yaml",
        "in/x/vendor/a.yaml",
        "in/.cache/a.yaml",
        "in/charts/templates/a.yaml",
        "in/fixtures/a.tmpl.yaml",
        &deep,
    ] {
        put(root, name, OPEN);
    }
    put(root, "in/.git/config", "");
    put(root, "in/notes.txt", "words");
    symlink("gone", root.join("in/dangling.yaml")).unwrap();
    let args = [".", "--exclude", "charts/templates", "--exclude", "*.tmpl.yaml"];
    let output = check(&root.join("in"), &args);
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for line in [
        "not judged (folders that are left out by their name): .cache, node_modules, x/vendor",
        "not judged (excluded): charts/templates, fixtures/a.tmpl.yaml",
        "not judged (more than 32 folders deep): d/d/",
        "not judged (links that lead nowhere): dangling.yaml",
        "nothing that is known here: notes.txt",
    ] {
        assert!(text.contains(line), "{line:?} is not said:\n{text}");
    }
    assert!(!text.contains(".git"), "{text}");
    let told: Value =
        serde_json::from_slice(&check(&root.join("in"), &[&args[..], &["--format", "json"]].concat()).stdout)
            .unwrap();
    let left_out = told["left_out"].as_array().unwrap();
    assert_eq!(left_out.len(), 7, "{left_out:?}");
    assert!(left_out.contains(&serde_json::json!({"file": "charts/templates", "why": "excluded"})));
    let sarif = check(&root.join("in"), &[&args[..], &["--format", "sarif"]].concat());
    let sarif: Value = serde_json::from_slice(&sarif.stdout).unwrap();
    let notes = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"].to_string();
    for name in ["x/vendor", "charts/templates", "dangling.yaml", "notes.txt"] {
        assert!(notes.contains(name), "{notes}");
    }
    assert_eq!(check(&root.join("in"), &["."]).status.code(), Some(1), "without `--exclude` it is judged");
}

#[test]
fn of_many_files_that_are_not_judged_ten_are_named_and_json_has_them_all() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "good.yaml", GOOD);
    for nth in 0..30 {
        put(folder.path(), &format!("notes{nth:02}.txt"), "words");
        put(folder.path(), &format!("old{nth:02}.tmpl.yaml"), GOOD);
    }
    let args = [".", "--exclude", "*.tmpl.yaml"];
    let text = said(&check(folder.path(), &args));
    for line in [
        "notes09.txt and 20 more (`--format json` lists all, under `files`)",
        "old09.tmpl.yaml and 20 more (`--format json` lists all, under `left_out`)",
    ] {
        assert!(text.contains(line), "{line:?} is not said:\n{text}");
    }
    let told = check(folder.path(), &[&args[..], &["--format", "json"]].concat()).stdout;
    let told: Value = serde_json::from_slice(&told).unwrap();
    let unknown = |row: &&Value| row["file"].as_str().unwrap().contains("notes");
    assert_eq!(told["files"].as_array().unwrap().iter().filter(unknown).count(), 30);
    assert_eq!(told["left_out"].as_array().unwrap().len(), 30);
}

#[test]
fn a_pattern_leaves_out_names_or_paths_and_nothing_that_is_named() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "good.yaml", GOOD);
    put(folder.path(), "deploy/chart/templates/open.yaml", OPEN);
    for (args, code) in [
        (&["."][..], 1),
        (&[".", "--exclude", "templates"], 0),
        (&[".", "--exclude", "templates/"], 0),
        (&[".", "--exclude", "deploy/chart/templates/**"], 0),
        (&[".", "--exclude", "./deploy/**/templates"], 0),
        (&[".", "--exclude", "**/open.yaml"], 0),
        (&[".", "--exclude", "open.*"], 0),
        (&[".", "--exclude", "pen.yaml"], 1),
        (&[".", "--exclude", "chart/templates"], 1),
        (&["deploy", "good.yaml", "--exclude", "chart/templates"], 0),
        (&["deploy", "good.yaml", "--exclude", "deploy/chart"], 0),
        (&["deploy/chart/templates/open.yaml", "--exclude", "open.yaml"], 1),
        (&[".", "--exclude", "["], 64),
        (&[".", "--exclude", ""], 64),
        (&[".", "--exclude", "*.yaml"], 2),
    ] {
        let output = check(folder.path(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
    }
}

#[test]
fn what_is_no_utf_8_is_judged_or_told_but_never_passed_over() {
    let latin: Vec<u8> = OPEN.chars().map(|c| u8::try_from(u32::from(c)).unwrap()).collect();
    let with_mark = |mark: [u8; 2], bytes| [mark.to_vec(), utf16(OPEN, bytes)].concat();
    for (name, bytes, code, word) in [
        ("latin.yaml", latin.clone(), 2, "is no UTF-8, and looks like OpenAPI"),
        ("le.yaml", with_mark([0xff, 0xfe], u16::to_le_bytes), 1, "customers"),
        ("be.yaml", with_mark([0xfe, 0xff], u16::to_be_bytes), 1, "customers"),
        ("bare-le.yaml", utf16(OPEN, u16::to_le_bytes), 2, "is no UTF-8"),
        ("odd.yaml", [with_mark([0xff, 0xfe], u16::to_le_bytes), vec![b'x']].concat(), 2, "is no UTF-8"),
        (
            "latin.conf",
            b"server { # \xfc\n listen 80; location / { proxy_pass http://a; } }\n".to_vec(),
            2,
            "nginx",
        ),
        ("image.png", b"\x89PNG\r\n\x1a\n\x00\xff\xfe".to_vec(), 0, "image.png"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), "good.yaml", GOOD);
        put(folder.path(), name, &bytes);
        let output = check(folder.path(), &["."]);
        let text = said(&output);
        assert_eq!(output.status.code(), Some(code), "{name}: {text}");
        assert!(text.contains(word) && (code != 2 || text.contains(name)), "{name}: {text}");
    }
    let folder = tempfile::tempdir().unwrap();
    put(
        folder.path(),
        "site.conf",
        "server { listen 80; include part/*.inc; location / { proxy_pass http://a; } }\n",
    );
    put(folder.path(), "part/a.inc", b"# \xfc\nserver { listen 81; }\n");
    let output = check(folder.path(), &["site.conf"]);
    assert_eq!(output.status.code(), Some(2), "an included file too: {}", said(&output));
    assert!(said(&output).contains("part/a.inc"), "{}", said(&output));
}

#[test]
fn what_is_no_regular_file_is_refused_where_it_is_named_and_listed_where_it_is_found() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "good.yaml", GOOD);
    let made = Command::new("mkfifo").arg(folder.path().join("pipe.yaml")).status().unwrap();
    assert!(made.success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("socket")).unwrap();
    for (args, code, word) in [
        (&["pipe.yaml"][..], 2, "is no regular file"),
        (&["/dev/zero"], 2, "is no regular file"),
        (&["good.yaml", "--baseline", "pipe.yaml"], 2, "is no regular file"),
        (&["."], 0, "not judged (no regular file): pipe.yaml, socket"),
    ] {
        let output = check(folder.path(), args);
        assert_eq!(output.status.code(), Some(code), "{args:?}: {}", said(&output));
        assert!(said(&output).contains(word), "{args:?}: {}", said(&output));
    }
}

#[test]
fn a_glob_that_finds_too_many_files_closes_the_gate() {
    let folder = tempfile::tempdir().unwrap();
    put(
        folder.path(),
        "site.conf",
        "server { listen 80; location / { proxy_pass http://a; } include parts/*; }\n",
    );
    for n in 0..2_001 {
        put(folder.path(), &format!("parts/{n:04}"), "");
    }
    let output = check(folder.path(), &["site.conf"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("more than 2,000 files are included"), "{}", said(&output));
    std::fs::remove_file(folder.path().join("parts/0000")).unwrap();
    put(folder.path(), "parts/2000", "location /x { proxy_pass http://b; }\n");
    let output = check(folder.path(), &["site.conf", "--format", "json", "--fail-on", "never"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let told: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(told["summary"]["routes"], 2, "the last of them is read");
}

#[test]
fn a_file_that_is_too_large_is_told_once() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "good.yaml", GOOD);
    put(folder.path(), "large.yaml", "openapi: 3.1.0\n");
    let large = std::fs::File::options().write(true).open(folder.path().join("large.yaml")).unwrap();
    large.set_len(65 << 20).unwrap();
    let output = check(folder.path(), &["."]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said(&output).matches("large.yaml").count(), 1, "{}", said(&output));
}
