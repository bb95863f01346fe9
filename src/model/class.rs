//! The classes that say how volumes and snapshots are made.
//! Must not choose between them; `plan` does.

/// A VolumeSnapshotClass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotClass {
    /// Its name.
    pub name: String,
    /// The CSI driver it is for.
    pub driver: String,
    /// It carries the mark of the default class.
    pub default: bool,
}

/// A StorageClass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageClass {
    /// Its name.
    pub name: String,
    /// Who makes its volumes: a CSI driver's name, or an in-tree provisioner's.
    pub provisioner: String,
    /// When a claim of this class gets its volume.
    pub binding: Binding,
}

/// When a claim gets its volume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binding {
    /// As soon as the claim exists.
    Immediate,
    /// When a pod that uses the claim is scheduled.
    WaitForFirstConsumer,
}
