//! The command line: help, man page and parsing come from these definitions.
//!
//! stdout is data, stderr is talk. Exit codes: 0 clean, 1 findings, 2 the input could not be judged,
//! 3 our failure, 64 usage.

// long: help, man page and parsing of every command are one page on purpose.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use domain::{Endpoint, IpPrefix, Window};
use respond::{ActionId, IncidentId};

/// Stops API data leaks and accounts for them.
#[derive(Debug, Parser)]
#[command(name = "tidegate", version, about, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 clean, 1 findings, 2 the input could not be judged, 3 our failure, 64 usage.\n\
    Begin with `tidegate demo`, then `tidegate serve --upstream http://127.0.0.1:8080`."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Replays the incident on real sockets: a shop with a hole, an attacker, honest people.
    Demo(Demo),
    /// Runs the gateway before a service.
    Serve(Serve),
    /// The gateway of a demo run: as `serve`, but on loopback only and with the demo's published keys.
    #[command(hide = true)]
    DemoGateway(DemoGateway),
    /// Reads the exposure ledger: who received whose data.
    Ledger(Ledger),
    /// Says what happened and what is done about it, and lets a person act.
    Incident(Incident),
    /// Says for one request which door, who, which policy, limit and budget decide, and why.
    Explain(Explain),
    /// Lists endpoints: declared, shadow, zombie; who was served what, when last.
    Inventory(Inventory),
    /// Checks the configuration, prints its manual, or proposes one from recorded traffic.
    Config(Config),
    /// The deployment checklist: says what lets records out, before anything runs.
    Check(Check),
    /// Reads logs that you have and says who walked through the records, with the evidence.
    Hunt(Hunt),
    /// Sigma rules: checks them, matches them with logs, runs their samples.
    Sigma(Sigma),
    /// Reads an incident report: what happened, to whom, how much, and where the report is wrong.
    Intel(IntelGroup),
}

/// Reads an incident report, holds what was written against it, and exchanges it with a TAXII server.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct IntelGroup {
    /// What to do instead of reading a report.
    #[command(subcommand)]
    pub command: Option<IntelCommand>,
    /// The report to read.
    #[command(flatten)]
    pub read: Option<Intel>,
}

/// Commands beside reading a report. A report of such a name is read as `./verify`.
#[derive(Debug, Subcommand)]
pub enum IntelCommand {
    /// Derives everything in DIR anew from REPORT and names what differs or has no evidence in it.
    Verify(IntelVerify),
    /// Sends the bundle of DIR to a TAXII 2.1 server.
    Push(TaxiiPush),
    /// Fetches the reports of a TAXII 2.1 server into DIR, for `--library`.
    Pull(TaxiiPull),
}

/// Holds a folder of `tidegate intel -o` against its report.
#[derive(Debug, Args)]
#[command(
    after_help = "Give the options that the folder was written with, and the report under the name that it had.\n\
    The last day of patches and the figures of the replay are read from `countermeasures.json` in DIR.\n\
    Exit 0 when everything follows from the report; 1 with findings; 2 when DIR or REPORT cannot be read."
)]
pub struct IntelVerify {
    /// The folder.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The report that it was made from.
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// How it was written.
    #[command(flatten)]
    pub with: IntelWith,
    /// Do not run the replay again: its figures are those of the folder.
    #[arg(long)]
    pub no_replay: bool,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// What was said beside a report.
#[derive(Clone, Debug, Args)]
pub struct IntelWith {
    /// The day of publication (`2031-05-17`), where the report does not say it.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub published: Option<String>,
    /// How far the STIX bundle may be passed on (TLP 2.0): `clear`, `green`, `amber`, `amber+strict`, `red`.
    #[arg(long, value_name = "LABEL", default_value = "amber", value_parser = str::parse::<stix::Tlp>)]
    pub tlp: stix::Tlp,
    /// A folder of earlier bundles, of `-o` or `pull`: writes `correlation.json`, which names the nearest with
    /// the facts that they share.
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,
    /// A door of your own that the report is about.
    #[arg(long, value_name = "ENDPOINT")]
    pub endpoint: Vec<Endpoint>,
}

/// Where a TAXII server is, and who asks.
#[derive(Debug, Args)]
pub struct Taxii {
    /// The server's discovery (`https://taxii.example/taxii2/`) or an API root of it.
    #[arg(long, value_name = "URL")]
    pub taxii: String,
    /// The collection, by id. Default: the only one that can be written to (or read).
    #[arg(long, value_name = "ID")]
    pub collection: Option<String>,
    /// A file with `USER:PASSWORD` or `Bearer TOKEN` in one line. Default: the environment's
    /// `TIDEGATE_TAXII_CREDENTIALS`; without either nothing is sent.
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
    /// Certificates in PEM to trust beside the system's.
    #[arg(long, value_name = "FILE")]
    pub ca: Option<PathBuf>,
}

/// Sends a bundle.
#[derive(Debug, Args)]
#[command(
    after_help = "http goes to this machine only. Exit 0 when the server took everything, 1 when it refused something; 2 when DIR holds no bundle; 3 when it cannot be reached, or does not do its part; 64 usage."
)]
pub struct TaxiiPush {
    /// A folder of `tidegate intel -o`, or a bundle.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The server.
    #[command(flatten)]
    pub server: Taxii,
}

