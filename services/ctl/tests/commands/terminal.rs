//! A terminal with an operator at it: one pair of ends for standard output, one for the rest.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::Stdio;
use std::time::Duration;

use nix::pty::openpty;
use nix::sys::signal::{Signal, kill};
use nix::sys::termios::{SetArg, cfmakeraw, tcgetattr, tcsetattr};
use nix::unistd::Pid;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::RunOutput;

/// The time within which the terminal must show something.
const PATIENCE: Duration = Duration::from_mins(1);

/// A run at a terminal.
pub struct Terminal {
    child: Child,
    keyboard: File,
    out: Screen,
    err: Screen,
}

impl Terminal {
    /// Runs the command line with these settings alone. The process is killed when this is dropped.
    pub fn run(settings: &[(&str, &str)], arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_twofactor-ctl"));
        command.env_clear().envs(settings.iter().copied());
        // Every terminal says of what kind it is.
        command.env("TERM", "xterm");
        command.args(arguments);
        Self::start(command)
    }

    /// Runs any command.
    pub fn start(mut command: Command) -> Self {
        let (out, out_end) = pair();
        let (err, err_end) = pair();
        let keyboard = File::from(err.try_clone().expect("a second handle"));
        let stdin = err_end.try_clone().expect("a second handle");
        let child = command
            .stdin(Stdio::from(stdin))
            .stdout(Stdio::from(out_end))
            .stderr(Stdio::from(err_end))
            .kill_on_drop(true)
            .spawn()
            .expect("the program starts");
        Self {
            child,
            keyboard,
            out: Screen::of(out),
            err: Screen::of(err),
        }
    }

    /// Waits until that was shown beside the data.
    pub async fn shows(&mut self, words: &str) {
        while !self.err.shown.contains(words) {
            let came = timeout(PATIENCE, self.err.more()).await;
            let came = came.unwrap_or_else(|_| panic!("no {words:?}: {}", self.err.shown));
            assert!(came, "it ended without {words:?}: {}", self.err.shown);
        }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) {
        let typed = self.keyboard.write_all(format!("{line}\n").as_bytes());
        typed.expect("a terminal takes it");
    }

    /// Presses Ctrl-C.
    pub fn interrupts(&self) {
        let pid = self.child.id().expect("it runs");
        let pid = Pid::from_raw(i32::try_from(pid).expect("a pid"));
        kill(pid, Signal::SIGINT).expect("it takes a signal");
    }

    /// Waits for its end and returns what it wrote.
    pub async fn ends(mut self) -> RunOutput {
        let status = timeout(PATIENCE, self.child.wait()).await;
        let status = status.expect("it ends in time").expect("a status");
        while self.out.more().await {}
        while self.err.more().await {}
        RunOutput {
            code: status.code().expect("an exit status"),
            out: self.out.shown,
            err: self.err.shown,
        }
    }
}

/// The contents of one pseudo-terminal.
struct Screen {
    shown: String,
    chunks: UnboundedReceiver<Vec<u8>>,
}

impl Screen {
    fn of(end: OwnedFd) -> Self {
        let (chunk, chunks) = unbounded_channel();
        let mut end = File::from(end);
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails once the last process at the other end is gone.
            while let Ok(length @ 1..) = end.read(&mut buffer) {
                if chunk.send(buffer[..length].to_vec()).is_err() {
                    break;
                }
            }
        });
        let shown = String::new();
        Self { shown, chunks }
    }

    /// Waits for more; false once there is none.
    async fn more(&mut self) -> bool {
        let chunk = self.chunks.recv().await;
        let words = chunk.as_deref().map(String::from_utf8_lossy);
        self.shown.push_str(words.as_deref().unwrap_or_default());
        chunk.is_some()
    }
}

/// Returns the operator's end and the program's, which hands on every byte as it is.
fn pair() -> (OwnedFd, OwnedFd) {
    let pair = openpty(None, None).expect("a terminal");
    let mut ways = tcgetattr(&pair.slave).expect("its ways");
    cfmakeraw(&mut ways);
    tcsetattr(&pair.slave, SetArg::TCSANOW, &ways).expect("it is set");
    (pair.master, pair.slave)
}
