//! The real program on port 0, with state of its own, for full-stack tests.
#![allow(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::client::{Address, Ask, Client};
use testkit::process::{Process, Signal, listening};
use testkit::raw::{RawAnswer, RawClient};
use testkit::shop::keys;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::Instant;

/// The program under test.
pub const BINARY: &str = env!("CARGO_BIN_EXE_tidegate");

/// Longest wait for anything.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A configuration in which signals become no incidents.
pub const BUDGETS_ALONE: &str = "respond: {mode: off}\n";

/// A running gateway with its folder. It is killed when this is dropped.
pub struct Gate {
    pub process: Process,
    pub address: SocketAddr,
    folder: TempDir,
    arguments: Vec<String>,
}

impl Gate {
    /// Guard mode with nothing declared, in which budgets alone act. What actions do besides is seen in
    /// `tests/incidents.rs`.
    pub async fn guard(upstream: SocketAddr) -> Self {
        Self::configured(upstream, &format!("mode: guard\n{BUDGETS_ALONE}"), &[]).await
    }

    /// `serve` before `upstream` with `flags`.
    pub async fn with(upstream: SocketAddr, flags: &[&str]) -> Self {
        let url = format!("http://{upstream}");
        let mut arguments = vec!["serve", "--upstream", &url, "--listen", "127.0.0.1:0"];
        arguments.extend(flags);
        let folder = tempfile::tempdir().unwrap();
        Self::launch(folder, arguments.into_iter().map(str::to_owned).collect()).await
    }

    /// `serve` with a configuration file: `yaml`, with listener and upstream added, beside `files`.
    pub async fn configured(upstream: SocketAddr, yaml: &str, files: &[(&str, &str)]) -> Self {
        Self::by("serve", upstream, yaml, files).await
    }

    /// The same with the demo's signing key and its key set as `jwks.json`, so that
    /// [`testkit::shop::keys::token`] makes valid tokens: the demo's own way to start.
    pub async fn identifying(upstream: SocketAddr, yaml: &str, files: &[(&str, &str)]) -> Self {
        Self::by("demo-gateway", upstream, &identifying(yaml), files).await
    }

    /// `command --config` with `yaml` as it stands, listener and upstream added.
    pub async fn by(command: &str, upstream: SocketAddr, yaml: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let yaml = whole(upstream, yaml);
        write(folder.path(), files);
        write(folder.path(), &[("tidegate.yaml", &yaml), ("jwks.json", &keys::key_set())]);
        let file = folder.path().join("tidegate.yaml").display().to_string();
        Self::launch(folder, [command, "--config", &file].map(str::to_owned).to_vec()).await
    }

    async fn launch(folder: TempDir, mut arguments: Vec<String>) -> Self {
        arguments.extend(["--state".to_owned(), folder.path().join("state").display().to_string()]);
        let process = start(&folder, &arguments);
        Self::announced(process, folder, arguments).await
    }

    async fn announced(mut process: Process, folder: TempDir, arguments: Vec<String>) -> Self {
        let address = process.line(PATIENCE, listening).await.unwrap();
        Self { process, address, folder, arguments }
    }

    /// `serve` with `flags` in a shell that ran `first`, such as a limit to inherit; with `ALONE` among the
    /// flags budgets alone act.
    pub async fn after(first: &str, upstream: SocketAddr, flags: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state").display().to_string();
        let alone = folder.path().join("alone.yaml");
        std::fs::write(&alone, BUDGETS_ALONE).unwrap();
        let flags = flags.replace("ALONE", &format!("--config '{}'", alone.display()));
        let line = format!(
            "{first}; exec '{BINARY}' serve --upstream http://{upstream} --listen 127.0.0.1:0 {flags} --state '{state}'"
        );
        let arguments = vec!["-c".to_owned(), line];
        let process = Process::start("sh", &arguments).unwrap();
        Self::announced(process, folder, arguments).await
    }

