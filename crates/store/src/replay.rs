//! Handing out what budgets need, from summaries and segments, and telling what of it is lost.
//!
//! A segment that is gone is no loss to budgets while its summary is there. Where both are gone, what
//! was charged then is handed out as a span of time ([`Restored::Lost`]): nobody can say by whom.

use std::io;

use domain::{Completion, Timestamp};
use ledger::{Entry, Mark, Resolved, Resolver};

use crate::disk::Disk;
use crate::layout::Layout;
use crate::loss::Loss;
use crate::opening::{Opening, Restored};
use crate::segment::{Chain, Link, Missing, Scan};
use crate::summary::{self, foreign_part};

/// What a replay reads.
pub(crate) struct Replay<'r> {
    pub(crate) disk: &'r dyn Disk,
    pub(crate) layout: &'r Layout,
    pub(crate) chain: &'r Chain,
    /// Where retention removed everything before.
    pub(crate) pruned_through: Mark,
    /// Nothing older matters to budgets.
    pub(crate) since: Timestamp,
    /// No entry of this ledger is older.
    pub(crate) begun: Timestamp,
    pub(crate) now: Timestamp,
}

impl Replay<'_> {
    /// Hands out what budgets need, in order; where the last segment ends.
    pub(crate) fn run(
        &self,
        opening: &mut Opening,
        restore: &mut dyn FnMut(Restored<'_>),
    ) -> io::Result<Option<Mark>> {
        let mut end = None;
        let latest = self.since.max(self.begun);
        let mut out = Hand { since: self.since, exposures: 0, hints: 0, latest, restore };
        let mut resolver = Resolver::new(summary::WAITING.0, summary::WAITING.1);
        let successors = self.chain.links.iter().skip(1).map(Some).chain([None]);
        for (link, next) in self.chain.links.iter().zip(successors) {
            if let Some(missing) = self.chain.missing_before(link)
                && missing.end.segment > self.pruned_through.segment
            {
                opening.losses.push(self.gap(missing, &mut resolver, &mut out)?);
            }
            let cut = next.filter(|_| self.is_cut(link));
            // Everything in a segment is older than its successor.
            if next.is_some_and(|next| next.header.created < self.since) {
                opening.losses.extend(cut.map(|next| self.cut(link, next, true)));
                continue;
            }
            if let Some(scan) = summary::find(self.disk, self.layout, link) {
                opening.losses.extend(cut.map(|next| self.cut(link, next, true)));
                out.pass(scan, link.header.number, &mut resolver)?;
                continue;
            }
            opening.segments_read = opening.segments_read.saturating_add(1);
            let summary = summary::make(self.disk, link)?;
            if next.is_none() {
                end = Some(summary.end);
                opening.cut_bytes = self.disk.len(&link.path)?.saturating_sub(summary.end.length);
            }
            let lost = next.filter(|_| link.sealed.is_some_and(|sealed| sealed != summary.end)).map(|next| {
                let why = summary.torn.map_or("it is not what its successor continues", |why| why.0);
                Loss::of(link, next, summary.end.length, why, false)
            });
            if lost.is_none()
                && let Err(error) = summary::save(self.disk, self.layout, &summary)
            {
                tracing::warn!(cause = %error, "a ledger segment keeps no summary; the next start reads it again");
            }
            out.pass(summary.scan()?, link.header.number, &mut resolver)?;
            if let Some(mut lost) = lost {
                lost.from = lost.from.max(out.latest);
                out.lost(&lost);
                opening.losses.push(lost);
            }
        }
        if let Some(known) = opening.lost_tail {
            self.tail(known, &mut resolver, &mut out)?;
        }
        resolver.finish(&mut |resolved| out.give(resolved));
        opening.exposures = out.exposures;
        opening.hints = out.hints;
        Ok(end)
    }

    fn is_cut(&self, link: &Link) -> bool {
        let length = self.disk.len(&link.path).unwrap_or(0);
        link.sealed.is_some_and(|sealed| length < sealed.length)
    }

    fn cut(&self, link: &Link, next: &Link, budgets_known: bool) -> Loss {
        let length = self.disk.len(&link.path).unwrap_or(0);
        Loss::of(link, next, length, "the file is cut short", budgets_known)
    }

    /// A gap in the chain: its summaries serve where they are there.
    fn gap(&self, missing: &Missing, resolver: &mut Resolver, out: &mut Hand<'_>) -> io::Result<Loss> {
        let whole = missing.until < self.since
            || self.pass_summaries(
                missing.after.max(self.pruned_through.segment),
                missing.end,
                resolver,
                out,
            )?;
        let loss = Loss {
            segment: missing.end.segment,
            file: Layout::segment_name(missing.end.segment),
            why: missing.why(),
            from: missing.from.max(out.latest.min(missing.until)),
            until: missing.until,
            bytes: (missing.after.saturating_add(1) == missing.end.segment).then_some(missing.end.length),
            budgets_known: whole,
        };
        if !whole {
            out.lost(&loss);
        }
        Ok(loss)
    }

    /// A tail that is gone: whole segments may have left summaries, a segment cut short has none.
    fn tail(&self, known: Mark, resolver: &mut Resolver, out: &mut Hand<'_>) -> io::Result<()> {
        let last = self.chain.links.last().map_or(self.pruned_through.segment, |link| link.header.number);
        let whole = last < known.segment && self.pass_summaries(last, known, resolver, out)?;
        if !whole {
            (out.restore)(Restored::Lost { segment: known.segment, from: out.latest, until: self.now });
        }
        Ok(())
    }

    /// Hands out the summaries of all segments after number `after` up to the one that ended at
    /// `end`; whether none of them was missing.
    fn pass_summaries(
        &self,
        after: u64,
        end: Mark,
        resolver: &mut Resolver,
        out: &mut Hand<'_>,
    ) -> io::Result<bool> {
        let mut expected = after.saturating_add(1);
        let mut whole = true;
        let numbers = self.layout.summaries(self.disk)?;
        let range = expected..=end.segment;
        for number in numbers.into_iter().filter(|number| range.contains(number)) {
            let must_end = (number == end.segment).then_some(end);
            if let Some(scan) = summary::of(self.disk, self.layout, number, must_end) {
                whole &= number == expected;
                expected = number.saturating_add(1);
                out.pass(scan, number, resolver)?;
            }
        }
        Ok(whole && expected > end.segment)
    }
}

