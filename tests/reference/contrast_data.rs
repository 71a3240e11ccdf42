//! The files in `data/contrast`: weights, test images and counts of the digits network.

use axonal::files::npy::{Array, Values};
use axonal::rate::layers::Dense;
use std::path::{Path, PathBuf};

pub fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/data/contrast").join(name)
}

pub struct Archive(Vec<(String, Array)>);

impl Archive {
    pub fn open(name: &str) -> Archive {
        Archive(axonal::files::npz::read(std::fs::File::open(path(name)).unwrap()).unwrap())
    }

    fn values(&self, name: &str) -> &Values {
        &self.0.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("no array {name}")).1.values
    }

    pub fn floats(&self, name: &str) -> Vec<f64> {
        match self.values(name) {
            Values::F64(values) => values.clone(),
            Values::F32(values) => values.iter().map(|value| f64::from(*value)).collect(),
            _ => panic!("{name} is not of floats"),
        }
    }

    pub fn integers(&self, name: &str) -> Vec<u32> {
        match self.values(name) {
            Values::U32(values) => values.clone(),
            Values::I64(values) => values.iter().map(|value| *value as u32).collect(),
            _ => panic!("{name} is not of integers"),
        }
    }
}

/// Features of the first `count` test images, and their labels.
pub fn test_images(count: usize) -> (Vec<f64>, Vec<u32>) {
    let archive = Archive::open("test_data.npz");
    (archive.floats("x")[..count * 64].to_vec(), archive.integers("y")[..count].to_vec())
}

/// The weights that are multiples of 1/4096.
pub fn exact_layers() -> Vec<Dense> {
    let bytes = std::fs::read(path("snn_exact_p999.safetensors")).unwrap();
    let tensors = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let numbers = |name: &str| {
        let tensor = tensors.tensor(name).unwrap();
        assert_eq!(tensor.dtype(), safetensors::Dtype::F64);
        let shape = tensor.shape().to_vec();
        (tensor.data().chunks_exact(8).map(|b| f64::from_le_bytes(b.try_into().unwrap())).collect::<Vec<_>>(), shape)
    };
    (1..=3)
        .map(|layer| {
            let (weights, shape) = numbers(&format!("fc{layer}.weight"));
            let (bias, _) = numbers(&format!("fc{layer}.bias"));
            Dense { inputs: shape[1], outputs: shape[0], weights, bias }
        })
        .collect()
}
