//! The contenders: how each is started on core 0, stopped, and read.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use testkit::ports;

use super::inside;

/// Policies about the measured operation; the second bars one token holder, who shows that they are
/// evaluated: the load leaves that holder out.
const POLICY: &str = r#"@id("own-record-only")
permit(principal is User, action in Action::"GET /v1/customers/{id}", resource);
@id("holder-10000-is-barred")
forbid(principal == User::"https://bench.example|10000", action in Action::"GET /v1/customers/{id}", resource);
"#;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Contender {
    /// nginx as a plain proxy with upstream keep-alive.
    Nginx,
    /// HAProxy as a plain proxy.
    Haproxy,
    /// Our own HTTP, nothing else: the example `pass_through` of `net`, which reads each response
    /// whole and sets the forwarding headers, as the gateway must.
    Bare,
    /// Every station on, own-record reads coalesced in the ledger (the default).
    Tidegate,
    /// Every station on, one durable ledger entry per answer: `fdatasync` is in the figure.
    TidegateNoCoalescing,
}

impl Contender {
    /// All, in the order they take turns.
    pub(crate) const fn all() -> [Self; 5] {
        [Self::Nginx, Self::Haproxy, Self::Bare, Self::Tidegate, Self::TidegateNoCoalescing]
    }

    /// Its name in tables.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Bare => "bare",
            Self::Tidegate => "tidegate",
            Self::TidegateNoCoalescing => "tidegate, no coalescing",
        }
    }

    /// Whether every station is on.
    pub(crate) const fn is_full(self) -> bool {
        matches!(self, Self::Tidegate | Self::TidegateNoCoalescing)
    }

    /// Starts it before `upstream` and waits until it answers.
    pub(crate) fn start(self, root: &Path, work: &Path, state: &Path, upstream: u16) -> Result<Running> {
        let port = ports::free();
        let release = root.join("target/release");
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]);
        match self {
            Self::Nginx => {
                let conf = inside(work, "proxy-nginx.conf");
                std::fs::write(&conf, nginx_proxy(work, port, upstream))
                    .context("write nginx's configuration")?;
                command.arg("nginx").arg("-c").arg(&conf);
            }
            Self::Haproxy => {
                let conf = inside(work, "haproxy.cfg");
                std::fs::write(&conf, haproxy(port, upstream)).context("write HAProxy's configuration")?;
                command.args(["haproxy", "-db", "-f"]).arg(&conf);
            }
            Self::Bare => {
                command.arg(release.join("examples/pass_through")).args([
                    format!("127.0.0.1:{port}"),
                    format!("http://127.0.0.1:{upstream}"),
                    "whole".into(),
                    "anew".into(),
                    "threads=1".into(),
                ]);
            }
            Self::Tidegate | Self::TidegateNoCoalescing => {
                let conf = inside(work, "tidegate.yaml");
                std::fs::write(inside(work, "bench.cedar"), POLICY).context("write the bench's policy")?;
                let text = tidegate(work, port, upstream, self == Self::Tidegate);
                std::fs::write(&conf, text).context("write Tidegate's configuration")?;
                command
                    .arg(release.join("tidegate"))
                    .arg("serve")
                    .arg("--config")
                    .arg(&conf)
                    .arg("--state")
                    .arg(state);
            }
        }
        let log = std::fs::File::create(inside(work, "contender.log")).context("make the contender's log")?;
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("start {}", self.word()))?;
        let running = Running { child, port, served: std::cell::Cell::new(0) };
        running.await_port(&inside(work, "contender.log"))?;
        Ok(running)
    }
}

/// A process that answers on a port.
pub(crate) struct Running {
    child: Child,
    port: u16,
    served: std::cell::Cell<u64>,
}

impl Running {
    /// Its port on 127.0.0.1.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Adds answers that wrk received from it.
    pub(crate) fn count(&self, answers: u64) {
        self.served.set(self.served.get() + answers);
    }

    /// Answers that wrk received from it.
    pub(crate) const fn served(&self) -> u64 {
        self.served.get()
    }

