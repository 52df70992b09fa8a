//! The verbs on a wallet in memory, on certificates that rcgen and openssl make.

#![allow(clippy::disallowed_methods, reason = "tests run the programs of others on files")]
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "chain/ca.rs"]
mod ca;

use ca::{Ca, private_key};
use mwallet::chain::{End, Mismatch, Source};
use mwallet::codec;
use mwallet::crypto::keygen;
use mwallet::issue::certificate::{Role, Validity};
use mwallet::issue::csr;
use mwallet::issue::extensions::RequestedExtensions;
use mwallet::model::alias::Alias;
use mwallet::model::attribute::Attribute;
use mwallet::model::certificate::Certificate;
use mwallet::model::entry::{
    Entry, EntryId, EntryKind, KeyEntry, RequestEntry, SecretEntry, StoredRequest,
};
use mwallet::model::format::Format;
use mwallet::model::key::{KeyAlgorithm, KeyMaterial, LockedKey};
use mwallet::model::name::DistinguishedName;
use mwallet::model::profile::Profile;
use mwallet::model::wallet::Wallet;
use mwallet::oid::ObjectIdentifier;
use mwallet::ops::OpsError;
use mwallet::ops::edit::{Anchors, BrokenChain, Lost, removal_effect, remove, rename};
use mwallet::ops::export::{self, Parts};
use mwallet::ops::import::{ImportOptions, Imported, import};
use mwallet::ops::request::{
    Changes, RenewSpec, RequestSpec, last_request, renew, request, request_again, self_signed,
};
use mwallet::ops::secret::tde::TdeEntries;
use mwallet::ops::select::find;
use mwallet::ops::trust::{AddOptions, Added, add};
use mwallet::secret::SecretBytes;
use rcgen::{CertificateSigningRequestParams, Issuer, KeyPair};
use time::macros::datetime;

fn spec(name: &str) -> RequestSpec {
    RequestSpec {
        subject: DistinguishedName::parse(name).unwrap(),
        extensions: RequestedExtensions::default(),
        algorithm: KeyAlgorithm::EcP256,
        alias: None,
    }
}

fn pending(wallet: &mut Wallet, name: &str) -> EntryId {
    request(wallet, &spec(name)).unwrap()
}

/// What a CA makes of the last request of an entry: rcgen reads the request and verifies it.
fn reply(wallet: &Wallet, id: EntryId, ca: &Ca) -> Certificate {
    let request = last_request(wallet, id).unwrap();
    let request =
        CertificateSigningRequestParams::from_der(&request.der().to_vec().into()).unwrap();
    let issuer = Issuer::from_params(&ca.parameters, &ca.key);
    ca::read(&request.signed_by(&issuer).unwrap())
}

fn key_of(wallet: &Wallet, id: EntryId) -> &KeyEntry {
    match &wallet.entry(id).unwrap().kind {
        EntryKind::PrivateKey(key) => key,
        other => panic!("{}", other.name()),
    }
}

fn chain_of(wallet: &Wallet, id: EntryId) -> Vec<&Certificate> {
    key_of(wallet, id).chain.iter().map(|link| &link.certificate).collect()
}

fn import_plain(wallet: &mut Wallet, reply: &[Certificate]) -> Result<Imported, OpsError> {
    import(wallet, reply, &ImportOptions::default())
}

fn trust(wallet: &mut Wallet, certificates: &[&Certificate]) -> Vec<Added> {
    let certificates: Vec<_> = certificates.iter().copied().cloned().collect();
    add(wallet, &certificates, &AddOptions::default())
        .unwrap()
        .into_iter()
        .map(|outcome| outcome.result)
        .collect()
}

/// Everything that a test may find changed.
fn snapshot(wallet: &Wallet) -> String {
    format!("{:?}", wallet.entries())
}

fn lock(wallet: &mut Wallet, id: EntryId) {
    let locked = KeyMaterial::Locked(LockedKey { raw: vec![1, 2, 3], refusal: None });
    match &mut wallet.entry_mut(id).unwrap().kind {
        EntryKind::PrivateKey(key) => key.key = locked,
        EntryKind::Request(pending) => pending.key = locked,
        other => panic!("{}", other.name()),
    }
}

