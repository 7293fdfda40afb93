//! Files of Sigma rules to rules that match, with every fault at its line.
//!
//! rsigma parses and compiles; this says where, what is not applicable here and why, and who refers to
//! whom. A document that is broken leaves the others whole. Files are read by whoever calls.

use std::collections::HashMap;
use std::sync::Arc;

use rsigma_eval::{CompiledRule, Engine, Pipeline};
use rsigma_parser::{FilterRule, SigmaRule, lint_yaml_str, parse_sigma_yaml};
use spec::diagnostic::Diagnostic;
use spec::tree::{self, Format, Node, Span};

use crate::applies;
use crate::ask::Ask;
use crate::build;
use crate::needs;
use crate::place;
use crate::rule::Rule;
use crate::rules::{Ready, Rules};

/// Largest file, in bytes.
pub const MOST_BYTES: usize = 1 << 20;
/// Most rules of one set.
pub const MOST_RULES: usize = 20_000;

/// The pipeline that gives fields the names that they have here.
pub const PIPELINE: &str = include_str!("pipeline.yml");

/// A file of rules.
#[derive(Clone, Copy, Debug)]
pub struct File<'t> {
    /// What to call it.
    pub name: &'t str,
    /// Its text: YAML, one document or several.
    pub text: &'t str,
}

/// What is wrong in a file.
#[derive(Clone, Debug)]
pub struct Fault {
    /// The place of the file in what was given to [`load`].
    pub file: usize,
    /// What, where, and what to do.
    pub diagnostic: Diagnostic,
}

/// What files give.
#[derive(Debug)]
pub struct Loaded {
    /// The rules that could be read.
    pub rules: Rules,
    /// What is wrong. With an error among them, something could not be read.
    pub faults: Vec<Fault>,
}

impl Loaded {
    /// Whether something could not be read.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.faults.iter().any(|fault| fault.diagnostic.severity == spec::diagnostic::Severity::Error)
    }
}

/// A document of a file, parsed.
pub(crate) struct Document<T> {
    pub(crate) file: usize,
    pub(crate) node: Node,
    pub(crate) rule: T,
}

/// Everything that was parsed.
#[derive(Default)]
struct Parsed {
    rules: Vec<Document<SigmaRule>>,
    correlations: Vec<Document<rsigma_parser::CorrelationRule>>,
    filters: Vec<Document<FilterRule>>,
    faults: Vec<Fault>,
}

