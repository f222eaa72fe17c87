//! When a notice counts as notified, and the deadline for objecting that runs from then.

use super::{DeadlineError, Length, Start, Weekend, last_day, working_day_from};
use crate::{Date, Timestamp};
use jiff::civil::date;

/// Which procedural law a notice follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Procedure {
    /// General administrative procedure: VwVfG through § 1 VwVfG LSA.
    Vwvfg,
    /// Taxes, and municipal levies as far as § 13 KAG LSA refers to the AO: the Hundesteuer.
    Ao,
    /// Social benefits: SGB X, through § 68 SGB I (Wohngeld: § 68 Nr. 10).
    Sgb,
}

/// How a notice went out. Each carries the day in Europe/Berlin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dispatch {
    /// Given to the post, to an address in Germany (§ 41 Abs. 2 Satz 1 VwVfG, § 122 Abs. 2 Nr. 1 AO).
    Post(Date),
    /// Given to the post, to an address abroad (§ 122 Abs. 2 Nr. 2 AO; the VwVfG has no rule).
    PostAbroad(Date),
    /// Sent electronically (§ 41 Abs. 2 Satz 2 VwVfG, § 122 Abs. 2a AO, § 37 Abs. 2 Satz 2 SGB X).
    Electronic(Date),
    /// Made available in the mailbox and fetched.
    ///
    /// VwVfG: counts as notified on the day after fetching (§ 41 Abs. 2a Satz 3). AO: the day of fetching does not matter,
    /// use [`Dispatch::Offered`]; this variant yields the same as `Offered { day: offered }`.
    Fetched {
        /// Day the message about it was sent.
        offered: Date,
        /// Day the person opened it.
        fetched: Date,
    },
    /// Made available in the mailbox, message sent the same day, not (known to be) fetched (§ 122a Abs. 4 AO, § 37 Abs. 2a SGB X:
    /// the fourth day after the message was sent). Under the VwVfG an
    /// act that is not fetched is not notified at all; see [`notified_on`].
    Offered {
        /// Day it was made available and the message about it was sent. The two must be one day: the older wording of § 122a
        /// Abs. 4 AO counts from the message, the newer one (BEG IV) from making available, and only then they agree.
        day: Date,
    },
}

/// Days until a person may be taken to have fetched a message (§ 41 Abs. 2a Satz 4 VwVfG).
const FETCH_WITHIN_DAYS: u32 = 10;

/// Acts that left the house before this day had three days, not four (PostModG of 15 July 2024; for the AO see Art. 97 EGAO).
const FOUR_DAYS_SINCE: Date = date(2025, 1, 1);

/// The day a notice counts as notified (Bekanntgabe), unless the person shows that it arrived later or never.
///
/// **Shift to a working day.** AO: a day that is no working day moves to the next one, as the Federal Fiscal Court reads
/// § 108 Abs. 3 AO (BFH, 14.10.2003, IX R 68/98; AEAO zu § 108 Nr. 2). VwVfG: no shift. § 31 Abs. 3 VwVfG moves the *end of a
/// period*, and § 41 Abs. 2 sets no period but a day (OVG Lüneburg, 26.10.2006, 7 PA 184/06; on the twin rule of § 37 SGB X:
/// BSG, 6.5.2010, B 14 AS 12/09 R). SGB X: no shift either, by the same ruling. All follow settled case law, so that the date we print is the one a court will find.
///
/// # Errors
/// [`DeadlineError::Dispatch`] for post abroad under the VwVfG and the SGB X, [`DeadlineError::Calendar`] beyond the calendar.
/// `Ok(None)` under the VwVfG for an offered act that was not fetched, or only after the tenth day: it is not notified and must be
/// offered again or sent (§ 41 Abs. 2a Satz 4 and 5).
pub fn notified_on(procedure: Procedure, dispatch: Dispatch) -> Result<Option<Date>, DeadlineError> {
    let after = |day: Date, n: u32| last_day(Start::Event(day), Length::Days(n), Weekend::Stands);
    let fiction = |day: Date| after(day, if day < FOUR_DAYS_SINCE { 3 } else { 4 });
    let day = match (procedure, dispatch) {
        (_, Dispatch::Post(day) | Dispatch::Electronic(day)) => fiction(day)?,
        (Procedure::Ao, Dispatch::PostAbroad(day)) => last_day(Start::Event(day), Length::Months(1), Weekend::Stands)?,
        (Procedure::Vwvfg | Procedure::Sgb, Dispatch::PostAbroad(_)) => return Err(DeadlineError::Dispatch),
        (Procedure::Ao | Procedure::Sgb, Dispatch::Offered { day } | Dispatch::Fetched { offered: day, .. }) => {
            fiction(day)?
        }
        (Procedure::Vwvfg, Dispatch::Offered { .. }) => return Ok(None),
        (Procedure::Vwvfg, Dispatch::Fetched { offered, fetched }) => {
            if fetched > after(offered, FETCH_WITHIN_DAYS)? {
                return Ok(None);
            }
            after(fetched, 1)?
        }
    };
    match procedure {
        Procedure::Vwvfg | Procedure::Sgb => Ok(Some(day)),
        Procedure::Ao => working_day_from(day).map(Some).ok_or(DeadlineError::Calendar),
    }
}

