//! `cargo xtask bench hunt`: lines a second of `tidegate hunt` on one core and on two, all detectors and
//! the shipped rules on, for combined lines, for JSON and for gzip; beside `wc -l` and GoAccess on the same
//! file.
//!
//! The released program is run as a process, the contenders take turns within each round. The bench
//! fails when one did not do the work: each must have counted every line, and the hunt must name the one
//! who walks through the orders, and the rule that speaks. It does not fail for a missed mark, which it
//! says: lines a second of time on a core move with what else the machine does, ratios hardly.

mod made;

use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use testkit::logs::{RENDERERS, Renderer};

use super::proxies::{machine, on_path};
use crate::measured::{self, Reading, least_and_median};

/// Combined lines a second and core.
const MARK: f64 = 1_000_000.0;
/// How GoAccess is told of nginx's JSON.
const JSON_FORMAT: &str = r#"{"time_iso8601":"%dT%t+%^","msec":"%^","remote_addr":"%h","remote_user":"%^","request_method":"%m","request_uri":"%U","status":"%s","body_bytes_sent":"%b","http_user_agent":"%u"}"#;

/// How the bench is run.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// Lines of the log.
    #[arg(long, default_value_t = 2_000_000)]
    lines: u64,
    /// Rounds; contenders take turns within each.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Only this input.
    #[arg(long, value_enum)]
    only: Option<Form>,
    /// Measure this program instead of the released one of this tree.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Only write the logs, and say where.
    #[arg(long)]
    only_logs: bool,
}

/// What is read.
#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Combined,
    Json,
    Gzip,
}

impl Form {
    const ALL: [Self; 3] = [Self::Combined, Self::Json, Self::Gzip];

    const fn word(self) -> &'static str {
        match self {
            Self::Combined => "combined",
            Self::Json => "JSON",
            Self::Gzip => "combined in gzip",
        }
    }

    const fn file(self) -> &'static str {
        match self {
            Self::Combined => "access.log",
            Self::Json => "access.json",
            Self::Gzip => "packed.gz",
        }
    }
}

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Contender {
    Wc,
    GoAccess,
    HuntOnOne,
    HuntOnTwo,
}

impl Contender {
    const ALL: [Self; 4] = [Self::Wc, Self::GoAccess, Self::HuntOnOne, Self::HuntOnTwo];

