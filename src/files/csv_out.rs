//! Samples and spikes as CSV (RFC 4180), row by row while the run goes on.
//!
//! A number is the shortest decimal that reads back to the same bits, so a file loses nothing and holds no noise digits.
//! `<recorder>.csv`: `time_ms` and a column per trace; `spikes.csv`: `time_ms,population,neuron` and, where spikes are
//! detected on cables, `site`.

use super::atomic::Stream;
use crate::error::Error;
use std::io::Write;

/// Appends the shortest decimal that reads back the same; very small and very large numbers get an exponent.
pub fn push_number(text: &mut Vec<u8>, x: f64) {
    let size = x.abs();
    let plain = x == 0.0 || (1e-4..1e16).contains(&size) || !x.is_finite();
    // Writing into a vector cannot fail.
    let _ = if plain { write!(text, "{x}") } else { write!(text, "{x:e}") };
}

/// Appends a text field, in quotes if it holds a character that CSV gives a meaning.
pub fn push_field(text: &mut Vec<u8>, field: &str) {
    if field.contains([',', '"', '\n', '\r']) {
        text.push(b'"');
        text.extend_from_slice(field.replace('"', "\"\"").as_bytes());
        text.push(b'"');
    } else {
        text.extend_from_slice(field.as_bytes());
    }
}

/// `<recorder>.csv`.
#[derive(Debug)]
pub struct SampleWriter {
    stream: Stream,
}

impl SampleWriter {
    /// Writes the header; `columns` are named `population[index].site.variable`. Error: `Output`.
    pub fn new(mut stream: Stream, columns: &[String]) -> Result<SampleWriter, Error> {
        let text = stream.buffer();
        text.extend_from_slice(b"time_ms");
        for column in columns {
            text.push(b',');
            push_field(text, column);
        }
        text.push(b'\n');
        stream.tick()?;
        Ok(SampleWriter { stream })
    }

    /// One value per column. Error: `Output`.
    pub fn row(&mut self, time_ms: f64, values: &[f64]) -> Result<(), Error> {
        let text = self.stream.buffer();
        push_number(text, time_ms);
        for value in values {
            text.push(b',');
            push_number(text, *value);
        }
        text.push(b'\n');
        self.stream.row()
    }

    /// To be called now and then: see [`Stream::tick`].
    pub fn tick(&mut self) -> Result<(), Error> {
        self.stream.tick()
    }

    pub fn finish(self) -> Result<(), Error> {
        self.stream.finish()
    }
}

/// Connections, as `table_in::read_connections` reads them back.
#[derive(Debug)]
pub struct ConnectionWriter {
    stream: Stream,
}

impl ConnectionWriter {
    /// Writes the header; without `delays` there is no such column. Error: `Output`.
    pub fn new(mut stream: Stream, weight_unit: &str, delays: bool) -> Result<ConnectionWriter, Error> {
        let delay = if delays { ",delay_ms" } else { "" };
        let header = format!("source,target,weight_{weight_unit}{delay}\n");
        stream.buffer().extend_from_slice(header.as_bytes());
        stream.tick()?;
        Ok(ConnectionWriter { stream })
    }

    /// A file without connections: nobody knows of what kind they would be. Error: `Output`.
    pub fn of_none(mut stream: Stream) -> Result<(), Error> {
        stream.write(b"source,target\n")?;
        stream.finish()
    }

    /// Error: `Output`.
    pub fn row(&mut self, source: u32, target: u32, weight: f64, delay_ms: Option<f64>) -> Result<(), Error> {
        let text = self.stream.buffer();
        for (index, number) in [f64::from(source), f64::from(target), weight].into_iter().chain(delay_ms).enumerate() {
            if index > 0 {
                text.push(b',');
            }
            push_number(text, number);
        }
        text.push(b'\n');
        self.stream.row()
    }

    pub fn finish(self) -> Result<(), Error> {
        self.stream.finish()
    }
}