/// Reads `files`. Under `seed` counted values become numbers: take one that clients do not know.
///
/// ```
/// let file = sigma::File { name: "env.yml", text: "title: Dotfile\nlogsource: {category: webserver}\n\
///     detection: {selection: {cs-uri-stem|endswith: /.env}, condition: selection}\n" };
/// let mut rules = sigma::load(&[file], 7).rules;
/// let event = sigma::Event {
///     given: sigma::Fields::of(&[sigma::Field::Stem]),
///     target: Some(b"/app/.env?x"),
///     ..sigma::Event::default()
/// };
/// assert_eq!(rules.matches(&event, domain::Timestamp::default()).len(), 1);
/// ```
#[must_use]
pub fn load(files: &[File<'_>], seed: u64) -> Loaded {
    let mut parsed = Parsed::default();
    for (nth, file) in files.iter().enumerate() {
        parsed.file(nth, *file);
    }
    let names: Vec<Arc<str>> = files.iter().map(|file| file.name.into()).collect();
    let name = |file: usize| names.get(file).cloned().unwrap_or_default();
    let Parsed { rules, correlations, filters, mut faults } = parsed;
    let pipeline = pipeline(&mut faults);

    let mut all: Vec<Rule> = Vec::new();
    let mut compiled: Vec<(usize, CompiledRule)> = Vec::new();
    for document in rules {
        let mut rule = document.rule.clone();
        let done = match &pipeline {
            Some(pipeline) => rsigma_eval::apply_pipelines(std::slice::from_ref(pipeline), &mut rule),
            None => Ok(()),
        };
        let reasons = applies::rule(&rule, &document.node);
        match done.and_then(|()| rsigma_eval::compile_rule(&rule)) {
            Ok(one) => {
                if reasons.is_empty() {
                    compiled.push((all.len(), one));
                }
                all.push(build::rule(&document, name(document.file), reasons));
            }
            Err(error) => {
                let at = place::of_message(&document.node, &error.to_string());
                let fault = Diagnostic::error("SIGMA-002", place::small(&error.to_string()), at)
                    .help("Sigma's specification 2 says what goes together; docs/sigma.md names it");
                faults.push(Fault { file: document.file, diagnostic: fault });
            }
        }
    }
    let compiled = filtered(compiled, &filters, &mut faults);
    let ready: Vec<Ready> = compiled
        .into_iter()
        .map(|(rule, compiled)| Ready {
            rule,
            needs: needs::of(&compiled),
            fields: needs::named(&compiled),
            ask: Ask::of(&compiled),
            compiled,
        })
        .collect();
    let counting = build::correlations(correlations, &name, &mut all, &mut faults);
    twins(&all, &names, &mut faults);
    faults.sort_by_key(|fault| (fault.file, fault.diagnostic.at.line, fault.diagnostic.at.column));
    Loaded { rules: Rules::new(all, ready, counting, seed), faults }
}

/// A pipeline of ours that cannot be read is a fault like any other, not a panic; a test reads it.
fn pipeline(faults: &mut Vec<Fault>) -> Option<Pipeline> {
    match rsigma_eval::parse_pipeline(PIPELINE) {
        Ok(pipeline) => Some(pipeline),
        Err(error) => {
            faults.push(Fault {
                file: 0,
                diagnostic: Diagnostic::error("SIGMA-002", error.to_string(), Span::default()),
            });
            None
        }
    }
}

impl Parsed {
    fn fault(&mut self, file: usize, diagnostic: Diagnostic) {
        self.faults.push(Fault { file, diagnostic });
    }

    fn len(&self) -> usize {
        self.rules.len() + self.correlations.len() + self.filters.len()
    }

    fn file(&mut self, nth: usize, file: File<'_>) {
        if file.text.len() > MOST_BYTES {
            let message = format!("the file has {} bytes; at most {MOST_BYTES} are read", file.text.len());
            self.fault(nth, Diagnostic::error("SIGMA-001", message, Span::default()).help("split it"));
            return;
        }
        let documents = tree::read_all(file.text, Format::Yaml);
        let starts: Vec<Option<usize>> =
            documents.iter().map(|one| one.as_ref().ok().map(|node| node.span.range().start)).collect();
        for (place, document) in documents.into_iter().enumerate() {
            let node = match document {
                Ok(node) => node,
                Err(error) => {
                    error.diagnostics().into_iter().for_each(|one| self.fault(nth, one));
                    continue;
                }
            };
            if self.len() >= MOST_RULES {
                let message = format!("more than {MOST_RULES} rules");
                self.fault(
                    nth,
                    Diagnostic::error("SIGMA-001", message, node.span).help("load fewer at once"),
                );
                return;
            }
            // A broken document after this one is cut off at its `---`.
            let end = starts.iter().skip(place + 1).flatten().next().copied().unwrap_or(file.text.len());
            let text = file.text.get(node.span.range().start..end).unwrap_or_default();
            self.document(nth, node, piece(text));
        }
    }

    fn document(&mut self, file: usize, node: Node, text: &str) {
        if node.mapping().is_none() {
            let message = format!("{} is no Sigma rule", node.value.kind());
            self.fault(
                file,
                Diagnostic::error("SIGMA-001", message, node.span).help("a rule is a mapping with `title`"),
            );
            return;
        }
        if let Some((key, _)) = node.entries().find(|(key, _)| &*key.text == "action") {
            let fault = Diagnostic::error("SIGMA-001", "actions of collections are not read", key.span)
                .help("Sigma 2 has them no more: write every rule whole");
            self.fault(file, fault);
            return;
        }
        for warning in lint_yaml_str(text) {
            if matches!(warning.severity, rsigma_parser::Severity::Error | rsigma_parser::Severity::Warning) {
                let at = place::of_path(&node, &warning.path);
                let message = format!("{} ({})", place::small(&warning.message), warning.rule);
                self.fault(file, Diagnostic::warning("SIGMA-003", message, at));
            }
        }
        let collection = match parse_sigma_yaml(text) {
            Ok(collection) => collection,
            Err(error) => return self.unread(file, &node, &error.to_string()),
        };
        for error in &collection.errors {
            self.unread(file, &node, error);
        }
        let one = |node: &Node| node.clone();
        self.rules.extend(collection.rules.into_iter().map(|rule| Document { file, node: one(&node), rule }));
        self.correlations.extend(collection.correlations.into_iter().map(|rule| Document {
            file,
            node: one(&node),
            rule,
        }));
        self.filters.extend(collection.filters.into_iter().map(|rule| Document {
            file,
            node: one(&node),
            rule,
        }));
    }

    /// A lint of the same place says the same once more.
    fn unread(&mut self, file: usize, node: &Node, message: &str) {
        let at = place::of_message(node, message);
        self.faults.retain(|fault| {
            fault.file != file || fault.diagnostic.at != at || fault.diagnostic.code != "SIGMA-003"
        });
        let fault = Diagnostic::error("SIGMA-001", place::small(message), at)
            .help("a rule has `title`, `logsource`, `detection` with a `condition`; a correlation `title` and `correlation`");
        self.fault(file, fault);
    }
}

/// The text of one document: without the marks of the next one and what follows them.
fn piece(text: &str) -> &str {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with("---") || line.trim_end() == "..." {
            break;
        }
        end += line.len();
    }
    text.get(..end).unwrap_or(text)
}

