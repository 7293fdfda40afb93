//! The tree of learned positions, in an arena.

// long: one table, and every step that moves its branches; each leans on the same invariants.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{Endpoint, Method, PathTemplate};
use smallvec::SmallVec;

use crate::learn::kind::SLUG;
use crate::learn::plain::is_plain;
use crate::learn::shown::{HIDDEN, Standing, extended, named};
use crate::learn::{Bounds, Move};

/// Which of the eight columns a method has: `HEAD` shares that of `GET`, unnamed methods share one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    Get,
    Post,
    Put,
    Patch,
    Delete,
    Options,
    Trace,
    Other,
}

impl Slot {
    const ALL: [Self; 8] = [
        Self::Get,
        Self::Post,
        Self::Put,
        Self::Patch,
        Self::Delete,
        Self::Options,
        Self::Trace,
        Self::Other,
    ];

    pub(super) const fn of(method: &Method) -> Self {
        match method {
            Method::Get | Method::Head => Self::Get,
            Method::Post => Self::Post,
            Method::Put => Self::Put,
            Method::Patch => Self::Patch,
            Method::Delete => Self::Delete,
            Method::Options => Self::Options,
            Method::Trace => Self::Trace,
            Method::Other(_) => Self::Other,
        }
    }

    pub(super) fn method(self) -> Method {
        match self {
            Self::Get => Method::Get,
            Self::Post => Method::Post,
            Self::Put => Method::Put,
            Self::Patch => Method::Patch,
            Self::Delete => Method::Delete,
            Self::Options => Method::Options,
            Self::Trace => Method::Trace,
            Self::Other => Method::Other("OTHER".into()),
        }
    }

    /// The id of `/{*unseen}`: the first ids are taken by these.
    pub(super) fn unseen_id(self) -> u32 {
        let nth = Self::ALL.iter().position(|slot| *slot == self).unwrap_or_default();
        u32::try_from(nth).unwrap_or_default()
    }
}

/// A position in the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct At(usize);

#[derive(Debug)]
struct Branch {
    template: PathTemplate,
    /// The same, with `{word}` for every word that may not be shown.
    shown: PathTemplate,
    /// Whether this branch's own word may be shown.
    standing: Standing,
    /// The parameter's name, where this branch is one.
    name: Option<Arc<str>>,
    literals: HashMap<Box<str>, At>,
    /// How many of them are plain; a collapse leaves these where they are.
    plain: usize,
    /// Those that show only because an earlier life wrote them. Bound: [`Standing::MOST_BESIDE`], for
    /// where more words stand all of these are hidden again.
    again: Vec<Box<str>>,
    parameter: Option<At>,
    /// From now on unknown words go to the parameter.
    collapsed: bool,
    doors: SmallVec<[(Slot, u32); 2]>,
    rests: SmallVec<[(Slot, u32); 1]>,
    confirmed: u32,
}

#[derive(Debug)]
struct Door {
    endpoint: Endpoint,
    shown: Endpoint,
    /// The door that this one merged into.
    became: Option<u32>,
}

#[derive(Debug)]
pub(super) struct Table {
    pub(super) bounds: Bounds,
    pub(super) moves: Vec<Move>,
    branches: Vec<Option<Branch>>,
    free: Vec<At>,
    doors: Vec<Door>,
}

impl Table {
    pub(super) const ROOT: At = At(0);

    pub(super) fn new(bounds: Bounds) -> Self {
        let doors = Slot::ALL.map(|slot| Door::new(slot.unseen(), slot.unseen())).into();
        let root = PathTemplate::parse("/")
            .ok()
            .map(|template| Branch::new(template.clone(), template, None, Standing::Shown));
        Self { bounds, moves: Vec::new(), branches: vec![root], free: Vec::new(), doors }
    }

    fn branch(&self, at: At) -> Option<&Branch> {
        self.branches.get(at.0)?.as_ref()
    }

    fn branch_mut(&mut self, at: At) -> Option<&mut Branch> {
        self.branches.get_mut(at.0)?.as_mut()
    }