/// Fetches bundles.
#[derive(Debug, Args)]
#[command(
    after_help = "One file for each report, and `other.json` for what belongs to none; files of that name are replaced.\n\
    http goes to this machine only. At most 100,000 objects and 256 MiB are fetched.\n\
    Exit 0 when all is written, 3 when the server cannot be reached, or does not do its part; 64 usage."
)]
pub struct TaxiiPull {
    /// The folder to write to, which is made.
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Only what the server got after this time (`2031-05-17T00:00:00Z`).
    #[arg(long, value_name = "TIME")]
    pub added_after: Option<String>,
    /// The server.
    #[command(flatten)]
    pub server: Taxii,
}

/// Reads an incident report.
#[derive(Debug, Args)]
#[command(
    after_help = "Every claim has its place in the report; docs/intel.md describes the object that `--format json` prints, and the files of `-o`.\n\
    With -o, derived patches and rules are run: the attack as the report tells it against the demo shop, through a \
    gateway of its own, on loopback and in a temporary folder; `--no-replay` leaves that out.\n\
    A folder of reports needs -o; each report gets a folder of its own below it, those that cannot be read are named.\n\
    Exit 0 once written, whatever the report says; 2 when one cannot be read as a report, or DIR holds what is not of this command; 3 our failure, 64 usage."
)]
pub struct Intel {
    /// The report: text, Markdown, HTML, a PDF with a text layer, or an item of a JSON feed. A file, a folder of files, or `-` for stdin.
    #[arg(value_name = "REPORT")]
    pub report: PathBuf,
    /// Writes what follows from the report to this folder, which is made: all files at once, or none. A folder
    /// of an earlier run is replaced, unless something in it was added or changed.
    #[arg(long, short, value_name = "DIR", conflicts_with = "format")]
    pub out: Option<PathBuf>,
    /// The day of publication (`2031-05-17`), where the report does not say it.
    #[arg(long, value_name = "DATE", value_parser = day)]
    pub published: Option<String>,
    /// How far the STIX bundle may be passed on (TLP 2.0): `clear`, `green`, `amber`, `amber+strict`, `red`.
    #[arg(long, value_name = "LABEL", default_value = "amber", value_parser = str::parse::<stix::Tlp>)]
    pub tlp: stix::Tlp,
    /// A folder of earlier bundles, of `-o` or `pull`: writes `correlation.json`, which names the nearest with
    /// the facts that they share.
    #[arg(long, value_name = "DIR")]
    pub library: Option<PathBuf>,
    /// A door of your own that the report is about, such as `POST /api/customers`: patch, intent and queries are
    /// derived for it, in place of what the report names. May be repeated.
    #[arg(long, value_name = "ENDPOINT", requires = "out")]
    pub endpoint: Vec<Endpoint>,
    /// The last day of derived patches. Default: 30 days from now.
    #[arg(long, value_name = "DATE", value_parser = day, requires = "out")]
    pub expires: Option<String>,
    /// Do not run what was derived against the demo shop.
    #[arg(long, requires = "out")]
    pub no_replay: bool,
    /// Form of the result, without `-o`.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// # Errors
/// A sentence that shows the form.
fn day(text: &str) -> Result<String, String> {
    match text.parse::<jiff::civil::Date>() {
        Ok(day) if day.to_string() == text => Ok(text.to_owned()),
        _ => Err("write a day as `2031-05-17`".to_owned()),
    }
}

/// Replays the incident.
#[derive(Debug, Args)]
pub struct Demo {
    /// Run only this scenario (`--list` names them). Default: `post-batches`.
    #[arg(long, value_name = "NAME", conflicts_with = "all")]
    pub scenario: Option<String>,
    /// Run every scenario.
    #[arg(long)]
    pub all: bool,
    /// List the scenarios and what each does.
    #[arg(long)]
    pub list: bool,
    /// Run only in this mode. Default: both.
    #[arg(long, value_enum)]
    pub mode: Option<DemoMode>,
    /// Seed of everything that is synthetic.
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// Also write the exchange log of the guarded runs to this file (OCSF API Activity, one JSON a line).
    #[arg(long, value_name = "FILE")]
    pub exchange_log: Option<PathBuf>,
    /// Leave out a detector (docs/detect.md) or a step of the answer (`slow`, `refuse-source`, `refuse-kind`,
    /// `quarantine`, `isolate`), or `actions`: all of them. May be repeated.
    #[arg(long, value_name = "NAME")]
    pub without: Vec<String>,
    /// Keep shop and gateway running to play with, until interrupted.
    #[arg(long)]
    pub serve: bool,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// The gateway of a demo run.
#[derive(Clone, Debug, Args)]
pub struct DemoGateway {
    /// How it serves.
    #[command(flatten)]
    pub serve: Serve,
    /// How many times as fast its clock runs.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub hurry: u32,
}

/// The modes that the demo shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DemoMode {
    /// Without any configuration.
    Guard,
    /// With declared intent.
    Enforce,
}

/// Forms of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs; stable and documented in docs/output.md.
    Json,
}

