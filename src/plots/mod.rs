//! Pictures of a run, drawn from its [`Recording`] alone, as SVG or PNG.
//!
//! A plot turns part of a recording into a `page::Page`: panels with axes, on which plotters draws into a
//! `scene::Scene`; `svg` and `png` then write the same scene. What is left out (samples closer than a pixel, lines
//! beyond a dozen) is either invisible or said in the notes under the title.
//! To add a kind of plot: a file with a function from recording and request to a `Drawing`, a variant of [`Kind`], and
//! its line in [`draw`].

mod axis;
mod branches;
mod channel;
pub mod chart;
mod colors;
mod connectivity;
mod currents;
mod decimate;
mod encode;
mod f_i;
mod front;
pub mod layers;
mod map;
mod marks;
pub mod matrix;
mod morphology;
mod network;
mod page;
mod palette;
mod phase_plane;
mod png;
mod raster;
mod rate;
mod release;
mod scene;
mod select;
mod space_time;
mod spectrum;
mod statistics;
mod stimulus;
mod strips;
mod svg;
mod text;
mod time;
mod trace;
mod unfit;
mod waveform;

#[cfg(test)]
mod samples;
#[cfg(test)]
mod tests;

pub use scene::Drawing;
pub use select::evenly;
pub use space_time::one_way;
pub use trace::MOST_LINES;
pub use unfit::{Unfit, check};

use crate::recording::Recording;

/// A plot that is wanted: a `[plot.x]` of the config, or one of [`defaults`].
#[derive(Clone, Debug)]
pub struct Request {
    /// Name of the file, without its extension.
    pub name: String,
    pub kind: Kind,
    /// Names of recorders and populations; empty for all that suit.
    pub data: Vec<String>,
    pub title: Option<String>,
    pub format: Option<Format>,
    pub options: Options,
}

impl Request {
    /// A plot with nothing chosen but its kind.
    pub fn new(name: impl Into<String>, kind: Kind) -> Request {
        Request { name: name.into(), kind, data: vec![], title: None, format: None, options: Options::default() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Trace,
    Raster,
    SpaceTime,
    PhasePlane,
    FI,
    Rate,
    Isi,
    Correlation,
    Spectrum,
    Connectivity,
    Network,
    Map,
    Channel,
    Currents,
    Morphology,
    Release,
}

impl Kind {
    pub const ALL: &[Kind] = &[
        Kind::Trace,
        Kind::Raster,
        Kind::SpaceTime,
        Kind::PhasePlane,
        Kind::FI,
        Kind::Rate,
        Kind::Isi,
        Kind::Correlation,
        Kind::Spectrum,
        Kind::Connectivity,
        Kind::Network,
        Kind::Map,
        Kind::Channel,
        Kind::Currents,
        Kind::Morphology,
        Kind::Release,
    ];
    /// In the order of [`Kind::ALL`].
    pub const NAMES: &[&str] = &[
        "trace",
        "raster",
        "space_time",
        "phase_plane",
        "f_i",
        "rate",
        "isi",
        "correlation",
        "spectrum",
        "connectivity",
        "network",
        "map",
        "channel",
        "currents",
        "morphology",
        "release",
    ];

    pub fn from_name(name: &str) -> Option<Kind> {
        Kind::NAMES.iter().position(|known| *known == name).map(|index| Kind::ALL[index])
    }

    pub fn name(self) -> &'static str {
        Kind::NAMES[self as usize]
    }
}

/// What some kinds of plot can be told.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Trace, release: variables, a panel each.
    pub panels: Option<Vec<String>>,
    /// Release: a panel for each trace, though they have the same variable.
    pub each: bool,
    /// Trace, space_time: which neurons.
    pub neurons: Option<Vec<usize>>,
    /// Phase plane: variables.
    pub x: Option<String>,
    pub y: Option<String>,
    /// Phase plane, space_time: which neuron.
    pub neuron: Option<usize>,
    pub nullclines: bool,
    /// Space_time: sections, from the root outward.
    pub path: Vec<String>,
    /// Channel: which mechanisms.
    pub mechanisms: Vec<String>,
    /// Morphology: what its colours show.
    pub variable: Option<String>,
    /// Morphology: when its colours are true (ms).
    pub time_ms: Option<f64>,
    /// F_i: `stimulus.current.amplitude`, or `current`.
    pub against: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    Svg,
    Png,
}

impl Format {
    pub fn extension(self) -> &'static str {
        match self {
            Format::Svg => "svg",
            Format::Png => "png",
        }
    }
}

/// The bytes of an SVG or PNG file; the same recording and request give the same bytes.
///
/// `format` is what to write, whatever `request.format` says. An error says in words why it cannot be drawn.
pub fn draw(recording: &Recording, request: &Request, format: Format) -> Result<Vec<u8>, String> {
    encode(&drawing(recording, request)?, format)
}

/// The picture that a request asks for.
fn drawing(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    match request.kind {
        Kind::Trace => trace::draw(recording, request),
        Kind::Raster => raster::draw(recording, request),
        Kind::SpaceTime => space_time::draw(recording, request),
        Kind::PhasePlane => phase_plane::draw(recording, request),
        Kind::FI => f_i::draw(recording, request),
        Kind::Rate => rate::draw(recording, request),
        Kind::Isi => statistics::isi(recording, request),
        Kind::Correlation => statistics::correlations(recording, request),
        Kind::Spectrum => spectrum::draw(recording, request),
        Kind::Connectivity => connectivity::draw(recording, request),
        Kind::Network => network::draw(recording, request),
        Kind::Map => map::draw(recording, request),
        Kind::Channel => channel::draw(recording, request),
        Kind::Currents => currents::draw(recording, request),
        Kind::Morphology => morphology::draw(recording, request),
        Kind::Release => release::draw(recording, request),
    }
}

/// The bytes of a picture's file.
pub fn encode(drawing: &Drawing, format: Format) -> Result<Vec<u8>, String> {
    match format {
        Format::Svg => svg::write(drawing).map(String::into_bytes),
        Format::Png => png::write(drawing),
    }
}

/// What to draw where the config asks for nothing: a trace of each recorder with samples, or its rates, space and time
/// where a whole section was recorded, a raster where the spikes of more than one neuron were.
pub fn defaults(recording: &Recording) -> Vec<Request> {
    let mut requests = vec![];
    for samples in recording.recorders.iter().filter(|samples| !samples.is_empty()) {
        let request = |kind: Kind| Request {
            data: vec![samples.recorder.clone()],
            ..Request::new(format!("{}_{}", samples.recorder, kind.name()), kind)
        };
        let counted = samples.traces.iter().all(|trace| trace.of.is_some());
        requests.push(request(if counted { Kind::Rate } else { Kind::Trace }));
        if space_time::holds_a_whole_section(samples) {
            requests.push(request(Kind::SpaceTime));
        }
    }
    if recording.spikes.iter().map(|trains| trains.recorded.len()).sum::<usize>() > 1 {
        requests.push(Request::new("raster", Kind::Raster));
    }
    requests
}
