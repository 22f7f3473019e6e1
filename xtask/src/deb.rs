//! `cargo xtask deb`: the Debian package, put together from `packaging/` and built by dpkg-deb.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use clap::Args;

use crate::docs::root;

/// Shells whose completions are packaged, with where Debian expects them.
const SHELLS: [(&str, &str); 3] = [
    ("bash", "usr/share/bash-completion/completions/lineside"),
    ("zsh", "usr/share/zsh/vendor-completions/_lineside"),
    ("fish", "usr/share/fish/vendor_completions.d/lineside.fish"),
];

/// The Debian package.
#[derive(Debug, Args)]
pub struct Arguments {
    /// The program to package [default: built in release mode]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
    /// Where the package goes
    #[arg(long, value_name = "DIR", default_value = "target/debian")]
    out: PathBuf,
}

/// Builds it, and says where it is.
pub fn run(arguments: &Arguments) -> Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => build()?,
    };
    let package = package(&binary, &arguments.out)?;
    eprintln!("wrote {}", package.display());
    Ok(())
}

/// Man pages.
#[derive(Debug, Args)]
pub struct Man {
    /// Where they go
    #[arg(value_name = "DIR", default_value = "target/man")]
    out: PathBuf,
}

/// Writes the man pages.
pub fn man(arguments: &Man) -> Result<()> {
    output(Command::new(build()?).arg("manual").arg(&arguments.out))?;
    eprintln!("wrote {}", arguments.out.display());
    Ok(())
}

fn build() -> Result<PathBuf> {
    let status =
        Command::new("cargo").args(["build", "--release", "-p", "lineside"]).current_dir(root()).status()?;
    if !status.success() {
        bail!("the program could not be built");
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release/lineside"))
}

/// Puts the package of a program together.
pub fn package(binary: &Path, out: &Path) -> Result<PathBuf> {
    let architecture = output(Command::new("dpkg").arg("--print-architecture"))?;
    let architecture = architecture.trim();
    let version = env!("CARGO_PKG_VERSION");
    fs::create_dir_all(out)?;
    let tree = out.join("tree");
    if tree.exists() {
        fs::remove_dir_all(&tree)?;
    }
    let put = |from: &Path, to: &str, mode: u32| put(from, &tree.join(to), mode);
    let packaging = root().join("packaging");
    put(binary, "usr/bin/lineside", 0o755)?;
    put(&packaging.join("lineside.service"), "usr/lib/systemd/system/lineside.service", 0o644)?;
    put(&packaging.join("lineside.sysusers"), "usr/lib/sysusers.d/lineside.conf", 0o644)?;
    put(&packaging.join("lineside.toml"), "etc/lineside/lineside.toml", 0o640)?;
    for script in ["postinst", "prerm", "postrm"] {
        put(&packaging.join("debian").join(script), &format!("DEBIAN/{script}"), 0o755)?;
    }
    for document in ["configuration.md", "records.md"] {
        put(&root().join("docs").join(document), &format!("usr/share/doc/lineside/{document}"), 0o644)?;
    }
    shell_files(binary, &tree)?;
    write(&tree.join("usr/share/doc/lineside/copyright"), COPYRIGHT, 0o644)?;
    write(&tree.join("DEBIAN/conffiles"), "/etc/lineside/lineside.toml\n", 0o644)?;
    write(&tree.join("DEBIAN/control"), &control(version, architecture, installed_kib(&tree)?), 0o644)?;
    directories_open(&tree)?;
    let file = out.join(format!("lineside_{version}_{architecture}.deb"));
    let mut build = Command::new("dpkg-deb");
    output(build.args(["--root-owner-group", "--build"]).arg(&tree).arg(&file))?;
    fs::remove_dir_all(&tree)?;
    Ok(file)
}

/// Man pages and completions, which the program writes itself.
fn shell_files(binary: &Path, tree: &Path) -> Result<()> {
    let pages = tree.join("usr/share/man/man1");
    output(Command::new(binary).arg("manual").arg(&pages))?;
    for entry in fs::read_dir(&pages)? {
        let page = entry?.path();
        fs::set_permissions(&page, fs::Permissions::from_mode(0o644))?;
        output(Command::new("gzip").args(["-9", "-n"]).arg(&page))?;
    }
    for (shell, place) in SHELLS {
        let script = output(Command::new(binary).args(["completions", shell]))?;
        write(&tree.join(place), &script, 0o644)?;
    }
    Ok(())
}

fn control(version: &str, architecture: &str, kib: u64) -> String {
    format!(
        "Package: lineside\nVersion: {version}\nArchitecture: {architecture}\n\
         Maintainer: The Lineside project <lineside@example.org>\nInstalled-Size: {kib}\n\
         Depends: libc6 (>= 2.36), passwd\nSection: comm\nPriority: optional\n\
         Homepage: https://github.com/lineside/lineside\n\
         Description: call manager for Cisco's SCCP phones\n \
         Lineside is SCCP (Skinny), the protocol of Cisco's desk phones, whole in one\n \
         program: the call manager, a phone, a trace analyser and a load generator.\n"
    )
}

const COPYRIGHT: &str = "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
    Upstream-Name: lineside\n\nFiles: *\nCopyright: The Lineside authors\nLicense: MIT or Apache-2.0\n";

fn put(from: &Path, to: &Path, mode: u32) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("{} to {}", from.display(), to.display()))?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

