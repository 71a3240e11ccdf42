//! `configs/contrast_neuron.toml`: what its comment promises, from the engine's rates; the LIF's fits are those of its formula.

use axonal::Config;
use axonal::contrast::curves::contrast;
use axonal::plots::{Format, encode};
use axonal::rate::shapes::{Shape, fit};
use serde_json::Value;

/// Half a second a curve, and four neurons a current where there is noise: a fifth of what the config asks for.
const SHORT: [&str; 5] = [
    "run.duration=600 ms",
    "run.warmup=100 ms",
    "curve.lif_noise.repeats=4",
    "curve.adex_noise.repeats=4",
    "curve.squid_noise.repeats=4",
];

fn r2(curve: &Value, shape: &str) -> f64 {
    curve["fits"][shape]["r2"].as_f64().unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
}

#[test]
fn a_neuron_beside_a_unit_keeps_the_promises_of_its_config() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/configs/contrast_neuron.toml");
    let mut config = Config::from_file(std::path::Path::new(path)).unwrap();
    SHORT.iter().for_each(|set| config.set(set).unwrap());
    let mut stages = 0;
    let found = contrast(&config, None, &mut |_| {
        stages += 1;
        false
    });
    let found = found.unwrap_or_else(|error| panic!("{error}"));
    assert!(stages > 0 && found.warnings.is_empty(), "{:?}", found.warnings);
    let curves = &found.json["curves"];

    // Adaptation makes a ReLU of a neuron; noise makes the LIF more like one; the squid axon jumps, unless there is noise.
    assert!(r2(&curves["adex"], "relu") > 0.995 && r2(&curves["adex"], "relu") > r2(&curves["adex"], "sigmoid"));
    assert!(r2(&curves["lif_noise"], "relu") > r2(&curves["lif"], "relu") + 0.005);
    let squid = numbers(&curves["squid"]["rate_hz"]);
    assert!(squid.windows(2).any(|pair| pair[0] == 0.0 && pair[1] > 50.0), "{squid:?}");
    assert!(r2(&curves["squid"], "sigmoid") < 0.95 && r2(&curves["squid_noise"], "sigmoid") > 0.98);

    // The formula f = 1/(t_ref + tau_m ln(R I/(R I - 15 mV))), fitted likewise. Half a second counts to 2 Hz, of up to 128.
    let current = numbers(&curves["lif"]["current"]);
    let formula =
        |i: &f64| if 0.1 * i > 15.0 { 1000.0 / (2.0 + 20.0 * (0.1 * i / (0.1 * i - 15.0)).ln()) } else { 0.0 };
    let rates: Vec<f64> = current.iter().map(formula).collect();
    for shape in Shape::ALL {
        let expected = fit(shape, &current, &rates).unwrap().r2;
        let difference = (r2(&curves["lif"], shape.name()) - expected).abs();
        assert!(difference < 2e-3, "{}: {difference}", shape.name());
    }

    assert_eq!(r2(&found.json["release"]["terminal"], "sigmoid"), 1.0);
    let pictures = found.sections.iter().flat_map(|section| &section.pictures);
    let mut names: Vec<&str> = vec![];
    for picture in pictures {
        let svg = String::from_utf8(encode(&picture.drawing, Format::Svg).unwrap()).unwrap();
        assert!(svg.contains("<svg") && !svg.contains("NaN"), "{}", picture.name);
        names.push(&picture.name);
    }
    let expected =
        ["curve_lif", "curve_adex", "curve_squid", "release_terminal", "functions", "gradients", "abstract_units"];
    assert_eq!(names, expected);
    assert_eq!(found.json["gradients"]["sigmoid_at_best"][9].as_f64().unwrap(), 0.25f64.powi(10));
}