/// Runs the gateway.
#[derive(Clone, Debug, Args)]
#[command(group(ArgGroup::new("before what").required(true).multiple(true).args(["config", "upstream"])))]
#[command(
    after_help = "One of --config and --upstream is needed. With both, the file counts and the flags have the last word: \
    --upstream takes the place of all its upstreams, --observe or --guard of its mode, --direct or --trust of what it says \
    about addresses. What a flag takes away from the file is a warning in the log. There is no flag for enforce: it needs a file.\n\
    Without --config the gateway observes (`--observe --direct`): budgets and policies refuse nothing, and it says what they would refuse.\n\
    SIGTERM drains and stops; SIGHUP reads the configuration again (a bad file leaves the old one in force)."
)]
pub struct Serve {
    /// Configuration file (YAML); `tidegate config default` prints one with its manual.
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The service behind the gateway, such as `http://127.0.0.1:8080`.
    #[arg(long, value_name = "URL")]
    pub upstream: Option<String>,
    /// Where to listen: `127.0.0.1:8090`. Port 0 picks a free one; the address is printed.
    #[arg(long, value_name = "ADDR", value_parser = address)]
    pub listen: Option<SocketAddr>,
    /// Let pass what budgets and policies would refuse, account for it, and say so. The default.
    #[arg(long, conflicts_with = "guard")]
    pub observe: bool,
    /// Let budgets act. Needs `--direct` or `--trust`.
    #[arg(long)]
    pub guard: bool,
    /// Clients connect directly: the peer's address is the client's.
    #[arg(long, conflicts_with = "trust")]
    pub direct: bool,
    /// Believe forwarding headers from this network. May be repeated.
    #[arg(long, value_name = "CIDR")]
    pub trust: Vec<IpPrefix>,
    /// Where the state lives (ledger, keys). Shared with `tidegate ledger`. Default: ./tidegate-state
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Write the exchange log to this file (OCSF API Activity, one JSON a line).
    #[arg(long, value_name = "FILE")]
    pub exchange_log: Option<PathBuf>,
}

/// # Errors
/// A sentence that shows the form.
fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse()
        .map_err(|_| "write an address and a port, such as `127.0.0.1:8090` or `[::1]:8090`".to_owned())
}

/// Reads the ledger.
#[derive(Debug, Args)]
pub struct Ledger {
    /// What to read.
    #[command(subcommand)]
    pub question: Question,
    /// Where the state lives.
    #[arg(long, value_name = "DIR", default_value = "./tidegate-state", global = true)]
    pub state: PathBuf,
}

