#![no_main]
libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wegfrei_forms::fuzz::xdatenfelder(bytes, &wegfrei_fuzz::fits));
