use super::*;

#[test]
fn philox_gives_the_published_answers() {
    // kat_vectors of Random123 (D. E. Shaw Research): philox4x32, 10 rounds.
    assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
    assert_eq!(philox([u32::MAX; 4], [u32::MAX; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
    assert_eq!(
        philox([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
    );
}

/// Standard error of a mean of n: a mean should lie within five of them.
fn close(sum: f64, n: usize, mean: f64, sd: f64) -> bool {
    (sum / n as f64 - mean).abs() < 5.0 * sd / (n as f64).sqrt()
}

#[test]
fn moments_are_those_of_theory() {
    let n = 200_000;
    let mut stream = Stream::new(7, Purpose::Parameter, 3, 9);
    let x: Vec<f64> = (0..n).map(|_| stream.uniform()).collect();
    assert!(x.iter().all(|x| *x > 0.0 && *x < 1.0));
    assert!(close(x.iter().sum(), n, 0.5, (1.0_f64 / 12.0).sqrt()));
    let z: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
    assert!(close(z.iter().sum(), n, 0.0, 1.0));
    assert!(close(z.iter().map(|z| z * z).sum(), n, 1.0, 2.0_f64.sqrt()));
    assert!(close(z.iter().map(|z| z.powi(4)).sum(), n, 3.0, 96.0_f64.sqrt()));
    let e: Vec<f64> = (0..n).map(|_| stream.exponential()).collect();
    assert!(close(e.iter().sum(), n, 1.0, 1.0));
    let k: Vec<u64> = (0..n).map(|_| stream.below(6)).collect();
    assert!(close(k.iter().map(|k| *k as f64).sum(), n, 2.5, (35.0_f64 / 12.0).sqrt()));
    assert!(k.iter().all(|k| *k < 6));
    // Neighbours in the pure functions are independent: their products average 0.
    let key = Key::new(1, Purpose::Noise, 0);
    let along = |b: u64, step: u64| key.normal(b, step) * (key.normal(b + 1, step) + key.normal(b, step + 1));
    assert!(close((0..n as u64).map(|i| along(i % 500, i / 500)).sum(), n, 0.0, 2.0_f64.sqrt()));
}

#[test]
fn blocks_of_draws_equal_single_ones() {
    let key = Key::new(5, Purpose::PoissonStimulus, 2);
    for (first, n) in [(0, 9), (3, 10), (5, 0), (7, 1), (1 << 33, 5)] {
        let mut out = vec![0.0; n];
        key.uniforms(first, 11, &mut out);
        for (i, u) in out.iter().enumerate() {
            assert_eq!(*u, uniform_at(5, Purpose::PoissonStimulus, 2, first + i as u64, 11));
        }
        for (i, half) in key.halves(first, 11).iter().enumerate() {
            assert_eq!(*half, key.half(first * GROUP as u64 + i as u64, 11), "{first} {i}");
        }
        key.normals(first, 11, &mut out);
        for (i, z) in out.iter().enumerate() {
            assert_eq!(*z, normal_at(5, Purpose::PoissonStimulus, 2, first + i as u64, 11));
        }
    }
}

#[test]
fn rows_are_filled_as_their_entries_say() {
    let key = Key::new(5, Purpose::Weight, 2);
    let mut out = vec![0.0; 133];
    key.row_uniforms(9, &mut out);
    assert!(out.iter().enumerate().all(|(i, u)| *u == key.row_uniform(9, i as u64, 0)));
    assert!(key.row_uniform(9, 3, 0) != key.row_uniform(9, 3, 1) && out[0] != out[1]);
    key.row_normals(9, &mut out);
    assert!(out.iter().enumerate().all(|(i, z)| *z == key.row_normal(9, i as u64, 0)));
    let mut many = vec![0.0; 200_000];
    key.row_normals(1, &mut many);
    assert!(close(many.iter().sum(), many.len(), 0.0, 1.0));
    assert!(close(many.iter().map(|z| z * z).sum(), many.len(), 1.0, 2.0_f64.sqrt()));
    assert!(close(many.windows(2).map(|pair| pair[0] * pair[1]).sum(), many.len(), 0.0, 1.0));
}

/// Chi-square of 300 000 integers below 7: 6 degrees of freedom, sd sqrt(12). With n = 3 x 2^30 a quarter of the
/// words is drawn again, and each third of the range has a third of the integers.
#[test]
fn many_integers_are_uniform() {
    let mut stream = Stream::new(5, Purpose::Structure, 2, 1);
    let (mut out, n) = (vec![], 300_000);
    stream.many_below(7, n, &mut out);
    let expected = n as f64 / 7.0;
    let counts = (0..7).map(|k| out.iter().filter(|x| **x == k).count() as f64);
    let chi_square: f64 = counts.map(|count| (count - expected).powi(2) / expected).sum();
    assert!(out.iter().all(|x| *x < 7) && chi_square < 6.0 + 5.0 * 12f64.sqrt(), "{chi_square}");
    let mut large = vec![];
    stream.many_below(3 << 30, n, &mut large);
    for third in 0..3 {
        let inside = large.iter().filter(|x| **x >> 30 == third).count() as f64;
        let sd = (n as f64 * 2.0 / 9.0).sqrt();
        assert!((inside - n as f64 / 3.0).abs() < 5.0 * sd, "{third}: {inside}");
    }
}

#[test]
fn each_part_of_the_key_matters() {
    let base = uniform_at(1, Purpose::Noise, 2, 3, 4);
    let others = [
        uniform_at(2, Purpose::Noise, 2, 3, 4),
        uniform_at(1 << 32 | 1, Purpose::Noise, 2, 3, 4),
        uniform_at(1, Purpose::Weight, 2, 3, 4),
        uniform_at(1, Purpose::Noise, 3, 3, 4),
        uniform_at(1, Purpose::Noise, 2, 2, 4),
        uniform_at(1, Purpose::Noise, 2, 3, 5),
        uniform_at(1, Purpose::Noise, 2, 3, 4 + (1 << 32)),
    ];
    assert!(others.iter().all(|other| *other != base));
}
