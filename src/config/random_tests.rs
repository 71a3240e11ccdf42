//! Distributions, their bounds, and what of them can be drawn.

use super::*;
use crate::num::rng::Purpose;

fn sample(shape: Shape, bounds: Bounds, count: usize) -> Vec<f64> {
    let mut stream = Stream::new(7, Purpose::Parameter, 0, 0);
    let random = Random { shape, bounds };
    (0..count).map(|_| random.draw(&mut stream).expect("draws pass")).collect()
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / n).sqrt())
}

/// Mean and sd are those of the value. Tolerances: five standard errors of 100 000 draws (of the sd of a
/// lognormal, which has heavy tails, more).
#[test]
fn draws_have_the_mean_and_sd_of_their_description() {
    let shapes = [
        Shape::Normal { mean: -58.0, sd: 10.0 },
        Shape::Uniform { low: -2.0, high: 6.0 },
        Shape::Exponential { start: 0.0, mean: 3.0 },
        Shape::Lognormal { start: 0.0, mean: 2.0, sd: 1.0 },
        Shape::Exponential { start: 0.0, mean: -3.0 },
        Shape::Lognormal { start: 0.0, mean: -2.0, sd: 1.0 },
        Shape::Exponential { start: 0.5, mean: 3.0 },
        Shape::Lognormal { start: 4.0, mean: -2.0, sd: 1.0 },
    ];
    for shape in shapes {
        let (mean, sd) = moments(&sample(shape, Bounds::None, 100_000));
        let (wanted_mean, wanted_sd) = shape.mean_sd();
        assert!((mean - wanted_mean).abs() < 5.0 * wanted_sd / 316.0, "{shape:?}: mean {mean}");
        assert!((sd / wanted_sd - 1.0).abs() < 0.04, "{shape:?}: sd {sd}");
    }
}

#[test]
fn bounds_hold() {
    let normal = Shape::Normal { mean: 1.0, sd: 2.0 };
    assert!(sample(normal, Bounds::Redraw { low: 0.0, high: 2.0 }, 1000).iter().all(|x| (0.0..=2.0).contains(x)));
    let clipped = sample(normal, Bounds::Clip { low: 0.0, high: f64::INFINITY }, 1000);
    assert!(clipped.contains(&0.0) && clipped.iter().all(|x| *x >= 0.0));
    assert!(sample(normal, Bounds::KeepSign, 1000).iter().all(|x| *x > 0.0));
    let negative = Shape::Normal { mean: -1.0, sd: 2.0 };
    assert!(sample(negative, Bounds::KeepSign, 1000).iter().all(|x| *x < 0.0));
    let certain = Shape::Normal { mean: 0.0, sd: 0.0 };
    assert_eq!(sample(certain, Bounds::KeepSign, 2), [0.0, 0.0]);
    assert_eq!(sample(Shape::Lognormal { start: 0.0, mean: 0.0, sd: 0.0 }, Bounds::None, 1), [0.0]);
}

/// Half of a normal distribution: sd sqrt(1 - 2/pi); a uniform one is as wide as its bounds; drawn and clipped ones.
#[test]
fn the_sd_that_bounds_leave() {
    let of = |shape, bounds| Random { shape, bounds }.sd_within_bounds();
    let half = of(Shape::Normal { mean: 1e-9, sd: 2.0 }, Bounds::KeepSign);
    assert!((half / (2.0 * (1.0 - 2.0 / std::f64::consts::PI).sqrt()) - 1.0).abs() < 2e-3, "{half}");
    let part = of(Shape::Uniform { low: 0.0, high: 9.0 }, Bounds::Redraw { low: 1.0, high: 4.0 });
    assert!((part / (3.0 / 12_f64.sqrt()) - 1.0).abs() < 1e-4, "{part}");
    for bounds in [Bounds::Clip { low: 0.5, high: 2.0 }, Bounds::Redraw { low: 0.5, high: 2.0 }] {
        let shape = Shape::Normal { mean: 1.0, sd: 2.0 };
        let sd = moments(&sample(shape, bounds, 100_000)).1;
        assert!((of(shape, bounds) / sd - 1.0).abs() < 0.02, "{bounds:?} {sd}");
    }
    assert_eq!(of(Shape::Normal { mean: 87.8, sd: 8.78 }, Bounds::None), 8.78);
}

#[test]
fn impossible_bounds_give_up() {
    let random =
        Random { shape: Shape::Uniform { low: 0.0, high: 1.0 }, bounds: Bounds::Redraw { low: 2.0, high: 3.0 } };
    assert_eq!(random.draw(&mut Stream::new(1, Purpose::Weight, 0, 0)), None);
}

