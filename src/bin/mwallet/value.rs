//! Values on the command line that are neither text nor numbers.

use mwallet::consumer::{CONSUMERS, Consumer};
use mwallet::model::profile::Profile;
use mwallet::model::trust::TrustFlags;
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Seconds in each unit that a period may be given in.
const UNITS: [(&str, u64); 6] =
    [("ms", 0), ("s", 1), ("m", 60), ("h", 3600), ("d", 86_400), ("w", 7 * 86_400)];

/// A period: `10` (seconds), `500ms`, `10s`, `2m`, `12h`, `30d`, `2w`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unknown = || format!("'{text}' is no period such as 10s, 2m, 12h or 30d");
    let number: u64 = number.parse().map_err(|_| unknown())?;
    match unit {
        "" => Ok(Duration::from_secs(number)),
        "ms" => Ok(Duration::from_millis(number)),
        unit => UNITS
            .iter()
            .find(|(name, _)| *name == unit)
            .and_then(|(_, seconds)| number.checked_mul(*seconds))
            .map(Duration::from_secs)
            .ok_or_else(unknown),
    }
}

/// A point in time as RFC 3339 writes it, with a fraction and an offset.
pub(crate) fn time(text: &str) -> Result<OffsetDateTime, String> {
    OffsetDateTime::parse(text, &Rfc3339)
        .map_err(|_| format!("'{text}' is no time such as 2026-01-31T12:00:00Z"))
}

/// Iterations of a key derivation: from the thousand that RFC 8018 calls the least.
pub(crate) fn iterations(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(number @ 1_000..=mwallet::limits::ITERATIONS) => Ok(number),
        _ => Err(format!("'{text}' is not between 1000 and {}", mwallet::limits::ITERATIONS)),
    }
}

/// The name of a profile.
pub(crate) fn profile(text: &str) -> Result<Profile, String> {
    Profile::from_name(text).ok_or_else(|| {
        let names = Profile::ALL.map(Profile::name).join(", ");
        format!("'{text}' is none of {names}")
    })
}

/// Oracle's trust flags.
pub(crate) fn trust_flags(text: &str) -> Result<TrustFlags, String> {
    TrustFlags::parse(text).map_err(|error| error.to_string())
}

/// The name of a consumer.
pub(crate) fn consumer(text: &str) -> Result<Consumer, String> {
    Consumer::from_name(text).ok_or_else(|| {
        let names: Vec<&str> = CONSUMERS.iter().map(|consumer| consumer.name).collect();
        format!("'{text}' is none of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::{duration, time};
    use std::time::Duration;

    #[test]
    fn periods_have_units_and_plain_numbers_are_seconds() {
        assert_eq!(duration("10"), Ok(Duration::from_secs(10)));
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        assert_eq!(duration("30d"), Ok(Duration::from_secs(30 * 86_400)));
        for wrong in ["", "s", "-1", "1y", "1.5s", "99999999999999999999w"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_keep_fraction_and_offset() {
        let parsed = time("2026-01-31T12:00:00.5+02:00").unwrap();
        assert_eq!(parsed.unix_timestamp_nanos() % 1_000_000_000, 500_000_000);
        assert_eq!(parsed.to_utc().hour(), 10);
        assert!(time("yesterday").is_err());
    }
}
