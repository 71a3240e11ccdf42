//! What is said about mistakes in a layered contrast and in the samples that it names: golden text, as in `errors`.

use axonal::contrast::language;
use axonal::error::{Code, Severity};
use axonal::{Config, Error};
use std::path::Path;

/// A sound contrast of four samples with four features, of two classes.
const SOUND: &str = r#"[run]
seed = 1

[data]
csv = "x.csv"
test_csv = "t.csv"
scale = 2

[layers]
sizes = [4, 3, 2]
activation = "relu"

[train]
epochs = 2
batch = 2
optimizer = "adam"
learning_rate = 1e-3

[contrast.relu]
code = "rate"

[contrast.spiking]
code = "spiking"
cell = "if"
reset = "subtract"
normalize = "percentile 99.9"
input = "current"
initial = 0.5
readout = "current"
steps = 16

[contrast.leaky]
code = "spiking"
cell = "leaky"
beta = 0.9
reset = "zero"

[cell.pyramidal]
model = "lif"
C_m = "200 pF"
tau_m = "20 ms"
E_L = "-70 mV"
V_th = "-50 mV"

[synapse.ampa]
model = "exponential"
tau = "5 ms"

[contrast.biological]
code = "spiking"
cell = "pyramidal"
synapse = "ampa"

[contrast.trained]
code = "spiking"
train = "surrogate"
surrogate = "arctan"
"#;

const SAMPLES: &str = "label,a,b,c,d\n0,0,1,2,0\n1,2,1,0,0\n0,1,1,2,0\n1,2,2,0,1\n";

/// What is written, what is written instead, and a code among those that this brings out.
type Case = (&'static str, &'static str, Code);