// import

#[test]
fn reply_in_any_order_makes_the_request_a_key_in_place() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&Ca::root("other").certificate]);
    let id = pending(&mut wallet, "CN=app");
    pending(&mut wallet, "CN=next");
    let leaf = reply(&wallet, id, &issuing);
    let unrelated = Ca::root("unrelated").certificate;
    let presented = [
        root.certificate.clone(),
        unrelated.clone(),
        issuing.certificate.clone(),
        leaf.clone(),
        issuing.certificate.clone(),
    ];
    let imported = import_plain(&mut wallet, &presented).unwrap();
    assert_eq!((imported.entry, imported.alias.as_str()), (id, "app"));
    assert_eq!(wallet.entries()[1].id(), id, "the place is kept");
    assert_eq!(chain_of(&wallet, id), [&leaf, &issuing.certificate]);
    assert!(key_of(&wallet, id).request.is_some());
    assert!(imported.complete && imported.replaced.is_none() && !imported.already_present);
    assert_eq!(imported.added, [issuing.certificate, leaf]);
    assert_eq!(imported.unused, [unrelated]);
    assert_eq!(imported.untrusted_root, Some(root.certificate));
    let sources: Vec<_> = imported.chain.links.iter().map(|link| link.source).collect();
    assert_eq!(sources, [Source::Presented; 3]);
}

#[test]
fn root_of_the_reply_is_trusted_on_demand_only() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    let id = pending(&mut wallet, "CN=app");
    let reply = [reply(&wallet, id, &root), root.certificate.clone()];
    let imported = import_plain(&mut wallet, &reply).unwrap();
    assert_eq!(imported.untrusted_root.as_ref(), Some(&root.certificate));
    assert_eq!(wallet.trusted().count(), 0);
    assert_eq!(chain_of(&wallet, id), [&reply[0]]);

    // Once more, now with trust: the certificate is there already.
    let options = ImportOptions { trust_root: true, ..ImportOptions::default() };
    let imported = import(&mut wallet, &reply, &options).unwrap();
    assert!(imported.already_present && imported.untrusted_root.is_none());
    assert_eq!(imported.added, std::slice::from_ref(&root.certificate));
    assert_eq!(wallet.trusted().map(|(_, found)| found).collect::<Vec<_>>(), [&root.certificate]);
}

#[test]
fn reply_is_matched_by_public_key_never_by_alias() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let first = pending(&mut wallet, "CN=app");
    let second = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, second, &root);
    let imported = import_plain(&mut wallet, std::slice::from_ref(&leaf)).unwrap();
    assert_eq!(imported.entry, second);
    assert_eq!(chain_of(&wallet, second), [&leaf]);
    assert!(matches!(wallet.entry(first).unwrap().kind, EntryKind::Request(_)));
}

#[test]
fn locked_request_is_matched_by_its_request() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let id = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, id, &root);
    lock(&mut wallet, id);
    import_plain(&mut wallet, &[leaf]).unwrap();
    assert!(key_of(&wallet, id).key.open().is_none(), "the key stays locked");
}

#[test]
fn certificate_of_a_stranger_is_refused_with_the_keys_that_were_compared() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    pending(&mut wallet, "CN=app");
    let before = snapshot(&wallet);
    let stranger = root.leaf("stranger").certificate;
    let error = import_plain(&mut wallet, &[root.certificate.clone(), stranger]).unwrap_err();
    assert_eq!(error.code().name(), "import-no-matching-key");
    let OpsError::NoMatchingKey { subject, algorithm, keys } = error else { panic!() };
    assert_eq!((subject.as_str(), algorithm), ("CN=stranger", KeyAlgorithm::EcP256));
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].alias.as_deref(), keys[0].pending), (Some("app"), true));
    assert_eq!(snapshot(&wallet), before);
}

