//! The one binary.

/// A sweep takes and frees small pieces of memory without end; this allocator needs less time for it than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    app::main()
}
