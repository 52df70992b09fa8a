//! The part of YAML that manifests of Secrets are written in.
//!
//! A mapping of scalars in block style, two levels deep, is read: plain, quoted, literal (`|`) and folded
//! (`>`) scalars, comments, several documents. Everything else that YAML 1.2.2 has is refused where a
//! value is needed (anchors, aliases, tags, flow style), and passed over elsewhere. A parser
//! for all of YAML would leave copies of the keys in freed memory; what this one copies is wiped.

use crate::code::Code;
use crate::codec::kubernetes::{Secret, damaged, from_base64, list_refused};
use crate::codec::{CodecError, Warning};
use crate::secret::SecretBytes;
use std::collections::HashSet;
use zeroize::Zeroizing;

/// Reads every Secret of the documents; of another kind there may be others.
pub(super) fn read<'t>(
    text: &'t str,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Secret<'t>>, CodecError> {
    let mut secrets = Vec::new();
    let mut others = 0_usize;
    for lines in documents(text) {
        match kind(&lines) {
            Some("Secret") => secrets.push(Document { lines: &lines, at: 0 }.read()?),
            Some("List") => return Err(list_refused()),
            _ => others += 1,
        }
    }
    if secrets.is_empty() {
        return Err(damaged("it holds no Secret".to_owned()));
    }
    if others > 0 {
        let message = format!("{others} of its documents are of another kind than Secret");
        warnings.push(Warning { code: Code::BLOCK_SKIPPED, message });
    }
    Ok(secrets)
}

/// A line without its line end.
#[derive(Clone, Copy)]
struct Line<'t> {
    /// From 1.
    number: usize,
    text: &'t str,
}

impl<'t> Line<'t> {
    fn indent(self) -> usize {
        self.text.len() - self.text.trim_start_matches(' ').len()
    }

    fn content(self) -> &'t str {
        self.text.trim()
    }

    /// Whether it says nothing outside of a block scalar.
    fn is_silent(self) -> bool {
        self.content().is_empty() || self.content().starts_with('#')
    }

    fn refuse(self, what: &str) -> CodecError {
        damaged(format!("line {}: {what}", self.number))
    }
}

/// The lines of each document that has any.
fn documents(text: &str) -> Vec<Vec<Line<'_>>> {
    let mut documents = vec![Vec::new()];
    for (index, text) in text.lines().enumerate() {
        let is_mark = |mark: &str| {
            text.strip_prefix(mark).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
        };
        if is_mark("---") || is_mark("...") {
            documents.push(Vec::new());
        } else if let Some(last) = documents.last_mut() {
            last.push(Line { number: index + 1, text });
        }
    }
    documents.retain(|lines| lines.iter().any(|line| !line.is_silent()));
    documents
}

/// What a document says that it is. Block scalars are indented, so nothing else begins like this.
fn kind<'t>(lines: &[Line<'t>]) -> Option<&'t str> {
    let value = lines.iter().find_map(|line| line.text.strip_prefix("kind:"))?;
    Some(without_comment(value.trim()).trim_matches(['"', '\'']))
}

/// One document, read from top to bottom.
struct Document<'d, 't> {
    lines: &'d [Line<'t>],
    at: usize,
}

/// The value of a key.
enum Scalar<'t> {
    Plain(&'t str),
    /// Put together from several lines, or with escapes.
    Built(SecretBytes),
}

impl Scalar<'_> {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Plain(text) => text.as_bytes(),
            Self::Built(bytes) => bytes,
        }
    }
}

