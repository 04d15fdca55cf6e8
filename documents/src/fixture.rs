//! The documents of the milk-powder trade, as tests of this crate use them.

use crate::{DocumentContext, document::Document, source};
use hansa_primitives::{DocumentId, Version, hash};
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;

macro_rules! samples {
    ($($name:literal),*) => {
        /// File names and contents.
        pub(crate) const SAMPLES: &[(&str, &[u8])] = &[
            $(($name, include_bytes!(concat!("../samples/milk-powder/", $name)))),*
        ];
    };
}

samples!(
    "sales-contract.json",
    "purchase-order.xml",
    "commercial-invoice.xml",
    "packing-list.xml",
    "certificate-of-origin.xml",
    "waybill.xml",
    "insurance-policy.json",
    "booking.json",
    "departure.json",
    "arrival.json"
);

/// The bytes of one sample.
pub(crate) fn sample(name: &str) -> &'static [u8] {
    let found = SAMPLES.iter().find(|(known, _)| *known == name);
    found.expect("the sample is listed above").1
}

/// One sample, read.
pub(crate) fn document(name: &str) -> Document {
    source::read(sample(name), None).expect("the samples are well-formed").document
}

/// A document version on a ledger.
pub(crate) fn context() -> DocumentContext {
    let chain = "devnet".parse().expect("a slug");
    DocumentContext::new(chain, DocumentId(hash::sha256(&[b"document"])), Version(1))
}

/// The same random numbers every time.
pub(crate) fn rng(seed: u8) -> ChaCha20Rng {
    ChaCha20Rng::from_seed([seed; 32])
}
