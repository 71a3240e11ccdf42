//! What users write, and what they get or are told.

use super::super::random::{Bounds, Random, Shape};
use super::super::value::Name;
use super::*;
use crate::model::Range;
use crate::num::rng::{Purpose, Stream};
use proptest::prelude::*;

/// A string that stands at byte 100 of source 0, in quotes.
fn text(text: &str) -> Value {
    Value { data: Data::Text(text.into()), span: Span::new(0, 100..102 + text.len()) }
}

fn bare(number: &str) -> Value {
    Value { data: Data::Number(number.into()), span: Span::new(0, 50..50 + number.len()) }
}

fn list(values: Vec<Value>) -> Value {
    Value { data: Data::List(values), span: Span::new(0, 10..20) }
}

fn texts(values: &[&str]) -> Value {
    list(values.iter().map(|value| text(value)).collect())
}

fn table(rows: &[&[&str]]) -> Value {
    list(rows.iter().map(|row| texts(row)).collect())
}

fn entries(entries: Vec<(&str, Value)>) -> Table {
    let name = |text: &str| Name { text: text.into(), span: Span::new(0, 0..text.len()) };
    Table { entries: entries.into_iter().map(|(key, value)| (name(key), value)).collect(), span: Span::NONE }
}

fn each(value: Value) -> Value {
    Value { data: Data::Table(entries(vec![("each", value)])), span: Span::new(0, 30..40) }
}

fn defined(define: Vec<(&str, Value)>) -> (Evaluator, Vec<Diagnostic>) {
    let mut diagnostics = Diagnostics::default();
    let evaluator = Evaluator::new(Some(&entries(define)), &mut diagnostics);
    (evaluator, diagnostics.list)
}

fn with(define: Vec<(&str, Value)>) -> Evaluator {
    let (mut evaluator, errors) = defined(define);
    assert!(errors.is_empty(), "{errors:?}");
    evaluator.set_dt(&text("0.1 ms")).expect("a dt");
    evaluator
}

fn number(written: &str, unit: &str) -> f64 {
    with(vec![]).number(&text(written), unit).unwrap_or_else(|e| panic!("{written}: {}", e.message))
}

/// Code, message and help of the error.
fn told<T: std::fmt::Debug>(result: Result<T, Diagnostic>) -> (Code, String, String) {
    let error = result.expect_err("an error");
    (error.code, error.message, error.help.join("; "))
}

fn refused(written: &str, unit: &str) -> (Code, String, String) {
    told(with(vec![]).number(&text(written), unit))
}

#[test]
fn quantities_are_exact_in_the_unit_asked_for() {
    let exact = [
        ("250 pF", "pF", 250.0),
        ("0.1 ms", "ms", 0.1),
        ("-65 mV", "mV", -65.0),
        ("0.25 nF", "pF", 250.0),
        ("35.4 ohm cm", "ohm cm", 35.4),
        ("1 uF/cm^2", "uF/cm^2", 1.0),
        ("10 pF/um^2", "uF/cm^2", 1000.0),
        ("0.02 /ms", "/ms", 0.02),
        ("15 kHz", "/ms", 15.0),
        ("6.3 degC", "degC", 6.3),
        ("279.45 K", "degC", 6.3),
        ("-5 degC", "K", 268.15),
        ("1 mM", "mM", 1.0),
        ("2 mm", "um", 2000.0),
        ("inf mV", "mV", f64::INFINITY),
        ("-inf", "mV", f64::NEG_INFINITY),
        ("5", "", 5.0),
    ];
    for (written, unit, expected) in exact {
        assert_eq!(number(written, unit), expected, "{written}");
    }
    assert_eq!(with(vec![]).number(&bare("0.1"), "").ok(), Some(0.1));
}

