//! Puts the style sheet, the fonts and the translated texts into the crate at compile time.
//!
//! - `assets.rs`: every file with a content hash in its name, so that browsers may keep it for ever.
//! - `texts.rs`: one struct with one field per text and one value per language. A key that is missing in one
//!   language, or that a template misspells, does not compile.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The weights KERN's style sheet uses, and the face of each.
const FONTS: &[(u16, &str)] = &[
    (400, "FiraSans-Regular.woff2"),
    (500, "FiraSans-Medium.woff2"),
    (600, "FiraSans-SemiBold.woff2"),
];
const KERN: &str = "node_modules/@kern-ux/native/dist";
/// File, constant, language of each.
const LANGUAGES: &[(&str, &str, &str)] = &[
    ("de", "DE", "De"),
    ("de-leicht", "DE_LEICHT", "DeLeicht"),
    ("en", "EN", "En"),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?);
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    for path in [
        "assets",
        "texts",
        "templates",
        "package-lock.json",
        "node_modules/.package-lock.json",
        "build.rs",
    ] {
        println!("cargo::rerun-if-changed={path}");
    }
    if !here.join(KERN).is_dir() {
        println!(
            "cargo::error=KERN UX is not installed. Run `npm ci --prefix crates/doors/web` in the root of the \
             repository, or build through `cargo xtask`, which does it."
        );
        return Ok(());
    }
    assets(&here, &out)?;
    texts(&here, &out)?;
    Ok(())
}

fn assets(here: &Path, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut code = String::from("pub(crate) static ASSETS: &[Asset] = &[\n");
    let mut css = fs::read_to_string(here.join(KERN).join("kern.min.css"))?;
    css.push('\n');
    for (weight, file) in FONTS {
        let bytes = fs::read(here.join(KERN).join("fonts/fira-sans").join(file))?;
        let name = put(out, file, &bytes)?;
        writeln!(
            css,
            "@font-face{{font-family:\"Fira Sans\";font-weight:{weight};font-style:normal;font-display:swap;\
             src:url(/assets/{name}) format(\"woff2\")}}"
        )?;
        entry(&mut code, &name, "font/woff2", false)?;
    }
    css.push_str(&fs::read_to_string(here.join("assets/app.css"))?);
    let style = put(out, "wegfrei.css", css.as_bytes())?;
    zip(out, &style, css.as_bytes())?;
    entry(&mut code, &style, "text/css; charset=utf-8", true)?;

    let script_bytes = fs::read(here.join("assets/app.js"))?;
    let script = put(out, "wegfrei.js", &script_bytes)?;
    zip(out, &script, &script_bytes)?;
    entry(&mut code, &script, "text/javascript; charset=utf-8", true)?;

    // Two more scripts for one page: the checker of proofs, and what shows its answer.
    let mut script_of = |file: &str| -> Result<String, Box<dyn std::error::Error>> {
        let bytes = fs::read(here.join("assets").join(file))?;
        let name = put(out, file, &bytes)?;
        zip(out, &name, &bytes)?;
        entry(&mut code, &name, "text/javascript; charset=utf-8", true)?;
        Ok(name)
    };
    let (proof, proof_page) = (script_of("proof.js")?, script_of("proof-page.js")?);

    let icon_bytes = fs::read(here.join("assets/icon.svg"))?;
    let icon = put(out, "icon.svg", &icon_bytes)?;
    entry(&mut code, &icon, "image/svg+xml", false)?;

    code.push_str("];\n");
    for (constant, name) in [
        ("STYLE", style),
        ("SCRIPT", script),
        ("ICON", icon),
        ("PROOF", proof),
        ("PROOF_PAGE", proof_page),
    ] {
        writeln!(code, "pub(crate) const {constant}: &str = \"/assets/{name}\";")?;
    }
    fs::write(out.join("assets.rs"), code)?;
    Ok(())
}

/// Writes the bytes under a name that contains their hash, and returns the name.
fn put(out: &Path, file: &str, bytes: &[u8]) -> std::io::Result<String> {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3) // FNV-1a: only has to change with the content
    });
    let (stem, end) = file.rsplit_once('.').unwrap_or((file, "bin"));
    let name = format!("{}-{hash:016x}.{end}", stem.to_lowercase());
    fs::write(out.join(&name), bytes)?;
    Ok(name)
}

