//! What the tests need beside Rust: independent programs to test against, and cargo tools.

use std::process::{Command, Stdio};

use anyhow::{Result, bail};

/// What feature `audio` is built against.
pub const ALSA_HEADER: &str = "/usr/include/alsa/asoundlib.h";

/// Debian packages, by the program that shows they are there.
const PACKAGES: &[(&str, &str)] = &[
    ("tshark", "tshark"),
    ("valgrind", "valgrind"),
    ("tmux", "tmux"),
    ("pkg-config", "pkg-config"),
    // No program, but a file.
    (ALSA_HEADER, "libasound2-dev"),
    ("openssl", "openssl"),
    ("tftp", "tftp-hpa"),
    ("atftp", "atftp"),
    ("rtpengine", "rtpengine-daemon"),
    ("ffmpeg", "ffmpeg"),
];

/// Tools from crates.io: program, package, version.
const TOOLS: &[(&str, &str, &str)] =
    &[("gungraun-runner", "gungraun-runner", "0.20.0"), ("cargo-deny", "cargo-deny", "0.20.2")];

/// Whether we run in CI, where nothing may be skipped.
pub fn in_ci() -> bool {
    std::env::var_os("CI").is_some()
}

/// Whether a program can be run, or a file is there.
pub fn has(program: &str) -> bool {
    if program.starts_with('/') {
        return std::path::Path::new(program).exists();
    }
    let probe = Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    probe.is_ok()
}

/// Whether a tool is there in the version wanted.
fn has_version(program: &str, version: &str) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(version))
}

/// Installs what is missing. Outside CI, what can't be installed is named and its tests are skipped.
pub fn install() -> Result<()> {
    let missing: Vec<&str> =
        PACKAGES.iter().filter(|(program, _)| !has(program)).map(|(_, package)| *package).collect();
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    for (program, package, version) in TOOLS {
        // gungraun-runner has no --version of its own: its place among cargo's binaries tells.
        let there = if *program == "gungraun-runner" {
            installed(package, version)
        } else {
            has_version(program, version)
        };
        if !there {
            install_tool(package, version)?;
        }
    }
    Ok(())
}

fn installed(package: &str, version: &str) -> bool {
    let list = Command::new("cargo").args(["install", "--list"]).output();
    let wanted = format!("{package} v{version}");
    list.is_ok_and(|list| String::from_utf8_lossy(&list.stdout).contains(&wanted))
}

fn install_packages(packages: &[&str]) -> Result<()> {
    eprintln!("xtask: installing {} from Debian's packages", packages.join(", "));
    let run = |arguments: &[&str]| {
        let (program, rest): (&str, Vec<&str>) = if has("sudo") && !is_root() {
            ("sudo", [&["-n", "apt-get"], arguments].concat())
        } else {
            ("apt-get", arguments.to_vec())
        };
        let status = Command::new(program).args(rest).env("DEBIAN_FRONTEND", "noninteractive").status();
        status.is_ok_and(|status| status.success())
    };
    let done = run(&["update", "-qq"])
        && run(&[&["install", "-y", "-qq", "--no-install-recommends"], packages].concat());
    match (done, in_ci()) {
        (true, _) => Ok(()),
        (false, true) => bail!("{} can't be installed", packages.join(", ")),
        (false, false) => {
            eprintln!(
                "xtask: SKIPPED: {} can't be installed here; install them yourself for all tests",
                packages.join(", ")
            );
            Ok(())
        }
    }
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|id| id.stdout.starts_with(b"0"))
}

fn install_tool(package: &str, version: &str) -> Result<()> {
    eprintln!("xtask: installing {package} {version} from crates.io");
    let status = Command::new("cargo")
        .args(["install", "--locked", "--quiet", "--version", version, package])
        .status();
    match (status.is_ok_and(|status| status.success()), in_ci()) {
        (true, _) => Ok(()),
        (false, true) => bail!("{package} can't be installed"),
        (false, false) => {
            eprintln!("xtask: SKIPPED: {package} can't be installed here");
            Ok(())
        }
    }
}
