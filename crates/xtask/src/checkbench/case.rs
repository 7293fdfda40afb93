//! The form of a case, read.
//!
//! ```text
//! fault nginx-nested-location
//! why: a nested location switches the outer credential off
//! base: shop nginx
//! tell: ACH-009 | api.example.com location /v2/export/
//! line: nginx.conf | location /v2/export/ {
//! file nginx.conf
//! -     location /v2/ {
//! !     location /v2/export/ { auth_basic off; proxy_pass http://shop; }
//! !     location /v2/ {
//! =     location /v2/export/ { proxy_pass http://shop; }
//! =     location /v2/ {
//! ```
//!
//! `base` names folders of `bases/`, laid over each other. Under `file`, lines after `- ` stand in the
//! base once, one after the other; the fault has those after `! ` in their place (none: they are gone),
//! the twin those after `= ` (none: what the base has). Under `new` a file is made. `line` names a file
//! and a text that stands in one line of the fault; a third part says after which other text to look.
//! `say` and `request` (a widening) must be among what is told. `traffic` names a file of traffic.
//! `known` names a blocker of the base itself, by check and subject and, where several routes are called
//! the same, by the text of the first line that is meant.
//! `missed` says why a fault is known not to be found: it counts as a miss all the same.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

/// Relative path to text.
pub(crate) type Files = BTreeMap<String, String>;

/// What a case is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Fault,
    Widening,
}

impl Sort {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Fault => "faults",
            Self::Widening => "widenings",
        }
    }
}

/// One case with its files.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) sort: Sort,
    /// The kind of input: the name of the file that the case stands in.
    pub(crate) kind: String,
    pub(crate) why: String,
    /// The check that must tell a fault.
    pub(crate) check: String,
    /// The operation, route or listener that it must be told of.
    pub(crate) subject: String,
    /// File and line of a fault.
    pub(crate) place: (String, u32),
    /// What must be said of a widening.
    pub(crate) say: String,
    /// The request that must be shown.
    pub(crate) request: String,
    pub(crate) traffic: Option<String>,
    /// A blocker that the base has too.
    pub(crate) known: Option<Known>,
    /// Why it is known not to be found.
    pub(crate) missed: Option<String>,
    pub(crate) base: Files,
    pub(crate) fault: Files,
    pub(crate) twin: Files,
}

/// A blocker of a base.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) check: String,
    pub(crate) subject: String,
    /// Of the first line that is meant; none: any line.
    pub(crate) text: Option<String>,
}

impl Known {
    fn read(text: &str) -> Result<Self> {
        let mut parts = text.split(" | ").map(str::to_owned);
        let (Some(check), Some(subject)) = (parts.next(), parts.next()) else {
            bail!("`known` has two or three parts");
        };
        Ok(Self { check, subject, text: parts.next() })
    }
}

/// Every case below `data`, in order of file and text.
pub(crate) fn all(data: &Path) -> Result<Vec<Case>> {
    let mut cases: Vec<Case> = Vec::new();
    for (folder, sort) in [("faults", Sort::Fault), ("widenings", Sort::Widening)] {
        let texts = files(&data.join(folder))?;
        for (name, text) in &texts {
            let kind = name.trim_end_matches(".txt");
            let blocks = blocks(text);
            for block in blocks {
                let first = block.first().copied().unwrap_or_default();
                let case = case(&data.join("bases"), sort, kind, &block)
                    .with_context(|| format!("read `{first}` of {name}"))?;
                ensure!(cases.iter().all(|known| known.id != case.id), "two cases are called {}", case.id);
                cases.push(case);
            }
        }
    }
    Ok(cases)
}

/// The cases of a text, without comments and empty lines between them.
fn blocks(text: &str) -> Vec<Vec<&str>> {
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with("fault ") || line.starts_with("widening ") {
            blocks.push(Vec::new());
        }
        if let Some(block) = blocks.last_mut() {
            block.push(line);
        }
    }
    blocks
}

fn case(bases: &Path, sort: Sort, kind: &str, block: &[&str]) -> Result<Case> {
    let (head, rest) = block.split_first().context("find its name")?;
    let word = if sort == Sort::Fault { "fault " } else { "widening " };
    let id = head.strip_prefix(word).with_context(|| format!("`{head}` begins no case here"))?;
    let keys = rest.iter().take_while(|line| !line.starts_with("file ") && !line.starts_with("new "));
    let mut said: BTreeMap<&str, &str> = BTreeMap::new();
    for line in keys {
        let (key, value) = line.split_once(": ").with_context(|| format!("`{line}` is no key"))?;
        ensure!(said.insert(key, value).is_none(), "`{key}` is said twice");
    }
    let edits: Vec<&str> = rest.iter().skip(said.len()).copied().collect();
    let mut base = Files::new();
    for folder in said.remove("base").context("find `base`")?.split(' ') {
        base.extend(files(&bases.join(folder))?);
    }
    let (mut fault, mut twin) = (base.clone(), base.clone());
    for section in sections(&edits) {
        section.apply(&mut fault, &mut twin)?;
    }
    ensure!(fault != base, "the fault changes nothing");
    let mut case = Case {
        id: id.to_owned(),
        sort,
        kind: kind.to_owned(),
        why: said.remove("why").context("find `why`")?.to_owned(),
        check: String::new(),
        subject: String::new(),
        place: (String::new(), 0),
        say: String::new(),
        request: String::new(),
        known: said.remove("known").map(Known::read).transpose()?,
        traffic: said.remove("traffic").map(str::to_owned),
        missed: said.remove("missed").map(str::to_owned),
        base,
        fault,
        twin,
    };
    if sort == Sort::Fault {
        let (check, subject) =
            said.remove("tell").and_then(|tell| tell.split_once(" | ")).context("find `tell`")?;
        (case.check, case.subject) = (check.to_owned(), subject.to_owned());
        case.place = place(&case.fault, said.remove("line").context("find `line`")?)?;
    } else {
        ensure!(case.twin != case.base, "the twin changes nothing");
        case.say = said.remove("say").context("find `say`")?.to_owned();
        case.request = said.remove("request").context("find `request`")?.to_owned();
    }
    ensure!(said.is_empty(), "unknown keys: {said:?}");
    Ok(case)
}

