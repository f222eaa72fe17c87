//! Where a page begins, and how several lists become one.

use wegfrei_store::{Row, Store, Value as Sql};

use super::texts::Texts;
use crate::error::CaseError;

/// A place in a list: a time, and the id that tells apart what has the same.
pub(crate) type Place = (i64, String);

/// Where a page begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// At the list's beginning.
    Start,
    /// After this line.
    After(Place),
    /// Before this line: the page that ends there.
    Before(Place),
}

impl At {
    /// Reads what [`At::after`] and [`At::before`] wrote.
    ///
    /// # Errors
    /// [`CaseError::NotFound`] for anything else.
    pub fn parse(text: Option<&str>) -> Result<At, CaseError> {
        let Some(text) = text else { return Ok(At::Start) };
        let mut parts = text.splitn(3, '.');
        let (way, time, id) = (parts.next(), parts.next(), parts.next());
        let time = time.and_then(|time| time.parse().ok()).ok_or(CaseError::NotFound)?;
        let id = id
            .filter(|id| (1..=36).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'))
            .ok_or(CaseError::NotFound)?;
        match way {
            Some("n") => Ok(At::After((time, id.to_owned()))),
            Some("v") => Ok(At::Before((time, id.to_owned()))),
            _ => Err(CaseError::NotFound),
        }
    }

    /// The page after a line.
    pub fn after((time, id): &Place) -> String {
        format!("n.{time}.{id}")
    }

    /// The page before a line.
    pub fn before((time, id): &Place) -> String {
        format!("v.{time}.{id}")
    }
}

/// Times a list is narrowed to: from the first, before the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub from: i64,
    pub before: i64,
}

impl Span {
    /// All times. (A time no clock shows is in no list.)
    pub const ALL: Span = Span {
        from: i64::MIN,
        before: i64::MAX,
    };

    pub fn holds(self, time: i64) -> bool {
        self.from <= time && time < self.before
    }
}

/// One list of those that are shown as one.
pub(crate) struct Scan {
    pub texts: &'static Texts,
    pub equal: Vec<Sql>,
}

impl Scan {
    async fn read(
        &self,
        store: &Store,
        authority: &Sql,
        ascending: bool,
        (begin, end): (&Place, i64),
        most: i64,
    ) -> Result<Vec<Row>, CaseError> {
        let sql = if ascending { self.texts.up } else { self.texts.down };
        Ok(store.fetch(sql, &self.values(authority, begin, end, most)).await?)
    }

    /// How many lines, at most `most`.
    pub async fn count(&self, store: &Store, authority: &Sql, span: Span, most: u64) -> Result<u64, CaseError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let values = self.values(authority, &(span.from, String::new()), span.before, most);
        let rows = store.fetch(self.texts.count, &values).await?;
        let n = rows.first().map_or(Ok(0), |row| row.int("n"))?;
        Ok(u64::try_from(n).unwrap_or(0))
    }

    fn values(&self, authority: &Sql, begin: &Place, end: i64, most: i64) -> Vec<Sql> {
        let mut values = vec![
            authority.clone(),
            begin.0.into(),
            begin.1.as_str().into(),
            most.into(),
            end.into(),
        ];
        values.extend(self.equal.iter().cloned());
        values
    }
}

/// One page of rows in the list's order, with the places before and after it where there is more.
pub(crate) struct Found {
    pub rows: Vec<Row>,
    pub previous: Option<String>,
    pub next: Option<String>,
}

fn place(row: &Row) -> Result<Place, CaseError> {
    Ok((row.int("place")?, row.text("id")?.to_owned()))
}

/// Reads one page of all lists together. Each gives a page at most; what they give is put in order here.
pub(crate) async fn page(
    store: &Store,
    authority: &Sql,
    scans: &[Scan],
    span: Span,
    newest_first: bool,
    at: At,
    limit: usize,
) -> Result<Found, CaseError> {
    let forward = !matches!(at, At::Before(_));
    let ascending = newest_first != forward;
    // Exclusive, and the empty text is before every id: from `span.from` on, or from before `span.before` downwards.
    let (begin, end) = if ascending {
        ((span.from, String::new()), span.before)
    } else {
        ((span.before, String::new()), span.from)
    };
    let begin = match &at {
        At::Start => begin,
        // A place outside the period narrows nothing.
        At::After(place) | At::Before(place) if ascending => begin.max(place.clone()),
        At::After(place) | At::Before(place) => begin.min(place.clone()),
    };
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows: Vec<(Place, Row)> = Vec::new();
    for scan in scans {
        for row in scan.read(store, authority, ascending, (&begin, end), most).await? {
            rows.push((place(&row)?, row));
        }
    }
    if ascending {
        rows.sort_by(|one, two| one.0.cmp(&two.0));
    } else {
        rows.sort_by(|one, two| two.0.cmp(&one.0));
    }
    let more = rows.len() > limit;
    if !forward && !more && at != At::Start {
        // Back at the beginning: show the first page whole.
        return Box::pin(page(store, authority, scans, span, newest_first, At::Start, limit)).await;
    }
    rows.truncate(limit);
    if !forward {
        rows.reverse();
    }
    let (first, last) = (rows.first().map(|row| &row.0), rows.last().map(|row| &row.0));
    let (previous, next) = match at {
        At::Start => (None, last.filter(|_| more)),
        At::After(_) => (first, last.filter(|_| more)),
        At::Before(_) => (first.filter(|_| more), last),
    };
    Ok(Found {
        previous: previous.map(At::before),
        next: next.map(At::after),
        rows: rows.into_iter().map(|(_, row)| row).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_as_they_are_written() {
        let place = (17, "0190b3c0-0000-7000-8000-000000000001".to_owned());
        assert_eq!(At::parse(None).unwrap(), At::Start);
        assert_eq!(At::parse(Some(&At::after(&place))).unwrap(), At::After(place.clone()));
        assert_eq!(At::parse(Some(&At::before(&place))).unwrap(), At::Before(place));
        for hostile in [
            "",
            ".",
            "n",
            "n.1",
            "n.1.",
            "x.1.a",
            "n.999999999999999999999.a",
            "n.1.' OR 1=1",
            "n.1.ä",
            "17.a",
        ] {
            assert!(
                matches!(At::parse(Some(hostile)), Err(CaseError::NotFound)),
                "{hostile}"
            );
        }
    }
}