    pub(super) fn live(&self) -> usize {
        self.branches.len() - self.free.len()
    }

    pub(super) fn literal(&self, at: At, word: &str) -> Option<At> {
        self.branch(at)?.literals.get(word).copied()
    }

    pub(super) fn parameter(&self, at: At) -> Option<At> {
        self.branch(at)?.parameter
    }

    pub(super) fn name(&self, at: At) -> Option<&Arc<str>> {
        self.branch(at)?.name.as_ref()
    }

    /// Whether the unknown `word` at `at` is a value of the parameter there: where the table is full,
    /// where its position has enough plain words, and for any other word after a collapse.
    pub(super) fn folds(&self, at: At, word: &str) -> bool {
        self.is_full()
            || self.branch(at).is_some_and(|branch| {
                if is_plain(word) { branch.plain_words() >= self.bounds.literals } else { branch.collapsed }
            })
    }

    fn is_full(&self) -> bool {
        self.live() >= self.bounds.nodes || self.doors.len() >= self.bounds.ids
    }

    pub(super) fn door(&self, at: At, slot: Slot) -> Option<u32> {
        self.branch(at)?.doors.iter().find(|(known, _)| *known == slot).map(|(_, id)| *id)
    }

    pub(super) fn rest_door(&self, at: At, slot: Slot) -> Option<u32> {
        self.branch(at)?.rests.iter().find(|(known, _)| *known == slot).map(|(_, id)| *id)
    }

    pub(super) fn endpoint(&self, id: u32) -> Option<&Endpoint> {
        self.doors.get(usize::try_from(id).ok()?).map(|door| &door.endpoint)
    }

    /// The endpoint `id` as it may be shown.
    pub(super) fn shown(&self, id: u32) -> Option<&Endpoint> {
        self.doors.get(usize::try_from(id).ok()?).map(|door| &door.shown)
    }

    pub(super) fn endpoints(&self) -> impl Iterator<Item = (u32, &Endpoint)> {
        let doors = (0u32..).zip(&self.doors).skip(Slot::ALL.len());
        doors.filter(|(_, door)| door.became.is_none()).map(|(id, door)| (id, &door.endpoint))
    }

    pub(super) fn current(&self, id: u32) -> u32 {
        let mut id = id;
        // A merged door is given to nobody again, so no chain comes back to where it was.
        while let Some(next) = usize::try_from(id).ok().and_then(|at| self.doors.get(at)?.became) {
            id = next;
        }
        id
    }

    pub(super) fn count(&mut self, at: At) {
        if let Some(branch) = self.branch_mut(at) {
            branch.confirmed = branch.confirmed.saturating_add(1);
        }
    }

    /// Notes that `neighbourhood` was served the word of `child`, below `at`: from enough of them on
    /// the word is shown, where it can be one of the API's.
    pub(super) fn vouch(&mut self, at: At, child: At, neighbourhood: u64) {
        if self.branch(child).is_none_or(|branch| branch.standing == Standing::Shown) {
            return;
        }
        let may = self.may_show(at, child);
        let Some(branch) = self.branch_mut(child).filter(|branch| branch.name.is_none()) else { return };
        if branch.standing.heard(neighbourhood, may) {
            self.show(at, child);
        }
    }

    /// Whether the word of `child`, below `at`, can be one of the API's: one word of small letters, with
    /// no parameter and few such words beside it.
    fn may_show(&self, at: At, child: At) -> bool {
        let is_one_word = self.branch(child).is_some_and(|branch| {
            let word = branch.template.as_str().rsplit('/').next().unwrap_or_default();
            word.bytes().all(|byte| byte.is_ascii_lowercase())
        });
        is_one_word && self.few_beside(at)
    }

    fn few_beside(&self, at: At) -> bool {
        self.branch(at).is_some_and(|parent| {
            !parent.collapsed
                && parent.parameter.is_none()
                && parent.literals.len().saturating_sub(parent.plain_words()) <= Standing::MOST_BESIDE
        })
    }

