//! The gateway of a demo run: this program in a process of its own, on loopback.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result};
use domain::{DetectorId, Mode};
use ledger::{Account, Filter};
use respond::Rung;
use store::{FileSystem, LedgerReader, Reading};
use testkit::attacker::Restart;
use testkit::client::Address;
use testkit::places::EDGE;
use testkit::process::{Process, Signal, listening};
use testkit::scenario::{
    CANARIES, Declared, HASTE, PARTNER_BUDGET, STAFF_BUDGET, Scenario, Setting, everything_public,
    objects_limited,
};
use testkit::shop::{Shop, keys};

/// The shop's specification with the intent of every door.
const SPECIFICATION: &str = include_str!("../../../../../examples/shop.openapi.yaml");

/// How long the gateway may take to listen.
const PATIENCE: Duration = Duration::from_secs(20);

/// A gateway process with its state, in a temporary folder.
pub(super) struct DemoGateway {
    folder: tempfile::TempDir,
    arguments: Vec<String>,
    process: Mutex<Option<Process>>,
    address: Address,
    log: LogPart,
}

/// The end of an exchange log: what was written since it had so many bytes.
pub(super) struct LogPart {
    pub(super) path: PathBuf,
    pub(super) begins: u64,
}

impl LogPart {
    fn after_now(path: PathBuf) -> Self {
        let begins = std::fs::metadata(&path).map_or(0, |file| file.len());
        Self { path, begins }
    }
}

impl DemoGateway {
    /// Starts the gateway before `shop`, declared as `scenario` says.
    pub(super) async fn start(
        shop: &Shop,
        scenario: &Scenario,
        mode: Mode,
        without: &Without,
        exchange_log: Option<&Path>,
    ) -> Result<Arc<Self>> {
        let folder = tempfile::tempdir().context("make a folder for the demo")?;
        let state = folder.path().join("state");
        let upstream = format!("http://{}", shop.address());
        let mut arguments: Vec<String> = vec!["demo-gateway".into()];
        match mode {
            Mode::Guard | Mode::Observe => {
                arguments.extend(["--upstream".into(), upstream, "--guard".into()]);
                arguments.extend(["--listen".into(), "127.0.0.1:0".into()]);
                match scenario.setting {
                    Setting::BehindProxy => arguments.extend(["--trust".into(), format!("{EDGE}/32")]),
                    _ => arguments.push("--direct".into()),
                }
                let sections = sections(scenario, shop, without);
                if !sections.is_empty() {
                    let file = folder.path().join("tidegate.yaml");
                    std::fs::write(&file, sections).context("write the configuration")?;
                    arguments.extend(["--config".into(), file.display().to_string()]);
                }
            }
            Mode::Enforce => {
                let file = declare(folder.path(), &upstream, scenario, &sections(scenario, shop, without))?;
                arguments.extend(["--config".into(), file.display().to_string()]);
            }
        }
        if scenario.setting == Setting::Hurried {
            arguments.extend(["--hurry".into(), HASTE.to_string()]);
        }
        arguments.extend(["--state".into(), state.display().to_string()]);
        let log = exchange_log.map_or_else(|| folder.path().join("exchanges.ndjson"), Path::to_owned);
        let log = LogPart::after_now(log);
        arguments.extend(["--exchange-log".into(), log.path.display().to_string()]);
        let (process, address) = launch(&arguments).await?;
        Ok(Arc::new(Self {
            folder,
            arguments,
            process: Mutex::new(Some(process)),
            address: Address::new(address),
            log,
        }))
    }

    /// Where it listens; moves when it is restarted.
    pub(super) fn address(&self) -> Address {
        self.address.clone()
    }

    /// Its state folder.
    pub(super) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    /// What it writes into its exchange log.
    pub(super) fn exchange_log(&self) -> &LogPart {
        &self.log
    }

    /// Kills it without warning and starts it again on the same state.
    pub(super) fn restart_hook(self: &Arc<Self>) -> Restart {
        let gateway = Arc::clone(self);
        Arc::new(move || {
            let gateway = Arc::clone(&gateway);
            Box::pin(async move { gateway.restart().await })
        })
    }

    async fn restart(&self) -> Result<()> {
        if let Some(mut process) = self.take() {
            process.kill().context("kill the gateway")?;
        }
        let (process, address) = launch(&self.arguments).await?;
        self.address.move_to(address);
        *self.process.lock().unwrap_or_else(PoisonError::into_inner) = Some(process);
        Ok(())
    }

    /// Asks it to drain and waits for its end.
    pub(super) async fn stop(&self) -> Result<()> {
        if let Some(mut process) = self.take() {
            process.signal(Signal::Terminate).context("stop the gateway")?;
            process.ended(PATIENCE).await.context("wait for the gateway to drain")?;
        }
        Ok(())
    }