/// Rules with the filters that name them built in.
fn filtered(
    compiled: Vec<(usize, CompiledRule)>,
    filters: &[Document<FilterRule>],
    faults: &mut Vec<Fault>,
) -> Vec<(usize, CompiledRule)> {
    if filters.is_empty() {
        return compiled;
    }
    let (places, rules): (Vec<usize>, Vec<CompiledRule>) = compiled.into_iter().unzip();
    let mut engine = Engine::new();
    engine.extend_compiled_rules(rules);
    for filter in filters {
        for (reason, at) in applies::detections(&filter.rule.detection, &filter.node) {
            let fault =
                Diagnostic::warning("SIGMA-005", format!("this filter takes nothing out: {reason}"), at);
            faults.push(Fault { file: filter.file, diagnostic: fault.help(reason.help()) });
        }
        if let Err(error) = engine.apply_filter(&filter.rule) {
            let at = place::of_message(&filter.node, &error.to_string());
            faults.push(Fault {
                file: filter.file,
                diagnostic: Diagnostic::error("SIGMA-002", error.to_string(), at),
            });
        }
    }
    places.into_iter().zip(engine.rules().iter().cloned()).collect()
}

/// Two rules of one id or name: a correlation would mean either.
fn twins(all: &[Rule], names: &[Arc<str>], faults: &mut Vec<Fault>) {
    let mut seen: HashMap<&str, &Rule> = HashMap::new();
    for rule in all {
        for word in rule.id.iter().chain(&rule.name) {
            match seen.get(word.as_str()) {
                Some(first) if !std::ptr::eq(*first, rule) => {
                    let message = format!("`{word}` is already the id or name of a rule in `{}`", first.file);
                    let file = names.iter().position(|name| *name == rule.file).unwrap_or(0);
                    let fault = Diagnostic::error("SIGMA-004", message, rule.at)
                        .help("give every rule an id of its own");
                    faults.push(Fault { file, diagnostic: fault });
                }
                _ => {
                    seen.insert(word, rule);
                }
            }
        }
    }
}