#[test]
fn expressions_compute() {
    let exact = [
        ("0.1 + 0.2", "", 0.3),
        ("1 / 2 ms", "Hz", 500.0),
        ("585 pA/mV * 2 mV", "pA", 1170.0),
        ("250 pF / 10 ms", "nS", 25.0),
        ("-2^2", "", -4.0),
        ("2^-1", "", 0.5),
        ("sqrt(16 mV^2)", "mV", 4.0),
        ("max(1 ms, 2 ms, 1500 us)", "ms", 2.0),
        ("min(1 mV, inf)", "mV", 1.0),
        ("abs(-3 pA)", "pA", 3.0),
        ("round(2.5) + round(-2.5)", "", 0.0),
        ("20 degC + 5 K", "degC", 25.0),
        ("(16.3 degC - 6.3 degC) / (10 K)", "", 1.0),
        ("(3 mV)^2 / (1 mV)", "mV", 9.0),
        ("exp(0) + ln(1)", "", 1.0),
        ("9^0.5", "", 3.0),
    ];
    for (written, unit, expected) in exact {
        assert_eq!(number(written, unit), expected, "{written}");
    }
    // Rounding of one power of a real number.
    assert!((number("3^((16.3 degC - 6.3 degC) / (10 K))", "") - 3.0).abs() < 1e-14);
    assert!((number("2^0.3", "") - 2_f64.powf(0.3)).abs() < 1e-14);
}

#[test]
fn wrong_units_are_explained() {
    let time = refused("20 mS", "ms");
    assert_eq!(time.0, Code::WrongDimension);
    assert_eq!((&*time.1, &*time.2), ("`20 mS` is a conductance, a time (ms) belongs here", "did you mean `20 ms`?"));
    assert_eq!(refused("1.5e3 MS", "ms").2, "did you mean `1.5e3 ms`?");
    let bare_number = told(with(vec![]).number(&bare("20"), "ms"));
    assert_eq!(bare_number.0, Code::BareNumber);
    assert_eq!(bare_number.2, "write `\"20 ms\"`");
    assert_eq!(refused("-20", "mV").2, "write `\"-20 mV\"`");
    let density = refused("0.3 mS/cm^2", "nS");
    assert!(density.2.contains("absolute (`nS`) in point models, and per area (`mS/cm^2`) in cables"), "{density:?}");
    let absolute = refused("30 nS", "mS/cm^2");
    assert!(absolute.2.contains("absolute (`nS`) in point models, and per area (`mS/cm^2`) in cables"));
    assert!(refused("250 pF", "uF/cm^2").2.contains("per area (`uF/cm^2`)"));
    assert!(refused("5 pA", "mV/ms").2.contains("without a capacitance"));
    assert_eq!(refused("5 ms", "").1, "`5 ms` is a time, a number without a unit belongs here");
    assert_eq!(refused("2 mV + 1 ms", "mV").1, "cannot add a time (ms) to a voltage (mV)");
    assert_eq!(refused("2 mV + 1", "mV").1, "cannot add a number without a unit to a voltage (mV)");
    assert_eq!(refused("3 cm2", "um^2").2, "did you mean `cm^2`?");
    assert!(refused("exp(1 mV)", "").1.contains("`exp` needs a number without a unit, not a voltage (mV)"));
    assert!(refused("sqrt(1 mV)", "mV").1.contains("has no square root"));
    assert!(refused("2 * 6.3 degC", "degC").1.contains("cannot be in a product"));
    assert!(refused("(2 mV)^0.5", "mV").1.contains("whole power"));
}

#[test]
fn impossible_numbers_are_refused() {
    for written in [
        "nan",
        "1/0",
        "inf - inf",
        "0 * inf",
        "1e300 * 1e300",
        "exp(1000)",
        "ln(0)",
        "sqrt(-1)",
        "1e999",
        "(-2)^0.3",
        "10^400",
    ] {
        assert_eq!(refused(written, "").0, Code::OutOfRange, "{written}");
    }
    assert_eq!(told(with(vec![]).number(&bare("nan"), "")).0, Code::OutOfRange);
    assert_eq!(refused("normal(1 mV, 1 mV)", "mV").1, "this key takes a fixed number, not a random one");
}

