//! Mutations: of bytes, of DER and of text, from a generator that gives the same ones every time.

use crate::fuzz::targets::PASSWORD;
use base64ct::{Base64, Encoding as _};
use ring::digest;

/// xorshift64*, Vigna 2016: small, and the same on every machine.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from((self.next() >> 16) % bound as u64).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_be_bytes()[0]
    }
}

/// Bytes that mean something in DER, in lengths, and in text.
const BYTES: [u8; 16] = [
    0x00, 0x01, 0x02, 0x04, 0x05, 0x06, 0x30, 0x31, 0x7f, 0x80, 0x81, 0x84, 0xa0, 0xff, b'-', b'\n',
];

/// Numbers that lengths, counts and versions go wrong at.
const NUMBERS: [u32; 8] = [0, 1, 0x7f, 0x80, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

/// Longest input, in bytes.
const LONGEST: usize = 64 * 1024;

/// One to eight changes of a seed, one more often than eight: of many, one is likely to end the reading
/// before the others are reached.
pub(crate) fn mutate(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = seeds[random.below(seeds.len())].clone();
    let changes = 1 + random.below(8);
    change_times(random, changes, &mut bytes, seeds);
    bytes.truncate(LONGEST);
    bytes
}

/// One to three changes inside of what a seed in text wraps in base64, so that they get past it; `None`
/// where it wraps nothing.
pub(crate) fn mutate_inside(random: &mut Random, seeds: &[Vec<u8>]) -> Option<Vec<u8>> {
    let text = str::from_utf8(&seeds[random.below(seeds.len())]).ok()?;
    change_data(random, text, seeds).or_else(|| change_block(random, text, seeds))
}

/// The text of a manifest with changes in one of its values, which are base64 between quotes.
fn change_data(random: &mut Random, text: &str, seeds: &[Vec<u8>]) -> Option<Vec<u8>> {
    let mut parts: Vec<&str> = text.strip_prefix("apiVersion:")?.split('"').collect();
    let is_data = |place: &usize| place % 2 == 1 && parts[*place].len() > 8;
    let data: Vec<usize> = (0..parts.len()).filter(is_data).collect();
    let place = *data.get(random.below(data.len().max(1)))?;
    let mut content = Base64::decode_vec(parts[place]).ok()?;
    let inner = str::from_utf8(&content).ok().filter(|_| random.below(4) > 0);
    if let Some(changed) = inner.and_then(|inner| change_block(random, inner, seeds)) {
        content = changed;
    } else {
        let changes = 1 + random.below(3);
        change_times(random, changes, &mut content, seeds);
    }
    content.truncate(LONGEST / 4);
    let encoded = Base64::encode_string(&content);
    parts[place] = &encoded;
    Some(format!("apiVersion:{}", parts.join("\"")).into_bytes())
}

/// The text with changes inside of one of its blocks in PEM.
fn change_block(random: &mut Random, text: &str, seeds: &[Vec<u8>]) -> Option<Vec<u8>> {
    let starts: Vec<usize> = text.match_indices("-----BEGIN ").map(|(at, _)| at).collect();
    let start = *starts.get(random.below(starts.len().max(1)))?;
    let footer = start + text[start..].find("-----END ")?;
    let end = text[footer..].find('\n').map_or(text.len(), |length| footer + length + 1);
    let block = pem::parse(&text[start..end]).ok()?;
    let mut contents = block.contents().to_vec();
    let most = 1 + random.below(3);
    change_times(random, most, &mut contents, seeds);
    contents.truncate(LONGEST / 2);
    let mut changed = pem::Pem::new(block.tag(), contents);
    *changed.headers_mut() = block.headers().clone();
    Some([&text[..start], &pem::encode(&changed), &text[end..]].concat().into_bytes())
}

/// At most `most` changes, fewer more often.
fn change_times(random: &mut Random, most: usize, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    for _ in 0..=random.below(most) {
        change(random, bytes, seeds);
    }
}

fn change(random: &mut Random, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    if bytes.is_empty() {
        bytes.push(random.byte());
        return;
    }
    let at = random.below(bytes.len());
    let end = (at + 1 + random.below(48)).min(bytes.len());
    match random.below(12) {
        0 | 1 => bytes[at] ^= 1 << random.below(8),
        2 => bytes[at] = BYTES[random.below(BYTES.len())],
        3 => bytes[at] = random.byte(),
        4 => bytes.insert(at, BYTES[random.below(BYTES.len())]),
        5 => drop(bytes.drain(at..end)),
        6 => {
            let copy = bytes[at..end].to_vec();
            let place = random.below(bytes.len() + 1);
            bytes.splice(place..place, copy);
        }
        7 => bytes.truncate(at),
        8 => {
            let number = NUMBERS[random.below(NUMBERS.len())].to_be_bytes();
            for (byte, new) in bytes[at..].iter_mut().zip(number) {
                *byte = new;
            }
        }
        9 => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len());
            let to = (from + 1 + random.below(400)).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
        _ => change_value(random, bytes),
    }
}

