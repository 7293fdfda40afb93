//! The catalogue for people: `--list` and `--page`.

use checks::{CATALOGUE, Weight};

use super::codes;
use crate::cli::CheckFormat;
use crate::exit::{Ending, Failure, Outcome, data};

/// Lists every check.
pub(super) fn list(format: CheckFormat) -> Outcome {
    if format == CheckFormat::Json {
        let rows: Vec<_> = CATALOGUE
            .iter()
            .map(|check| {
                serde_json::json!({
                    "id": check.id, "name": check.name, "title": check.title, "level": check.weight.word(),
                    "owasp": check.owasp, "cwe": check.cwe, "d3fend": check.d3fend, "attack": check.attack,
                })
            })
            .collect();
        data(&(serde_json::to_string_pretty(&rows).map_err(anyhow::Error::from)? + "\n"))?;
        return Ok(Ending::Clean);
    }
    let mut out = String::new();
    for weight in [Weight::Blocker, Weight::Warning] {
        out.push_str(if weight == Weight::Blocker { "blockers, the worst first\n" } else { "warnings\n" });
        for check in CATALOGUE.iter().filter(|check| check.weight == weight) {
            out.push_str(&format!("  {:<9} {:<24} {}\n", check.id, check.name, check.title));
        }
    }
    data(&out)?;
    Ok(Ending::Clean)
}

/// Prints the page of the check `id`.
pub(super) fn page(id: &str) -> Outcome {
    let known =
        |check: &&&checks::Check| check.id.eq_ignore_ascii_case(id) || check.name.eq_ignore_ascii_case(id);
    let Some(check) = CATALOGUE.iter().find(known) else {
        if let Some(code) = codes::find(id) {
            data(&format!("{}\n\n{}\n\nTo do: {}\n", code.id, code.says, code.mend))?;
            return Ok(Ending::Clean);
        }
        return Err(Failure::Usage(format!(
            "there is no check `{id}`; `tidegate check --list` names them, docs/check-codes.md what is said of files"
        )));
    };
    let standing: Vec<&str> =
        [check.owasp, check.cwe, check.d3fend, check.attack].into_iter().flatten().copied().collect();
    data(&format!(
        "{} {} ({})\n\n{}\n\nStands as {}.\n",
        check.id,
        check.name,
        check.weight.word(),
        check.page.trim_end(),
        standing.join(", ")
    ))?;
    Ok(Ending::Clean)
}