/// Hands out, and keeps count.
struct Hand<'r> {
    since: Timestamp,
    exposures: u64,
    hints: u64,
    /// Time of the latest entry that was seen.
    latest: Timestamp,
    restore: &'r mut dyn FnMut(Restored<'_>),
}

impl Hand<'_> {
    fn pass(&mut self, mut scan: Scan, segment: u64, resolver: &mut Resolver) -> io::Result<()> {
        while let Some(entry) = scan.next()? {
            if let Entry::Started(started) = &entry
                && started.tail_lost
                && started.at >= self.since
            {
                // An earlier opening missed a tail, and nobody has found it since.
                let (from, until) = (self.latest.min(started.at), started.at);
                (self.restore)(Restored::Lost { segment, from, until });
            }
            self.latest = self.latest.max(entry.at());
            resolver.push(entry, &mut |resolved| self.give(resolved));
        }
        Ok(())
    }

    fn lost(&mut self, loss: &Loss) {
        let Loss { segment, from, until, .. } = *loss;
        (self.restore)(Restored::Lost { segment, from, until });
    }

    fn give(&mut self, resolved: Resolved) {
        match resolved {
            Resolved::Exposure(exposure, end) if exposure.at >= self.since => {
                let end = end.unwrap_or(Completion::Unknown);
                if let Some(foreign) = foreign_part(exposure).filter(|_| end != Completion::Nothing) {
                    self.exposures = self.exposures.saturating_add(1);
                    (self.restore)(Restored::Exposure(&foreign, end));
                }
            }
            Resolved::Other(Entry::Confirmed { digest, network, holder, at }) if at >= self.since => {
                self.hints = self.hints.saturating_add(1);
                (self.restore)(Restored::Confirmed { digest, network, holder, at });
            }
            _ => {}
        }
    }
}
