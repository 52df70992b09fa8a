//! Files to begin with.
