//! Holds the wire format of the gRPC API, generated from the `.proto` files beside it. No logic.

/// The messages, clients and servers of `hansa.v1`.
#[allow(missing_docs, clippy::all, unreachable_pub, rust_2018_idioms)]
pub mod v1 {
    tonic::include_proto!("hansa.v1");
}

/// The encoded `FileDescriptorSet` that server reflection answers from.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