#[test]
fn incomplete_chain_is_refused_and_nothing_changes() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&Ca::root("issuing").certificate]);
    let id = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, id, &issuing);
    let before = snapshot(&wallet);
    let error = import_plain(&mut wallet, std::slice::from_ref(&leaf)).unwrap_err();
    assert_eq!(error.code().name(), "chain-issuer-missing");
    let OpsError::IssuerMissing(missing) = error else { panic!() };
    assert_eq!(missing.issuer.to_string(), "CN=issuing");
    assert_eq!(missing.nearest.unwrap().mismatch, Mismatch::Signature);
    assert_eq!(snapshot(&wallet), before);

    // An intermediate alone does not complete it.
    let both = [leaf.clone(), issuing.certificate.clone()];
    assert!(matches!(import_plain(&mut wallet, &both), Err(OpsError::IssuerMissing(_))));
    assert_eq!(snapshot(&wallet), before);

    let options = ImportOptions { allow_incomplete: true, ..ImportOptions::default() };
    let imported = import(&mut wallet, &both, &options).unwrap();
    assert!(!imported.complete);
    assert_eq!(chain_of(&wallet, id), [&leaf, &issuing.certificate]);
}

#[test]
fn trusted_intermediate_completes_the_chain_and_is_not_stored_again() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&issuing.certificate]);
    let id = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, id, &issuing);
    let reply = [leaf.clone(), issuing.certificate.clone()];
    let imported = import_plain(&mut wallet, &reply).unwrap();
    assert_eq!(imported.chain.end, End::Trusted);
    assert_eq!(imported.added, std::slice::from_ref(&leaf));
    assert_eq!(imported.unused, []);
    assert_eq!(chain_of(&wallet, id), [&leaf]);
}

#[test]
fn other_certificate_is_replaced_on_demand_only() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let id = pending(&mut wallet, "CN=app");
    let old = reply(&wallet, id, &root);
    import_plain(&mut wallet, std::slice::from_ref(&old)).unwrap();
    let new = reply(&wallet, id, &root);
    assert_ne!(old, new);
    let before = snapshot(&wallet);
    let error = import_plain(&mut wallet, std::slice::from_ref(&new)).unwrap_err();
    assert_eq!(error.code().name(), "certificate-present");
    assert_eq!(snapshot(&wallet), before);

    let options = ImportOptions { replace: true, ..ImportOptions::default() };
    let imported = import(&mut wallet, std::slice::from_ref(&new), &options).unwrap();
    assert!(imported.replaced.is_some() && !imported.already_present);
    assert_eq!(chain_of(&wallet, id), [&new]);

    let imported = import_plain(&mut wallet, std::slice::from_ref(&new)).unwrap();
    assert!(imported.replaced.is_none() && imported.already_present);
    assert_eq!(imported.added, []);
}

#[test]
fn chain_is_completed_when_the_certificate_is_there_already() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let id = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, id, &issuing);
    let options = ImportOptions { allow_incomplete: true, ..ImportOptions::default() };
    import(&mut wallet, std::slice::from_ref(&leaf), &options).unwrap();
    let imported = import_plain(&mut wallet, &[issuing.certificate.clone(), leaf.clone()]).unwrap();
    assert!(imported.already_present && imported.complete);
    assert_eq!(imported.added, std::slice::from_ref(&issuing.certificate));
    assert_eq!(chain_of(&wallet, id), [&leaf, &issuing.certificate]);

    // In a store of Java's the issuer stands with the key, even when it is trusted beside it.
    let mut java = Wallet::new();
    trust(&mut java, &[&root.certificate]);
    let beside = pending(&mut java, "CN=app");
    let own = reply(&java, beside, &issuing);
    import(&mut java, std::slice::from_ref(&own), &options).unwrap();
    trust(&mut java, &[&issuing.certificate]);
    let whole = ImportOptions { whole_chain: true, ..ImportOptions::default() };
    let imported = import(&mut java, std::slice::from_ref(&own), &whole).unwrap();
    assert!(imported.already_present && imported.added.contains(&issuing.certificate));

    // What else the file keeps with the key stays.
    let stray = Ca::root("stray").certificate;
    let EntryKind::PrivateKey(key) = &mut wallet.entry_mut(id).unwrap().kind else { panic!() };
    key.chain.push(stray.clone().into());
    import_plain(&mut wallet, std::slice::from_ref(&leaf)).unwrap();
    assert_eq!(chain_of(&wallet, id), [&leaf, &issuing.certificate, &stray]);
}

