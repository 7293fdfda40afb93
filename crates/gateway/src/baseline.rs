//! A baseline that a person lets begin anew: what is usual at an endpoint changed for good.
//!
//! A baseline only falls, so that nobody can teach it a leak. The way back is a person with a name and a
//! reason, and a line in the audit trail before anything is done. It refuses nothing and lets nothing pass:
//! budgets do not hang on it.

use domain::Timestamp;
use serde_json::json;
use telemetry::{Configured, Occurrence};

use crate::incidents::{Answer, Sentence};
use crate::{Gateway, clock};

/// What people did that no incident holds: one JSON object a line, in the state folder.
const TRAIL: &str = "audit.ndjson";
/// Longest reason and name, in characters.
const MOST_REASON: usize = 200;

impl Gateway {
    /// Lets the baselines of `endpoint` begin anew.
    ///
    /// # Errors
    /// A sentence for whoever asked; nothing is done then.
    pub(crate) fn reset_baseline(
        &self,
        endpoint: &domain::Endpoint,
        who: &str,
        reason: &str,
    ) -> Result<Answer, Sentence> {
        let (who, reason) = (who.trim(), reason.trim());
        if who.is_empty()
            || reason.is_empty()
            || [who, reason].iter().any(|text| text.chars().count() > MOST_REASON)
        {
            return Err(Sentence::of(format!(
                "it needs a name and a reason, of at most {MOST_REASON} characters each"
            )));
        }
        let now: Timestamp = clock::now();
        let unknown = || {
            Sentence::of(format!(
                "no baseline of `{endpoint}` is known: it told nobody of strangers yet, or it is written otherwise in log and ledger"
            ))
        };
        let meant = self.meant(endpoint).ok_or_else(unknown)?;
        let key = detect::endpoint_key(&meant);
        if !self.watch.has_baseline(key) {
            return Err(unknown());
        }
        // First the trail: what stands in it may not have been done, what was done stands in it.
        let shown = meant.to_string();
        let line = json!({
            "time": now.millis(), "did": "reset-baseline", "endpoint": shown, "who": who, "reason": reason,
        });
        store::kept::append(self.watch.folder(), TRAIL, &line.to_string()).map_err(|error| {
            Sentence::of(format!("the audit trail cannot be written, so nothing was done: {error}"))
        })?;
        let [strangers, beyond] = self.watch.reset_baseline(key, now).ok_or_else(unknown)?;
        telemetry::BaselineReset {
            endpoint: &meant,
            who: Configured(who),
            reason: Configured(reason),
            strangers,
            beyond,
        }
        .emit();
        Ok(Answer::Baseline { endpoint: meant, was: [strangers, beyond] })
    }
}
