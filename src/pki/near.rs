//! The valid word that is spelled most like another one.

use std::cmp::Reverse;

/// How alike two words are at least, from 0 to 1, for one to be offered for the other.
const ALIKE: f64 = 0.7;

/// The most similar word; none when all are far away.
pub(super) fn near<'a>(wanted: &str, words: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let wanted = wanted.to_lowercase();
    words
        .into_iter()
        // Of three letters, two that have changed places are one slip, and not alike at all.
        .map(|word| {
            let is_slip = wanted.len() > 2 && strsim::osa_distance(&wanted, word) <= 1;
            (is_slip, strsim::jaro_winkler(&wanted, word), word)
        })
        .filter(|(is_slip, likeness, _)| *is_slip || *likeness >= ALIKE)
        .max_by(|(a_slip, a, one), (b_slip, b, other)| {
            a_slip.cmp(b_slip).then(a.total_cmp(b)).then(Reverse(one).cmp(&Reverse(other)))
        })
        .map(|(_, _, word)| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::near;

    #[test]
    fn a_slip_of_the_finger_finds_its_word() {
        let words = ["issuer", "days", "san", "outputs", "permitted_dns", "bad"];
        for (typed, word) in [
            ("isuer", "issuer"),
            ("sann", "san"),
            ("day", "days"),
            ("output", "outputs"),
            ("permited_dns", "permitted_dns"),
            ("SAN", "san"),
            ("bda", "bad"),
        ] {
            assert_eq!(near(typed, words).as_deref(), Some(word), "{typed}");
        }
        assert_eq!(near("zzz", words), None);
    }
}
