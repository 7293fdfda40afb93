//! A configuration file to everything that `serve` is started with.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::{Endpoint, Intent, Mode, OperationId, Secret, Timestamp};
use gateway::blueprint::{Blueprint, OperationPlan, UpstreamPlan};
use gateway::identify::KeySource;
use http::HeaderName;
use net::address::Trust;
use net::upstream::Tls;
use policy::authorize::{Declared, Source};
use spec::decode::{Spanned, decode_what_can_be};
use spec::diagnostic::Diagnostic;
use spec::router::Router;
use spec::tree::{Format, Node, Span};

use super::files::{self, Text};
use super::{Config, Credentials, Finding, alerts, check, doors};

/// What `serve` is started with.
#[derive(Debug)]
pub struct Loaded {
    /// The configuration as written.
    pub config: Config,
    /// What the gateway is built from.
    pub blueprint: Blueprint,
    /// Trust in https upstreams.
    pub tls: Tls,
    /// Where health and metrics are asked for.
    pub admin: Admin,
    /// What is not wrong and likely not meant.
    pub warnings: Vec<Finding>,
}

/// Where health and metrics are asked for.
#[derive(Debug)]
pub struct Admin {
    /// The Unix socket.
    pub socket: PathBuf,
    /// An address, and the token that it asks for.
    pub tcp: Option<(SocketAddr, Secret)>,
}

/// Reads the configuration `path` and every file that it names, after `change` (the command line)
/// had its word. `published_keys` are SHA-256 digests of API keys that everybody knows.
///
/// # Errors
/// Everything that is wrong, warnings included. Nothing may be put in force then.
pub fn load(
    path: &Path,
    change: impl FnOnce(&mut Config),
    published_keys: &[[u8; 32]],
    read_at: Timestamp,
) -> Result<Loaded, Vec<Finding>> {
    let text = match files::read(path) {
        Ok(text) => text,
        Err(wrong) => {
            let help = if wrong.starts_with("cannot read") {
                "name an existing file; `tidegate config default` prints one to begin with"
            } else {
                "name a file of UTF-8 text; `tidegate config default` prints one to begin with"
            };
            let diagnostic = Diagnostic::error("CONFIG-001", wrong, Span::default()).help(help);
            return Err(vec![Finding {
                file: path.display().to_string().into(),
                text: "".into(),
                diagnostic,
            }]);
        }
    };
    let (root, mut config, faults) = decoded(&text)?;
    change(&mut config);
    let folder = path.parent().unwrap_or(Path::new("")).to_owned();
    let mut loader = Loader::new(text, Some(root), folder, read_at);
    loader.findings = faults;
    loader.resolve(config, published_keys)
}

/// The tree of a configuration, and what can be decoded of it beside its faults.
///
/// # Errors
/// What is wrong, where nothing can.
pub(super) fn decoded(text: &Text) -> Result<(Node, Config, Vec<Finding>), Vec<Finding>> {
    let found = |diagnostic| Finding { file: text.name.clone(), text: text.text.clone(), diagnostic };
    let root = spec::tree::read(&text.text, Format::of(&text.name, &text.text))
        .map_err(|error| error.diagnostics().into_iter().map(found).collect::<Vec<_>>())?;
    let (config, faults) = decode_what_can_be::<Config>(&root);
    let faults: Vec<Finding> = faults.iter().map(|fault| found(fault.diagnostic("CONFIG-002"))).collect();
    match config {
        Some(config) => Ok((root, config, faults)),
        None => Err(faults),
    }
}

/// What `serve` is started with when there is no file: `config` is the defaults and the command line.
///
/// # Errors
/// As [`load`]; the findings name no file.
pub fn without_file(
    config: Config,
    published_keys: &[[u8; 32]],
    read_at: Timestamp,
) -> Result<Loaded, Vec<Finding>> {
    let text = Text { name: "command line".into(), text: "".into() };
    Loader::new(text, None, PathBuf::new(), read_at).resolve(config, published_keys)
}

/// A reading under way, with what it found so far.
pub(super) struct Loader {
    pub(super) text: Text,
    pub(super) root: Option<Node>,
    folder: PathBuf,
    pub(super) findings: Vec<Finding>,
    /// Where each operation is declared.
    pub(super) declared_at: BTreeMap<Endpoint, (Text, Span)>,
    pub(super) read_at: Timestamp,
}

impl Loader {
    pub(super) fn new(text: Text, root: Option<Node>, folder: PathBuf, read_at: Timestamp) -> Self {
        Self { text, root, folder, findings: Vec::new(), declared_at: BTreeMap::new(), read_at }
    }

