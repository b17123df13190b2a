use std::{convert::Infallible, fs, future::Future, path::Path, task::Poll};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use tempfile::TempDir;
use uuid::Uuid;

use super::{Spool, SpoolError};

const MIB: u64 = 1024 * 1024;
const ADA: Uuid = Uuid::from_u128(1);
const BOB: Uuid = Uuid::from_u128(2);

fn upload(chunks: usize, chunk_bytes: usize) -> impl Stream<Item = Result<Bytes, Infallible>> {
    stream::repeat_with(move || Ok(Bytes::from(vec![7; chunk_bytes]))).take(chunks)
}

fn files(dir: &Path) -> usize {
    fs::read_dir(dir).expect("the folder").count()
}

#[tokio::test]
async fn an_upload_is_spooled_with_its_hash_and_gone_when_dropped() {
    let dir = TempDir::new().expect("a folder");
    let spool = Spool::new(dir.path(), 10 * MIB, 10 * MIB).expect("a spool");
    let chunks = [Bytes::from_static(b"a"), Bytes::new(), Bytes::from_static(b"bc")];
    let received = spool
        .receive(stream::iter(chunks.map(Ok::<_, Infallible>)), MIB, ADA)
        .await
        .expect("taken");

    assert_eq!(fs::read(received.path()).expect("the file"), b"abc");
    assert_eq!((received.size_bytes(), spool.used_bytes()), (3, 3));
    // FIPS 180-2, appendix B.1.
    assert_eq!(received.sha256()[..4], [0xba, 0x78, 0x16, 0xbf]);
    drop(received);
    assert_eq!((files(dir.path()), spool.used_bytes()), (0, 0));
}

#[tokio::test]
async fn an_upload_over_its_limit_is_refused_and_leaves_nothing() {
    let dir = TempDir::new().expect("a folder");
    let spool = Spool::new(dir.path(), 10 * MIB, 10 * MIB).expect("a spool");
    let exact = spool
        .receive(upload(16, 65_536), MIB, ADA)
        .await
        .expect("as large as it may be");
    let refused = spool.receive(upload(17, 65_536), MIB, ADA).await;
    assert!(matches!(refused, Err(SpoolError::TooLarge { limit: MIB })));
    assert_eq!((files(dir.path()), spool.used_bytes()), (1, exact.size_bytes()));
}

#[tokio::test]
async fn a_full_spool_is_busy_until_there_is_room_again() {
    let dir = TempDir::new().expect("a folder");
    let spool = Spool::new(dir.path(), 3 * MIB, 3 * MIB).expect("a spool");
    let first = spool.receive(upload(32, 65_536), 10 * MIB, ADA).await.expect("fits");
    let second = spool.receive(upload(32, 65_536), 10 * MIB, BOB).await;
    assert!(matches!(second, Err(SpoolError::Full)));
    drop(first);
    spool
        .receive(upload(32, 65_536), 10 * MIB, ADA)
        .await
        .expect("fits again");
}

#[tokio::test]
async fn one_person_does_not_take_the_room_of_others() {
    let dir = TempDir::new().expect("a folder");
    let spool = Spool::new(dir.path(), 3 * MIB, MIB).expect("a spool");
    let receive = |person, chunks| spool.receive(upload(chunks, 65_536), MIB, person);
    let first = receive(ADA, 12).await.expect("fits");
    assert!(matches!(receive(ADA, 12).await, Err(SpoolError::Share)));
    let other = receive(BOB, 16).await.expect("another person's share");
    drop(first);
    drop(receive(ADA, 16).await.expect("fits again"));
    drop(other);
    assert!(spool.capacity.shares().is_empty(), "who uploads nothing is forgotten");
}

#[tokio::test]
async fn an_interrupted_upload_says_why_and_leaves_nothing() {
    let dir = TempDir::new().expect("a folder");
    let spool = Spool::new(dir.path(), 10 * MIB, 10 * MIB).expect("a spool");
    let broken = stream::iter([Ok(Bytes::from_static(b"abc")), Err("reset")]);
    assert!(matches!(
        spool.receive(broken, MIB, ADA).await,
        Err(SpoolError::Interrupted("reset"))
    ));
    assert_eq!((files(dir.path()), spool.used_bytes()), (0, 0));
}

#[test]
fn an_upload_dropped_anywhere_leaves_nothing() {
    let dir = TempDir::new().expect("a folder");
    let spool = Spool::new(dir.path(), 100 * MIB, 100 * MIB).expect("a spool");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        for polls in 0..12 {
            let mut receiving = Box::pin(spool.receive(upload(40, 65_536), 10 * MIB, ADA));
            for _ in 0..polls {
                let poll = std::future::poll_fn(|context| Poll::Ready(receiving.as_mut().poll(context)));
                if poll.await.is_ready() {
                    break;
                }
                tokio::task::yield_now().await;
            }
            drop(receiving);
        }
    });
    // What was being created or written when it was dropped goes when that is done; the runtime's end waits for it.
    drop(runtime);
    assert_eq!((files(dir.path()), spool.used_bytes()), (0, 0));
}

#[tokio::test]
async fn a_new_process_removes_what_dead_ones_left_and_nothing_else() {
    let dir = TempDir::new().expect("a folder");
    let spool = Spool::new(dir.path(), 10 * MIB, 10 * MIB).expect("a spool");
    let living = spool.receive(upload(1, 10), MIB, ADA).await.expect("taken");
    fs::write(dir.path().join("jonquil-upload-dead.part"), "left").expect("a file");
    fs::write(dir.path().join("notes.txt"), "not ours").expect("a file");

    Spool::new(dir.path(), 10 * MIB, 10 * MIB).expect("another process's spool");
    assert!(living.path().exists());
    assert!(dir.path().join("notes.txt").exists());
    assert_eq!(files(dir.path()), 2);
}

#[test]
fn a_folder_that_cannot_be_written_fails_the_start() {
    // Nobody makes files there, root neither.
    assert!(Spool::new("/proc/self", MIB, MIB).is_err());
}
