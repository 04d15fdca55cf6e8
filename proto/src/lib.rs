//! Holds the wire format of the gRPC API, generated from the `.proto` files beside it. No logic.

/// The messages, clients and servers of `hansa.v1`.
#[allow(missing_docs, clippy::all, unreachable_pub, rust_2018_idioms)]
pub mod v1 {
    tonic::include_proto!("hansa.v1");
}

/// Request metadata of any call, a decimal block height: the node answers from no earlier state.
///
/// A member that was told of a change by another one (a document's id, say) is told the height of its
/// block with it, and asks its own node for nothing older. The node waits a moment if it has not come as
/// far, and says `UNAVAILABLE`, reason `BEHIND`, if that does not help. Session guarantees of this kind
/// are due to Terry et al., PDIS 1994.
pub const AT_LEAST_HEIGHT: &str = "hansa-at-least-height";

/// The encoded `FileDescriptorSet` that server reflection answers from.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
