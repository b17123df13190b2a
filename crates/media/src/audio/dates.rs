//! Dates as people and programs write them.

use chrono::NaiveDate;

use super::text::plain_digits;

/// Beginnings of the months' names: many languages of Europe share most of them.
const MONTHS: [(&str, u32); 50] = [
    ("jan", 1),
    ("ene", 1),
    ("gen", 1),
    ("feb", 2),
    ("fev", 2),
    ("fév", 2),
    ("mar", 3),
    ("mär", 3),
    ("maa", 3),
    ("mrt", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("may", 5),
    ("mai", 5),
    ("mei", 5),
    ("mag", 5),
    ("jun", 6),
    ("juin", 6),
    ("giu", 6),
    ("jul", 7),
    ("juil", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("out", 10),
    ("nov", 11),
    ("dec", 12),
    ("déc", 12),
    ("dez", 12),
    ("dic", 12),
    ("янв", 1),
    ("фев", 2),
    ("мар", 3),
    ("апр", 4),
    ("ма", 5),
    ("июн", 6),
    ("июл", 7),
    ("авг", 8),
    ("сен", 9),
    ("окт", 10),
    ("ноя", 11),
    ("дек", 12),
];

/// `YYYY-MM-DD` where the month is known and the day real, else `YYYY`. The year is the first number of four digits, or
/// begins one of eight. "25.11.2009" begins with the day; where day and month cannot be told apart, neither is taken.
pub(super) fn date(text: &str) -> Option<String> {
    // Year, month and day in Chinese and Japanese.
    let text = plain_digits(text).to_lowercase().replace(['年', '月', '日'], "-");
    let words = words(&text);
    let at = words.iter().position(|word| year(word).is_some())?;
    let year = year(words[at])?;
    let date = |month: u32, day: u32| NaiveDate::from_ymd_opt(year, month, day);
    let found = if words[at].len() == 8 {
        number(&words[at][4..6])
            .zip(number(&words[at][6..]))
            .and_then(|(month, day)| date(month, day))
    } else if let Some(month) = words.iter().find_map(|word| month(word)) {
        let mut days = words
            .iter()
            .filter(|word| word.len() <= 2)
            .filter_map(|word| number(word));
        let day = days.find(|day| (1..=31).contains(day));
        date(month, day.unwrap_or(1))
    } else {
        let after = words[at + 1..]
            .iter()
            .map_while(|word| number(word).filter(|_| word.len() <= 2));
        let before = words[..at]
            .iter()
            .rev()
            .map_while(|word| number(word).filter(|_| word.len() <= 2));
        match (
            after.take(2).collect::<Vec<_>>().as_slice(),
            before.take(2).collect::<Vec<_>>().as_slice(),
        ) {
            ([month, day], _) => date(*month, *day).or_else(|| date(*month, 1)),
            (_, [second, first]) => {
                day_and_month(*first, *second, text.contains('.')).and_then(|(day, month)| date(month, day))
            }
            ([month], []) | (_, [month]) => date(*month, 1),
            _ => None,
        }
    };
    Some(found.map_or_else(|| year.to_string(), |date| date.format("%Y-%m-%d").to_string()))
}

/// Europe writes the day first, America the month; with full stops it is the day.
fn day_and_month(first: u32, second: u32, dotted: bool) -> Option<(u32, u32)> {
    match (first, second) {
        (13.., _) => Some((first, second)),
        (_, 13..) => Some((second, first)),
        _ if dotted || first == second => Some((first, second)),
        _ => None,
    }
}

/// Runs of digits and runs of letters.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(char::is_alphanumeric) {
        rest = &rest[start..];
        let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
        let goes_on = |c: char| c.is_alphanumeric() && c.is_ascii_digit() == is_number;
        let end = rest.find(|c| !goes_on(c)).unwrap_or(rest.len());
        words.push(&rest[..end]);
        rest = &rest[end..];
    }
    words
}

fn number(word: &str) -> Option<u32> {
    word.parse().ok()
}

fn year(word: &str) -> Option<i32> {
    let year = match word.len() {
        4 => word,
        8 => word.get(..4)?,
        _ => return None,
    };
    let all_digits = word.bytes().all(|byte| byte.is_ascii_digit());
    year.parse()
        .ok()
        .filter(|year| all_digits && (1000..=2999).contains(year))
}

fn month(word: &str) -> Option<u32> {
    let month = MONTHS.iter().find(|(begin, _)| word.starts_with(begin));
    // "May" and "мая" are whole words; "ма" begins many.
    month
        .filter(|(begin, _)| *begin != "ма" || matches!(word, "май" | "мая"))
        .map(|(_, month)| *month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_forms_that_people_write() {
        let table = [
            ("2009", Some("2009")),
            ("2009-11", Some("2009-11-01")),
            ("2009-11-25", Some("2009-11-25")),
            ("2009-11-25T10:11:12Z", Some("2009-11-25")),
            ("2009-11-25 10:11", Some("2009-11-25")),
            ("20091125", Some("2009-11-25")),
            ("2009/11/25", Some("2009-11-25")),
            ("2009.11.25", Some("2009-11-25")),
            ("2009-00-00", Some("2009")),
            ("2009-13-45", Some("2009")),
            ("2009-02-30", Some("2009-02-01")),
            ("20090000", Some("2009")),
            ("25.11.2009", Some("2009-11-25")),
            ("5.11.2009", Some("2009-11-05")),
            ("25/11/2009", Some("2009-11-25")),
            ("11/25/2009", Some("2009-11-25")),
            ("05/11/2009", Some("2009")),
            ("05-05-2009", Some("2009-05-05")),
            ("11/2009", Some("2009-11-01")),
            ("November 2009", Some("2009-11-01")),
            ("2009 November", Some("2009-11-01")),
            ("25 Nov 2009", Some("2009-11-25")),
            ("Nov 25th, 2009", Some("2009-11-25")),
            ("Wed, 25 November 2009 10:11:12 GMT", Some("2009-11-25")),
            ("25 ноября 2009 г.", Some("2009-11-25")),
            ("1 мая 1988", Some("1988-05-01")),
            ("2009年11月25日", Some("2009-11-25")),
            ("(c) 2009", Some("2009")),
            ("℗1999, 2009", Some("1999")),
            ("1999-2001", Some("1999")),
            ("released in 2009", Some("2009")),
            ("0000", None),
            ("09", None),
            ("", None),
            ("summer", None),
            ("99999", None),
        ];
        for (text, expected) in table {
            assert_eq!(date(text).as_deref(), expected, "{text}");
        }
    }
}
