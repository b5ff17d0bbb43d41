//! The rows as a picture: time and memory over the number of hosts, both from 0, so that a straight line is one.

use std::fmt::Write as _;

use super::row::Row;

const WIDTH: f64 = 380.0;
const HEIGHT: f64 = 260.0;
const MARGIN: f64 = 60.0;

/// One line of a chart.
struct Series {
    name: String,
    colour: &'static str,
    points: Vec<(f64, f64)>,
}

/// Two charts beside each other.
pub(super) fn svg(rows: &[Row]) -> String {
    let of = |forks: usize, name: &str, colour, value: fn(&Row) -> f64| {
        #[expect(clippy::cast_precision_loss, reason = "there are not that many hosts")]
        let points = rows.iter().filter(|row| row.forks == forks).map(|row| (row.hosts as f64, value(row))).collect();
        Series { name: format!("{name}, --forks {forks}"), colour, points }
    };
    let [few, many] = super::FORKS;
    let times = [
        of(few, "apply", "#0b6e4f", |row| row.unchanged),
        of(few, "ssh true", "#8fc0a9", |row| row.floor),
        of(many, "apply", "#7a306c", |row| row.unchanged),
        of(many, "ssh true", "#c9a0c0", |row| row.floor),
    ];
    let memory = [
        of(few, "lvsctl", "#0b6e4f", |row| row.memory),
        of(few, "its ssh processes", "#8fc0a9", |row| row.ssh_memory),
        of(many, "lvsctl", "#7a306c", |row| row.memory),
        of(many, "its ssh processes", "#c9a0c0", |row| row.ssh_memory),
    ];
    let (width, height) = (2.0 * (WIDTH + 2.0 * MARGIN), HEIGHT + 2.0 * MARGIN);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" \
         font-size=\"11\">\n<rect width=\"{width}\" height=\"{height}\" fill=\"white\"/>\n"
    );
    chart(&mut text, MARGIN, "seconds for an unchanged apply of ten tasks, over hosts", &times);
    chart(&mut text, WIDTH + 3.0 * MARGIN, "MB of the controller, over hosts", &memory);
    text + "</svg>\n"
}

fn chart(text: &mut String, left: f64, title: &str, series: &[Series]) {
    let points = || series.iter().flat_map(|series| &series.points);
    let most_hosts = points().map(|(hosts, _)| *hosts).fold(1.0, f64::max);
    let top = round_up(points().map(|(_, value)| *value).fold(0.0, f64::max));
    let x = |hosts: f64| left + hosts / most_hosts * WIDTH;
    let y = |value: f64| MARGIN + HEIGHT - value / top * HEIGHT;
    let mut line = |line: String| writeln!(text, "{line}").expect("a string takes all");
    line(format!("<text x=\"{left}\" y=\"{}\" font-weight=\"bold\">{title}</text>", MARGIN - 14.0));
    for part in 0..=4 {
        let value = top * f64::from(part) / 4.0;
        let (at, right) = (y(value), left + WIDTH);
        line(format!("<path d=\"M{left} {at:.1}H{right}\" stroke=\"#ddd\"/>"));
        line(format!("<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{value}</text>", left - 6.0, at + 4.0));
    }
    for hosts in super::HOSTS {
        #[expect(clippy::cast_precision_loss, reason = "there are not that many hosts")]
        let at = x(hosts as f64);
        // 4 and 32 would stand in each other.
        if hosts != 32 {
            line(format!("<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">{hosts}</text>", MARGIN + HEIGHT + 16.0));
        }
    }
    for (number, Series { name, colour, points }) in (0_u8..).zip(series) {
        let places: Vec<String> =
            points.iter().map(|(hosts, value)| format!("{:.1},{:.1}", x(*hosts), y(*value))).collect();
        line(format!(
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            places.join(" ")
        ));
        for (hosts, value) in points {
            line(format!("<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{colour}\"/>", x(*hosts), y(*value)));
        }
        let at = MARGIN + 14.0 + 16.0 * f64::from(number);
        line(format!("<text x=\"{}\" y=\"{at}\" fill=\"{colour}\">{name}</text>", left + 12.0));
    }
}

/// The next of 1, 2, 4, 6, 8 and 10 times a power of ten, so that a quarter of it is a short number.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(0.001).log10().floor());
    [1.0, 2.0, 4.0, 6.0, 8.0, 10.0].into_iter().map(|step| step * power).find(|top| *top >= value).unwrap_or(value)
}