/// Which remedy the law gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Remedy {
    /// Widerspruch, § 70 VwGO: also against the Hundesteuer, which is levied by AO but contested by VwGO.
    Widerspruch,
    /// Einspruch, § 355 AO: taxes of the tax offices.
    Einspruch,
    /// Klage, § 74 Abs. 1 VwGO: against the decision on an objection, from its service on.
    Klage,
}

/// The period for objecting to a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Objection {
    /// The last day on which the objection may arrive.
    pub last_day: Date,
}

impl Objection {
    /// One month from notification (§ 70 Abs. 1 VwGO with § 57 Abs. 2 VwGO, § 222 ZPO; § 355 Abs. 1 AO), or one year where the
    /// notice carries no or wrong information on remedies (§ 58 Abs. 2 VwGO, § 356 Abs. 2 AO). Ends on a working day.
    ///
    /// For a suit: one month from service (§ 74 Abs. 1 VwGO). The length is the same for all remedies today; the caller names the remedy so that a change of one law stays here.
    ///
    /// # Errors
    /// [`DeadlineError::Calendar`].
    pub fn from(notified: Date, remedy: Remedy, informed: bool) -> Result<Self, DeadlineError> {
        let length = match (remedy, informed) {
            (Remedy::Widerspruch | Remedy::Einspruch | Remedy::Klage, true) => Length::Months(1),
            (Remedy::Widerspruch | Remedy::Einspruch | Remedy::Klage, false) => Length::Years(1),
        };
        last_day(Start::Event(notified), length, Weekend::NextWorkingDay).map(|last_day| Self { last_day })
    }
    /// The first moment that is too late: midnight in Europe/Berlin after the last day, right across the change of clocks.
    #[must_use]
    pub fn end(self) -> Timestamp {
        Timestamp::end_of_day(self.last_day)
    }
    /// Whether an objection that arrived at this moment is in time.
    #[must_use]
    pub fn in_time(self, arrived: Timestamp) -> bool {
        arrived < self.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{parse_date, short_date};

    fn d(text: &str) -> Date {
        parse_date(text).unwrap()
    }

    #[test]
    fn a_notice_is_notified_when_the_law_says() {
        fn check(dispatch: Dispatch, vwvfg: &str, ao: &str) {
            for (procedure, expected) in [(Procedure::Vwvfg, vwvfg), (Procedure::Ao, ao)] {
                let got = match notified_on(procedure, dispatch) {
                    Ok(day) => day.map_or("never".to_owned(), short_date),
                    Err(error) => format!("{error:?}"),
                };
                assert_eq!(got, expected, "{dispatch:?} {procedure:?}");
            }
        }
        use Dispatch::{Electronic, Fetched, Offered, Post, PostAbroad};
        check(Post(d("2.3.2026")), "06.03.2026", "06.03.2026"); // Monday to Friday
        check(Post(d("3.3.2026")), "07.03.2026", "09.03.2026"); // fourth day a Saturday
        check(Post(d("4.3.2026")), "08.03.2026", "09.03.2026");
        check(Post(d("30.3.2026")), "03.04.2026", "07.04.2026"); // Good Friday
        check(Post(d("21.12.2026")), "25.12.2026", "28.12.2026");
        check(Post(d("2.1.2026")), "06.01.2026", "07.01.2026"); // Epiphany
        check(Electronic(d("2.3.2026")), "06.03.2026", "06.03.2026");
        check(Electronic(d("3.3.2026")), "07.03.2026", "09.03.2026");
        // The last day of the three-day rule and the first of the four-day rule.
        check(Post(d("31.12.2024")), "03.01.2025", "03.01.2025");
        check(Post(d("1.1.2025")), "05.01.2025", "07.01.2025"); // Sunday, then Epiphany
        check(Post(d("26.2.2028")), "01.03.2028", "01.03.2028"); // leap day
        check(PostAbroad(d("31.1.2026")), "Dispatch", "02.03.2026"); // 28 February is a Saturday
        check(Offered { day: d("2.3.2026") }, "never", "06.03.2026");
        check(
            Fetched {
                offered: d("2.3.2026"),
                fetched: d("2.3.2026"),
            },
            "03.03.2026",
            "06.03.2026",
        );
        check(
            Fetched {
                offered: d("2.3.2026"),
                fetched: d("12.3.2026"),
            },
            "13.03.2026",
            "06.03.2026",
        );
        check(
            Fetched {
                offered: d("2.3.2026"),
                fetched: d("13.3.2026"),
            },
            "never",
            "06.03.2026",
        );
        check(
            Fetched {
                offered: d("2.3.2026"),
                fetched: d("6.3.2026"),
            },
            "07.03.2026",
            "06.03.2026",
        );
        check(Post(Date::MAX), "Calendar", "Calendar");
    }

    #[test]
    fn social_law_counts_four_days_and_moves_none() {
        fn check(dispatch: Dispatch, expected: &str) {
            let got = match notified_on(Procedure::Sgb, dispatch) {
                Ok(day) => day.map_or("never".to_owned(), short_date),
                Err(error) => format!("{error:?}"),
            };
            assert_eq!(got, expected, "{dispatch:?}");
        }
        use Dispatch::{Electronic, Fetched, Offered, Post, PostAbroad};
        check(Post(d("2.3.2026")), "06.03.2026");
        check(Post(d("3.3.2026")), "07.03.2026"); // a Saturday stands (BSG B 14 AS 12/09 R)
        check(Post(d("30.3.2026")), "03.04.2026"); // Good Friday stands
        check(Electronic(d("4.3.2026")), "08.03.2026");
        check(Offered { day: d("3.3.2026") }, "07.03.2026");
        // Whether and when it was fetched does not matter (§ 37 Abs. 2a SGB X).
        for fetched in ["3.3.2026", "6.3.2026", "30.3.2026"] {
            let fetched = d(fetched);
            check(
                Fetched {
                    offered: d("3.3.2026"),
                    fetched,
                },
                "07.03.2026",
            );
        }
        check(PostAbroad(d("2.3.2026")), "Dispatch");
        check(Post(d("31.12.2024")), "03.01.2025");
    }

    #[test]
    fn objections_end_with_the_last_day_in_local_time() {
        fn check(notified: &str, informed: bool, last: &str, end: &str) {
            for remedy in [Remedy::Widerspruch, Remedy::Einspruch, Remedy::Klage] {
                let objection = Objection::from(d(notified), remedy, informed).unwrap();
                assert_eq!(short_date(objection.last_day), last, "{notified}");
                assert_eq!(objection.end().to_string(), end, "{notified}");
                let microsecond = std::time::Duration::from_micros(1);
                assert!(objection.in_time(objection.end().saturating_sub(microsecond)));
                assert!(!objection.in_time(objection.end()));
            }
        }
        check("6.3.2026", true, "07.04.2026", "2026-04-07T22:00:00.000000Z"); // over Easter
        check("9.3.2026", true, "09.04.2026", "2026-04-09T22:00:00.000000Z"); // winter time into summer time
        check("27.2.2026", true, "27.03.2026", "2026-03-27T23:00:00.000000Z"); // last working day before the change
        check("23.9.2026", true, "23.10.2026", "2026-10-23T22:00:00.000000Z");
        check("26.9.2026", true, "26.10.2026", "2026-10-26T23:00:00.000000Z"); // the first day of winter time
        check("31.1.2028", true, "29.02.2028", "2028-02-29T23:00:00.000000Z");
        check("30.1.2026", true, "02.03.2026", "2026-03-02T23:00:00.000000Z"); // 28 February is a Saturday
        check("25.11.2026", true, "28.12.2026", "2026-12-28T23:00:00.000000Z"); // Christmas
        check("6.3.2026", false, "08.03.2027", "2027-03-08T23:00:00.000000Z"); // without information: a year
        check("29.2.2028", false, "28.02.2029", "2029-02-28T23:00:00.000000Z");
    }

    #[test]
    fn from_the_letterbox_to_the_last_day() {
        // Hundesteuer: AO for the notification, VwGO for the objection.
        let notified = notified_on(Procedure::Ao, Dispatch::Post(d("3.3.2026")))
            .unwrap()
            .unwrap();
        let objection = Objection::from(notified, Remedy::Widerspruch, true).unwrap();
        assert_eq!(
            (short_date(notified), short_date(objection.last_day)),
            ("09.03.2026".into(), "09.04.2026".into())
        );
    }
}
