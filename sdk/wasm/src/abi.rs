//! The module's exports. A block is `u32` length and so many bytes; whoever gets one frees it.
//!
//! The caller asks for a block ([`keel_allocate`]), writes a request into it and hands it over ([`keel_answer`]); the
//! answer is a block of the callee's, to be read and given back ([`keel_free`]).

#![allow(unsafe_code, reason = "bytes cross between two languages' memories here and nowhere else")]

/// Bytes of a block's length.
const HEADER: usize = size_of::<u32>();

/// A block for so many bytes, zeroed.
#[unsafe(no_mangle)]
pub extern "C" fn keel_allocate(length: u32) -> *mut u8 {
    let bytes = usize::try_from(length).unwrap_or(usize::MAX - HEADER);
    let mut block = vec![0; bytes.saturating_add(HEADER)].into_boxed_slice();
    if let Some(header) = block.first_chunk_mut() {
        *header = length.to_le_bytes();
    }
    Box::into_raw(block).cast()
}

/// Gives a block back.
///
/// # Safety
///
/// It is one of [`keel_allocate`] or [`keel_answer`], its length as it was, and is not used any more.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keel_free(block: *mut u8) {
    // SAFETY: the caller's promise: a block of ours, so its header tells the length of the slice that was leaked.
    drop(unsafe { own(block) });
}

/// Answers the request in a block, which stays the caller's. The answer is a block too.
///
/// # Safety
///
/// The block is one of [`keel_allocate`], its length as it was.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keel_answer(request: *const u8) -> *mut u8 {
    // SAFETY: the caller's promise: the header tells how many bytes there are behind it, and nobody writes them now.
    let request = unsafe { core::slice::from_raw_parts(request.add(HEADER), length_of(request)) };
    let answer = crate::answer(request);
    let length = u32::try_from(answer.len()).unwrap_or(0);
    let block: Vec<u8> = length.to_le_bytes().into_iter().chain(answer).collect();
    Box::into_raw(block.into_boxed_slice()).cast()
}

/// Bytes in a block.
///
/// # Safety
///
/// It is a block.
unsafe fn length_of(block: *const u8) -> usize {
    // SAFETY: a block begins with its length; it may lie anywhere.
    let length = unsafe { block.cast::<[u8; HEADER]>().read() };
    usize::try_from(u32::from_le_bytes(length)).unwrap_or(0)
}

/// A block as the slice that it was made of.
///
/// # Safety
///
/// It is a block, and nobody else owns it.
unsafe fn own(block: *mut u8) -> Box<[u8]> {
    // SAFETY: a block is a boxed slice of header and bytes, leaked by this module.
    unsafe { Box::from_raw(core::ptr::slice_from_raw_parts_mut(block, length_of(block).saturating_add(HEADER))) }
}
