//! How the program ends: exit codes, and what stderr says before.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Nothing found, everything done: 0.
    Clean,
    /// Findings: 1.
    Findings,
}

/// Why a command could not do its work.
#[derive(Debug)]
pub enum Failure {
    /// The command line asks for something that makes no sense: 64.
    Usage(String),
    /// The input could not be judged: 2. The text is complete, with place and help.
    Input(String),
    /// Our failure, or the machine's: 3.
    Ours(anyhow::Error),
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Ours(error)
    }
}

/// What every command returns.
pub type Outcome = Result<Ending, Failure>;

/// Says what went wrong on stderr and picks the exit code.
#[must_use]
pub fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(Ending::Clean) => ExitCode::SUCCESS,
        Ok(Ending::Findings) => ExitCode::from(1),
        Err(failure) => {
            if let Failure::Ours(error) = &failure
                && is_closed_pipe(error)
            {
                // `tidegate ledger export | head`: nobody reads on, which is no error.
                return ExitCode::SUCCESS;
            }
            let (code, text) = describe(&failure);
            say(&text);
            ExitCode::from(code)
        }
    }
}

fn describe(failure: &Failure) -> (u8, String) {
    match failure {
        Failure::Usage(text) => (64, format!("error: {text}\n\nFor more information, try '--help'.")),
        Failure::Input(text) => (2, text.clone()),
        Failure::Ours(error) => (3, format!("error: {error:#}")),
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

/// Talk goes to stderr; when that is closed too there is nobody left to tell. Names of files and what others
/// say stand in it: what a terminal obeys is escaped, but for the line feed.
pub fn say(text: &str) {
    use std::io::Write;
    let _ = writeln!(std::io::stderr(), "{}", inert(text));
}

fn inert(text: &str) -> String {
    let lines: Vec<String> =
        text.split('\n').map(|line| report::plain(&line.replace('\t', "    "))).collect();
    lines.join("\n")
}

/// Data goes to stdout.
///
/// # Errors
/// When stdout is closed or full.
pub fn data(text: &str) -> anyhow::Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_has_its_exit_code_and_says_what_is_wrong() {
        let ours = Failure::Ours(anyhow::anyhow!("disk full").context("open ledger"));
        for (failure, code, text) in [
            (Failure::Usage("`--guard` needs `--direct` or `--trust`".into()), 64, "--help"),
            (Failure::Input("error: bad key".into()), 2, "bad key"),
            (ours, 3, "open ledger: disk full"),
        ] {
            let described = describe(&failure);
            assert_eq!(described.0, code);
            assert!(described.1.contains(text), "{}", described.1);
        }
    }

    #[test]
    fn what_a_terminal_obeys_is_not_said() {
        let text = "error: `a\u{1b}[31m\u{202e}\u{9b}b` cannot be read\n\t= help: c";
        assert_eq!(inert(text), "error: `a\\u{1b}[31m\\u{202e}\\u{9b}b` cannot be read\n    = help: c");
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let gone =
            anyhow::Error::from(std::io::Error::from(std::io::ErrorKind::BrokenPipe)).context("write rows");
        assert_eq!(finish(Err(Failure::Ours(gone))), ExitCode::SUCCESS);
    }
}
