//! How contracts read the state.

use crate::store::{
    Family, Source,
    source::{Entry, behind},
};
use hansa_contracts::state::StateView;

/// The values of a source, at its latest executed height.
///
/// Contracts read infallibly: a replica that saw an error where others saw a value would execute
/// differently. So a store that fails stops the process, which loses nothing.
pub(crate) struct View<'a, S>(pub(crate) &'a S);

impl<S: Source> StateView for View<'_, S> {
    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        match self.0.get(Family::State, key) {
            Ok(value) => value,
            Err(error) => panic!("the state cannot be read, execution stops: {error}"),
        }
    }

    fn scan(&self, prefix: &[u8], after: Option<&[u8]>, limit: usize) -> Vec<Entry> {
        let from = match after {
            Some(after) if after >= prefix => [after, &[0]].concat(),
            _ => prefix.to_vec(),
        };
        match self.0.range(Family::State, &from, behind(prefix).as_deref(), limit) {
            Ok(entries) => entries,
            Err(error) => panic!("the state cannot be read, execution stops: {error}"),
        }
    }
}
