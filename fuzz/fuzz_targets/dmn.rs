#![no_main]
libfuzzer_sys::fuzz_target!(init: wegfrei_fuzz::only_our_panics(), |bytes: &[u8]| wegfrei_decisions::fuzz::dmn(bytes));
