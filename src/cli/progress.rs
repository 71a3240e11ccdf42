//! How far a long run is: a bar on stderr with the time that is left, only on a terminal, and only after a second.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::stderr_is_terminal;
use crate::contrast::Stage;
use crate::simulation::Progress;

/// A run that is over sooner needs no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// Between two looks at the bar.
const REFRESH: Duration = Duration::from_millis(100);

pub struct Bar {
    shown: bool,
    begun: Instant,
    drawn: Instant,
    /// Of a contrast: what is done, and since when.
    stage: String,
    entered: Instant,
    bar: Option<ProgressBar>,
}

impl Bar {
    /// One that appears only if `wanted` and somebody is watching.
    pub fn new(wanted: bool) -> Bar {
        let now = Instant::now();
        Bar {
            shown: wanted && stderr_is_terminal(),
            begun: now,
            drawn: now,
            stage: String::new(),
            entered: now,
            bar: None,
        }
    }

    pub fn update(&mut self, progress: Progress, dt_ms: f64) {
        if !self.shown || self.begun.elapsed() < PATIENCE || self.drawn.elapsed() < REFRESH || progress.step < 1 {
            return;
        }
        self.drawn = Instant::now();
        let steps = progress.steps.max(1) as u64;
        let bar = self.bar.get_or_insert_with(|| draw(steps, "simulating"));
        let share = progress.step as f64 / steps as f64;
        let left = self.begun.elapsed().as_secs_f64() * (1.0 - share) / share;
        let done = duration(progress.step as f64 * dt_ms);
        bar.set_message(format!("{done} of {}, {} left", duration(steps as f64 * dt_ms), clock(left)));
        bar.set_position(progress.step as u64);
    }

    /// The same for a contrast, whose stages follow one another.
    pub fn stage(&mut self, stage: Stage) {
        if !self.shown || self.begun.elapsed() < PATIENCE || self.drawn.elapsed() < REFRESH {
            return;
        }
        self.drawn = Instant::now();
        if self.stage != stage.what {
            // The time left is that of the stage.
            self.clear();
            self.stage = stage.what.to_string();
            self.entered = Instant::now();
        }
        let of = stage.of.max(1);
        let what = &self.stage;
        let bar = self.bar.get_or_insert_with(|| draw(of, what));
        let share = stage.done as f64 / of as f64;
        if share > 0.0 {
            bar.set_message(format!("{} left", clock(self.entered.elapsed().as_secs_f64() * (1.0 - share) / share)));
        }
        bar.set_position(stage.done.min(of));
    }

    /// Takes the bar away.
    pub fn clear(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }
}

fn draw(steps: u64, what: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(steps), ProgressDrawTarget::stderr());
    // A template that could not be read would only cost the looks of the bar.
    if let Ok(style) = ProgressStyle::with_template("{prefix} [{bar:28}] {percent:>3} %  {msg}") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.set_prefix(what.to_string());
    bar
}

/// Simulated time: `12.5 ms`, `3.20 s`.
fn duration(ms: f64) -> String {
    if ms < 1000.0 { format!("{ms:.1} ms") } else { format!("{:.2} s", ms / 1000.0) }
}

/// Time to wait: `8 s`, `3 min 05 s`, `2 h 10 min`.
fn clock(seconds: f64) -> String {
    let seconds = seconds.ceil() as u64;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_at_a_glance() {
        assert_eq!([clock(0.2), clock(185.0), clock(7800.0)], ["1 s", "3 min 05 s", "2 h 10 min"]);
        assert_eq!([duration(12.5), duration(3200.0)], ["12.5 ms", "3.20 s"]);
    }
}