#[test]
fn key_that_comes_with_its_certificate_becomes_an_entry() {
    let root = Ca::root("root");
    let leaf = root.leaf("server.example");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    pending(&mut wallet, "CN=server.example");
    let options = ImportOptions { key: Some(leaf.private_key()), ..ImportOptions::default() };
    let imported = import(&mut wallet, std::slice::from_ref(&leaf.certificate), &options).unwrap();
    assert_eq!(imported.alias, "server.example-2");
    let key = key_of(&wallet, imported.entry).key.open().unwrap();
    assert_eq!(keygen::public_key(key).unwrap(), leaf.certificate.public_key());

    // A second time it joins the key that is there.
    let again = import(&mut wallet, &[leaf.certificate], &options).unwrap();
    assert!(again.already_present);
    assert_eq!((again.entry, wallet.entries().len()), (imported.entry, 3));

    let other = ImportOptions {
        key: Some(private_key(&KeyPair::generate().unwrap())),
        ..ImportOptions::default()
    };
    let error = import(&mut wallet, &[root.leaf("x").certificate], &other).unwrap_err();
    assert_eq!(error.code().name(), "import-no-matching-key");
}

#[test]
fn pending_key_is_preferred_and_else_the_alias_chooses() {
    let root = Ca::root("root");
    let leaf = root.leaf("app");
    let new = root.certify("app", &leaf.key);
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    // The same key twice, with an older certificate each.
    for alias in ["blue", "green"] {
        let entry = KeyEntry {
            key: KeyMaterial::Open(leaf.private_key()),
            chain: vec![leaf.certificate.clone().into()],
            request: None,
        };
        wallet.push(Some(Alias::new(alias)), EntryKind::from(entry));
    }
    let error = import_plain(&mut wallet, std::slice::from_ref(&new)).unwrap_err();
    assert_eq!(error.code().name(), "entry-ambiguous");
    let OpsError::EntryAmbiguous { candidates, .. } = error else { panic!() };
    let aliases: Vec<_> = candidates.iter().map(|found| found.alias.as_str()).collect();
    assert_eq!(aliases, ["blue", "green"]);

    let options = ImportOptions {
        alias: Some(Alias::new("green")),
        replace: true,
        ..ImportOptions::default()
    };
    let imported = import(&mut wallet, std::slice::from_ref(&new), &options).unwrap();
    assert_eq!(imported.alias, "green");

    let request = csr::request(
        &leaf.private_key(),
        &DistinguishedName::parse("CN=app").unwrap(),
        &RequestedExtensions::default(),
    )
    .unwrap();
    let key = KeyMaterial::Open(leaf.private_key());
    let entry = RequestEntry { key, request: request.into() };
    let waiting = wallet.push(Some(Alias::new("waiting")), EntryKind::from(entry));
    assert_eq!(import_plain(&mut wallet, &[new]).unwrap().entry, waiting);
}

#[test]
fn what_is_said_of_a_request_is_no_loss_where_the_request_stays_behind() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let id = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, id, &root);
    let csr = wallet.entry(id).unwrap().request().unwrap().clone();
    import_plain(&mut wallet, &[leaf]).unwrap();
    let oid = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.99999.1");
    let foreign = Attribute { oid, der: vec![0x30, 0] };
    let attributes = vec![foreign];
    let EntryKind::PrivateKey(key) = &mut wallet.entry_mut(id).unwrap().kind else { panic!() };
    key.request = Some(StoredRequest { csr, alias: None, attributes: attributes.into() });
    let lost = |wallet: &Wallet, format| codec::losses(wallet, format, Profile::Modern);
    assert_eq!(lost(&wallet, Format::Pem)[0].what, "its attribute 1.3.6.1.4.1.99999.1");
    for (parts, format) in [
        (Parts::All, Format::Pem),
        (Parts::Certificates, Format::Pkcs7),
        (Parts::Keys, Format::PrivateKey),
    ] {
        let selected = export::select(&wallet, Some(id), parts, true);
        assert_eq!(lost(&selected, format), [], "{parts:?}");
    }
}

