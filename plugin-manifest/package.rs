//! Makes the archive of a platform, and the manifest for krew from the archives.
//! `cargo run --example package -- --help`

mod contents;
mod krew;
mod licences;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::Parser;
use krew::{PLATFORMS, Packing, Result};

/// Makes archives and the manifest for krew
#[derive(Debug, Parser)]
enum Args {
    /// Write the archive of one platform, and print its checksum
    Archive {
        /// The program, built for the platform
        #[arg(long)]
        program: PathBuf,
        /// As krew calls it, such as linux/amd64
        #[arg(long)]
        platform: String,
        /// As Rust calls it, such as x86_64-unknown-linux-musl: what the program was built for
        #[arg(long)]
        target: String,
        /// Directory for the archive
        #[arg(long, default_value = "dist")]
        to: PathBuf,
    },
    /// Print the manifest for the archives in a directory
    Manifest {
        /// The directory
        #[arg(long, default_value = "dist")]
        from: PathBuf,
        /// Only for those that are there
        #[arg(long)]
        partial: bool,
    },
}

fn main() -> Result<()> {
    match Args::parse() {
        Args::Archive { program, platform, target, to } => {
            let known = PLATFORMS.iter().find(|(os, arch)| platform == format!("{os}/{arch}"));
            let (os, arch) = known.ok_or_else(|| format!("{platform} is none of {PLATFORMS:?}"))?;
            let files = contents::files(fs::read(program)?, os, &target)?;
            let archive = krew::archive(files, Packing::Smallest)?;
            fs::create_dir_all(&to)?;
            let name = krew::archive_name(os, arch);
            println!("{}  {name}", krew::digest(&archive));
            fs::write(to.join(name), archive)?;
        }
        Args::Manifest { from, partial } => {
            let mut digests = BTreeMap::new();
            for (os, arch) in PLATFORMS {
                match fs::read(from.join(krew::archive_name(os, arch))) {
                    Ok(archive) => drop(digests.insert((os, arch), krew::digest(&archive))),
                    Err(_) if partial => {}
                    Err(error) => return Err(format!("{}: {error}", krew::archive_name(os, arch)).into()),
                }
            }
            print!("{}", krew::manifest(&digests));
        }
    }
    Ok(())
}
