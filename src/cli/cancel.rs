//! Ctrl-C: the first interrupts running queries and asks the run to stop, the second ends the process at once.

use std::sync::Weak;

use super::exit_code::INTERRUPTED;
use super::printer::{Loudness, Printer};
use crate::sys::cancel::Cancel;

/// Listens for Ctrl-C and SIGTERM on a thread of its own, as long as the process lives.
///
/// Where no listener can be had, the system's own behaviour stays: the process ends at once, and
/// a later run goes on from what was committed.
pub(super) fn listen(cancel: Cancel, printer: Weak<Printer>) {
    let listener = std::thread::Builder::new().name("signals".to_owned());
    let started = listener.spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        if let Ok(runtime) = runtime {
            runtime.block_on(raise_then_exit(&cancel, &printer));
        }
    });
    if let Err(error) = started {
        tracing::debug!(%error, "no listener for signals");
    }
}

async fn raise_then_exit(cancel: &Cancel, printer: &Weak<Printer>) {
    while stop_asked().await.is_ok() {
        if cancel.raise() {
            exit_now();
        }
        if let Some(printer) = printer.upgrade() {
            printer.tell(Loudness::Normal, "stopping; once more to stop at once");
        }
    }
}

#[cfg(unix)]
async fn stop_asked() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn stop_asked() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[expect(
    clippy::exit,
    clippy::disallowed_methods,
    reason = "the user insists; a killed run leaves nothing half done"
)]
fn exit_now() -> ! {
    std::process::exit(i32::from(INTERRUPTED))
}
