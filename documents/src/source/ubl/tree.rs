//! The elements of a document, each of which remembers whether it was read.

use super::super::Residue;
use std::cell::Cell;

/// Where an element's name is defined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Space {
    /// UBL common aggregate components, `cac` by custom.
    Aggregate,
    /// UBL common basic components, `cbc` by custom.
    Basic,
    /// The document's own namespace, or one that is not UBL's.
    Other,
}

/// An element with its attributes, text and children.
#[derive(Debug)]
pub(super) struct Element {
    space: Space,
    name: String,
    line: usize,
    attributes: Vec<Attribute>,
    text: String,
    children: Vec<Element>,
    read: Cell<bool>,
}

#[derive(Debug)]
struct Attribute {
    name: String,
    value: String,
    read: Cell<bool>,
}

impl Element {
    pub(super) fn new(space: Space, name: &str, line: usize) -> Self {
        Self {
            space,
            name: name.to_owned(),
            line,
            attributes: Vec::new(),
            text: String::new(),
            children: Vec::new(),
            read: Cell::new(false),
        }
    }

    pub(super) fn add_attribute(&mut self, name: &str, value: String) {
        let name = name.to_owned();
        self.attributes.push(Attribute { name, value, read: Cell::new(false) });
    }

    pub(super) fn add_text(&mut self, text: &str) {
        self.text.push_str(text);
    }

    pub(super) fn add_child(&mut self, child: Self) {
        self.children.push(child);
    }

    /// The local name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// The line that the element starts on.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    /// The text without surrounding white space; counts as read.
    pub(super) fn text(&self) -> &str {
        self.read.set(true);
        self.text.trim()
    }

    /// The text, for a caller that marks the element read only if it can use it.
    pub(super) fn peek(&self) -> &str {
        self.text.trim()
    }

    /// Counts the element as read.
    pub(super) fn mark_read(&self) {
        self.read.set(true);
    }

    /// An attribute's value; counts as read.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name == name)?;
        attribute.read.set(true);
        Some(attribute.value.trim())
    }

    /// An attribute's value, without counting it as read.
    pub(super) fn peek_attribute(&self, name: &str) -> Option<&str> {
        let attribute = self.attributes.iter().find(|attribute| attribute.name == name)?;
        Some(attribute.value.trim())
    }

    /// Children of a name such as `cac:Party` or `cbc:ID`, prefixes as UBL writes them.
    pub(super) fn children<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        let (space, name) = match name.split_once(':') {
            Some(("cac", name)) => (Space::Aggregate, name),
            Some(("cbc", name)) => (Space::Basic, name),
            _ => (Space::Other, name),
        };
        self.children.iter().filter(move |child| child.space == space && child.name == name)
    }

    /// The first element along a path of names joined by `/`.
    pub(super) fn at(&self, path: &str) -> Option<&Self> {
        path.split('/').try_fold(self, |element, name| {
            element.children.iter().find(|child| match name.split_once(':') {
                Some(("cac", name)) => child.space == Space::Aggregate && child.name == name,
                Some(("cbc", name)) => child.space == Space::Basic && child.name == name,
                _ => false,
            })
        })
    }

    /// Lists what was not read: elements with text of their own, and attributes of read elements.
    pub(super) fn list_unread(&self, parent: &str, residue: &mut Residue) {
        let path = format!("{parent}/{}", self.name);
        if !self.read.get() && !self.peek().is_empty() {
            residue.add(path.clone());
        }
        let root_or_read = self.read.get();
        for attribute in self.attributes.iter().filter(|attribute| !attribute.read.get()) {
            if root_or_read {
                residue.add(format!("{path}/@{}", attribute.name));
            }
        }
        for (index, child) in self.children.iter().enumerate() {
            let same = |other: &&Self| other.name == child.name && other.space == child.space;
            let before = self.children[..index].iter().filter(same).count();
            let alone = before == 0 && !self.children[index + 1..].iter().any(|other| same(&other));
            if alone {
                child.list_unread(&path, residue);
            } else {
                child.list_numbered(&path, before + 1, residue);
            }
        }
    }

    /// The same for one of several elements of a name, with its number as XPath counts.
    fn list_numbered(&self, parent: &str, number: usize, residue: &mut Residue) {
        let mut own = Residue::default();
        self.list_unread("", &mut own);
        let named = self.name.len() + 1;
        for path in own.paths {
            residue.add(format!("{parent}/{}[{number}]{}", self.name, &path[named..]));
        }
        residue.more += own.more;
    }
}
