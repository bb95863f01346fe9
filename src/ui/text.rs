//! Makes text from a cluster fit for a terminal: nothing in a name or message may steer it.
//! Every text from a server goes through here; JSON is escaped by its own writer.

/// Longest text of a server that is shown, in characters: an admission policy's remedy stands at its end.
const LONGEST: usize = 2_000;

/// Replaces what could steer a terminal or reorder its text by a visible escape: C0, DEL and C1 controls,
/// bidirectional marks, zero-width characters. Line breaks and tabs stay.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => safe.push(character),
            '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' => {
                safe.extend(character.escape_unicode());
            }
            _ if character.is_control() => safe.extend(character.escape_default()),
            _ => safe.push(character),
        }
    }
    safe
}

/// One line of a server's text: escaped, line breaks as spaces, cut.
pub fn line(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let safe = escaped(&flat);
    match safe.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &safe[..end]),
        None => safe,
    }
}

/// A value for a table: one word, so that columns can be counted, at most `longest` characters.
pub fn cell(text: &str, longest: usize) -> String {
    let word = escaped(&text.split_whitespace().collect::<Vec<_>>().join("-"));
    match word.is_empty() {
        true => NONE.to_owned(),
        false => word.chars().take(longest).collect(),
    }
}

/// What tables show where there is nothing.
pub const NONE: &str = "<none>";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_steers_the_terminal() {
        assert_eq!(escaped("a\u{1b}[2Jb\rc\u{9b}d\u{202e}e"), "a\\u{1b}[2Jb\\rc\\u{9b}d\\u{202e}e");
        assert_eq!(escaped("two\nlines"), "two\nlines");
        assert_eq!(line("two\nlines\r\n"), "two lines");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let cut = line(&"ü".repeat(LONGEST + 100));
        assert_eq!(cut.chars().count(), LONGEST + 3);
    }

    #[test]
    fn a_cell_is_one_word() {
        assert_eq!(cell("disk on fire", 60), "disk-on-fire");
        assert_eq!(cell(" ", 60), "<none>");
        assert_eq!(cell("abcdef", 3), "abc");
    }
}
