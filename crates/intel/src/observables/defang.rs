//! Undoes what keeps people from following an address by accident.

/// The address as it is used, and whether it was changed.
pub(super) fn undone(piece: &str) -> (String, bool) {
    if !piece.contains(['[', '(', '{', 'x', 'X', '\\']) {
        return (piece.to_owned(), false);
    }
    let mut out = String::with_capacity(piece.len());
    let mut rest = piece;
    const FORMS: &[(&str, &str)] = &[
        ("[://]", "://"),
        ("[:]", ":"),
        ("[.]", "."),
        ("(.)", "."),
        ("{.}", "."),
        ("[dot]", "."),
        ("(dot)", "."),
        ("{dot}", "."),
        ("[DOT]", "."),
        ("[@]", "@"),
        ("(@)", "@"),
        ("[at]", "@"),
        ("(at)", "@"),
        ("{at}", "@"),
        ("[AT]", "@"),
        ("[/]", "/"),
        ("\\.", "."),
        ("[.", "."),
        (".]", "."),
        ("[:", ":"),
    ];
    while let Some(letter) = rest.chars().next() {
        let form = if matches!(letter, '[' | '(' | '{' | '\\' | '.') {
            FORMS.iter().find(|(form, _)| rest.starts_with(form))
        } else {
            None
        };
        match form {
            // `v[1-9]` and `[domain]` are no dots; `[.` alone is one only before letters.
            Some((form, plain)) => {
                out.push_str(plain);
                rest = rest.get(form.len()..).unwrap_or_default();
            }
            None => {
                out.push(letter);
                rest = rest.get(letter.len_utf8()..).unwrap_or_default();
            }
        }
    }
    let lower = out.get(..out.len().min(8)).unwrap_or_default().to_ascii_lowercase();
    for (form, plain) in [
        ("hxxps://", "https://"),
        ("hxxp://", "http://"),
        ("hxtps://", "https://"),
        ("htxp://", "http://"),
        ("fxp://", "ftp://"),
    ] {
        if lower.starts_with(form) {
            out.replace_range(..form.len(), plain);
            return (out, true);
        }
    }
    let is_changed = out != piece;
    (out, is_changed)
}
