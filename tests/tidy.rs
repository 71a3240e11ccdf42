//! The style, as a test: what can be checked by reading the sources is checked here, from small tables.
//!
//! The sources are read as text with comments and strings blanked out, so that only code counts; unit tests, which may
//! unwrap and print as they like, are cut away first (but not from the lengths of files).

use axonal::{connectivity, mechanisms, neurons, stimuli, synapses};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The floors of the house. A module uses only floors strictly below its own, never one beside it.
const FLOORS: &[(u32, &[&str])] = &[
    (0, &["error"]),
    (1, &["units", "num", "files"]),
    (2, &["model"]),
    (3, &["lift"]),
    (4, &["neurons", "mechanisms", "synapses", "stimuli", "connectivity", "activations"]),
    (5, &["config", "cable", "recording"]),
    (6, &["network"]),
    (7, &["engine", "rate"]),
    (8, &["plots"]),
    (9, &["report"]),
    (10, &["simulation"]),
    (11, &["contrast"]),
    (12, &["cli"]),
];

/// Longer than this, a file is two ideas.
const LONGEST_FILE: usize = 500;
/// Longer than this, a function is no longer a table of contents of what it does.
const LONGEST_FUNCTION: usize = 70;

/// What may not stand in the code, where it may all the same, and why it may not.
const BANNED: &[Ban] = &[
    Ban {
        words: &["println!", "eprintln!", "print!", "eprint!", "dbg!"],
        only_in: &["cli/", "main.rs"],
        why: "only the command line prints",
    },
    Ban {
        words: &["unsafe"],
        only_in: &["num/dispatch.rs", "num/product.rs", "engine/deliver"],
        why: "three places alone are audited",
    },
    Ban {
        words: &[".unwrap()", ".expect(\"", "panic!", "todo!", "unimplemented!"],
        only_in: &["plots/text.rs"], // the fonts that are part of the program, which a test reads
        why: "no input may bring the program down",
    },
    Ban {
        words: &["mul_add"],
        only_in: &["lift/", "neurons/lif.rs", "num/math.rs"],
        why: "a fused multiply-add is a call where the processor has none: only loops that are measured ask for it",
    },
    Ban {
        words: &["StdRng", "thread_rng", "HashSet<f64"],
        only_in: &[],
        why: "random numbers come from num/rng.rs alone",
    },
    Ban { words: &["#![allow", "TODO", "FIXME", "XXX"], only_in: &[], why: "nothing is left for later in the code" },
];

/// Modules whose numbers reach the digest: the platform's functions differ in their last bits between CPUs.
const OWN_MATH: &[&str] = &["neurons", "mechanisms", "synapses", "stimuli", "connectivity", "cable", "engine", "lift"];
const PLATFORM_MATH: &[&str] = &[
    "exp", "exp2", "exp_m1", "ln", "ln_1p", "log", "log2", "log10", "sin", "cos", "tan", "sin_cos", "asin", "acos",
    "atan", "atan2", "sinh", "cosh", "tanh", "powf", "cbrt", "hypot",
];

struct Ban {
    words: &'static [&'static str],
    /// Paths beneath src/ that begin so.
    only_in: &'static [&'static str],
    why: &'static str,
}

/// A file of src/, in three forms of equal line count.
struct File {
    /// Beneath src/, with `/`.
    path: String,
    text: String,
    /// Comments and strings blanked, unit tests cut away.
    code: String,
    /// As `code`, but with comments and strings.
    prose: String,
}

impl File {
    /// The module at the top of the house that it belongs to.
    fn module(&self) -> &str {
        self.path.split('/').next().unwrap().trim_end_matches(".rs")
    }
}

fn walk(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => walk(&path, found),
            false if path.extension().is_some_and(|e| e == "rs") => found.push(path),
            false => {}
        }
    }
}

/// Every file of src/ that is not a unit test's.
fn sources() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = vec![];
    walk(&root, &mut paths);
    paths.sort();
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
    let texts: Vec<(String, String)> =
        paths.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect();
    let of_tests: Vec<String> = texts.iter().flat_map(|(path, text)| modules_of_tests(path, text)).collect();
    let shipped = texts.into_iter().filter(|(path, _)| !of_tests.contains(path));
    shipped
        .map(|(path, text)| {
            let (code, prose) = without_tests(&text);
            File { path, text, code, prose }
        })
        .collect()
}

