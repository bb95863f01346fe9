//! The program: parses the command line, runs the command, ends with its exit code.
//! Everything else is in the library.

#![warn(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode as ProcessExit;
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use kubectl_gemini::cli::words;
use kubectl_gemini::commands::{Cli, called, complete};
use kubectl_gemini::error::{Error, ExitCode, Reason};
use tracing_subscriber::EnvFilter;

fn main() -> ProcessExit {
    if let Some(words) = complete::asked(std::env::args_os()) {
        use std::io::Write as _;
        // A shell that went away needs no completion.
        let _ = std::io::stdout().write_all(complete::answer(words).as_bytes());
        return ProcessExit::from(ExitCode::Done.code());
    }
    let args = words::with_levels(std::env::args_os());
    // Help, what is said of a wrong command line, and the log know no other way.
    words::colour(&args).write_global();
    let cli = match called::read(args) {
        Ok(Cli { command: None, .. }) => return help(),
        Ok(cli) => cli,
        Err(error) => return shown(&error),
    };
    log(cli.global.log_filter());
    let ui = Arc::new(cli.global.ui());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = match (runtime, cli.command) {
        (Ok(runtime), Some(command)) => runtime.block_on(command.run(&cli.global, &ui)),
        (Ok(_), None) => return help(),
        (Err(error), _) => {
            Err(Error::new(Reason::OutputFailed, "the program cannot be started").cause(error.to_string()))
        }
    };
    ui.done();
    let code = result.unwrap_or_else(|error| {
        ui.error(&error);
        error.exit_code()
    });
    ProcessExit::from(code.code())
}

fn help() -> ProcessExit {
    let program = std::env::args_os().next().unwrap_or_default();
    match called::read(vec![program, "-h".into()]) {
        Err(help) => shown(&help),
        Ok(_) => ProcessExit::from(ExitCode::Done.code()),
    }
}

/// Prints what clap has to say: help on stdout, wrong usage on stderr.
fn shown(message: &clap::Error) -> ProcessExit {
    // Nobody is left to be told that it cannot be printed.
    let _ = message.print();
    let code = if message.use_stderr() { ExitCode::Usage } else { ExitCode::Done };
    ProcessExit::from(code.code())
}

/// `RUST_LOG` wins over `-v`. kube logs each failed response as an error, also those that are tried again.
fn log(filter: Option<&str>) {
    let from_environment = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    if let Some(filter) = from_environment.as_deref().or(filter) {
        let colour = AutoStream::choice(&std::io::stderr()) != ColorChoice::Never;
        let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(filter));
        log.with_ansi(colour).with_writer(std::io::stderr).init();
    }
}
