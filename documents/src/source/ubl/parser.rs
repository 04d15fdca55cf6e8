//! XML to a bounded tree of elements.
//!
//! No document type definitions, no entities but the five that XML predefines, no encodings but
//! UTF-8.

use super::{
    super::SourceError,
    tree::{Element, Space},
};
use hansa_primitives::limits::{SOURCE_DEPTH_MAX, SOURCE_NODES_MAX};
use quick_xml::{
    NsReader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesDecl, BytesRef, BytesStart, Event},
    name::{Namespace, ResolveResult},
};

/// Attributes of one element, namespace declarations included.
const ATTRIBUTES_MAX: usize = 64;
/// Bytes of a name; UBL's longest has 52.
const NAME_BYTES_MAX: usize = 128;
const AGGREGATE: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2";
const BASIC: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2";

/// The namespace and local name of the root element.
pub(super) fn root(text: &str) -> Result<(String, String), SourceError> {
    let mut parser = Parser::new(text);
    loop {
        match parser.next()? {
            Event::Start(start) | Event::Empty(start) => return parser.name_of(&start),
            Event::Eof => return Err(parser.malformed("there is no element")),
            event => parser.refuse(&event)?,
        }
    }
}

/// The namespace of the root element and the whole tree.
pub(super) fn parse(text: &str) -> Result<(String, Element), SourceError> {
    let mut parser = Parser::new(text);
    let mut open: Vec<Element> = Vec::new();
    let mut done: Option<(String, Element)> = None;
    let mut namespace = String::new();
    loop {
        let event = parser.next()?;
        let closed = match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                if done.is_some() {
                    return Err(parser.malformed("a second root element"));
                }
                if open.len() >= SOURCE_DEPTH_MAX {
                    return Err(SourceError::TooDeep { line: parser.line });
                }
                let (space, element) = parser.element(start)?;
                if open.is_empty() {
                    namespace = space;
                }
                open.push(element);
                if matches!(event, Event::Empty(_)) { open.pop() } else { None }
            }
            Event::End(_) => open.pop(),
            Event::Text(text) => {
                parser.add_text(open.last_mut(), &text.xml10_content())?;
                None
            }
            Event::CData(text) => {
                parser.add_text(open.last_mut(), &text.xml10_content())?;
                None
            }
            Event::GeneralRef(reference) => {
                let text = parser.resolve(&reference)?;
                parser.add_text(open.last_mut(), &text)?;
                None
            }
            Event::Eof => break,
            other => {
                parser.refuse(&other)?;
                None
            }
        };
        match (closed, open.last_mut()) {
            (Some(element), Some(parent)) => parent.add_child(element),
            (Some(element), None) => done = Some((std::mem::take(&mut namespace), element)),
            (None, _) => {}
        }
    }
    if !open.is_empty() {
        return Err(parser.malformed("the document ends before its elements are closed"));
    }
    done.ok_or_else(|| parser.malformed("there is no element"))
}