/// `spikes.csv`.
#[derive(Debug)]
pub struct SpikeWriter {
    stream: Stream,
    sites: bool,
    /// Of the row before, and how it is written: many spikes have the same time.
    time_ms: f64,
    time: Vec<u8>,
}

impl SpikeWriter {
    /// Writes the header, with a column `site` if `sites`. Error: `Output`.
    pub fn new(mut stream: Stream, sites: bool) -> Result<SpikeWriter, Error> {
        stream.write(if sites { b"time_ms,population,neuron,site\n" } else { b"time_ms,population,neuron\n" })?;
        Ok(SpikeWriter { stream, sites, time_ms: f64::NAN, time: vec![] })
    }

    /// `site` is left out of a file without that column. Error: `Output`.
    pub fn row(&mut self, time_ms: f64, population: &str, neuron: usize, site: &str) -> Result<(), Error> {
        if time_ms != self.time_ms {
            self.time.clear();
            push_number(&mut self.time, time_ms);
            self.time_ms = time_ms;
        }
        let text = self.stream.buffer();
        text.extend_from_slice(&self.time);
        text.push(b',');
        push_field(text, population);
        text.push(b',');
        text.extend_from_slice(itoa::Buffer::new().format(neuron).as_bytes());
        if self.sites {
            text.push(b',');
            push_field(text, site);
        }
        text.push(b'\n');
        self.stream.row()
    }

    /// To be called now and then where spikes are rare: see [`Stream::tick`].
    pub fn tick(&mut self) -> Result<(), Error> {
        self.stream.tick()
    }

    pub fn finish(self) -> Result<(), Error> {
        self.stream.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::atomic::Disk;
    use proptest::prelude::*;

    fn number(x: f64) -> String {
        let mut text = vec![];
        push_number(&mut text, x);
        String::from_utf8(text).unwrap()
    }

    proptest! {
        #[test]
        fn every_number_reads_back_to_the_same_bits(bits: u64) {
            let x = f64::from_bits(bits);
            prop_assume!(!x.is_nan());
            let text = number(x);
            prop_assert_eq!(text.parse::<f64>().unwrap().to_bits(), bits);
            prop_assert!(text.len() <= 24, "{}", text);
        }
    }

    #[test]
    fn numbers_are_short() {
        for (x, text) in
            [(-65.0, "-65"), (0.1, "0.1"), (1e-7, "1e-7"), (1e300, "1e300"), (0.0, "0"), (12.5e-5, "0.000125")]
        {
            assert_eq!(number(x), text);
        }
    }

    #[test]
    fn the_files_are_what_a_csv_reader_expects() {
        let dir = tempfile::tempdir().unwrap();
        let stream = |name: &str| Stream::create(&Disk::real(), &dir.path().join(name)).unwrap();
        let columns = ["a[0].axon(0.5).V_m".to_owned(), "odd,\"name\"".to_owned()];
        let mut samples = SampleWriter::new(stream("a.csv"), &columns).unwrap();
        samples.row(0.0, &[-65.0, 1e-9]).unwrap();
        samples.finish().unwrap();
        let text = std::fs::read_to_string(dir.path().join("a.csv")).unwrap();
        assert_eq!(text, "time_ms,a[0].axon(0.5).V_m,\"odd,\"\"name\"\"\"\n0,-65,1e-9\n");
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        assert_eq!(reader.headers().unwrap().get(2), Some("odd,\"name\""));

        let mut spikes = SpikeWriter::new(stream("s.csv"), true).unwrap();
        spikes.row(1.25, "exc", 7, "axon(1.0)").unwrap();
        spikes.finish().unwrap();
        let text = std::fs::read_to_string(dir.path().join("s.csv")).unwrap();
        assert_eq!(text, "time_ms,population,neuron,site\n1.25,exc,7,axon(1.0)\n");
    }
}
