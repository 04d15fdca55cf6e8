//! What one block changes in values, tree and recent history.

use super::{
    cache::NodeCache,
    node::Slot,
    oldest_kept,
    path::NodeKey,
    tree::{self, Change, Update},
};
use crate::store::{Delta, Family, Source, StoreError, source::behind};
use hansa_contracts::state::Writes;
use hansa_primitives::{Digest, Height, merkle::sparse};

/// Adds to `delta` what the writes of the block at `height` change. Writing a value that is already
/// there changes nothing.
pub(crate) fn commit<S: Source>(
    source: &S,
    cache: &NodeCache,
    top: Slot,
    writes: &Writes,
    height: Height,
    delta: &mut Delta,
) -> Result<Update, StoreError> {
    let mut changes: Vec<Change> = Vec::with_capacity(writes.len());
    for (key, value) in writes {
        let before = source.get(Family::State, key)?;
        if before == *value {
            continue;
        }
        let place = sparse::key_hash(key);
        changes.push((place, value.as_deref().map(sparse::value_hash)));
        if height > Height(0) {
            delta.put(Family::History, history_key(&place, height), old_value(before));
            delta.put(Family::Stale, Stale::Value(place).key(height), Vec::new());
        }
        match value {
            Some(value) => delta.put(Family::State, key.clone(), value.clone()),
            None => delta.remove(Family::State, key.clone()),
        }
    }
    changes.sort_unstable_by_key(|change| change.0);
    let update = tree::update(source, cache, top, &changes, height)?;
    for (key, node) in &update.nodes {
        delta.put(Family::Tree, key.to_bytes(), node.clone());
    }
    for key in &update.stale {
        delta.put(Family::Stale, Stale::Node(*key).key(height), Vec::new());
    }
    prune(source, height, delta)?;
    Ok(update)
}

/// What no height from a certain one on needs.
enum Stale {
    Node(NodeKey),
    Value(Digest),
}

const NODE: u8 = 0;
const VALUE: u8 = 1;

impl Stale {
    /// Height first, so that what has become too old is one run of keys.
    fn key(&self, height: Height) -> Vec<u8> {
        let mut key = height.0.to_be_bytes().to_vec();
        match self {
            Self::Node(node) => {
                key.push(NODE);
                key.extend(node.to_bytes());
            }
            Self::Value(place) => {
                key.push(VALUE);
                key.extend(place.0);
            }
        }
        key
    }
}

/// Removes what only the height that now leaves the window needed.
fn prune<S: Source>(source: &S, latest: Height, delta: &mut Delta) -> Result<(), StoreError> {
    let since = oldest_kept(latest);
    if since == Height(0) {
        return Ok(());
    }
    let (from, to) = (since.0.to_be_bytes(), since.next().0.to_be_bytes());
    for (key, _) in source.range(Family::Stale, &from, Some(&to), usize::MAX)? {
        match key.get(8..).and_then(<[u8]>::split_first) {
            Some((&NODE, node)) => delta.remove(Family::Tree, node),
            Some((&VALUE, place)) => {
                delta.remove(Family::History, [place, &from].concat());
            }
            _ => return Err(StoreError::damaged(Family::Stale, &key, "of no known kind")),
        }
        delta.remove(Family::Stale, key);
    }
    Ok(())
}

fn history_key(place: &Digest, height: Height) -> Vec<u8> {
    [place.0.as_slice(), &height.0.to_be_bytes()].concat()
}

fn old_value(value: Option<Vec<u8>>) -> Vec<u8> {
    match value {
        None => vec![0],
        Some(mut value) => {
            value.insert(0, 1);
            value
        }
    }
}

/// The value that a key had at `height`, which must be among the kept ones.
pub(crate) fn value_at<S: Source>(
    source: &S,
    key: &[u8],
    height: Height,
) -> Result<Option<Vec<u8>>, StoreError> {
    let place = sparse::key_hash(key);
    let (from, to) = (history_key(&place, height.next()), behind(&place.0));
    let replaced = source.range(Family::History, &from, to.as_deref(), 1)?.into_iter().next();
    match replaced {
        None => source.get(Family::State, key),
        Some((entry, value)) => match value.split_first() {
            Some((0, [])) => Ok(None),
            Some((1, value)) => Ok(Some(value.to_vec())),
            _ => Err(StoreError::damaged(Family::History, &entry, "neither a value nor none")),
        },
    }
}
