//! The end of a serialized Java object.
//!
//! JCEKS keeps a secret key as a serialized `SealedObject`, and no length with it. Its end is found by
//! walking the grammar of the Java Object Serialization Specification, section 6.4. No class is looked
//! up and nothing is made of the values: a stream of any class is passed over.

use crate::codec::CodecError;
use crate::codec::jks::reader::{Reader, size};
use crate::limits;

const STREAM_MAGIC: u32 = 0xACED_0005;
const BASE_HANDLE: u32 = 0x007E_0000;

const TC_NULL: u8 = 0x70;
const TC_REFERENCE: u8 = 0x71;
const TC_CLASSDESC: u8 = 0x72;
const TC_OBJECT: u8 = 0x73;
const TC_STRING: u8 = 0x74;
const TC_ARRAY: u8 = 0x75;
const TC_CLASS: u8 = 0x76;
const TC_BLOCKDATA: u8 = 0x77;
const TC_ENDBLOCKDATA: u8 = 0x78;
const TC_BLOCKDATALONG: u8 = 0x7A;
const TC_LONGSTRING: u8 = 0x7C;
const TC_PROXYCLASSDESC: u8 = 0x7D;
const TC_ENUM: u8 = 0x7E;

const SC_WRITE_METHOD: u8 = 0x01;
const SC_SERIALIZABLE: u8 = 0x02;
const SC_EXTERNALIZABLE: u8 = 0x04;
const SC_BLOCK_DATA: u8 = 0x08;

/// Passes over one stream that holds one object.
///
/// # Errors
///
/// [`CodecError::Truncated`], [`CodecError::Damaged`] for what the grammar does not have, and
/// [`CodecError::Limit`] beyond [`limits::JAVA_NESTING`] and [`limits::JAVA_OBJECTS`].
pub(super) fn skip(reader: &mut Reader<'_>) -> Result<(), CodecError> {
    if reader.u32(STREAM)? != STREAM_MAGIC {
        return Err(reader.damaged("a secret key that is no serialized Java object"));
    }
    let mut walk = Walk { reader, handles: Vec::new(), classes: Vec::new() };
    walk.content(0)
}

const STREAM: &str = "a serialized secret key";

/// What a handle stands for.
#[derive(Clone, Copy)]
enum Handle {
    /// A class, by its place among the classes.
    Class(usize),
    /// An object, array, string or enum constant.
    Object,
}

/// What has to be known of a class to pass over its objects.
struct Class {
    /// The second character of the name of an array's class is the type of its elements.
    element: Option<Field>,
    flags: u8,
    fields: Vec<Field>,
    parent: Option<usize>,
    /// How many classes stand above it; `None` while it is being read.
    depth: Option<usize>,
}

/// A value of a field or an array.
#[derive(Clone, Copy)]
enum Field {
    /// This many bytes.
    Primitive(u8),
    Object,
}

impl Field {
    fn of(code: u8) -> Option<Self> {
        match code {
            b'B' | b'Z' => Some(Self::Primitive(1)),
            b'C' | b'S' => Some(Self::Primitive(2)),
            b'F' | b'I' => Some(Self::Primitive(4)),
            b'D' | b'J' => Some(Self::Primitive(8)),
            b'[' | b'L' => Some(Self::Object),
            _ => None,
        }
    }
}

struct Walk<'r, 'a> {
    reader: &'r mut Reader<'a>,
    handles: Vec<Handle>,
    classes: Vec<Class>,
}

impl Walk<'_, '_> {
    /// `object`.
    fn content(&mut self, nesting: usize) -> Result<(), CodecError> {
        let tag = self.reader.u8(STREAM)?;
        self.content_of(tag, nesting)
    }

    fn content_of(&mut self, tag: u8, nesting: usize) -> Result<(), CodecError> {
        if nesting >= limits::JAVA_NESTING {
            return Err(too_deep(nesting));
        }
        let below = nesting + 1;
        match tag {
            TC_NULL => {}
            TC_REFERENCE => drop(self.reference()?),
            TC_CLASSDESC | TC_PROXYCLASSDESC => drop(self.class_of(tag, below)?),
            TC_OBJECT => {
                let class = self.class(below)?;
                self.assign(Handle::Object)?;
                self.object(class, below)?;
            }
            TC_ARRAY => {
                let class = self.class(below)?;
                self.assign(Handle::Object)?;
                self.array(class, below)?;
            }
            TC_CLASS => {
                self.class(below)?;
                self.assign(Handle::Object)?;
            }
            TC_STRING => {
                self.assign(Handle::Object)?;
                self.reader.short(STREAM)?;
            }
            TC_LONGSTRING => {
                self.assign(Handle::Object)?;
                let length = self.reader.u64(STREAM)?;
                self.reader.take(size(length), STREAM)?;
            }
            TC_ENUM => {
                self.class(below)?;
                self.assign(Handle::Object)?;
                self.content(below)?;
            }
            // TC_RESET and TC_EXCEPTION do not occur in what one `writeObject` writes.
            other => return Err(self.unexpected(other)),
        }
        Ok(())
    }

