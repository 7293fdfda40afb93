//! `cargo xtask bench gateway`: what the gate costs, beside what people would otherwise put there.
//!
//! 10,000 token holders read their own records (one body repeated would be the attack) with wrk;
//! each proxy runs alone on one core, upstream and wrk on the other; the contenders take turns.
//! The upstream is nginx, which answers each customer's path with that customer's record.
//!
//! The bench fails when it did not do the work: every answer must be 200, the ledger's account must
//! add up to the records that wrk received, and policies must have been evaluated.

mod figures;
pub(crate) mod hunt;
mod proxies;
mod tokens;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

pub(crate) use proxies::{machine, on_path};

use figures::{Load, Round};
use proxies::{Contender, Running};

/// Token holders in the load.
pub(crate) const HOLDERS: u32 = 10_000;

/// How the bench is run.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// Seconds of load per contender and round.
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Rounds; contenders take turns within each.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Connections that wrk keeps open.
    #[arg(long, default_value_t = 64)]
    connections: u32,
}

/// Runs all contenders in turn and prints medians, ratios and the machine.
pub(crate) fn run(settings: &Settings) -> Result<()> {
    for tool in ["wrk", "nginx", "haproxy", "taskset"] {
        ensure!(
            proxies::on_path(tool),
            "`{tool}` is missing; install Debian's packages wrk, nginx-light, haproxy, util-linux"
        );
    }
    let root = crate::tidy::root()?;
    let work = tempfile::tempdir().context("make a folder for the bench")?;
    proxies::build(&root)?;
    let keys = tokens::Keys::generate()?;
    keys.write(work.path())?;
    let script = work.path().join("load.lua");
    std::fs::write(&script, LUA).context("write wrk's script")?;
    let upstream = proxies::upstream(work.path())?;

    let contenders = Contender::all();
    let mut rounds: Vec<Round> = Vec::new();
    for nth in 0..settings.rounds {
        for contender in &contenders {
            let state = work.path().join(format!("state-{nth}-{}", contender.word()));
            let mut running = contender.start(&root, work.path(), &state, upstream.port())?;
            let status = proxies::barred(&running, work.path())?;
            let expected = if contender.is_full() { 403 } else { 200 };
            ensure!(
                status == expected,
                "{}: the barred holder got {status}, not {expected}",
                contender.word()
            );
            warm_up(&running, &script, work.path(), settings.connections)?;
            let load = figures::load(&running, &script, work.path(), settings.seconds, settings.connections)?;
            assert_work(*contender, &load)?;
            running.stop()?;
            if contender.is_full() {
                assert_account(&root, &state, &running)?;
            }
            rounds.push(Round { contender: *contender, load });
        }
    }
    drop(upstream);
    figures::print(&rounds, work.path())
}

/// Loads until one run went round all token holders, so that what each of them costs only once (the
/// signature, the first entry of the hour) is behind on a slow machine too; likewise for everybody.
fn warm_up(running: &Running, script: &Path, work: &Path, connections: u32) -> Result<()> {
    for secs in [1, 2, 4, 8, 16, 32] {
        let load = figures::load(running, script, work, secs, connections)?;
        if load.requests >= u64::from(HOLDERS) {
            return Ok(());
        }
    }
    bail!("no warm-up of up to 32 s went round {HOLDERS} token holders: the machine is too busy")
}

/// Every answer must be 200: a proxy that refuses is fast and useless.
fn assert_work(contender: Contender, load: &Load) -> Result<()> {
    if load.not_ok > 0 || load.requests < 1000 {
        bail!("{}: {} of {} answers were not 200", contender.word(), load.not_ok, load.requests);
    }
    Ok(())
}

/// The account must name every record that was served, counted over warm-up and load.
fn assert_account(root: &Path, state: &Path, running: &Running) -> Result<()> {
    let account = proxies::account(&root.join("target/release/tidegate"), state)?;
    let served = running.served();
    ensure!(
        account.disclosures >= served,
        "the ledger accounts for {} disclosures, wrk received {served} records",
        account.disclosures
    );
    ensure!(account.others == 0, "records of {} people are accounted as read by others", account.others);
    ensure!(account.own <= u64::from(HOLDERS), "more owners than there are: {}", account.own);
    Ok(())
}

/// The folder of a work file, for the helpers below.
pub(crate) fn inside(folder: &Path, name: &str) -> PathBuf {
    folder.join(name)
}

/// Each connection of wrk walks the token holders from its own start; a request reads the holder's
/// own record with the holder's own token. Counts answers that are not 200.
const LUA: &str = r#"
local tokens = {}
for line in io.lines(os.getenv("TIDEGATE_BENCH_TOKENS")) do tokens[#tokens + 1] = line end
local at = math.random(#tokens)
local threads = {}
function setup(thread) thread:set("id", #threads); table.insert(threads, thread) end
function init(args) math.randomseed(os.time() + id); at = math.random(#tokens); bad = 0 end
function request()
  at = at % (#tokens - 1) + 1
  return wrk.format("GET", "/v1/customers/" .. at, { ["Authorization"] = "Bearer " .. tokens[at], ["Host"] = "api.example" })
end
function response(status) if status ~= 200 then bad = bad + 1 end end
function done(summary, latency)
  local not_ok = 0
  for _, thread in ipairs(threads) do not_ok = not_ok + (thread:get("bad") or 0) end
  local errors = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  io.write(string.format("figures %d %d %d %d %d %d\n", summary.requests, summary.duration, latency:percentile(50), latency:percentile(99), not_ok, errors))
end
"#;