    /// Shows the word of `child`, below `at`, where an earlier life wrote it. An earlier version wrote
    /// every word, so that it must still be one that can be the API's: whatever is restored beside it
    /// counts, before it or behind it.
    pub(super) fn show_again(&mut self, at: At, child: At) {
        if !self.few_beside(at) {
            return self.hide_again(at);
        }
        let hidden = self.branch(child).is_some_and(|branch| branch.standing != Standing::Shown);
        if !hidden || !self.may_show(at, child) {
            return;
        }
        self.show(at, child);
        let word: Option<Box<str>> =
            self.branch(child).and_then(|branch| branch.template.as_str().rsplit('/').next()).map(Into::into);
        if let Some(branch) = self.branch_mut(at) {
            branch.again.extend(word);
        }
    }

    /// Hides the words at `at` that show only because an earlier life wrote them.
    fn hide_again(&mut self, at: At) {
        let words = self.branch_mut(at).map(|branch| std::mem::take(&mut branch.again)).unwrap_or_default();
        for word in words {
            let (Some(child), Some(parent)) = (self.literal(at, &word), self.branch(at)) else { continue };
            let shown = extended(&parent.shown, &named(&parent.shown, HIDDEN));
            if let Some(branch) = self.branch_mut(child) {
                branch.standing = Standing::default();
            }
            if let Some(shown) = shown {
                self.reshow(child, shown);
            }
        }
    }

    /// Shows the word of `child`, below `at`, from now on.
    fn show(&mut self, at: At, child: At) {
        let Some(before) = self.branch(at).map(|branch| branch.shown.clone()) else { return };
        let Some(branch) = self.branch_mut(child).filter(|branch| branch.name.is_none()) else { return };
        branch.standing = Standing::Shown;
        let word = branch.template.as_str().rsplit('/').next().unwrap_or_default();
        if let Some(shown) = extended(&before, word) {
            self.reshow(child, shown);
        }
    }

    /// Gives `at` and everything below it the names that follow from `shown`. Recurses as [`Self::graft`].
    fn reshow(&mut self, at: At, shown: PathTemplate) {
        let Some(branch) = self.branch_mut(at) else { return };
        branch.shown = shown.clone();
        let (doors, rests) = (branch.doors.clone(), branch.rests.clone());
        let literals: Vec<(Box<str>, At)> =
            branch.literals.iter().map(|(word, child)| (word.clone(), *child)).collect();
        let parameter = branch.parameter;
        for (slot, id) in doors {
            self.rename(id, Endpoint::new(slot.method(), shown.clone()));
        }
        for (slot, id) in rests {
            if let Some(rest) = extended(&shown, "{*rest}") {
                self.rename(id, Endpoint::new(slot.method(), rest));
            }
        }
        for (word, child) in literals {
            let hidden = self.branch(child).is_some_and(|child| child.standing != Standing::Shown);
            let part = if hidden { named(&shown, HIDDEN) } else { word.into() };
            if let Some(shown) = extended(&shown, &part) {
                self.reshow(child, shown);
            }
        }
        if let Some(child) = parameter
            && let Some(name) = self.name(child).cloned()
            && let Some(shown) = extended(&shown, &format!("{{{name}}}"))
        {
            self.reshow(child, shown);
        }
    }

    fn rename(&mut self, id: u32, shown: Endpoint) {
        if let Some(door) = usize::try_from(id).ok().and_then(|at| self.doors.get_mut(at)) {
            door.shown = shown;
        }
    }

    /// The branch of `word`, made if need be; the parameter's where words fold. `None`: no room.
    pub(super) fn make_literal(&mut self, at: At, word: &str) -> Option<At> {
        self.place_literal(at, word, false)
    }

