//! Lines put into a configuration, everything else of it left as it stands.

/// Why no line can be put in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {line}: `{key}` stands on one line, and nothing can be put into it; write it as a block, one key a line"
)]
pub struct SpliceError {
    line: usize,
    key: &'static str,
}

/// Puts what `make` gives for a depth below `endpoints:`.
pub(super) fn endpoints(text: &str, make: impl Fn(usize) -> Vec<String>) -> Result<String, SpliceError> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    match find(&lines, 0..lines.len(), 0, "endpoints")? {
        Some(at) => below(&mut lines, at, 0, &make),
        None => at_end(&mut lines, make(2), &["endpoints:"]),
    }
    Ok(joined(&lines))
}

/// Puts what `make` gives for a depth below `budgets: roles:`.
pub(super) fn roles(text: &str, make: impl Fn(usize) -> Vec<String>) -> Result<String, SpliceError> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let made = make(0);
    if made.is_empty() {
        return Ok(joined(&lines));
    }
    let Some(budgets) = find(&lines, 0..lines.len(), 0, "budgets")? else {
        at_end(&mut lines, make(4), &["budgets:", "  roles:"]);
        return Ok(joined(&lines));
    };
    let depth = depth_below(&lines, budgets, 0);
    let is_outside = |line: &&String| is_content(line) && indent(line) == 0;
    let rest = lines.iter().skip(budgets + 1);
    let end = budgets + 1 + rest.clone().position(|line| is_outside(&line)).unwrap_or(rest.count());
    match find(&lines, budgets + 1..end, depth, "roles")? {
        Some(at) => below(&mut lines, at, depth, &make),
        None => {
            let key = format!("{}roles:", " ".repeat(depth));
            let made = std::iter::once(key).chain(make(depth + 2));
            lines.splice(budgets + 1..budgets + 1, made);
        }
    }
    Ok(joined(&lines))
}

/// The line of `key` at a depth, emptied where it holds an empty map.
fn find(
    lines: &[String],
    within: std::ops::Range<usize>,
    depth: usize,
    key: &'static str,
) -> Result<Option<usize>, SpliceError> {
    for at in within {
        let Some(line) = lines.get(at).filter(|line| is_content(line) && indent(line) == depth) else {
            continue;
        };
        let line = line.trim();
        let unquoted = line.strip_prefix('"').map_or(line, |rest| rest);
        let Some(rest) = unquoted.strip_prefix(key) else { continue };
        let rest = rest.strip_prefix('"').unwrap_or(rest);
        let Some(rest) = rest.strip_prefix(':') else { continue };
        let rest = rest.trim_start();
        if rest.is_empty() || rest.starts_with('#') {
            return Ok(Some(at));
        }
        return Err(SpliceError { line: at + 1, key });
    }
    Ok(None)
}

fn below(lines: &mut Vec<String>, at: usize, depth: usize, make: &impl Fn(usize) -> Vec<String>) {
    let made = make(depth_below(lines, at, depth));
    lines.splice(at + 1..at + 1, made);
}

/// How deep the children of the key at `at` stand.
fn depth_below(lines: &[String], at: usize, depth: usize) -> usize {
    let child = lines.iter().skip(at + 1).find(|line| is_content(line)).map(|line| indent(line));
    child.filter(|child| *child > depth).unwrap_or(depth + 2)
}

/// At the end, below keys of its own.
fn at_end(lines: &mut Vec<String>, made: Vec<String>, keys: &[&str]) {
    if made.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.extend(keys.iter().map(|key| (*key).to_owned()));
    lines.extend(made);
}

fn is_content(line: &str) -> bool {
    let line = line.trim();
    !line.is_empty() && !line.starts_with('#')
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(indent: usize) -> Vec<String> {
        vec![format!("{}new: 1", " ".repeat(indent))]
    }

    #[test]
    fn lines_stand_where_the_key_has_its_own() {
        for (before, after) in [
            ("mode: guard\n", "mode: guard\n\nendpoints:\n  new: 1\n"),
            ("endpoints:\n  a: 1\nmode: guard\n", "endpoints:\n  new: 1\n  a: 1\nmode: guard\n"),
            (
                "endpoints: # mine\n\n    # one\n    a: 1\n",
                "endpoints: # mine\n    new: 1\n\n    # one\n    a: 1\n",
            ),
            ("endpoints:\nmode: guard\n", "endpoints:\n  new: 1\nmode: guard\n"),
            ("x:\n  endpoints:\n    a: 1\n", "x:\n  endpoints:\n    a: 1\n\nendpoints:\n  new: 1\n"),
        ] {
            assert_eq!(endpoints(before, one).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn roles_stand_in_the_budgets_that_there_are() {
        for (before, after) in [
            ("mode: guard\n", "mode: guard\n\nbudgets:\n  roles:\n    new: 1\n"),
            (
                "budgets:\n  keys: 7\nmode: guard\n",
                "budgets:\n  roles:\n    new: 1\n  keys: 7\nmode: guard\n",
            ),
            (
                "budgets:\n    keys: 7\n    roles:\n      a: 1\nx:\n",
                "budgets:\n    keys: 7\n    roles:\n      new: 1\n      a: 1\nx:\n",
            ),
        ] {
            assert_eq!(roles(before, one).unwrap(), after, "{before}");
        }
        assert_eq!(roles("mode: guard\n", |_| Vec::new()).unwrap(), "mode: guard\n");
    }

    #[test]
    fn what_stands_on_one_line_is_told_with_its_line() {
        let error = endpoints("mode: guard\nendpoints: {a: 1}\n", one).unwrap_err();
        assert!(error.to_string().starts_with("line 2: `endpoints`"), "{error}");
        assert!(roles("budgets: {keys: 7}\n", one).is_err());
        assert!(roles("budgets:\n  roles: {staff: []}\n", one).is_err());
    }
}