/// Questions to the ledger.
#[derive(Debug, Subcommand)]
pub enum Question {
    /// Who received data about this person: an id (`customer/1042`), e-mail or phone.
    ///
    /// An id stands in the ledger under the name of its resource in singular. `customers/1042`, a path or
    /// a URL are read so; a bare `1042` is tried under the resources of every endpoint on record. A phone
    /// needs its country code.
    Subject {
        /// The person, as the API names them.
        value: String,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// What this client received: an address or a network.
    Client {
        /// An address or a network in CIDR notation.
        value: IpPrefix,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// What this principal received.
    ///
    /// The ledger keeps no names, so the subject of a token is found with its issuer only: as
    /// `https://idp.example|1001`, or as `1001` with the configuration that names the issuers.
    Principal {
        /// An API key by its name, the subject of a token as `ISSUER|SUBJECT`, or a token as it stands.
        value: String,
        /// Configuration file: the subject of a token is tried with each of its issuers.
        #[arg(long, short, value_name = "FILE")]
        config: Option<PathBuf>,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// The account: subjects at least and at most, by class, recipient, endpoint and operator.
    Exposure {
        /// Which part of the ledger.
        #[command(flatten)]
        part: Part,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Verifies the hash chain and, with an anchor, that nothing is missing at its end.
    Verify {
        /// A head hash noted earlier (from the log): fails when the ledger does not contain it.
        #[arg(long, value_name = "HASH")]
        anchor: Option<String>,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Writes every entry to stdout.
    Export {
        /// Which part of the ledger.
        #[command(flatten)]
        part: Part,
        /// Form of the rows.
        #[arg(long, value_enum, default_value_t = ExportFormat::Ndjson)]
        format: ExportFormat,
    },
    /// What a breach officer needs: subjects, classes, recipients, times, what stopped it.
    Dossier {
        /// Which part of the ledger.
        #[command(flatten)]
        part: Part,
        /// Form of the dossier.
        #[arg(long, value_enum, default_value_t = DossierFormat::Text)]
        format: DossierFormat,
    },
}

/// Which part of the ledger a question is about.
#[derive(Debug, Args, Default)]
pub struct Part {
    /// From this day or time on (`2026-11-01`, `2026-11-01T08:00:00Z`).
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Until the end of this day, or this time.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only this endpoint, such as `POST /api/customers`.
    #[arg(long, value_name = "ENDPOINT")]
    pub endpoint: Option<String>,
    /// Only endpoints of this operator.
    #[arg(long, value_name = "NAME")]
    pub operator: Option<String>,
    /// Only what this address or network received.
    #[arg(long, value_name = "CIDR")]
    pub client: Option<IpPrefix>,
}

/// Forms of exported rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values; cells that a spreadsheet would run are quoted.
    Csv,
}

/// Forms of a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum DossierFormat {
    /// For a terminal.
    Text,
    /// For programs.
    Json,
    /// One self-contained page.
    Html,
}

/// Incidents and what is done about them.
#[derive(Debug, Args)]
#[command(
    after_help = "The running gateway is asked over its admin socket, which its owner can open. Where none runs, `list`, `show` and `dossier` read the state folder.\n\
    Exit codes: 0 done, and of `list`: nothing is open; 1 of `list`: something is; 2 no such incident or action, or the gateway does not do it; 3 our failure, or done and not on disk; 64 usage."
)]
pub struct Incident {
    /// What to do.
    #[command(subcommand)]
    pub work: IncidentWork,
    /// Where the state of the gateway lives.
    #[arg(long, value_name = "DIR", default_value = "./tidegate-state", global = true)]
    pub state: PathBuf,
    /// The gateway's admin socket, where it is not `admin.sock` in the state folder.
    #[arg(long, value_name = "PATH", global = true)]
    pub socket: Option<PathBuf>,
    /// Who you are: it stands in what you do. Default: the variable USER.
    #[arg(long, value_name = "NAME", global = true)]
    pub who: Option<String>,
}

/// What can be done about incidents.
#[derive(Debug, Subcommand)]
pub enum IncidentWork {
    /// Lists incidents, and actions that are in force or wait for a person.
    List {
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Shows one incident: people, sources, signals, timeline, actions, notes.
    Show {
        /// Its name, such as `INC-7K3Q9M`.
        incident: IncidentId,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// The whole story for the file: timeline, evidence, actions, the ledger's account, duties with their
    /// clocks, and the patch and intent that would have prevented it. Reads the ledger in the state folder.
    Dossier {
        /// Its name.
        incident: IncidentId,
        /// Form of the dossier.
        #[arg(long, value_enum, default_value_t = DossierFormat::Text)]
        format: DossierFormat,
    },
    /// Ends an action, or turns a proposal down. For an hour it is not done again by itself.
    Undo {
        /// Its number, such as `ACT-12`.
        action: ActionId,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Takes a proposal: it acts as an automatic action does, own records pass.
    Accept {
        /// Its number, such as `ACT-12`.
        action: ActionId,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Adds a note to an incident.
    Note {
        /// Its name.
        incident: IncidentId,
        /// The note, at most 1,000 characters.
        #[arg(value_parser = crate::commands::incident::note)]
        text: String,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Lets the baselines of an endpoint begin anew, where what is usual there changed for good: seven days
    /// long the cap is borne as on the first day. Written to `audit.ndjson` in the state folder.
    Baseline {
        /// The endpoint, such as `GET /orders/{id}`, or a path to it.
        endpoint: Endpoint,
        /// Why, at most 200 characters.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Closes an incident, and ends what is done about it by itself.
    Close {
        /// Its name.
        incident: IncidentId,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Acts by hand. Says first whom it would hit; own records are withheld too.
    Act {
        /// What is done.
        #[arg(value_enum)]
        step: IncidentStep,
        /// Of `slow` and `refuse`: an address, a network, `principal:DIGEST`; with `--endpoint` also
        /// `anonymous` or `everybody`. Of `quarantine`: an endpoint, such as `GET /orders/{id}`, or a path
        /// to it. Of `isolate`: the name of an upstream.
        target: String,
        /// Of `slow` and `refuse`: only at this endpoint.
        #[arg(long, value_name = "ENDPOINT")]
        endpoint: Option<Endpoint>,
        /// For how long, between `1s` and `24h`.
        #[arg(long = "for", value_name = "SPAN", value_parser = crate::commands::incident::span)]
        span: Window,
        /// Why, at most 200 characters.
        #[arg(long, value_name = "TEXT", value_parser = crate::commands::incident::reason)]
        reason: String,
        /// The incident it is about.
        #[arg(long, value_name = "ID")]
        incident: Option<IncidentId>,
        /// Only say whom it would hit.
        #[arg(long)]
        dry_run: bool,
        /// Form of the answer.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}

/// Steps that a person may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum IncidentStep {
    /// Answers come two seconds late.
    Slow,
    /// 429, with Retry-After.
    Refuse,
    /// 503 to an endpoint, with Retry-After.
    Quarantine,
    /// 503 to all that an upstream answers.
    Isolate,
}

/// Explains one decision.
#[derive(Debug, Args)]
#[command(
    after_help = "It reads the configuration and asks no gateway: what is said to be forwarded, an action about an incident may refuse (`tidegate incident list`)."
)]
pub struct Explain {
    /// The request's method.
    pub method: String,
    /// The request's URL or path.
    pub url: String,
    /// A header, `Name: value`. May be repeated.
    #[arg(long, short = 'H', value_name = "HEADER")]
    pub header: Vec<String>,
    /// The request's body.
    #[arg(long, value_name = "TEXT")]
    pub body: Option<String>,
    /// The client's address.
    #[arg(long, value_name = "ADDR", default_value = "192.0.2.1")]
    pub client: IpAddr,
    /// Configuration file. Without it: guard with nothing declared.
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Works on the configuration.
#[derive(Debug, Args)]
pub struct Config {
    /// What to do with it.
    #[command(subcommand)]
    pub work: ConfigWork,
}

/// Works on the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigWork {
    /// Reads the configuration and every file it names, and reports what is wrong, with the place.
    Validate {
        /// The configuration file.
        file: PathBuf,
        /// Form of the findings.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Prints a configuration file with every key, its default and its manual.
    Default,
    /// Proposes intents, roles and budgets from recorded traffic, as YAML to review.
    Propose(Propose),
}

/// Proposes from traffic.
#[derive(Debug, Args)]
#[command(
    after_help = "Run `tidegate serve --config FILE --exchange-log LOG` in `mode: observe`, with `identify:` naming issuers, roles and keys, for a day or more; then propose. Without verified callers there are no owners, roles and partners.\n\
    Without --exchange-log the running gateway is asked over its admin socket. It holds the exchanges of late (`recent` in the configuration: 8 MiB in observe, about ten thousand), which is less than a log and proves less; the output says how many gave way.\n\
    Nothing is applied. Of callers under signal nothing is learned; docs/propose.md has every rule.\n\
    Exit codes: 0 proposed, 2 nothing to propose from or lines that cannot be read, 3 our failure, 64 usage."
)]
pub struct Propose {
    /// Exchange log of the gateway. May be repeated.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub exchange_log: Vec<PathBuf>,
    /// Where the state of the running gateway lives.
    #[arg(long, value_name = "DIR", default_value = "./tidegate-state", conflicts_with = "exchange_log")]
    pub state: PathBuf,
    /// The gateway's admin socket, where it is not `admin.sock` in the state folder.
    #[arg(long, value_name = "PATH", conflicts_with = "exchange_log")]
    pub socket: Option<PathBuf>,
    /// The configuration to put the proposal into; what it declares stays as it is. Files that it names
    /// are relative to it, so keep the proposal in the same folder. Default: a bare one that observes.
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to write. Default: stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write over `--out`; never over `--config`.
    #[arg(long, requires = "out")]
    pub force: bool,
    /// Form of the result: `text` is the YAML.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Lists endpoints.
#[derive(Debug, Args)]
#[command(
    after_help = "Without --exchange-log the running gateway is asked over its admin socket (what it saw since it began), and the ledger beside it (how many people); without a gateway the ledger alone.\n\
    An endpoint is a zombie where --spec or --config has a newer version of it, a shadow where it is served and nobody declared or specified it.\n\
    Exit codes: 0 nothing of either, 1 a shadow or zombie, 2 something could not be read, 3 our failure, 64 usage."
)]
pub struct Inventory {
    /// Exchange log of the gateway. May be repeated.
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub exchange_log: Vec<PathBuf>,
    /// Where the state of the gateway lives.
    #[arg(long, value_name = "DIR", default_value = "./tidegate-state", conflicts_with = "exchange_log")]
    pub state: PathBuf,
    /// The gateway's admin socket, where it is not `admin.sock` in the state folder.
    #[arg(long, value_name = "PATH", conflicts_with = "exchange_log")]
    pub socket: Option<PathBuf>,
    /// OpenAPI document, or a folder of them. May be repeated.
    #[arg(long, value_name = "PATH")]
    pub spec: Vec<PathBuf>,
    /// Configuration file: its documents and its `endpoints:` are the declared ones.
    #[arg(long, short, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Form of the answer.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Hunts in logs.
#[derive(Debug, Args)]
#[command(
    after_help = "Reads access logs of common servers, proxies and clouds, and the exchange log of `tidegate serve`, which `--dialect` lists; the dialect is recognised from the first lines. gzip, zstd, bzip2 and xz are read as they are; of a folder every file; of a rotated set (`access.log.2.gz`, `access.log.1`, `access.log`) the oldest first.\n\
    Nothing is sent anywhere and nothing is blocked. docs/hunt.md says what each log can show and what it cannot.\n\
    Exit codes: 0 nothing found, 1 something found, 2 nothing could be read, 3 our failure, 64 usage."
)]
pub struct Hunt {
    /// Log files and folders; `-` is standard input.
    #[arg(value_name = "FILE|DIR|-", required = true)]
    pub inputs: Vec<PathBuf>,
    /// The dialect of the lines, where it is not recognised.
    #[arg(long, value_name = "NAME", value_parser = crate::commands::hunt::dialect)]
    pub dialect: Option<events::Dialect>,
    /// From this day or time on (`2026-11-01`, `2026-11-01T08:00:00Z`).
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Until the end of this day, or this time.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only this address or network. May be repeated.
    #[arg(long, value_name = "CIDR")]
    pub client: Vec<IpPrefix>,
    /// Only this endpoint, such as `GET /orders/{id}`.
    #[arg(long, value_name = "ENDPOINT")]
    pub endpoint: Option<Endpoint>,
    /// OpenAPI document: its path templates are taken, others are learned. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub spec: Vec<PathBuf>,
    /// Sigma rules beside the detectors: a file, a folder, `shipped` for the pack that is part of Tidegate,
    /// or `none`. May be repeated; what is named takes the place of the default (`--rules shipped --rules DIR`
    /// takes both).
    #[arg(long, value_name = "DIR|FILE|shipped|none", default_value = "shipped")]
    pub rules: Vec<PathBuf>,
    /// Write lines that cannot be read to this file, each as it stands.
    #[arg(long, value_name = "FILE")]
    pub rejects: Option<PathBuf>,
    /// Print the lines of this finding (`H-0123abcd`) or rule (`R-0123abcd`) instead of the report; of a
    /// correlation those that it counted.
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,
    /// Write what would have stopped the findings into this folder: virtual patches (Cedar), budgets
    /// (configuration), Sigma rules, each with what it would have refused in this very log. The log is read
    /// three times. Nothing is put into force.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["explain", "follow"])]
    pub propose: Option<PathBuf>,
    /// Go on reading as the logs grow, over rotations and cuts, and say what is found as it is found; Ctrl-C
    /// ends it.
    #[arg(long, conflicts_with_all = ["explain", "until"])]
    pub follow: bool,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = HuntFormat::Text)]
    pub format: HuntFormat,
}

/// Forms of what a hunt found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum HuntFormat {
    /// For people.
    Text,
    /// Everything, for programs.
    Json,
    /// One finding a line.
    Ndjson,
    /// One finding a row.
    Csv,
    /// OCSF Detection Finding, one a line, for a SIEM.
    Ocsf,
    /// One page that stands alone, with pictures.
    Html,
}

/// Runs the checklist.
#[derive(Debug, Args)]
#[command(
    after_help = "Exit codes: 0 nothing that fails, 1 findings, 2 something could not be judged (a gate stays shut), 3 our failure, 64 usage.\n\
    Read are: OpenAPI 2.0 to 3.2; nginx, HAProxy, Caddyfile; Envoy, Kong, APISIX, Traefik; Kubernetes (Ingress, Gateway API, Service, NetworkPolicy); AWS CloudFormation, SAM and Terraform plans; configurations of Tidegate, Cedar policies; baselines.\n\
    Begin with `tidegate check .`; `tidegate check --list` names the checks, `--page ACH-004` prints one's page."
)]
pub struct Check {
    /// Files and folders: specifications, proxy and gateway configurations, manifests, configurations of
    /// Tidegate with their policies. `-` reads stdin.
    #[arg(value_name = "PATH", required_unless_present_any = ["list", "page"])]
    pub paths: Vec<PathBuf>,
    /// Leaves out what is found in folders under this name (`charts`, `*.tmpl.yaml`) or path
    /// (`deploy/**/templates`); listed as not judged. Files that are named or referred to are read all the
    /// same. May be repeated.
    #[arg(long, value_name = "GLOB")]
    pub exclude: Vec<String>,
    /// Form of the result.
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// From which level on findings fail: exit code 1.
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = FailOn::Error)]
    pub fail_on: FailOn,
    /// List what only intent can say operation by operation, also where nothing is declared yet.
    #[arg(long)]
    pub strict: bool,
    /// Records in the table whose emptying is timed. At least 1.
    #[arg(long, value_name = "N", default_value_t = 27_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub records: u64,
    /// Recorded traffic to compare with: an exchange log of the gateway. May be repeated.
    #[arg(long, value_name = "FILE")]
    pub traffic: Vec<PathBuf>,
    /// An older version of the same files: says what the new one (specifications, proxies, clusters,
    /// configurations of Tidegate, Cedar policies) lets through that the old did not.
    #[arg(long, value_name = "PATH")]
    pub base: Option<PathBuf>,
    /// Findings that somebody answers for, as `--write-baseline` wrote them.
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Only what `--base` does not have: findings that the older version had too are left out.
    #[arg(long, requires = "base")]
    pub new_only: bool,
    /// Writes today's findings to a baseline; needs `--reason`, `--owner` and `--expires`.
    #[arg(long, value_name = "FILE", requires_all = ["reason", "owner", "expires"])]
    pub write_baseline: Option<PathBuf>,
    /// Why the findings of the baseline are accepted.
    #[arg(long, value_name = "TEXT", requires = "write_baseline")]
    pub reason: Option<String>,
    /// Who answers for them.
    #[arg(long, value_name = "NAME", requires = "write_baseline")]
    pub owner: Option<String>,
    /// The last day on which the baseline counts (UTC), such as `2031-12-31`.
    #[arg(long, value_name = "YYYY-MM-DD", requires = "write_baseline")]
    pub expires: Option<String>,
    /// Prints the declarations that can be inferred, as a patch to review (`git apply`). Changes no file.
    #[arg(long)]
    pub fix: bool,
    /// Own policies: a folder of Rego files with `deny` or `warn` over the facts (`--facts` prints them;
    /// docs/check.md). Folders in it count, `*_test.rego` do not.
    #[arg(long, value_name = "DIR")]
    pub policy: Option<PathBuf>,
    /// Longest that the rules of `--policy` may take, in seconds; what takes longer is not judged
    /// (exit code 2). Between 1 and 3600.
    #[arg(long, value_name = "N", default_value_t = 30, requires = "policy",
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub policy_seconds: u64,
    /// Writes the checks in another policy language, or the network controls that the declared
    /// audiences imply, to the folder `--out`.
    #[arg(long, value_enum, value_name = "KIND", requires = "out")]
    pub export: Option<Export>,
    /// Where `--export` writes. A file there that says something else stays, and nothing is written
    /// (exit code 2). Blockers do not fail an export; what cannot be judged does.
    #[arg(long, value_name = "DIR", requires = "export")]
    pub out: Option<PathBuf>,
    /// Lets `--export` write over files that say something else.
    #[arg(long, requires = "export")]
    pub force: bool,
    /// Prints the facts that the checks judge, as JSON: what a policy in Rego is given.
    #[arg(long, conflicts_with_all = ["fix", "export"])]
    pub facts: bool,
    /// Lists the checks.
    #[arg(long)]
    pub list: bool,
    /// Prints the page of a check, or what a code says that is none (`CHECK-010`).
    #[arg(long, value_name = "ID")]
    pub page: Option<String>,
}