#[test]
fn spans_are_the_offending_part() {
    let part = |written: &str, unit: &str| {
        let span = with(vec![]).number(&text(written), unit).expect_err(written).span;
        (span.start as usize - 101, span.end as usize - 101)
    };
    assert_eq!(part("2 mV + exp(1 mV)", "mV"), (7, 16));
    assert_eq!(part("1 + (2 mV + 1 ms)", "mV"), (5, 16));
    assert_eq!(part("nope * 2", ""), (0, 4));
    assert_eq!(part("3 nS/cm2", ""), (5, 8));
    let whole = with(vec![]).number(&text("20 mS"), "ms").expect_err("wrong").span;
    assert_eq!((whole.start, whole.end), (100, 107));
    // Escapes make offsets in the value differ from those in the file: the whole string is meant.
    let escaped = Value { data: Data::Text("1 + x".into()), span: Span::new(0, 0..20) };
    assert_eq!(with(vec![]).number(&escaped, "").expect_err("x").span, Span::new(0, 0..20));
}

#[test]
fn definitions_come_in_any_order() {
    let e = with(vec![
        ("b", text("2 * a")),
        ("a", text("3 mV")),
        ("W", list(vec![list(vec![bare("1"), bare("-2")]), list(vec![bare("3"), bare("4")])])),
        ("K", bare("10")),
        ("total", text("sum(W)")),
        ("largest", text("max(abs(W))")),
    ]);
    assert_eq!(e.number(&text("b"), "mV").ok(), Some(6.0));
    assert_eq!(e.number(&text("2 mV * K"), "mV").ok(), Some(20.0));
    assert_eq!(e.number(&text("total"), "").ok(), Some(6.0));
    assert_eq!(e.number(&text("largest"), "").ok(), Some(4.0));
    assert_eq!(e.dimension(&text("b")), Unit::parse("V").ok().map(|unit| unit.dimension));
    assert_eq!(e.dimension(&text("inf")), None);
}

#[test]
fn all_bad_definitions_are_reported_once() {
    let (e, errors) = defined(vec![
        ("a", text("b + 1")),
        ("b", text("c")),
        ("c", text("a")),
        ("self_made", text("self_made")),
        ("bad", text("1 mV + 1 ms")),
        ("uses_bad", text("2 * bad")),
        ("typo", text("god + 1")),
        ("good", bare("1")),
        ("2x", bare("1")),
        ("exp", bare("1")),
    ]);
    let codes: Vec<Code> = errors.iter().map(|error| error.code).collect();
    let count = |code: Code| codes.iter().filter(|c| **c == code).count();
    assert_eq!((count(Code::BadName), count(Code::Cycle), count(Code::WrongDimension)), (2, 2, 1), "{errors:?}");
    assert_eq!((count(Code::UnknownName), codes.len()), (1, 6));
    let cycle = errors.iter().find(|error| error.code == Code::Cycle).expect("a cycle");
    assert_eq!(cycle.label, "`a` -> `b` -> `c` -> `a`");
    let typo = errors.iter().find(|error| error.code == Code::UnknownName).expect("a typo");
    assert_eq!(typo.help[0], "did you mean `good`?");
    assert!(typo.help[1].contains("a unit must directly follow a number"));
    // Its definition has been reported: a use of it has nothing to add.
    assert_eq!(told(e.number(&text("bad"), "mV")).1, "");
    assert_eq!(e.number(&text("good"), "").ok(), Some(1.0));
}

#[test]
fn a_long_chain_of_definitions_does_not_overflow_the_stack() {
    let names: Vec<String> = (0..20_000).map(|index| format!("x{index}")).collect();
    let mut chain: Vec<(&str, Value)> =
        (0..names.len() - 1).map(|index| (&*names[index], text(&names[index + 1]))).collect();
    chain.push((&names[names.len() - 1], bare("7")));
    assert_eq!(with(chain).number(&text("x0"), "").ok(), Some(7.0));
}

