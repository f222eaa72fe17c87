//! What the compiler must refuse: plain personal data without a recorded access.
//! After a new compiler words an error differently: `TRYBUILD=overwrite`, and read the difference.

#[test]
fn no_access_without_a_record() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/compile/fine.rs");
    cases.compile_fail("tests/compile/fail_*.rs");
}
