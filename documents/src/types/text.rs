//! Free text and reference numbers.

use super::{InvalidValue, value::text_forms};
use std::fmt;
use unicode_normalization::UnicodeNormalization;

/// Bytes of a text.
const TEXT_BYTES_MAX: usize = 4096;
/// Characters of a number: UN/EDIFACT data element 1004 is `an..70`.
const NUMBER_CHARACTERS_MAX: usize = 70;

/// Free text: a name, a description, a remark. Normalised (NFC), trimmed, 1 to 4096 bytes, without
/// control and direction characters except line feeds.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text(String);

impl Text {
    /// Normalises and checks a text.
    ///
    /// # Errors
    /// [`InvalidValue`] if nothing is left, too much is left, or a character is not allowed.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refused = |rule| InvalidValue::new("a text", text, rule);
        if text.len() > 2 * TEXT_BYTES_MAX {
            return Err(refused("at most 4096 bytes are allowed"));
        }
        let normal: String =
            text.replace("\r\n", "\n").replace(['\r', '\t'], " ").trim().nfc().collect();
        if normal.is_empty() {
            return Err(refused("it is empty"));
        }
        if normal.len() > TEXT_BYTES_MAX {
            return Err(refused("at most 4096 bytes are allowed"));
        }
        if normal.chars().any(|character| character != '\n' && is_invisible(character)) {
            return Err(refused("control and direction characters are not allowed"));
        }
        Ok(Self(normal))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number that people gave a document, a line or an item: 1 to 70 visible characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Number(String);

impl Number {
    /// Normalises and checks a number.
    ///
    /// # Errors
    /// [`InvalidValue`] if it is empty, too long, or holds a character that cannot be seen.
    pub fn parse(text: &str) -> Result<Self, InvalidValue> {
        let refused = |rule| InvalidValue::new("a number", text, rule);
        if text.len() > 8 * NUMBER_CHARACTERS_MAX {
            return Err(refused("1 to 70 characters are expected"));
        }
        let normal: String = text.trim().nfc().collect();
        if !(1..=NUMBER_CHARACTERS_MAX).contains(&normal.chars().count()) {
            return Err(refused("1 to 70 characters are expected"));
        }
        if normal.chars().any(is_invisible) {
            return Err(refused("control and direction characters are not allowed"));
        }
        Ok(Self(normal))
    }

    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Characters that change what a reader sees without being seen: they would let two documents look
/// alike.
fn is_invisible(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{E0000}'..='\u{E007F}')
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

text_forms!(Text);
text_forms!(Number);

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn composed_and_decomposed_letters_are_one_text() {
        assert_eq!(Text::parse("Mu\u{308}ller").unwrap(), Text::parse(" M\u{fc}ller\n").unwrap());
    }

    #[test]
    fn invisible_characters_are_refused() {
        assert!(Number::parse("INV\u{202E}1").is_err());
        assert!(Number::parse("INV\n1").is_err());
        assert!(Text::parse("a\u{0}b").is_err());
        assert_eq!(Text::parse("a\r\nb").unwrap().as_str(), "a\nb");
    }

    #[test]
    fn lengths_are_bounded() {
        assert!(Number::parse(&"x".repeat(70)).is_ok());
        for bad in [String::new(), "  ".into(), "x".repeat(71)] {
            assert!(Number::parse(&bad).is_err());
        }
        assert!(Text::parse(&"x".repeat(4096)).is_ok());
        assert!(Text::parse(&"x".repeat(4097)).is_err());
    }
}
