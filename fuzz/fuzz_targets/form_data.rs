#![no_main]

use std::sync::LazyLock;
use wegfrei_forms::{Form, fuzz};
use wegfrei_fuzz::Schema;

static FORMS: LazyLock<Vec<(Form, Schema)>> = LazyLock::new(|| {
    let dogs = include_str!("../../packages/services/hundesteuer/form.xdf3.xml");
    let forms = [fuzz::every_kind(fuzz::RULES, false), dogs.to_owned()];
    let read = |xml: &String| {
        let form = Form::parse(xml).ok()?;
        let schema = Schema::of(&form).ok()?;
        Some((form, schema))
    };
    forms.iter().filter_map(read).collect()
});

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for (form, schema) in FORMS.iter() {
        fuzz::form_data(form, bytes, &|_, data| schema.fits(data));
    }
});
