//! Cells without a network: for whoever puts `[cell.x]` to a use of its own, in the same words and with the same checks.

use super::cells::{self, Cell, Kind};
use super::context::Context;
use super::run;
use crate::config::Config;
use crate::config::evaluate::Evaluator;
use crate::error::Diagnostics;
use crate::model::ModelInfo;
use std::collections::HashMap;

/// The structure of a config, its `[define]`, `dt` and cells, read.
pub struct Apart {
    pub evaluator: Evaluator,
    /// What was wrong so far.
    pub diagnostics: Diagnostics,
    pub dt_ms: f64,
    cells: HashMap<String, Cell>,
}

impl Apart {
    /// Reads them; `dt` is that of `[run]`, or `default_dt`, such as "1 ms".
    pub fn read(config: &Config, default_dt: &str) -> Apart {
        let mut context = Context::new(config);
        let dt = config.table("run").and_then(|run| run.get("dt"));
        run::read_dt(&mut context, dt, default_dt);
        cells::read(&mut context);
        let Context { evaluator, diagnostics, dt_ms, cells, .. } = context;
        Apart { evaluator, diagnostics, dt_ms, cells }
    }

    /// Model and completed parameters of a point cell; the parameters are missing of one that is none.
    ///
    /// `None` if there is no such cell, or if it is wrong, which `diagnostics` then say.
    pub fn cell(&self, name: &str) -> Option<(&'static ModelInfo, Option<&[f64]>)> {
        let cell = self.cells.get(name)?;
        let parameters = match &cell.kind {
            Kind::Point { complete, .. } => Some(complete.as_slice()),
            _ => None,
        };
        Some((cell.info, parameters))
    }
}
