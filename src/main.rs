//! The binary: arguments to `cli`, its answer to an exit code.

fn main() -> std::process::ExitCode {
    axonal::cli::main()
}