    /// CPU seconds of the process and its children so far (`/proc`, proc(5)).
    pub(crate) fn cpu_secs(&self) -> Result<f64> {
        let mut ticks = 0_u64;
        for pid in self.pids()? {
            let stat =
                std::fs::read_to_string(format!("/proc/{pid}/stat")).context("read the process's times")?;
            let after = stat.rsplit_once(") ").context("read the process's times")?.1;
            let times: Vec<u64> = after.split(' ').skip(11).take(2).filter_map(|t| t.parse().ok()).collect();
            ticks += times.iter().sum::<u64>();
        }
        Ok(f64::from(u32::try_from(ticks)?) / 100.0)
    }

    /// Largest resident memory of the process and its children, in KiB.
    pub(crate) fn peak_kib(&self) -> Result<u64> {
        let mut total = 0;
        for pid in self.pids()? {
            let status = std::fs::read_to_string(format!("/proc/{pid}/status"))
                .context("read the process's memory")?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            total += line
                .and_then(|line| line.trim().split(' ').next())
                .and_then(|kib| kib.parse::<u64>().ok())
                .unwrap_or(0);
        }
        Ok(total)
    }

    fn pids(&self) -> Result<Vec<u32>> {
        let mut pids = vec![self.child.id()];
        let mut nth = 0;
        while let Some(pid) = pids.get(nth).copied() {
            let children =
                std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
            pids.extend(children.split_whitespace().filter_map(|pid| pid.parse::<u32>().ok()));
            nth += 1;
        }
        Ok(pids)
    }

    fn await_port(&self, log: &Path) -> Result<()> {
        let patience = Instant::now() + Duration::from_secs(10);
        while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
            if Instant::now() > patience {
                bail!(
                    "nothing listens on port {}:\n{}",
                    self.port,
                    std::fs::read_to_string(log).unwrap_or_default()
                );
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Asks it to stop (SIGTERM) and waits; kills it after ten seconds.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let patience = Instant::now() + Duration::from_secs(10);
        while Instant::now() < patience {
            if self.child.try_wait()?.is_some() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().context("kill the contender")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(Some(_))) {
            return;
        }
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        std::thread::sleep(Duration::from_millis(50));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status that the barred token holder gets for the own record: 403 where policies are evaluated.
pub(crate) fn barred(running: &Running, work: &Path) -> Result<u16> {
    use std::io::{Read, Write};
    let tokens = std::fs::read_to_string(inside(work, "tokens.txt")).context("read the tokens")?;
    let token = tokens.lines().last().context("read the last token")?;
    let mut stream =
        std::net::TcpStream::connect(("127.0.0.1", running.port())).context("reach the contender")?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET /v1/customers/{} HTTP/1.1\r\nHost: api.example\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n",
        super::HOLDERS
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).context("read the contender's answer")?;
    answer.split(' ').nth(1).and_then(|status| status.parse().ok()).context("read the status")
}

/// What the ledger says after a run.
pub(crate) struct Account {
    /// People who read their own records.
    pub(crate) own: u64,
    /// People whose records went to others, at most.
    pub(crate) others: u64,
    /// Own records read, repeats included.
    pub(crate) disclosures: u64,
}

/// Reads the account with the program itself.
pub(crate) fn account(binary: &Path, state: &Path) -> Result<Account> {
    let output = Command::new(binary)
        .args(["ledger", "exposure", "--format", "json", "--state"])
        .arg(state)
        .output()
        .context("run tidegate ledger exposure")?;
    ensure!(output.status.success(), "tidegate ledger exposure: {}", String::from_utf8_lossy(&output.stderr));
    let account: serde_json::Value = serde_json::from_slice(&output.stdout).context("read the account")?;
    let number = |pointer: &str| {
        account
            .pointer(pointer)
            .and_then(serde_json::Value::as_u64)
            .with_context(|| format!("find {pointer} in the account"))
    };
    Ok(Account {
        own: number("/account/own_subjects")?,
        others: number("/account/subjects/at_most")?,
        disclosures: number("/account/reads/own")?,
    })
}

/// Whether a command can be found.
pub(crate) fn on_path(tool: &str) -> bool {
    Command::new("which").arg(tool).stdout(Stdio::null()).status().is_ok_and(|status| status.success())
}

/// Builds what is measured.
pub(crate) fn build(root: &Path) -> Result<()> {
    let built = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--quiet",
            "-p",
            "tidegate",
            "-p",
            "net",
            "--bin",
            "tidegate",
            "--example",
            "pass_through",
        ])
        .current_dir(root)
        .status()
        .context("run cargo")?;
    ensure!(built.success(), "the contenders do not build");
    Ok(())
}

