#![no_main]
// Two engines read FEEL: whole expressions and cells of tables, conditions and scripts.
libfuzzer_sys::fuzz_target!(init: wegfrei_fuzz::only_our_panics(), |bytes: &[u8]| {
    wegfrei_decisions::fuzz::feel(bytes);
    wegfrei_process::fuzz::expression(bytes);
});
