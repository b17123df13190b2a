//! `bench search`: whether a search finds what was meant, and how long it takes beside the raw query to Elasticsearch.

pub mod catalogue;
mod queries;
mod stage;

use std::{collections::HashMap, time::Instant};

use events::Kind;
use read_search::{Query, Step, fold};
use uuid::Uuid;

pub use queries::Draw;

use crate::{
    BenchError,
    drive::percentile,
    say,
    search::{queries::WAYS, stage::Stage},
};

pub const SEED: u64 = 7;
const SHOWN: u32 = 10;
/// Letters of a title that were typed.
const TYPED: [usize; 8] = [1, 2, 3, 4, 5, 6, 8, 12];

pub async fn run(arguments: &[String]) -> Result<(), BenchError> {
    let (mut generated, mut titles) = (0, 300);
    for pair in arguments.chunks(2) {
        match pair {
            [name, count] if name == "--generated" => generated = count.parse()?,
            [name, count] if name == "--titles" => titles = count.parse()?,
            _ => return Err("bench search takes --generated N and --titles N only".into()),
        }
    }
    let real = catalogue::real()?;
    let mut events = real.events.clone();
    events.extend(catalogue::generated(generated, &real.songs, SEED).events);
    eprintln!("indexing {} events", events.len());
    let stage = Stage::make(&events).await?;
    let measured = measure(&stage, &real.songs, titles).await;
    stage.clear().await?;
    measured
}

async fn measure(stage: &Stage, songs: &[catalogue::Song], titles: usize) -> Result<(), BenchError> {
    let mut draw = Draw::new(SEED);
    let sample = queries::sample(songs, titles, &mut draw);
    searches(stage, songs, &sample, &mut draw).await?;
    suggestions(stage, &sample).await
}

/// Every title typed letter by letter.
async fn suggestions(stage: &Stage, sample: &[&catalogue::Song]) -> Result<(), BenchError> {
    say(&format!(
        "\n{:<28}{:>10}{:>12}{:>12}{:>12}",
        "suggest", "shown", "p50 ms", "p99 ms", "most"
    ));
    for letters in TYPED {
        let (mut times, mut shown, mut asked) = (Vec::new(), 0_usize, 0_usize);
        for song in sample {
            let typed: String = song.title.chars().take(letters).collect();
            if typed.trim().is_empty() || typed.chars().count() < letters {
                continue;
            }
            let began = Instant::now();
            let found = stage.search.suggest(&typed, SHOWN).await?;
            times.push(began.elapsed());
            asked += 1;
            shown += usize::from(found.iter().any(|one| one.id == song.id));
        }
        say(&format!(
            "{:<28}{:>10}{:>12.1}{:>12.1}{:>12.1}",
            format!("{letters} letters"),
            format!("{shown}/{asked}"),
            percentile(&mut times, 50),
            percentile(&mut times, 99),
            percentile(&mut times, 100),
        ));
    }
    Ok(())
}

/// Without case, marks and brackets, in which releases of one song differ.
fn same(song: &catalogue::Song) -> (String, String) {
    (fold::exact(&song.title), fold::exact(&song.artist))
}

async fn searches(
    stage: &Stage,
    songs: &[catalogue::Song],
    sample: &[&catalogue::Song],
    draw: &mut Draw,
) -> Result<(), BenchError> {
    // The file has many songs several times, as released again; each of them was meant.
    let meant: HashMap<Uuid, _> = songs.iter().map(|song| (song.id, same(song))).collect();
    say(&format!(
        "{:<28}{:>10}{:>8}{:>10}{:>10}{:>10}{:>10}{:>10}{:>10}",
        format!("{} titles", sample.len()),
        "recall@10",
        "MRR",
        "by title",
        "p50 ms",
        "p95 ms",
        "raw p50",
        "raw p95",
        "2 steps"
    ));
    for (name, way) in WAYS {
        let (mut ranks, mut by_title, mut seconds) = (Vec::new(), Vec::new(), 0_usize);
        let (mut ours, mut raw) = (Vec::new(), Vec::new());
        for song in sample {
            let query = Query {
                text: Some(way(song, draw)),
                limit: SHOWN,
                ..Query::default()
            };
            let began = Instant::now();
            let found = stage.search.search(Kind::Track, &query).await?;
            ours.push(began.elapsed());
            let steps = [Step::Typed, Step::Tolerant];
            let is_second = found.typed < u64::from(SHOWN);
            seconds += usize::from(is_second);
            raw.push(stage.raw(&query, &steps[..=usize::from(is_second)]).await?);
            let rank = |is_it: &dyn Fn(&(String, String)) -> bool| {
                let mut hits = found.hits.iter();
                hits.position(|hit| meant.get(&hit.id).is_some_and(is_it))
            };
            let wanted = same(song);
            ranks.push(rank(&|found| *found == wanted));
            // Every fifth title is also that of another artist; which of them is meant, a title does not say.
            by_title.push(rank(&|(title, _)| *title == wanted.0));
        }
        let (recall, mrr) = quality(&ranks);
        let (_, by_title) = quality(&by_title);
        say(&format!(
            "{name:<28}{recall:>10.3}{mrr:>8.3}{by_title:>10.3}{:>10.1}{:>10.1}{:>10.1}{:>10.1}{seconds:>10}",
            percentile(&mut ours, 50),
            percentile(&mut ours, 95),
            percentile(&mut raw, 50),
            percentile(&mut raw, 95),
        ));
    }
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred")]
fn quality(ranks: &[Option<usize>]) -> (f64, f64) {
    let count = ranks.len() as f64;
    let found = ranks.iter().flatten();
    let recall = found.clone().count() as f64 / count;
    let mrr = found.map(|rank| 1.0 / (rank + 1) as f64).sum::<f64>() / count;
    (recall, mrr)
}
