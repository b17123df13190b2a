//! Where a request ends in the bytes of a connection: its head and its body, nothing else of it.

use std::{cmp::min, mem::MaybeUninit};

use httparse::{Header, Status};

/// As many as actix-http takes.
const MAX_HEADERS: usize = 96;

/// Bytes of the largest head that is looked at; actix-http refuses smaller ones.
const MAX_HEAD: usize = 256 * 1024;

/// Follows the requests of one connection.
#[derive(Debug, Default)]
pub(crate) struct Framing {
    at: At,
    /// What came of a head that is not whole yet.
    head: Vec<u8>,
}

#[derive(Debug, Default)]
enum At {
    /// At a head, or between two requests.
    #[default]
    Head,
    /// In a body, with bytes left.
    Body(u64),
    Chunks(Chunks),
    /// In bytes that are no request: actix-http says so and closes the connection.
    Unknown,
}

/// Where it is in a chunked body (RFC 9112, 7.1).
#[derive(Debug)]
enum Chunks {
    /// In the size of a chunk, in hexadecimal digits.
    Size(u64),
    /// Between the size and the end of its line.
    Extension(u64),
    /// In a chunk and the line end after it, with bytes left.
    Data(u64),
    /// In the lines after the last chunk; an empty one ends the body.
    Trailer { is_empty: bool },
}

/// What a head says about its body.
enum Body {
    None,
    Sized(u64),
    Chunked,
}

/// What belongs to the request that is under way.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Followed {
    /// Its bytes; what is after them belongs to the next request.
    pub(crate) bytes: usize,
    /// Whether its head ended in them.
    pub(crate) has_head: bool,
}

impl Framing {
    /// Whether the next byte begins a request.
    pub(crate) fn is_between(&self) -> bool {
        matches!(self.at, At::Head) && self.head.is_empty()
    }

    /// Follows the request that is under way, or begins one.
    pub(crate) fn follow(&mut self, bytes: &[u8]) -> Followed {
        let mut followed = Followed::default();
        while let Some(rest) = bytes.get(followed.bytes..).filter(|rest| !rest.is_empty()) {
            let step = match &mut self.at {
                At::Head => {
                    let step = self.head(rest);
                    followed.has_head |= self.head.is_empty();
                    step
                }
                At::Body(left) => {
                    let step = min(*left, rest.len() as u64);
                    *left -= step;
                    if *left == 0 {
                        self.at = At::Head;
                    }
                    usize::try_from(step).unwrap_or(rest.len())
                }
                At::Chunks(chunks) => {
                    let (step, is_over) = chunks.follow(rest);
                    if is_over {
                        self.at = At::Head;
                    }
                    step
                }
                At::Unknown => rest.len(),
            };
            followed.bytes += step;
            if self.is_between() {
                break;
            }
        }
        followed
    }

    /// How many of the bytes belong to the head; without what was kept, it is whole.
    fn head(&mut self, rest: &[u8]) -> usize {
        let before = self.head.len();
        let parsed = if before == 0 {
            parsed(rest)
        } else {
            self.head.extend_from_slice(rest);
            parsed(&self.head)
        };
        let (end, body) = match parsed {
            Ok(Status::Complete(whole)) => whole,
            Ok(Status::Partial) if before + rest.len() <= MAX_HEAD => {
                if before == 0 {
                    self.head.extend_from_slice(rest);
                }
                return rest.len();
            }
            Ok(Status::Partial) | Err(_) => {
                self.head = Vec::new();
                self.at = At::Unknown;
                return rest.len();
            }
        };
        self.head = Vec::new();
        self.at = match body {
            Body::None | Body::Sized(0) => At::Head,
            Body::Sized(bytes) => At::Body(bytes),
            Body::Chunked => At::Chunks(Chunks::Size(0)),
        };
        end.saturating_sub(before)
    }
}

