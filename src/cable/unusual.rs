//! What a user may not expect of how a reconstruction is read, in words.

use super::morphology::Region;
use crate::files::swc::Sample;

/// What was made of samples whose type names no region, and of more numbers than a sample has, in words.
pub(super) fn unusual(samples: &[Sample], regions: &[Region]) -> Vec<String> {
    let mut kinds: Vec<(u32, Region)> =
        samples.iter().zip(regions).map(|(sample, region)| (sample.kind, *region)).collect();
    kinds.retain(|(kind, _)| !(1..=4).contains(kind));
    kinds.sort_unstable_by_key(|(kind, region)| (*kind, *region as usize));
    kinds.dedup();
    let tell = |&(kind, region): &(u32, Region)| {
        let own = || samples.iter().zip(regions).filter(move |(sample, own)| (sample.kind, **own) == (kind, region));
        let line = own().map(|(sample, _)| sample.line).min().unwrap_or(0);
        let (count, name) = (own().count(), region.name());
        let number = if count == 1 { "one sample".to_string() } else { format!("{count} samples") };
        let why = if region == Region::Other { "" } else { ", as what they grow from" };
        format!("{number} of type {kind}, the first in line {line}: of region `{name}`{why}")
    };
    let mut told: Vec<String> = kinds.iter().map(tell).collect();
    let long = || samples.iter().filter(|sample| sample.beyond > 0);
    if let Some(first) = long().map(|sample| sample.line).min() {
        let count = long().count();
        let number = if count == 1 { "one line".to_string() } else { format!("{count} lines") };
        told.push(format!("{number} with more than 7 numbers, the first line {first}: the 7 of SWC alone are read"));
    }
    told
}