struct Parser<'a> {
    reader: NsReader<&'a [u8]>,
    text: &'a str,
    /// How far lines are counted.
    counted: usize,
    line: usize,
    elements: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        let mut reader = NsReader::from_str(text);
        reader.config_mut().check_comments = true;
        Self { reader, text, counted: 0, line: 1, elements: 0 }
    }

    fn next(&mut self) -> Result<Event<'a>, SourceError> {
        self.count_lines();
        self.reader.read_event().map_err(|error| {
            let line = self.line;
            SourceError::Malformed { line, reason: error.to_string() }
        })
    }

    /// The line that the next event starts on.
    fn count_lines(&mut self) {
        let position = (self.reader.buffer_position() as usize).min(self.text.len());
        if let Some(passed) = self.text.as_bytes().get(self.counted..position) {
            self.line += passed.iter().filter(|byte| **byte == b'\n').count();
            self.counted = position;
        }
    }

    fn malformed(&self, reason: &str) -> SourceError {
        SourceError::Malformed { line: self.line, reason: reason.to_owned() }
    }

    fn name_of(&self, start: &BytesStart<'_>) -> Result<(String, String), SourceError> {
        let (space, name) = self.reader.resolver().resolve_element(start.name());
        let space = match space {
            ResolveResult::Bound(Namespace(space)) => space.to_owned(),
            ResolveResult::Unbound => String::new(),
            ResolveResult::Unknown(prefix) => {
                let reason = format!("the prefix `{prefix}` is not declared");
                return Err(self.malformed(&reason));
            }
        };
        self.check_name(name.as_ref())?;
        Ok((space, name.as_ref().to_owned()))
    }

    fn check_name(&self, name: &str) -> Result<(), SourceError> {
        if name.len() > NAME_BYTES_MAX {
            return Err(SourceError::Forbidden { line: self.line, what: "a name of this length" });
        }
        Ok(())
    }

    fn element(&mut self, start: &BytesStart<'_>) -> Result<(String, Element), SourceError> {
        self.elements += 1;
        if self.elements > SOURCE_NODES_MAX {
            return Err(SourceError::TooMany { line: self.line });
        }
        let (namespace, name) = self.name_of(start)?;
        let space = match namespace.as_str() {
            AGGREGATE => Space::Aggregate,
            BASIC => Space::Basic,
            _ => Space::Other,
        };
        let mut element = Element::new(space, &name, self.line);
        for (count, attribute) in start.attributes().enumerate() {
            if count >= ATTRIBUTES_MAX {
                return Err(SourceError::TooMany { line: self.line });
            }
            let attribute = attribute.map_err(|error| self.malformed(&error.to_string()))?;
            self.check_name(attribute.key.as_ref())?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            let value = attribute
                .normalized_value(XmlVersion::Explicit1_0)
                .map_err(|error| self.malformed(&error.to_string()))?;
            element.add_attribute(attribute.key.as_ref(), value.into_owned());
        }
        Ok((namespace, element))
    }

    fn add_text(&self, element: Option<&mut Element>, text: &str) -> Result<(), SourceError> {
        match element {
            Some(element) => element.add_text(text),
            None if text.trim().is_empty() => {}
            None => return Err(self.malformed("text outside the root element")),
        }
        Ok(())
    }

    /// A character reference or one of the five predefined entities.
    fn resolve(&self, reference: &BytesRef<'_>) -> Result<String, SourceError> {
        let character =
            reference.resolve_char_ref().map_err(|error| self.malformed(&error.to_string()))?;
        if let Some(character) = character {
            return Ok(character.to_string());
        }
        let predefined = resolve_predefined_entity(reference).map(str::to_owned);
        predefined.ok_or(SourceError::Forbidden { line: self.line, what: "an entity" })
    }

    /// What else may or may not stand in a document.
    fn refuse(&self, event: &Event<'_>) -> Result<(), SourceError> {
        let what = match event {
            Event::DocType(_) => "a document type definition",
            Event::Decl(declaration) => return self.check_declaration(declaration),
            Event::GeneralRef(_) => "an entity",
            Event::End(_) => return Err(self.malformed("an end without a start")),
            Event::Text(text) if !text.trim().is_empty() => {
                return Err(self.malformed("text outside the root element"));
            }
            _ => return Ok(()),
        };
        Err(SourceError::Forbidden { line: self.line, what })
    }

    fn check_declaration(&self, declaration: &BytesDecl<'_>) -> Result<(), SourceError> {
        let Some(encoding) = declaration.encoding() else { return Ok(()) };
        let name = encoding.map_err(|error| self.malformed(&error.to_string()))?;
        if ["utf-8", "utf8", "us-ascii"].contains(&name.to_ascii_lowercase().as_str()) {
            return Ok(());
        }
        Err(SourceError::DeclaredEncoding { name: name.chars().take(32).collect() })
    }
}