/// The files of `#[cfg(test)] mod NAME;` declared in the file at `path`.
fn modules_of_tests(path: &str, text: &str) -> Vec<String> {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    let beneath = match file {
        "mod.rs" | "lib.rs" | "main.rs" => folder.to_string(),
        _ => path.trim_end_matches(".rs").to_string(),
    };
    let join = |folder: &str, file: &str| if folder.is_empty() { file.to_string() } else { format!("{folder}/{file}") };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut found = vec![];
    for at in (0..lines.len()).filter(|&at| lines[at] == "#[cfg(test)]") {
        let written = lines[at + 1..]
            .iter()
            .find_map(|line| line.strip_prefix("#[path = \""))
            .filter(|_| lines[at + 1].starts_with("#[path"));
        let declared = lines[at + 1..].iter().find(|line| !line.starts_with('#'));
        let Some(name) = declared.and_then(|line| line.strip_prefix("mod ")?.strip_suffix(';')) else { continue };
        found.push(match written {
            Some(file) => join(folder, file.trim_end_matches("\"]")),
            None => join(&beneath, &format!("{name}.rs")),
        });
    }
    found
}

/// Code and prose without the `mod`s of unit tests; code has comments and strings blanked.
fn without_tests(text: &str) -> (String, String) {
    let mut code: Vec<char> = blank(text);
    let mut prose: Vec<char> = text.chars().collect();
    let mark: Vec<char> = "#[cfg(test)]".chars().collect();
    let mut at = 0;
    while at + mark.len() <= code.len() {
        if code[at..at + mark.len()] == mark[..] {
            let end = end_of_item(&code, at + mark.len());
            for place in at..end {
                if code[place] != '\n' {
                    (code[place], prose[place]) = (' ', ' ');
                }
            }
            at = end;
        }
        at += 1;
    }
    (code.into_iter().collect(), prose.into_iter().collect())
}

/// Just past the `}` or `;` that ends the item beginning at `from`.
fn end_of_item(code: &[char], from: usize) -> usize {
    let (mut depth, mut round) = (0, 0);
    for (at, c) in code.iter().enumerate().skip(from) {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if (*c == '}' && depth == 0) || (*c == ';' && depth == 0 && round == 0) {
            return at + 1;
        }
    }
    code.len()
}

/// `text` with comments, strings and characters replaced by spaces; line breaks and quotes stay.
fn blank(text: &str) -> Vec<char> {
    let source: Vec<char> = text.chars().collect();
    let mut out = source.clone();
    let starts = |at: usize, what: &str| what.chars().enumerate().all(|(i, c)| source.get(at + i) == Some(&c));
    let mut at = 0;
    while at < source.len() {
        let end = if starts(at, "//") {
            (at..source.len()).find(|&i| source[i] == '\n').unwrap_or(source.len())
        } else if starts(at, "/*") {
            (at..source.len()).find(|&i| starts(i, "*/")).map_or(source.len(), |i| i + 2)
        } else if let Some(hashes) = raw_string(&source, at) {
            let close = format!("\"{}", "#".repeat(hashes));
            let open = at + 2 + hashes;
            (open..source.len()).find(|&i| starts(i, &close)).map_or(source.len(), |i| i + close.len())
        } else if source[at] == '"' {
            let mut i = at + 1;
            while i < source.len() && source[i] != '"' {
                i += if source[i] == '\\' { 2 } else { 1 };
            }
            i + 1
        } else if source[at] == '\'' && starts(at, "'\\") {
            (at + 3..source.len()).find(|&i| source[i] == '\'').map_or(source.len(), |i| i + 1)
        } else if source[at] == '\'' && source.get(at + 2) == Some(&'\'') {
            at + 3
        } else {
            at += 1;
            continue;
        };
        for place in at..end.min(source.len()) {
            if source[place] != '\n' {
                out[place] = if source[place] == '"' { '"' } else { ' ' };
            }
        }
        at = end;
    }
    out
}