#[test]
fn whole_numbers() {
    let e = with(vec![("scale", text("0.25")), ("n", bare("10"))]);
    let whole = [("2 + 0.5", 3), ("-2 - 0.5", -3), ("n * scale", 3), ("20", 20), ("sqrt(2) * 10", 14)];
    for (written, expected) in whole {
        assert_eq!(e.integer(&text(written)).ok(), Some(expected), "{written}");
    }
    assert_eq!(e.integer(&bare("5.0")).ok(), Some(5));
    assert_eq!(told(e.integer(&bare("2.5"))).1, "`2.5` is not a whole number");
    assert_eq!(told(e.integer(&text("scale"))).0, Code::OutOfRange);
    assert_eq!(told(e.integer(&text("inf"))).0, Code::OutOfRange);
    assert_eq!(told(e.integer(&text("1e30"))).0, Code::OutOfRange);
    assert_eq!(told(e.integer(&text("3 ms"))).0, Code::WrongDimension);
}

#[test]
fn times_are_counted_in_steps() {
    let e = with(vec![("d", text("1.5 ms"))]);
    let steps =
        [("0.3 ms", 3), ("1 s", 10_000), ("100 us", 1), ("0 ms", 0), ("d", 15), ("d / 3", 5), ("sqrt(4 ms^2)", 20)];
    for (written, expected) in steps {
        assert_eq!(e.steps(&text(written)).ok(), Some(expected), "{written}");
    }
    let off = told(e.steps(&text("0.35 ms")));
    assert_eq!(off.0, Code::OffGrid);
    assert_eq!(off.1, "`0.35 ms` is not a multiple of dt, which is `0.1 ms`");
    assert_eq!(off.2, "the nearest are `0.3 ms` and `0.4 ms`");
    assert_eq!(told(e.steps(&text("350 us"))).2, "the nearest are `300 us` and `400 us`");
    assert_eq!(told(e.steps(&text("-0.3 ms"))).0, Code::OutOfRange);
    assert_eq!(told(e.steps(&text("inf"))).0, Code::OutOfRange);
    assert_eq!(told(e.steps(&text("1e30 s"))).0, Code::OutOfRange);
    assert_eq!(told(e.steps(&bare("3"))).0, Code::BareNumber);
    assert_eq!(told(Evaluator::default().steps(&text("1 ms"))).0, Code::MissingKey);
}

#[test]
fn bad_times_of_a_list_are_counted() {
    let e = with(vec![]);
    assert_eq!(e.steps_list(&texts(&["1 ms", "2 ms"])).ok(), Some(vec![10, 20]));
    assert_eq!(e.steps_list(&text("1 ms")).ok(), Some(vec![10]));
    let off = told(e.steps_list(&texts(&["1 ms", "0.05 ms", "0.15 ms", "2"])));
    assert_eq!(off.0, Code::OffGrid);
    assert!(off.2.contains("2 more of these values"), "{off:?}");
}

#[test]
fn dt_is_positive_and_finite() {
    let mut e = Evaluator::default();
    assert_eq!(e.set_dt(&text("0.025 ms")).ok(), Some(0.025));
    assert_eq!(e.dt_ms(), 0.025);
    assert_eq!(e.steps(&text("40 ms")).ok(), Some(1600));
    for bad in ["0 ms", "-1 ms", "inf", "1e-400 ms"] {
        assert_eq!(told(e.set_dt(&text(bad))).0, Code::OutOfRange, "{bad}");
    }
}

