//! The normative characters of DIN 91379 as ranges, and its sequences of letters with combining marks.
//!
//! Source: the public character database `latinchars.xml` of String.Latin+ 1.2 / DIN SPEC 91379 (KoSIT, 16 January 2020),
//! groups `bll`, `bnlreq`, `bnl`, `bnlopt`, `bnlnot`. Facts, taken over mechanically; the test in `super` compares this table
//! with the database in both directions.

/// Latin letters, precomposed (group `bll`). Inclusive ranges, ascending.
#[rustfmt::skip]
pub(super) const LETTERS: &[(char, char)] = &[
    ('\u{41}', '\u{5a}'), ('\u{61}', '\u{7a}'), ('\u{c0}', '\u{d6}'), ('\u{d8}', '\u{f6}'), ('\u{f8}', '\u{17e}'),
    ('\u{187}', '\u{188}'), ('\u{18f}', '\u{18f}'), ('\u{197}', '\u{197}'), ('\u{1a0}', '\u{1a1}'), ('\u{1af}', '\u{1b0}'),
    ('\u{1b7}', '\u{1b7}'), ('\u{1cd}', '\u{1dc}'), ('\u{1de}', '\u{1df}'), ('\u{1e2}', '\u{1f0}'), ('\u{1f4}', '\u{1f5}'),
    ('\u{1f8}', '\u{1ff}'), ('\u{212}', '\u{213}'), ('\u{218}', '\u{21b}'), ('\u{21e}', '\u{21f}'), ('\u{227}', '\u{233}'),
    ('\u{259}', '\u{259}'), ('\u{268}', '\u{268}'), ('\u{292}', '\u{292}'), ('\u{1e02}', '\u{1e03}'), ('\u{1e06}', '\u{1e07}'),
    ('\u{1e0a}', '\u{1e11}'), ('\u{1e1c}', '\u{1e2b}'), ('\u{1e2f}', '\u{1e37}'), ('\u{1e3a}', '\u{1e3b}'), ('\u{1e40}', '\u{1e49}'),
    ('\u{1e52}', '\u{1e5b}'), ('\u{1e5e}', '\u{1e63}'), ('\u{1e6a}', '\u{1e6f}'), ('\u{1e80}', '\u{1e87}'), ('\u{1e8c}', '\u{1e97}'),
    ('\u{1e9e}', '\u{1e9e}'), ('\u{1ea0}', '\u{1ef9}'),
];

/// Non-letters N1, needed for every name (group `bnlreq`). Inclusive ranges, ascending.
#[rustfmt::skip]
pub(super) const N1: &[(char, char)] = &[
    ('\u{20}', '\u{20}'), ('\u{27}', '\u{27}'), ('\u{2c}', '\u{2e}'), ('\u{60}', '\u{60}'), ('\u{7e}', '\u{7e}'),
    ('\u{a8}', '\u{a8}'), ('\u{b4}', '\u{b4}'), ('\u{b7}', '\u{b7}'), ('\u{2b9}', '\u{2ba}'), ('\u{2be}', '\u{2bf}'),
    ('\u{2c8}', '\u{2c8}'), ('\u{2cc}', '\u{2cc}'), ('\u{2019}', '\u{2019}'), ('\u{2021}', '\u{2021}'),
];

/// Non-letters N2, for places, streets and companies (group `bnl`). Inclusive ranges, ascending.
#[rustfmt::skip]
pub(super) const N2: &[(char, char)] = &[
    ('\u{21}', '\u{26}'), ('\u{28}', '\u{2b}'), ('\u{2f}', '\u{40}'), ('\u{5b}', '\u{5f}'), ('\u{7b}', '\u{7d}'),
    ('\u{a1}', '\u{a3}'), ('\u{a5}', '\u{a5}'), ('\u{a7}', '\u{a7}'), ('\u{a9}', '\u{ac}'), ('\u{ae}', '\u{b3}'),
    ('\u{b5}', '\u{b6}'), ('\u{b9}', '\u{bb}'), ('\u{bf}', '\u{bf}'), ('\u{d7}', '\u{d7}'), ('\u{f7}', '\u{f7}'),
    ('\u{20ac}', '\u{20ac}'),
];

