//! `docs/owasp.md`: the OWASP API Security Top 10 2023 against what exists here today.
//!
//! The checks come from the catalogue; the rest is said once, in the table below. A test holds the page
//! in the tree against what this makes.

use crate::catalogue::CATALOGUE;

/// A risk, and what stands against it beside the checks.
struct Risk {
    id: &'static str,
    title: &'static str,
    /// What the gateway does.
    gateway: &'static str,
    /// What recognises it in traffic.
    detector: &'static str,
    /// Why no check finds it, where none does.
    unchecked: &'static str,
}

const NO_DETECTOR: &str = "none today: budgets act, nothing else watches";

const RISKS: [Risk; 10] = [
    Risk {
        id: "API1:2023",
        title: "Broken Object Level Authorization",
        gateway: "`owner` is held against every record of the answer before it leaves; Cedar policies",
        detector: "`sequential-ids`, `new-objects`, `miss-storm`, `foreign`, `canary`; budgets count distinct people, so that walking through ids ends",
        unchecked: "",
    },
    Risk {
        id: "API2:2023",
        title: "Broken Authentication",
        gateway: "`audience`: tokens, keys and partners are verified before the upstream is asked",
        detector: "`anonymous-data`, `session-minting`; budgets of log-ins; a token that nobody verified has no budget of its own",
        unchecked: "",
    },
    Risk {
        id: "API3:2023",
        title: "Broken Object Property Level Authorization",
        gateway: "answers are metered; `classes` and budgets weigh what leaves",
        detector: "`anonymous-data`, `bulk`; the ledger tells who received which classes",
        unchecked: "",
    },
    Risk {
        id: "API4:2023",
        title: "Unrestricted Resource Consumption",
        gateway: "`limit` (requests, distinct objects) and `budget` (people)",
        detector: "`page-walk`, `bulk`, `endpoint-sweep`, `spent-budget`; budgets per source, endpoint and network",
        unchecked: "",
    },
    Risk {
        id: "API5:2023",
        title: "Broken Function Level Authorization",
        gateway: "`roles`, `internal` networks, Cedar policies and virtual patches; enforce refuses what is undeclared",
        detector: NO_DETECTOR,
        unchecked: "",
    },
    Risk {
        id: "API6:2023",
        title: "Unrestricted Access to Sensitive Business Flows",
        gateway: "`limit`; budgets where people's data leaves",
        detector: "`new-objects`, `page-walk`, `volume`, `endpoint-sweep`, `session-minting`, `automation`, `spent-budget`, where people's data leaves",
        unchecked: "which flow is sensitive stands in no file",
    },
    Risk {
        id: "API7:2023",
        title: "Server Side Request Forgery",
        gateway: "not covered, because the gateway does not see whom a service asks",
        detector: "not covered, for the same reason",
        unchecked: "whether a service follows an address that it was given stands in no file",
    },
    Risk {
        id: "API8:2023",
        title: "Security Misconfiguration",
        gateway: "one reading of every request; an unreadable configuration does not start",
        detector: "`surface-scan`, `anonymous-data`",
        unchecked: "",
    },
    Risk {
        id: "API9:2023",
        title: "Improper Inventory Management",
        gateway: "enforce serves nothing undeclared; guard learns and lists what it serves",
        detector: "`surface-scan`, `volume` (a rarely used endpoint wakes up); the exchange log, given to `check`, shows shadows and zombies",
        unchecked: "",
    },
    Risk {
        id: "API10:2023",
        title: "Unsafe Consumption of APIs",
        gateway: "`operator` groups the account by who runs an upstream; answers of others are metered as our own",
        detector: NO_DETECTOR,
        unchecked: "",
    },
];

/// The page.
#[must_use]
pub fn page() -> String {
    let mut page = String::from(
        "# OWASP API Security Top 10 2023\n\n\
         What exists today, risk by risk. Made from the catalogue of checks: \
         `cargo test -p checks --test owasp` fails when this page is not what it says.\n\n\
         | risk | checks | gateway | detector |\n|---|---|---|---|\n",
    );
    for risk in &RISKS {
        let checks: Vec<String> = CATALOGUE
            .iter()
            .filter(|check| check.owasp.contains(&risk.id))
            .map(|check| format!("{} {}", check.id, check.name))
            .collect();
        let checks = if checks.is_empty() {
            format!("not covered, because {}", risk.unchecked)
        } else {
            checks.join(", ")
        };
        page.push_str(&format!(
            "| {} {} | {checks} | {} | {} |\n",
            risk.id, risk.title, risk.gateway, risk.detector
        ));
    }
    page.push_str("\n## Checks\n\n| id | name | what it finds | weight | CWE | D3FEND | ATT&CK |\n|---|---|---|---|---|---|---|\n");
    for check in CATALOGUE {
        page.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} |\n",
            check.id,
            check.name,
            check.title,
            if check.weight == crate::Weight::Blocker { "blocker" } else { "warning" },
            listed(check.cwe),
            listed(check.d3fend),
            listed(check.attack),
        ));
    }
    page
}

/// The ids in one cell; a dash where no entry fits.
fn listed(ids: &[&str]) -> String {
    if ids.is_empty() { "-".to_owned() } else { ids.join(", ") }
}
