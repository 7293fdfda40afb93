//! Runs what was derived: the attack as the report tells it, against the demo shop, through gateways of this
//! program, and over the log of one of them with the derived rules.
//!
//! Everything is on loopback and in a temporary folder, bounded in requests and in time. The attack comes
//! first, request after request, so that its figures are the same in every run; honest people come after it.

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use countermeasures::replay::{Asks, Figures, Innocents, Plan, Replay, RuleSeen, plan};
use countermeasures::{Measures, patch};
use testkit::attacker::{Bounds, Field, harvest_of, no_restart};
use testkit::client::{Address, Ask, Client};
use testkit::directory::{Directory, FIRST_CUSTOMER, FIRST_ORDER};
use testkit::people::{Counts, Crowd, PATIENCE, Progress, Town, live};
use testkit::places::{ATTACKER, is_attackers};
use testkit::process::{Process, Signal, listening};
use testkit::shop::{DOORS, Shop, keys};
use testkit::truth::Truth;

use crate::commands::demo::gateway::identify;

/// The shop's people are these.
const SEED: u64 = 1;
/// How long a gateway may take to listen, or to drain.
const GATEWAY: Duration = Duration::from_secs(30);
/// How long all runs of one report may take.
const LONGEST: Duration = Duration::from_secs(240);
/// Longest line of the exchange log that is read; the gateway writes no longer ones.
const MOST_LINE: u64 = 1 << 20;

/// Replays what `measures` derived; `program` is Tidegate.
///
/// # Errors
/// The machinery failed. That there is nothing to replay, or that a patch does not help, is no error.
pub fn run(program: &Path, measures: &Measures) -> Result<Replay> {
    let doors: Vec<(&str, &str)> = DOORS.iter().map(|(_, method, path)| (*method, *path)).collect();
    let plan = match plan(&measures.facts, &doors) {
        Ok(plan) => plan,
        Err(why) => return Ok(Replay::NotReplayed { why }),
    };
    let runtime =
        tokio::runtime::Builder::new_multi_thread().enable_all().build().context("start the runtime")?;
    runtime.block_on(async {
        match tokio::time::timeout(LONGEST, replay(program, measures, plan)).await {
            Ok(figures) => Ok(Replay::of(figures?)),
            Err(_) => Ok(Replay::NotReplayed { why: "it took too long on this machine".to_owned() }),
        }
    })
}

async fn replay(program: &Path, measures: &Measures, plan: Plan) -> Result<Figures> {
    let shop = Shop::start(SEED).await.context("start the shop")?;
    let truth = Arc::new(Truth::of(shop.directory()));
    let stage = Stage { program, shop: &shop, truth, plan: &plan };
    let watched = stage.act("mode: observe\n", &[]).await.context("watch the attack")?;
    let rules = seen(measures, &watched.log)?;
    let files: Vec<(String, String)> =
        measures.patches.iter().map(|patch| (format!("{}.cedar", patch.id), patch.cedar.clone())).collect();
    let patched = if files.is_empty() {
        None
    } else {
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        let config = format!("mode: guard\npatches: [{}]\n", names.join(", "));
        Some(stage.act(&config, &files).await.context("run the patch")?)
    };
    let intended = match patch::intent(&measures.facts, &[], "") {
        Some(intent) => Some(stage.act(&intent, &[]).await.context("run the intent")?),
        None => None,
    };
    let leaked = |run: &Option<Act>| run.as_ref().map(|run| run.leaked);
    let innocents = |run: &Option<Act>| run.as_ref().map(|run| run.innocents.clone());
    Ok(Figures {
        leaked_without: watched.leaked,
        leaked_with_patch: leaked(&patched),
        leaked_with_intent: leaked(&intended),
        innocents_with_patch: innocents(&patched),
        innocents_with_intent: innocents(&intended),
        rules,
        endpoint: plan.endpoint.to_string(),
        asks: plan.asks,
        batch: plan.batch,
        requests: plan.requests,
        assumed: plan.assumed.iter().map(|what| (*what).to_owned()).collect(),
    })
}