impl<'t> Document<'_, 't> {
    fn read(mut self) -> Result<Secret<'t>, CodecError> {
        let mut name = None;
        let (mut data, mut text): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
        let mut seen: Vec<&str> = Vec::new();
        while let Some(line) = self.next_line() {
            let (key, rest) = member(line)?;
            if line.indent() > 0 {
                return Err(line.refuse("it is indented, and belongs to nothing"));
            }
            if ["kind", "metadata", "data", "stringData"].contains(&key) {
                if seen.contains(&key) {
                    return Err(line.refuse("the key stands twice"));
                }
                seen.push(key);
            }
            match key {
                "metadata" => name = self.name(line, rest)?,
                "data" => self.values(line, rest, true, &mut data)?,
                "stringData" => self.values(line, rest, false, &mut text)?,
                "kind" => {
                    self.word(line, rest)?;
                }
                _ => self.pass_over(0),
            }
        }
        // What stands in both has the text (the API reference on stringData).
        let in_text: HashSet<&str> = text.iter().map(|(key, _)| *key).collect();
        data.retain(|(key, _)| !in_text.contains(key));
        data.append(&mut text);
        Ok(Secret { name, values: data })
    }

    fn next_line(&mut self) -> Option<Line<'t>> {
        loop {
            let line = *self.lines.get(self.at)?;
            self.at += 1;
            if !line.is_silent() {
                return Some(line);
            }
        }
    }

    /// The next line that says something, if it is indented deeper.
    fn peek_deeper(&self, indent: usize) -> Option<Line<'t>> {
        let line = self.lines[self.at..].iter().find(|line| !line.is_silent())?;
        (line.indent() > indent).then_some(*line)
    }

    /// Leaves out what belongs to a key of this indentation; the members of a sequence may stand
    /// below their key without being indented.
    fn pass_over(&mut self, indent: usize) {
        while let Some(line) = self.lines.get(self.at) {
            let belongs = line.is_silent()
                || line.indent() > indent
                || line.indent() == indent && line.content().starts_with("- ")
                || line.indent() == indent && line.content() == "-";
            if !belongs {
                break;
            }
            self.at += 1;
        }
    }

    /// `metadata.name`.
    fn name(&mut self, line: Line<'t>, rest: &'t str) -> Result<Option<&'t str>, CodecError> {
        let mut name = None;
        self.members(line, rest, |document, line, key, rest| {
            if key == "name" {
                name = Some(document.word(line, rest)?);
            } else {
                document.pass_over(line.indent());
            }
            Ok(())
        })?;
        Ok(name)
    }

    fn values(
        &mut self,
        line: Line<'t>,
        rest: &'t str,
        is_base64: bool,
        values: &mut Vec<(&'t str, SecretBytes)>,
    ) -> Result<(), CodecError> {
        self.members(line, rest, |document, line, key, rest| {
            let scalar = document.scalar(line, rest)?;
            let value = match scalar {
                scalar if is_base64 => from_base64(key, scalar.bytes())?,
                Scalar::Plain(text) => SecretBytes::from(text.as_bytes()),
                Scalar::Built(bytes) => bytes,
            };
            values.push((key, value));
            Ok(())
        })
    }

    /// Goes through the members of the mapping below a key, each of which stands there once (YAML 1.2.2
    /// section 3.2.1.3).
    fn members(
        &mut self,
        line: Line<'t>,
        rest: &'t str,
        mut take: impl FnMut(&mut Self, Line<'t>, &'t str, &'t str) -> Result<(), CodecError>,
    ) -> Result<(), CodecError> {
        match without_comment(rest) {
            "{}" | "null" | "~" => return Ok(()),
            "" => {}
            _ => return Err(line.refuse("a mapping in block style is expected")),
        }
        let Some(first) = self.peek_deeper(line.indent()) else { return Ok(()) };
        let indent = first.indent();
        let mut seen = HashSet::new();
        while let Some(member_line) = self.peek_deeper(line.indent()) {
            if member_line.indent() != indent {
                return Err(member_line.refuse("it is indented like nothing before it"));
            }
            self.next_line();
            let (key, rest) = member(member_line)?;
            if !seen.insert(key) {
                return Err(member_line.refuse("the key stands twice"));
            }
            take(self, member_line, key, rest)?;
        }
        Ok(())
    }

    /// A scalar that is one word of plain or quoted text.
    fn word(&mut self, line: Line<'t>, rest: &'t str) -> Result<&'t str, CodecError> {
        match self.scalar(line, rest)? {
            Scalar::Plain(text) => Ok(text),
            Scalar::Built(_) => Err(line.refuse("one word is expected")),
        }
    }

    /// YAML 1.2.2 sections 7.3 and 8.1.2.
    fn scalar(&mut self, line: Line<'t>, rest: &'t str) -> Result<Scalar<'t>, CodecError> {
        let scalar = match rest.chars().next() {
            Some('|' | '>') => return self.block(line, rest),
            Some('"') => double_quoted(line, rest)?,
            Some('\'') => single_quoted(line, rest)?,
            Some('&' | '*' | '!' | '{' | '[' | '%' | '@' | '`' | ',' | ']' | '}') => {
                return Err(line.refuse("a value of this style is not read"));
            }
            _ => {
                let text = without_comment(rest);
                if text.contains(": ") || text.ends_with(':') || text.starts_with("- ") {
                    return Err(line.refuse("a value of this style is not read"));
                }
                Scalar::Plain(text)
            }
        };
        match self.peek_deeper(line.indent()) {
            Some(more) => Err(more.refuse("a value that goes on here is not read")),
            None => Ok(scalar),
        }
    }

    /// `|` or `>`, with `-` or `+` for the line ends behind it, and the lines below.
    fn block(&mut self, line: Line<'t>, rest: &'t str) -> Result<Scalar<'t>, CodecError> {
        let style = without_comment(rest);
        let (cut, keep) = match &style[1..] {
            "" => (false, false),
            "-" => (true, false),
            "+" => (false, true),
            _ => return Err(line.refuse("a value with a stated indentation is not read")),
        };
        let is_folded = style.starts_with('>');
        let below = &self.lines[self.at..];
        let length = below
            .iter()
            .take_while(|below| below.content().is_empty() || below.indent() > line.indent())
            .count();
        let lines = &below[..length];
        self.at += length;
        let Some(first) = lines.iter().find(|line| !line.content().is_empty()) else {
            return Ok(Scalar::Plain(""));
        };
        let indent = first.indent();
        let room = lines.iter().map(|line| line.text.len() + 1).sum();
        let mut value = Zeroizing::new(Vec::with_capacity(room)); // never grown
        let mut folds = false; // whether the last line that is not empty begins at the indentation
        for line in lines {
            if line.indent() < indent && !line.content().is_empty() {
                return Err(line.refuse("it is indented less than the lines before it"));
            }
            let text = line.text.get(indent..).unwrap_or_default();
            let is_flush = !text.is_empty() && !text.starts_with([' ', '\t']);
            if is_folded && is_flush && folds {
                // YAML 1.2.2 section 6.5: one line end becomes a blank, of several the first goes.
                value.pop();
                if !value.ends_with(b"\n") {
                    value.push(b' ');
                }
            }
            if !text.is_empty() {
                folds = is_flush;
            }
            value.extend_from_slice(text.as_bytes());
            value.push(b'\n');
        }
        while !keep && value.ends_with(b"\n") {
            value.pop();
        }
        if !keep && !cut {
            value.push(b'\n');
        }
        Ok(Scalar::Built(SecretBytes::new(std::mem::take(&mut *value))))
    }
}

