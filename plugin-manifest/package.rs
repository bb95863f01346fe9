//! Makes the archive of a platform, and the manifest for krew from the archives.
//! `cargo run --example package -- --help`

mod krew;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use clap::{CommandFactory as _, Parser};
use flate2::Compression;
use krew::{PLATFORMS, Result};
use kubectl_gemini::commands::Cli;

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
        Args::Archive { program, platform, to } => {
            let known = PLATFORMS.iter().find(|(os, arch)| platform == format!("{os}/{arch}"));
            let (os, arch) = known.ok_or_else(|| format!("{platform} is none of {PLATFORMS:?}"))?;
            let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            let mut manual = vec![];
            clap_mangen::Man::new(Cli::command()).render(&mut manual)?;
            let files = vec![
                (krew::program_name(os).to_owned(), 0o755, fs::read(program)?),
                ("LICENSE".to_owned(), 0o644, fs::read(root.join("LICENSE"))?),
                ("README.md".to_owned(), 0o644, fs::read(root.join("README.md"))?),
                ("kubectl-gemini.1".to_owned(), 0o644, manual),
            ];
            let archive = krew::archive(files, Compression::best())?;
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