/// Shop, attack and program of all runs.
struct Stage<'s> {
    program: &'s Path,
    shop: &'s Shop,
    truth: Arc<Truth>,
    plan: &'s Plan,
}

/// What came of one run.
struct Act {
    /// People whose records the attacker held.
    leaked: u64,
    /// What honest people met.
    innocents: Innocents,
    /// The exchange log.
    log: Vec<domain::Exchange>,
}

impl Stage<'_> {
    /// One gateway with `config`, and with `files` beside it.
    async fn act(&self, config: &str, files: &[(String, String)]) -> Result<Act> {
        let folder = tempfile::tempdir().context("make a folder for the replay")?;
        let at = |name: &str| folder.path().join(name);
        for (name, text) in files {
            fs::write(at(name), text).context("write a patch")?;
        }
        fs::write(at("jwks.json"), keys::key_set()).context("write the key set")?;
        let direct = if config.contains("\ndirect:") { "" } else { "direct: true\n" };
        // What the gateway does about incidents by itself is off: the figures are those of patch and intent.
        let alone = "listen: 127.0.0.1:0\nrespond: {mode: off}\n";
        let whole = format!("{config}{alone}{direct}{}", identify());
        fs::write(at("tidegate.yaml"), whole).context("write the configuration")?;
        let upstream = format!("http://{}", self.shop.address());
        let paths = [at("tidegate.yaml"), at("state"), at("exchanges.ndjson")];
        let [config, state, log] = paths.each_ref().map(|path| path.display().to_string());
        let arguments = [
            ["demo-gateway", "--config", &config, "--upstream", &upstream].as_slice(),
            &["--state", &state, "--exchange-log", &log],
        ]
        .concat();
        let mut gateway = Process::start(self.program, &arguments)?;
        let address = gateway
            .line(GATEWAY, listening)
            .await
            .with_context(|| format!("wait for the gateway to listen: {}", gateway.err().join(" ")))?;
        let address = Address::new(address);
        let leaked = self.attack(&address).await;
        let crowd = self.crowd(address);
        let people = live(&crowd, &Progress::default()).await.benign();
        gateway.signal(Signal::Terminate).context("stop the gateway")?;
        gateway.ended(GATEWAY).await.context("wait for the gateway to drain")?;
        let log = exchanges(&at("exchanges.ndjson")).context("read the exchange log")?;
        let innocents =
            Innocents { requests: people.sent, refused: people.refused, because: because(&log, &people) };
        Ok(Act { leaked, innocents, log })
    }

    async fn attack(&self, address: &Address) -> u64 {
        let field = Field {
            server: address.clone(),
            directory: Arc::clone(self.shop.directory()),
            truth: Arc::clone(&self.truth),
            signs_up: false,
            seed: SEED,
            bounds: Bounds { time: Duration::from_secs(60), ..Bounds::default() },
            restart: no_restart(),
            minute: None,
        };
        // Objects of others are read with an account of one's own; the account is nothing that is counted.
        let token = match self.plan.asks {
            Asks::Path => account(address).await,
            Asks::Pages | Asks::Query => None,
        };
        let (plan, directory) = (self.plan.clone(), Arc::clone(self.shop.directory()));
        let shots = usize::try_from(plan.requests).unwrap_or(usize::MAX);
        let harvest = harvest_of(&field, shots, 1, move |turn| {
            let ask = ask(&plan, &directory, turn);
            token.iter().fold(ask, |ask, token| ask.bearer(token))
        });
        u64::try_from(harvest.await.customers).unwrap_or(u64::MAX)
    }

    fn crowd(&self, server: Address) -> Crowd {
        Crowd {
            town: Town::Harbour,
            server,
            directory: Arc::clone(self.shop.directory()),
            truth: Arc::clone(&self.truth),
            seed: SEED,
            identified: true,
            with_staff: false,
            patience: PATIENCE,
            beside: Vec::new(),
            nobody: Vec::new(),
        }
    }
}