    fn resolve(&mut self, mut config: Config, published_keys: &[[u8; 32]]) -> Result<Loaded, Vec<Finding>> {
        let blueprint = self.blueprint(&mut config);
        alerts::resolve(&mut config.alerts, &self.folder);
        let admin = self.admin(&config);
        let extra = config.extra_roots.as_ref().map(|path| self.folder.join(&path.value));
        let tls = match Tls::new(extra.as_deref()) {
            Ok(tls) => Some(tls),
            Err(error) => {
                let at = config.extra_roots.as_ref().map_or_else(Span::default, |path| path.span);
                let cause =
                    std::error::Error::source(&error).map_or_else(String::new, |cause| format!(": {cause}"));
                self.error(
                    "CONFIG-003",
                    format!("{error}{cause}"),
                    at,
                    "name a PEM file with at least one certificate",
                );
                None
            }
        };
        if let Some(tls) = &tls {
            alerts::check(self, &config, tls);
        }
        check::examples(self, &config, published_keys);
        // Deeper checks speak of what stands; with a fault above they would repeat it in other words.
        let sound = !self.findings.iter().any(Finding::is_error);
        if let (Some(tls), true) = (&tls, sound) {
            check::rules(self, &config, &blueprint, tls, published_keys);
        }
        let findings = std::mem::take(&mut self.findings);
        match (tls, admin) {
            (Some(tls), Some(admin)) if !findings.iter().any(Finding::is_error) => {
                Ok(Loaded { config, blueprint, tls, admin, warnings: findings })
            }
            _ => Err(findings),
        }
    }

    /// What the gateway is built from, with every file read that decides what it lets through.
    pub(super) fn blueprint(&mut self, config: &mut Config) -> Blueprint {
        let trust = self.trust(config);
        let upstreams = self.upstreams(config);
        let operations = self.operations(config, &upstreams);
        let policies = self.sources(&config.policies, "policies");
        let patches = self.sources(&config.patches, "patches");
        for issuer in &mut config.identify.issuers {
            if let KeySource::File(path) = &mut issuer.jwks {
                *path = self.folder.join(&*path);
            }
        }
        check::settings(self, config);
        Blueprint {
            mode: config.mode,
            trust,
            upstreams,
            operations,
            policies,
            patches,
            identify: config.identify.clone(),
            bounds: config.exchange,
            limits: config.limits.clone(),
            budgets: config.budgets.clone(),
            detect: config.detect.clone(),
            respond: config.respond.clone(),
            recent: config.recent(),
            read_at: self.read_at,
        }
    }

    fn trust(&mut self, config: &Config) -> Trust {
        match (config.direct, config.trust.is_empty()) {
            (true, false) => {
                let at = self.place(&["direct"]);
                let help = "keep `direct` where clients connect without a proxy, `trust` where they come through one";
                self.error("CONFIG-004", "`direct` and `trust` exclude each other", at, help);
                Trust::Direct
            }
            (false, false) => {
                Trust::Networks { networks: config.trust.clone(), header: config.forwarding_header }
            }
            (direct, true) => {
                if !direct && config.mode != Mode::Observe {
                    let at = self.place(&["mode"]);
                    let message = format!("`mode: {}` must know whose address counts", config.mode);
                    let help = "add `direct: true` where clients connect without a proxy, or `trust:` with the networks of the proxies";
                    self.error("CONFIG-004", message, at, help);
                }
                Trust::Direct
            }
        }
    }

    /// Every upstream, the one for everything first.
    fn upstreams(&mut self, config: &Config) -> Vec<UpstreamPlan> {
        let first = match (&config.upstream, config.upstreams.len()) {
            (Some(named), _) => {
                self.known_upstream(config, named);
                Some(named.value.as_str())
            }
            (None, 0) => {
                let at = self.place(&["upstreams"]);
                let help = "write `upstreams:` with a name and its `url: http://127.0.0.1:8080`";
                self.error("CONFIG-005", "there is no upstream to send requests to", at, help);
                None
            }
            (None, 1) => None,
            (None, _) => {
                let at = self.place(&["upstreams"]);
                let help = "add `upstream:` with the name of the one for everything that names none";
                self.error(
                    "CONFIG-005",
                    "there are several upstreams, and none is the one for everything",
                    at,
                    help,
                );
                None
            }
        };
        let is_first = |name: &str| first.is_none_or(|first| first == name);
        let mut plans: Vec<UpstreamPlan> = Vec::new();
        for (name, upstream) in &config.upstreams {
            let shows = upstream.shows.as_ref().and_then(|shows| {
                let secret = self.token(&shows.secret_file, "CONFIG-005");
                self.header(&shows.header).zip(secret)
            });
            plans.push(UpstreamPlan {
                name: name.clone(),
                url: upstream.url.value.clone(),
                operator: upstream.operator.clone(),
                settings: upstream.connection.clone(),
                takes_credentials: upstream
                    .credentials
                    .map_or(is_first(name), |said| said == Credentials::Forward),
                shows,
            });
        }
        plans.sort_by_key(|plan| Some(plan.name.as_str()) != first);
        plans
    }

