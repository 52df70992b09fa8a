//! The times of certificates, as lenient as the certificates that exist.

use crate::tlv::{GENERALIZED_TIME, TlvError, UTC_TIME, Values};
use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset};

/// Reads the next `Time ::= CHOICE { utcTime UTCTime, generalTime GeneralizedTime }`.
///
/// RFC 5280 section 4.1.2.5 prescribes seconds and `Z`; X.680 sections 46 and 47 also know offsets,
/// missing seconds and fractions, which certificates of the nineties use.
///
/// # Errors
///
/// [`TlvError`] when the value is no such time.
pub(in crate::model) fn read(values: &mut Values<'_>) -> Result<OffsetDateTime, TlvError> {
    let value = values.take()?;
    let time = match value.tag {
        UTC_TIME => parse(value.content, 2),
        GENERALIZED_TIME => parse(value.content, 4),
        _ => None,
    };
    time.ok_or(TlvError::Content("time"))
}

/// `YY[YY]MMDDhhmm[ss][.fff](Z|+hhmm|-hhmm)`.
fn parse(text: &[u8], year_digits: usize) -> Option<OffsetDateTime> {
    let mut digits = Digits { text };
    let year = match year_digits {
        // Two digits: 50 to 99 are of the twentieth century (RFC 5280 section 4.1.2.5.1).
        2 => match i32::from(digits.pair()?) {
            year @ 50.. => 1900 + year,
            year => 2000 + year,
        },
        _ => i32::from(digits.pair()?) * 100 + i32::from(digits.pair()?),
    };
    let month = Month::try_from(digits.pair()?).ok()?;
    let date = Date::from_calendar_date(year, month, digits.pair()?).ok()?;
    let (hour, minute) = (digits.pair()?, digits.pair()?);
    let second = if digits.text.first()?.is_ascii_digit() { digits.pair()? } else { 0 };
    let time = Time::from_hms(hour, minute, second).ok()?;
    if let Some([b'.' | b',', fraction @ ..]) = Some(digits.text) {
        let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        digits.text = &fraction[length..];
    }
    let offset = match digits.text {
        [b'Z'] => UtcOffset::UTC,
        [sign @ (b'+' | b'-'), zone @ ..] if zone.len() == 4 => {
            let mut zone = Digits { text: zone };
            let (hours, minutes) = (zone.pair()?.cast_signed(), zone.pair()?.cast_signed());
            let sign = if *sign == b'+' { 1 } else { -1 };
            UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()?
        }
        _ => return None,
    };
    PrimitiveDateTime::new(date, time).assume_offset(offset).checked_to_offset(UtcOffset::UTC)
}

struct Digits<'a> {
    text: &'a [u8],
}

impl Digits<'_> {
    fn pair(&mut self) -> Option<u8> {
        let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = self.text else { return None };
        self.text = rest;
        Some((tens - b'0') * 10 + (ones - b'0'))
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use time::macros::datetime;

    #[test]
    fn every_form_of_utc_time_is_read() {
        let expected = datetime!(1996-05-28 05:49:05 UTC);
        assert_eq!(parse(b"960528054905Z", 2), Some(expected));
        assert_eq!(parse(b"960528134905+0800", 2), Some(expected));
        assert_eq!(parse(b"9605280549Z", 2), Some(datetime!(1996-05-28 05:49 UTC)));
        assert_eq!(parse(b"490101000000Z", 2), Some(datetime!(2049-01-01 0:00 UTC)));
        assert_eq!(parse(b"500101000000Z", 2), Some(datetime!(1950-01-01 0:00 UTC)));
    }

    #[test]
    fn generalized_time_reaches_from_year_0_to_9999() {
        assert_eq!(parse(b"99991231235959Z", 4), Some(datetime!(9999-12-31 23:59:59 UTC)));
        assert_eq!(parse(b"20500101000000.5Z", 4), Some(datetime!(2050-01-01 0:00 UTC)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in
            [&b""[..], b"960528054905", b"961328054905Z", b"9605280549055Z", b"96052805490\xe9"]
        {
            assert_eq!(parse(text, 2), None);
        }
        assert_eq!(parse(b"99991231235959-1200", 4), None);
    }
}