#[test]
fn numbers_that_vary() {
    let e = with(vec![("sd", text("1 mV")), ("V", text("normal(-50 mV, sd)")), ("many", texts(&["1 mV", "2 mV"]))]);
    let varied = |written: &str| e.varied(&text(written), "mV").unwrap_or_else(|e| panic!("{written} {}", e.message));
    let normal = Shape::Normal { mean: -50.0, sd: 1.0 };
    assert_eq!(varied("3 mV"), Varied::Constant(3.0));
    assert_eq!(varied("V"), Varied::Random(Random { shape: normal, bounds: Bounds::None }));
    let bounds = Bounds::Redraw { low: -52.0, high: f64::INFINITY };
    assert_eq!(varied("normal(-50 mV, sd) in [-52 mV, inf]"), Varied::Random(Random { shape: normal, bounds }));
    let half = Shape::Normal { mean: -25.0, sd: 0.5 };
    assert_eq!(varied("V / 2"), Varied::Random(Random { shape: half, bounds: Bounds::None }));
    let turned = Shape::Normal { mean: 60.0, sd: 1.0 };
    assert_eq!(varied("10 mV - V"), Varied::Random(Random { shape: turned, bounds: Bounds::None }));
    let turned = Shape::Exponential { start: 7.0, mean: -2.0 };
    let bounds = Bounds::Redraw { low: -1.0, high: 6.0 };
    let written = "7 mV - 2 * exponential(1 mV) in [0.5 mV, 4 mV]";
    assert_eq!(varied(written), Varied::Random(Random { shape: turned, bounds }));
    let later = Shape::Lognormal { start: 1.5, mean: 1.0, sd: 0.5 };
    let written = "1 mV + (0.5 mV + lognormal(1 mV, 0.5 mV))";
    assert_eq!(varied(written), Varied::Random(Random { shape: later, bounds: Bounds::None }));
    assert_eq!(told(e.varied(&text("1 ms + exponential(1 mV)"), "mV")).0, Code::WrongDimension);
    assert_eq!(told(e.varied(&text("1 mV + normal(1 mV, sd) keeping sign"), "mV")).0, Code::BadRandom);
    assert_eq!(varied("linspace(-70 mV, 2 * -30 mV)"), Varied::Linspace(-70.0, -60.0));
    assert_eq!(e.varied(&each(texts(&["1 mV", "2 mV"])), "mV").ok(), Some(Varied::Each(vec![1.0, 2.0])));
    assert_eq!(e.varied(&each(text("2 * many")), "mV").ok(), Some(Varied::Each(vec![2.0, 4.0])));
    let flat = told(e.varied(&text("many"), "mV"));
    assert_eq!(flat.0, Code::WrongShape);
    assert!(flat.2.contains("{ each = [...] }"));
    assert_eq!(told(e.varied(&each(text("1 mV")), "mV")).0, Code::WrongShape);
    assert_eq!(told(e.varied(&text("normal(1 mV, 1 ms)"), "mV")).0, Code::WrongDimension);
    assert_eq!(told(e.varied(&text("normal(1 mV, -1 mV)"), "mV")).1, "the sd is negative");
    assert_eq!(told(e.varied(&text("normal(0, 1) in [5, 6]"), "")).0, Code::BadRandom);
    assert_eq!(told(e.varied(&text("V + V"), "mV")).0, Code::BadRandom);
    assert_eq!(told(e.varied(&text("abs(V)"), "mV")).0, Code::BadRandom);
    assert_eq!(told(e.varied(&text("normal(1 nS, 1 nS)"), "mV")).0, Code::WrongDimension);
}

#[test]
fn values_along_a_population() {
    let mut stream = Stream::new(1, Purpose::Parameter, 0, 0);
    let line = Varied::Linspace(0.0, 1.0);
    let points: Vec<Option<f64>> = (0..5).map(|index| line.value(index, 5, &mut stream)).collect();
    assert_eq!(points, [0.0, 0.25, 0.5, 0.75, 1.0].map(Some));
    assert_eq!(line.value(0, 1, &mut stream), Some(0.0));
    let each = Varied::Each(vec![3.0, 4.0]);
    assert_eq!((each.value(1, 2, &mut stream), each.shape_matches(2), each.shape_matches(3)), (Some(4.0), true, false));
}

