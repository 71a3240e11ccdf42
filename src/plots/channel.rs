//! What a channel does at each potential: steady values of its gates above, their time constants below.

use crate::recording::{ChannelSeen, Recording};

use super::page::{self, Band, Entry, Quantity, Sheet};
use super::scene::Drawing;
use super::{Request, palette, select};

/// More gates than this in one picture cannot be told apart.
const MOST: usize = 12;

pub fn draw(recording: &Recording, request: &Request) -> Result<Drawing, String> {
    let wanted = |seen: &&ChannelSeen| {
        let of = &request.options.mechanisms;
        of.is_empty() || of.contains(&seen.mechanism)
    };
    let all: Vec<&ChannelSeen> = recording.channels.iter().filter(wanted).collect();
    if all.is_empty() {
        return Err("a picture of channels needs a cable or hodgkin_huxley cell whose mechanisms have gates".into());
    }
    let mut notes = vec![format!("at {} degC; time constants on a logarithmic scale", all[0].temperature_celsius)];
    if all.len() > MOST {
        notes.push(format!("{MOST} of {} gates shown; `mechanisms` chooses others", all.len()));
    }
    let shown = &all[..all.len().min(MOST)];
    notes.extend(calcium(shown));
    let several = shown.iter().any(|seen| seen.mechanism != shown[0].mechanism);
    // Beyond the colours that can be told apart, lines are dashed.
    let legend: Vec<(Entry, bool)> = shown
        .iter()
        .enumerate()
        .map(|(i, seen)| ((name(seen, shown, several), palette::category(i % palette::COUNT, 1)), i >= palette::COUNT))
        .collect();
    let times = shown.iter().flat_map(|seen| &seen.tau_ms).filter(|tau| tau.is_finite() && **tau > 0.0);
    let (low, high) = times
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), tau| (low.min(tau.log10()), high.max(tau.log10())));
    let range = if low <= high { (low - 0.1, high.max(low + 0.3) + 0.1) } else { (0.0, 1.0) };
    let bands = vec![
        Band { height: 220.0, y: Quantity::new("steady value", "", (-0.02, 1.02)), above: 10.0, numbers: true },
        Band {
            height: 220.0,
            y: Quantity { log: true, ..Quantity::new("time constant", "ms", range) },
            above: 16.0,
            numbers: true,
        },
    ];
    let ends = (shown[0].v_mv[0], shown[0].v_mv[shown[0].v_mv.len() - 1]);
    let x = Quantity::new("membrane potential", "mV", ends);
    let title = request.title.clone().unwrap_or_else(|| {
        let mut names: Vec<&str> = shown.iter().map(|seen| seen.mechanism.as_str()).collect();
        names.dedup();
        format!("Gates of {}", names.join(", "))
    });
    notes.extend(select::interrupted(recording));
    let entries: Vec<Entry> = legend.iter().map(|(entry, _)| entry.clone()).collect();
    let right = page::legend_width(&entries);
    let page = Sheet { title, notes, bands, x, left: 0.0, right }.lay_out();
    for (seen, ((_, color), dashed)) in shown.iter().zip(&legend) {
        let line = |panel: &page::Panel, points: Vec<(f64, f64)>| match dashed {
            true => {
                let pixel = |(x, y): &(f64, f64)| (panel.x_pixel(*x), panel.y_pixel(*y));
                page.pen.dashes(&points.iter().map(pixel).collect::<Vec<_>>(), *color, 1.6, 5.0);
            }
            false => panel.line(points, *color, 1.6),
        };
        let steady = seen.v_mv.iter().zip(&seen.steady).map(|(v, x)| (*v, *x));
        line(&page.panels[0], steady.collect());
        let tau = seen.v_mv.iter().zip(&seen.tau_ms).filter(|(_, tau)| **tau > 0.0 && tau.is_finite());
        line(&page.panels[1], tau.map(|(v, tau)| (*v, tau.log10())).collect());
    }
    page.legend_of(&page.panels[0], legend.iter().map(|(entry, dashed)| (entry, *dashed)));
    Ok(page.finish())
}

/// What a gate is called among those that are shown, of `several` mechanisms: with its cell, where another has it with other numbers.
fn name(seen: &ChannelSeen, shown: &[&ChannelSeen], several: bool) -> String {
    let ChannelSeen { mechanism, gate, of, .. } = seen;
    let again = shown.iter().filter(|other| (&other.mechanism, &other.gate) == (mechanism, gate)).count() > 1;
    match (several, again) {
        (true, true) => format!("{gate} of {mechanism}, {of}"),
        (true, false) => format!("{gate} of {mechanism}"),
        (false, true) => format!("{gate} of {of}"),
        (false, false) => gate.clone(),
    }
}

/// The calcium at which gates are shown that it opens or shuts.
fn calcium(shown: &[&ChannelSeen]) -> Option<String> {
    let mut said: Vec<String> = vec![];
    for seen in shown {
        let Some(calcium) = seen.calcium_mm else { continue };
        let one = format!("{} mM in {}", format!("{calcium:.2e}").parse::<f64>().unwrap_or(calcium), seen.of);
        if !said.contains(&one) {
            said.push(one);
        }
    }
    (!said.is_empty()).then(|| format!("calcium as the run begins: {}", said.join(", ")))
}
