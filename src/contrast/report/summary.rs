//! A contrast in a table and a few sentences, all of them computed from the numbers.

use super::cost::FLOAT32;
use super::{ColumnMeasured, Measured, measures};

/// Columns of a terminal.
const WIDTH: usize = 80;
/// Longer names are cut in the table.
const NAME: usize = 18;

pub fn summary(measured: &Measured) -> String {
    let mut lines = table(measured);
    if measured.columns.iter().any(|column| column.settles.is_some() && column.spikes()) {
        lines.push(format!(
            "(steps: until the accuracy stays within {} of the ReLU network's)",
            percent(measures::WITHIN)
        ));
    }
    let sentences = sentences(measured);
    if !sentences.is_empty() {
        lines.push(String::new());
        lines.extend(sentences.iter().flat_map(|sentence| wrapped(sentence)));
    }
    lines.join("\n")
}

fn table(measured: &Measured) -> Vec<String> {
    let longest = measured.columns.iter().map(|column| column.name().chars().count()).max().unwrap_or(0);
    let width = longest.clamp("ReLU network".len(), NAME);
    let row = |cells: [&str; 7]| {
        let [name, accuracy, steps, spikes, synops, macs, energy] = cells;
        let name: String = name.chars().take(width).collect();
        format!("{name:<width$} {accuracy:>8} {steps:>10} {spikes:>8} {synops:>8} {macs:>8} {energy:>8}")
    };
    let relu = measured.cost.energy(FLOAT32);
    let mut lines = vec![row(["column", "accuracy", "steps", "spikes", "synops", "MACs", "energy"])];
    if !measured.columns.iter().any(|column| column.column.kind == "rate") {
        let (accuracy, macs) = (percent(measured.accuracy), short(measured.cost.macs));
        lines.push(row(["ReLU network", &accuracy, "-", "-", "-", &macs, "x 1"]));
    }
    for column in &measured.columns {
        let steps = match column.settles {
            _ if !column.spikes() => "-".into(),
            Some(steps) => format!("{steps} of {}", column.column.steps),
            None => format!("> {}", column.column.steps),
        };
        let count = |number: f64| if number > 0.0 { short(number) } else { "-".into() };
        lines.push(row([
            column.name(),
            &percent(column.accuracy),
            &steps,
            &count(column.cost.spikes),
            &count(column.cost.synops),
            &count(column.cost.macs),
            &ratio(column.cost.energy(FLOAT32), relu),
        ]));
    }
    lines
}

/// Where the analogy holds, where it bends, what it costs, how long it takes.
pub fn sentences(measured: &Measured) -> Vec<String> {
    let finite = |column: &&ColumnMeasured| column.accuracy.is_finite();
    let converted = |column: &&ColumnMeasured| measures::stands_for_relu(column.column);
    let mut best: Option<&ColumnMeasured> = None;
    for column in measured.spiking().filter(finite) {
        // The first of equals, and converted before trained: that is where the analogy is at stake.
        let rank = |column: &ColumnMeasured| (measures::stands_for_relu(column.column), column.accuracy);
        if best.is_none_or(|best| rank(column) > rank(best)) {
            best = Some(column);
        }
    }
    let Some(best) = best else { return vec![] };
    let mut sentences = vec![holds(measured, best)];
    sentences.extend(measured.spiking().any(|column| converted(&column)).then(|| bends(measured)));
    sentences.push(costs(measured, best));
    sentences.push(takes(best));
    sentences
}

fn holds(measured: &Measured, best: &ColumnMeasured) -> String {
    let against = format!("{} against {} of the ReLU network", percent(best.accuracy), percent(measured.accuracy));
    let near = best.accuracy >= measured.accuracy - measures::WITHIN;
    match best.worst() {
        Some((_, r2)) if near && r2 >= measures::DIVERGES => format!(
            "The analogy holds: `{}` reaches {against}, and in every layer its rates are the activations (R2 {} or more).",
            best.name(),
            coefficient(r2)
        ),
        _ if near => format!("`{}` decides as well as its model: {against}.", best.name()),
        _ => format!("No column keeps up: the best, `{}`, reaches {against}.", best.name()),
    }
}

fn bends(measured: &Measured) -> String {
    let divergent = measured.spiking().filter_map(|column| Some((column, column.diverges()?)));
    let worst = measured.spiking().filter_map(|column| Some((column, column.worst()?)));
    let (column, number, r2, how) = match divergent.min_by(|a, b| a.1.1.total_cmp(&b.1.1)) {
        Some((column, (number, r2))) => (column, number, r2, "breaks first"),
        None => match worst.min_by(|a, b| a.1.1.total_cmp(&b.1.1)) {
            Some((column, (number, r2))) => (column, number, r2, "is loosest"),
            None => return "No activations varied, so rates could not be compared with them.".into(),
        },
    };
    let layer = &column.layers[number - 1];
    format!(
        "It {how} in layer {number} of `{}` (R2 {}), where {} of the units never spike and {} reach their full rate.",
        column.name(),
        coefficient(r2),
        percent(layer.silent),
        percent(layer.saturated)
    )
}