/// The one line that `wanted` names.
fn place(files: &Files, wanted: &str) -> Result<(String, u32)> {
    let parts: Vec<&str> = wanted.split(" | ").collect();
    let (name, text, after) = match parts.as_slice() {
        [name, text] => (name, text, None),
        [name, text, after] => (name, text, Some(after)),
        _ => bail!("`line` has two or three parts"),
    };
    let file = files.get(*name).with_context(|| format!("there is no {name}"))?;
    let skipped = match after {
        Some(after) => {
            1 + file.lines().position(|line| line.contains(*after)).context("find what it is after")?
        }
        None => 0,
    };
    let mut found = file.lines().zip(1_u32..).skip(skipped).filter(|(line, _)| line.contains(*text));
    let (_, line) = found.next().with_context(|| format!("`{text}` stands nowhere in {name}"))?;
    ensure!(after.is_some() || found.next().is_none(), "`{text}` stands in {name} more than once");
    Ok(((*name).to_owned(), line))
}

/// The changes of one file.
struct Section<'t> {
    name: &'t str,
    is_new: bool,
    lines: Vec<&'t str>,
}

fn sections<'t>(lines: &[&'t str]) -> Vec<Section<'t>> {
    let mut sections: Vec<Section<'t>> = Vec::new();
    for line in lines {
        if let Some(name) = line.strip_prefix("file ") {
            sections.push(Section { name, is_new: false, lines: Vec::new() });
        } else if let Some(name) = line.strip_prefix("new ") {
            sections.push(Section { name, is_new: true, lines: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.lines.push(line);
        }
    }
    sections
}

impl Section<'_> {
    fn apply(&self, fault: &mut Files, twin: &mut Files) -> Result<()> {
        if self.is_new {
            for (sign, files) in [('!', fault), ('=', twin)] {
                let lines = signed(&self.lines, sign);
                if !lines.is_empty() {
                    files
                        .insert(self.name.to_owned(), lines.iter().map(|line| format!("{line}\n")).collect());
                }
            }
            return Ok(());
        }
        let mut hunks: Vec<Vec<&str>> = Vec::new();
        let mut before = ' ';
        for line in &self.lines {
            let sign = line.chars().next().unwrap_or(' ');
            ensure!(matches!(sign, '-' | '!' | '='), "`{line}` has no sign");
            if sign == '-' && before != '-' {
                hunks.push(Vec::new());
            }
            before = sign;
            hunks.last_mut().context("a change begins with what the base has")?.push(line);
        }
        for hunk in hunks {
            let [old, bad, good] = ['-', '!', '='].map(|sign| signed(&hunk, sign));
            replace(fault, self.name, &old, &bad)?;
            if !good.is_empty() {
                replace(twin, self.name, &old, &good)?;
            }
        }
        Ok(())
    }
}

fn signed<'t>(lines: &[&'t str], sign: char) -> Vec<&'t str> {
    let of_sign = lines.iter().filter_map(|line| line.strip_prefix(sign));
    of_sign.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect()
}

/// Puts `new` in the place of the lines `old`, which stand in the file once.
fn replace(files: &mut Files, name: &str, old: &[&str], new: &[&str]) -> Result<()> {
    let text = files.get_mut(name).with_context(|| format!("there is no {name}"))?;
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> =
        lines.windows(old.len()).enumerate().filter(|(_, part)| *part == old).map(|(at, _)| at).collect();
    let [start] = starts.as_slice() else {
        bail!("these lines stand in {name} {} times:\n{}", starts.len(), old.join("\n"));
    };
    let (before, rest) = lines.split_at(*start);
    let after = rest.split_at(old.len()).1;
    let made: String = [before, new, after].into_iter().flatten().flat_map(|line| [*line, "\n"]).collect();
    *text = made;
    Ok(())
}

/// Every file below `folder`, by its relative path with `/`.
fn files(folder: &Path) -> Result<Files> {
    let mut found = Files::new();
    let mut folders = vec![(folder.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = std::fs::read_dir(&folder).with_context(|| format!("list {}", folder.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), format!("{name}/")));
            } else {
                found.insert(name, std::fs::read_to_string(entry.path())?);
            }
        }
    }
    Ok(found)
}
