//! As much HTTP as it takes to hear a refusal: nginx makes the handshake with any certificate or
//! none, and says afterwards in an answer of HTTP what it thinks of it.

/// What HTTP calls itself in ALPN (RFC 7301).
pub(in crate::probe) const PROTOCOL: &[u8] = b"http/1.1";

/// A request that changes nothing.
pub(in crate::probe) fn request(host: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: mwallet\r\nConnection: close\r\n\r\n")
}

/// The status line of an HTTP answer that complains about the client's certificate, as nginx's do
/// (`400 No required SSL certificate was sent`, `400 The SSL certificate error`).
pub(in crate::probe) fn refusal(answer: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(answer);
    let status = text.strip_prefix("HTTP/1.")?.get(2..)?.lines().next()?.trim();
    if !status.starts_with('4') {
        return None;
    }
    let said = text.lines().find(|line| line.to_lowercase().contains("ssl certificate"))?;
    let words: String = said
        .split('<')
        .filter_map(|part| part.split_once('>').map(|(_, words)| words).or(Some(part)))
        .find(|words| words.to_lowercase().contains("ssl certificate"))?
        .trim()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::refusal;

    #[test]
    fn refusals_of_nginx_are_read_and_other_answers_are_not() {
        let page = |words: &str| {
            format!(
                "HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<html>\r\n<head><title>400 {words}\
                 </title></head>\r\n<body>\r\n<center>{words}</center>\r\n"
            )
        };
        assert_eq!(
            refusal(page("No required SSL certificate was sent").as_bytes()).unwrap(),
            "400 No required SSL certificate was sent"
        );
        assert!(refusal(page("Bad Request").as_bytes()).is_none());
        assert!(refusal(b"HTTP/1.1 200 OK\r\n\r\nall about the SSL certificate").is_none());
        assert!(refusal(b"").is_none());
        assert!(refusal("HTTP/1.\u{e9}\u{e9}\u{e9}".as_bytes()).is_none());
    }
}