#[test]
fn attribute_of_a_key_and_of_its_chain_is_one_loss() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let id = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, id, &root);
    import_plain(&mut wallet, &[leaf]).unwrap();
    let attribute = |number: u32| {
        let oid = ObjectIdentifier::new(&format!("1.3.6.1.4.1.99999.{number}")).unwrap();
        Attribute { oid, der: vec![0x30, 0] }
    };
    let entry = wallet.entry_mut(id).unwrap();
    entry.attributes = [attribute(1), attribute(2)].into();
    let EntryKind::PrivateKey(key) = &mut entry.kind else { panic!() };
    key.chain[0].attributes = vec![attribute(1)].into();
    for format in [Format::Jks, Format::Jceks, Format::Pem] {
        assert_eq!(codec::losses(&wallet, format, Profile::Modern).len(), 2, "{format}");
    }
}

#[test]
fn alias_renames_the_entry_unless_it_is_taken() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let id = pending(&mut wallet, "CN=app");
    pending(&mut wallet, "CN=taken");
    let leaf = reply(&wallet, id, &root);
    let with =
        |alias: &str| ImportOptions { alias: Some(Alias::new(alias)), ..ImportOptions::default() };
    let before = snapshot(&wallet);
    let error = import(&mut wallet, std::slice::from_ref(&leaf), &with("taken")).unwrap_err();
    assert_eq!(error.code().name(), "alias-taken");
    assert_eq!(snapshot(&wallet), before);
    let imported = import(&mut wallet, &[leaf], &with("production")).unwrap();
    assert_eq!((imported.entry, imported.alias.as_str()), (id, "production"));
}

#[test]
fn key_of_the_ca_in_the_same_wallet_does_not_confuse_the_import() {
    let root = Ca::root("root");
    let mut wallet = Wallet::new();
    let entry = KeyEntry {
        key: KeyMaterial::Open(private_key(&root.key)),
        chain: vec![root.certificate.clone().into()],
        request: None,
    };
    wallet.push(Some(Alias::new("ca")), EntryKind::from(entry));
    let id = pending(&mut wallet, "CN=app");
    let reply = [root.certificate.clone(), reply(&wallet, id, &root)];
    assert_eq!(import_plain(&mut wallet, &reply).unwrap().entry, id);
}

#[test]
fn empty_reply_is_an_error() {
    let error = import_plain(&mut Wallet::new(), &[]).unwrap_err();
    assert_eq!(error.code().name(), "bundle-empty");
}

// trust

#[test]
fn bundle_imports_every_certificate() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let leaf = root.leaf("server").certificate;
    let bundle =
        [root.certificate.clone(), issuing.certificate, root.certificate.clone(), leaf.clone()];
    let mut wallet = Wallet::new();
    let options = AddOptions { alias: Some(Alias::new("ca")), ..AddOptions::default() };
    let outcomes = add(&mut wallet, &bundle, &options).unwrap();
    let ids: Vec<_> = wallet.entries().iter().map(Entry::id).collect();
    let results: Vec<_> = outcomes.iter().map(|outcome| outcome.result).collect();
    assert_eq!(
        results,
        [
            Added::Added(ids[0]),
            Added::Added(ids[1]),
            Added::Present(ids[0]),
            Added::AddedLeaf(ids[2])
        ]
    );
    let aliases: Vec<_> =
        wallet.entries().iter().map(|entry| entry.alias.as_ref().unwrap().as_str()).collect();
    assert_eq!(aliases, ["ca", "ca-2", "ca-3"]);

    let strict = AddOptions { refuse_leaves: true, ..AddOptions::default() };
    let mut oracle = Wallet::new();
    assert_eq!(
        add(&mut oracle, std::slice::from_ref(&leaf), &strict).unwrap()[0].result,
        Added::RefusedLeaf
    );
    assert_eq!(oracle.entries().len(), 0);
    let allowed = AddOptions { allow_leaf: true, ..strict };
    assert!(matches!(add(&mut oracle, &[leaf], &allowed).unwrap()[0].result, Added::AddedLeaf(_)));
}

