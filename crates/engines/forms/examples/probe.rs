#![allow(clippy::all)]
fn main() {
    let held = std::env::args().any(|a| a == "--held");
    let all = std::env::args().any(|a| a == "--all");
    let mut files: Vec<_> = std::fs::read_dir("/tmp/fim/fim_data").unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    let (mut rules, mut ok) = (0, 0);
    for (i, f) in files.iter().enumerate() {
        if !all && (i % 4 == 3) != held { continue; }
        let xml = std::fs::read_to_string(f.join("schema.xdf.xml")).unwrap();
        let form = match wegfrei_forms::Form::parse(&xml) { Ok(f) => f, Err(e) => { println!("{f:?} {e:?}"); continue } };
        rules += form.rules(); ok += form.executable_rules();
        if std::env::args().any(|a| a == "--read") { for (id, r) in form.readings() { println!("@@{id}\n{}", r.join("\n")); } }
        for x in form.findings() { if x.message.starts_with("rule") { println!("{} {}", f.file_name().unwrap().to_str().unwrap(), x.message); } }
    }
    println!("{ok} of {rules}");
}