    /// The operations of the documents, then those that only `endpoints` has.
    fn operations(&mut self, config: &Config, upstreams: &[UpstreamPlan]) -> Vec<OperationPlan> {
        let mut plans: Vec<OperationPlan> = Vec::new();
        let mut own: BTreeMap<&Endpoint, &Spanned<Intent>> = config.endpoints.iter().collect();
        for (endpoint, intent) in &own {
            let at = self.place(&["endpoints", &endpoint.to_string()]);
            let at = if at.line == 0 { intent.span } else { at };
            self.declared_at.insert((*endpoint).clone(), (self.text.clone(), at));
            doors::method(self, endpoint, at);
            for fault in spec::openapi::contradictions(&intent.value, at) {
                self.tell(fault.diagnostic("CONFIG-006"));
            }
            check::budget_of(self, &intent.value, at);
        }
        for document in &config.specs {
            if let Some(name) = &document.upstream {
                self.known_upstream(config, name);
            }
            let named = document.upstream.as_ref().map(|name| name.value.as_str());
            let upstream = upstreams.iter().position(|plan| Some(plan.name.as_str()) == named).unwrap_or(0);
            for operation in self.document(document) {
                let declared_here = own.remove(&operation.endpoint).map(|intent| intent.value.clone());
                let intent = declared_here.or(operation.intent).map(Arc::new);
                let declared = Declared { id: operation.id, endpoint: operation.endpoint, intent };
                let upstream = self.own_upstream(config, upstreams, &declared, upstream);
                plans.push(OperationPlan { declared, upstream });
            }
        }
        for (endpoint, intent) in own {
            let id = OperationId::new(&endpoint.to_string());
            let declared =
                Declared { id, endpoint: endpoint.clone(), intent: Some(Arc::new(intent.value.clone())) };
            let upstream = self.own_upstream(config, upstreams, &declared, 0);
            plans.push(OperationPlan { declared, upstream });
        }
        self.twice(&plans);
        doors::owners(self, config, &plans);
        plans
    }

    /// Tells of operations that match the same requests, and of names that stand twice, over all files.
    fn twice(&mut self, plans: &[OperationPlan]) {
        let router = Router::new(plans.iter().map(|plan| plan.declared.endpoint.clone()));
        for (first, again) in router.shadowed() {
            let (Some(first), Some(again)) = (plans.get(*first), plans.get(*again)) else { continue };
            let (first, again) = (&first.declared.endpoint, &again.declared.endpoint);
            let message = format!("`{again}` matches the same requests as `{first}`{}", self.where_is(first));
            let help = "keep one of them; to replace a document's intent, write its path letter by letter";
            self.tell_of(again, |at| Diagnostic::error("CONFIG-006", message, at).help(help));
        }
        let mut seen: BTreeMap<&OperationId, &Endpoint> = BTreeMap::new();
        for plan in plans {
            let Declared { id, endpoint, .. } = &plan.declared;
            if let Some(first) = seen.insert(id, endpoint).filter(|first| *first != endpoint) {
                let message =
                    format!("the operation id `{id}` is that of `{first}` too{}", self.where_is(first));
                let help = "policies name operations by id: give each its own `operationId`";
                self.tell_of(endpoint, |at| Diagnostic::error("CONFIG-006", message, at).help(help));
            }
        }
    }

    fn where_is(&self, endpoint: &Endpoint) -> String {
        self.declared_at
            .get(endpoint)
            .map_or_else(String::new, |(text, at)| format!(" ({}:{})", text.name, at.line))
    }

