//! Reads Turtle (RDF 1.1) as the D3FEND ontology uses it: statements, `a`, blank nodes in brackets,
//! lists, strings of both kinds. No base, no named graphs; a fault is an error with its byte.
//!
//! Nodes are kept as text: a name in the default namespace as the bare name, another prefixed name as
//! it stands, a full identifier without its brackets (in the default namespace shortened), a string
//! without its quotes.

use std::collections::HashMap;

use anyhow::{Result, bail};

/// What can stand as an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A name or identifier.
    Name(String),
    /// Text, with escapes undone.
    Text(String),
    /// A blank node: its number in [`Graph::blanks`].
    Blank(usize),
    /// A list in parentheses, of which we need nothing.
    List,
}

impl Node {
    /// The name, if it is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            _ => None,
        }
    }

    /// The text, if it is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Predicates and objects of one subject, as they stand.
pub type Facts = Vec<(String, Node)>;

/// All statements of a file.
#[derive(Debug, Default)]
pub struct Graph {
    /// By subject.
    pub subjects: HashMap<String, Facts>,
    /// Of blank nodes, by their number.
    pub blanks: Vec<Facts>,
}

impl Graph {
    /// The objects of a subject under a predicate.
    pub fn objects<'a>(
        &'a self,
        subject: &str,
        predicate: &'static str,
    ) -> impl Iterator<Item = &'a Node> + use<'a> {
        objects(self.subjects.get(subject).map_or(&[], Vec::as_slice), predicate)
    }
}

/// The objects under a predicate.
pub fn objects<'a>(
    facts: &'a [(String, Node)],
    predicate: &'static str,
) -> impl Iterator<Item = &'a Node> + use<'a> {
    facts.iter().filter(move |(given, _)| given == predicate).map(|(_, object)| object)
}

/// Reads a whole file. `namespace` is what its empty prefix stands for.
pub fn read(source: &str, namespace: &str) -> Result<Graph> {
    let mut reader = Reader { rest: source, length: source.len(), namespace, graph: Graph::default() };
    loop {
        reader.skip();
        if reader.rest.is_empty() {
            return Ok(reader.graph);
        }
        if reader.rest.starts_with("@prefix") {
            let Some((_, after)) = reader.rest.split_once(">") else { return reader.fault("an open prefix") };
            reader.rest = after;
            reader.expect('.')?;
            continue;
        }
        let subject = reader.node()?;
        let facts = reader.facts()?;
        reader.expect('.')?;
        match subject {
            Node::Name(subject) => reader.graph.subjects.entry(subject).or_default().extend(facts),
            // A statement about a blank node (`[ a owl:AllDisjointClasses ; ... ] .`) names nothing of ours.
            Node::Blank(_) => {}
            Node::Text(_) | Node::List => return reader.fault("a subject that is no name"),
        }
    }
}

struct Reader<'a> {
    rest: &'a str,
    length: usize,
    namespace: &'a str,
    graph: Graph,
}

