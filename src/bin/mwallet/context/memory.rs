//! Keeping the memory of the process to itself: it holds passwords and keys.

/// Has the kernel write no core dump, and lets no other process of the same user read the memory or the
/// environment of this one (`PR_SET_DUMPABLE` of prctl(2), which guards `/proc/PID` as well).
///
/// The superuser can still do both.
pub(crate) fn keep_private() {
    use rustix::process::{Resource, Rlimit, setrlimit};
    // A limit may always be lowered. Where these fail all the same, the program is as any other.
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable);
}