/// The token of a fresh account.
async fn account(address: &Address) -> Option<String> {
    let ask = Ask::post("/api/signup", r#"{"name":"Mallory","email":"mallory@example.net","password":"m"}"#);
    let answer = Client::new(ATTACKER, address).send(&ask).await.ok()?;
    answer.json().get("access_token")?.as_str().map(str::to_owned)
}

/// The request of this `turn`, from 0.
fn ask(plan: &Plan, directory: &Directory, turn: usize) -> Ask {
    let n = u64::try_from(turn).unwrap_or(u64::MAX);
    let path = plan.endpoint.template().as_str();
    let posts = plan.endpoint.method().as_str() == "POST";
    match plan.asks {
        Asks::Pages if posts => Ask::post(path, format!(r#"{{"page":{},"size":{}}}"#, n + 1, plan.batch)),
        Asks::Pages => Ask::get(format!("{path}?page={}&size={}", n + 1, plan.batch)),
        Asks::Query => Ask::get(format!("{path}?id={}", FIRST_CUSTOMER + n)),
        Asks::Path => {
            let before = path.split('{').next().unwrap_or(path);
            let id = match before {
                "/api/orders/" => (FIRST_ORDER + n).to_string(),
                "/api/profiles/" => {
                    directory.customers().get(turn).map(|one| one.uuid.clone()).unwrap_or_default()
                }
                _ => (FIRST_CUSTOMER + n).to_string(),
            };
            Ask::get(format!("{before}{id}"))
        }
    }
}

/// Why honest people were refused, by the log; only where some were.
fn because(log: &[domain::Exchange], people: &Counts) -> BTreeMap<String, u64> {
    let mut because = BTreeMap::new();
    for exchange in log.iter().filter(|exchange| people.refused > 0 && !is_attackers(exchange.client)) {
        if let domain::Outcome::Refused(kind) = exchange.outcome {
            let door = format!("{} at {}", kind.word(), exchange.endpoint);
            *because.entry(door).or_insert(0) += 1;
        }
    }
    because
}

fn exchanges(path: &Path) -> Result<Vec<domain::Exchange>> {
    let mut lines = BufReader::new(fs::File::open(path)?);
    let (mut exchanges, mut line) = (Vec::new(), String::new());
    while std::io::Read::take(&mut lines, MOST_LINE).read_line(&mut line)? > 0 {
        exchanges.push(report::exchange::parse(line.trim_end())?);
        line.clear();
    }
    Ok(exchanges)
}

/// What each derived rule says of `log`.
fn seen(measures: &Measures, log: &[domain::Exchange]) -> Result<Vec<RuleSeen>> {
    let mut found = Vec::new();
    for rule in measures.rules.iter().filter(|rule| !rule.reads_web_logs) {
        let text = rule.yaml();
        let loaded = sigma::load(&[sigma::File { name: rule.name, text: &text }], SEED);
        anyhow::ensure!(!loaded.has_errors(), "the derived rule `{}` cannot be read", rule.name);
        let mut rules = loaded.rules;
        let (mut first, mut innocents, mut requests, mut people) = (None, 0, 0, 0);
        for (line, exchange) in (1..).zip(log) {
            let attackers = is_attackers(exchange.client);
            if attackers {
                requests += 1;
                people += u64::from(exchange.strangers);
            }
            let spoke = !rules.matches(&sigma::Event::of(exchange), exchange.at).is_empty();
            if spoke && !attackers {
                innocents += 1;
            } else if spoke && first.is_none() {
                first = Some((line, requests, people));
            }
        }
        found.push(RuleSeen {
            rule: format!("sigma/{}.yml", rule.name),
            line: first.map(|(line, _, _)| line),
            requests: first.map(|(_, requests, _)| requests),
            leaked: first.map(|(_, _, people)| people),
            innocents,
        });
    }
    Ok(found)
}