/// `key: value`, the key in one word.
fn member(line: Line<'_>) -> Result<(&str, &str), CodecError> {
    if line.text.trim_start_matches(' ').starts_with('\t') {
        return Err(line.refuse("it is indented by a tab"));
    }
    let content = line.content();
    let (key, rest) = content
        .split_once(": ")
        .or_else(|| content.strip_suffix(':').map(|key| (key, "")))
        .ok_or_else(|| line.refuse("a key and a value are expected"))?;
    let bare = |quote: char| key.strip_prefix(quote).and_then(|key| key.strip_suffix(quote));
    let key = bare('"').or_else(|| bare('\'')).unwrap_or(key);
    // The names of Kubernetes itself, and those of data: section "Secret" of its API reference.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
    if key.is_empty() || !key.chars().all(plain) {
        return Err(line.refuse("a key of this style is not read"));
    }
    Ok((key, rest.trim()))
}

/// Cuts off a comment, which begins at a `#` behind white space.
fn without_comment(text: &str) -> &str {
    if text.starts_with('#') {
        return "";
    }
    text.find(" #").map_or(text, |at| &text[..at]).trim_end()
}

fn double_quoted<'t>(line: Line<'t>, rest: &'t str) -> Result<Scalar<'t>, CodecError> {
    let inside = &rest[1..];
    let mut value = Zeroizing::new(Vec::with_capacity(inside.len())); // never grown
    let mut bytes = inside.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'"' => {
                require_end(line, &inside[at + 1..])?;
                let is_plain = value.len() == at;
                let bytes = SecretBytes::new(std::mem::take(&mut *value));
                return Ok(if is_plain {
                    Scalar::Plain(&inside[..at])
                } else {
                    Scalar::Built(bytes)
                });
            }
            b'\\' => value.push(match bytes.next() {
                Some((_, escaped @ (b'"' | b'\\' | b'/'))) => escaped,
                Some((_, b'n')) => b'\n',
                Some((_, b'r')) => b'\r',
                Some((_, b't')) => b'\t',
                _ => return Err(line.refuse("an escape of this kind is not read")),
            }),
            byte => value.push(byte),
        }
    }
    Err(line.refuse("the quotes are not closed in the line"))
}

fn single_quoted<'t>(line: Line<'t>, rest: &'t str) -> Result<Scalar<'t>, CodecError> {
    let inside = &rest[1..];
    let end =
        inside.find('\'').ok_or_else(|| line.refuse("the quotes are not closed in the line"))?;
    require_end(line, &inside[end + 1..])?;
    Ok(Scalar::Plain(&inside[..end]))
}