    const fn word(self) -> &'static str {
        match self {
            Self::Wc => "wc -l",
            Self::GoAccess => "goaccess",
            Self::HuntOnOne => "hunt, one core",
            Self::HuntOnTwo => "hunt, two cores",
        }
    }

    fn command(self, program: &Path, form: Form, log: &Path, out: &Path) -> Command {
        let cores = if self == Self::HuntOnTwo { "0,1" } else { "0" };
        let mut command = Command::new("taskset");
        command.args(["-c", cores]);
        // The shell takes both names as its arguments: neither is read as a command.
        let shell = |command: &mut Command, script: &str| {
            command.args(["sh", "-c", script, "sh"]).arg(log);
        };
        match (self, form) {
            (Self::Wc, Form::Gzip) => shell(&mut command, "gzip -dc \"$1\" | wc -l"),
            (Self::Wc, _) => shell(&mut command, "wc -l < \"$1\""),
            (Self::GoAccess, Form::Gzip) => {
                shell(
                    &mut command,
                    "gzip -dc \"$1\" | goaccess - --no-global-config --no-progress --log-format=COMBINED -o \"$2\"",
                );
                command.arg(goaccess_out(out));
            }
            (Self::GoAccess, _) => {
                command
                    .arg("goaccess")
                    .arg(log)
                    .args(["--no-global-config", "--no-progress", "-o"])
                    .arg(goaccess_out(out));
                if form == Form::Json {
                    command.args([
                        "--date-format=%Y-%m-%d",
                        "--time-format=%H:%M:%S",
                        "--log-format",
                        JSON_FORMAT,
                    ]);
                } else {
                    command.arg("--log-format=COMBINED");
                }
            }
            (Self::HuntOnOne | Self::HuntOnTwo, _) => {
                command.arg(program).arg("hunt").arg(log).args(["--format", "json"]);
            }
        }
        command
    }

    /// Whether it read all of the log, and found what stands in it.
    fn assert_work(self, out: &Path, lines: u64) -> Result<()> {
        let read =
            |path: &Path| std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()));
        let json = |path: &Path| -> Result<Value> {
            serde_json::from_str(&read(path)?).context("read what it found")
        };
        match self {
            Self::Wc => {
                let counted = read(out)?.trim().parse::<u64>().context("read the count")?;
                ensure!(counted == lines, "wc counted {counted} lines of {lines}");
            }
            Self::GoAccess => {
                let told = json(&goaccess_out(out))?;
                let number = |name: &str| told.pointer(&format!("/general/{name}")).and_then(Value::as_u64);
                let counted = (number("total_requests"), number("valid_requests"));
                ensure!(counted == (Some(lines), Some(lines)), "goaccess read {counted:?} of {lines} lines");
            }
            Self::HuntOnOne | Self::HuntOnTwo => {
                let told = json(out)?;
                let number = |name: &str| told.pointer(&format!("/totals/{name}")).and_then(Value::as_u64);
                let counted = (number("lines"), number("exchanges"), number("unreadable"));
                ensure!(
                    counted == (Some(lines), Some(lines), Some(0)),
                    "the hunt read {counted:?} of {lines} lines"
                );
                let list = |name: &str| told.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
                let thief = made::THIEF.to_string();
                let names = |one: &Value| {
                    let mut addresses = one.get("addresses").and_then(Value::as_array).into_iter().flatten();
                    addresses.any(|address| address.get("ip").and_then(Value::as_str) == Some(&thief))
                };
                let findings = list("findings");
                let walks = findings
                    .iter()
                    .filter(|one| names(one))
                    .any(|one| one.to_string().contains("sequential-ids"));
                ensure!(walks, "the hunt did not find the walk: {} findings", findings.len());
                ensure!(list("rules").iter().any(names), "no rule spoke of the walker");
            }
        }
        Ok(())
    }
}

fn goaccess_out(out: &Path) -> PathBuf {
    out.with_extension("goaccess.json")
}

/// Readings of one contender on one input.
struct Row {
    form: Form,
    contender: Contender,
    readings: Vec<Reading>,
}

/// Makes the logs, runs all contenders in turn, prints rates and ratios.
///
/// # Errors
/// When a contender cannot be run or did not do the work.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    ensure!(on_path("taskset"), "`taskset` is missing; install Debian's package util-linux");
    let root = crate::tidy::root()?;
    let work = root.join("target/bench-hunt");
    std::fs::create_dir_all(&work).with_context(|| format!("make {}", work.display()))?;
    let forms: Vec<Form> =
        Form::ALL.into_iter().filter(|form| settings.only.is_none_or(|only| only == *form)).collect();
    for form in &forms {
        made_log(settings.lines, *form, &work.join(form.file()))?;
    }
    if settings.only_logs {
        println!("{}", work.display());
        return Ok(());
    }
    let program = match &settings.program {
        Some(program) => program.clone(),
        None => {
            let built = Command::new("cargo")
                .args(["build", "--release", "--quiet", "-p", "tidegate"])
                .current_dir(&root)
                .status();
            ensure!(built.context("run cargo")?.success(), "tidegate does not build");
            root.join("target/release/tidegate")
        }
    };
    if !on_path("goaccess") {
        eprintln!("bench hunt: goaccess is not here (Debian: goaccess); it is left out");
    }
    let here = |contender: &Contender| *contender != Contender::GoAccess || on_path("goaccess");
    let mut rows: Vec<Row> = forms
        .iter()
        .flat_map(|form| {
            Contender::ALL.into_iter().filter(here).map(|contender| Row {
                form: *form,
                contender,
                readings: Vec::new(),
            })
        })
        .collect();
    let out = work.join("out");
    for _ in 0..settings.rounds.max(1) {
        for Row { form, contender, readings } in &mut rows {
            let mut command = contender.command(&program, *form, &work.join(form.file()), &out);
            let who = || format!("{} on {}", contender.word(), form.word());
            // A hunt that found something ends with 1.
            readings.push(measured::run(&mut command, &out, &[0, 1]).with_context(who)?);
            contender.assert_work(&out, settings.lines).with_context(who)?;
        }
    }
    print(&rows, settings, &work);
    Ok(())
}

