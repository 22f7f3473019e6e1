//! A phone's own figures of a call in the course of time, where the call manager asked for them more than once.

use media::quality::VoiceQuality;

use super::seconds;
use crate::analysis::{Call, Leg};

/// From worst to best.
const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// Characters of a curve at most: of more answers, the worst of those that share a character is shown.
const WIDTH_MAX: usize = 60;
/// The ends of the scale of MOS.
const MOS_WORST: f64 = 1.0;
const MOS_BEST: f64 = 4.5;

/// What one answer adds.
struct Point {
    /// Seconds since the call began.
    at: f64,
    mos: Option<f64>,
    /// Packets lost since the answer before.
    lost: u32,
}

/// `MOS ▇▇▅▂▆ 1.9 to 4.4, worst at 25.0 s; lost 34 packets, 30 of them in the time before 25.0 s; 12 answers in 55.0 s`; `None` for
/// fewer than two answers.
pub(crate) fn of(call: &Call, leg: &Leg) -> Option<String> {
    let points = points(call, leg);
    let [first, .., last] = &points[..] else { return None };
    let mut parts: Vec<String> = Vec::new();
    let rated: Vec<(f64, f64)> = points.iter().filter_map(|point| Some((point.at, point.mos?))).collect();
    let by_mos = |one: &&(f64, f64), other: &&(f64, f64)| one.1.total_cmp(&other.1);
    if let (Some(worst), Some(best)) = (rated.iter().min_by(by_mos), rated.iter().max_by(by_mos)) {
        let shares: Vec<f64> =
            rated.iter().map(|(_, mos)| (mos - MOS_WORST) / (MOS_BEST - MOS_WORST)).collect();
        parts.push(format!(
            "MOS {} {:.1} to {:.1}, worst at {:.1} s",
            drawn(&shares, f64::min),
            worst.1,
            best.1,
            worst.0
        ));
    }
    let lost: u32 = points.iter().map(|point| point.lost).sum();
    if let Some(worst) = points.iter().max_by_key(|point| point.lost).filter(|_| lost > 0) {
        if rated.is_empty() {
            let shares: Vec<f64> =
                points.iter().map(|point| f64::from(point.lost) / f64::from(worst.lost)).collect();
            parts.push(format!("loss {}", drawn(&shares, f64::max)));
        }
        parts.push(format!(
            "lost {lost} packets, {} of them in the time before {:.1} s",
            worst.lost, worst.at
        ));
    }
    parts.push(format!("{} answers in {:.1} s", points.len(), last.at - first.at));
    Some(parts.join("; "))
}

fn points(call: &Call, leg: &Leg) -> Vec<Point> {
    let mut before = 0;
    let mut point = |statistics: &crate::analysis::PhoneStatistics| {
        let said = VoiceQuality::parse(&statistics.text);
        // Counters may begin anew with each answer: that is for the call manager to say.
        let lost = statistics.packets_lost.checked_sub(before).unwrap_or(statistics.packets_lost);
        before = statistics.packets_lost;
        Point {
            at: seconds(statistics.at.time) - seconds(call.start.time),
            mos: said.mos.or(said.mos_average),
            lost,
        }
    };
    leg.statistics.iter().map(&mut point).collect()
}

/// Shares from 0 to 1 as a row of blocks; `worst` of two is shown where they find no room beside each other.
fn drawn(shares: &[f64], worst: fn(f64, f64) -> f64) -> String {
    let per_character = shares.len().div_ceil(WIDTH_MAX).max(1);
    let level = |share: f64| LEVELS[(share.clamp(0.0, 1.0) * (LEVELS.len() - 1) as f64).round() as usize];
    shares
        .chunks(per_character)
        .filter_map(|shares| shares.iter().copied().reduce(worst))
        .map(level)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{Options, PhoneStatistics, analyse_capture};

    #[test]
    fn many_answers_fit_in_a_line_and_the_worst_stays_visible() {
        let mut shares = vec![1.0; 720];
        shares[333] = 0.0;
        let row = drawn(&shares, f64::min);
        assert_eq!((row.chars().count(), row.matches('▁').count()), (60, 1), "{row}");
        assert_eq!(drawn(&[0.0, 0.5, 1.0, 7.0, -1.0], f64::min), "▁▅██▁");
    }

    #[test]
    fn counters_that_begin_anew_are_not_taken_for_a_gain() {
        let lost = [2, 5, 1];
        let statistics = lost.map(|packets_lost| PhoneStatistics { packets_lost, ..Default::default() });
        let leg = Leg { statistics: statistics.into(), ..Leg::default() };
        let found: Vec<u32> = points(&Call::default(), &leg).iter().map(|point| point.lost).collect();
        assert_eq!(found, [2, 3, 1]);
        assert_eq!(of(&Call::default(), &Leg { statistics: vec![PhoneStatistics::default()], ..leg }), None);
    }

    /// The example, in which the call manager asks Bob's phone each second of the conversation.
    #[test]
    fn a_call_manager_that_polls_gives_a_curve() {
        let mut said = crate::example::said(str::to_owned);
        let answer = said.iter().position(|sent| sent.payload.get(8..12) == Some(&[0x23, 0, 0, 0])).unwrap();
        let (begin, last) = (said[0].time, said[answer].clone());
        for second in 0..8_i64 {
            let mos = if second == 5 { "2.1000" } else { "4.4000" };
            let lost = if second < 5 { 0 } else { 30 };
            let fields = serde_json::json!({
                "call_reference": 16_777_218, "number_packets_lost": lost,
                "data": format!("MLQK={mos};MLQKav=4.3000;ICR=0.0000"),
            });
            let payload = skinny::packet::from_json(
                "ConnectionStatisticsRes",
                &fields,
                20,
                20,
                skinny::text::Charset::Utf8,
            );
            let time = begin.plus((7 + second) * 1_000_000_000);
            let at = said.iter().position(|sent| sent.time > time).unwrap();
            said.insert(at, crate::synth::Sent { time, payload: payload.unwrap(), ..last.clone() });
        }
        let mut file = Vec::new();
        crate::synth::write_pcap(&mut file, &crate::synth::packets(&said)).unwrap();
        let (analysis, _) = analyse_capture(&file[..], Options::default()).unwrap();
        let call = analysis.call(0).unwrap();
        let mut story = String::new();
        super::super::call_story(&mut story, &analysis, &call);
        let curve = story.lines().find(|line| line.contains("MOS █")).unwrap_or_else(|| panic!("{story}"));
        assert!(
            curve.contains("SEP") && curve.contains("MOS █████▃██") && curve.contains("2.1 to 4."),
            "{curve}"
        );
        assert!(curve.contains("lost 31 packets, 30 of them in the time before"), "{curve}");
        let json = super::super::call_json(&analysis, &call);
        let legs = json["legs"].as_array().unwrap();
        let polled = legs.iter().find(|leg| leg["statistics"].as_array().unwrap().len() > 2).unwrap();
        assert_eq!(polled["statistics"][5]["mos"], 2.1, "{polled}");
        // The drawings say the same.
        let ladder =
            crate::draw::of_call(&call, &[], analysis.registrations.directory(), &mut Default::default());
        assert!(ladder.facts.iter().any(|(name, value)| name.contains("SEP") && value.contains("█████▃██")));
    }
}