    /// `serve --config` with `yaml`, its writes and syncs recorded in the file `trace` by `strace`. The
    /// process is the program's own: the tracer stands beside it.
    pub async fn traced(upstream: SocketAddr, yaml: &str, trace: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), &[("tidegate.yaml", &whole(upstream, yaml))]);
        let state = folder.path().join("state").display().to_string();
        let trace = trace.display().to_string();
        // All of a write is recorded (`-s`), with the file or the ends of the socket (`-yy`).
        let tracing = ["-D", "-f", "-q", "-yy", "-s", "1000000", "-o", &trace];
        let calls = "trace=write,writev,sendto,sendmsg,pwrite64,pwritev,fdatasync,fsync";
        let serve = [BINARY, "serve", "--config", "tidegate.yaml", "--state", &state];
        let arguments: Vec<String> =
            tracing.iter().chain(&["-e", calls]).chain(&serve).map(|word| (*word).to_owned()).collect();
        let mut command = Command::new("strace");
        command.args(&arguments).current_dir(folder.path());
        Self::announced(Process::start_command(command).unwrap(), folder, arguments).await
    }

    /// Starts it again on the same state; the old process must be gone or going.
    pub async fn start_again(self) -> Self {
        let Self { process, folder, arguments, .. } = self;
        drop(process);
        let process = start(&folder, &arguments);
        Self::announced(process, folder, arguments).await
    }

    /// Its folder: configuration, and `state`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Its state folder.
    pub fn state(&self) -> PathBuf {
        self.folder().join("state")
    }

    /// A client of its own connection, from 127.0.0.1.
    pub fn client(&self) -> Client {
        self.client_from(Ipv4Addr::LOCALHOST)
    }

    /// A client of its own connection, from `source` in 127.0.0.0/8.
    pub fn client_from(&self, source: Ipv4Addr) -> Client {
        Client::new(source, &Address::new(self.address))
    }

    /// One GET over a connection of its own: status and body.
    pub async fn get(&self, target: &str) -> (u16, String) {
        let answer = self.client().send(&Ask::get(target)).await.unwrap();
        (answer.status, answer.text())
    }

    /// Sends bytes over a connection of its own and reads one answer.
    pub async fn raw(&self, bytes: &[u8]) -> RawAnswer {
        let mut client = RawClient::connect(self.address).await.unwrap();
        client.send(bytes).await.unwrap();
        client.answer().await.unwrap().unwrap()
    }

    /// Asks the admin socket: status and body.
    pub async fn admin(&self, path: &str) -> (u16, String) {
        admin(&self.state(), path).await
    }

    /// The sum of a metric's samples that hold `labels`.
    pub async fn metric(&self, name: &str, labels: &str) -> f64 {
        let (_, text) = self.admin("/metrics").await;
        let samples = text.lines().filter(|line| line.starts_with(name) && line.contains(labels));
        samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Lines of the log whose message begins with `message`.
    pub fn log(&self, message: &str) -> Vec<Value> {
        self.process
            .err()
            .iter()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter(|line| line["message"].as_str().is_some_and(|text| text.starts_with(message)))
            .collect()
    }

    /// Waits until the log has `many` lines whose message begins with `message`.
    pub async fn logged(&self, message: &str, many: usize) -> Vec<Value> {
        eventually(&format!("{many} log lines `{message}`"), || {
            let found = self.log(message);
            (found.len() >= many).then_some(found)
        })
        .await
    }

    /// Writes files into its folder and tells it to read the configuration again; whether it did.
    pub async fn reload(&mut self, files: &[(&str, &str)]) -> bool {
        let told = |gate: &Self| gate.log("reload").len();
        let before = told(self);
        write(self.folder(), files);
        self.process.signal(Signal::HangUp).unwrap();
        eventually("the end of a reload", || (told(self) > before).then_some(())).await;
        self.log("reload").last().unwrap()["message"] == "reloaded"
    }

    /// Asks it to stop and waits for its end, so that its ledger is whole.
    pub async fn stop(&mut self) {
        self.process.signal(Signal::Terminate).unwrap();
        assert!(self.process.ended(PATIENCE).await.unwrap().success(), "{:?}", self.process.err());
    }

    /// What `tidegate ledger QUESTION` prints as JSON.
    pub fn ledger(&self, question: &[&str]) -> Value {
        let ran = self.ledger_text(&[question, &["--format", "json"]].concat());
        serde_json::from_slice(&ran.stdout).unwrap_or_else(|_| panic!("{}", text(&ran.stderr)))
    }

    /// What its ledger accounts for: people at least and at most.
    pub fn accounted(&self) -> (u64, u64) {
        let subjects = &self.ledger(&["exposure"])["account"]["subjects"];
        (subjects["at_least"].as_u64().unwrap(), subjects["at_most"].as_u64().unwrap())
    }

    /// Runs `tidegate ledger QUESTION` on its state.
    pub fn ledger_text(&self, question: &[&str]) -> Output {
        let state = self.state().display().to_string();
        tidegate([&["ledger"], question, &["--state", &state]].concat())
    }

    /// Every entry of its ledger.
    pub fn exported(&self) -> Vec<Value> {
        let ran = self.ledger_text(&["export"]);
        assert!(ran.status.success(), "{}", text(&ran.stderr));
        text(&ran.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Starts the program in `folder`, so that nothing is written elsewhere.
fn start(folder: &TempDir, arguments: &[String]) -> Process {
    let mut command = Command::new(BINARY);
    command.args(arguments).current_dir(folder.path());
    Process::start_command(command).unwrap()
}

/// `yaml` with a listener on a free port and one upstream, unless it names its own.
pub fn whole(upstream: SocketAddr, yaml: &str) -> String {
    let upstreams = match yaml.contains("upstreams:") {
        true => yaml.replace("UPSTREAM", &format!("http://{upstream}")),
        false => format!("upstreams:\n  shop: {{url: \"http://{upstream}\"}}\n{yaml}"),
    };
    format!("listen: 127.0.0.1:0\ndirect: true\n{upstreams}\n")
}

/// `yaml` with the demo's issuer, whose key set is the file `jwks.json`, and its role `staff`.
pub fn identifying(yaml: &str) -> String {
    format!(
        "{yaml}\nidentify:\n  issuers:\n    - issuer: {}\n      audience: {}\n      jwks: jwks.json\n      \
         roles: [{{claim: roles, is: staff, role: staff}}]\n",
        keys::ISSUER,
        keys::AUDIENCE
    )
}

/// Asks the admin socket in the folder `state`: status and body.
pub async fn admin(state: &Path, path: &str) -> (u16, String) {
    let mut stream = tokio::net::UnixStream::connect(state.join("admin.sock")).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let status = text.split(' ').nth(1).unwrap().parse().unwrap();
    (status, text.split_once("\r\n\r\n").unwrap().1.to_owned())
}

/// Writes files into `folder`.
pub fn write(folder: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// Runs the program to its end in a folder of its own.
pub fn tidegate(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Output {
    let folder = tempfile::tempdir().unwrap();
    Command::new(BINARY).args(arguments).current_dir(folder.path()).output().unwrap()
}

/// Bytes that a program printed.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Looks every few milliseconds until `look` finds something.
pub async fn eventually<T>(what: &str, look: impl Fn() -> Option<T>) -> T {
    let until = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < until, "{what} did not come within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// One synthetic person.
pub fn person(id: usize) -> Value {
    json!({ "id": id, "name": format!("Ada Person{id}"), "email": email(id), "phone": format!("+49 30 {:07}", 1_000_000 + id) })
}

/// The e-mail of a synthetic person.
pub fn email(id: usize) -> String {
    format!("ada.person{id}@mail.example")
}

/// A page of synthetic people.
pub fn people(ids: std::ops::Range<usize>) -> String {
    Value::Array(ids.map(person).collect()).to_string()
}

/// How many different people a text discloses.
pub fn disclosed(text: &str) -> usize {
    let marks = text.match_indices("ada.person").filter_map(|(at, _)| text[at..].split_once('@'));
    marks.map(|(name, _)| name).collect::<std::collections::HashSet<_>>().len()
}

/// A valid token of the demo's issuer for a customer.
pub fn token(subject: usize) -> String {
    keys::token(&subject.to_string(), "customer").unwrap()
}
