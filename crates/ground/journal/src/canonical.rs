//! The byte form of an entry whose RFC 6962 leaf hash stands in the tree.
//!
//! ```text
//! entry   = "wegfrei entry v1\n" field*11            in the order of [`Leaf`]'s fields
//! field   = tag(1 byte) length(4 bytes, big-endian) bytes
//! tag     = 1 text, 2 number (8 bytes, big-endian two's complement), 3 bytes, 0 absent (length 0)
//! ```
//! Every field says its kind and length, so two different entries never have the same bytes.

/// An entry's fields as they are stored, in the order they are hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// 12-digit ARS.
    pub authority: &'a str,
    /// Index in the tree.
    pub seq: u64,
    /// Microseconds since 1970 UTC.
    pub time: i64,
    /// The aggregate.
    pub stream: &'a str,
    /// Position in the stream, from 1.
    pub version: u64,
    /// What happened.
    pub kind: &'a str,
    /// Who, as text.
    pub actor: &'a str,
    /// What for.
    pub purpose: &'a str,
    /// JSON text.
    pub facts: &'a str,
    /// Ciphertext.
    pub sealed: Option<&'a [u8]>,
    /// 16 random bytes.
    pub salt: &'a [u8],
}

const HEADER: &[u8] = b"wegfrei entry v1\n";

/// Appends the canonical bytes of `leaf` to `out`.
pub fn encode(out: &mut Vec<u8>, leaf: &Leaf<'_>) {
    out.extend_from_slice(HEADER);
    field(out, 1, leaf.authority.as_bytes());
    field(out, 2, &leaf.seq.to_be_bytes());
    field(out, 2, &leaf.time.to_be_bytes());
    field(out, 1, leaf.stream.as_bytes());
    field(out, 2, &leaf.version.to_be_bytes());
    field(out, 1, leaf.kind.as_bytes());
    field(out, 1, leaf.actor.as_bytes());
    field(out, 1, leaf.purpose.as_bytes());
    field(out, 1, leaf.facts.as_bytes());
    match leaf.sealed {
        Some(bytes) => field(out, 3, bytes),
        None => field(out, 0, &[]),
    }
    field(out, 3, leaf.salt);
}

fn field(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    // Entries are refused above a few tens of megabytes, far below 4 GiB.
    out.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// Reads canonical bytes back; `None` when they are not exactly what [`encode`] writes.
pub fn decode(bytes: &[u8]) -> Option<Leaf<'_>> {
    let mut rest = bytes.strip_prefix(HEADER)?;
    let rest = &mut rest;
    let leaf = Leaf {
        authority: text(rest)?,
        seq: u64::from_be_bytes(number(rest)?),
        time: i64::from_be_bytes(number(rest)?),
        stream: text(rest)?,
        version: u64::from_be_bytes(number(rest)?),
        kind: text(rest)?,
        actor: text(rest)?,
        purpose: text(rest)?,
        facts: text(rest)?,
        sealed: match take(rest)? {
            (0, []) => None,
            (3, bytes) => Some(bytes),
            _ => return None,
        },
        salt: tagged(rest, 3)?,
    };
    rest.is_empty().then_some(leaf)
}

fn take<'a>(rest: &mut &'a [u8]) -> Option<(u8, &'a [u8])> {
    let (&tag, tail) = rest.split_first()?;
    let (length, tail) = tail.split_first_chunk::<4>()?;
    let (value, tail) = tail.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    *rest = tail;
    Some((tag, value))
}

fn tagged<'a>(rest: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    take(rest).filter(|(found, _)| *found == tag).map(|(_, value)| value)
}

fn text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    std::str::from_utf8(tagged(rest, 1)?).ok()
}

fn number(rest: &mut &[u8]) -> Option<[u8; 8]> {
    tagged(rest, 2)?.try_into().ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    proptest! {
        // A left inverse exists, so the encoding is injective.
        #[test]
        fn decode_inverts_encode(
            texts in proptest::collection::vec(".{0,20}", 6), authority in "[0-9]{12}",
            seq: u64, time: i64, version: u64, sealed in proptest::option::of(proptest::collection::vec(any::<u8>(), 0..40)),
            salt: [u8; 16],
        ) {
            let leaf = Leaf {
                authority: &authority, seq, time, stream: &texts[0], version, kind: &texts[1], actor: &texts[2],
                purpose: &texts[3], facts: &texts[4], sealed: sealed.as_deref(), salt: &salt,
            };
            let mut bytes = Vec::new();
            encode(&mut bytes, &leaf);
            prop_assert_eq!(decode(&bytes), Some(leaf));
            bytes.push(0);
            prop_assert_eq!(decode(&bytes), None);
            bytes.truncate(bytes.len() - 2);
            prop_assert_eq!(decode(&bytes), None);
        }

        #[test]
        fn decode_survives_anything(tail in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut bytes = HEADER.to_vec();
            bytes.extend(tail);
            if let Some(leaf) = decode(&bytes) {
                let mut again = Vec::new();
                encode(&mut again, &leaf);
                prop_assert_eq!(again, bytes);
            }
        }
    }
}
