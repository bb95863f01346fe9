//! kubectl's JSONPath templates over our own documents: `{.items[*].name}{"\n"}`, `{range .items[*]}…{end}`.
//! The paths themselves are evaluated by jsonpath-rust; what it does not know is an error, not a guess.

use jsonpath_rust::JsonPath as _;
use serde_json::Value;

use crate::error::{Error, Reason, Result};
use crate::model::text;

/// One piece of a template.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(String),
    Path(String),
    Range(String, Vec<Piece>),
}

/// A checked template.
#[derive(Clone, Debug, PartialEq)]
pub struct Template(Vec<Piece>);

impl Template {
    /// Reads a template. The paths in it are checked against an empty document, so that a wrong one is found
    /// before the cluster is asked.
    pub fn parse(template: &str) -> Result<Self> {
        // kubectl accepts a bare path, as in `-o jsonpath=.items`.
        let bare = !template.contains('{') && (template.starts_with('.') || template.starts_with("$."));
        let text = if bare { format!("{{{template}}}") } else { template.to_owned() };
        let mut rest = text.as_str();
        let pieces = pieces(&mut rest, template, false)?;
        let parsed = Self(pieces);
        parsed.render(&Value::Null).map(|_| parsed)
    }

    /// Evaluates the template.
    pub fn render(&self, document: &Value) -> Result<String> {
        let mut output = String::new();
        write(&self.0, document, &mut output)?;
        Ok(output)
    }
}

fn invalid(template: &str, why: &str) -> Error {
    Error::new(Reason::JsonPathInvalid, format!("jsonpath template {template} {why}"))
}

fn pieces(rest: &mut &str, whole: &str, inside_range: bool) -> Result<Vec<Piece>> {
    let mut pieces = vec![];
    while !rest.is_empty() {
        let Some((text, tail)) = rest.split_once('{') else {
            pieces.push(Piece::Text(std::mem::take(rest).to_owned()));
            break;
        };
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let end = closing_brace(tail).ok_or_else(|| invalid(whole, "has no closing brace"))?;
        let (inner, after) = (tail[..end].trim(), &tail[end + 1..]);
        *rest = after;
        if inner == "end" {
            return if inside_range { Ok(pieces) } else { Err(invalid(whole, "has {end} without {range}")) };
        }
        pieces.push(match inner.strip_prefix("range ") {
            Some(path) => Piece::Range(rooted(path.trim(), whole)?, self::pieces(rest, whole, true)?),
            None if inner.starts_with(['"', '\'']) => Piece::Text(literal(inner, whole)?),
            None => Piece::Path(rooted(inner, whole)?),
        });
    }
    if inside_range { Err(invalid(whole, "has {range} without {end}")) } else { Ok(pieces) }
}

/// Where the brace closes; braces in quotes do not count.
fn closing_brace(text: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (position, character) in text.char_indices() {
        match (quote, character) {
            _ if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => quote = Some(character),
            (None, '}') => return Some(position),
            _ => {}
        }
    }
    None
}

fn literal(quoted: &str, whole: &str) -> Result<String> {
    let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
    let mut text = String::new();
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some(same @ ('\\' | '"' | '\'')) => same,
                _ => return Err(invalid(whole, "has an unknown escape")),
            },
            other => other,
        });
    }
    Ok(text)
}

/// kubectl writes `.items`, `@.name` or `items`; the library wants `$.items`.
fn rooted(path: &str, whole: &str) -> Result<String> {
    match path.chars().next() {
        Some('$') => Ok(path.to_owned()),
        Some('@') => Ok(path.replacen('@', "$", 1)),
        Some('.' | '[') => Ok(format!("${path}").trim_end_matches('.').to_owned()),
        Some(letter) if letter.is_alphabetic() => Ok(format!("$.{path}")),
        _ => Err(invalid(whole, "has an empty or unknown expression")),
    }
}

fn write(pieces: &[Piece], document: &Value, output: &mut String) -> Result<()> {
    for piece in pieces {
        match piece {
            Piece::Text(text) => output.push_str(text),
            Piece::Path(path) => {
                let values: Vec<_> = query(document, path)?.into_iter().map(plain).collect();
                output.push_str(&values.join(" "));
            }
            Piece::Range(path, inner) => {
                for item in query(document, path)? {
                    write(inner, item, output)?;
                }
            }
        }
    }
    Ok(())
}

fn query<'a>(document: &'a Value, path: &str) -> Result<Vec<&'a Value>> {
    document.query(path).map_err(|_| invalid(path, "is not understood"))
}

/// Strings bare, all else as JSON, as kubectl prints them; but nothing steers the terminal.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text::escaped(text),
        Value::Null => String::new(),
        other => text::json_escaped(&other.to_string(), text::is_unsafe),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rendered(template: &str) -> Result<String> {
        let document = json!({"kind": "R", "items": [
            {"name": "a", "ready": true, "size": {"bytes": 1}},
            {"name": "b", "ready": false},
        ]});
        Template::parse(template)?.render(&document)
    }

    #[test]
    fn templates_are_kubectls() {
        for (template, wanted) in [
            ("{.items[*].name}", "a b"),
            ("{.items[0].name}", "a"),
            ("{.items[-1].name}", "b"),
            ("{items[*].name}", "a b"),
            (".kind", "R"),
            ("{.kind}: {.items[*].ready}", "R: true false"),
            ("{range .items[*]}{.name}{\"\\t\"}{.ready}{\"\\n\"}{end}", "a\ttrue\nb\tfalse\n"),
            ("{range .items[*]}{@.name}{';'}{end}", "a;b;"),
            ("{.items[?(@.ready==true)].name}", "a"),
            ("{.items[0].size}", "{\"bytes\":1}"),
            ("{.nothing}", ""),
            ("plain", "plain"),
        ] {
            assert_eq!(rendered(template).unwrap(), wanted, "{template}");
        }
    }

    #[test]
    fn what_is_wrong_is_refused_before_it_is_used() {
        for template in ["{.items", "{range .items[*]}x", "{end}", "{}", "{.items[}", "{\"\\q\"}"] {
            assert_eq!(rendered(template).unwrap_err().reason, Reason::JsonPathInvalid, "{template}");
        }
    }

    #[test]
    fn a_value_does_not_steer_the_terminal() {
        let document = json!({"items": ["a\u{1b}[2J\u{9b}\r\u{202e}b\n"]});
        let rendered = |template: &str| Template::parse(template).unwrap().render(&document).unwrap();
        assert_eq!(rendered("{.items[0]}"), "a\\u{1b}[2J\\u{9b}\\r\\u{202e}b\n");
        assert_eq!(rendered("{.items}"), r#"["a\u001b[2J\u009b\r\u202eb\n"]"#);
    }
}
