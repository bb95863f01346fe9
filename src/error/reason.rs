//! Why a command failed, in one stable word, with the exit code and the way out that belong to it.
//! A contract with scripts: words are added, never changed.

use std::fmt;

use serde::Serialize;

/// Every exit code of the program. One table for all commands (design.md, section 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// Every promised end state was observed, or there was nothing to do.
    Done = 0,
    /// Failed or refused; nothing was changed.
    Failed = 1,
    /// The command line is wrong; the cluster was not contacted.
    Usage = 2,
    /// Only where a flag asks for it: `--error-unchanged` and nothing was to be done, `--error-if` and a row matched.
    Requested = 3,
    /// A person has to decide: trying again cannot help. Data is safe, the message says where.
    NeedsPerson = 4,
    /// Failed and rolled back: the cluster is as it was before.
    RolledBack = 5,
    /// Partly done; the same command, or the one that is named, goes on from here.
    Partial = 6,
    /// Interrupted by a signal or a deadline of the caller; run it again.
    Interrupted = 75,
    /// A question was not answered but left, with Ctrl-C or by a signal; nothing was changed.
    Cancelled = 130,
}

impl ExitCode {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        self as u8
    }
}

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $exit:ident, $remedy:literal;)+) => {
        /// Why a command failed: one word that is stable, printed in brackets, and scripts may match on.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
        pub enum Reason {
            $($(#[$doc])* $name,)+
        }

        impl Reason {
            /// All reasons, for tests and documentation.
            pub const ALL: &[Reason] = &[$(Reason::$name,)+];

            /// The word as it is printed.
            pub fn word(self) -> &'static str {
                match self { $(Reason::$name => stringify!($name),)+ }
            }

            /// The exit code, unless something had already been changed (see [`Error::after_change`]).
            pub fn exit_code(self) -> ExitCode {
                match self { $(Reason::$name => ExitCode::$exit,)+ }
            }

            /// The way out that always applies; a more exact one may be attached to the error itself.
            pub fn remedy(self) -> &'static str {
                match self { $(Reason::$name => $remedy,)+ }
            }
        }
    };
}