/// Forms of what a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For people.
    Text,
    /// For programs; stable and documented in docs/output.md.
    Json,
    /// SARIF 2.1.0: code scanning.
    Sarif,
    /// JUnit XML: test reports of any CI.
    Junit,
    /// Workflow commands of GitHub Actions.
    Github,
    /// Code quality report of GitLab.
    Gitlab,
    /// A comment on a change.
    Markdown,
}

/// From which level on findings fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Blockers, and what a change newly lets through.
    Error,
    /// Warnings too.
    Warning,
    /// Nothing: findings are told and the exit code is 0. What cannot be judged is still 2.
    Never,
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Export {
    /// The checks as Rego, with an adapter for conftest and the facts.
    Rego,
    /// A ConstraintTemplate for Gatekeeper: what one object of a cluster can answer.
    Gatekeeper,
    /// nftables rules that the declared audiences imply.
    Nftables,
    /// Kubernetes NetworkPolicy that the declared audiences imply.
    Networkpolicy,
}

/// Sigma rules.
#[derive(Debug, Args)]
#[command(after_help = "Where a path of rules is wanted, `shipped` is the pack that is part of Tidegate.\n\
    Exit codes: 0 nothing found, 1 a finding (a lint, a match, a sample that fails), 2 rules or logs that cannot be read.\n\
    docs/sigma.md has the fields, the categories and the pack.")]