/// Removes, doubles, wraps or shortens a DER value, and mends the lengths of those around it, so that the
/// change goes deeper than the first length.
fn change_value(random: &mut Random, bytes: &mut Vec<u8>) {
    let mut around = Vec::new();
    let (mut start, mut end) = (0, bytes.len());
    let mut value = None;
    for _ in 0..=random.below(14) {
        let mut children = Vec::new();
        let mut at = start;
        while let Some((header, length)) = header(&bytes[at..end]) {
            children.push((at, header, length));
            at += header + length;
            if at >= end {
                break;
            }
        }
        if children.is_empty() {
            break;
        }
        let (at, header, length) = children[random.below(children.len())];
        value = Some((at, header, length));
        around.push(at);
        (start, end) = (at + header, at + header + length);
        // An octet string may hold DER as well; a bit string begins with the unused bits.
        if bytes[at] == 0x03 {
            start += 1;
        }
        if bytes[at] & 0x20 == 0 && ![0x03, 0x04].contains(&bytes[at]) || start >= end {
            break;
        }
    }
    let Some((at, header, length)) = value else { return };
    around.pop();
    let whole = bytes[at..at + header + length].to_vec();
    let new = match random.below(5) {
        0 => Vec::new(),
        1 => [&whole[..], &whole].concat(),
        2 => tlv(0x30, &whole),
        3 => tlv(whole[0], &whole[header..header + random.below(length + 1)]),
        _ => tlv(random.byte(), &whole[header..]),
    };
    bytes.splice(at..at + whole.len(), new.iter().copied());
    // Innermost first: each length changes by what those inside of it did, and by their own headers.
    let mut difference =
        isize::try_from(new.len()).unwrap() - isize::try_from(whole.len()).unwrap();
    for at in around.into_iter().rev() {
        let Some((header, length)) = header_of_any_length(&bytes[at..]) else { return };
        let Some(length) = length.checked_add_signed(difference) else { return };
        let mended = tlv_header(bytes[at], length);
        difference += isize::try_from(mended.len()).unwrap() - isize::try_from(header).unwrap();
        bytes.splice(at..at + header, mended);
    }
}

/// Lengths of the header and of the content, where both are there.
fn header(bytes: &[u8]) -> Option<(usize, usize)> {
    header_of_any_length(bytes).filter(|(header, length)| header + length <= bytes.len())
}

fn header_of_any_length(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes {
        [_, length @ 0..=0x7f, ..] => Some((2, usize::from(length))),
        [_, 0x81, length, ..] => Some((3, usize::from(length))),
        [_, 0x82, high, low, ..] => Some((4, usize::from(u16::from_be_bytes([high, low])))),
        _ => None,
    }
}

fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    [&tlv_header(tag, content.len())[..], content].concat()
}

fn tlv_header(tag: u8, length: usize) -> Vec<u8> {
    match u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes() {
        [0, low @ 0..=0x7f] => vec![tag, low],
        [0, low] => vec![tag, 0x81, low],
        [high, low] => vec![tag, 0x82, high, low],
    }
}

/// A PKCS#12 file without its third value, the MAC, which hardly any mutation would leave right.
pub(crate) fn without_mac(pfx: &[u8]) -> Vec<u8> {
    let (outer, _) = header(pfx).unwrap();
    let (version, number) = header(&pfx[outer..]).unwrap();
    let safes = outer + version + number;
    let (safe, length) = header(&pfx[safes..]).unwrap();
    tlv(0x30, &pfx[outer..safes + safe + length])
}

/// A Java key store whose digest fits again: SHA-1 over the password in UTF-16, `Mighty Aphrodite`, and
/// all bytes before it.
pub(crate) fn with_digest(mut store: Vec<u8>) -> Vec<u8> {
    if let Some(length) = store.len().checked_sub(digest::SHA1_OUTPUT_LEN) {
        let mut context = digest::Context::new(&digest::SHA1_FOR_LEGACY_USE_ONLY);
        let password: Vec<u8> = PASSWORD.encode_utf16().flat_map(u16::to_be_bytes).collect();
        context.update(&password);
        context.update(b"Mighty Aphrodite");
        context.update(&store[..length]);
        store.truncate(length);
        store.extend_from_slice(context.finish().as_ref());
    }
    store
}