const KEYS: &[Case] = &[
    ("[contrast.relu]", "[contrasts.relu]", Code::UnknownTable),
    ("epochs = 2", "epoch = 2", Code::UnknownKey),
    ("sizes = [4, 3, 2]", "size = [4, 3, 2]", Code::UnknownKey),
    ("scale = 2", "scales = 2", Code::UnknownKey),
    ("seed = 1", "seeds = 1", Code::UnknownKey),
    ("seed = 1", "seed = 1\nduration = \"40 ms\"", Code::Conflict),
    ("seed = 1", "seed = -1", Code::OutOfRange),
    ("reset = \"subtract\"\n", "", Code::MissingKey),
    ("reset = \"subtract\"", "reset = \"subtrct\"", Code::UnknownName),
    ("reset = \"subtract\"", "rest = \"subtract\"", Code::UnknownKey),
    ("code = \"rate\"\n", "", Code::MissingKey),
    ("code = \"rate\"", "code = \"rates\"", Code::UnknownName),
    ("code = \"rate\"", "code = \"sparse\"", Code::UnknownName),
    ("code = \"rate\"", "code = \"rate\"\nsteps = 5", Code::Conflict),
    ("cell = \"if\"", "cell = \"iff\"", Code::UnknownName),
    ("cell = \"if\"", "cell = \"if\"\nbeta = 0.9", Code::Conflict),
    ("beta = 0.9\n", "", Code::MissingKey),
    ("beta = 0.9", "beta = 1.5", Code::OutOfRange),
    ("\"percentile 99.9\"", "\"percentile 120\"", Code::OutOfRange),
    ("\"percentile 99.9\"", "\"percentile\"", Code::WrongType),
    ("\"percentile 99.9\"", "99.9", Code::WrongType),
    ("\"percentile 99.9\"", "\"percntile 99.9\"", Code::UnknownName),
    ("\"percentile 99.9\"", "\"mean\"", Code::UnknownName),
    ("input = \"current\"", "input = \"poison\"", Code::UnknownName),
    ("readout = \"current\"", "readout = \"votes\"", Code::UnknownName),
    ("initial = 0.5", "initial = 1", Code::OutOfRange),
    ("steps = 16", "steps = 0", Code::OutOfRange),
    ("steps = 16", "steps = 10000000", Code::OutOfRange),
    ("steps = 16", "steps = 2.5", Code::OutOfRange),
    ("train = \"surrogate\"", "train = \"surogate\"", Code::UnknownName),
    ("train = \"surrogate\"", "train = \"surrogate\"\nreset = \"zero\"", Code::UnknownName),
    ("train = \"surrogate\"", "train = \"surrogate\"\nnormalize = \"max\"", Code::Conflict),
    ("steps = 16", "steps = 16\nepochs = 3", Code::Conflict),
    ("surrogate = \"arctan\"", "surrogate = \"atan\"", Code::UnknownName),
    ("surrogate = \"arctan\"", "weights = \"none.npz\"\nslope = 3", Code::Unreadable),
    ("optimizer = \"adam\"", "optimizer = \"sgd\"", Code::UnknownName),
    ("learning_rate = 1e-3", "learning_rate = 0", Code::OutOfRange),
    ("activation = \"relu\"", "activation = \"rellu\"", Code::UnknownName),
    ("sizes = [4, 3, 2]", "sizes = [4]", Code::WrongShape),
    ("sizes = [4, 3, 2]", "sizes = [4, 0, 2]", Code::OutOfRange),
    ("sizes = [4, 3, 2]", "sizes = [4, 3, 1]", Code::WrongShape),
    ("sizes = [4, 3, 2]", "sizes = \"4, 3, 2\"", Code::WrongType),
    ("activation = \"relu\"", "weights = \"x.csv\"", Code::Conflict),
    ("activation = \"relu\"", "weights = \"model.npz\"", Code::Unreadable),
    ("[train]\nepochs = 2\nbatch = 2\noptimizer = \"adam\"\nlearning_rate = 1e-3\n", "", Code::MissingKey),
    ("model = \"lif\"", "model = \"izhikevich\"", Code::MissingKey),
    ("model = \"lif\"\nC_m = \"200 pF\"", "model = \"lif\"", Code::Conflict),
    ("V_th = \"-50 mV\"", "V_th = \"inf mV\"", Code::Conflict),
    ("tau_m = \"20 ms\"", "tau_m = 20", Code::BareNumber),
    ("cell = \"pyramidal\"", "cell = \"piramidal\"", Code::UnknownName),
    ("synapse = \"ampa\"", "synapse = \"amap\"", Code::UnknownName),
    ("model = \"exponential\"", "model = \"alpha\"", Code::UnknownName),
    ("tau = \"5 ms\"", "tau = \"5 mV\"", Code::WrongDimension),
    ("[synapse.ampa]", "[population.p]\ncell = \"pyramidal\"\nsize = 3\n[synapse.ampa]", Code::Conflict),
    ("[contrast.relu]", "[noise]\nlevels = [0, -1]\nlook = 3\n[contrast.relu]", Code::OutOfRange),
    ("[contrast.relu]", "[expect]\n\"rely.accuracy\" = [0, 1]\n[contrast.relu]", Code::UnknownName),
    ("[contrast.relu]", "[expect]\n\"relu.acuracy\" = [0, 1]\n[contrast.relu]", Code::UnknownName),
    ("[contrast.relu]", "[expect]\n\"relu.accuracy\" = 0.9\n[contrast.relu]", Code::WrongShape),
    ("[contrast.relu]", "[expect]\n\"relu.accuracy\" = [1, 0.9]\n[contrast.relu]", Code::OutOfRange),
    ("[contrast.relu]", "[compare]\nactivation = \"gelu\"\n[contrast.relu]", Code::UnknownName),
];