impl<'a> Reader<'a> {
    fn fault<T>(&self, what: &str) -> Result<T> {
        bail!("{what} at byte {}", self.length - self.rest.len())
    }

    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if !self.rest.starts_with('#') {
                return;
            }
            self.rest = self.rest.split_once('\n').map_or("", |(_, after)| after);
        }
    }

    fn take(&mut self, mark: char) -> bool {
        self.skip();
        match self.rest.strip_prefix(mark) {
            Some(after) => {
                self.rest = after;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, mark: char) -> Result<()> {
        if self.take(mark) { Ok(()) } else { self.fault(&format!("no `{mark}`")) }
    }

    fn facts(&mut self) -> Result<Facts> {
        let mut facts = Facts::new();
        loop {
            self.skip();
            if self.rest.starts_with(['.', ']']) {
                return Ok(facts);
            }
            let Node::Name(predicate) = self.node()? else {
                return self.fault("a predicate that is no name");
            };
            loop {
                let object = self.node()?;
                facts.push((predicate.clone(), object));
                if !self.take(',') {
                    break;
                }
            }
            while self.take(';') {}
        }
    }

    fn node(&mut self) -> Result<Node> {
        self.skip();
        if self.take('[') {
            let facts = self.facts()?;
            self.expect(']')?;
            self.graph.blanks.push(facts);
            return Ok(Node::Blank(self.graph.blanks.len() - 1));
        }
        if self.take('(') {
            while !self.take(')') {
                self.node()?;
            }
            return Ok(Node::List);
        }
        if let Some(after) = self.rest.strip_prefix('<') {
            let Some((name, after)) = after.split_once('>') else { return self.fault("an open identifier") };
            self.rest = after;
            return Ok(Node::Name(name.strip_prefix(self.namespace).unwrap_or(name).to_owned()));
        }
        for quote in ["\"\"\"", "\""] {
            if let Some(after) = self.rest.strip_prefix(quote) {
                return self.string(after, quote);
            }
        }
        let word = self.word();
        match word.strip_prefix(':').unwrap_or(word) {
            "" => self.fault("nothing where a name should be"),
            name => Ok(Node::Name(name.to_owned())),
        }
    }

    /// A bare word: a prefixed name, a number, a truth value. Its last full stop ends the statement.
    fn word(&mut self) -> &'a str {
        let ends = |character: char| character.is_whitespace() || "[]();,\"<#".contains(character);
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        let word = self.rest.get(..length).unwrap_or_default();
        let word = word.strip_suffix('.').unwrap_or(word);
        self.rest = self.rest.get(word.len()..).unwrap_or_default();
        word
    }

    fn string(&mut self, after: &'a str, quote: &str) -> Result<Node> {
        let mut text = String::new();
        let mut characters = after.char_indices();
        while let Some((at, character)) = characters.next() {
            if after.get(at..).is_some_and(|here| here.starts_with(quote)) {
                self.rest = after.get(at + quote.len()..).unwrap_or_default();
                self.annotation();
                return Ok(Node::Text(text));
            }
            if character != '\\' {
                text.push(character);
                continue;
            }
            match characters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((_, 't')) => text.push('\t'),
                Some((_, 'r')) => text.push('\r'),
                Some((_, other)) => text.push(other),
                None => break,
            }
        }
        self.fault("an open string")
    }

    /// Skips what may follow a string: a language or a type.
    fn annotation(&mut self) {
        if self.rest.starts_with("^^") || self.rest.starts_with('@') {
            self.rest = self.rest.trim_start_matches('^');
            if self.rest.starts_with('<') {
                self.rest = self.rest.split_once('>').map_or("", |(_, after)| after);
            } else {
                self.word();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"@prefix : <http://example.com/o#> .
### A comment; with . marks
:One a :Class,
        <http://example.com/o#Other> ;
    rdfs:label "One \"and\" only"@en ;
    rdfs:subClassOf :Zero,
        [ a owl:Restriction ;
            owl:onProperty :acts-on ;
            owl:someValuesFrom :Thing ] ;
    :article """Two "quoted"
lines; :not a name .""" ;
    :count "3"^^xsd:integer ;
    :members ( :A [ :b :c ] "d" ) ;
    :version 1.5 .
:Two a :Class .
[ a owl:AllDisjointClasses ; owl:members ( :One :Two ) ] .
"#;

    #[test]
    fn statements_are_read_as_they_are_meant() {
        let graph = read(SAMPLE, "http://example.com/o#").unwrap();
        let names = |subject, predicate| -> Vec<String> {
            graph.objects(subject, predicate).filter_map(Node::name).map(str::to_owned).collect()
        };
        assert_eq!(names("One", "a"), ["Class", "Other"]);
        assert_eq!(names("Two", "a"), ["Class"]);
        assert_eq!(names("One", "version"), ["1.5"]);
        let texts =
            |predicate| graph.objects("One", predicate).next().and_then(Node::text).unwrap().to_owned();
        assert_eq!(texts("rdfs:label"), "One \"and\" only");
        assert_eq!(texts("article"), "Two \"quoted\"\nlines; :not a name .");
        assert_eq!(texts("count"), "3");
        assert_eq!(graph.objects("One", "members").next(), Some(&Node::List));
        let Some(Node::Blank(number)) = graph.objects("One", "rdfs:subClassOf").nth(1) else {
            panic!("the restriction is a blank node")
        };
        let inside = objects(&graph.blanks[*number], "owl:someValuesFrom").next();
        assert_eq!(inside.and_then(Node::name), Some("Thing"));
    }

    #[test]
    fn a_file_that_ends_too_early_is_an_error_and_not_half_a_graph() {
        for end in
            [":One a", ":One a :Class", ":One :b \"open", ":One :b [ a :c", ":One :b <open", ":a :b ( :c"]
        {
            assert!(read(end, "x").is_err(), "{end}");
        }
    }
}
