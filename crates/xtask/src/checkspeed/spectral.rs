//! Spectral with its OWASP ruleset, as people have it in CI beside us.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// What is installed, by name and version.
pub(crate) const PACKAGES: [&str; 2] =
    ["@stoplight/spectral-cli@6.16.3", "@stoplight/spectral-owasp-ruleset@2.0.1"];

/// Rules that ask whether an operation asks for a credential, or for the right one: who may call. The
/// others ask for formats, lengths, headers and descriptions.
pub(crate) const OF_AUTHORIZATION: [&str; 4] = [
    "owasp:api1:2023-no-numeric-ids",
    "owasp:api2:2023-write-restricted",
    "owasp:api2:2023-read-restricted",
    "owasp:api5:2023-admin-security-unique",
];

/// An installed Spectral.
pub(crate) struct Spectral {
    program: PathBuf,
    ruleset: PathBuf,
}

impl Spectral {
    /// Installs it below `folder` where it is not there yet; none where there is no npm.
    ///
    /// # Errors
    /// When npm is there and fails.
    pub(crate) fn install(folder: &Path) -> Result<Option<Self>> {
        if !crate::bench::on_path("npm") || !crate::bench::on_path("node") {
            return Ok(None);
        }
        std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
        let program = folder.join("node_modules/@stoplight/spectral-cli/dist/index.js");
        if !is_installed(folder) {
            std::fs::write(folder.join("package.json"), "{\"private\": true}\n")
                .context("write package.json")?;
            let quiet = ["--save-exact", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"];
            let status = Command::new("npm")
                .arg("install")
                .args(quiet)
                .args(PACKAGES)
                .current_dir(folder)
                .stdout(Stdio::null())
                .status()
                .context("run npm")?;
            ensure!(status.success() && program.is_file(), "npm does not install {}", PACKAGES.join(" and "));
        }
        let ruleset = folder.join("ruleset.yaml");
        std::fs::write(&ruleset, "extends: ['@stoplight/spectral-owasp-ruleset']\n")
            .context("write the ruleset")?;
        Ok(Some(Self { program, ruleset }))
    }

    /// The command that lints `file`.
    pub(crate) fn lint(&self, file: &Path) -> Command {
        let mut command = Command::new("node");
        command.arg(&self.program).args(["lint", "--quiet", "--format", "json", "--ruleset"]);
        command.arg(&self.ruleset).arg(file);
        command
    }
}

/// Whether both packages stand below `folder` in the versions that are measured.
fn is_installed(folder: &Path) -> bool {
    PACKAGES.iter().all(|package| {
        let Some((name, version)) = package.rsplit_once('@') else { return false };
        let manifest = std::fs::read_to_string(folder.join("node_modules").join(name).join("package.json"));
        let manifest: Value =
            manifest.ok().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        manifest.get("version").and_then(Value::as_str) == Some(version)
    })
}

/// Findings by rule, from what it wrote to `out`.
///
/// # Errors
/// When that is not its list of findings, or holds none: then it did not lint.
pub(crate) fn findings(out: &Path) -> Result<BTreeMap<String, usize>> {
    let text = std::fs::read_to_string(out).with_context(|| format!("read {}", out.display()))?;
    let all: Vec<Value> = serde_json::from_str(&text).context("read what Spectral found")?;
    let mut rules = BTreeMap::new();
    for one in &all {
        let rule = one.get("code").and_then(Value::as_str).context("find the rule of a finding")?;
        *rules.entry(rule.to_owned()).or_insert(0) += 1;
    }
    ensure!(rules.keys().any(|rule| rule.starts_with("owasp:")), "Spectral judged by no rule of OWASP's");
    Ok(rules)
}