#[test]
fn ranges_are_checked_as_far_as_they_are_known() {
    let refuses = |varied: Varied, range: Range| varied.check(range, (&Value::text(""), "ms"), "tau_m").is_err();
    let uniform = |low, high, bounds| Varied::Random(Random { shape: Shape::Uniform { low, high }, bounds });
    assert!(refuses(Varied::Constant(0.0), Range::Positive));
    assert!(refuses(Varied::Linspace(1.0, -1.0), Range::Positive));
    assert!(refuses(Varied::Each(vec![1.0, f64::INFINITY]), Range::NonNegative));
    assert!(refuses(uniform(-1.0, 1.0, Bounds::None), Range::Positive));
    assert!(!refuses(uniform(0.0, 1.0, Bounds::None), Range::Positive));
    assert!(refuses(uniform(0.0, 1.0, Bounds::Clip { low: 0.0, high: 1.0 }), Range::Positive));
    assert!(!refuses(uniform(0.0, 1.0, Bounds::Clip { low: 0.5, high: f64::INFINITY }), Range::Positive));
    let message =
        Varied::Constant(-3.0).check(Range::Positive, (&Value::text(""), "ms"), "tau_m").expect_err("negative").message;
    assert_eq!(message, "`tau_m` must be above zero and finite, not -3 ms");
}

#[test]
fn grids_have_the_shape_of_their_pairs() {
    let weights: &[&[&str]] = &[&["1 nS", "-2 nS", "0 nS"], &["3 nS", "4 nS", "5 nS"]];
    let e =
        with(vec![("W", table(weights)), ("column", table(&[&["1"], &["2"]])), ("row", texts(&["1", "10", "100"]))]);
    let one = e.grid(&text("2 nS"), "nS", 2, 3, false).expect("one");
    assert_eq!((one.at(1, 2), one.cells.len()), (&Varied::Constant(2.0), 1));
    let all = e.grid(&text("W"), "nS", 2, 3, false).expect("all");
    assert_eq!((all.at(0, 1), all.at(1, 2)), (&Varied::Constant(-2.0), &Varied::Constant(5.0)));
    let stretched = e.grid(&text("W * column * row"), "nS", 2, 3, false).expect("stretched");
    assert_eq!((stretched.at(0, 1), stretched.at(1, 2)), (&Varied::Constant(-20.0), &Varied::Constant(1000.0)));
    let drawn = e.grid(&text("normal(W, 0.1*abs(W)) keeping sign"), "nS", 2, 3, false).expect("drawn");
    let shape = Shape::Normal { mean: -2.0, sd: 0.2 };
    assert_eq!(drawn.at(0, 1), &Varied::Random(Random { shape, bounds: Bounds::KeepSign }));
    let shape = told(e.grid(&text("W"), "nS", 3, 2, false));
    assert_eq!(shape.0, Code::WrongShape);
    assert!(shape.1.contains("2 x 3") && shape.1.contains("3 x 2"), "{shape:?}");
    assert_eq!(told(e.grid(&text("row"), "", 1, 3, false)).0, Code::WrongShape);
    let flat = e.grid(&text("row"), "", 3, 1, true).expect("one for each entry of `to`");
    assert_eq!((flat.rows, flat.columns, flat.at(2, 0)), (3, 1, &Varied::Constant(100.0)));
    assert_eq!(told(e.grid(&text("row"), "", 2, 1, true)).0, Code::WrongShape);
    assert_eq!(
        told(e.grid(&table(&[&["1"], &["1", "2"]]), "", 2, 1, false)).1,
        "the rows of a table must have equal lengths"
    );
    assert!(told(e.grid(&text("W + [1]"), "", 2, 3, false)).0 == Code::BadExpression);
    assert_eq!(told(e.grid(&text("row + W * column"), "nS", 2, 3, false)).0, Code::WrongDimension);
    assert_eq!(
        e.integer_grid(&text("column * row"), 2, 3).ok().map(|grid| grid.cells),
        Some(vec![1, 10, 100, 2, 20, 200])
    );
}

