//! Which entry of a wallet a client would send, and why not the others.
//!
//! Pure: a wallet, a server's request and a moment go in. Java's rules are those of its two key
//! managers, `SunX509` (the default) and `NewSunX509` (also called PKIX). Oracle does not document
//! how its client chooses; it is taken to go by the order of the wallet and the names of the CAs.

mod reason;

pub use reason::Reason;

use crate::chain::rules::{is_expired, is_not_yet_valid};
use crate::chain::{Candidates, End};
use crate::model::certificate::Certificate;
use crate::model::entry::{EntryId, EntryKind, KeyEntry};
use crate::model::key::{KeyAlgorithm, KeyMaterial};
use crate::model::shown_alias::shown_aliases;
use crate::model::wallet::Wallet;
use crate::oid::{self, ObjectIdentifier};
use crate::probe::request::CertificateRequest;
use der::Decode as _;
use der::asn1::BitStringRef;
use time::OffsetDateTime;

/// A program that chooses a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Client {
    /// Java with its default key manager: looks at key types and issuers only, and opens every key
    /// with one password, or none at all.
    JavaSunX509,
    /// Java with `ssl.KeyManagerFactory.algorithm=NewSunX509`: as above, and prefers certificates
    /// that are valid and may be used by clients.
    JavaNewSunX509,
    /// An Oracle client.
    Oracle,
}

impl Client {
    /// Every client.
    pub const ALL: [Self; 3] = [Self::JavaSunX509, Self::JavaNewSunX509, Self::Oracle];

    /// The name in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::JavaSunX509 => "java-sunx509",
            Self::JavaNewSunX509 => "java-newsunx509",
            Self::Oracle => "oracle",
        }
    }

    /// The name for people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::JavaSunX509 => "Java (SunX509)",
            Self::JavaNewSunX509 => "Java (NewSunX509)",
            Self::Oracle => "Oracle",
        }
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The wallet, with its keys opened as far as their passwords are known.
    pub wallet: &'a Wallet,
    /// What the server wants.
    pub request: &'a CertificateRequest,
    /// The moment that validity is judged at.
    pub at: OffsetDateTime,
    /// Whether the format keeps the chain with the key, as JKS and JCEKS do, and Java sends that. Of
    /// a PKCS#12 file Java's reader puts the chain together from all of its certificates.
    pub chain_with_key: bool,
    /// The entries whose key has another password than the store.
    pub own_passwords: &'a [EntryId],
}

/// The choices of every client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// Every entry with a key, in the wallet's order.
    pub entries: Vec<Considered>,
}

/// One entry, and what each client does with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The entry.
    pub entry: EntryId,
    /// Its shown alias.
    pub alias: String,
    /// In the order of [`Client::ALL`].
    pub verdicts: [Verdict; 3],
}

/// What a client does with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It sends this one.
    Sent,
    /// It could, and sends another: its alias.
    Another(String),
    /// It does not.
    Not(Reason),
}

impl Selection {
    /// The entry that the client sends.
    #[must_use]
    pub fn sent_by(&self, client: Client) -> Option<&Considered> {
        self.entries.iter().find(|considered| *considered.verdict(client) == Verdict::Sent)
    }
}

impl Considered {
    /// What the client does with it.
    #[must_use]
    pub fn verdict(&self, client: Client) -> &Verdict {
        match client {
            Client::JavaSunX509 => &self.verdicts[0],
            Client::JavaNewSunX509 => &self.verdicts[1],
            Client::Oracle => &self.verdicts[2],
        }
    }
}

/// What every client would send.
#[must_use]
pub fn select(question: &Question<'_>) -> Selection {
    let candidates = Candidates::of(question.wallet);
    let keys: Vec<Presentable<'_>> = question
        .wallet
        .entries()
        .iter()
        .filter_map(|entry| match &entry.kind {
            EntryKind::PrivateKey(key) => Some(Presentable::new(entry.id(), key, &candidates)),
            _ => None,
        })
        .collect();
    let shown = shown_aliases(question.wallet);
    let alias = |id: EntryId| shown.get(&id).map_or_else(String::new, |alias| alias.text.clone());
    let mut entries: Vec<Considered> = keys
        .iter()
        .map(|key| Considered {
            entry: key.id,
            alias: alias(key.id),
            verdicts: [const { Verdict::Sent }; 3],
        })
        .collect();
    let opens_all =
        question.own_passwords.is_empty() && !keys.iter().any(|key| is_locked(key.entry));
    for (column, client) in Client::ALL.into_iter().enumerate() {
        let judged: Vec<Result<Option<Reason>, Reason>> = keys
            .iter()
            .map(|key| {
                let flaw = one(question, key, client)?;
                if client != Client::Oracle && question.own_passwords.contains(&key.id) {
                    return Err(Reason::OwnPassword);
                }
                if client == Client::JavaSunX509 && !opens_all {
                    return Err(Reason::StoreUnusable);
                }
                Ok(flaw)
            })
            .collect();
        let chosen = judged
            .iter()
            .enumerate()
            .filter_map(|(position, judged)| {
                let rank = rank(judged.as_ref().ok()?.as_ref());
                let place = match client {
                    Client::Oracle => 0,
                    _ => place(question.request, keys[position].entry),
                };
                Some((rank, place, position))
            })
            .min()
            .map(|(.., position)| position);
        for (position, judged) in judged.into_iter().enumerate() {
            entries[position].verdicts[column] = match (judged, chosen) {
                (_, Some(first)) if first == position => Verdict::Sent,
                (Err(reason) | Ok(Some(reason)), _) => Verdict::Not(reason),
                (Ok(None), other) => {
                    Verdict::Another(other.map_or_else(String::new, |at| alias(keys[at].id)))
                }
            };
        }
    }
    Selection { entries }
}