/// Non-letters N3, for compatibility with String.Latin 1.1 (group `bnlopt`). Inclusive ranges, ascending.
#[rustfmt::skip]
pub(super) const N3: &[(char, char)] = &[
    ('\u{a4}', '\u{a4}'), ('\u{a6}', '\u{a6}'), ('\u{b8}', '\u{b8}'), ('\u{bc}', '\u{be}'),
];

/// Non-letters N4, unfit for names but to be processed: tab, line ends, no-break space (group `bnlnot`). Inclusive ranges, ascending.
#[rustfmt::skip]
pub(super) const N4: &[(char, char)] = &[
    ('\u{9}', '\u{a}'), ('\u{d}', '\u{d}'), ('\u{a0}', '\u{a0}'),
];

/// Letters written with combining marks (group `bll`), sorted by code point, in NFC.
#[rustfmt::skip]
pub(super) const SEQUENCES: &[&str] = &[
    "A\u{30b}", "C\u{300}", "C\u{304}", "C\u{306}", "C\u{308}", "C\u{315}", "C\u{323}", "C\u{326}",
    "C\u{328}\u{306}", "D\u{302}", "F\u{300}", "F\u{304}", "G\u{300}", "H\u{304}", "H\u{326}", "H\u{331}",
    "J\u{301}", "J\u{30c}", "K\u{300}", "K\u{302}", "K\u{304}", "K\u{307}", "K\u{315}", "K\u{31b}",
    "K\u{326}", "K\u{35f}H", "K\u{35f}h", "L\u{302}", "L\u{325}", "L\u{325}\u{304}", "L\u{326}", "M\u{300}",
    "M\u{302}", "M\u{306}", "M\u{310}", "N\u{302}", "N\u{304}", "N\u{306}", "N\u{326}", "P\u{300}",
    "P\u{304}", "P\u{315}", "P\u{323}", "R\u{306}", "R\u{325}", "R\u{325}\u{304}", "S\u{300}", "S\u{304}",
    "S\u{31b}\u{304}", "S\u{331}", "T\u{300}", "T\u{304}", "T\u{308}", "T\u{315}", "T\u{31b}", "U\u{307}",
    "Z\u{300}", "Z\u{304}", "Z\u{306}", "Z\u{308}", "Z\u{327}", "a\u{30b}", "c\u{300}", "c\u{304}",
    "c\u{306}", "c\u{308}", "c\u{315}", "c\u{323}", "c\u{326}", "c\u{328}\u{306}", "d\u{302}", "f\u{300}",
    "f\u{304}", "g\u{300}", "h\u{304}", "h\u{326}", "j\u{301}", "k\u{300}", "k\u{302}", "k\u{304}",
    "k\u{307}", "k\u{315}", "k\u{31b}", "k\u{326}", "k\u{35f}h", "l\u{302}", "l\u{325}", "l\u{325}\u{304}",
    "l\u{326}", "m\u{300}", "m\u{302}", "m\u{306}", "m\u{310}", "n\u{302}", "n\u{304}", "n\u{306}",
    "n\u{326}", "p\u{300}", "p\u{304}", "p\u{315}", "p\u{323}", "r\u{306}", "r\u{325}", "r\u{325}\u{304}",
    "s\u{300}", "s\u{304}", "s\u{31b}\u{304}", "s\u{331}", "t\u{300}", "t\u{304}", "t\u{315}", "t\u{31b}",
    "u\u{307}", "z\u{300}", "z\u{304}", "z\u{306}", "z\u{308}", "z\u{327}", "Ç\u{306}", "Û\u{304}",
    "ç\u{306}", "û\u{304}", "ÿ\u{301}", "Č\u{315}", "Č\u{323}", "č\u{315}", "č\u{323}", "Ī\u{301}",
    "ī\u{301}", "Ž\u{326}", "Ž\u{327}", "ž\u{326}", "ž\u{327}", "Ḳ\u{304}", "ḳ\u{304}", "Ṣ\u{304}",
    "ṣ\u{304}", "Ṭ\u{304}", "ṭ\u{304}", "Ạ\u{308}", "ạ\u{308}", "Ọ\u{308}", "ọ\u{308}", "Ụ\u{304}",
    "Ụ\u{308}", "ụ\u{304}", "ụ\u{308}",
];