    /// The same; what is `moving` gives up a branch for the one it gets, and always finds room.
    fn place_literal(&mut self, at: At, word: &str, moving: bool) -> Option<At> {
        if let Some(known) = self.literal(at, word) {
            return Some(known);
        }
        let branch = self.branch(at)?;
        let (plain, plain_words) = (is_plain(word), branch.plain_words());
        // INVARIANT (plain words stay): a plain word never merges into a parameter, so that the
        // accounts of its door, which `shape` names, stay its own.
        let full = if plain {
            plain_words >= self.bounds.literals && !moving
        } else {
            if !branch.collapsed && branch.literals.len().saturating_sub(plain_words) >= self.bounds.literals
            {
                self.collapse(at);
            }
            let branch = self.branch(at)?;
            // Where it could not collapse no word is added either: the bound holds.
            branch.collapsed
                || branch.literals.len().saturating_sub(plain_words) >= self.bounds.literals && !moving
        };
        if full {
            let into = self.place_parameter(at, SLUG, moving)?;
            // Else an unknown word would be looked for where none is put.
            self.branch_mut(at)?.collapsed |= !plain;
            return Some(into);
        }
        let branch = self.branch(at)?;
        if self.is_full() && !moving {
            return branch.parameter;
        }
        let template = extended(&branch.template, word)?;
        let (standing, part) = if plain {
            (Standing::Shown, word.to_owned())
        } else {
            (Standing::default(), named(&branch.shown, HIDDEN))
        };
        let shown = extended(&branch.shown, &part)?;
        let new = self.add(Branch::new(template, shown, None, standing));
        let branch = self.branch_mut(at)?;
        branch.literals.insert(word.into(), new);
        branch.plain += usize::from(plain);
        Some(new)
    }

    /// The parameter at `at`, made with a name of kind `kind` if there is none.
    pub(super) fn make_parameter(&mut self, at: At, kind: &str) -> Option<At> {
        self.place_parameter(at, kind, false)
    }

    fn place_parameter(&mut self, at: At, kind: &str, moving: bool) -> Option<At> {
        let branch = self.branch(at)?;
        if let Some(known) = branch.parameter {
            return Some(known);
        }
        if self.is_full() && !moving {
            return None;
        }
        let part = named(&branch.template, kind);
        let (template, shown) = (extended(&branch.template, &part)?, extended(&branch.shown, &part)?);
        let name = part.trim_matches(['{', '}']).into();
        let new = self.add(Branch::new(template, shown, Some(name), Standing::Shown));
        let branch = self.branch_mut(at)?;
        branch.parameter = Some(new);
        // So that a restored table folds where the first one did.
        branch.collapsed |= kind == SLUG;
        Some(new)
    }

    fn add(&mut self, branch: Branch) -> At {
        match self.free.pop() {
            Some(at) => {
                if let Some(place) = self.branches.get_mut(at.0) {
                    *place = Some(branch);
                }
                at
            }
            None => {
                self.branches.push(Some(branch));
                At(self.branches.len() - 1)
            }
        }
    }

    pub(super) fn make_door(&mut self, at: At, slot: Slot) -> Option<u32> {
        if let Some(known) = self.door(at, slot) {
            return Some(known);
        }
        let branch = self.branch(at)?;
        let [endpoint, shown] =
            [&branch.template, &branch.shown].map(|template| Endpoint::new(slot.method(), template.clone()));
        let id = self.add_door(endpoint, shown)?;
        self.branch_mut(at)?.doors.push((slot, id));
        Some(id)
    }

    pub(super) fn make_rest_door(&mut self, at: At, slot: Slot) -> Option<u32> {
        if let Some(known) = self.rest_door(at, slot) {
            return Some(known);
        }
        let branch = self.branch(at)?;
        let rest = |template| Some(Endpoint::new(slot.method(), extended(template, "{*rest}")?));
        let (endpoint, shown) = (rest(&branch.template)?, rest(&branch.shown)?);
        let id = self.add_door(endpoint, shown)?;
        self.branch_mut(at)?.rests.push((slot, id));
        Some(id)
    }

    fn add_door(&mut self, endpoint: Endpoint, shown: Endpoint) -> Option<u32> {
        if self.doors.len() >= self.bounds.ids {
            return None;
        }
        let id = u32::try_from(self.doors.len()).ok()?;
        self.doors.push(Door::new(endpoint, shown));
        Some(id)
    }

