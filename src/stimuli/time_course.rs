//! A current that follows a time course: held or linear between points, or from a file of them.

use super::Waveform;
use super::course::Course;
use crate::model::ModelInfo;

pub const INFO: ModelInfo = ModelInfo {
    name: "time_course",
    summary: "a current through the points (times, values), held or linear `between` them",
    equations: "I(t) = values[i] for times[i] <= t < times[i+1], or a straight line to the next;\nbefore the first of times it has the first value, after the last the last",
    reference: "-",
    parameters: &[],
    variables: &[],
};

impl Waveform for Course {
    fn value(&self, k: i64) -> f64 {
        self.mean(k)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_course_is_a_waveform() {
        let course: &dyn Waveform = &Course::Points { points: vec![(0, 1.0), (10, 3.0)], linear: true };
        assert_eq!(course.value(4), 1.9);
    }
}
