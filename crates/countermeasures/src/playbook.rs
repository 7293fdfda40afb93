//! `playbook.md` and `playbook.json`: what to do, in order, each step with the command that does it.

mod cacao;
mod steps;

use std::fmt::Write as _;

use report::markup::words;

use crate::Report;
use crate::hunt::shell;
pub use cacao::json;
pub use steps::{Phase, Step, steps};

/// The page: a checklist.
#[must_use]
pub fn markdown(report: &Report<'_>, steps: &[Step]) -> String {
    let mut out = String::from("# Playbook\n\n");
    out.push_str(
        "For whom it happens to as the report tells it. What stands in capitals is to be filled in. Duties to notify are a checklist and no legal advice: which law holds, and when somebody is aware in its sense, is for a lawyer.\n",
    );
    let mut phase = None;
    for (nth, step) in steps.iter().enumerate() {
        if phase != Some(step.phase) {
            // Writing to a String cannot fail.
            let _ = writeln!(out, "\n## {}\n", step.phase.title());
            phase = Some(step.phase);
        }
        let _ = writeln!(out, "{}. [ ] **{}** {}", nth + 1, words(&step.name), words(&step.what));
        if let Some(command) = &step.command {
            let _ = writeln!(out, "\n   ```sh\n   {}\n   ```\n", line(command));
        }
    }
    out.push_str(&crate::evidence::made_from(report));
    out
}

/// A command as a line of a shell.
pub(crate) fn line(command: &[String]) -> String {
    command.iter().map(|word| shell(word)).collect::<Vec<_>>().join(" ")
}