// edit

#[test]
fn removal_tells_which_chains_break() {
    let root = Ca::root("root");
    let issuing = root.intermediate("issuing");
    let mut wallet = Wallet::new();
    let Added::Added(root_entry) = trust(&mut wallet, &[&root.certificate])[0] else { panic!() };
    let Added::Added(other) = trust(&mut wallet, &[&Ca::root("other").certificate])[0] else {
        panic!()
    };
    let id = pending(&mut wallet, "CN=app");
    let leaf = reply(&wallet, id, &issuing);
    let issuing = issuing.certificate;
    let reply = [leaf, issuing.clone()];
    import_plain(&mut wallet, &reply).unwrap();
    let effect = removal_effect(&wallet, &[root_entry], Anchors::Trusted);
    let broken = BrokenChain { alias: "app".to_owned(), missing: "CN=root".to_owned() };
    assert_eq!((effect.broken, effect.lost), (vec![broken], None));
    assert_eq!(removal_effect(&wallet, &[other], Anchors::Trusted).broken, []);
    assert_eq!(removal_effect(&wallet, &[id], Anchors::Trusted).lost, Some(Lost::PrivateKey));
    // Oracle's clients go on to the root where others stop at a trusted intermediate.
    let Added::Added(issuing_entry) = trust(&mut wallet, &[&issuing])[0] else { panic!() };
    assert_eq!(removal_effect(&wallet, &[root_entry], Anchors::Trusted).broken, []);
    let broken = removal_effect(&wallet, &[root_entry], Anchors::SelfSigned).broken;
    let aliases: Vec<&str> = broken.iter().map(|chain| chain.alias.as_str()).collect();
    assert_eq!(aliases, ["app", "issuing"]);
    assert!(broken.iter().all(|chain| chain.missing == "CN=root"), "{broken:?}");
    assert_eq!(removal_effect(&wallet, &[issuing_entry], Anchors::SelfSigned).broken, []);
    remove(&mut wallet, root_entry, TdeEntries::Keep).unwrap();
    assert!(wallet.entry(root_entry).is_none());
    assert_eq!(
        remove(&mut wallet, root_entry, TdeEntries::Keep).unwrap_err().code().name(),
        "entry-not-found"
    );
}

#[test]
fn alias_of_another_entry_is_refused() {
    let mut wallet = Wallet::new();
    let a = pending(&mut wallet, "CN=a");
    let b = pending(&mut wallet, "CN=b");
    let error = rename(&mut wallet, b, Alias::new("a"), TdeEntries::Keep).unwrap_err();
    assert_eq!(error.code().name(), "alias-taken");
    // Java knows no difference between the two.
    let error = rename(&mut wallet, b, Alias::new("A"), TdeEntries::Keep).unwrap_err();
    assert_eq!(error.code().name(), "alias-taken");
    rename(&mut wallet, a, Alias::new("a"), TdeEntries::Keep).unwrap();
    rename(&mut wallet, b, Alias::new("c"), TdeEntries::Keep).unwrap();
    assert_eq!(find(&wallet, "c").unwrap(), b);
    let secret = SecretEntry { name: "s".to_owned(), value: SecretBytes::default() };
    let secret = wallet.push(None, EntryKind::from(secret));
    assert!(matches!(
        rename(&mut wallet, secret, Alias::new("x"), TdeEntries::Keep),
        Err(OpsError::WrongKind { .. })
    ));
}

// select

