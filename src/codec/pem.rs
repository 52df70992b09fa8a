//! Writing PEM text, RFC 7468.