reasons! {
    /// There is no kubeconfig and this is not a pod.
    NoKubeconfig => Failed, "name a file with --kubeconfig or KUBECONFIG; `kubectl config view` shows what kubectl uses";
    /// The kubeconfig, or a file it names, cannot be used.
    KubeconfigInvalid => Failed, "`kubectl config view` shows what kubectl makes of it";
    /// The named context is not in the kubeconfig.
    ContextNotFound => Failed, "`kubectl config get-contexts` lists them";
    /// The login program that the kubeconfig names failed.
    LoginFailed => Failed, "log in again, then repeat the command";
    /// Nothing listens at the server's address.
    ConnectRefused => Failed, "check that the cluster runs and that you reach its network (VPN?); `kubectl config view --minify` shows the address";
    /// The server did not answer in time.
    ConnectTimeout => Failed, "check the network (VPN?), or wait longer with --request-timeout";
    /// The server's name has no address.
    ConnectDns => Failed, "check the name in the kubeconfig and the network (VPN?)";
    /// The server's certificate is not trusted.
    ConnectTls => Failed, "name the cluster's CA with --certificate-authority, or the name in its certificate with --tls-server-name";
    /// The connection broke for another reason.
    ConnectFailed => Failed, "check the network, then repeat the command";
    /// The server does not know who you are.
    Unauthorized => Failed, "log in again: run the login command of your cluster, or renew the credentials in the kubeconfig";
    /// You are known, but not allowed.
    Forbidden => Failed, "ask an administrator of the cluster for this right";
    /// The namespace does not exist or is being deleted.
    NamespaceNotFound => Failed, "`kubectl get namespaces` lists them; choose one with -n";
    /// The SnapshotGroup API is not served.
    SnapshotGroupCrdMissing => Failed, "install it: kubectl gemini manifests --only crd | kubectl apply -f -; or with Gemini's own chart";
    /// The VolumeSnapshot API is not served.
    SnapshotCrdMissing => Failed, "install the snapshot CRDs and controller: https://github.com/kubernetes-csi/external-snapshotter#usage (managed clusters offer it as an add-on)";
    /// Only a beta of the VolumeSnapshot API is served.
    SnapshotApiTooOld => Failed, "upgrade external-snapshotter to 4.0 or later";
    /// There is no SnapshotGroup of that name.
    GroupNotFound => Failed, "`kubectl gemini list` shows the groups of the namespace, -A those of all";
    /// A SnapshotGroup exists but does not say what it should.
    GroupInvalid => Failed, "correct it with `kubectl edit snapshotgroup`";
    /// The schedule of a group cannot be read.
    InvalidSchedule => Failed, "write `every` as \"10 minutes\", \"hour\" or \"day at 02:00\", and `keep` as 0 or more";
    /// The claim of a group does not exist.
    ClaimMissing => Failed, "name an existing claim in spec.persistentVolumeClaim.claimName";
    /// The claim has no volume yet.
    ClaimPending => Failed, "`kubectl describe pvc` says what it waits for; it may need a pod that uses it";
    /// The claim lost its volume.
    ClaimLost => Failed, "`kubectl describe pvc` says which volume is gone; restore the claim from a snapshot";
    /// The claim is being deleted.
    ClaimTerminating => Failed, "wait until it is gone; `kubectl describe pvc` says what holds it";
    /// The claim can only be read: there is nothing to protect that is not written elsewhere.
    ClaimReadOnly => Failed, "back up the claim through which the data is written";
    /// A claim of the wanted name exists already.
    ClaimExists => Failed, "choose another name";
    /// The volume or its driver has no snapshots.
    DriverCannotSnapshot => Failed, "move the data to a claim of a CSI driver with snapshots";
    /// The named VolumeSnapshotClass does not exist.
    SnapshotClassNotFound => Failed, "`kubectl get volumesnapshotclasses` lists them";
    /// The named VolumeSnapshotClass is another driver's.
    SnapshotClassOtherDriver => Failed, "name one of the claim's driver in spec.template.spec.volumeSnapshotClassName of the group; backup also takes --snapshot-class";
    /// No VolumeSnapshotClass serves the driver, or none is its default.
    NoSnapshotClass => Failed, "name one in spec.template.spec.volumeSnapshotClassName of the group; backup also takes --snapshot-class";
    /// Several classes of the driver say that they are the default.
    TwoDefaultClasses => Failed, "leave the default mark on one only, or name one in spec.template.spec.volumeSnapshotClassName of the group; backup also takes --snapshot-class";
    /// The StorageClass does not exist or is not fit.
    StorageClassUnfit => Failed, "choose one of the snapshot's driver with --storage-class";
    /// There is no such snapshot in the group.
    SnapshotNotFound => Failed, "`kubectl gemini list GROUP` shows the snapshots of the group";
    /// The snapshot is not ready to be used.
    SnapshotNotReady => Failed, "wait until `kubectl gemini list GROUP` says Ready";
    /// The snapshot is being deleted.
    SnapshotTerminating => Failed, "it cannot be kept: take another with `kubectl gemini backup GROUP`";
    /// A hold would be over before it begins.
    HoldInPast => Failed, "choose a later time with --until, or leave it out: the hold then stays until it is released";
    /// The snapshot belongs to something else, is marked as bad, or cannot be traced to a volume of the group.
    SnapshotUntrusted => Failed, "choose another snapshot: `kubectl gemini list GROUP -o wide`";
    /// The wanted size is smaller than the data.
    SizeTooSmall => Failed, "leave --size out, or choose a larger one";
    /// An object of that name exists and is not ours.
    NameTaken => Failed, "wait a second and repeat the command";
    /// A quota of the namespace is used up.
    QuotaExceeded => Failed, "`kubectl describe resourcequota` shows what is used; delete something or ask for more";
    /// An admission webhook or policy denied the request.
    AdmissionDenied => Failed, "the text above comes from your cluster's admission policy; ask who runs it";
    /// The API server refused the request for another reason.
    ServerRefused => Failed, "the text above is the API server's; `-v=6` shows the requests";
    /// It is not known whether the API server carried out a change.
    OutcomeUnknown => Partial, "look with `kubectl gemini list GROUP` before repeating the command";
    /// The API server changed what we asked for.
    RequestAltered => RolledBack, "check the cluster's admission webhooks, and that the claim's driver is a CSI driver";
    /// The snapshot or the new volume is not made from what it should be.
    WrongVolume => NeedsPerson, "do not use it; compare volume handles with `kubectl get volumesnapshotcontents -o yaml`";
    /// More would be deleted than anybody can want by accident.
    MassDeletion => Failed, "look with --dry-run; if that is what you want, add --allow-mass-delete";
    /// An object is not as it was when it was decided what to do with it.
    ChangedMeanwhile => Failed, "run the same command again: it looks anew";
    /// Gemini's operator works on the same group.
    GeminiActive => Failed, "stop Gemini's operator (kubectl get deployments -A | grep gemini), or run both on purpose with --coexist";
    /// Nothing is done about new snapshots.
    ControllerSilent => Failed, "see whether it runs: kubectl get pods -A | grep snapshot-controller";
    /// A driver reports an error about a snapshot, or it takes too long.
    SnapshotFailing => Failed, "`kubectl gemini list GROUP` shows it; the driver tries again by itself";
    /// A group gets no snapshots although they are due.
    Overdue => Failed, "see why: kubectl gemini list GROUP, and the log of the last run";
    /// A snapshot that was deleted long ago still is there.
    DeletionStuck => Failed, "`kubectl describe` of the snapshot and of its volumesnapshotcontent says what holds it; its driver's log, why. Do not remove finalizers: the storage would keep it for ever";
    /// A driver says that it has too much to do.
    DriverBusy => Failed, "the next run goes on with it; start fewer at once with --max-parallel";
    /// A volume is being snapshotted, or was too short a time ago for its driver.
    VolumeBusy => Failed, "nothing is wrong: a later run takes it";
    /// Another run does the same work at this moment.
    RunUnderWay => Interrupted, "wait until it has ended; if nothing runs, it is free again within a minute";
    /// The API server was there, and then it was away for longer than is waited for.
    ServerAway => Interrupted, "it was there a moment ago; run the same command again when it is back";
    /// The time that was given is over.
    DeadlineReached => Interrupted, "the next run goes on with it; give it more time with --deadline";
    /// Local clock and server's clock differ too much.
    ClockWrong => Failed, "set the clock of this machine, or the API server's";
    /// Pods use the claim that is to be replaced.
    ClaimInUse => Failed, "stop what uses it, then run the same command again";
    /// Something else sets how much of the application runs.
    ControlledElsewhere => Failed, "pause that, or stop the application yourself and use --scale=manual";
    /// Something else started the application again while it had to stand still.
    StartedElsewhere => Failed, "find out what does, and pause it; then go on";
    /// Claims would be deleted along with the pods that use them.
    ClaimsAtRisk => Failed, "see to it that the claims stay, then run the same command again";
    /// Something would keep the claim half-deleted for ever.
    ClaimPinned => Failed, "remove what holds it, then go on";
    /// Somebody made or replaced the claim while a restore was at work.
    ClaimReplaced => NeedsPerson, "find out who did; the volumes are kept: kubectl get pv -l gemini.fairwinds.com/restore-id";
    /// A claim would get a volume of somebody else's.
    WouldGetAnother => Failed, "leave out --mode: in mode staged the new volume is proven before the claim is touched";
    /// A volume that a restore works with is gone.
    VolumeGone => NeedsPerson, "look at what is left: kubectl get pv,volumesnapshots -A";
    /// The volume that a claim had before a restore is another claim's now.
    VolumeTaken => NeedsPerson, "see who has it: kubectl get pv";
    /// Another restore of the claim has not ended yet.
    RestoreOpen => Failed, "end that one first: kubectl gemini status tells how";
    /// There is no restore of that identifier, or it is not in a state for what is asked.
    RestoreNotFound => Failed, "kubectl gemini status lists them";
    /// There is no StatefulSet of that name.
    WorkloadNotFound => Failed, "`kubectl get statefulsets` lists them";
    /// A volume that a restore kept is still needed, or may be.
    PurgeRefused => Failed, "it costs storage, nothing else";
    /// The journal of a restore cannot be read.
    JournalInvalid => NeedsPerson, "look at it: kubectl get configmaps -l app.kubernetes.io/managed-by=kubectl-gemini -o yaml";
    /// Somebody else goes on with the same restore.
    LockLost => Interrupted, "see how far it is: kubectl gemini status";
    /// A pod of the user's looked at the restored data, and did not end well.
    CheckFailed => Failed, "nothing is changed: restore another snapshot, or look at the data beside the live one with --to-pvc";
    /// It failed, and everything is as it was before.
    RolledBack => RolledBack, "nothing is lost; mend the cause, then run the same command again";
    /// It did not happen in time, but still may.
    TimedOut => Partial, "it goes on by itself; look again later";
    /// A file that was named cannot be read.
    FileUnreadable => Failed, "check the name and your right to read it; - means standard input";
    /// A file that was named does not hold what it should.
    FileInvalid => Failed, "correct the file; see what kubectl makes of it: kubectl apply --dry-run=client -f FILE";
    /// Several groups are meant by a command that takes one.
    GroupNotNamed => Usage, "name one of them";
    /// What is to be simulated would take longer than anybody waits.
    SimulationTooLong => Usage, "shorten it with --for, or lengthen --every-run";
    /// Flags that are each right do not go together.
    FlagsUnfit => Usage, "leave one of them out; --help says what goes together";
    /// An answer is needed, and there is nobody to give it.
    NotATerminal => Usage, "run it in a terminal, or give the answer with a flag";
    /// A question was answered, and not with yes.
    NotConfirmed => Failed, "run the same command again when you are sure";
    /// A question was left without an answer.
    Cancelled => Cancelled, "run the same command again when you are sure";
    /// Stopped by a signal.
    Interrupted => Interrupted, "run the same command again";
    /// A file that is not output cannot be written.
    FileUnwritable => Failed, "check the directory and your right to write there";
    /// Output could not be written.
    OutputFailed => Failed, "check the disk or the program that reads the output";
    /// A JSONPath template is wrong or uses what is not supported.
    JsonPathInvalid => Usage, "use `-o json | jq` for anything beyond {.field}, [*], [N], filters and {range}{end}";
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
