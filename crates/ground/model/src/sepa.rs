//! Text as every bank of SEPA takes it.

use unicode_normalization::UnicodeNormalization as _;

/// Brings a text to the character set of SEPA payments (EPC217-08: `a-z A-Z 0-9 / - ? : ( ) . , ' +` and blank), at most `most`
/// characters long. Umlauts become two letters as in German, other marks fall away, what has no likeness becomes a full stop.
///
/// A slash neither begins nor ends it and never stands twice (EPC's rule for references). This is for the bank's channel only: a name
/// is stored and printed as it is written.
#[must_use]
pub fn text(original: &str, most: usize) -> String {
    let mut out = String::with_capacity(original.len());
    for c in original.nfc() {
        match c {
            'ä' => out.push_str("ae"),
            'ö' => out.push_str("oe"),
            'ü' => out.push_str("ue"),
            'Ä' => out.push_str("Ae"),
            'Ö' => out.push_str("Oe"),
            'Ü' => out.push_str("Ue"),
            'ß' => out.push_str("ss"),
            'ẞ' => out.push_str("SS"),
            other => std::iter::once(other).nfd().for_each(|c| plain(c, &mut out)),
        }
    }
    let mut tidy = String::with_capacity(out.len());
    for c in out.chars() {
        let twice = matches!(c, ' ' | '/') && (tidy.is_empty() || tidy.ends_with(c));
        if !twice {
            tidy.push(c);
        }
    }
    let cut: String = tidy.chars().take(most).collect();
    cut.trim_end_matches([' ', '/']).to_owned()
}

fn plain(c: char, out: &mut String) {
    match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => out.push(c),
        '/' | '-' | '?' | ':' | '(' | ')' | '.' | ',' | '\'' | '+' => out.push(c),
        c if c.is_whitespace() => out.push(' '),
        // Combining marks, after decomposition.
        '\u{300}'..='\u{36f}' => {}
        'æ' => out.push_str("ae"),
        'Æ' => out.push_str("AE"),
        'œ' => out.push_str("oe"),
        'Œ' => out.push_str("OE"),
        'ø' => out.push('o'),
        'Ø' => out.push('O'),
        'ł' => out.push('l'),
        'Ł' => out.push('L'),
        'đ' | 'ð' => out.push('d'),
        'Đ' | 'Ð' => out.push('D'),
        'þ' => out.push_str("th"),
        'Þ' => out.push_str("TH"),
        'ħ' => out.push('h'),
        'Ħ' => out.push('H'),
        'ı' => out.push('i'),
        'ŋ' => out.push_str("ng"),
        'Ŋ' => out.push_str("NG"),
        'ŧ' => out.push('t'),
        'Ŧ' => out.push('T'),
        'ə' => out.push('e'),
        'Ə' => out.push('E'),
        '’' | '‘' | 'ʼ' | '`' | '´' => out.push('\''),
        '–' | '—' | '‐' | '‑' => out.push('-'),
        c if c.is_control() => {}
        _ => out.push('.'),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_reach_the_bank() {
        fn check(original: &str, expected: &str) {
            assert_eq!(text(original, 70), expected, "{original}");
        }
        check("Jörg Ödön Szymański-Größe", "Joerg Oedoen Szymanski-Groesse");
        check("Aylin Çelik", "Aylin Celik");
        check("Łukasz O’Neill", "Lukasz O'Neill");
        check("Þór Æsir", "THor AEsir");
        check("<Nm>&amp;", ".Nm..amp.");
        check("//A//B/", "A/B");
        check("  a \n b  ", "a b");
        check("日本", "..");
        check("", "");
        assert_eq!(text(&"ä".repeat(50), 70).len(), 70);
        // The decomposed form is the same name.
        check("Jo\u{308}rg", "Joerg");
    }

    proptest! {
        #[test]
        fn only_the_set_comes_out(original in "\\PC{0,80}") {
            let out = text(&original, 35);
            prop_assert!(out.len() <= 35 && !out.contains("//") && !out.starts_with('/') && !out.ends_with('/'));
            prop_assert!(out.bytes().all(|b| b.is_ascii_alphanumeric() || b" /-?:().,'+".contains(&b)));
        }
    }
}