#[test]
fn entry_is_found_by_alias_fingerprint_serial_and_name() {
    let root = Ca::root_with("Root CA", |parameters| {
        parameters.serial_number = Some(rcgen::SerialNumber::from_slice(&[0xAB, 0xCD, 0xEF]));
    });
    let mut wallet = Wallet::new();
    let id = pending(&mut wallet, "CN=app,OU=web,O=Acme");
    let Added::Added(ca) = trust(&mut wallet, &[&root.certificate])[0] else { panic!() };
    let fingerprint = root.certificate.fingerprint().to_string();
    let colons: Vec<_> =
        fingerprint.as_bytes().chunks(2).map(|b| String::from_utf8_lossy(b)).collect();
    for (name, wanted) in [
        ("app", id),
        ("APP", id),
        ("cn=APP, ou=web, o=acme", id),
        ("O = Acme, OU = web, CN = app", id),
        ("/O=Acme/OU=web/CN=app", id),
        ("Root CA", ca),
        ("root ca", ca),
        ("CN=Root CA", ca),
        (&format!("sha256:{}", &fingerprint[..4]), ca),
        (&format!("sha256:{}", colons[..4].join(":").to_uppercase()), ca),
        (&colons.join(":").to_uppercase(), ca),
        ("serial:abcdef", ca),
        ("AB:CD:EF", ca),
        ("00ABCDEF", ca),
    ] {
        assert_eq!(find(&wallet, name).ok(), Some(wanted), "{name}");
    }
    assert_eq!(find(&wallet, "(Root CA)").ok(), Some(ca), "as lists show it");
    for (name, code) in [
        ("", "entry-not-found"),
        ("()", "entry-not-found"),
        ("sha256:", "value-invalid"),
        ("sha256:abc", "value-invalid"),
        ("sha256:0000000000000000", "entry-not-found"),
        ("serial:", "entry-not-found"),
        ("00", "entry-not-found"),
        ("CN=ap", "entry-not-found"),
        ("/O=Acme/CN=app", "entry-not-found"),
        ("=", "entry-not-found"),
    ] {
        let error = find(&wallet, name).unwrap_err();
        assert_eq!(error.code().name(), code, "{name}");
    }
}

#[test]
fn ambiguous_name_lists_the_candidates() {
    // A CA that was renewed: one name, two certificates.
    let (old, new) = (Ca::root("root"), Ca::root("root"));
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&old.certificate, &new.certificate]);
    let error = find(&wallet, "CN=root").unwrap_err();
    assert_eq!(error.code().name(), "entry-ambiguous");
    let OpsError::EntryAmbiguous { candidates, .. } = error else { panic!() };
    let fingerprints: Vec<_> = candidates.iter().map(|found| found.fingerprint).collect();
    assert_eq!(
        fingerprints,
        [Some(old.certificate.fingerprint()), Some(new.certificate.fingerprint())]
    );
    // The aliases that the list shows name one each.
    for candidate in &candidates {
        assert_eq!(find(&wallet, &candidate.alias).unwrap(), candidate.id);
    }
}

#[test]
fn unknown_name_suggests_those_that_are_spelled_alike() {
    let mut wallet = Wallet::new();
    for name in ["CN=server", "CN=client", "CN=severs"] {
        pending(&mut wallet, name);
    }
    let OpsError::EntryNotFound { near, .. } = find(&wallet, "Sever").unwrap_err() else {
        panic!()
    };
    assert_eq!(near, ["server", "severs"]);
}

// request

#[test]
fn alias_is_the_common_name_made_unique() {
    let mut wallet = Wallet::new();
    for (name, alias) in
        [("CN=app", "app"), ("CN=app", "app-2"), ("CN=app", "app-3"), ("O=x", "key")]
    {
        let id = pending(&mut wallet, name);
        assert_eq!(wallet.entry(id).unwrap().alias, Some(Alias::new(alias)));
    }
    let given = RequestSpec { alias: Some(Alias::new("app-2")), ..spec("CN=b") };
    let before = wallet.entries().len();
    assert_eq!(request(&mut wallet, &given).unwrap_err().code().name(), "alias-taken");
    assert_eq!(wallet.entries().len(), before);
}

