//! `bench recommend`: whether what is recommended is what people play, on hetrec2011-lastfm-2k (1,892 listeners, 17,632
//! artists; for measuring only, see its readme). The set has no times, so what is held out is drawn at random, as
//! `../shared/peers/implicit_peer.py` does; `--train F --test F` takes its files.

use std::{
    collections::{HashMap, HashSet},
    fs,
    ops::ControlFlow,
    path::Path,
    process::Command,
    time::Instant,
};

use ::recommend::{CoListening, Interactions, Interned, Link, Model, Neighbour, ranked};

use crate::{BenchError, say, search::Draw};

const LISTENS: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../../shared/data/listening/hetrec-lastfm-2k/user_artistsload.dat.zst"
);
const SEED: u64 = 7;
/// Of a hundred pairs so many are held out.
const HELD_OUT: usize = 20;
const DEPTH: usize = 20;

type Pair = (String, String, f32);

pub fn run(arguments: &[String]) -> Result<(), BenchError> {
    let (train, test) = match arguments {
        [] => split(parsed(&unpacked()?)),
        [a, train, b, test] if a == "--train" && b == "--test" => {
            (parsed(&fs::read_to_string(train)?), parsed(&fs::read_to_string(test)?))
        }
        _ => return Err("bench recommend takes --train FILE --test FILE, or nothing".into()),
    };
    let set = Set::new(&train, &test);
    say(&format!(
        "{} pairs to train, {} to test, {} listeners, {} artists",
        train.len(),
        test.len(),
        set.played.listeners(),
        set.played.things()
    ));
    say(&format!(
        "{:<34}{:>10}{:>11}{:>13}{:>9}",
        "model", "NDCG@10", "recall@20", "coverage@20", "fit s"
    ));
    set.report("most popular", 0.0, &set.popular());
    let plain = CoListening {
        shrinkage: 0.0,
        listener: 0.0,
        own: 0.5,
        popularity: 0.5,
        kept: 50,
    };
    set.fit("plain item-kNN (K = 50)", plain);
    set.fit("ours", CoListening::default());
    Ok(())
}

fn unpacked() -> Result<String, BenchError> {
    if !Path::new(LISTENS).exists() {
        return Err(format!("{LISTENS} is missing").into());
    }
    let unpacked = Command::new("zstd").args(["-dc", LISTENS]).output()?;
    Ok(String::from_utf8(unpacked.stdout)?)
}

/// Lines `listener artist plays`; a line that is none is a header.
fn parsed(text: &str) -> Vec<Pair> {
    let pair = |line: &str| {
        let mut fields = line.split_whitespace();
        let (listener, artist) = (fields.next()?.to_owned(), fields.next()?.to_owned());
        Some((listener, artist, fields.next()?.parse().ok()?))
    };
    text.lines().filter_map(pair).collect()
}

fn split(pairs: Vec<Pair>) -> (Vec<Pair>, Vec<Pair>) {
    let mut draw = Draw::new(SEED);
    pairs.into_iter().partition(|_| draw.below(100) >= HELD_OUT)
}

/// A training part as numbers, and what of each listener was held out.
struct Set {
    played: Interactions,
    /// By listener, in the order of `played`: artists with plays.
    rows: Vec<Vec<(u32, f32)>>,
    /// Of test listeners: their place in `rows`, if they are there, and what was held out.
    held_out: Vec<(Option<usize>, HashSet<u32>)>,
    artists: usize,
}

impl Set {
    fn new(train: &[Pair], test: &[Pair]) -> Self {
        let (mut listeners, mut artists) = (Interned::default(), Interned::default());
        let mut rows: Vec<Vec<(u32, f32)>> = Vec::new();
        for (listener, artist, plays) in train {
            let at = listeners.number(listener) as usize;
            if at == rows.len() {
                rows.push(Vec::new());
            }
            rows[at].push((artists.number(artist), *plays));
        }
        let mut played = Interactions::default();
        for row in &rows {
            played.push(row.iter().copied());
        }
        let mut held_out: HashMap<&String, HashSet<u32>> = HashMap::new();
        for (listener, artist, _) in test {
            // One that nobody in the training part plays cannot be found, and counts all the same.
            held_out.entry(listener).or_default().insert(artists.number(artist));
        }
        let place = |listener: &String| listeners.known(listener).map(|at| at as usize);
        Self {
            artists: played.things(),
            held_out: held_out.into_iter().map(|(who, held)| (place(who), held)).collect(),
            played,
            rows,
        }
    }

    /// The artists with the most listeners that a listener does not have yet.
    fn popular(&self) -> Vec<Vec<u32>> {
        let mut listeners = vec![0_usize; self.artists];
        for (artist, _) in self.rows.iter().flatten() {
            listeners[*artist as usize] += 1;
        }
        let mut best: Vec<u32> = (0..u32::try_from(self.artists).unwrap_or(u32::MAX)).collect();
        best.sort_by_key(|artist| std::cmp::Reverse(listeners[*artist as usize]));
        let list = |row: &Vec<(u32, f32)>| {
            let has: HashSet<u32> = row.iter().map(|(artist, _)| *artist).collect();
            best.iter()
                .copied()
                .filter(|artist| !has.contains(artist))
                .take(DEPTH)
                .collect()
        };
        self.rows.iter().map(list).collect()
    }

    fn fit(&self, name: &str, model: CoListening) {
        let began = Instant::now();
        let mut neighbours: Vec<Vec<Neighbour>> = Vec::with_capacity(self.artists);
        model.fit(&self.played, |_, near| {
            neighbours.push(near.to_vec());
            ControlFlow::Continue(())
        });
        let seconds = began.elapsed().as_secs_f64();
        let list = |row: &Vec<(u32, f32)>| {
            let has: HashSet<u32> = row.iter().map(|(artist, _)| *artist).collect();
            let links = row.iter().flat_map(|(artist, plays)| {
                let near = neighbours[*artist as usize].iter();
                near.map(|near| Link {
                    listened: *artist,
                    near: near.thing,
                    score: near.score * plays.ln_1p(),
                })
            });
            ranked(links, &has)
                .into_iter()
                .take(DEPTH)
                .map(|one| one.thing)
                .collect()
        };
        let lists: Vec<Vec<u32>> = self.rows.iter().map(list).collect();
        self.report(name, seconds, &lists);
    }

    /// As `implicit_peer.py`: binary gain, recall of at most 20, a listener without a list counts as 0.
    #[expect(clippy::cast_precision_loss, reason = "a few thousand")]
    fn report(&self, name: &str, seconds: f64, lists: &[Vec<u32>]) {
        let (mut ndcg, mut recall) = (0.0, 0.0);
        for (place, held) in &self.held_out {
            let list: &[u32] = place.map_or(&[], |place| &lists[place]);
            let gain = |at: usize| 1.0 / ((at + 2) as f64).log2();
            let hits = list.iter().enumerate().filter(|(_, artist)| held.contains(artist));
            let at: Vec<usize> = hits.map(|(at, _)| at).collect();
            let got: f64 = at.iter().filter(|at| **at < 10).map(|at| gain(*at)).sum();
            ndcg += got / (0..held.len().min(10)).map(gain).sum::<f64>();
            recall += at.len() as f64 / held.len().min(DEPTH) as f64;
        }
        let count = self.held_out.len() as f64;
        let shown: HashSet<u32> = lists.iter().flatten().copied().collect();
        say(&format!(
            "{name:<34}{:>10.4}{:>11.4}{:>13.3}{seconds:>9.2}",
            ndcg / count,
            recall / count,
            shown.len() as f64 / self.artists as f64
        ));
    }
}
