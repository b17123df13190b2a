//! A role as a process of its own, which a story may kill between two lines.

use std::{
    fs::{self, File},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use crate::{App, Http};

/// A running role. Killed when dropped; when the story fails, what it logged is shown.
pub struct Child {
    process: std::process::Child,
    log: PathBuf,
}

impl App {
    /// Starts the binary with one role. `failpoints` as the crate `fail` reads them: `search::stored=pause` stops there.
    #[must_use]
    pub fn spawns(&self, role: &str, failpoints: &str) -> Child {
        self.spawns_as(role, self.setting("JONQUIL_INSTANCE"), failpoints)
    }

    /// As [`Self::spawns`], under another name: two living processes of one role never share theirs.
    #[must_use]
    pub fn spawns_as(&self, role: &str, instance: &str, failpoints: &str) -> Child {
        self.spawns_together(&[role], instance, failpoints, &[])
    }

    /// A process with several roles, and with further variables.
    #[must_use]
    pub fn spawns_together(
        &self,
        roles: &[&str],
        instance: &str,
        failpoints: &str,
        variables: &[(&str, &str)],
    ) -> Child {
        let role = roles.join("-");
        let log = self
            .parts()
            .spool
            .path()
            .join(format!("{role}-{}.log", crate::new_id()));
        let out = File::create(&log).expect("a log");
        let mut command = Command::new(binary());
        command
            .arg("run")
            .args(roles.iter().flat_map(|role| ["--role", role]))
            .env_clear()
            .envs(&self.parts().settings)
            .env("JONQUIL_INSTANCE", instance)
            .env("JONQUIL_LOG", "info")
            .env("FAILPOINTS", failpoints)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stderr(out.try_clone().expect("a log"))
            .stdout(out);
        Child {
            process: command.spawn().expect("the binary starts"),
            log,
        }
    }

    /// Runs the binary to its end; what it printed, if it succeeded.
    #[must_use]
    pub fn runs(&self, arguments: &[&str]) -> String {
        self.runs_with(arguments, &[])
    }

    /// As [`Self::runs`], with further variables.
    #[must_use]
    pub fn runs_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.output(arguments, variables);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "{arguments:?}: {text}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        text
    }

    /// Runs the binary, which must fail; what it printed.
    #[must_use]
    pub fn fails(&self, arguments: &[&str]) -> String {
        self.fails_with(arguments, &[])
    }

    /// As [`Self::fails`], with further variables.
    #[must_use]
    pub fn fails_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let output = self.output(arguments, variables);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!output.status.success(), "{arguments:?} ended well: {text}");
        text
    }

    /// Runs the binary, which must fail; its words about why.
    #[must_use]
    pub fn fails_saying(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments, &[]);
        assert!(!output.status.success(), "{arguments:?} ended well");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Runs the binary until these fail points make it fail.
    pub fn dies(&self, arguments: &[&str], failpoints: &str) {
        let output = self.output(arguments, &[("FAILPOINTS", failpoints)]);
        assert!(!output.status.success(), "{arguments:?} ended well");
    }

    pub(crate) fn output(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
        let mut command = Command::new(binary());
        command
            .args(arguments)
            .env_clear()
            .envs(&self.parts().settings)
            .envs(variables.iter().copied());
        command.stdin(Stdio::null()).output().expect("the binary starts")
    }
}

impl Child {
    /// Whether a line of its log holds this text.
    #[must_use]
    pub fn has_logged(&self, text: &str) -> bool {
        let log = fs::read_to_string(&self.log).expect("a log");
        log.contains(text)
    }

    /// Something once it has ended by itself, with an error.
    pub fn failed(&mut self) -> Option<()> {
        let ended = self.process.try_wait().expect("the state of a child")?;
        assert!(!ended.success(), "it ended without an error");
        Some(())
    }

    /// The last line of its log.
    #[must_use]
    pub fn last_line(&self) -> String {
        let log = fs::read_to_string(&self.log).expect("a log");
        log.lines().last().unwrap_or_default().to_owned()
    }

    /// Everything it has logged.
    #[must_use]
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("a log")
    }

    /// The way to it, once it listens; for the role `api`.
    #[must_use]
    pub fn http(&self) -> Option<Http> {
        let log = self.log();
        let (_, address) = log.split_once("listening address=")?;
        Some(Http::new(address.split_whitespace().next()?.parse().ok()?))
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Whether it has ended, however.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.process.try_wait().expect("the state of a child").is_some()
    }

    /// Sends it a signal by name: `STOP`, `CONT`, `TERM`.
    pub(crate) fn signals(&self, signal: &str) {
        let (flag, pid) = (format!("-{signal}"), self.process.id().to_string());
        // It may have ended in between.
        let _ = Command::new("kill").args([flag, pid]).stderr(Stdio::null()).status();
    }

    /// SIGKILL: no line of it runs any more.
    pub fn kill(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
        if std::thread::panicking() {
            eprintln!("{}", fs::read_to_string(&self.log).unwrap_or_default());
        }
    }
}

/// Beside the test's own folder, built with the same features by `cargo build --workspace --bins`.
fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    let folder = test
        .parent()
        .and_then(std::path::Path::parent)
        .expect("target/<profile>/deps");
    let binary = folder.join("jonquil");
    assert!(
        binary.is_file(),
        "{} is missing: cargo build --workspace --exclude xtask --bins",
        binary.display()
    );
    binary
}
