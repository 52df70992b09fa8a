//! Values on the command line that are neither text nor numbers.

use crate::failure::Failure;
use mwallet::code::Code;
use mwallet::consumer::{CONSUMERS, Consumer};
use mwallet::model::profile::Profile;
use mwallet::model::trust::TrustFlags;
use mwallet::probe::{self, Protocol, Target, Version};
use std::time::Duration;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;

/// Milliseconds in each unit of a time that somebody waits; the first is that of a plain number.
const WAITING: [(&str, u64); 6] = [
    ("s", 1000),
    ("ms", 1),
    ("m", 60_000),
    ("h", 1000 * HOUR),
    ("d", 1000 * DAY),
    ("w", 7000 * DAY),
];

/// Milliseconds in each unit of the life of certificates; the first is that of a plain number.
const LIFE: [(&str, u64); 4] =
    [("d", 1000 * DAY), ("h", 1000 * HOUR), ("w", 7000 * DAY), ("y", 365_000 * DAY)];

/// A period: `10` (seconds), `500ms`, `10s`, `2m`, `12h`, `30d`, `2w`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    measured(text, &WAITING)
        .ok_or_else(|| format!("'{text}' is no period such as 10s, 2m, 12h or 30d"))
}

fn measured(text: &str, units: &[(&str, u64)]) -> Option<Duration> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let number: u64 = number.parse().ok()?;
    let unit = if unit.is_empty() { units.first() } else { units.iter().find(|it| it.0 == unit) };
    number.checked_mul(unit?.1).map(Duration::from_millis)
}

/// A period in which something can be done.
pub(crate) fn patience(text: &str) -> Result<Duration, String> {
    match duration(text)? {
        Duration::ZERO => Err(format!("'{text}' leaves no time for an answer")),
        duration => Ok(duration),
    }
}

/// What is left of a certificate: `30` and `30d` (days), `12h`, `2w`, `1y`. Who writes `2m` may mean months,
/// which have no length, or minutes, which nobody asks for.
pub(crate) fn period(text: &str) -> Result<Duration, Failure> {
    measured(text, &LIFE).ok_or_else(|| {
        let message = format!(
            "'{text}' is no period such as 30d, 12h, 2w or 1y; months and minutes are no units here"
        );
        Failure::new(Code::VALUE_INVALID, message).with("value", text)
    })
}

/// A point in time as RFC 3339 writes it, with a fraction and an offset; or a date, which means its
/// first moment in UTC.
pub(crate) fn time(text: &str) -> Result<OffsetDateTime, String> {
    let date = || Date::parse(text, format_description!("[year]-[month]-[day]"));
    OffsetDateTime::parse(text, &Rfc3339)
        .or_else(|_| date().map(|date| date.midnight().assume_utc()))
        .map_err(|_| format!("'{text}' is no time such as 2026-01-31 or 2026-01-31T12:00:00Z"))
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

/// A server.
pub(crate) fn target(text: &str) -> Result<Target, String> {
    Target::parse(text).map_err(|error| error.to_string())
}

/// The name of a server, or its address.
pub(crate) fn server_name(text: &str) -> Result<String, String> {
    if probe::is_server_name(text) {
        return Ok(text.to_owned());
    }
    Err(format!("'{text}' is neither a host name nor an address"))
}

/// A version of TLS.
pub(crate) fn tls_version(text: &str) -> Result<Version, String> {
    [Version::Tls12, Version::Tls13]
        .into_iter()
        .find(|version| version.number() == text)
        .ok_or_else(|| format!("'{text}' is neither 1.2 nor 1.3"))
}

/// A protocol that changes to TLS.
pub(crate) fn starttls(text: &str) -> Result<Protocol, String> {
    Protocol::from_name(text).ok_or_else(|| {
        let names = Protocol::ALL.map(Protocol::name).join(", ");
        format!("'{text}' is none of {names}")
    })
}

/// A whole SHA-256 fingerprint, with or without `sha256:` and colons; its digits in lower case.
pub(crate) fn pin(text: &str) -> Result<String, String> {
    let digits = text.strip_prefix("sha256:").unwrap_or(text).replace(':', "").to_ascii_lowercase();
    if digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(digits);
    }
    Err(format!("'{text}' is no SHA-256 fingerprint of 64 hexadecimal digits"))
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
    use super::{duration, period, time};
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
        assert!(time("2026-02-30").is_err());
    }

    #[test]
    fn date_means_its_first_moment_in_utc() {
        assert_eq!(time("2026-01-31"), time("2026-01-31T00:00:00Z"));
    }

    #[test]
    fn life_of_a_certificate_is_given_in_days_and_never_in_months() {
        for text in ["90", "90d"] {
            assert_eq!(period(text).unwrap(), Duration::from_secs(90 * 86_400), "{text}");
        }
        assert_eq!(period("1y").unwrap(), period("365").unwrap());
        for wrong in ["", "2m", "2min", "60s", "500ms", "d"] {
            assert!(period(wrong).is_err(), "{wrong}");
        }
    }
}
