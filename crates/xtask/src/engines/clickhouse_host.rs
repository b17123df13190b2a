//! The process that hosts `ClickHouse`: loads the library and calls its main function.

#![expect(unsafe_code, reason = "a C library is loaded and called; this file does only that")]

use std::ffi::{CString, OsString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStringExt;

use libloading::{Library, Symbol};

use crate::error::{Context, Error, Result};

/// `chdb_query_cmdline` of chdb.h: runs `ClickHouse` with a command line until its query ends.
type QueryCommandLine = unsafe extern "C" fn(c_int, *mut *mut c_char) -> *mut c_void;

/// Runs `ClickHouse` in this process and returns when it ends. The first argument is the library, the others are its command line from `argv[0]` on.
pub fn host(mut arguments: impl Iterator<Item = OsString>) -> Result<()> {
    let path = arguments
        .next()
        .ok_or_else(|| Error::new("clickhouse-host needs the library's path"))?;
    let texts: Vec<CString> = arguments
        .map(|argument| CString::new(argument.into_vec()))
        .collect::<std::result::Result<_, _>>()
        .context("an argument contains a zero byte")?;
    let count = c_int::try_from(texts.len()).context("too many arguments")?;
    // As for C's main: pointers to the texts and a final null pointer. They live until the process ends.
    let mut pointers: Vec<*mut c_char> = texts.into_iter().map(CString::into_raw).collect();
    pointers.push(std::ptr::null_mut());
    // SAFETY: the library is the pinned one, whose checksum was compared when it was fetched; its initialisers have no precondition.
    let library = unsafe { Library::new(&path) }.context("cannot load ClickHouse's library")?;
    // SAFETY: the type is the one that chdb.h declares for this function.
    let main: Symbol<'_, QueryCommandLine> =
        unsafe { library.get(b"chdb_query_cmdline\0") }.context("this is not ClickHouse's library")?;
    // SAFETY: `pointers` holds `count` zero-terminated texts and a null pointer, all alive.
    let _result = unsafe { main(count, pointers.as_mut_ptr()) };
    Err(Error::new("ClickHouse exited"))
}
