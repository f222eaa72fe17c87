//! Lines and columns of byte offsets, for findings.

/// How many bytes lie between two known counts of characters.
const STEP: usize = 4096;

/// The places of a text. Readers of XML count from the beginning for each place they are asked for; here the lines and, every few
/// thousand bytes, the characters are counted once.
#[derive(Debug)]
pub struct Lines<'t> {
    text: &'t [u8],
    /// Where lines begin.
    starts: Vec<usize>,
    /// Characters before each multiple of [`STEP`].
    counted: Vec<usize>,
}

impl<'t> Lines<'t> {
    /// Counts the lines of a text.
    #[must_use]
    pub fn of(text: &'t str) -> Self {
        let text = text.as_bytes();
        let breaks = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let breaks = breaks.map(|(at, _)| at + 1);
        let mut before = 0;
        let counted = text.chunks(STEP).map(|chunk| {
            let start = before;
            before += characters(chunk);
            start
        });
        let counted = counted.collect();
        Self {
            text,
            starts: std::iter::once(0).chain(breaks).collect(),
            counted,
        }
    }

    /// Line of a byte offset, from 1.
    #[must_use]
    pub fn line(&self, at: usize) -> u32 {
        u32::try_from(self.starts.partition_point(|start| *start <= at)).unwrap_or(u32::MAX)
    }

    /// Line and column of a byte offset, the column in characters, both from 1.
    #[must_use]
    pub fn place(&self, at: usize) -> (u32, u32) {
        let line = self.line(at);
        let start = self.starts.get(line.saturating_sub(1) as usize).copied().unwrap_or(0);
        let column = self.before(at).saturating_sub(self.before(start)) + 1;
        (line, u32::try_from(column).unwrap_or(u32::MAX))
    }

    /// Characters before a byte offset.
    fn before(&self, at: usize) -> usize {
        let (known, rest) = self.counted(at);
        known + characters(rest)
    }

    /// The characters that are counted already, and what stands between them and a byte offset.
    fn counted(&self, at: usize) -> (usize, &[u8]) {
        let at = at.min(self.text.len());
        let chunk = (at / STEP).min(self.counted.len().saturating_sub(1));
        let known = self.counted.get(chunk).copied().unwrap_or(0);
        (known, self.text.get(chunk * STEP..at).unwrap_or_default())
    }
}

/// How many characters begin in a piece of UTF-8.
fn characters(piece: &[u8]) -> usize {
    piece.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_one_counts(text in "[aä€😀\n]{0,400}", times in 1usize..40, at in any::<prop::sample::Index>()) {
            let text = text.repeat(times);
            let boundaries: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
            let at = boundaries[at.index(boundaries.len())];
            let before = &text[..at];
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            let lines = Lines::of(&text);
            prop_assert_eq!(lines.place(at), (line as u32, column as u32));
            prop_assert_eq!(lines.line(at), line as u32);
        }
    }

    #[test]
    fn a_long_line_is_not_counted_from_its_beginning() {
        let text = "ä".repeat(3 * STEP);
        let lines = Lines::of(&text);
        for at in (0..=text.len()).step_by(2) {
            assert!(lines.counted(at).1.len() <= STEP);
            assert_eq!(lines.place(at), (1, at as u32 / 2 + 1));
        }
    }

    #[test]
    fn offsets_beyond_the_text_are_its_end() {
        assert_eq!(Lines::of("").place(9), (1, 1));
        assert_eq!(Lines::of("a\nbc").place(99), (2, 3));
    }
}
