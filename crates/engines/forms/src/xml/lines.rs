//! Lines and columns of byte offsets.

/// Bytes between two marks.
const STEP: usize = 1024;

/// An index of a text: `Document::text_pos_at` counts from the start each time, which is slow on large files, and a file may be one line.
pub(super) struct Lines<'x> {
    text: &'x [u8],
    /// Byte offsets of line starts.
    starts: Vec<usize>,
    /// How many characters begin before every [`STEP`]th byte.
    marks: Vec<usize>,
}

/// How many characters begin in these bytes of UTF-8.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count()
}

impl<'x> Lines<'x> {
    pub fn of(text: &'x str) -> Lines<'x> {
        let text = text.as_bytes();
        let breaks = text
            .iter()
            .enumerate()
            .filter(|(_, byte)| **byte == b'\n')
            .map(|(at, _)| at + 1);
        let mut before = 0;
        let marks = text.chunks(STEP).map(|chunk| {
            let mark = before;
            before += characters(chunk);
            mark
        });
        Lines {
            text,
            marks: marks.collect(),
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// How many characters begin before a byte.
    fn before(&self, at: usize) -> usize {
        let step = at.min(self.text.len()) / STEP;
        let mark = self.marks.get(step).or(self.marks.last()).copied().unwrap_or(0);
        let from = step.min(self.marks.len().saturating_sub(1)) * STEP;
        mark + self.text.get(from..at).map_or(0, characters)
    }

    /// Line and column (in characters) of a byte offset, both from 1.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.before(at) - self.before(start);
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column + 1).unwrap_or(u32::MAX),
        )
    }
}
