fn main() -> std::process::ExitCode {
    axonal::cli::main()
}
