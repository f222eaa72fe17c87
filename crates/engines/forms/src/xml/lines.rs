//! Lines and columns of byte offsets.

/// Byte offsets of line starts: `Document::text_pos_at` counts from the start each time, which is slow on large files.
pub(super) struct Lines<'x> {
    text: &'x str,
    starts: Vec<usize>,
}

impl<'x> Lines<'x> {
    pub fn of(text: &'x str) -> Lines<'x> {
        let breaks = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Lines {
            text,
            starts: std::iter::once(0).chain(breaks).collect(),
        }
    }

    /// Line and column (in characters) of a byte offset, both from 1.
    pub fn place(&self, at: usize) -> (u32, u32) {
        let line = self.starts.partition_point(|start| *start <= at);
        let start = self.starts.get(line.saturating_sub(1)).copied().unwrap_or(0);
        let column = self.text.get(start..at).map_or(0, |text| text.chars().count());
        (
            u32::try_from(line).unwrap_or(u32::MAX),
            u32::try_from(column + 1).unwrap_or(u32::MAX),
        )
    }
}