    /// The operations of one document. Its faults are findings in its own text.
    fn document(&mut self, document: &super::SpecConfig) -> Vec<spec::openapi::Operation> {
        let path = self.folder.join(&document.file.value);
        let text = match files::read(&path) {
            Ok(text) => text,
            Err(wrong) => {
                self.error("CONFIG-003", wrong, document.file.span, "name a file, relative to this one");
                return Vec::new();
            }
        };
        let base = document.base.as_ref();
        if let Some(base) = base.filter(|base| !base.value.starts_with('/')) {
            self.error(
                "CONFIG-003",
                "a path prefix starts with `/`",
                base.span,
                "write for example `base: /v1`",
            );
        }
        let found = |diagnostic| Finding { file: text.name.clone(), text: text.text.clone(), diagnostic };
        match spec::openapi::read_at(&text.text, &text.name, base.map(|base| base.value.as_str())) {
            Ok(reading) => {
                self.findings.extend(reading.faults.into_iter().map(found));
                for operation in &reading.operations {
                    let at = operation.intent_at.unwrap_or(operation.span);
                    self.declared_at.entry(operation.endpoint.clone()).or_insert_with(|| (text.clone(), at));
                    if let Some(intent) = &operation.intent
                        && let Err(error) = policy::budget::check_windows("budget", &intent.budget)
                    {
                        self.findings.push(found(Diagnostic::error("CONFIG-006", error.to_string(), at)));
                    }
                }
                reading.operations
            }
            Err(error) => {
                self.findings.extend(error.diagnostics().into_iter().map(found));
                Vec::new()
            }
        }
    }

    fn sources(&mut self, paths: &[Spanned<PathBuf>], key: &str) -> Vec<Source> {
        let mut sources = Vec::new();
        for path in paths {
            match files::policies(&self.folder.join(&path.value)) {
                // The last patch may be removed while the gateway runs, and a folder may stand ready for
                // the first one. A folder of policies that lost its files would lose what they forbid.
                Ok(found) if found.is_empty() && key == "policies" => {
                    let wrong = format!("the folder `{}` holds no `*.cedar` file", path.value.display());
                    let help =
                        "where nothing shall be narrowed or forbidden, remove the folder from `policies`";
                    self.error("CONFIG-003", wrong, path.span, help);
                }
                Ok(found) => sources.extend(found),
                Err(wrong) => {
                    for wrong in wrong {
                        let help = format!("name files or folders under `{key}`, relative to this file");
                        self.error("CONFIG-003", wrong, path.span, help);
                    }
                }
            }
        }
        sources
    }

    fn admin(&mut self, config: &Config) -> Option<Admin> {
        let socket = config.admin.socket.clone().unwrap_or_else(|| config.state.join("admin.sock"));
        let token = config.admin.token_file.as_ref().map(|file| (file, self.token(file, "CONFIG-007")));
        let tcp = match (&config.admin.listen, token) {
            (None, None) => None,
            (None, Some((file, token))) => {
                let help = "add `listen:` beside it, or remove it";
                self.warn(
                    "CONFIG-007",
                    "the admin token is not used: there is no address that asks for it",
                    file.span,
                    help,
                );
                token?;
                None
            }
            (Some(listen), None) => {
                let help = "add `token_file:` with a random token, or use the Unix socket alone";
                self.error("CONFIG-007", "an admin address needs a token", listen.span, help);
                return None;
            }
            (Some(listen), Some((_, token))) => Some((listen.value, token?)),
        };
        Some(Admin { socket, tcp })
    }

    /// A header that the gateway may write itself: none that frames a message or says where it goes.
    fn header(&mut self, named: &Spanned<String>) -> Option<HeaderName> {
        const KEPT: [&str; 8] = [
            "connection",
            "content-length",
            "content-type",
            "cookie",
            "host",
            "te",
            "transfer-encoding",
            "upgrade",
        ];
        let header = HeaderName::from_bytes(named.value.as_bytes()).ok();
        let header = header.filter(|header| !KEPT.contains(&header.as_str()));
        if header.is_none() {
            let name: String = named.value.chars().take(60).collect();
            let message = format!("`{name}` is no header that can carry a credential");
            self.error("CONFIG-005", message, named.span, "name one of its own, such as `x-gate-credential`");
        }
        header
    }

    /// A secret from its file, without the line break at its end.
    fn token(&mut self, file: &Spanned<PathBuf>, code: &'static str) -> Option<Secret> {
        let path = self.folder.join(&file.value);
        let text = match files::read(&path) {
            Ok(text) => text,
            Err(wrong) => {
                self.error(
                    "CONFIG-003",
                    wrong,
                    file.span,
                    "make one: `openssl rand -hex 32 > FILE; chmod 600 FILE`",
                );
                return None;
            }
        };
        if files::others_may_read(&path) {
            let message = format!("others than its owner can read `{}`", path.display());
            self.warn(code, message, file.span, format!("run `chmod 600 {}`", path.display()));
        }
        let token = text.text.trim_end_matches(['\r', '\n']);
        if token.len() < 16 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            let message =
                format!("`{}` holds no token: at least 16 visible characters on one line", path.display());
            self.error(code, message, file.span, "make one: `openssl rand -hex 32 > FILE; chmod 600 FILE`");
            return None;
        }
        Some(Secret::new(token.to_owned()))
    }
}