/// The upstream: nginx on core 1, a record per path.
pub(crate) fn upstream(work: &Path) -> Result<Running> {
    let port = ports::free();
    let conf = inside(work, "upstream.conf");
    std::fs::write(&conf, nginx_upstream(work, port)).context("write the upstream's configuration")?;
    let log = std::fs::File::create(inside(work, "upstream.log")).context("make the upstream's log")?;
    let child = Command::new("taskset")
        .args(["-c", "1", "nginx", "-c"])
        .arg(&conf)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .spawn()
        .context("start the upstream")?;
    let running = Running { child, port, served: std::cell::Cell::new(0) };
    running.await_port(&inside(work, "upstream.log"))?;
    Ok(running)
}

/// The machine as `/proc/cpuinfo` names it.
pub(crate) fn machine() -> String {
    let model = std::fs::File::open("/proc/cpuinfo")
        .map(|file| {
            BufReader::new(file).lines().map_while(Result::ok).find(|line| line.starts_with("model name"))
        })
        .ok()
        .flatten()
        .and_then(|line| line.split_once(": ").map(|(_, model)| model.to_owned()))
        .unwrap_or_else(|| "unknown processor".to_owned());
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    format!("{model}, {cores} cores")
}

fn nginx_common(work: &Path, name: &str) -> String {
    let work = work.display();
    format!(
        "daemon off; worker_processes 1; pid {work}/{name}.pid; error_log stderr error;\n\
         events {{ worker_connections 4096; }}\n\
         http {{ access_log off; keepalive_requests 100000000; server_tokens off;\n\
         client_body_temp_path {work}/t1; proxy_temp_path {work}/t2; fastcgi_temp_path {work}/t3; uwsgi_temp_path {work}/t4; scgi_temp_path {work}/t5;\n"
    )
}

fn nginx_upstream(work: &Path, port: u16) -> String {
    let record = r#"{"id":"$1","name":"Customer Number $1","email":"customer$1@example.com","phone":"+1 555 01$1","address":{"street":"$1 Harbour Road","city":"Tidewater","zip":"90210"},"since":"2024-03-01","newsletter":true}"#;
    format!(
        "{}server {{ listen 127.0.0.1:{port} backlog=4096; location ~ ^/v1/customers/(\\d+)$ {{ default_type application/json; return 200 '{record}'; }} }} }}\n",
        nginx_common(work, "upstream")
    )
}

fn nginx_proxy(work: &Path, port: u16, upstream: u16) -> String {
    format!(
        "{}upstream shop {{ server 127.0.0.1:{upstream}; keepalive 128; }}\n\
         server {{ listen 127.0.0.1:{port} backlog=4096; location / {{ proxy_pass http://shop; proxy_http_version 1.1; proxy_set_header Connection \"\"; \
         proxy_set_header Host $host; proxy_set_header X-Forwarded-For $remote_addr; }} }} }}\n",
        nginx_common(work, "proxy")
    )
}

fn haproxy(port: u16, upstream: u16) -> String {
    format!(
        "global\n nbthread 1\n maxconn 4096\ndefaults\n mode http\n timeout connect 5s\n timeout client 30s\n timeout server 30s\n http-reuse always\n option forwardfor\n\
         frontend in\n bind 127.0.0.1:{port}\n default_backend shop\nbackend shop\n server s1 127.0.0.1:{upstream}\n"
    )
}

/// Every station on: tokens verified, a policy evaluated, ownership, limit, budget, ledger.
fn tidegate(work: &Path, port: u16, upstream: u16, coalesce: bool) -> String {
    let work = work.display();
    include_str!("tidegate.yaml")
        .replace("PORT", &port.to_string())
        .replace("UPSTREAM", &upstream.to_string())
        .replace("WORK", &work.to_string())
        .replace("COALESCE", if coalesce { "65536" } else { "0" })
}
