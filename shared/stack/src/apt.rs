//! Installs what is missing from Debian's archive, without starting a service of it.
//!
//! Packages start and enable their services through a few programs that dpkg finds by its `PATH`.
//! For one run of apt that path begins with a folder of stand-ins, so no file of the system is
//! changed and nothing has to be put back, also where the run is killed.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, bail};
use nix::unistd::geteuid;

use crate::{
    directory::{Directory, create_private_folder},
    interrupt,
    programs::Needed,
};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Starts nothing, whatever is asked.
const START_NOTHING: &str = "#!/bin/sh\nexit 0\n";

/// Passes everything on, but says that our services were not enabled, so that they stay so.
const ENABLE_NOTHING: &str = "#!/bin/sh
for word in \"$@\"; do
    if [ \"$word\" = was-enabled ]; then exit 1; fi
done
exec /usr/bin/deb-systemd-helper \"$@\"
";

/// Makes sure that the needed programs are installed; names all that are missing where it cannot.
pub fn ensure(directory: &Directory, needed: &[Needed]) -> Result<()> {
    let missing = missing(needed);
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.join(" ");
    let by_hand = format!(
        "Missing on this machine: {packages}. Install it with: \
         sudo apt-get update && sudo apt-get install --no-install-recommends {packages}"
    );
    if !Path::new("/usr/bin/apt-get").is_file() || !may_install() {
        bail!("{by_hand}");
    }
    let started = Instant::now();
    println!("Installing {packages} from Debian's archive (once, about a minute) …");
    install(directory, &missing).with_context(|| by_hand.clone())?;
    let still: Vec<&str> = self::missing(needed);
    if !still.is_empty() {
        bail!(
            "{} is installed, but not where it was expected.",
            still.join(" ")
        );
    }
    println!("Installed {packages} in {} s.", started.elapsed().as_secs());
    Ok(())
}

fn missing(needed: &[Needed]) -> Vec<&'static str> {
    needed
        .iter()
        .filter(|one| !one.is_installed())
        .map(|one| one.package())
        .collect()
}

fn install(directory: &Directory, packages: &[&str]) -> Result<()> {
    let guard = directory.path("apt");
    write_stand_ins(&guard)?;
    let log = directory.log_file("apt");
    run(apt_get().arg("update"), &log)?;
    let mut install = apt_get();
    install
        .arg("-o")
        .arg(format!("DPkg::Path={}:{PATH}", guard.display()))
        .args(["install", "--yes", "--no-install-recommends"])
        .args(packages);
    let outcome = run(&mut install, &log);
    fs::remove_dir_all(&guard).context("cannot delete the stand-ins of the installation")?;
    outcome
}

fn write_stand_ins(folder: &Path) -> Result<()> {
    create_private_folder(folder)?;
    let stand_ins = [
        ("invoke-rc.d", START_NOTHING),
        ("deb-systemd-invoke", START_NOTHING),
        // A cluster of Postgres of its own, which the package would make and start.
        ("pg_createcluster", START_NOTHING),
        ("deb-systemd-helper", ENABLE_NOTHING),
    ];
    for (name, content) in stand_ins {
        let path = folder.join(name);
        fs::write(&path, content)
            .and_then(|()| fs::set_permissions(&path, fs::Permissions::from_mode(0o755)))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

fn may_install() -> bool {
    geteuid().is_root()
        || Command::new("sudo")
            .args(["-n", "true"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
}

fn apt_get() -> Command {
    let mut command = if geteuid().is_root() {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.args(["-n", "env"]);
        sudo
    };
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    // Another installation may hold the lock for a while.
    command.args(["-o", "DPkg::Lock::Timeout=300"]);
    command
}

fn run(command: &mut Command, log: &Path) -> Result<()> {
    interrupt::check()?;
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(log)
        .with_context(|| format!("cannot write {}", log.display()))?;
    writeln!(file, "{command:?}").with_context(|| format!("cannot write {}", log.display()))?;
    let errors = file
        .try_clone()
        .with_context(|| format!("cannot write {}", log.display()))?;
    let status = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .status()
        .context("cannot run apt-get")?;
    if !status.success() {
        bail!("apt-get failed ({status}): see {}", log.display());
    }
    Ok(())
}