#[test]
fn delays_written_drawn_and_computed() {
    let e = with(vec![("d", text("1.5 ms")), ("inh", text("d / 2"))]);
    let delay = |written: &str| e.delay_grid(&text(written), 2, 2).map(|grid| grid.at(1, 1).clone());
    assert_eq!(delay("1 ms").ok(), Some(Delay::Steps(10)));
    assert_eq!(delay("d").ok(), Some(Delay::Steps(15)));
    assert_eq!(delay("inh").ok(), Some(Delay::Computed(0.75)));
    let shape = Shape::Normal { mean: 1.5, sd: 0.75 };
    let bounds = Bounds::Redraw { low: 0.1, high: f64::INFINITY };
    assert_eq!(delay("normal(d, d/2) in [0.1 ms, inf]").ok(), Some(Delay::Random(Random { shape, bounds })));
    assert_eq!(told(delay("0.15 ms")).0, Code::OffGrid);
    assert_eq!(told(delay("0 ms")).1, "a delay must be at least one step of `dt`");
    assert_eq!(told(delay("d - 2 ms")).0, Code::OutOfRange);
    assert_eq!(told(delay("inf")).0, Code::OutOfRange);
    let rows = e.delay_grid(&table(&[&["1 ms", "d"], &["inh", "2 ms"]]), 2, 2).expect("a table");
    assert_eq!((rows.at(0, 1), rows.at(1, 0)), (&Delay::Steps(15), &Delay::Computed(0.75)));
}

#[test]
fn lists_words_and_truths() {
    let e = with(vec![("rates", texts(&["1 Hz", "2 Hz"]))]);
    assert_eq!(e.list(&text("2 * rates"), "Hz").ok(), Some(vec![2.0, 4.0]));
    assert_eq!(e.list(&list(vec![bare("1"), text("2")]), "").ok(), Some(vec![1.0, 2.0]));
    assert_eq!(told(e.list(&table(&[&["1"]]), "")).0, Code::WrongShape);
    assert_eq!(told(e.number(&text("rates"), "Hz")).0, Code::WrongShape);
    assert_eq!(e.word(&text("step")).ok(), Some("step"));
    assert_eq!(told(e.word(&bare("1"))).0, Code::WrongType);
    let truth = Value { data: Data::Bool(true), span: Span::NONE };
    assert_eq!(e.boolean(&truth).ok(), Some(true));
    assert_eq!(told(e.boolean(&bare("1"))).0, Code::WrongType);
    assert_eq!(told(e.number(&truth, "")).0, Code::WrongType);
}

proptest! {
    #[test]
    fn any_string_gets_an_answer(written in ".*") {
        answer(&written);
    }

    #[test]
    fn nearly_expressions_get_an_answer(
        parts in prop::collection::vec(prop::sample::select(vec![
            "1", "2.5", "1e300", "0", " ", "mV", "ms", "degC", "/", "*", "^", "+", "-", "(", ")", "[0,1]", ",", "W",
            "normal(", "uniform(", " in ", " clipped to ", " keeping sign", "inf", "sqrt(", "linspace(", "sum(", "max(",
        ]), 0..16)
    ) {
        answer(&parts.concat());
    }
}

/// Asks for the value in every way: nothing may panic.
fn answer(written: &str) {
    let e = with(vec![("W", table(&[&["1", "2"], &["3", "4"]]))]);
    let value = text(written);
    let _ = (e.number(&value, "ms"), e.integer(&value), e.steps(&value), e.list(&value, "mV"));
    let _ = (e.varied(&value, "mV"), e.grid(&value, "", 2, 2, false), e.delay_grid(&value, 2, 2));
    let _ = (e.dimension(&value), e.integer_grid(&value, 2, 2), e.steps_list(&value));
}
