//! From when to when each certificate of a test PKI is valid, and when it has to be renewed.

use crate::issue::certificate::Validity;
use crate::pki::bad::Bad;
use crate::pki::manifest::{self, Listed};
use time::{Duration, OffsetDateTime};

/// How long a certificate has been valid when it is made: clocks of containers differ.
const BACKDATED: Duration = Duration::HOUR;

/// Days of a revocation list.
const LIST_DAYS: i64 = 30;

/// The validity of what lasts `days` from now on, and not longer than its issuer.
pub(super) fn of(days: u32, now: OffsetDateTime, issuer_ends: Option<OffsetDateTime>) -> Validity {
    let not_after = now + Duration::days(days.into());
    let not_after = issuer_ends.map_or(not_after, |ends| not_after.min(ends));
    Validity { not_before: now - BACKDATED, not_after }
}

/// The validity of what ended a day ago.
pub(super) fn ended(days: u32, now: OffsetDateTime) -> Validity {
    let not_after = now - Duration::DAY;
    Validity { not_before: not_after - Duration::days(days.into()), not_after }
}

/// The validity of what begins in as many days as it then lasts.
pub(super) fn to_come(days: u32, now: OffsetDateTime) -> Validity {
    let days = Duration::days(days.into());
    Validity { not_before: now + days, not_after: now + days + days }
}

/// When a revocation list was made and the next one is due.
pub(super) fn of_list(now: OffsetDateTime, issuer_ends: OffsetDateTime) -> Validity {
    let not_after = (now + Duration::days(LIST_DAYS)).min(issuer_ends);
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
        Some(Bad::NotYetValid) => is_short(begin - (end - begin), begin, now, least),
        _ => is_short(begin, end, now, least),
    }
}

#[cfg(test)]
mod tests {
    use super::is_short;
    use time::{Duration, OffsetDateTime};

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
