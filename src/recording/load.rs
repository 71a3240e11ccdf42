//! A [`Recording`] as files: `recording.json` for all but the numbers, which stand in the files that it names.
//!
//! `recording.json` is written when a run begins, so a run that goes on, or was cut off, can be read as far as it came.

use super::thinning::{Keeper, ROOM};
use super::{Recording, Samples, SpikeTrains};
use crate::error::{Code, Error, Exit};
use crate::files::read_back;
use crate::files::{read_text, unreadable};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

pub const RECORDING_JSON: &str = "recording.json";

/// Where recorded spikes stand: in one of these.
const SPIKE_FILES: [&str; 2] = ["spikes.csv", "spikes.npz"];

/// The content of `recording.json`. Numbers must be finite: JSON has no others.
pub fn save(recording: &Recording) -> Vec<u8> {
    // Serialising into memory fails only for maps whose keys are not text, and a Recording has no maps.
    let mut bytes = serde_json::to_vec_pretty(recording).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

/// Reads what a run left in `dir`, finished or not.
///
/// Of an unfinished one, `interrupted` is set, and `duration_ms` is how far its samples (or else spikes) reach.
/// Errors: `Unreadable` (no run there, a file is missing), `BadFile`.
pub fn load(dir: &Path) -> Result<Recording, Error> {
    let path = dir.join(RECORDING_JSON);
    if !path.is_file() {
        let message = format!("`{}` holds no `{RECORDING_JSON}`", dir.display());
        return Err(Error::plain(Exit::BadInput, Code::Unreadable, message)
            .help("name a directory that `axonal run` made, such as `output/relay/latest`"));
    }
    let mut recording: Recording = serde_json::from_str(&read_text(&path)?)
        .map_err(|cause| bad_file(&path, &format!("{cause}; it may come from another version of axonal")))?;
    let mut reached: Option<f64> = None;
    for samples in recording.recorders.iter_mut().filter(|samples| !samples.file.is_empty()) {
        if load_samples(dir, samples)? && !samples.is_empty() {
            let last = samples.time(samples.len() - 1);
            reached = Some(reached.unwrap_or(0.0).max(last));
        }
    }
    let times = (recording.dt_ms, recording.duration_ms);
    if let Some(last) = load_spikes(dir, &mut recording.spikes, times)? {
        reached = reached.or(Some(last));
    }
    if let Some(reached) = reached {
        recording.interrupted = true;
        recording.duration_ms = recording.duration_ms.min(reached);
    }
    Ok(recording)
}

/// Fills in the values; true if the file still grows.
fn load_samples(dir: &Path, samples: &mut Samples) -> Result<bool, Error> {
    let path = dir.join(&samples.file);
    let growing = !path.is_file();
    let mut table = read_back::samples(&path)?;
    // A run that has only just begun has not yet written its header.
    if growing && table.columns.is_empty() {
        return Ok(true);
    }
    for trace in &mut samples.traces {
        let column = trace.column();
        let found = table.columns.iter().position(|name| *name == column);
        let found = found.ok_or_else(|| bad_file(&path, &format!("it has no column `{column}`")))?;
        trace.values = std::mem::take(&mut table.values[found]);
    }
    Ok(growing)
}

/// Fills in the spikes, as many as there is room for, of a run with this step and duration (ms). Of a file that still
/// grows, the time of its last spike.
fn load_spikes(dir: &Path, trains: &mut [SpikeTrains], times: (f64, f64)) -> Result<Option<f64>, Error> {
    if trains.is_empty() {
        return Ok(None);
    }
    let paths: Vec<PathBuf> = SPIKE_FILES.iter().map(|name| dir.join(name)).collect();
    let path = paths.iter().find(|path| read_back::exists(path));
    let path = path.ok_or_else(|| unreadable(&paths[0], &std::io::ErrorKind::NotFound.into()))?;
    let growing = !path.is_file();
    let mut keeper = Keeper::new(trains, times.0, times.1, ROOM);
    // Each row goes to the train of its population and site; a file without sites means the first of its population.
    let mut owners: HashMap<String, Vec<(String, usize)>> = HashMap::new();
    for (index, train) in trains.iter().enumerate() {
        owners.entry(train.population.clone()).or_default().push((train.site.clone(), index));
    }
    let mut last = 0.0f64;
    read_back::each_spike(path, &mut |time, population, neuron, site| {
        let Some(sites) = owners.get(population) else { return };
        let exact = sites.iter().find(|(own, _)| own == site);
        if let Some((_, train)) = exact.or_else(|| sites.first().filter(|_| site.is_empty())) {
            keeper.keep(trains, *train, time, neuron);
            last = last.max(time);
        }
    })?;
    keeper.finish(trains);
    Ok(growing.then_some(last))
}

fn bad_file(path: &Path, what: &str) -> Error {
    Error::plain(Exit::BadInput, Code::BadFile, format!("cannot read `{}`: {what}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::atomic::{Disk, Stream};
    use crate::files::csv_out::{SampleWriter, SpikeWriter};
    use crate::files::npz::{NpzSamples, NpzSpikes};
    use crate::recording::Trace;

    fn recording(file: &str) -> Recording {
        let trace = |neuron| Trace { population: "axon".into(), neuron, variable: "V_m".into(), ..Trace::default() };
        let train = |population: &str, site: &str| SpikeTrains {
            population: population.into(),
            site: site.into(),
            size: 2,
            recorded: vec![0, 1],
            ..SpikeTrains::default()
        };
        Recording {
            dt_ms: 0.5,
            duration_ms: 10.0,
            recorders: vec![Samples {
                every_ms: 0.5,
                traces: vec![trace(1), trace(0)],
                file: file.into(),
                ..Samples::default()
            }],
            spikes: vec![train("axon", "axon(0.5)"), train("axon", "axon(1.0)"), train("exc", "")],
            ..Recording::default()
        }
    }

    fn stream(dir: &Path, name: &str) -> Stream {
        Stream::create(&Disk::real(), &dir.join(name)).unwrap()
    }

    /// Columns in another order than the traces; three spikes.
    fn write_csv(dir: &Path) -> (SampleWriter, SpikeWriter) {
        std::fs::write(dir.join(RECORDING_JSON), save(&recording("a.csv"))).unwrap();
        let columns = ["axon[0].V_m".to_owned(), "axon[1].V_m".to_owned()];
        let mut samples = SampleWriter::new(stream(dir, "a.csv"), &columns).unwrap();
        let mut spikes = SpikeWriter::new(stream(dir, "spikes.csv"), true).unwrap();
        for k in 0..5 {
            samples.row(k as f64 * 0.5, &[k as f64, 10.0]).unwrap();
        }
        spikes.row(0.25, "axon", 1, "axon(1.0)").unwrap();
        spikes.row(0.5, "exc", 0, "").unwrap();
        spikes.row(0.75, "axon", 1, "axon(0.5)").unwrap();
        (samples, spikes)
    }

    fn check(seen: &Recording) {
        assert_eq!(seen.recorders[0].traces[0].values, [10.0; 5]);
        assert_eq!(seen.recorders[0].traces[1].values, [0.0, 1.0, 2.0, 3.0, 4.0]);
        let times: Vec<&[f64]> = seen.spikes.iter().map(|train| &*train.times_ms).collect();
        assert_eq!(times, [&[0.75], &[0.25], &[0.5]]);
        assert_eq!(seen.spikes[0].neurons, [1]);
    }

    #[test]
    fn a_complete_run_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let (samples, spikes) = write_csv(dir.path());
        samples.finish().unwrap();
        spikes.finish().unwrap();
        let seen = load(dir.path()).unwrap();
        check(&seen);
        assert_eq!((seen.interrupted, seen.duration_ms), (false, 10.0));
    }

    #[test]
    fn an_unfinished_run_is_read_as_far_as_it_came() {
        let dir = tempfile::tempdir().unwrap();
        drop(write_csv(dir.path()));
        let seen = load(dir.path()).unwrap();
        check(&seen);
        assert_eq!((seen.interrupted, seen.duration_ms), (true, 2.0));
    }

    #[test]
    fn npz_reads_back_like_csv() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(RECORDING_JSON), save(&recording("a.npz"))).unwrap();
        let text = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        let mut samples = NpzSamples::new(stream(dir.path(), "a.npz"), &text(&["axon[0].V_m", "axon[1].V_m"])).unwrap();
        (0..5).for_each(|k| samples.row(k as f64 * 0.5, &[k as f64, 10.0]).unwrap());
        samples.finish().unwrap();
        let sites = text(&["", "axon(0.5)", "axon(1.0)"]);
        let mut spikes = NpzSpikes::new(stream(dir.path(), "spikes.npz"), &text(&["axon", "exc"]), &sites).unwrap();
        spikes.row(0.25, 0, 1, 2).unwrap();
        spikes.row(0.5, 1, 0, 0).unwrap();
        spikes.row(0.75, 0, 1, 1).unwrap();
        spikes.finish().unwrap();
        check(&load(dir.path()).unwrap());
    }

    #[test]
    fn what_is_missing_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let error = load(dir.path()).unwrap_err();
        assert!(error.to_string().contains("no `recording.json`"), "{error}");
        std::fs::write(dir.path().join(RECORDING_JSON), "{").unwrap();
        assert!(load(dir.path()).unwrap_err().to_string().contains("recording.json`: EOF"));
        std::fs::write(dir.path().join(RECORDING_JSON), save(&recording("a.csv"))).unwrap();
        assert!(load(dir.path()).unwrap_err().to_string().contains("a.csv`: No such file"));
        std::fs::write(dir.path().join("a.csv"), "time_ms,axon[0].V_m\n0,1\n").unwrap();
        assert!(load(dir.path()).unwrap_err().to_string().contains("no column `axon[1].V_m`"));
    }
}