fn costs(measured: &Measured, best: &ColumnMeasured) -> String {
    let (own, relu) = (best.cost.energy(FLOAT32), measured.cost.energy(FLOAT32));
    let multiplies = match best.cost.macs > 0.0 {
        true => format!(" and {} multiply-accumulates at the input", short(best.cost.macs)),
        false => String::new(),
    };
    let even = match best.break_even {
        Some(1) => "it is dearer from the first step on".into(),
        Some(step) => format!("after {} it is the dearer one", steps(step as f64)),
        None => format!("in its {} it stays the cheaper one", steps(best.column.steps as f64)),
    };
    format!(
        "A sample costs it {} spikes, {} synaptic operations{multiplies}, where the ReLU network multiplies {} times: {} \
         against {} of arithmetic ({}); {even}.",
        short(best.cost.spikes),
        short(best.cost.synops),
        short(measured.cost.macs),
        energy(own),
        energy(relu),
        ratio(own, relu)
    )
}

fn takes(best: &ColumnMeasured) -> String {
    let time = |number: f64| match best.column.dt_ms {
        Some(dt) => format!("{} ({} ms)", steps(number), short(number * dt)),
        None => steps(number),
    };
    let all = best.column.steps;
    let reached = match best.settles {
        Some(step) => {
            format!("It comes within {} of the ReLU network in {}", percent(measures::WITHIN), time(step as f64))
        }
        None => format!("In {all} steps it does not stay within {} of the ReLU network", percent(measures::WITHIN)),
    };
    let latency = &best.latency;
    format!(
        "{reached}; half of its decisions are final after {}, 95 % after {}.",
        time(latency.median.ceil()),
        time(latency.p95.ceil())
    )
}

fn steps(number: f64) -> String {
    if number == 1.0 { "1 step".into() } else { format!("{number} steps") }
}

/// "91.4 %".
pub fn percent(part: f64) -> String {
    if part.is_finite() { trimmed(format!("{:.1}", 100.0 * part)) + " %" } else { "-".into() }
}

/// Without decimals that are all 0.
fn trimmed(text: String) -> String {
    let whole = text.split_once('.').filter(|(_, decimals)| decimals.bytes().all(|digit| digit == b'0'));
    whole.map(|(whole, _)| whole.to_string()).unwrap_or(text)
}

/// Three digits at most: "0.12", "7.50", "236", "50.4k", "2.36M"; whole numbers as such.
pub fn short(number: f64) -> String {
    let digits = |number: f64| match number.abs() {
        size if size >= 99.95 => trimmed(format!("{number:.0}")),
        size if size >= 9.995 => trimmed(format!("{number:.1}")),
        _ => trimmed(format!("{number:.2}")),
    };
    match number.abs() {
        size if !size.is_finite() => "-".into(),
        size if size >= 999.5e6 => digits(number / 1e9) + "G",
        size if size >= 999.5e3 => digits(number / 1e6) + "M",
        size if size >= 999.5 => digits(number / 1e3) + "k",
        _ => digits(number),
    }
}

/// "1.6 uJ".
pub fn energy(nj: f64) -> String {
    match nj {
        nj if nj >= 1e6 => format!("{} mJ", short(nj / 1e6)),
        nj if nj >= 1e3 => format!("{} uJ", short(nj / 1e3)),
        nj => format!("{} nJ", short(nj)),
    }
}

/// "x 9.1".
pub fn ratio(one: f64, other: f64) -> String {
    if other > 0.0 { format!("x {}", short(one / other)) } else { "-".into() }
}

/// Rounded down, so that 0.99998 does not become 1.
pub fn coefficient(r2: f64) -> String {
    if r2 < -9.0 { "< -9".into() } else { format!("{:.4}", (r2 * 1e4).floor() / 1e4) }
}

fn wrapped(sentence: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in sentence.split(' ') {
        let last = lines.last().map_or(0, |line| line.chars().count());
        if last > 0 && last + 1 + word.chars().count() > WIDTH {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(if line.is_empty() { "" } else { " " });
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        let all = [0.1234, 7.5, 42.0, 235.7, 999.6, 50_432.0, 2_357_372.0, f64::NAN].map(short);
        assert_eq!(all, ["0.12", "7.50", "42", "236", "1k", "50.4k", "2.36M", "-"]);
        assert_eq!((percent(0.91388), percent(1.0), percent(f64::NAN)), ("91.4 %".into(), "100 %".into(), "-".into()));
        assert_eq!((energy(231.9872), energy(2121.6)), ("232 nJ".into(), "2.12 uJ".into()));
        assert_eq!((coefficient(0.99998), ratio(1.0, 0.0)), ("0.9999".into(), "-".into()));
    }

    #[test]
    fn lines_stay_within_a_terminal() {
        let text = "word ".repeat(60);
        let lines = wrapped(text.trim());
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(lines.join(" "), text.trim());
    }
}
