#![no_main]
libfuzzer_sys::fuzz_target!(init: wegfrei_fuzz::only_our_panics(), |bytes: &[u8]| drop(wegfrei_process::fuzz::file(bytes)));
