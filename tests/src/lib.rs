//! Black-box and cross-crate tests. What they share lives here.
