//! Every bound on work, memory and nesting, each with its reason.
//!
//! The bounds hold against whoever made the file. They are checked before the work is done and
//! before memory is reserved.

/// Longest store that is read, in bytes. A wallet of 100,000 certificates takes about 150 MB, and
/// `der` itself stops at 2^28 - 1 bytes.
pub const FILE_BYTES: u64 = (1 << 28) - 1;

/// Longest file that is read and is no store, in bytes: some 20,000 certificates in PEM. A bundle is held
/// as text and as values at once, so the bound is lower than that of a store.
pub const BUNDLE_BYTES: u64 = 32 * 1024 * 1024;

/// Longest input from a pipe, a device or stdin, in bytes. It does not tell its length, so that it is held
/// twice while it grows; some 10,000 certificates in PEM.
pub const STREAM_BYTES: u64 = 16 * 1024 * 1024;

/// Names of a folder that is read or replaced: one for each key of a large wallet.
pub const FOLDER_NAMES: usize = 10_000;

/// Longest password file or secret value that is read, in bytes.
pub const PASSWORD_BYTES: u64 = 64 * 1024;

/// Iterations allowed to one key derivation unless the user raises it. One million rounds of
/// PBKDF2-HMAC-SHA256 take about a quarter of a second.
pub const ITERATIONS: u32 = 1_000_000;

/// Derivations of [`ITERATIONS`] rounds that one open may spend in total: of a file with 600,000 rounds of
/// triple DES, as NSS and GnuTLS write it, the MAC, the contents and thirteen keys, which take three
/// derivations each; and no hundred bags of a hostile file. About 3 s.
pub const ITERATION_BUDGET_FACTOR: u64 = 25;

/// Memory that one scrypt derivation may take, in bytes: 128 * r * (N + p) (RFC 7914 sections 5
/// and 6). The usual N = 16384, r = 8, p = 1 takes 16 MiB, twice that N is still allowed. Its time counts as 2 * N * r * p
/// iterations, which is what it was measured to take.
pub const SCRYPT_BYTES: u64 = 36 * 1024 * 1024;

/// Longest modulus of a DSA key whose public half is computed, in bytes. FIPS 186-4 section 4.2 ends at 3072
/// bits; with 4096 it takes some milliseconds.
pub const DSA_MODULUS_BYTES: usize = 512;

/// Longest order of its generator, and longest private number, in bytes: FIPS 186-4 section 4.2.
pub const DSA_ORDER_BYTES: usize = 32;

/// Longest salt, in bytes. Writers use 8 to 64; the bound keeps the derivation's input small.
pub const SALT_BYTES: usize = 1024;

/// Deepest nesting of ASN.1 values. A PKCS#12 with nested SafeContents needs about 20.
pub const NESTING: usize = 64;

/// Deepest nesting of SafeContents inside SafeContents. Nobody is known to write more than one.
pub const SAFE_NESTING: usize = 8;

/// Deepest nesting of serialized Java objects, and of classes above a class. The sealed secret keys
/// of a JCEKS store nest four deep.
pub const JAVA_NESTING: usize = 32;

/// Java objects and classes in one serialized secret key. A sealed one has eleven.
pub const JAVA_OBJECTS: usize = 1_000;

/// Entries of one store, and bags of one PKCS#12 file. The largest that are known hold some 100,000
/// certificates; an entry takes some 3 KiB of memory, however small it is in the file.
pub const ENTRIES: usize = 250_000;

/// Attributes of one bag of a PKCS#12 file. Writers use two to four.
pub const BAG_ATTRIBUTES: usize = 100;

/// Certificates that a file may keep with one key as its chain; further ones are entries of their
/// own. Real chains have up to five, cross-signing doubles them.
pub const CHAIN_CERTIFICATES: usize = 100;

/// Certificates in the chains of all keys of a file, the keys' own left out. A certificate that is in
/// the file once may stand in the chain of every key: a hundred thousand keys with ten issuers each.
pub const CHAIN_LINKS: usize = 1_000_000;

/// Longest certificate path that is searched. Real chains have up to five certificates.
pub const PATH_LENGTH: usize = 32;

/// Signatures that one path search may verify. Cross-signed and renewed CAs multiply the paths;
/// a search that needs more than this is hostile.
pub const PATH_SIGNATURES: usize = 1_000;

/// Candidates that one path search may look at, each as often as it is looked at. Ten thousand
/// certificates of one name are looked at ten times.
pub const PATH_CANDIDATES: usize = 100_000;

