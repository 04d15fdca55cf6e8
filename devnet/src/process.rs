//! One node as an operating-system process.

use crate::DevnetError;
use hansa_primitives::MemberId;
use std::{
    fs::OpenOptions,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// A running `hansa node run`. Killed when dropped, so that no test leaves processes behind.
#[derive(Debug)]
pub struct NodeProcess {
    member: MemberId,
    child: Child,
    log: PathBuf,
}

impl NodeProcess {
    /// Starts the program `hansa` with a node's configuration; its output is appended to `log`.
    ///
    /// # Errors
    /// [`DevnetError`] if the log cannot be opened or the program does not start.
    pub fn start(
        program: &Path,
        member: MemberId,
        config: &Path,
        log: &Path,
        extra: &[String],
    ) -> Result<Self, DevnetError> {
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(log)
            .map_err(DevnetError::file(log))?;
        let errors = file.try_clone().map_err(DevnetError::file(log))?;
        let child = Command::new(program)
            .args(["node", "run", "--config"])
            .arg(config)
            .args(extra)
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(errors)
            .spawn()
            .map_err(|source| DevnetError::Spawn {
                command: format!("{} node run", program.display()),
                source,
            })?;
        Ok(Self { member, child, log: log.to_owned() })
    }

    /// Whose node this is.
    pub fn member(&self) -> &MemberId {
        &self.member
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// An error if the process has ended.
    ///
    /// # Errors
    /// [`DevnetError::NodeEnded`] with how it ended and where its log is.
    pub fn check_running(&mut self) -> Result<(), DevnetError> {
        match self.child.try_wait() {
            Ok(Some(status)) => Err(DevnetError::NodeEnded {
                member: self.member.clone(),
                status,
                log: self.log.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Ends the process at once, as a power cut would (SIGKILL).
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks the process to stop (SIGTERM), and kills it if it has not within `patience`.
    ///
    /// Returns how it ended, or nothing if it had to be killed.
    pub fn stop(mut self, patience: Duration) -> Option<ExitStatus> {
        self.signal("TERM");
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            if let Ok(Some(status)) = self.child.try_wait() {
                return Some(status);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        None
    }

    /// Sends a signal by its name, STOP or CONT for instance.
    pub fn signal(&self, name: &str) {
        let _ = Command::new("kill").args([format!("-{name}"), self.pid().to_string()]).status();
    }

    fn end(&mut self) {
        // Both fail only if the process is gone already, which is what is wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for NodeProcess {
    fn drop(&mut self) {
        self.end();
    }
}