    /// The account of what left; `None` when nothing personal did.
    pub(super) fn account(&self) -> Result<Option<(Account, Reading)>> {
        let reader = LedgerReader::open(&self.state(), &FileSystem).context("open the ledger")?;
        let (account, reading) = reader.account(&Filter::default()).context("read the ledger")?;
        Ok((account.subjects.at_most > 0).then_some((account, reading)))
    }

    fn take(&self) -> Option<Process> {
        self.process.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

async fn launch(arguments: &[String]) -> Result<(Process, std::net::SocketAddr)> {
    let binary = std::env::current_exe().context("find this program")?;
    let mut process = Process::start(binary, arguments)?;
    let address = process.line(PATIENCE, listening).await.context("wait for the gateway to listen")?;
    Ok((process, address))
}

/// What is switched off in the gateway.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Without {
    detectors: Vec<&'static str>,
    steps: Vec<&'static str>,
    actions: bool,
}

impl Without {
    /// From names on the command line.
    ///
    /// # Errors
    /// The first that names nothing.
    pub(super) fn of(names: &[String]) -> Result<Self, String> {
        let mut without = Self::default();
        for name in names {
            let detector = DetectorId::ALL.into_iter().map(DetectorId::word).find(|word| word == name);
            let step = STEPS.into_iter().map(Rung::word).find(|word| word == name);
            match (detector, step) {
                (Some(detector), _) => without.detectors.push(detector),
                (None, Some(step)) => without.steps.push(step),
                (None, None) if name == "actions" => without.actions = true,
                (None, None) => return Err(format!("there is no detector and no step `{name}`")),
            }
        }
        Ok(without)
    }
}

const STEPS: [Rung; 5] = [Rung::Slow, Rung::RefuseSource, Rung::RefuseKind, Rung::Quarantine, Rung::Isolate];

/// What `scenario` and `without` add to the configuration.
fn sections(scenario: &Scenario, shop: &Shop, without: &Without) -> String {
    let mut detect = Vec::new();
    if scenario.setting == Setting::Canaries {
        let everyone = shop.directory().customers();
        let canaries = CANARIES.iter().filter_map(|at| everyone.get(*at)).map(|one| one.email.as_str());
        detect.push(format!("canaries: [{}]", canaries.collect::<Vec<_>>().join(", ")));
    }
    if !without.detectors.is_empty() {
        detect.push(format!("off: [{}]", without.detectors.join(", ")));
    }
    let mut respond = Vec::new();
    if without.actions {
        respond.push("mode: off".to_owned());
    }
    if !without.steps.is_empty() {
        respond.push(format!("off: [{}]", without.steps.join(", ")));
    }
    let section = |name: &str, keys: &[String]| {
        if keys.is_empty() { String::new() } else { format!("{name}: {{{}}}\n", keys.join(", ")) }
    };
    section("detect", &detect) + &section("respond", &respond)
}

/// Writes the declarations of an enforcing gateway and gives the configuration's path.
fn declare(folder: &Path, upstream: &str, scenario: &Scenario, sections: &str) -> Result<PathBuf> {
    let specification = match scenario.declared {
        Declared::Shop => SPECIFICATION.to_owned(),
        Declared::AllPublic => everything_public(),
        Declared::ObjectsLimited => objects_limited(),
    };
    let config = format!(
        "# The demo's declarations: what `examples/tidegate.yaml` explains.\n\
         mode: enforce\n\
         listen: 127.0.0.1:0\n\
         direct: true\n\
         upstreams:\n  shop: {{url: \"{upstream}\"}}\n\
         specs: [{{file: shop.openapi.yaml}}]\n{identify}\
         budgets:\n  roles:\n    staff: [{{subjects: {STAFF_BUDGET}, per: 24h}}]\n  \
         partner: [{{subjects: {PARTNER_BUDGET}, per: 24h}}]\n{sections}",
        identify = identify(),
    );
    std::fs::write(folder.join("shop.openapi.yaml"), specification).context("write the specification")?;
    std::fs::write(folder.join("jwks.json"), keys::key_set()).context("write the key set")?;
    let file = folder.join("tidegate.yaml");
    std::fs::write(&file, config).context("write the configuration")?;
    Ok(file)
}

/// Who issues the tokens and keys of the demo shop, as a part of a configuration with `jwks.json` beside it.
pub(crate) fn identify() -> String {
    let partners: String = keys::PARTNERS
        .iter()
        .map(|(name, key)| {
            format!("    - {{name: {name}, partner: {name}, digest: \"sha256:{}\"}}\n", hex(key))
        })
        .collect();
    format!(
        "identify:\n  issuers:\n    - issuer: {issuer}\n      audience: {audience}\n      jwks: jwks.json\n      \
         roles: [{{claim: roles, is: staff, role: staff}}]\n  api_keys:\n{partners}",
        issuer = keys::ISSUER,
        audience = keys::AUDIENCE,
    )
}

fn hex(key: &str) -> String {
    use sha2::Digest;
    let digest: [u8; 32] = sha2::Sha256::digest(key.as_bytes()).into();
    digest.iter().fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"))
}