#[test]
fn request_again_keeps_the_key_and_what_is_not_given() {
    let mut wallet = Wallet::new();
    let id = pending(&mut wallet, "CN=app");
    let first = last_request(&wallet, id).unwrap().clone();
    let subject = DistinguishedName::parse("CN=other").unwrap();
    let changes = Changes { subject: Some(subject), ..Changes::default() };
    request_again(&mut wallet, id, changes, TdeEntries::Keep).unwrap();
    request_again(&mut wallet, id, Changes::default(), TdeEntries::Keep).unwrap();
    let last = last_request(&wallet, id).unwrap();
    assert_eq!(last.public_key(), first.public_key());
    assert_eq!(last.subject().to_string(), "CN=other");
    assert_eq!(wallet.entries().len(), 1);
    lock(&mut wallet, id);
    let error = request_again(&mut wallet, id, Changes::default(), TdeEntries::Keep).unwrap_err();
    assert_eq!(error.code().name(), "key-locked");
}

#[test]
fn renewal_asks_for_the_same_names_with_a_new_key() {
    let root = Ca::root("root");
    let leaf = root.leaf_with("app", |parameters| {
        let san = rcgen::SanType::DnsName("app.example".try_into().unwrap());
        parameters.subject_alt_names = vec![san];
        parameters.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    let mut wallet = Wallet::new();
    trust(&mut wallet, &[&root.certificate]);
    let options = ImportOptions { key: Some(leaf.private_key()), ..ImportOptions::default() };
    let id = import(&mut wallet, std::slice::from_ref(&leaf.certificate), &options).unwrap().entry;

    let renewal = renew(&mut wallet, id, RenewSpec::default()).unwrap();
    assert_eq!(wallet.entry(renewal).unwrap().alias, Some(Alias::new("app-renewal")));
    let made = last_request(&wallet, renewal).unwrap();
    assert_eq!(made.subject(), &leaf.certificate.subject());
    assert_ne!(*made.public_key(), leaf.certificate.public_key());
    assert_eq!(made.public_key().algorithm(), KeyAlgorithm::EcP256);
    let asked = csr::requested_extensions(made).unwrap();
    assert_eq!(asked, RequestedExtensions::of_certificate(&leaf.certificate).unwrap());
    assert_eq!((asked.san.len(), asked.eku.len()), (1, 1));

    // With the same key the request waits in the entry of the certificate.
    let spec = RenewSpec { reuse_key: true, ..RenewSpec::default() };
    assert_eq!(renew(&mut wallet, id, spec).unwrap(), id);
    let made = last_request(&wallet, id).unwrap();
    assert_eq!(*made.public_key(), leaf.certificate.public_key());
    assert_eq!(chain_of(&wallet, id), [&leaf.certificate]);

    let error = renew(&mut wallet, renewal, RenewSpec::default()).unwrap_err();
    assert!(matches!(error, OpsError::WrongKind { .. }));
}

#[test]
fn self_signed_certificate_is_trusted_where_readers_expect_it() {
    let validity = Validity {
        not_before: datetime!(2026-01-01 0:00 UTC),
        not_after: datetime!(2027-01-01 0:00 UTC),
    };
    for is_oracle in [false, true] {
        let mut wallet = Wallet::new();
        let made = self_signed(&mut wallet, &spec("CN=dev"), validity, Role::EndEntity, is_oracle);
        let id = made.unwrap();
        assert_eq!(last_request(&wallet, id).is_some(), is_oracle);
        let leaf = chain_of(&wallet, id)[0];
        assert!(leaf.is_self_issued());
        assert_eq!(wallet.trusted().count(), usize::from(is_oracle));
        let report = mwallet::chain::check(
            &wallet,
            &mwallet::chain::CheckRequest {
                criteria: mwallet::chain::Criteria::new(datetime!(2026-06-01 0:00 UTC)),
                entry: None,
                wallet: "w",
            },
        );
        let codes: Vec<_> = report.findings.iter().map(|finding| finding.code.name()).collect();
        assert_eq!(codes, if is_oracle { vec![] } else { vec!["anchor-not-trusted"] });
    }
}
