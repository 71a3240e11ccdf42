//! What a contrast leaves in its directory: `contrast.json`, `contrast.html`, a file for each picture, and the config.
//!
//! `contrast.json` is written first with status `running` and again at the very end, so that whoever finds the directory
//! of a contrast that was killed, or failed, does not take it for a complete one.

use super::Findings;
use super::html::page;
use crate::config::Config;
use crate::error::{Code, Error, Exit};
use crate::files::run_directory::{CONTRAST_JSON, RunDirectory};
use crate::plots::{self, Format};
use serde_json::{Map, Value, json};
use std::path::Path;

pub const PAGE: &str = "contrast.html";

/// A contrast on its way to the disk.
pub struct Output {
    directory: RunDirectory,
    title: String,
}

/// What was written.
pub struct Written {
    /// The whole of `contrast.json`.
    pub json: String,
    /// Names of pictures' files.
    pub pictures: Vec<String>,
    /// Of pictures that could not be drawn.
    pub warnings: Vec<String>,
}

impl Output {
    /// Says in `directory` that a contrast of `config` has begun. Error: `Output`.
    pub fn begin(mut directory: RunDirectory, config: &Config) -> Result<Output, Error> {
        let title = config.table("run").and_then(|run| run.get("title"));
        let title = title.and_then(|title| title.as_text("`title`").ok()).unwrap_or("").to_string();
        directory.write(CONTRAST_JSON, text(&title, "running", Map::new(), &[]).as_bytes())?;
        let file = config.sources.first().filter(|source| source.name != "--set");
        let written = file.map(|source| source.text.clone());
        directory.write("config.toml", written.unwrap_or_else(|| config.to_toml()).as_bytes())?;
        Ok(Output { directory, title })
    }

    pub fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Writes everything, `contrast.json` last. Error: `Output`.
    pub fn complete(mut self, findings: &mut Findings, format: Format) -> Result<Written, Error> {
        let (mut pictures, mut warnings) = (vec![], vec![]);
        for picture in findings.sections.iter().flat_map(|section| &section.pictures) {
            match plots::encode(&picture.drawing, format) {
                Ok(bytes) => {
                    let name = format!("{}.{}", picture.name, format.extension());
                    self.directory.write(&name, &bytes)?;
                    pictures.push(name);
                }
                Err(reason) => warnings.push(format!("picture `{}` was not drawn: {reason}", picture.name)),
            }
        }
        for (name, bytes) in &findings.files {
            self.directory.write(name, bytes)?;
        }
        let drawable = |reason| Error::plain(Exit::Output, Code::Output, format!("the page cannot be drawn: {reason}"));
        let page = page(&self.title, &findings.sections).map_err(drawable)?;
        self.directory.write(PAGE, page.as_bytes())?;
        let json = self.end("complete", std::mem::take(&mut findings.json))?;
        Ok(Written { json, pictures, warnings })
    }

    /// Says how it ended instead: "interrupted", "failed" and why. Error: `Output`.
    pub fn stop(self, status: &str, failure: Option<&str>) -> Result<(), Error> {
        let json = failure.map(|failure| ("failure".to_string(), json!(failure)));
        self.end(status, json.into_iter().collect()).map(|_| ())
    }

    fn end(mut self, status: &str, json: Map<String, Value>) -> Result<String, Error> {
        let json = text(&self.title, status, json, &self.directory.files());
        self.directory.write(CONTRAST_JSON, json.as_bytes())?;
        self.directory.finish();
        Ok(json)
    }
}

/// `contrast.json`.
fn text(title: &str, status: &str, json: Map<String, Value>, files: &[String]) -> String {
    let mut all = Map::new();
    all.insert("axonal".into(), json!(env!("CARGO_PKG_VERSION")));
    all.insert("status".into(), json!(status));
    all.insert("title".into(), json!(title));
    all.extend(json);
    all.insert("files".into(), json!(files));
    format!("{:#}\n", Value::Object(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contrast::html::Section;
    use crate::files::atomic::Disk;

    fn begun(at: &Path) -> Output {
        let config = Config::from_text("c.toml", "[run]\ntitle = \"a & b\"\n").unwrap();
        let directory = RunDirectory::create(Disk::real(), Some(at), "c", true).unwrap();
        Output::begin(directory, &config).unwrap()
    }

    fn json(at: &Path) -> Value {
        serde_json::from_slice(&std::fs::read(at.join(CONTRAST_JSON)).unwrap()).unwrap()
    }

    #[test]
    fn the_status_is_complete_only_at_the_end() {
        let directory = tempfile::tempdir().unwrap();
        let at = directory.path();
        let output = begun(at);
        assert_eq!(json(at)["status"], "running");
        output.stop("interrupted", None).unwrap();
        assert_eq!(json(at)["status"], "interrupted");
        begun(at).stop("failed", Some("no")).unwrap();
        assert_eq!((json(at)["status"].clone(), json(at)["failure"].clone()), (json!("failed"), json!("no")));
        let mut findings = Findings { files: vec![("model.safetensors".into(), vec![1])], ..Findings::default() };
        findings.json.insert("columns".into(), json!({}));
        findings.sections.push(Section { heading: "x < y".into(), ..Section::default() });
        let written = begun(at).complete(&mut findings, Format::Svg).unwrap();
        let found = json(at);
        assert_eq!(serde_json::from_str::<Value>(&written.json).unwrap(), found);
        assert_eq!(found["status"], "complete");
        assert_eq!(found["files"], json!(["config.toml", "contrast.html", "contrast.json", "model.safetensors"]));
        assert!(std::fs::read_to_string(at.join(PAGE)).unwrap().contains("<h2>x &lt; y</h2>"));
        assert!(std::fs::read_to_string(at.join("config.toml")).unwrap().contains("a & b"));
        // Replacing it leaves nothing of the old behind.
        drop(begun(at));
        assert!(!at.join("model.safetensors").exists() && !at.join(PAGE).exists());
    }
}
