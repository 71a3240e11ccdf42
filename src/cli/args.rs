//! The grammar of the command line. Examples come first in every help: they are what people look for.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::plots;

const TEMPLATE: &str = "{about}\n\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";

/// Simulates spiking neurons: from a TOML file to an action potential that travels, crosses a synapse, and is drawn.
#[derive(Parser)]
#[command(name = "axonal", version, help_template = TEMPLATE, max_term_width = 80, before_help = "\
Examples:
  axonal run                      a touch and five neurons, drawn: start here
  axonal new relay my.toml        the same as a file of yours, to change
  axonal check my.toml            is it right, and what would it need?
  axonal run my.toml --set run.duration=\"80 ms\"
  axonal contrast                 digits, told apart by numbers and by spikes
  axonal models lif               equations, parameters, units, defaults")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    /// Simulate a config, draw it, and say what happened
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal run                                  the built-in relay of five neurons
  axonal run my.toml
  axonal run my.toml --set population.exc.size=8000 --seed 2
  axonal run my.toml --out result --force     replace the earlier run in result/
  axonal run my.toml --json | jq .measures", after_help = "\
Exit codes: 0 complete, 1 an expectation of [expect] unmet, 2 bad input,
3 numeric failure, 4 too large, 5 output failed, 7 run directory busy,
130 or 143 interrupted")]
    Run(RunArguments),
    /// Find every mistake in a config, and say what a run would need
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal check my.toml
  axonal check my.toml --set run.dt=\"0.05 ms\"
  axonal check my.toml --resolved             with every default written out")]
    Check(CheckArguments),
    /// Draw a run again, complete or not, from its directory alone
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal plot output/relay/latest             the plots that the config asks for
  axonal plot output/relay/latest raster trace
  axonal plot output/relay/latest trace --data ends --format png")]
    Plot(PlotArguments),
    /// Set a network of spikes beside one of numbers: accuracy, time, energy
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal contrast                             the built-in digits
  axonal contrast my.toml --set contrast.spiking.steps=64
  axonal contrast relay.toml                  any network, beside its rate twin
  axonal contrast --json | jq .columns", after_help = "\
Exit codes: 0 complete, 1 an expectation of [expect] unmet, 2 bad input,
3 numeric failure, 4 too large, 5 output failed, 7 directory busy,
130 or 143 interrupted
The built-in digits: E. Alpaydin and C. Kaynak, Optical Recognition of
Handwritten Digits, UCI 1998, CC BY 4.0, doi 10.24432/C50P49")]
    Contrast(ContrastArguments),
    /// List all models and shapes, or explain one: equations, parameters, units
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal models                               all, by shelf
  axonal models adex                          one: equations, parameters, units
  axonal models --json")]
    Models(ModelsArguments),
    /// Write a commented config to start from
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal new                                  list the templates
  axonal new squid_axon                       write squid_axon.toml
  axonal new relay my.toml")]
    New(NewArguments),
    /// Print the JSON Schema of the config language, for editors
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal schema > axonal.schema.json
  then write `#:schema ./axonal.schema.json` as the first line of a config, and
  an editor that knows TOML completes keys and marks mistakes")]
    Schema,
    /// Print a completion script for a shell
    #[command(help_template = TEMPLATE, before_help = "\
Examples:
  axonal completions bash > ~/.local/share/bash-completion/completions/axonal
  axonal completions zsh > ~/.zfunc/_axonal
  axonal completions fish > ~/.config/fish/completions/axonal.fish")]
    Completions { shell: Shell },
}

#[derive(Args)]
pub struct ConfigArguments {
    /// Config to read; `-` for standard input; without it the built-in relay
    pub file: Option<PathBuf>,
    /// Set one value of the config, as in `run.duration="50 ms"`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
}

#[derive(Args)]
pub struct RunArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Directory to fill [default: a new one, output/NAME/TIME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Threads to use; results do not depend on it [default: as many as help]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Seed of all random numbers: short for --set run.seed=N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub seed: Option<i64>,
    /// Replace the earlier run in --out DIR; other files there are left alone
    #[arg(long)]
    pub force: bool,
    /// Format of the plots, whatever the config says
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Say where the time went
    #[arg(long)]
    pub profile: bool,
    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Print run.json instead of the summary
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct ContrastArguments {
    /// Config to read; `-` for standard input; without it the built-in digits
    pub file: Option<PathBuf>,
    /// Set one value of the config, as in `train.epochs=5`; may be repeated
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Directory to fill [default: a new one, output/NAME/TIME]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Threads to use; results do not depend on it [default: as many as help]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Seed of all random numbers: short for --set run.seed=N
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(i64).range(0..))]
    pub seed: Option<i64>,
    /// Replace the earlier contrast in --out DIR; other files there are left alone
    #[arg(long)]
    pub force: bool,
    /// Format of the pictures
    #[arg(long, value_name = "FORMAT", default_value = "svg")]
    pub format: Format,
    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,
    /// Print contrast.json instead of the summary
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct CheckArguments {
    #[command(flatten)]
    pub config: ConfigArguments,
    /// Print the config with every default written out, as TOML
    #[arg(long, conflicts_with = "json")]
    pub resolved: bool,
    /// Print the result, or the mistakes, as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct PlotArguments {
    /// Directory that `axonal run` filled, or is filling
    #[arg(value_name = "DIR")]
    pub directory: PathBuf,
    /// Kinds of plot [default: those that the config asks for]
    #[arg(value_name = "KIND", value_parser = clap::builder::PossibleValuesParser::new(plots::Kind::NAMES))]
    pub kinds: Vec<String>,
    /// Format of the plots, whatever the config says
    #[arg(long, value_name = "FORMAT")]
    pub format: Option<Format>,
    /// Recorder or population to draw; may be repeated
    #[arg(long, value_name = "NAME", requires = "kinds")]
    pub data: Vec<String>,
    /// Directory to write into instead of DIR
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// Replace files in --out DIR
    #[arg(long, requires = "out")]
    pub force: bool,
}

#[derive(Args)]
pub struct ModelsArguments {
    /// A model, mechanism, synapse, stimulus, rule, plot or measure
    pub name: Option<String>,
    /// Print as JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct NewArguments {
    /// Which one; without it they are listed
    pub template: Option<String>,
    /// File to write, `-` for standard output [default: TEMPLATE.toml]
    pub file: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Format {
    Svg,
    Png,
}

impl Format {
    pub fn of_plots(self) -> plots::Format {
        match self {
            Format::Svg => plots::Format::Svg,
            Format::Png => plots::Format::Png,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        super::Cli::command().debug_assert();
    }
}