    /// Makes one parameter of every word at `at` that is neither plain nor established.
    fn collapse(&mut self, at: At) {
        // Each door that merges may need an id for the one it becomes. Where ids may run out midway
        // nothing merges: a door must not become one of another shape, which has other accounts.
        if self.doors.len().saturating_mul(2) > self.bounds.ids {
            return;
        }
        // Without room for the parameter nothing changes: unknown words then have no branch.
        let Some(into) = self.make_parameter(at, SLUG) else { return };
        let established = self.bounds.established;
        let Some(branch) = self.branch_mut(at) else { return };
        branch.collapsed = true;
        // In order of the words, so that equal traffic gives equal ids.
        let mut literals: Vec<_> = std::mem::take(&mut branch.literals).into_iter().collect();
        literals.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (word, child) in literals {
            let busy = self.branch(child).is_some_and(|child| child.confirmed >= established);
            if busy || is_plain(&word) {
                if let Some(branch) = self.branch_mut(at) {
                    branch.literals.insert(word, child);
                }
            } else {
                self.graft(child, into);
            }
        }
    }

    /// Moves everything below `from` under `into`, and frees `from`.
    ///
    /// Recurses as deep as the tree: at most [`Bounds::depth`]. A door that finds no counterpart becomes
    /// `/{*unseen}`; [`Self::collapse`] sees to it that there is room.
    fn graft(&mut self, from: At, into: At) {
        let Some(moved) = self.branches.get_mut(from.0).and_then(Option::take) else { return };
        self.free.push(from);
        for (slot, id) in moved.doors {
            let to = self.make_door(into, slot).unwrap_or_else(|| slot.unseen_id());
            self.becomes(id, to);
        }
        for (slot, id) in moved.rests {
            let to = self.make_rest_door(into, slot).unwrap_or_else(|| slot.unseen_id());
            self.becomes(id, to);
        }
        if let Some(branch) = self.branch_mut(into) {
            branch.confirmed = branch.confirmed.saturating_add(moved.confirmed);
        }
        let mut children: Vec<_> = moved.literals.into_iter().collect();
        children.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (word, child) in children {
            match self.place_literal(into, &word, true) {
                Some(to) => {
                    if self.branch(child).is_some_and(|child| child.standing == Standing::Shown) {
                        self.show(into, to);
                    }
                    self.graft(child, to);
                }
                None => self.fold(child),
            }
        }
        if let Some(child) = moved.parameter {
            let name = self.name(child).cloned();
            let kind = name.as_deref().unwrap_or(SLUG).trim_end_matches(|c: char| c.is_ascii_digit());
            match self.place_parameter(into, kind, true) {
                Some(into) => self.graft(child, into),
                None => self.fold(child),
            }
        }
    }

    /// Frees `from` and what is below it; its doors become `/{*unseen}`.
    fn fold(&mut self, from: At) {
        let Some(moved) = self.branches.get_mut(from.0).and_then(Option::take) else { return };
        self.free.push(from);
        for (slot, id) in moved.doors.into_iter().chain(moved.rests) {
            self.becomes(id, slot.unseen_id());
        }
        for child in moved.literals.into_values().chain(moved.parameter) {
            self.fold(child);
        }
    }

    fn becomes(&mut self, from: u32, to: u32) {
        if let Some(door) = usize::try_from(from).ok().and_then(|at| self.doors.get_mut(at)) {
            door.became = Some(to);
            self.moves.push(Move { from, to });
        }
    }
}

impl Door {
    fn new(endpoint: Endpoint, shown: Endpoint) -> Self {
        Self { endpoint, shown, became: None }
    }
}

impl Branch {
    fn new(template: PathTemplate, shown: PathTemplate, name: Option<Arc<str>>, standing: Standing) -> Self {
        Self {
            template,
            shown,
            standing,
            name,
            literals: HashMap::new(),
            plain: 0,
            again: Vec::new(),
            parameter: None,
            collapsed: false,
            doors: SmallVec::new(),
            rests: SmallVec::new(),
            confirmed: 0,
        }
    }

    /// Plain words at this position.
    const fn plain_words(&self) -> usize {
        self.plain
    }
}