/// Phi(1) = 0.841344746, Phi(1.96) = 0.975002105 (Abramowitz & Stegun 1964, table 26.1).
#[test]
fn shares_below_a_value() {
    let close = |x: f64, y: f64| assert!((x - y).abs() < 1e-7, "{x} {y}");
    let normal = Shape::Normal { mean: 2.0, sd: 3.0 };
    close(normal.below(5.0), 0.841344746);
    close(normal.below(2.0 + 3.0 * 1.96), 0.975002105);
    close(normal.below(-1.0), 1.0 - 0.841344746);
    close(Shape::Uniform { low: 0.0, high: 4.0 }.below(1.0), 0.25);
    close(Shape::Exponential { start: 0.0, mean: 2.0 }.below(2.0), 1.0 - 0.36787944117);
    close(Shape::Exponential { start: 1.0, mean: 2.0 }.below(3.0), 1.0 - 0.36787944117);
    close(Shape::Exponential { start: 1.0, mean: -2.0 }.below(-1.0), 0.36787944117);
    close(Shape::Lognormal { start: -1.0, mean: 2.0, sd: 2.0 }.below(2.0_f64.sqrt() - 1.0), 0.5);
    // The median of a lognormal is mean / sqrt(1 + (sd/mean)^2).
    close(Shape::Lognormal { start: 0.0, mean: 2.0, sd: 2.0 }.below(2.0_f64.sqrt()), 0.5);
    close(normal.below(f64::INFINITY), 1.0);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let message = |shape, bounds| Random { shape, bounds }.check().expect_err("refused").message;
    let unit = Shape::Normal { mean: 0.0, sd: 1.0 };
    assert_eq!(message(Shape::Normal { mean: 0.0, sd: -1.0 }, Bounds::None), "the sd is negative");
    let reversed = Shape::Uniform { low: 1.0, high: 0.0 };
    assert_eq!(message(reversed, Bounds::None), "the low end of `uniform` is above its high end");
    assert!(message(Shape::Exponential { start: 0.0, mean: f64::NAN }, Bounds::None).contains("finite"));
    assert!(message(Shape::Lognormal { start: 0.0, mean: 0.0, sd: 1.0 }, Bounds::None).contains("not be zero"));
    assert!(message(Shape::Normal { mean: f64::INFINITY, sd: 1.0 }, Bounds::None).contains("finite"));
    assert!(message(unit, Bounds::KeepSign).contains("no sign"));
    assert!(message(unit, Bounds::Clip { low: 1.0, high: 0.0 }).contains("lower bound"));
    // Phi(-1.2816) = 0.1: just more, and just less, than a tenth of the draws pass.
    let tail = |low: f64| Bounds::Redraw { low, high: f64::INFINITY };
    assert!(Random { shape: unit, bounds: tail(1.281) }.check().is_ok());
    assert!(message(unit, tail(1.282)).contains("% of the draws would be outside"));
}

/// Rows of each shape have the mean and sd of their description, and the bounds hold in them.
#[test]
fn rows_are_drawn_from_the_same_distributions() {
    let key = Key::new(7, Purpose::Weight, 1);
    for shape in [
        Shape::Normal { mean: -58.0, sd: 10.0 },
        Shape::Uniform { low: -2.0, high: 6.0 },
        Shape::Exponential { start: 0.0, mean: 3.0 },
        Shape::Lognormal { start: 0.0, mean: 2.0, sd: 1.0 },
        Shape::Lognormal { start: 0.0, mean: -2.0, sd: 1.0 },
        Shape::Exponential { start: 0.5, mean: -3.0 },
        Shape::Lognormal { start: -4.0, mean: 2.0, sd: 1.0 },
    ] {
        let mut row = vec![0.0; 100_000];
        Random { shape, bounds: Bounds::None }.fill_row(key, 3, &mut row);
        let (mean, sd) = moments(&row);
        let (wanted_mean, wanted_sd) = shape.mean_sd();
        assert!((mean - wanted_mean).abs() < 5.0 * wanted_sd / 316.0, "{shape:?}: mean {mean}");
        assert!((sd / wanted_sd - 1.0).abs() < 0.04, "{shape:?}: sd {sd}");
    }
    let normal = Shape::Normal { mean: 1.0, sd: 2.0 };
    let drawn = |bounds: Bounds| {
        let mut row = vec![0.0; 1000];
        Random { shape: normal, bounds }.fill_row(key, 0, &mut row);
        row
    };
    assert!(drawn(Bounds::Redraw { low: 0.0, high: 2.0 }).iter().all(|x| (0.0..=2.0).contains(x)));
    assert!(drawn(Bounds::KeepSign).iter().all(|x| *x > 0.0));
    assert!(drawn(Bounds::Clip { low: 0.0, high: 9.0 }).contains(&0.0));
}
