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
    let high = nice(points().map(|point| point.1).filter(|high| high.is_finite()).fold(0.0, f64::max));
    let x = |at: f64| LEFT + at / right * (WIDTH - LEFT - 8.0);
    let y = |value: f64| HEIGHT - BOTTOM - value / high * (HEIGHT - BOTTOM - TOP);
    writeln!(svg, "<figure><figcaption>{title}</figcaption>")?;
    writeln!(svg, "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\">")?;
    for tick in 0..=TICKS {
        let value = high * f64::from(tick) / f64::from(TICKS);
        let (at, label) = (y(value), number(value));
        writeln!(svg, "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{WIDTH}\" y1=\"{at:.1}\" y2=\"{at:.1}\"/>")?;
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{label}</text>",
            LEFT - 6.0,
            at + 4.0
        )?;
        let time = right * f64::from(tick) / f64::from(TICKS);
        let anchor = if tick == TICKS { "end" } else { "middle" };
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{} s</text>",
            x(time),
            HEIGHT - 6.0,
            number(time)
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

/// The next number above that people like on an axis.
fn nice(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let scale = 10_f64.powf(value.log10().floor());
    [1.0, 2.0, 4.0, 5.0, 8.0, 10.0]
        .into_iter()
        .map(|step| step * scale)
        .find(|step| *step >= value)
        .unwrap_or(value)
}

fn number(value: f64) -> String {
    let digits = if value >= 10.0 || value == 0.0 { 0 } else { 2 };
    format!("{value:.digits$}")
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
        assert_eq!((nice(73.0), nice(0.0), nice(0.3), nice(100.0)), (80.0, 1.0, 0.4, 100.0));
    }
}
