//! Units read, and mistakes in them explained.

use super::*;

fn unit(text: &str) -> (Dimension, i32) {
    let unit = Unit::parse(text).unwrap_or_else(|e| panic!("{text}: {}", e.message));
    (unit.dimension, unit.power)
}

fn error(text: &str) -> UnitError {
    Unit::parse(text).expect_err(text)
}

/// The SI brochure (BIPM 2019), table 4: derived units in base units.
#[test]
fn derived_units_are_what_the_si_says() {
    assert_eq!(unit("V"), (Dimension([2, 1, -3, -1, 0, 0]), 0));
    assert_eq!(unit("F"), (Dimension([-2, -1, 4, 2, 0, 0]), 0));
    assert_eq!(unit("S"), (Dimension([-2, -1, 3, 2, 0, 0]), 0));
    assert_eq!(unit("ohm"), (unit("/S").0, 0));
    assert_eq!(unit("C"), unit("A s"));
    assert_eq!(unit("V"), unit("ohm A"));
    assert_eq!(unit("F"), unit("C/V"));
    assert_eq!((unit("Hz"), unit("Hz")), (unit("/s"), unit("1/s")));
    assert_eq!(unit("kg"), (Dimension([0, 1, 0, 0, 0, 0]), 0));
    assert_eq!(unit("mM"), unit("mol/m^3"));
}

#[test]
fn prefixes_are_powers_of_ten_and_case_matters() {
    let powers = [("fF", -15), ("pF", -12), ("nF", -9), ("uF", -6), ("mF", -3), ("cF", -2), ("kF", 3), ("GF", 9)];
    for (text, power) in powers {
        assert_eq!(unit(text).1, power, "{text}");
    }
    assert_eq!((unit("Mohm").1, unit("mohm").1), (6, -3));
    assert_ne!(unit("ms").0, unit("mS").0);
    assert_eq!((unit("m").1, unit("mm").1, unit("cm").1), (0, -3, -2));
    assert_eq!(unit("mmol"), (Dimension([0, 0, 0, 0, 0, 1]), -3));
}

#[test]
fn products_powers_and_quotients() {
    assert_eq!(unit("ohm cm"), unit("ohm*cm"));
    assert_eq!(unit("ohm cm"), unit("ohm * cm"));
    assert_eq!(unit("nS/um^2"), (unit("S m^-2").0, -9 + 12));
    assert_eq!(unit("mS/cm^2").1, -3 + 4);
    assert_eq!(unit("/ms"), (unit("Hz").0, 3));
    assert_eq!(unit("mV/ms"), (unit("V/s").0, 0));
    assert_eq!(unit("mol/m^2 s"), unit("mol m^-2 s^-1"));
    assert_eq!(unit("nS / um^2"), unit("nS/um^2"));
}

#[test]
fn greek_letters_are_read() {
    assert_eq!(unit("\u{b5}m"), unit("um"));
    assert_eq!(unit("\u{3bc}m"), unit("um"));
    assert_eq!(unit("k\u{3a9}"), unit("kohm"));
    assert_eq!(unit("\u{2126} cm"), unit("ohm cm"));
}

#[test]
fn temperatures_stand_alone() {
    assert!(Unit::parse("degC").is_ok_and(|u| u.celsius));
    assert!(Unit::parse("K").is_ok_and(|u| !u.celsius && u.dimension == Dimension::TEMPERATURE));
    for text in ["/K", "mV/K", "degC s", "degC^2", "mV/degC", "K*s"] {
        assert!(error(text).message.contains("cannot be part of a product"), "{text}");
    }
    assert_eq!(error("mV/K").range, 3..4);
}

#[test]
fn mistakes_are_explained() {
    let suggests = [
        ("cm2", "did you mean `cm^2`?"),
        ("Mv", "did you mean `mV`?"),
        ("MS/CM^2", "did you mean `cm`?"),
        ("msec", "did you mean `ms`?"),
        ("hz", "did you mean `Hz`?"),
        ("Ohm", "did you mean `ohm`?"),
        ("°C", "did you mean `degC`?"),
        ("PA", "did you mean `pA`?"),
        ("parsec", "units are made of"),
    ];
    for (text, help) in suggests {
        let error = error(text);
        assert_eq!(error.code, Code::UnknownUnit);
        assert!(error.help.as_ref().is_some_and(|h| h.contains(help)), "{text}: {error:?}");
    }
    let inner = error("nS/cm2");
    assert_eq!((inner.range, inner.help.as_deref()), (3..6, Some("did you mean `cm^2`?")));
    assert_eq!(error("a/b").range, 0..1);
    assert!(error("nS/um/ms").message.contains("at most one `/`"));
    assert!(error("um^99").message.contains("power"));
    assert!(error("um^x").message.contains("power"));
}

#[test]
fn other_capitals_of_the_wanted_dimension() {
    let time = |u: &Unit| u.dimension == Dimension::TIME;
    assert_eq!(respelled("mS", time).as_deref(), Some("ms"));
    assert_eq!(respelled("MS", time).as_deref(), Some("ms"));
    assert_eq!(respelled("pF", time), None);
}

#[test]
fn dimensions_have_names() {
    assert_eq!(unit("uS").0.describe(), "a conductance");
    assert_eq!(unit("m/s").0.describe(), "a speed");
    assert_eq!(Dimension::NONE.describe(), "a number without a unit");
    assert_eq!(unit("kg m").0.describe(), "a quantity in m kg");
    assert!(NAMED.iter().all(|(text, _)| Unit::parse(text).is_ok()));
    assert!(unit("nS/um^2").0.is_per_area_of(unit("nS").0));
}
