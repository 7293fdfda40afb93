//! Where lines go that cannot be read.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::inputs::Log;
use crate::exit::Failure;

/// The file for them, if there is one.
pub(in crate::commands) struct Rejects {
    file: Option<(PathBuf, BufWriter<File>)>,
}

impl Rejects {
    /// Lines that cannot be read go nowhere.
    pub(in crate::commands) const fn nowhere() -> Self {
        Self { file: None }
    }

    /// Opens the file for them, of a hunt in `logs`.
    ///
    /// # Errors
    /// When the file cannot be made, or is one of the logs: it would be emptied before it is read.
    pub(in crate::commands) fn open(path: Option<&Path>, logs: &[Log]) -> Result<Self, Failure> {
        // What does not exist yet is no log.
        if let Some(own) = path.and_then(|path| std::fs::canonicalize(path).ok()) {
            let mut parts = logs.iter().flat_map(|log| &log.parts);
            if parts.any(|part| std::fs::canonicalize(part).is_ok_and(|part| part == own)) {
                return Err(Failure::Usage(format!(
                    "`--rejects {}` is one of the logs, and would be emptied\n = help: name a file outside of what is read",
                    own.display()
                )));
            }
        }
        let file = path.map(|path| -> anyhow::Result<_> {
            let file = File::create(path).with_context(|| format!("create {}", path.display()))?;
            Ok((path.to_owned(), BufWriter::new(file)))
        });
        Ok(Self { file: file.transpose()? })
    }

    pub(super) fn keep(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        let written = file.write_all(line).and_then(|()| file.write_all(b"\n"));
        written.with_context(|| format!("write {}", path.display()))
    }

    /// # Errors
    /// When the last lines cannot be written.
    pub(in crate::commands) fn finish(&mut self) -> anyhow::Result<()> {
        let Some((path, file)) = &mut self.file else { return Ok(()) };
        file.flush().with_context(|| format!("write {}", path.display()))
    }
}
