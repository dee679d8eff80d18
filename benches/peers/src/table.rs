//! Tables of what became of the entrants.

use harness::Report;

use crate::entrant::Outcome;

/// The middle of the rounds, and how far they lie apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    pub(crate) fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let mut values = values.into_iter().collect::<Vec<_>>();
        values.sort_by(f64::total_cmp);
        let at = |position: usize| values.get(position).copied().unwrap_or(f64::NAN);
        Self {
            median: at(values.len() / 2),
            least: at(0),
            most: at(values.len().saturating_sub(1)),
        }
    }
}

/// The figures of one entrant, of all its rounds.
pub(crate) fn spread(outcome: &Outcome, figure: impl Fn(&Report) -> f64) -> Spread {
    Spread::of(outcome.reports.iter().map(figure))
}

/// The middle of the rounds' ratios of `one` to `other`: they ran side by side, so that what else
/// the machine did weighs on both.
pub(crate) fn ratio(one: &Outcome, other: &Outcome, figure: impl Fn(&Report) -> f64) -> f64 {
    let pairs = one.reports.iter().zip(&other.reports);
    Spread::of(pairs.map(|(one, other)| figure(one) / figure(other))).median
}

/// Rates and costs, and their ratios to one of the entrants.
pub(crate) fn rates(outcomes: &[Outcome], measure: Option<&str>) {
    let measure = measure.and_then(|name| find(outcomes, name));
    let beside = measure.map_or(String::new(), |measure| format!("to {}: rate, CPU", measure.name));
    println!(
        "{:<28} {:>9} {:>17} {:>9} {:>15}  {beside}",
        "", "msg/s", "min..max", "CPU us", "min..max"
    );
    for outcome in outcomes {
        let (rate, cost) = (spread(outcome, Report::rate), spread(outcome, Report::cost));
        let beside = measure.map_or(String::new(), |measure| {
            let rate = ratio(outcome, measure, Report::rate);
            format!("{rate:>6.2} {:>6.2}", ratio(outcome, measure, Report::cost))
        });
        let rates = format!("{:.0}..{:.0}", rate.least, rate.most);
        let costs = format!("{:.1}..{:.1}", cost.least, cost.most);
        println!(
            "{:<28} {:>9.0} {rates:>17} {:>9.1} {costs:>15}  {beside}",
            outcome.name, rate.median, cost.median
        );
    }
}

/// Times and memory of clients that send one message.
pub(crate) fn sizes(outcomes: &[Outcome]) {
    println!("{:<28} {:>9} {:>15} {:>9} {:>9}", "", "s", "min..max", "CPU s", "peak KiB");
    for outcome in outcomes {
        let time = spread(outcome, |report| report.time.as_secs_f64());
        let processor = spread(outcome, |report| report.processor.as_secs_f64());
        let peak = spread(outcome, Report::memory);
        let times = format!("{:.3}..{:.3}", time.least, time.most);
        println!(
            "{:<28} {:>9.3} {times:>15} {:>9.3} {:>9.0}",
            outcome.name, time.median, processor.median, peak.median
        );
    }
}

pub(crate) fn find<'o>(outcomes: &'o [Outcome], name: &str) -> Option<&'o Outcome> {
    outcomes.iter().find(|outcome| outcome.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle_whatever_the_order() {
        let spread = Spread::of([3.0, 1.0, 2.0]);
        assert_eq!(spread, Spread { median: 2.0, least: 1.0, most: 3.0 });
    }
}
