//! Lines over time as SVG: no library, no script, no file beside the page.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 200.0;
const LEFT: f64 = 56.0;
const BOTTOM: f64 = 24.0;
const TOP: f64 = 12.0;
/// Lines across a plot.
const TICKS: u32 = 4;
const COLOURS: [&str; 3] = ["#2563a8", "#b4431e", "#3d7a3d"];

/// A line of a plot: its name and a value for each point.
#[derive(Debug)]
pub struct Line {
    /// What it is.
    pub name: &'static str,
    /// Points: where, and how high.
    pub points: Vec<(f64, f64)>,
}

/// A plot with its caption. Texts are ours, not the network's.
pub fn plot(title: &str, lines: &[Line]) -> String {
    let mut svg = String::new();
    // A String takes everything.
    let _ = write(&mut svg, title, lines);
    svg
}

fn write(svg: &mut String, title: &str, lines: &[Line]) -> std::fmt::Result {
    let points = || lines.iter().flat_map(|line| &line.points);
    let right = points().map(|point| point.0).fold(1.0, f64::max);
    let highest = points().map(|point| point.1).filter(|high| high.is_finite()).fold(0.0, f64::max);
    let (up, along) = (step(highest), step(right));
    let high = (highest / up).ceil().max(1.0) * up;
    let x = |at: f64| LEFT + at / right * (WIDTH - LEFT - 8.0);
    let y = |value: f64| HEIGHT - BOTTOM - value / high * (HEIGHT - BOTTOM - TOP);
    writeln!(svg, "<figure><figcaption>{title}</figcaption>")?;
    writeln!(svg, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">")?;
    for value in multiples(up, high) {
        let at = y(value);
        writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>")?;
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            LEFT - 6.0,
            at + 4.0,
            number(value, up)
        )?;
    }
    for time in multiples(along, right) {
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{}\">{} s</text>",
            x(time),
            HEIGHT - 6.0,
            if x(time) > WIDTH - 30.0 { "end" } else { "middle" },
            number(time, along)
        )?;
    }
    for (line, colour) in lines.iter().zip(COLOURS) {
        let path = line.points.iter().filter(|point| point.1.is_finite());
        let path: Vec<String> = path.map(|(at, value)| format!("{:.1},{:.1}", x(*at), y(*value))).collect();
        writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{}\"/>",
            path.join(" ")
        )?;
    }
    writeln!(svg, "</svg><p class=\"key\">")?;
    for (line, colour) in lines.iter().zip(COLOURS) {
        writeln!(svg, "<span style=\"color:{colour}\">■</span> {} ", line.name)?;
    }
    writeln!(svg, "</p></figure>")
}

/// From line to line of an axis: a number that people like, so that there are at most [`TICKS`] of them.
fn step(highest: f64) -> f64 {
    if highest <= 0.0 {
        return 1.0;
    }
    let least = highest / f64::from(TICKS);
    let scale = 10_f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0, 10.0].into_iter().map(|step| step * scale).find(|step| *step >= least).unwrap_or(least)
}

/// 0, a step, two steps … as far as it goes.
fn multiples(step: f64, end: f64) -> impl Iterator<Item = f64> {
    (0..=TICKS).map(move |n| f64::from(n) * step).filter(move |value| *value <= end * 1.000_001)
}

/// With the digits that the step has.
fn number(value: f64, step: f64) -> String {
    let digits = (0..6).find(|digits| (step * 10_f64.powi(*digits)).fract() < 1e-6).unwrap_or(6);
    format!("{value:.*}", usize::try_from(digits).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_lies_within_the_plot() {
        let points = vec![(0.0, 0.0), (1.0, 73.0), (2.0, f64::NAN), (3.0, 12.0)];
        let svg = plot("x", &[Line { name: "a", points }]);
        let (_, rest) = svg.split_once("points=\"").expect("a line");
        let (points, _) = rest.split_once('"').expect("its end");
        let points: Vec<(f64, f64)> = points
            .split(' ')
            .map(|point| point.split_once(',').expect("two numbers"))
            .map(|(x, y)| (x.parse().expect("a number"), y.parse().expect("a number")))
            .collect();
        assert_eq!(points.len(), 3, "what is no number is left out");
        assert!(
            points.iter().all(|(x, y)| (LEFT..=WIDTH).contains(x) && (0.0..=HEIGHT).contains(y)),
            "{points:?}"
        );
        assert_eq!((step(73.0), step(0.0), step(0.3), step(100.0)), (20.0, 1.0, 0.1, 50.0));
        assert_eq!(multiples(5.0, 11.0).map(|at| number(at, 5.0)).collect::<Vec<_>>(), ["0", "5", "10"]);
        assert_eq!(
            multiples(0.5, 1.5).map(|at| number(at, 0.5)).collect::<Vec<_>>(),
            ["0.0", "0.5", "1.0", "1.5"]
        );
    }
}