/// Signatures, for each certificate of a file, that all searches in it may verify beyond those of one
/// search. A certificate has one signature, and rarely more than two keys of its issuer's name to try.
/// The same holds of revocation lists; the path of who signs them in the CA's place counts as one.
pub const SIGNATURES_EACH: usize = 4;

/// Looks at candidates, for each certificate of a file, that all searches in it may take beyond those of
/// one search.
pub const LOOKS_EACH: usize = 100;

/// Certificates of the issuer's name that are compared when none of them is the issuer, to tell which comes
/// nearest.
pub const NAMESAKES: usize = 100;

/// Looks at revocation lists that the certificates of one report may take, each certificate at each list
/// of its issuer, and at those who may have signed a list in the issuer's place. A hundred thousand certificates with ten lists each, on ten paths; about two seconds.
pub const REVOCATION_LOOKS: usize = 10_000_000;

/// Paths of one certificate that are judged by all rules, until one has nothing against it.
pub const PATHS: usize = 64;

/// Comparisons of names with name constraints that one certificate may cost, on all its paths. Names
/// times constraints multiply: a CA with a thousand constraints and a leaf with a thousand names of
/// the same kind need a million.
pub const NAME_COMPARISONS: usize = 1 << 20;

/// Warnings that the entries of one file may cause; the rest is counted. Each is longer than what it is
/// about may be.
pub const FILE_WARNINGS: usize = 100;

/// Bytes that are read from a server in one handshake. TLS itself bounds a record at 16 KiB and the
/// TLS library a message at 64 KiB; this bounds how many of them there are.
pub const PROBE_BYTES: u64 = 1024 * 1024;

/// Bytes of the plain dialogue before TLS. The longest honest one, a mail server's list of what it
/// offers, takes less than 1 KiB.
pub const STARTTLS_BYTES: usize = 8 * 1024;

/// Bytes of data after the handshake that are looked at for a refusal in the words of HTTP.
pub const PROBE_ANSWER_BYTES: usize = 8 * 1024;

/// Deepest folder below a named one that is looked into. Trees of configuration have up to ten levels;
/// the bound ends what a hostile mount could make endless.
pub const FOLDER_DEPTH: usize = 64;

/// Deepest folder in one that was made here: a test PKI, or a folder of PEM files. They are two levels deep, and
/// what somebody put into them is not followed without end.
pub const OWN_FOLDER_DEPTH: usize = 32;

/// Symbolic links that are followed one after the other before a write; the kernel follows as many.
pub const LINKS: usize = 40;

/// Copies that are kept aside of one file, before the next is refused. Each has a name of its own, and all
/// before it are tried.
pub const KEPT_COPIES: usize = 1_000;

/// Files of a directory that are opened to propose one of them, where the directory is no wallet. Nobody reads a
/// longer list of proposals.
pub const NEARBY_FILES: usize = 20;

/// Threads that share work on many things. Where these are files each thread may hold one at a time, so that
/// they multiply [`FILE_BYTES`].
pub const THREADS: usize = 8;

/// First bytes of a file that tell what it is, unless it is text.
pub const START_BYTES: u64 = 4096;

/// First bytes of a text in which a certificate must begin to be found without being named: behind the
/// key, and behind the printed form of a certificate with hundreds of names.
pub const TEXT_START_BYTES: u64 = 64 * 1024;

/// Longest `pki.toml` that is read, in bytes: some thousand entries, each written out.
pub const PKI_FILE_BYTES: u64 = 1024 * 1024;

/// Entries of a test PKI, those that are counted included. Ten thousand take about ten seconds.
pub const PKI_ENTRIES: u32 = 100_000;

/// Tables of a `pki.toml` that are like each other, one after the other. Files that people write have two or
/// three.
pub const PKI_LIKE: usize = 32;

/// Names that the certificates of one counted table of a test PKI have together, each as often as it is
/// written.
pub const PKI_NAMES: usize = 1_000_000;

/// Longest name of an entry of a test PKI, in bytes: a file of that name with an ending, and what the
/// number of a count adds, has to fit into the 255 that file systems allow.
pub const PKI_NAME_BYTES: usize = 200;

/// Connections that the servers of a test PKI hold at once, all of them together.
pub const PKI_CONNECTIONS: usize = 64;

/// Bytes that a server of a test PKI takes from one client.
pub const PKI_ECHO_BYTES: usize = 1024 * 1024;

/// Seconds that a connection to a server of a test PKI lasts at most.
pub const PKI_WAIT_SECONDS: u64 = 30;

/// Servers that a test PKI opens at once; each takes a thread that waits.
pub const PKI_SERVERS: usize = 256;
