//! Likelihood and impact out of what the report says, with the arithmetic.

use crate::model::{Amount, ClassClaim, Factor, FrameKind as F, Level, Number, NumberRole, Risk, Span};
use crate::report::Report;

/// The risk that the same is done again, and what it costs.
pub(crate) fn risk(report: &Report, numbers: &[Number], exposed: &[ClassClaim]) -> Risk {
    let spans = |kinds: &[F]| {
        report.standing(kinds).filter(|standing| standing.status.is_asserted()).map(|standing| standing.spans)
    };
    let factor = |fact: &str, points: u32, spans: Vec<Span>| Factor { fact: fact.to_owned(), points, spans };
    // Where the report does not say so, it is assumed.
    let public = spans(&[F::ReachedPublicly]).unwrap_or_default();
    let mut likelihood = vec![factor("an API reached over the internet", 1, public)];
    if let Some(spans) = spans(&[F::NoAuthentication]) {
        likelihood.push(factor("no authentication", 2, spans));
    } else if let Some(spans) = spans(&[F::BrokenAuthentication, F::NoObjectCheck, F::NoFunctionCheck]) {
        likelihood.push(factor("a check that can be passed by", 1, spans));
    }
    if let Some(spans) = spans(&[F::Automated, F::Paged, F::Enumerated, F::PredictableIds]) {
        likelihood.push(factor("can be done by a program", 1, spans));
    }
    match spans(&[F::Fixed]) {
        Some(spans) => likelihood.push(factor("the door is shut", 0, spans)),
        None => likelihood.push(factor("the report does not say that the door is shut", 1, Vec::new())),
    }
    let largest = numbers
        .iter()
        .filter(|number| {
            matches!(number.role, NumberRole::Exist | NumberRole::Exposed | NumberRole::Accessed)
        })
        .filter_map(|number| match number.value {
            Amount::Whole(value) => Some((value, number.spans.clone())),
            Amount::Decimal(_) => None,
        })
        .max_by_key(|(value, _)| *value);
    let mut impact = Vec::new();
    match largest {
        Some((value, spans)) => {
            let points = match value {
                0..100 => 0,
                100..10_000 => 1,
                10_000..1_000_000 => 2,
                _ => 3,
            };
            impact.push(factor(&format!("{value} people or records within reach"), points, spans));
        }
        None => impact.push(factor("the report does not say how many", 1, Vec::new())),
    }
    let heaviest =
        exposed.iter().filter(|claim| claim.status.is_asserted()).max_by_key(|claim| claim.class.weight());
    match heaviest {
        Some(claim) => impact.push(factor(
            &format!("{} got out", claim.class.word()),
            claim.class.weight().min(2),
            claim.spans.clone(),
        )),
        None => impact.push(factor("no kind of personal data is named", 0, Vec::new())),
    }
    if let Some(spans) = spans(&[F::Published]) {
        impact.push(factor("the data was offered or published", 1, spans));
    }
    let sum = |factors: &[Factor]| factors.iter().map(|factor| factor.points).sum::<u32>().clamp(1, 5);
    let (likelihood_points, impact_points) = (sum(&likelihood), sum(&impact));
    let score = likelihood_points * impact_points;
    let level = match score {
        0..=4 => Level::Low,
        5..=9 => Level::Medium,
        10..=15 => Level::High,
        _ => Level::Critical,
    };
    let shown = |factors: &[Factor]| {
        factors.iter().map(|factor| factor.points.to_string()).collect::<Vec<_>>().join(" + ")
    };
    let arithmetic = format!(
        "likelihood ({}) = {likelihood_points}, impact ({}) = {impact_points}, {likelihood_points} x {impact_points} = {score}",
        shown(&likelihood),
        shown(&impact)
    );
    Risk {
        likelihood: likelihood_points,
        likelihood_factors: likelihood,
        impact: impact_points,
        impact_factors: impact,
        score,
        level,
        arithmetic,
    }
}
