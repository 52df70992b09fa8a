//! From when to when each certificate of a test PKI is valid, and when it has to be renewed.

use crate::issue::certificate::Validity;
use crate::pki::bad::Bad;
use crate::pki::manifest::{self, Listed};
use std::ops::RangeInclusive;
use time::{Duration, OffsetDateTime};

/// How long a certificate has been valid when it is made: clocks of containers differ.
const BACKDATED: Duration = Duration::HOUR;

/// Days of a revocation list.
pub(super) const LIST_DAYS: u32 = 30;

/// The years in which a PKI can be made: what ended a day ago began in 1970 at the earliest, and twice
/// [`MOST_DAYS`] end before the year 9999, with which X.509 does (RFC 5280 section 4.1.2.5).
pub(super) const YEARS: RangeInclusive<i32> = 1971..=9799;

/// Longest validity of an entry: a century.
pub(super) const MOST_DAYS: u32 = 36_500;

/// The validity of what lasts `days` from now on, and not longer than its issuer.
pub(super) fn of(days: u32, now: OffsetDateTime, issuer_ends: Option<OffsetDateTime>) -> Validity {
    let not_after = now + Duration::days(days.into());
    let not_after = issuer_ends.map_or(not_after, |ends| not_after.min(ends));
    Validity { not_before: now - BACKDATED, not_after }
}

/// The validity of what ended a day ago.
pub(super) fn ended(days: u32, now: OffsetDateTime) -> Validity {
    let not_after = now - Duration::DAY;
    let not_before = not_after - Duration::days(days.into());
    Validity { not_before: not_before.max(OffsetDateTime::UNIX_EPOCH), not_after }
}

/// The validity of what begins in as many days as it then lasts, or in half of what its issuer has left.
pub(super) fn to_come(
    days: u32,
    now: OffsetDateTime,
    issuer_ends: Option<OffsetDateTime>,
) -> Validity {
    let Validity { not_after, .. } = of(2 * days, now, issuer_ends);
    Validity { not_before: now + (not_after - now) / 2, not_after }
}

/// When a revocation list was made and the next one is due.
pub(super) fn of_list(now: OffsetDateTime, issuer_ends: OffsetDateTime) -> Validity {
    let not_after = (now + Duration::days(LIST_DAYS.into())).min(issuer_ends);
    Validity { not_before: now - BACKDATED, not_after }
}

/// Whether less than a third of a life is left at `now`, or less than `least`; or it has not begun.
pub(super) fn is_short(
    begin: OffsetDateTime,
    end: OffsetDateTime,
    now: OffsetDateTime,
    least: Duration,
) -> bool {
    let left = end - now;
    now < begin || left < (end - begin) / 3 || left < least
}

/// Whether an entry is near the end of what it was made for. An expired one stays so for good; one
/// that is not yet valid must not become so.
pub(super) fn is_ending(
    listed: &Listed,
    bad: Option<Bad>,
    now: OffsetDateTime,
    least: Duration,
) -> bool {
    let times = manifest::time(&listed.not_before).zip(manifest::time(&listed.not_after));
    let Some((begin, end)) = times else { return true };
    match bad {
        Some(Bad::Expired) => now <= end,
        // It began as long before its validity as that lasts.
        Some(Bad::NotYetValid) => is_short(begin.saturating_sub(end - begin), begin, now, least),
        _ => is_short(begin, end, now, least),
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_DAYS, YEARS, ended, is_short, of, of_list, to_come};
    use crate::issue::certificate::Validity;
    use time::{Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time};

    #[test]
    fn every_date_of_the_first_and_the_last_moment_can_be_written() {
        let (first, last) = (YEARS.start(), YEARS.end());
        let first = Date::from_calendar_date(*first, Month::January, 1).unwrap();
        let last = Date::from_calendar_date(*last, Month::December, 31).unwrap();
        for now in [first.midnight(), last.with_time(Time::MAX)].map(PrimitiveDateTime::assume_utc)
        {
            let ca = of(MOST_DAYS, now, None);
            for Validity { not_before, not_after } in [
                ca,
                ended(MOST_DAYS, now),
                to_come(MOST_DAYS, now, None),
                of_list(now, ca.not_after),
            ] {
                assert!(OffsetDateTime::UNIX_EPOCH <= not_before, "{not_before}");
                assert!(not_before < not_after, "{not_before} {not_after}");
            }
        }
    }

    #[test]
    fn what_is_to_come_ends_with_its_issuer() {
        let now = OffsetDateTime::UNIX_EPOCH;
        let day = |day| now + Duration::days(day);
        let validity = |ends| to_come(30, now, Some(ends));
        assert_eq!(validity(day(90)), Validity { not_before: day(30), not_after: day(60) });
        assert_eq!(validity(day(20)), Validity { not_before: day(10), not_after: day(20) });
    }

    #[test]
    fn a_third_of_the_life_has_to_be_left() {
        let begin = OffsetDateTime::UNIX_EPOCH;
        let end = begin + Duration::days(30);
        for (day, least, short) in [
            (-1, 0, true),
            (0, 0, false),
            (19, 0, false),
            (20, 0, false),
            (21, 0, true),
            (5, 26, true),
        ] {
            let now = begin + Duration::days(day);
            assert_eq!(is_short(begin, end, now, Duration::days(least)), short, "day {day}");
        }
    }
}
