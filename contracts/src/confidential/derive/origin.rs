//! Origins of a value as a declaration lists them.
//!
//! A value that depends on one field of every element of a list, as shares of a total do, names
//! them by one pattern: `/lines/*/amount/value` stands for that field of every line. Fewer are listed
//! singly.

use crate::confidential::{
    reader::Read,
    source::{Source, SourceId, SourceSet},
};
use hansa_documents::{DocumentType, document::FieldOrigin, types::Text};
use std::collections::{BTreeMap, BTreeSet};

/// Elements of a list that are named singly.
const LISTED_MAX: usize = 4;

/// What was read, as origins: in the order of reading, whole lists as patterns.
pub(super) fn origins(reads: &[Read], sources: &SourceSet) -> Vec<FieldOrigin> {
    let mut groups: BTreeMap<(DocumentType, String), usize> = BTreeMap::new();
    for read in reads {
        *groups.entry((read.kind, pattern(&read.path))).or_default() += 1;
    }
    groups.retain(|(kind, pattern), count| {
        *count > LISTED_MAX
            && sources.get(*kind).is_some_and(|source| expand(source, pattern).count() == *count)
    });
    let mut listed = BTreeSet::new();
    let mut origins = Vec::new();
    for read in reads {
        let Some(source) = sources.get(read.kind) else { continue };
        let whole = (read.kind, pattern(&read.path));
        let path = if groups.contains_key(&whole) { &whole.1 } else { &read.path };
        let Ok(path) = Text::parse(path) else { continue };
        if listed.insert((read.kind, path.clone())) {
            let SourceId { document, version } = source.id();
            origins.push(FieldOrigin { document, version, path });
        }
    }
    origins
}

/// The fields that a path or pattern stands for.
pub(crate) fn expand<'a>(
    source: &'a Source,
    path: &'a str,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    source.fields().filter(move |(field, _)| matches(path, field))
}

/// The path with a star for every number.
fn pattern(path: &str) -> String {
    let starred = |segment: &str| if is_index(segment) { "*" } else { segment }.to_owned();
    path.split('/').map(starred).collect::<Vec<_>>().join("/")
}

fn is_index(segment: &str) -> bool {
    !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit())
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    pattern.split('/').all(|wanted| {
        segments
            .next()
            .is_some_and(|segment| wanted == segment || (wanted == "*" && is_index(segment)))
    }) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_stand_for_every_element_and_nothing_else() {
        assert_eq!(pattern("/lines/12/hs/code"), "/lines/*/hs/code");
        assert!(matches("/lines/*/hs/code", "/lines/0/hs/code"));
        assert!(matches("/number", "/number"));
        for other in
            ["/lines/0/hs", "/lines/x/hs/code", "/lines/0/hs/code/x", "/lines/0/hs/edition"]
        {
            assert!(!matches("/lines/*/hs/code", other), "{other}");
        }
    }
}
