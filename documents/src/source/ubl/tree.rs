//! The elements of a document, each of which remembers whether it was read.

use super::super::Residue;
use std::{cell::Cell, collections::BTreeMap};

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
    /// Of several children with one name each carries its number, as XPath counts.
    ///
    /// `path` is the element's own path; it comes back as it was.
    pub(super) fn list_unread(&self, path: &mut String, residue: &mut Residue) {
        if !self.read.get() && !self.peek().is_empty() {
            residue.add(path);
        }
        let length = path.len();
        if self.read.get() {
            for attribute in self.attributes.iter().filter(|attribute| !attribute.read.get()) {
                path.push_str("/@");
                path.push_str(&attribute.name);
                residue.add(path);
                path.truncate(length);
            }
        }
        let mut total: BTreeMap<&str, usize> = BTreeMap::new();
        for child in &self.children {
            *total.entry(&child.name).or_default() += 1;
        }
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for child in &self.children {
            let number = seen.entry(&child.name).or_default();
            *number += 1;
            path.push('/');
            path.push_str(&child.name);
            if total.get(child.name.as_str()).is_some_and(|total| *total > 1) {
                path.push_str(&format!("[{number}]"));
            }
            child.list_unread(path, residue);
            path.truncate(length);
        }
    }
}