pub struct Sigma {
    /// What to do.
    #[command(subcommand)]
    pub work: SigmaWork,
}

/// What is done with Sigma rules.
#[derive(Debug, Subcommand)]
pub enum SigmaWork {
    /// Reads rules, and says what is wrong and what is not applicable here, with line and column.
    ///
    /// A rule that is not applicable is told with the reason, and is no finding.
    Check {
        /// Files or folders of rules (`*.yml`, `*.yaml`), or `shipped`.
        #[arg(value_name = "PATH", required_unless_present = "fields")]
        paths: Vec<PathBuf>,
        /// List the fields that a rule may name here.
        #[arg(long, conflicts_with = "paths")]
        fields: bool,
        /// Form of the result.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Matches rules with logs of any dialect that `hunt` reads, or with JSON lines of fields.
    Match {
        /// A file or folder of rules, or `shipped`.
        rules: PathBuf,
        /// Logs in the order of time, packed or not: files, folders, rotated sets; `-` is standard input.
        #[arg(value_name = "LOG", required = true)]
        logs: Vec<PathBuf>,
        /// Form of the result.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Runs the samples beside rules: `NAME.fires.ndjson` and `NAME.silent.ndjson` beside `NAME.yml`.
    Test {
        /// Files or folders of rules, or `shipped`.
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
        /// Form of the result.
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
}