/// Behind quotes there may be a comment.
fn require_end(line: Line<'_>, rest: &str) -> Result<(), CodecError> {
    if without_comment(rest).trim().is_empty() {
        return Ok(());
    }
    Err(line.refuse("something follows the quotes"))
}

#[cfg(test)]
mod tests {
    use super::read;

    fn values(data: &str) -> Result<Vec<(String, String)>, String> {
        let text = format!("apiVersion: v1\nkind: Secret\n{data}");
        let secrets = read(&text, &mut Vec::new()).map_err(|error| error.to_string())?;
        let pairs = secrets.iter().flat_map(|secret| &secret.values);
        Ok(pairs
            .map(|(key, value)| ((*key).to_owned(), String::from_utf8_lossy(value).into_owned()))
            .collect())
    }

    #[test]
    fn every_style_of_scalar_that_is_read_gives_its_value() {
        for (scalar, value) in [
            ("aGk=", "hi"),
            ("aGk=  # greeting", "hi"),
            ("\"aGk=\"", "hi"),
            ("'aGk='  # greeting", "hi"),
            ("|\n    aG\n    k=\n", "hi"),
            (">-\n    aG\n    k=\n", "hi"),
            (">  # folded\n    aG\n    k=\n", "hi"),
            ("", ""),
        ] {
            let read = values(&format!("data:\n  a: {scalar}\n  b: aGk=\n")).unwrap();
            assert_eq!(read[0].1, value, "{scalar}");
            assert_eq!(read[1].1, "hi", "{scalar}");
        }
        for (scalar, value) in [
            ("|\n    a\n      b\n\n    c\n\n", "a\n  b\n\nc\n"),
            ("|-\n    a\n    # no comment\n", "a\n# no comment"),
            ("|+\n    a\n", "a\n\n"),
            (">\n    a\n    b\n\n    c\n\n\n    d\n", "a b\nc\n\nd\n"),
            (">-\n    a\n      b\n    c\n    d\n\n", "a\n  b\nc d"),
            (">+\n\n    a\n\n      b\n\n    c\n", "\na\n\n  b\n\nc\n\n"),
            (r#""a\n\"b\"\\""#, "a\n\"b\"\\"),
        ] {
            let read = values(&format!("stringData:\n  a: {scalar}\ntype: Opaque\n")).unwrap();
            assert_eq!(read, [("a".to_owned(), value.to_owned())], "{scalar}");
        }
    }

    #[test]
    fn text_of_a_name_wins_over_its_base64() {
        let text = "stringData:\n  a: text\ndata:\n  a: aGk=\n  b: aGk=\n";
        let named = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(values(text), Ok(vec![named("b", "hi"), named("a", "text")]));
    }

    #[test]
    fn what_is_not_needed_is_passed_over() {
        let text = "metadata:\n  annotations:\n    note: |\n      data: x\n  managedFields:\n  - a: b\n  \
                    name: app\nmore: &anchor [1, 2]\nlist:\n- a\n- b: c\ndata: {}\n";
        assert_eq!(values(text), Ok(Vec::new()));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for data in [
            "data: {a: b}\n",
            "data:\n  a: *anchor\n",
            "data:\n  a: !!binary aGk=\n",
            "data:\n  a: >2\n    aGk=\n",
            "data:\n  a: aG\n    k=\n",
            "data:\n  a:\n    b: c\n",
            "data:\n  a: \"aGk=\n",
            "data:\n  a: \"aGk=\" x\n",
            "data:\n  a: 'it''s'\n",
            "data:\n  a: a*b=\n",
            "data:\n  a: aGk=\n   b: aGk=\n",
            "data:\n  a: aGk=\ndata:\n  a: aGk=\n",
            "data:\n  a: aGk=\n  b: aGk=\n  a: aGk=\n",
            "metadata:\n  name: a\n  name: b\n",
            "data:\n  a: |2\n    aGk=\n",
            "data\n",
            "  data: x\n",
            "data:\n  ? a\n",
            "data:\n\ta: aGk=\n",
            "kind: Secret\n",
        ] {
            assert!(values(data).is_err(), "{data}");
        }
    }

    #[test]
    fn documents_of_other_kinds_are_told_and_lists_are_refused() {
        let mut warnings = Vec::new();
        let text = "---\nkind: Secret\n---\nkind: ConfigMap\ndata:\n  a: b c\n...\n";
        assert_eq!(read(text, &mut warnings).unwrap().len(), 1);
        assert_eq!(warnings.len(), 1);
        assert!(read("kind: List\nitems: []\n", &mut warnings).is_err());
        assert!(read("kind: Service\n", &mut warnings).is_err());
    }
}
