#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
use super::*;

const LAND: &str = include_str!("../../../../../packages/authorities/land.toml");
const KREISE: &str = include_str!("../../../../../packages/authorities/kreise.toml");
const GEMEINDEN: &str = include_str!("../../../../../packages/authorities/gemeinden.toml");
const CODES: &str = include_str!("../../../../../packages/authorities/postal-codes.toml");

fn texts() -> Texts<'static> {
    Texts {
        land: LAND,
        kreise: KREISE,
        gemeinden: GEMEINDEN,
        postal_codes: CODES,
    }
}

fn places() -> Places {
    Places::load(&texts()).unwrap()
}
#[test]
fn probe() {
    let p = places();
    for q in [
        "Halle",
        "halle saale",
        "Calbe",
        "Kalbe",
        "Magdebrug",
        "06193",
        "06463",
        "39264",
        "Mieste",
        "wolfen",
        "Bad L",
        "Harz",
        "Quedlimb",
    ] {
        println!(
            "{q}: {:?}",
            p.search(q, 8)
                .iter()
                .map(|h| (h.authority.name.as_str(), h.matched, h.place))
                .collect::<Vec<_>>()
        );
    }
    let t = std::time::Instant::now();
    for _ in 0..100 {
        std::hint::black_box(p.search("Magdebrug", 8));
    }
    println!("{:?}", t.elapsed() / 100);
    let mut st = std::collections::BTreeMap::new();
    for c in 6000..40000 {
        let c = format!("{c:05}");
        let h = p.search(&c, 300);
        if !h.is_empty() {
            *st.entry(h[0].matched).or_insert(0) += 1;
        }
    }
    println!("{st:?}");
}