const DATA: &[Case] = &[
    ("csv = \"x.csv\"\n", "csv = \"y.csv\"\n", Code::Unreadable),
    ("csv = \"x.csv\"\ntest_csv = \"t.csv\"\n", "", Code::MissingKey),
    ("csv = \"x.csv\"\ntest_csv", "test_csv", Code::MissingKey),
    ("csv = \"x.csv\"\ntest_csv", "csv = \"x.csv\"\nsource = \"digits\"\ntest_csv", Code::Conflict),
    ("csv = \"x.csv\"\ntest_csv", "source = \"mnist\"\ntest_csv", Code::UnknownName),
    ("csv = \"x.csv\"\n", "images = \"i.idx\"\n", Code::MissingKey),
    ("scale = 2", "scale = 0", Code::OutOfRange),
    ("scale = 2", "test = 0.5", Code::Conflict),
    ("test_csv = \"t.csv\"", "test = 0.01", Code::OutOfRange),
    ("test_csv = \"t.csv\"", "test = 0", Code::OutOfRange),
    ("test_csv = \"t.csv\"", "test = 2", Code::OutOfRange),
    ("test_csv = \"t.csv\"", "test = 1.0", Code::OutOfRange),
    ("test_csv = \"t.csv\"", "test = \"last 0\"", Code::OutOfRange),
    ("test_csv = \"t.csv\"", "test = \"last 5\"", Code::OutOfRange),
    ("test_csv = \"t.csv\"", "test = \"last few\"", Code::WrongType),
    ("test_csv = \"t.csv\"", "test = \"first 2\"", Code::BadExpression),
    ("csv = \"x.csv\"\n", "csv = \"words.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"ragged.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"nan.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"high.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"negative.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"half.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"alone.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"wide.csv\"\n", Code::WrongShape),
    ("csv = \"x.csv\"\n", "csv = \"empty.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "csv = \"cut.csv.gz\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "images = \"i.idx\"\nlabels = \"l.idx\"\n", Code::WrongShape),
    ("csv = \"x.csv\"\n", "images = \"cut.idx\"\nlabels = \"l.idx\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "images = \"cut.idx.gz\"\nlabels = \"cut.idx\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "images = \"l.idx\"\nlabels = \"i.idx\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "images = \"x.csv\"\nlabels = \"l.idx\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "images = \"i.idx\"\nlabels = \"few.idx\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "npz = \"x.npz\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "npz = \"x.csv\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "npz = \"shape.npz\"\n", Code::BadFile),
    ("csv = \"x.csv\"\n", "npz = \"few.npz\"\n", Code::BadFile),
];

fn idx(shape: &[u32], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, 8, shape.len() as u8];
    bytes.extend(shape.iter().flat_map(|size| size.to_be_bytes()));
    bytes.extend(data);
    bytes
}

