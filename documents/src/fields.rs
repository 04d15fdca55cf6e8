//! A document as an ordered list of fields, and as canonical bytes.
//!
//! Canonical JSON is RFC 8785 (JCS) restricted to what documents hold: objects, arrays, strings,
//! booleans and small integers; members with ASCII names, in ascending order. Absent values, empty
//! arrays and empty objects are left out, so that there is one form for one content.

use crate::{document::Document, kind::DocumentType};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

/// One field of a document: where it is and its value as canonical text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Field {
    /// Names and numbers from 0, each after a slash, as in a JSON pointer: `/lines/0/amount/value`.
    pub path: String,
    /// The value: text as it stands, numbers in decimal, `true` or `false`.
    pub value: String,
}

/// The section that a path belongs to: its first name.
pub fn section_of(path: &str) -> &str {
    path.trim_start_matches('/').split('/').next().unwrap_or_default()
}

/// Bytes that are not the canonical JSON of a document of the type asked for.
#[derive(Debug, Error)]
pub enum CanonicalError {
    /// They do not parse as that type.
    #[error("not a {kind}: {reason}")]
    Malformed {
        /// The type asked for.
        kind: DocumentType,
        /// What the parser says.
        reason: String,
    },
    /// They parse, but another text is the canonical one.
    #[error("the JSON is not in canonical form")]
    NotCanonical,
}

impl Document {
    /// All fields: members in ascending order of their names, array elements in their order.
    pub fn fields(&self) -> Vec<Field> {
        let mut fields = Vec::new();
        flatten("", &self.tree(), &mut fields);
        fields
    }

    /// The value of one field.
    pub fn field(&self, path: &str) -> Option<String> {
        self.tree().pointer(path).and_then(text_of)
    }

    /// The document's one form as bytes, without its type.
    pub fn canonical_json(&self) -> Vec<u8> {
        let mut out = String::new();
        write(&self.tree(), &mut out);
        out.into_bytes()
    }

    /// The canonical form of one section, `null` if the document has nothing there.
    pub fn section_json(&self, section: &str) -> Vec<u8> {
        let mut out = String::new();
        write(self.tree().get(section).unwrap_or(&Value::Null), &mut out);
        out.into_bytes()
    }

    /// Reads the canonical form.
    ///
    /// # Errors
    /// [`CanonicalError`] if the bytes are no document of the type, or not its canonical form.
    pub fn from_canonical(kind: DocumentType, json: &[u8]) -> Result<Self, CanonicalError> {
        let document = Self::from_content(kind, json)
            .map_err(|error| CanonicalError::Malformed { kind, reason: error.to_string() })?;
        if document.canonical_json() != json {
            return Err(CanonicalError::NotCanonical);
        }
        Ok(document)
    }
}

/// The fields of a JSON tree under a path.
pub(crate) fn flatten(path: &str, value: &Value, fields: &mut Vec<Field>) {
    match value {
        Value::Null => {}
        Value::Object(members) => {
            for (name, member) in sorted(members) {
                flatten(&format!("{path}/{name}"), member, fields);
            }
        }
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                flatten(&format!("{path}/{index}"), element, fields);
            }
        }
        _ => {
            let value = text_of(value).expect("the other values are scalars");
            fields.push(Field { path: path.to_owned(), value });
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn sorted(members: &serde_json::Map<String, Value>) -> Vec<(&String, &Value)> {
    let mut members: Vec<_> = members.iter().collect();
    members.sort_unstable_by_key(|(name, _)| *name);
    members
}

/// Whether a value holds anything at all.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.is_empty(),
        Value::Object(members) => members.values().all(is_empty),
        _ => false,
    }
}

fn write(value: &Value, out: &mut String) {
    match value {
        // An element of an array keeps its place even if it is empty.
        _ if is_empty(value) && !value.is_object() => out.push_str("null"),
        Value::Object(members) => {
            out.push('{');
            let kept = sorted(members).into_iter().filter(|(_, member)| !is_empty(member));
            for (index, (name, member)) in kept.enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(&Value::String(name.clone()), out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Value::Array(elements) => {
            out.push('[');
            for (index, element) in elements.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                write(element, out);
            }
            out.push(']');
        }
        // serde_json escapes strings and writes integers as RFC 8785 asks.
        scalar => out.push_str(&scalar.to_string()),
    }
}

/// The field names of a structure that derives `Deserialize`, asked of the derived code itself.
pub(crate) fn names_of<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // The probe always fails, having taken the names.
    let _ = T::deserialize(NameProbe(&mut names));
    names
}

struct NameProbe<'a>(&'a mut &'static [&'static str]);

impl<'de> serde::Deserializer<'de> for NameProbe<'_> {
    type Error = serde::de::value::Error;

    fn deserialize_any<V: serde::de::Visitor<'de>>(self, _: V) -> Result<V::Value, Self::Error> {
        Err(serde::de::Error::custom("not a structure"))
    }

    fn deserialize_struct<V: serde::de::Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn members_are_sorted_and_emptiness_is_left_out() {
        let tree = serde_json::json!({
            "b": {"d": null, "c": []}, "a": ["x", null, {"z": "1", "y": true}], "n": 7, "e": {},
        });
        let mut out = String::new();
        write(&tree, &mut out);
        assert_eq!(out, r#"{"a":["x",null,{"y":true,"z":"1"}],"n":7}"#);
        let mut fields = Vec::new();
        flatten("", &tree, &mut fields);
        let listed: Vec<String> =
            fields.iter().map(|field| format!("{}={}", field.path, field.value)).collect();
        assert_eq!(listed, ["/a/0=x", "/a/2/y=true", "/a/2/z=1", "/n=7"]);
    }

    #[test]
    fn strings_are_escaped_as_rfc_8785_asks() {
        let mut out = String::new();
        write(&Value::String("\u{20ac}$\u{f}\nA'B\"\\\\\"/\u{1b}".into()), &mut out);
        assert_eq!(out, "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\\u001b\"");
    }

    #[test]
    fn the_section_is_the_first_name() {
        assert_eq!(section_of("/lines/0/amount/value"), "lines");
        assert_eq!(section_of("/number"), "number");
        assert_eq!(section_of(""), "");
    }

    #[test]
    fn every_type_knows_its_sections() {
        for kind in DocumentType::ALL {
            let sections = kind.sections();
            assert!(sections.contains(&"number") && sections.contains(&"notes"), "{kind}");
            assert!(sections.is_sorted_by(|one, other| one < other), "{kind}");
            assert!(
                !sections.contains(&"source"),
                "{kind}: the name is taken by the original bytes"
            );
        }
    }

    proptest! {
        #[test]
        fn random_bytes_are_no_document(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for kind in DocumentType::ALL {
                prop_assert!(Document::from_canonical(kind, &bytes).is_err());
            }
        }
    }
}