    /// `classDesc`: the place of the class, or `None` for null.
    fn class(&mut self, nesting: usize) -> Result<Option<usize>, CodecError> {
        let tag = self.reader.u8(STREAM)?;
        self.class_of(tag, nesting)
    }

    fn class_of(&mut self, tag: u8, nesting: usize) -> Result<Option<usize>, CodecError> {
        if nesting >= limits::JAVA_NESTING {
            return Err(too_deep(nesting));
        }
        match tag {
            TC_NULL => return Ok(None),
            TC_REFERENCE => {
                return match self.reference()? {
                    Handle::Class(place) => Ok(Some(place)),
                    Handle::Object => Err(self.reader.damaged("an object in place of its class")),
                };
            }
            TC_CLASSDESC | TC_PROXYCLASSDESC => {}
            other => return Err(self.unexpected(other)),
        }
        let place = self.classes.len();
        let mut class = Class {
            element: None,
            flags: SC_SERIALIZABLE,
            fields: Vec::new(),
            parent: None,
            depth: None,
        };
        if tag == TC_CLASSDESC {
            let name = self.reader.short(STREAM)?;
            class.element = match name {
                [b'[', element, ..] => Field::of(*element),
                _ => None,
            };
            self.reader.u64(STREAM)?; // serialVersionUID
        }
        self.assign(Handle::Class(place))?;
        self.classes.push(class);
        if tag == TC_CLASSDESC {
            self.classes[place].flags = self.reader.u8(STREAM)?;
            for _ in 0..self.reader.u16(STREAM)? {
                let field = self.field(nesting + 1)?;
                self.classes[place].fields.push(field);
            }
        } else {
            for _ in 0..self.reader.u32(STREAM)? {
                self.reader.short(STREAM)?; // the name of an interface
            }
        }
        self.annotation(nesting + 1)?;
        let parent = self.class(nesting + 1)?;
        // A class that is still being read cannot be its own ancestor.
        let above = parent.map_or(Some(0), |parent| Some(self.classes[parent].depth? + 1));
        let Some(depth) = above else {
            return Err(self.reader.damaged("a class that is its own ancestor"));
        };
        if depth >= limits::JAVA_NESTING {
            return Err(too_deep(depth));
        }
        (self.classes[place].parent, self.classes[place].depth) = (parent, Some(depth));
        Ok(Some(place))
    }

    /// `fieldDesc`.
    fn field(&mut self, nesting: usize) -> Result<Field, CodecError> {
        let code = self.reader.u8(STREAM)?;
        let field = Field::of(code)
            .ok_or_else(|| self.reader.damaged(format!("a Java field of type {code:#04x}")))?;
        self.reader.short(STREAM)?; // its name
        if let Field::Object = field {
            self.content(nesting)?; // the name of its class
        }
        Ok(field)
    }

    /// `classdata[]`: the values of each class, the topmost first.
    fn object(&mut self, class: Option<usize>, nesting: usize) -> Result<(), CodecError> {
        let mut line = Vec::new();
        let mut next = class;
        while let Some(place) = next {
            line.push(place);
            next = self.classes[place].parent;
        }
        for place in line.into_iter().rev() {
            let flags = self.classes[place].flags;
            if flags & SC_SERIALIZABLE != 0 {
                for position in 0..self.classes[place].fields.len() {
                    let field = self.classes[place].fields[position];
                    self.value(field, nesting)?;
                }
                if flags & SC_WRITE_METHOD != 0 {
                    self.annotation(nesting)?;
                }
            } else if flags & SC_EXTERNALIZABLE != 0 {
                if flags & SC_BLOCK_DATA == 0 {
                    return Err(self.reader.damaged("a Java object that only its class can read"));
                }
                self.annotation(nesting)?;
            }
        }
        Ok(())
    }

    fn array(&mut self, class: Option<usize>, nesting: usize) -> Result<(), CodecError> {
        let element = class.and_then(|place| self.classes[place].element);
        let count = size(self.reader.u32(STREAM)?);
        match element {
            Some(Field::Primitive(width)) => {
                self.reader.take(count.saturating_mul(width.into()), STREAM)?;
            }
            Some(Field::Object) => {
                for _ in 0..count {
                    self.content(nesting)?;
                }
            }
            None => return Err(self.reader.damaged("a Java array of an unknown type")),
        }
        Ok(())
    }

    fn value(&mut self, field: Field, nesting: usize) -> Result<(), CodecError> {
        match field {
            Field::Primitive(width) => self.reader.take(width.into(), STREAM).map(drop),
            Field::Object => self.content(nesting),
        }
    }

    /// `objectAnnotation` or `classAnnotation`: blocks of bytes and objects, up to the end mark.
    fn annotation(&mut self, nesting: usize) -> Result<(), CodecError> {
        loop {
            match self.reader.u8(STREAM)? {
                TC_ENDBLOCKDATA => return Ok(()),
                TC_BLOCKDATA => {
                    let length = self.reader.u8(STREAM)?;
                    self.reader.take(length.into(), STREAM)?;
                }
                TC_BLOCKDATALONG => drop(self.reader.long(STREAM)?),
                tag => self.content_of(tag, nesting)?,
            }
        }
    }

