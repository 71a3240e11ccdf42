//! Expressions read, and faults in them placed.

use super::*;
use proptest::prelude::*;

fn tree(text: &str) -> Node {
    parse(text, &|name| matches!(name, "W" | "S" | "K")).unwrap_or_else(|(e, _)| panic!("{text}: {}", e.message))
}

fn refusal(text: &str) -> (Code, String, Range<usize>) {
    let (error, range) = parse(text, &|name| matches!(name, "W" | "S" | "K")).expect_err(text);
    (error.code, error.message, range)
}

#[test]
fn a_unit_is_what_follows_a_number() {
    assert!(tree("585 pA/mV").is_literal());
    assert!(tree("-65 mV").is_literal());
    assert!(tree("0.02 /ms").is_literal());
    assert!(tree("0.02 1/ms").kind == tree("0.02 /ms").kind && tree("5 1/ mM ms").kind == tree("5 /mM ms").kind);
    assert_eq!(refusal("5 1 / 2").0, Code::BadExpression);
    assert!(tree("1/ms").is_literal());
    assert!(tree("inf mV").is_literal() && tree("inf").is_literal());
    assert!(tree("2e-3 V").is_literal());
    let Kind::Product(parts) = tree("1 / 2 ms").kind else { panic!("a quotient") };
    assert!(parts[1].0 && parts[1].1.kind == tree("2 ms").kind);
    assert!(matches!(tree("585 pA / W").kind, Kind::Product(_)));
    assert!(matches!(tree("2 pA * K").kind, Kind::Product(_)));
    assert!(matches!(tree("2 / min(1, 2)").kind, Kind::Product(_)));
}

#[test]
fn operators_bind_as_in_mathematics() {
    assert!(matches!(tree("-2^2").kind, Kind::Negate(_)));
    assert!(matches!(tree("2^-1").kind, Kind::Power(..)));
    let Kind::Power(_, exponent) = tree("2^3^4").kind else { panic!("a power") };
    assert!(matches!(exponent.kind, Kind::Power(..)));
    let Kind::Sum(parts) = tree("1 + 2*3 - 4").kind else { panic!("a sum") };
    assert_eq!(parts.iter().map(|(inverse, _)| *inverse).collect::<Vec<_>>(), [false, false, true]);
}

#[test]
fn random_values_take_their_bounds() {
    assert!(matches!(tree("normal(0, 1) in [0, inf]").kind, Kind::Random(Family::Normal, _, Limits::Redraw(_))));
    assert!(matches!(tree("uniform(0, 1) clipped to [0, 1]").kind, Kind::Random(_, _, Limits::Clip(_))));
    assert!(matches!(tree("lognormal(1, 1) keeping sign").kind, Kind::Random(_, _, Limits::KeepSign)));
    assert!(matches!(tree("2 * normal(1, 1) keeping sign").kind, Kind::Product(_)));
}

#[test]
fn faults_say_what_and_where() {
    let faults = [
        ("", Code::BadExpression, "an empty string where a number belongs", 0..0),
        ("1 +", Code::BadExpression, "the expression ends where a number or name belongs", 3..3),
        ("(1", Code::BadExpression, "`)` is missing here", 2..2),
        ("1)", Code::BadExpression, "unexpected `)`", 1..2),
        ("2 (3)", Code::BadExpression, "unexpected `(`", 2..3),
        ("W W", Code::BadExpression, "unexpected `W`", 2..3),
        ("1 + é", Code::UnknownName, "", 0..0),
        ("foo(1)", Code::UnknownName, "there is no function `foo`", 0..3),
        ("1 + sqrt(1, 2)", Code::BadExpression, "`sqrt` takes 1 argument(s), not 2", 4..14),
        ("normal(1)", Code::BadRandom, "`normal` takes 2 argument(s)", 0..9),
        ("normal(1, 1) clipped [0, 1]", Code::BadRandom, "`to` is missing here", 21..21),
        ("2 W", Code::UnknownUnit, "`W` is not a unit", 2..3),
        ("2 mV * S", Code::BadExpression, "`S` could be the unit or the name in [define]", 7..8),
        ("3 cm2", Code::UnknownUnit, "`cm2` is not a unit", 2..5),
        ("1e999 ms", Code::OutOfRange, "`1e999` is too large", 0..5),
        ("nan", Code::OutOfRange, "`nan` is not a number", 0..3),
        ("normal + 1", Code::BadExpression, "`normal` is not a name", 0..6),
    ];
    for (text, code, message, range) in faults {
        if message.is_empty() {
            // A letter of any script may start a word: whether it is a name is for the look-up to say.
            assert!(parse(text, &|_| false).is_ok());
            continue;
        }
        assert_eq!(refusal(text), (code, message.to_string(), range), "{text}");
    }
}

#[test]
fn deep_nesting_is_refused_and_long_chains_are_not() {
    for deep in ["(".repeat(100_000), "-".repeat(100_000), "2^".repeat(100_000), "abs(".repeat(100_000)] {
        assert!(refusal(&deep).1.contains("nest 64 levels"));
    }
    assert!(matches!(tree(&format!("1{}", "+1".repeat(100_000))).kind, Kind::Sum(_)));
    assert!(matches!(tree(&format!("1{}", "*1".repeat(100_000))).kind, Kind::Product(_)));
    assert!(parse(&format!("{}1{}", "(".repeat(64), ")".repeat(64)), &|_| false).is_ok());
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in ".*") {
        check_range(&text)?;
    }

    #[test]
    fn nearly_expressions_are_read_or_refused(
        parts in prop::collection::vec(prop::sample::select(vec![
            "1", "2.5", "1e3", " ", "mV", "ms", "cm2", "/", "*", "^", "+", "-", "(", ")", "[", "]", ",", "W", "S",
            "normal(", "in", "clipped to", "keeping sign", "inf", "sqrt", "\u{b5}m", "degC", "é", ".", "e",
        ]), 0..20)
    ) {
        check_range(&parts.concat())?;
    }
}

/// Whatever is wrong, its place lies within the text and between characters.
fn check_range(text: &str) -> Result<(), TestCaseError> {
    if let Err((_, range)) = parse(text, &|name| name == "W" || name == "S") {
        prop_assert!(range.start <= range.end && range.start <= text.len(), "{:?} in {:?}", range, text);
    }
    Ok(())
}