/// The number of `#` if a raw string begins at `at`.
fn raw_string(source: &[char], at: usize) -> Option<usize> {
    let word = at > 0 && (source[at - 1].is_alphanumeric() || source[at - 1] == '_') && source[at - 1] != 'b';
    if source[at] != 'r' || word {
        return None;
    }
    let hashes = source[at + 1..].iter().take_while(|c| **c == '#').count();
    (source.get(at + 1 + hashes) == Some(&'"')).then_some(hashes)
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Lines (from 1) of `code` in which `word` stands as a whole word.
fn lines_with<'c>(code: &'c str, word: &'c str) -> impl Iterator<Item = usize> + 'c {
    let stands = move |line: &str| {
        line.match_indices(word).any(|(at, _)| {
            let before = line[..at].chars().next_back().is_some_and(is_word) && word.starts_with(is_word);
            let after = line[at + word.len()..].chars().next().is_some_and(is_word) && word.ends_with(is_word);
            !before && !after
        })
    };
    code.lines().enumerate().filter(move |(_, line)| stands(line)).map(|(index, _)| index + 1)
}

fn none(what: &str, violations: Vec<String>) {
    assert!(violations.is_empty(), "{what}:\n  {}\n", violations.join("\n  "));
}

/// Names that follow `crate::` in `code`, with their lines: `crate::{a::b, c}` names a and c.
fn uses(code: &str) -> Vec<(usize, String)> {
    let mut found = vec![];
    for (at, _) in code.match_indices("crate::").filter(|(at, _)| !code[..*at].ends_with("pub(in ")) {
        let line = code[..at].matches('\n').count() + 1;
        let rest = &code[at + "crate::".len()..];
        let name = |text: &str| text.trim_start().chars().take_while(|c| is_word(*c)).collect::<String>();
        match rest.strip_prefix('{') {
            None => found.push((line, name(rest))),
            Some(list) => {
                let mut depth = 0;
                let end = list.find(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    depth < 0
                });
                let mut depth = 0;
                let parts = list[..end.unwrap_or(list.len())].split(|c| {
                    depth += i32::from(c == '{') - i32::from(c == '}');
                    c == ',' && depth == 0
                });
                found.extend(parts.map(|part| (line, name(part))).filter(|(_, name)| !name.is_empty()));
            }
        }
    }
    found
}

#[test]
fn each_floor_stands_on_those_below() {
    let floor: BTreeMap<&str, u32> = FLOORS.iter().flat_map(|(f, names)| names.iter().map(|n| (*n, *f))).collect();
    let mut wrong = vec![];
    for file in sources() {
        let module = file.module();
        if ["lib", "main"].contains(&module) {
            continue;
        }
        let Some(own) = floor.get(module) else {
            wrong.push(format!("{} is on no floor: add `{module}` to FLOORS", file.path));
            continue;
        };
        for (line, used) in uses(&file.code) {
            match floor.get(used.as_str()) {
                _ if used == module => {}
                Some(below) if below < own => {}
                Some(beside) => wrong.push(format!("{}:{line} floor {own} uses `{used}` of floor {beside}", file.path)),
                None => wrong.push(format!("{}:{line} `crate::{used}` is on no floor", file.path)),
            }
        }
    }
    none("modules use floors that are not below their own", wrong);
}

#[test]
fn no_file_is_two_ideas_long() {
    let long = |file: &File| file.text.lines().count() > LONGEST_FILE;
    let line = |file: &File| format!("{} has {} lines", file.path, file.text.lines().count());
    none("files over 500 lines", sources().iter().filter(|file| long(file)).map(line).collect());
}

#[test]
fn every_function_fits_on_a_screen() {
    let mut wrong = vec![];
    for file in sources() {
        let code: Vec<char> = file.code.chars().collect();
        let mut offset = 0;
        for (index, text) in file.code.lines().enumerate() {
            if let Some(at) = text.find("fn ").filter(|at| !text[..*at].ends_with(is_word)) {
                let begin = offset + text[..at].chars().count();
                let lines = code[begin..end_of_item(&code, begin)].iter().filter(|c| **c == '\n').count() + 1;
                if lines > LONGEST_FUNCTION {
                    wrong.push(format!("{}:{} has {lines} lines: {}", file.path, index + 1, text.trim()));
                }
            }
            offset += text.chars().count() + 1;
        }
    }
    none("functions over 70 lines", wrong);
}

#[test]
fn what_may_not_stand_in_the_code() {
    let mut wrong = vec![];
    for file in sources() {
        for ban in BANNED.iter().filter(|ban| !ban.only_in.iter().any(|start| file.path.starts_with(start))) {
            for word in ban.words {
                // A mark left for later stands in a comment.
                let searched =
                    if *word == "TODO" || *word == "FIXME" || *word == "XXX" { &file.prose } else { &file.code };
                wrong.extend(
                    lines_with(searched, word).map(|line| format!("{}:{line} `{word}`: {}", file.path, ban.why)),
                );
            }
        }
    }
    none("banned words", wrong);
}