    /// `newHandle`.
    fn assign(&mut self, handle: Handle) -> Result<(), CodecError> {
        if self.handles.len() >= limits::JAVA_OBJECTS {
            return Err(CodecError::Limit {
                limit: "Java objects in one secret key",
                found: self.handles.len() as u64 + 1,
                allowed: limits::JAVA_OBJECTS as u64,
            });
        }
        self.handles.push(handle);
        Ok(())
    }

    /// `prevObject`, behind its tag.
    fn reference(&mut self) -> Result<Handle, CodecError> {
        let handle = self.reader.u32(STREAM)?;
        handle
            .checked_sub(BASE_HANDLE)
            .and_then(|place| self.handles.get(size(place)).copied())
            .ok_or_else(|| self.reader.damaged("a reference to a Java object that is not there"))
    }

    fn unexpected(&self, tag: u8) -> CodecError {
        self.reader.damaged(format!("a secret key with {tag:#04x} where a Java object begins"))
    }
}

fn too_deep(found: usize) -> CodecError {
    CodecError::Limit {
        limit: "nested Java objects",
        found: found as u64 + 1,
        allowed: limits::JAVA_NESTING as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::skip;
    use crate::code::Code;
    use crate::codec::jks::Kind;
    use crate::codec::jks::reader::Reader;

    /// The description of a class without a name and without fields, up to its annotation.
    const CLASS: &[u8] = b"\x72\0\0\0\0\0\0\0\0\0\0\x02\0\0";

    /// How many bytes the stream of this object takes of those that follow the header.
    fn length(object: &[&[u8]]) -> Result<usize, Code> {
        let stream = [b"\xAC\xED\0\x05", &object.concat()[..]].concat();
        let mut reader = Reader::new(&stream, Kind::Jceks);
        skip(&mut reader).map_err(|error| error.code())?;
        Ok(reader.position() - 4)
    }

    #[test]
    fn a_stream_ends_where_its_object_does() {
        assert_eq!(length(&[b"\x74\0\x03abc", b"more"]), Ok(6));
        assert_eq!(length(&[b"\x70more"]), Ok(1));
        // An object of a class with an int and a string, which is named again by its handle.
        let class = b"\x72\0\x01A\0\0\0\0\0\0\0\x01\x02\0\x02I\0\x01iL\0\x01s\x74\0\x01S\x78\x70";
        let object = [&b"\x73"[..], class, b"\0\0\0\x07\x71\0\x7E\0\x01"].concat();
        assert_eq!(length(&[&object, b"more"]), Ok(object.len()));
        // An array of two longs, a class with a method of its own for writing, blocks of bytes.
        let array = b"\x75\x72\0\x02[J\0\0\0\0\0\0\0\0\x02\0\0\x78\x70\0\0\0\x02";
        assert_eq!(length(&[array, &[0; 16], b"more"]), Ok(array.len() + 16));
        let own = b"\x73\x72\0\0\0\0\0\0\0\0\0\0\x03\0\0\x78\x70\x77\x02ab\x7A\0\0\0\x01c\x70\x78";
        assert_eq!(length(&[own, b"more"]), Ok(own.len()));
    }

    #[test]
    fn what_the_grammar_does_not_have_is_damage() {
        for object in [
            &b"\x79"[..],
            b"\x71\0\x7E\0\0",
            b"\x71\0\0\0\0",
            b"\x73\x74\0\0",
            b"\x75\x70\0\0\0\x01\0",
            // Externalizable without blocks: only the class knows how long it is.
            b"\x73\x72\0\0\0\0\0\0\0\0\0\0\x04\0\0\x78\x70",
            // A field of no type.
            b"\x73\x72\0\0\0\0\0\0\0\0\0\0\x02\0\x01Q\0\0\x78\x70",
        ] {
            assert_eq!(length(&[object]), Err(Code::KEYSTORE_DAMAGED), "{object:x?}");
        }
        assert_eq!(length(&[CLASS, b"\x78\x71\0\x7E\0\0"]), Err(Code::KEYSTORE_DAMAGED));
    }

    #[test]
    fn wild_claims_and_depths_end_at_once() {
        let bytes = b"\x75\x72\0\x02[J\0\0\0\0\0\0\0\0\x02\0\0\x78\x70\xFF\xFF\xFF\xFF";
        assert_eq!(length(&[bytes, &[0; 99]]), Err(Code::KEYSTORE_TRUNCATED));
        let long = b"\x7C\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF";
        assert_eq!(length(&[long, &[0; 99]]), Err(Code::KEYSTORE_TRUNCATED));
        // Objects in annotations, classes above classes, and more of them than anybody writes.
        assert_eq!(length(&[&CLASS.repeat(100)]), Err(Code::LIMIT_EXCEEDED));
        let classes = [CLASS, b"\x78"].concat().repeat(100);
        assert_eq!(length(&[&classes]), Err(Code::LIMIT_EXCEEDED));
        let objects = [CLASS, &b"\x74\0\0".repeat(2_000)].concat();
        assert_eq!(length(&[&objects]), Err(Code::LIMIT_EXCEEDED));
    }
}