/// Where the head ends, and what it says about the body.
fn parsed(bytes: &[u8]) -> Result<Status<(usize, Body)>, httparse::Error> {
    let mut headers: [MaybeUninit<Header<'_>>; MAX_HEADERS] = [const { MaybeUninit::uninit() }; MAX_HEADERS];
    let mut request = httparse::Request::new(&mut []);
    let end = match request.parse_with_uninit_headers(bytes, &mut headers)? {
        Status::Complete(end) => end,
        Status::Partial => return Ok(Status::Partial),
    };
    let mut body = Body::None;
    for header in request.headers.iter() {
        if header.name.eq_ignore_ascii_case("transfer-encoding") {
            body = Body::Chunked;
            break;
        }
        if header.name.eq_ignore_ascii_case("content-length") {
            let length = std::str::from_utf8(header.value)
                .ok()
                .and_then(|length| length.trim().parse().ok());
            body = Body::Sized(length.ok_or(httparse::Error::HeaderValue)?);
        }
    }
    Ok(Status::Complete((end, body)))
}

impl Chunks {
    /// How many of the bytes belong to the body, and whether it ends with them.
    fn follow(&mut self, bytes: &[u8]) -> (usize, bool) {
        let mut followed = 0;
        while let Some(byte) = bytes.get(followed) {
            followed += 1;
            *self = match (&*self, byte) {
                (Self::Size(0) | Self::Extension(0), b'\n') => Self::Trailer { is_empty: true },
                // With the line end after the chunk.
                (Self::Size(size) | Self::Extension(size), b'\n') => Self::Data(size.saturating_add(2)),
                (Self::Size(size), digit) => match char::from(*digit).to_digit(16) {
                    Some(digit) => Self::Size(size.saturating_mul(16).saturating_add(digit.into())),
                    None => Self::Extension(*size),
                },
                (Self::Extension(size), _) => Self::Extension(*size),
                (Self::Data(left), _) => {
                    let more = bytes.len() - followed;
                    let step = usize::try_from(left - 1).map_or(more, |left| min(left, more));
                    followed += step;
                    match left - 1 - step as u64 {
                        0 => Self::Size(0),
                        left => Self::Data(left),
                    }
                }
                (Self::Trailer { is_empty: true }, b'\n') => return (followed, true),
                (Self::Trailer { .. }, b'\n') => Self::Trailer { is_empty: true },
                (Self::Trailer { is_empty }, b'\r') => Self::Trailer { is_empty: *is_empty },
                (Self::Trailer { .. }, _) => Self::Trailer { is_empty: false },
            };
        }
        (followed, false)
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    fn request(kind: u8, body: &[u8]) -> Vec<u8> {
        let mut bytes = b"POST /a HTTP/1.1\r\nHost: b\r\n".to_vec();
        match kind {
            0 => return b"GET /a HTTP/1.1\r\nHost: b\r\n\r\n".to_vec(),
            1 => {
                bytes.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
                bytes.extend_from_slice(body);
            }
            _ => {
                bytes.extend_from_slice(b"transfer-encoding: chunked\r\n\r\n");
                for chunk in body.chunks(7) {
                    bytes.extend_from_slice(format!("{:x};a=b\r\n", chunk.len()).as_bytes());
                    bytes.extend_from_slice(chunk);
                    bytes.extend_from_slice(b"\r\n");
                }
                bytes.extend_from_slice(if kind == 2 {
                    b"0\r\n\r\n"
                } else {
                    b"0\r\nA: b\r\nC: d\r\n\r\n"
                });
            }
        }
        bytes
    }

    /// The requests that are found in the bytes, which come in pieces.
    fn found(bytes: &[u8], pieces: &[usize]) -> Vec<Range<usize>> {
        let (mut framing, mut found, mut at, mut began) = (Framing::default(), Vec::new(), 0, 0);
        let mut sizes = pieces.iter().copied().cycle();
        while at < bytes.len() {
            let end = min(at + sizes.next().expect("a size"), bytes.len());
            let followed = framing.follow(&bytes[at..end]);
            assert!(followed.bytes > 0 && followed.bytes <= end - at);
            at += followed.bytes;
            if framing.is_between() {
                found.push(began..at);
                began = at;
            }
        }
        assert_eq!(began, bytes.len(), "the last one is whole");
        found
    }

    proptest! {
        #[test]
        fn requests_are_told_apart_however_their_bytes_come(
            requests in vec((0..4_u8, vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(b'0'), any::<u8>()], 0..40)), 1..8),
            pieces in vec(1..60_usize, 1..8),
        ) {
            let requests: Vec<_> = requests.iter().map(|(kind, body)| request(*kind, body)).collect();
            let mut end = 0;
            let wanted: Vec<_> = requests.iter().map(|request| { end += request.len(); end - request.len()..end }).collect();
            prop_assert_eq!(found(&requests.concat(), &pieces), wanted);
        }
    }

    #[test]
    fn what_is_no_request_goes_on_to_be_refused() {
        let long = vec![b'a'; MAX_HEAD + 1];
        for bytes in [
            &b"\x16\x03\x01 no request"[..],
            b"POST / HTTP/1.1\r\nContent-Length: many\r\n\r\nabc",
            &long,
        ] {
            let mut framing = Framing::default();
            let followed = framing.follow(bytes);
            assert_eq!(followed.bytes, bytes.len());
            assert!(!framing.is_between() && framing.head.is_empty());
        }
    }
}
