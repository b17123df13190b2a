//! Rust source with comments and literals replaced by blanks, so that the code can be searched and counted.

/// The same text with comments and literals replaced by blanks; lines and columns stay.
pub fn bare(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let mut bare = String::with_capacity(text.len());
    let mut at = 0;
    while at < letters.len() {
        let end = literal_end(&letters, at);
        if end == at {
            bare.push(letters[at]);
            at += 1;
        } else {
            bare.extend(
                letters[at..end]
                    .iter()
                    .map(|letter| if *letter == '\n' { '\n' } else { ' ' }),
            );
            at = end;
        }
    }
    bare
}

/// The end of the comment or literal that starts at `at`; `at` if none starts there.
fn literal_end(letters: &[char], at: usize) -> usize {
    let next = letters.get(at + 1).copied();
    let begins_word = at == 0 || !(letters[at - 1].is_alphanumeric() || letters[at - 1] == '_');
    match (letters[at], next) {
        ('/', Some('/')) => find(letters, at, &['\n']),
        ('/', Some('*')) => block_comment_end(letters, at),
        ('"', _) => string_end(letters, at + 1),
        ('r', Some('"' | '#')) if begins_word => raw_string_end(letters, at + 1).unwrap_or(at),
        ('b', Some('r')) if begins_word => raw_string_end(letters, at + 2).unwrap_or(at),
        // 'x' and '\n' are letters, 'x without a closing quote is a lifetime.
        ('\'', Some('\\')) => find(letters, at + 3, &['\'']) + 1,
        ('\'', Some(_)) if letters.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
    .min(letters.len())
}

/// The first position of `what` from `from` on, or the end.
fn find(letters: &[char], from: usize, what: &[char]) -> usize {
    (from..letters.len())
        .find(|at| letters[*at..].starts_with(what))
        .unwrap_or(letters.len())
}

fn block_comment_end(letters: &[char], from: usize) -> usize {
    let mut depth = 0;
    let mut at = from;
    while at < letters.len() {
        if letters[at..].starts_with(&['/', '*']) {
            depth += 1;
            at += 2;
        } else if letters[at..].starts_with(&['*', '/']) {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

fn string_end(letters: &[char], from: usize) -> usize {
    let mut at = from;
    while at < letters.len() && letters[at] != '"' {
        at += if letters[at] == '\\' { 2 } else { 1 };
    }
    at + 1
}

/// `hashes` is the position of the hashes of r#"…"#; `None` for a raw identifier.
fn raw_string_end(letters: &[char], hashes: usize) -> Option<usize> {
    let count = letters[hashes..].iter().take_while(|letter| **letter == '#').count();
    (letters.get(hashes + count) == Some(&'"')).then(|| {
        let mut close = vec!['"'];
        close.extend(std::iter::repeat_n('#', count));
        find(letters, hashes + count + 1, &close) + close.len()
    })
}

pub struct Function {
    pub name: String,
    /// The line of its `fn`, from 1.
    pub line: usize,
    /// Its lines, from `fn` to its closing brace.
    pub length: usize,
    /// Whether an operation of the API is described above it.
    pub is_handler: bool,
}

/// The functions with a body in bare source, by counting braces.
pub fn functions(bare: &str) -> Vec<Function> {
    let mut functions = Vec::new();
    let lines: Vec<&str> = bare.lines().collect();
    for (index, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else {
            continue;
        };
        if let Some(last) = body_end(&lines, index) {
            functions.push(Function {
                name,
                line: index + 1,
                length: last - index + 1,
                is_handler: is_handler(&lines[..index]),
            });
        }
    }
    functions
}

fn is_handler(above: &[&str]) -> bool {
    let attributes = above.iter().rev().take_while(|line| !line.starts_with('}'));
    attributes.into_iter().any(|line| line.contains("utoipa::path("))
}

/// The name if the line declares a function.
pub fn function_name(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let keyword = words.iter().position(|word| *word == "fn")?;
    let name: String = words
        .get(keyword + 1)?
        .chars()
        .take_while(|letter| letter.is_alphanumeric() || *letter == '_')
        .collect();
    (!name.is_empty()).then_some(name)
}

/// The line on which the first brace from line `first` on closes; `None` if a semicolon comes before it.
fn body_end(lines: &[&str], first: usize) -> Option<usize> {
    let mut depth = 0_usize;
    let mut brackets = 0_usize;
    for (index, line) in lines.iter().enumerate().skip(first) {
        for letter in line.chars() {
            match letter {
                // [u8; 4] in a signature does not end it.
                '[' | '(' => brackets += 1,
                ']' | ')' => brackets = brackets.saturating_sub(1),
                ';' if depth == 0 && brackets == 0 => return None,
                '{' => depth += 1,
                '}' if depth <= 1 => return Some(index),
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{bare, functions};

    #[test]
    fn literals_and_comments_are_blank_and_lifetimes_stay() {
        let text =
            "let a: &'a str = \"{\\\"\"; // }\nlet b = r#\"\"{\"#; let c = '{'; let d = '\\''; /* { /* } */ */ x";
        let bare = bare(text);
        assert!(!bare.contains(['{', '}']), "{bare}");
        assert!(bare.contains("&'a str") && bare.ends_with('x') && bare.len() == text.len());
    }

    #[test]
    fn a_function_is_as_long_as_its_braces() {
        let found = functions("trait T {\n    fn a(x: [u8; 4]);\n    fn b() {\n        if x {\n        }\n    }\n}\n");
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].name.as_str(), found[0].line, found[0].length), ("b", 3, 4));
    }
}
