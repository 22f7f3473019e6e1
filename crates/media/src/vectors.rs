//! Loops in whatever vectors the processor has: the same plain Rust is compiled for each kind that there is, and the
//! widest that this machine knows is taken. What comes out is the same with all.

use fearless_simd::{Level, dispatch};

/// Does some `work` in vectors. It must be `#[inline(always)]`, and so must all be that its loops call.
#[inline(always)]
pub(crate) fn in_vectors<Out>(work: impl FnOnce() -> Out) -> Out {
    dispatch!(Level::new(), _ => work())
}