fn write(to: &Path, text: &str, mode: u32) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(to, text).with_context(|| to.display().to_string())?;
    fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    Ok(())
}

/// Directories of a package are open, whatever the umask of who builds it.
fn directories_open(folder: &Path) -> Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            directories_open(&path)?;
        }
    }
    Ok(())
}

fn installed_kib(folder: &Path) -> Result<u64> {
    let mut kib = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        kib += if data.is_dir() { installed_kib(&entry.path())? } else { data.len().div_ceil(1024) };
    }
    Ok(kib)
}

fn output(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("{command:?}"))?;
    if !output.status.success() {
        bail!("{command:?} failed: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that answers what a package needs of it.
    const STAND_IN: &str = "#!/bin/sh\ncase $1 in\nmanual) mkdir -p \"$2\" && echo '.TH lineside 1' > \"$2/lineside.1\" ;;\n\
        completions) echo \"# $2\" ;;\nesac\n";

    #[test]
    fn the_package_is_one_that_dpkg_reads() {
        if !crate::setup::has("dpkg-deb") {
            assert!(std::env::var_os("CI").is_none(), "CI has dpkg-deb");
            eprintln!("SKIPPED: dpkg-deb is not here");
            return;
        }
        let folder = std::env::temp_dir().join(format!("lineside-deb-{}", std::process::id()));
        let program = folder.join("program");
        write(&program, STAND_IN, 0o755).unwrap();
        let package = package(&program, &folder.join("out")).unwrap();
        let about = output(Command::new("dpkg").arg("-I").arg(&package)).unwrap();
        for line in ["Package: lineside", "Section: comm", "conffiles", "postinst"] {
            assert!(about.contains(line), "{line} is not in {about}");
        }
        let files = output(Command::new("dpkg").arg("-c").arg(&package)).unwrap();
        for (mode, file) in [
            ("-rwxr-xr-x root/root", "./usr/bin/lineside"),
            ("-rw-r--r-- root/root", "./usr/lib/systemd/system/lineside.service"),
            ("-rw-r----- root/root", "./etc/lineside/lineside.toml"),
            ("-rw-r--r-- root/root", "./usr/share/man/man1/lineside.1.gz"),
            ("-rw-r--r-- root/root", "./usr/share/bash-completion/completions/lineside"),
            ("-rw-r--r-- root/root", "./usr/share/doc/lineside/configuration.md"),
        ] {
            let found = files.lines().find(|line| line.ends_with(file));
            assert!(found.is_some_and(|line| line.starts_with(mode)), "{file}: {found:?}");
        }
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn the_units_options_are_known_to_systemd() {
        let unit = root().join("packaging/lineside.service");
        let text = fs::read_to_string(&unit).unwrap();
        for line in ["Type=notify", "WatchdogSec=30", "AmbientCapabilities=CAP_NET_BIND_SERVICE"] {
            assert!(text.contains(line), "{line}");
        }
        if !crate::setup::has("systemd-analyze") {
            eprintln!("SKIPPED: systemd-analyze is not here, which would judge the unit");
            return;
        }
        let judged = Command::new("systemd-analyze").arg("verify").arg(&unit).output().unwrap();
        let words = String::from_utf8_lossy(&judged.stderr);
        // Neither the program nor its manual is installed where the tests run.
        let own = words.lines().filter(|line| {
            line.contains("lineside.service")
                && !line.contains("not executable")
                && !line.contains("man lineside")
        });
        assert_eq!(own.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}
