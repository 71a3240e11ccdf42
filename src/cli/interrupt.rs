//! Ctrl-C and `kill`: the first asks the run to stop, so that what was recorded is complete up to there; a second one
//! of the same kind ends the process at once.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::Exit;

/// Whether somebody asked to stop.
#[derive(Clone)]
pub struct Interrupt {
    interrupted: Arc<AtomicBool>,
    terminated: Arc<AtomicBool>,
}

impl Interrupt {
    /// From now on, signals are requests.
    pub fn listen() -> io::Result<Interrupt> {
        let interrupt = Interrupt { interrupted: Arc::default(), terminated: Arc::default() };
        for (signal, exit, asked) in
            [(SIGINT, Exit::Interrupted, &interrupt.interrupted), (SIGTERM, Exit::Terminated, &interrupt.terminated)]
        {
            // In this order: the first signal finds the flag not yet set.
            flag::register_conditional_shutdown(signal, exit as i32, Arc::clone(asked))?;
            flag::register(signal, Arc::clone(asked))?;
        }
        Ok(interrupt)
    }

    pub fn asked(&self) -> bool {
        self.interrupted.load(Ordering::Relaxed) || self.terminated.load(Ordering::Relaxed)
    }

    /// How a run that stopped because of this ends.
    pub fn exit(&self) -> Exit {
        if self.terminated.load(Ordering::Relaxed) { Exit::Terminated } else { Exit::Interrupted }
    }
}