fn zip(out: &Path, name: &str, bytes: &[u8]) -> std::io::Result<()> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packed.write_all(bytes)?;
    fs::write(out.join(format!("{name}.gz")), packed.finish()?)
}

fn entry(code: &mut String, name: &str, kind: &str, zipped: bool) -> std::fmt::Result {
    let packed = if zipped {
        format!("Some(include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.gz\")))")
    } else {
        "None".to_owned()
    };
    writeln!(
        code,
        "    Asset {{ name: \"{name}\", kind: \"{kind}\", bytes: include_bytes!(concat!(env!(\"OUT_DIR\"), \
         \"/{name}\")), packed: {packed} }},"
    )
}

#[derive(PartialEq, Clone, Debug)]
enum Text {
    One(String),
    Many(Vec<String>),
}

fn texts(here: &Path, out: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let mut all: Vec<BTreeMap<String, Text>> = Vec::new();
    for (file, ..) in LANGUAGES {
        let path = here.join("texts").join(format!("{file}.toml"));
        let table: toml::Table = fs::read_to_string(&path)?
            .parse()
            .map_err(|e| format!("texts/{file}.toml: {e}"))?;
        let mut flat = BTreeMap::new();
        for (section, value) in &table {
            let section_table = value
                .as_table()
                .ok_or_else(|| format!("texts/{file}.toml: `{section}` is outside a [section]"))?;
            for (key, value) in section_table {
                let text = match value {
                    toml::Value::String(text) => Text::One(text.clone()),
                    toml::Value::Array(items) => {
                        let lines = items
                            .iter()
                            .map(|item| item.as_str().map(str::to_owned))
                            .collect::<Option<_>>();
                        Text::Many(lines.ok_or_else(|| format!("texts/{file}.toml: [{section}] {key}: only text"))?)
                    }
                    _ => return Err(format!("texts/{file}.toml: [{section}] {key} must be text or a list").into()),
                };
                flat.insert(format!("{section}_{key}"), text);
            }
        }
        all.push(flat);
    }
    let mut problems = Vec::new();
    for (position, (file, ..)) in LANGUAGES.iter().enumerate() {
        for (other, (other_file, ..)) in all.iter().zip(LANGUAGES) {
            for (key, text) in other {
                match all[position].get(key) {
                    None => problems.push(format!(
                        "texts/{file}.toml lacks `{key}`, which texts/{other_file}.toml has"
                    )),
                    Some(mine) if std::mem::discriminant(mine) != std::mem::discriminant(text) => {
                        problems.push(format!(
                            "texts/{file}.toml: `{key}` is a list in one language and not in another"
                        ));
                    }
                    Some(_) => {}
                }
            }
        }
    }
    problems.sort();
    problems.dedup();
    for problem in &problems {
        println!("cargo::error={problem}");
    }
    let mut code = String::from(
        "/// Every text of the pages; the fields are `section_key` of the files in `texts/`.\n#[allow(missing_docs)]\n\
         #[derive(Debug)]\npub struct Texts {\n",
    );
    for (key, text) in &all[0] {
        let kind = if matches!(text, Text::One(_)) {
            "&'static str"
        } else {
            "&'static [&'static str]"
        };
        writeln!(code, "    pub {key}: {kind},")?;
    }
    code.push_str("    /// The language itself: dates are written in it.\n    pub language: Lang,\n}\n");
    for (texts, (_, constant, language)) in all.iter().zip(LANGUAGES) {
        writeln!(code, "static {constant}: Texts = Texts {{")?;
        for key in all[0].keys() {
            match texts.get(key) {
                Some(Text::One(text)) => writeln!(code, "    {key}: {text:?},")?,
                Some(Text::Many(lines)) => writeln!(code, "    {key}: &{lines:?},")?,
                None => {}
            }
        }
        writeln!(code, "    language: Lang::{language},\n}};")?;
    }
    fs::write(out.join("texts.rs"), code)?;
    Ok(())
}
