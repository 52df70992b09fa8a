//! Explaining certificate chains.