/// Writes the log, where it does not stand there from another run.
fn made_log(lines: u64, form: Form, path: &Path) -> Result<()> {
    let mark = path.with_added_extension("lines");
    if path.is_file() && std::fs::read_to_string(&mark).is_ok_and(|held| held == lines.to_string()) {
        return Ok(());
    }
    let word = if form == Form::Json { "nginx-json" } else { "combined" };
    let renderer: &Renderer = RENDERERS.iter().find(|one| one.word == word).context("find the renderer")?;
    let file = std::fs::File::create(path).with_context(|| format!("make {}", path.display()))?;
    let mut file = BufWriter::with_capacity(1 << 20, file);
    if form == Form::Gzip {
        // As logrotate packs it: gzip's default level.
        let mut packed = flate2::write::GzEncoder::new(&mut file, flate2::Compression::new(6));
        made::write(lines, renderer, &mut packed)?;
        packed.finish().context("pack the log")?;
    } else {
        made::write(lines, renderer, &mut file)?;
    }
    file.flush().context("write the log")?;
    std::fs::write(&mark, lines.to_string()).context("note what was written")
}

/// Prints machine, rates of the least wall and processor time, and ratios of processor time.
fn print(rows: &[Row], settings: &Settings, work: &Path) {
    println!("machine: {}; load {}", machine(), load());
    println!(
        "{} lines, {} rounds, the least of each; ratios are of processor time\n",
        settings.lines, settings.rounds
    );
    println!(
        "{:<18} {:<16} {:>12} {:>12} {:>9} {:>11} {:>7} {:>8}",
        "input", "", "lines/s", "per CPU s", "x wc", "x goaccess", "MiB", "MB"
    );
    let lines = f64::from(u32::try_from(settings.lines).unwrap_or(u32::MAX));
    for row in rows {
        let (wall, _) = least_and_median(&row.readings, Reading::wall_ms);
        let cpu = cpu(row);
        let of = |contender: Contender| {
            let other = rows.iter().find(|other| other.form == row.form && other.contender == contender);
            other.map_or_else(|| "-".to_owned(), |other| format!("{:.2}", cpu / self::cpu(other)))
        };
        let (_, memory) = least_and_median(&row.readings, Reading::memory_mib);
        let bytes = std::fs::metadata(work.join(row.form.file())).map_or(0, |found| found.len());
        println!(
            "{:<18} {:<16} {:>12.0} {:>12.0} {:>9} {:>11} {memory:>7.0} {:>8}",
            row.form.word(),
            row.contender.word(),
            lines * 1e3 / wall,
            lines * 1e3 / cpu,
            of(Contender::Wc),
            of(Contender::GoAccess),
            bytes / 1_000_000,
        );
    }
    let ours = rows.iter().find(|row| row.form == Form::Combined && row.contender == Contender::HuntOnOne);
    if let Some(row) = ours {
        let rate = lines * 1e3 / cpu(row);
        let verdict = if rate >= MARK { "met" } else { "missed" };
        println!("\nmark: {MARK:.0} combined lines a second and core: {verdict} ({rate:.0})");
    }
}

/// The least processor time of a row, in milliseconds.
fn cpu(row: &Row) -> f64 {
    least_and_median(&row.readings, Reading::cpu_ms).0
}

fn load() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}