fn packed(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(vec![], flate2::Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn npz(path: &Path, arrays: &[(&str, &[usize])]) {
    use axonal::files::npy::{Array, Values, write};
    let mut archive = zip::ZipWriter::new(std::fs::File::create(path).unwrap());
    for (name, shape) in arrays {
        archive.start_file(format!("{name}.npy"), zip::write::SimpleFileOptions::default()).unwrap();
        let values = Values::F32(vec![0.0; shape.iter().product()]);
        write(&Array { shape: shape.to_vec(), values }, &mut archive).unwrap();
    }
    archive.finish().unwrap();
}

/// The samples that the cases name.
fn write_samples(directory: &Path) {
    let put = |name: &str, bytes: &[u8]| std::fs::write(directory.join(name), bytes).unwrap();
    put("x.csv", SAMPLES.as_bytes());
    put("t.csv", SAMPLES.as_bytes());
    put("words.csv", SAMPLES.replace("0,0,1,2,0", "0,0,one,2,").as_bytes());
    put("ragged.csv", SAMPLES.replace("1,2,1,0,0", "1,2,1,0").as_bytes());
    put("nan.csv", SAMPLES.replace("1,2,1,0,0", "1,2,nan,0,inf").as_bytes());
    put("high.csv", SAMPLES.replace("1,2,1,0,0", "7,2,1,0,0").as_bytes());
    put("negative.csv", SAMPLES.replace("1,2,1,0,0", "-1,2,1,0,0").as_bytes());
    put("half.csv", SAMPLES.replace("1,2,1,0,0", "0.5,2,1,0,0").as_bytes());
    put("alone.csv", SAMPLES.replace("\n1,", "\n0,").as_bytes());
    put("wide.csv", b"0,1,2,3,4,5\n1,1,2,3,4,5\n");
    put("empty.csv", b"label,a,b\n");
    let whole = packed(SAMPLES.repeat(20).as_bytes());
    put("cut.csv.gz", &whole[..whole.len() - 12]);
    put("i.idx", &idx(&[4, 3, 3], &[1; 36]));
    put("l.idx", &idx(&[4], &[0, 1, 0, 1]));
    put("few.idx", &idx(&[3], &[0, 1, 0]));
    put("cut.idx", &idx(&[4, 2, 2], &[1; 15]));
    let whole = packed(&idx(&[4, 2, 2], &(0..16).collect::<Vec<u8>>()));
    put("cut.idx.gz", &whole[..whole.len() - 6]);
    npz(&directory.join("x.npz"), &[("images", &[4, 4]), ("labels", &[4])]);
    npz(&directory.join("shape.npz"), &[("x", &[16]), ("y", &[4])]);
    npz(&directory.join("few.npz"), &[("x", &[4, 2, 2]), ("y", &[3])]);
}

fn read(directory: &Path, text: &str) -> Result<axonal::contrast::plan::Plan, Error> {
    let mut config = Config::from_text("contrast.toml", text)?;
    config.directory = directory.into();
    language::read(&config)
}

fn rendered(error: &Error, directory: &Path) -> String {
    let page = axonal::cli::render::render(&error.diagnostics, &error.sources, false, 80);
    page.replace(directory.to_str().unwrap(), "DIR")
}

fn golden(name: &str, cases: &[Case]) {
    let directory = tempfile::tempdir().unwrap();
    write_samples(directory.path());
    let (mut page, mut wrong) = (String::new(), vec![]);
    for (from, to, code) in cases {
        assert_eq!(SOUND.matches(from).count(), 1, "`{from}` must stand in the sound contrast once");
        let Err(error) = read(directory.path(), &SOUND.replace(from, to)) else {
            wrong.push(format!("{from:?} -> {to:?}: {code:?} expected, but nothing is wrong"));
            continue;
        };
        let shown = rendered(&error, directory.path());
        page += &format!("=== {} -> {}\n\n{shown}\n", from.escape_debug(), to.escape_debug());
        let found = |d: &axonal::error::Diagnostic| d.severity == Severity::Error && d.code == *code;
        if !error.diagnostics.iter().any(found) || error.exit as i32 != 2 {
            wrong.push(format!("{from:?} -> {to:?}: {code:?} expected\n{shown}"));
        }
        // Whatever is wrong points at the place where it is written.
        wrong.extend(error.diagnostics.iter().filter(|d| d.span.is_none()).map(|d| format!("nowhere: {}", d.message)));
    }
    insta::assert_snapshot!(format!("contrast_errors_{name}"), page);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_sound_contrast_is_sound() {
    let directory = tempfile::tempdir().unwrap();
    write_samples(directory.path());
    let plan = read(directory.path(), SOUND).unwrap_or_else(|error| panic!("{}", rendered(&error, directory.path())));
    assert_eq!(plan.warnings.iter().map(|warning| &warning.message).collect::<Vec<_>>(), Vec::<&String>::new());
    assert_eq!((plan.data.train.len(), plan.data.test.len(), plan.columns.len()), (4, 4, 5));
    assert_eq!(plan.data.train.x[..4], [0.0, 0.5, 1.0, 0.0]);
}

#[test]
fn keys() {
    golden("keys", KEYS);
}

#[test]
fn data() {
    golden("data", DATA);
}

/// Several mistakes, of the config and of the samples, each reported once, in the order of the file.
#[test]
fn several_at_once() {
    let directory = tempfile::tempdir().unwrap();
    write_samples(directory.path());
    let mistakes = [
        ("csv = \"x.csv\"\n", "csv = \"high.csv\"\n"),
        ("scale = 2", "scale = -2"),
        ("epochs = 2", "epochs = 0"),
        ("cell = \"if\"", "cell = \"fi\""),
        ("steps = 16", "stps = 16"),
        ("beta = 0.9", "beta = 0"),
    ];
    let text = mistakes.iter().fold(SOUND.to_string(), |text, (from, to)| text.replacen(from, to, 1));
    let error = read(directory.path(), &text).err().unwrap();
    insta::assert_snapshot!("contrast_errors_several", rendered(&error, directory.path()));
    assert!(error.diagnostics.iter().map(|d| d.span.start).is_sorted());
    assert_eq!(error.diagnostics.len(), mistakes.len());
}

/// What is allowed but seldom meant.
#[test]
fn warnings() {
    let directory = tempfile::tempdir().unwrap();
    write_samples(directory.path());
    let mut page = String::new();
    let cases = [("synapse = \"ampa\"", "reset = \"subtract\""), ("scale = 2", "scale = 1\n[define]")];
    for (from, to) in cases {
        let text = SOUND.replace(from, to).replace("input = \"current\"", "input = \"poisson\"");
        let config = Config::from_text("contrast.toml", &text).unwrap();
        let plan = read(directory.path(), &text).unwrap_or_else(|e| panic!("{}", rendered(&e, directory.path())));
        let shown = axonal::cli::render::render(&plan.warnings, &config.sources, false, 80);
        assert!(!plan.warnings.is_empty());
        page += &format!("=== {} -> {}\n\n{shown}\n", from.escape_debug(), to.escape_debug());
    }
    insta::assert_snapshot!("contrast_errors_warnings", page);
}
