#![no_main]

#[path = "../../tests/reliability/fuzz/targets.rs"]
#[allow(dead_code)]
mod targets;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    targets::sso(bytes);
});
