//! What stimuli do to single neurons: which waveform and which events are whose, and sums of waveforms.

use crate::recording::StimulusSeen;

/// (ms, value), ascending in time; two points at the same time are a jump.
pub type Course = Vec<(f64, f64)>;

/// Where among the neurons that a stimulus reaches one of a population is; more than once, if several of its places are reached.
pub fn places(stimulus: &StimulusSeen, population: &str, neuron: usize) -> Vec<usize> {
    let mut before = 0;
    let mut places = vec![];
    for (to, neurons) in stimulus.to.iter().zip(&stimulus.neurons) {
        if to == population {
            places.extend(neurons.iter().position(|own| *own == neuron).map(|index| before + index));
        }
        before += neurons.len();
    }
    places
}

/// That of the neuron at this place; empty if it was not kept.
pub fn of(stimulus: &StimulusSeen, place: usize) -> &[(f64, f64)] {
    let own = stimulus.others.iter().find(|other| other.of.contains(&place));
    own.map_or(&stimulus.waveform, |own| &own.corners)
}

/// The spikes (ms) that a stimulus sends to the neurons at these places.
pub fn events(stimulus: &StimulusSeen, places: &[usize]) -> Vec<f64> {
    if stimulus.events_of.is_empty() {
        return stimulus.events_ms.clone();
    }
    let all = stimulus.events_ms.iter().zip(&stimulus.events_of);
    all.filter(|(_, place)| places.contains(place)).map(|(at, _)| *at).collect()
}

/// All of them together; each is nothing outside its time.
pub fn sum(courses: &[&[(f64, f64)]]) -> Course {
    if let [only] = courses {
        return only.to_vec();
    }
    let mut times: Vec<f64> = courses.iter().flat_map(|course| course.iter().map(|point| point.0)).collect();
    times.sort_by(f64::total_cmp);
    times.dedup();
    let mut next = vec![0; courses.len()];
    let mut sum = vec![];
    for at in times {
        let (mut before, mut after) = (0.0, 0.0);
        for (course, next) in courses.iter().zip(&mut next) {
            let (left, right) = sides(course, next, at);
            (before, after) = (before + left, after + right);
        }
        sum.extend([(at, before), (at, after)]);
    }
    sum.dedup();
    sum
}

/// What a course is just before and just after a time; `next` is its first point that is not earlier.
fn sides(course: &[(f64, f64)], next: &mut usize, at: f64) -> (f64, f64) {
    *next += course[*next..].iter().take_while(|point| point.0 < at).count();
    let here = course[*next..].iter().take_while(|point| point.0 == at).count();
    match (here, next.checked_sub(1), course.get(*next)) {
        (0, Some(last), Some(b)) => {
            let a = course[last];
            let between = a.1 + (b.1 - a.1) * (at - a.0) / (b.0 - a.0);
            (between, between)
        }
        (0, ..) => (0.0, 0.0),
        _ => (course[*next].1, course[*next + here - 1].1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::WaveformSeen;

    fn step(from: f64, to: f64, height: f64) -> Course {
        vec![(0.0, 0.0), (from, 0.0), (from, height), (to, height), (to, 0.0), (100.0, 0.0)]
    }

    #[test]
    fn a_sum_of_steps_has_the_corners_of_each() {
        let (a, b) = (step(10.0, 20.0, 1.0), step(15.0, 30.0, 2.0));
        let expected = [(0.0, 0.0), (10.0, 0.0), (10.0, 1.0), (15.0, 1.0), (15.0, 3.0), (20.0, 3.0), (20.0, 2.0)];
        assert_eq!(sum(&[&a, &b]), [&expected[..], &[(30.0, 2.0), (30.0, 0.0), (100.0, 0.0)]].concat());
        assert_eq!(sum(&[&a]), a);
        assert_eq!(sum(&[&[(0.0, 0.0), (4.0, 4.0)], &[(0.0, 1.0), (2.0, 1.0), (4.0, 1.0)]])[1], (2.0, 3.0));
    }

    #[test]
    fn each_neuron_has_its_own() {
        let stimulus = StimulusSeen {
            to: vec!["a".into(), "b".into(), "a".into()],
            neurons: vec![vec![3, 5], vec![5, 7], vec![5]],
            waveform: vec![(0.0, 1.0)],
            others: vec![WaveformSeen { of: vec![1, 3], corners: vec![(0.0, 2.0)] }],
            events_ms: vec![1.0, 2.0, 3.0],
            events_of: vec![1, 2, 1],
            ..StimulusSeen::default()
        };
        assert_eq!(places(&stimulus, "a", 5), [1, 4]);
        assert_eq!(places(&stimulus, "b", 7), [3]);
        assert!(places(&stimulus, "b", 3).is_empty());
        assert_eq!([2, 3].map(|place| of(&stimulus, place)[0].1), [1.0, 2.0]);
        assert_eq!(events(&stimulus, &[1, 4]), [1.0, 3.0]);
    }
}
