use std::{
    future::pending,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures_util::{FutureExt as _, future::join_all};
use tokio::sync::oneshot;

use super::*;

fn kept(text: &str) -> Kept {
    Kept::new(text.to_owned(), None).expect("text is JSON")
}

fn text(answer: &Computed) -> Option<String> {
    answer.as_ref().ok()?.value::<String>().cloned()
}

#[tokio::test]
async fn whoever_asks_meanwhile_gets_the_same_answer() {
    let answers = Answers::new(Duration::ZERO);
    let times = AtomicUsize::new(0);
    let (go, gone) = oneshot::channel::<()>();
    let mut gone = Some(gone);
    let asking = (0..50).map(|_| {
        let (gone, times) = (gone.take(), &times);
        answers.once("a", async move {
            if let Some(gone) = gone {
                gone.await.expect("the test goes on");
            }
            Ok(kept(&times.fetch_add(1, Ordering::SeqCst).to_string()))
        })
    });
    let mut all = Box::pin(join_all(asking));
    assert!((&mut all).now_or_never().is_none(), "the first one computes");
    go.send(()).expect("it waits");
    let all = all.await;
    assert_eq!(times.load(Ordering::SeqCst), 1);
    assert!(all.iter().all(|answer| text(answer).as_deref() == Some("0")));
    let again = answers.once("a", async { Ok(kept("later")) }).await;
    assert_eq!(text(&again).as_deref(), Some("later"), "nothing is kept");
    assert!(answers.flights().is_empty());
}

#[tokio::test]
async fn an_answer_that_is_kept_is_not_computed_again() {
    let answers = Answers::new(Duration::from_hours(1));
    let first = answers.once("a", async { Ok(kept("first")) }).await;
    let second = answers.once("a", async { Ok(kept("second")) }).await;
    let other = answers.once("b", async { Ok(kept("other")) }).await;
    let shown = [first, second, other].map(|answer| text(&answer));
    assert_eq!(shown.map(Option::unwrap_or_default), ["first", "first", "other"]);
}

#[tokio::test]
async fn a_request_that_goes_away_leaves_the_work_to_the_next() {
    let answers = Answers::new(Duration::ZERO);
    let mut first = Box::pin(answers.once("a", pending()));
    assert!((&mut first).now_or_never().is_none());
    let mut second = Box::pin(answers.once("a", async { Ok(kept("second")) }));
    assert!((&mut second).now_or_never().is_none(), "it waits for the first");
    drop(first);
    assert_eq!(text(&second.await).as_deref(), Some("second"));
    assert!(answers.flights().is_empty());

    let mut alone = Box::pin(answers.once("a", pending()));
    assert!((&mut alone).now_or_never().is_none());
    drop(alone);
    assert!(answers.flights().is_empty());
}

#[tokio::test]
async fn a_failure_is_for_those_who_wait_and_is_not_kept() {
    let answers = Answers::new(Duration::from_hours(1));
    let failed = answers.once("a", async { Err(Error::stale()) }).await;
    assert!(failed.is_err());
    let made = answers.once("a", async { Ok(kept("made")) }).await;
    assert_eq!(text(&made).as_deref(), Some("made"));
}

#[test]
fn the_tag_is_of_what_is_said_and_not_of_when() {
    let tag = |said: (u8, u8), undated: Option<&(u8, u8)>| Kept::new(said, undated).expect("JSON").tag;
    assert_eq!(tag((1, 5), Some(&(1, 0))), tag((1, 6), Some(&(1, 0))));
    assert_ne!(tag((1, 5), None), tag((1, 6), None));
    assert!(tag((1, 5), None).starts_with("W/\""));
}
