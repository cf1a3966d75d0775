//! The one binary.

fn main() -> std::process::ExitCode {
    app::main()
}
