//! What outlives the namespaces of a node, because the kernel keeps it for the whole host: control groups and loop
//! devices. Only those of one cluster are touched; others may have a node too.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::containerd;
use crate::layout::Layout;

const CGROUPS: &str = "/sys/fs/cgroup";
/// Where containerd puts the control groups of containers that ask for no parent.
const PARENT: &str = "k8s.io";
const PATIENCE: Duration = Duration::from_secs(10);

/// Clears them away, waiting a little for processes inside that were killed and are not gone yet. Call it while the
/// cluster's state is still there: it names the containers.
pub fn clear(layout: &Layout) {
    let containers = containerd::containers(layout);
    let deadline = Instant::now() + PATIENCE;
    while !remove_cgroups(&containers) && Instant::now() < deadline {
        thread::sleep(Duration::from_millis(100));
    }
    detach_loop_devices(layout.root());
}

/// False if one is still in use.
fn remove_cgroups(containers: &[String]) -> bool {
    // One hierarchy per controller (v1), or one for all (v2).
    let hierarchies = fs::read_dir(CGROUPS).into_iter().flatten().flatten().map(|entry| entry.path());
    let mut removed = true;
    for hierarchy in hierarchies.chain([PathBuf::from(CGROUPS)]) {
        for container in containers {
            let group = hierarchy.join(PARENT).join(container);
            remove_tree(&group);
            removed &= !group.exists();
        }
        // Refused while another cluster's containers are in it.
        let _ = fs::remove_dir(hierarchy.join(PARENT));
    }
    removed
}

/// Removes a control group and those below it; its files go with it.
fn remove_tree(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_tree(&entry.path());
        }
    }
    let _ = fs::remove_dir(group);
}

/// A loop device, as losetup lists it.
#[derive(Debug, Deserialize)]
struct LoopDevice {
    name: String,
    #[serde(rename = "back-maj:min")]
    backing_device: String,
    #[serde(rename = "back-ino")]
    backing_inode: u64,
    #[serde(rename = "back-file")]
    file: String,
}

impl LoopDevice {
    /// Device number and inode of the file behind it. losetup pads the number with blanks.
    fn backing(&self) -> (String, u64) {
        (self.backing_device.trim().to_owned(), self.backing_inode)
    }
}

/// Detaches the driver's loop devices, whose files are volumes of this cluster, after the kubelet's, whose files are the
/// driver's devices.
fn detach_loop_devices(root: &Path) {
    let columns = "NAME,BACK-MAJ:MIN,BACK-INO,BACK-FILE";
    let Ok(output) = Command::new("losetup").args(["--list", "--json", "-O", columns]).output() else {
        return;
    };
    let devices = parse(&output.stdout);
    let of_driver: Vec<_> =
        devices.iter().filter(|device| Path::new(&device.file).starts_with(root)).collect();
    let nodes: Vec<_> = of_driver.iter().filter_map(|device| identity(&device.name)).collect();
    let of_kubelet = devices.iter().filter(|device| nodes.contains(&device.backing()));
    for device in of_kubelet.chain(of_driver.iter().copied()) {
        // One that only waited for its last user has gone with the one before.
        let _ = Command::new("losetup").args(["--detach", &device.name]).output();
    }
}

/// The devices of losetup's JSON; it prints nothing when there are none.
fn parse(listing: &[u8]) -> Vec<LoopDevice> {
    #[derive(Deserialize)]
    struct Listing {
        loopdevices: Vec<LoopDevice>,
    }
    serde_json::from_slice::<Listing>(listing).map(|listing| listing.loopdevices).unwrap_or_default()
}

/// Device number and inode of a file, as losetup prints them.
fn identity(path: &str) -> Option<(String, u64)> {
    let metadata = fs::metadata(path).ok()?;
    let device = metadata.dev();
    Some((format!("{}:{}", nix::sys::stat::major(device), nix::sys::stat::minor(device)), metadata.ino()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn losetup_s_listing_is_read() {
        let listing = r#"{"loopdevices": [
            {"name":"/dev/loop1", "back-maj:min":"  0:6  ", "back-ino":94, "back-file":"/"},
            {"name":"/dev/loop0", "back-maj:min":"254:0  ", "back-ino":7, "back-file":"/state/x/driver/data.img (deleted)"}]}"#;
        let devices = parse(listing.as_bytes());
        assert_eq!(devices[0].backing(), ("0:6".to_owned(), 94));
        assert!(Path::new(&devices[1].file).starts_with("/state/x"));
        assert!(parse(b"").is_empty());
    }
}