/// The certificates that a client sends with an entry, the leaf first.
#[must_use]
pub fn chain_sent(
    wallet: &Wallet,
    entry: EntryId,
    client: Client,
    chain_with_key: bool,
) -> Vec<Certificate> {
    match wallet.entry(entry).map(|entry| &entry.kind) {
        Some(EntryKind::PrivateKey(key)) => {
            let key = Presentable::new(entry, key, &Candidates::of(wallet));
            key.sent(client, chain_with_key).into_iter().cloned().collect()
        }
        _ => Vec::new(),
    }
}

/// A key, and what the wallet knows of the issuers of its certificate.
struct Presentable<'a> {
    id: EntryId,
    entry: &'a KeyEntry,
    /// The certificate and its issuers, wherever they stand in the wallet.
    chain: Vec<Certificate>,
    /// The issuer at which they break off.
    missing: Option<String>,
}

impl<'a> Presentable<'a> {
    fn new(id: EntryId, entry: &'a KeyEntry, candidates: &Candidates) -> Self {
        let Some(leaf) = entry.leaf() else {
            return Self { id, entry, chain: Vec::new(), missing: None };
        };
        let missing = match candidates.path(leaf, None).end {
            End::Incomplete(missing) => Some(missing.issuer.to_string()),
            End::Trusted | End::SelfSigned => None,
        };
        Self { id, entry, chain: candidates.chain(leaf), missing }
    }

    /// What a client sends, the leaf first.
    fn sent(&self, client: Client, chain_with_key: bool) -> Vec<&Certificate> {
        if chain_with_key && client != Client::Oracle {
            self.entry.chain.iter().map(|link| &link.certificate).collect()
        } else {
            self.chain.iter().collect()
        }
    }
}

fn is_locked(key: &KeyEntry) -> bool {
    matches!(key.key, KeyMaterial::Locked(_))
}

/// The order in which `NewSunX509` prefers what is not quite right: what is wrong with extensions
/// comes last.
fn rank(flaw: Option<&Reason>) -> u8 {
    match flaw {
        None => 0,
        Some(Reason::Expired | Reason::NotYetValid) => 1,
        Some(_) => 2,
    }
}

/// Java asks its key managers for one type of key after the other, in the server's order.
fn place(request: &CertificateRequest, key: &KeyEntry) -> usize {
    key.leaf().map_or(usize::MAX, |leaf| request.place_of(leaf.key_algorithm()))
}

/// Why a client cannot send this entry; else what it would rather not.
fn one(
    question: &Question<'_>,
    key: &Presentable<'_>,
    client: Client,
) -> Result<Option<Reason>, Reason> {
    let request = question.request;
    let leaf = key.entry.leaf().ok_or(Reason::NoCertificate)?;
    if is_locked(key.entry) {
        return Err(Reason::KeyLocked(key.entry.key.refusal()));
    }
    let algorithm = leaf.key_algorithm();
    if !request.takes(algorithm) {
        return Err(Reason::KeyType(algorithm));
    }
    let sent = key.sent(client, question.chain_with_key);
    if !sent.iter().any(|certificate| request.names(&certificate.issuer())) {
        return Err(issuer_reason(request, key, leaf, &sent));
    }
    if client != Client::JavaNewSunX509 {
        return Ok(None);
    }
    Ok(if excludes_signatures(leaf) {
        Some(Reason::NoSignatures)
    } else if excludes_clients(leaf) {
        Some(Reason::NoClientAuth)
    } else if is_expired(leaf, question.at) {
        Some(Reason::Expired)
    } else if is_not_yet_valid(leaf, question.at) {
        Some(Reason::NotYetValid)
    } else {
        None
    })
}

/// Whether a longer chain could lead to a CA that the server names.
fn issuer_reason(
    request: &CertificateRequest,
    key: &Presentable<'_>,
    leaf: &Certificate,
    sent: &[&Certificate],
) -> Reason {
    if key.chain.iter().any(|one| request.names(&one.issuer())) {
        let last = sent.last().copied().unwrap_or(leaf);
        return Reason::ChainStopsShort { issuer: last.issuer().to_string() };
    }
    match &key.missing {
        Some(issuer) => Reason::ChainStopsShort { issuer: issuer.clone() },
        None => Reason::IssuerNotNamed { issuer: leaf.issuer().to_string() },
    }
}

/// RFC 5280 section 4.2.1.12; a malformed list allows nothing.
fn excludes_clients(leaf: &Certificate) -> bool {
    leaf.extension(oid::EXTENDED_KEY_USAGE).is_some_and(|extension| {
        let usages = Vec::<ObjectIdentifier>::from_der(extension.value).unwrap_or_default();
        !usages.contains(&oid::CLIENT_AUTH) && !usages.contains(&oid::ANY_EXTENDED_KEY_USAGE)
    })
}

/// RFC 5280 section 4.2.1.3: `digitalSignature` is the first bit. Java asks it of RSA and EC only.
fn excludes_signatures(leaf: &Certificate) -> bool {
    let is_asked = !matches!(
        leaf.key_algorithm(),
        KeyAlgorithm::Ed25519 | KeyAlgorithm::Ed448 | KeyAlgorithm::Other(_)
    );
    is_asked
        && leaf.extension(oid::KEY_USAGE).is_some_and(|extension| {
            let bits = BitStringRef::from_der(extension.value);
            !bits.is_ok_and(|bits| bits.raw_bytes().first().is_some_and(|byte| byte & 0x80 != 0))
        })
}