#[test]
fn models_and_engine_use_our_own_functions() {
    let mut wrong = vec![];
    for file in sources().iter().filter(|file| OWN_MATH.contains(&file.module())) {
        for name in PLATFORM_MATH {
            for call in [format!(".{name}("), format!("f64::{name}")] {
                wrong.extend(lines_with(&file.code, &call).map(|line| format!("{}:{line} `{call}`", file.path)));
            }
        }
    }
    none("the platform's functions, whose last bits differ between CPUs (use `num::math`)", wrong);
}

/// One file per model, tests at its foot; what a model says about itself is complete.
#[test]
fn every_model_explains_itself_and_is_tested() {
    let shelves: [(&str, Vec<&axonal::model::ModelInfo>); 4] = [
        ("neurons", neurons::ALL.to_vec()),
        ("mechanisms", mechanisms::ALL.iter().map(|entry| entry.info).collect()),
        ("synapses", synapses::ALL.to_vec()),
        ("stimuli", stimuli::ALL.to_vec()),
    ];
    let mut wrong = vec![];
    for (shelf, models) in &shelves {
        for model in models {
            let said = [("summary", model.summary), ("equations", model.equations), ("reference", model.reference)];
            let unsaid = said.iter().filter(|(_, text)| text.trim().is_empty());
            wrong.extend(unsaid.map(|(what, _)| format!("{shelf} `{}` has no {what}", model.name)));
            let parameters = model.parameters.iter().map(|p| (p.name, p.summary));
            let variables = model.variables.iter().map(|v| (v.name, v.summary));
            let mute = parameters.chain(variables).filter(|(_, summary)| summary.is_empty());
            wrong.extend(mute.map(|(name, _)| format!("{shelf} `{}`: `{name}` has no summary", model.name)));
            wrong.extend(untested(shelf, model.name));
        }
    }
    wrong.extend(
        connectivity::ALL
            .iter()
            .filter(|rule| rule.summary.is_empty())
            .map(|rule| format!("rule `{}` has no summary", rule.name)),
    );
    wrong.extend(connectivity::ALL.iter().filter_map(|rule| untested("connectivity", rule.name)));
    none("models that do not explain themselves", wrong);
}

/// Complains unless the model's file opens with what it is and ends with its tests. The mechanism `hh` is `hh.rs`.
fn untested(shelf: &str, name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/{shelf}/{name}.rs"));
    let Ok(text) = std::fs::read_to_string(&path) else { return Some(format!("{shelf}/{name}.rs does not exist")) };
    if !text.starts_with("//! ") {
        return Some(format!("{shelf}/{name}.rs does not open with what it is"));
    }
    (!text.contains("#[test]")).then(|| format!("{shelf}/{name}.rs has no test"))
}

/// Every module teaches what it is before its code begins.
#[test]
fn every_file_opens_with_what_it_is() {
    let mute = |file: &File| !file.text.starts_with("//! ");
    none("files without `//!`", sources().iter().filter(|file| mute(file)).map(|file| file.path.clone()).collect());
}

#[test]
fn the_reader_of_sources_is_not_fooled() {
    let text =
        "fn a() { '{'; \"}\\\"{\"; r#\"{\"#; } // {\n#[cfg(test)]\nmod tests { fn b() { x.unwrap() } }\nfn c() {}\n";
    let (code, _) = without_tests(text);
    assert!(code.contains("fn c()") && !code.contains("unwrap"));
    assert_eq!(code.matches('{').count(), 2);
    assert_eq!(code.lines().count(), 4);
    let names = |code| uses(code).into_iter().map(|(_, name)| name).collect::<Vec<_>>();
    assert_eq!(names("use crate::{a::{b, c}, d};\ncrate::e::f();"), ["a", "d", "e"]);
    assert_eq!(lines_with("x.unwrap_or(1)\ny.unwrap()\n", ".unwrap()").collect::<Vec<_>>(), [2]);
    assert_eq!(lines_with("an unsafely named one\nunsafe {}", "unsafe").collect::<Vec<_>>(), [2]);
}
