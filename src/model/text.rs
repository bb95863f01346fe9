//! Makes text from a cluster fit for a terminal: nothing in a name or message may steer it.
//! Every text from a server goes through here before it is shown, or written to where others will see it.

/// Longest text of a server that is shown, in characters: an admission policy's remedy stands at its end.
const LONGEST: usize = 2_000;

/// What could steer a terminal, or hide or reorder its text: C0, DEL and C1 controls, bidirectional marks, characters
/// without a width, separators of lines. Line breaks and tabs are not.
pub fn is_unsafe(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        _ => character.is_control() || is_hidden(character),
    }
}

/// As [`is_unsafe`], of those that are no controls: writers of documents leave them as they are.
pub fn is_hidden(character: char) -> bool {
    matches!(
        character,
        '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

/// Replaces what is unsafe by a visible escape.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match is_unsafe(character) {
            true => safe.extend(character.escape_default()),
            false => safe.push(character),
        }
    }
    safe
}

/// JSON may escape any character of its strings: those that are wanted go as `\u202e`, and mean the same.
pub fn json_escaped(json: &str, wanted: impl Fn(char) -> bool) -> String {
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if wanted(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                safe += &format!("\\u{unit:04x}");
            }
        } else {
            safe.push(character);
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

    /// The links of terminals, their titles, and marks that turn the rest of a line around.
    #[test]
    fn no_text_of_a_driver_is_more_than_text() {
        let hostile = "\u{1b}]8;;http://x\u{7}a\u{1b}]8;;\u{7}\u{9b}31m\u{202e}b\u{2066}c\u{61c}d\u{2028}e\u{feff}f\u{7f}\r";
        for text in [hostile.to_owned(), hostile.repeat(1 << 15)] {
            for safe in [escaped(&text), line(&text), cell(&text, 60)] {
                assert!(!safe.chars().any(is_unsafe), "{safe:?}");
            }
            assert!(line(&text).chars().count() <= LONGEST + 3 && cell(&text, 60).chars().count() <= 60);
        }
        assert_eq!(escaped("Prüfung 数据 💾 e\u{301}"), "Prüfung 数据 💾 e\u{301}");
    }

    #[test]
    fn json_keeps_its_meaning_when_it_is_escaped() {
        let text = "a\u{202e}b\u{1b}[2J\u{9b}\u{7f} 💾 ü";
        let json = serde_json::to_string_pretty(&[text]).unwrap();
        let safe = json_escaped(&json, is_unsafe);
        assert!(safe.contains("b\\u001b[2J\\u009b\\u007f 💾 ü") && !safe.chars().any(is_unsafe), "{safe}");
        let ascii = json_escaped(&json, |character| !character.is_ascii());
        for written in [safe, ascii] {
            assert_eq!(serde_json::from_str::<[String; 1]>(&written).unwrap(), [text]);
        }
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
