
/// What a panic does on chain: log the text if asked to, then tell the runtime file, line and column.
#[cfg(target_arch = "bpf")]
#[panic_handler]
pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {
    #[cfg(sbf_panic = "message")]
    sbf_log_message(info);
    match info.location() {
        Some(location) => sbf_panic_at(location),
        None => sbf_panic_at(Location::caller()),
    }
}

#[cfg(all(target_arch = "bpf", sbf_panic = "message"))]
fn sbf_log_message(info: &core::panic::PanicInfo<'_>) {
    struct Line {
        bytes: [u8; 256],
        length: usize,
    }
    impl fmt::Write for Line {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            for (slot, byte) in self.bytes[self.length..].iter_mut().zip(text.bytes()) {
                *slot = byte;
                self.length += 1;
            }
            Ok(())
        }
    }
    let mut line = Line { bytes: [0; 256], length: 0 };
    let _ = fmt::Write::write_fmt(&mut line, format_args!("panicked: {}", info.message()));
    // SAFETY: sBPF calls system functions by the hash of their name; this is `sol_log_(text, length)`.
    let log: extern "C" fn(*const u8, u64) = unsafe { mem::transmute(0x2075_59bd_usize) };
    log(line.bytes.as_ptr(), line.length as u64);
}

#[cfg(target_arch = "bpf")]
pub(crate) fn sbf_panic_at(location: &Location<'_>) -> ! {
    // SAFETY: as above; this is `sol_panic_(file, length, line, column)`, which does not return.
    let panic: extern "C" fn(*const u8, u64, u64, u64) -> ! = unsafe { mem::transmute(0x6860_93bb_usize) };
    let file = location.file();
    panic(file.as_ptr(), file.len() as u64, location.line() as u64, location.column() as u64)
}
