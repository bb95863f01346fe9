//! From bytes to JSON values: JSON or YAML, one document or many, lists or single objects.
//! Reads YAML, as `ui::format` writes it. Must not know which kinds of objects there are.

use serde_json::{Value, json};
use serde_yaml::options;

/// YAML in braces is looked for only in files that a person may have written.
const LONGEST_BY_HAND: usize = 1 << 20;

/// The documents in a file. Empty ones do not count.
///
/// The error is a fragment for the user.
pub fn documents(bytes: &[u8]) -> Result<Vec<Value>, String> {
    let text = text(bytes)?;
    if !text.trim_start().starts_with(['{', '[']) {
        return yaml(&text);
    }
    let json: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text).into_iter().collect();
    match json {
        Ok(documents) => Ok(documents),
        Err(_) if text.len() <= LONGEST_BY_HAND && yaml(&text).is_ok() => yaml(&text),
        Err(error) => Err(error.to_string()),
    }
}

fn yaml(text: &str) -> Result<Vec<Value>, String> {
    // A saved list is larger than what the crate takes for a configuration. Aliases are limited more: they let a short
    // text stand for a very long one, and what kubectl writes has none.
    let options = options! {
        with_snippet: false,
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: 100_000 },
        budget: serde_yaml::budget! {
            max_events: usize::MAX,
            max_nodes: usize::MAX,
            max_documents: usize::MAX,
            max_total_scalar_bytes: usize::MAX,
        },
    };
    serde_yaml::from_multiple_with_options(text, options).map_err(|error| error.to_string())
}

/// The text in a file. Windows' PowerShell writes UTF-16.
fn text(bytes: &[u8]) -> Result<String, String> {
    let units = |read: fn([u8; 2]) -> u16| -> Vec<u16> {
        bytes[2..].as_chunks::<2>().0.iter().map(|pair| read(*pair)).collect()
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => String::from_utf16(&units(u16::from_le_bytes)).ok(),
        [0xfe, 0xff, ..] => String::from_utf16(&units(u16::from_be_bytes)).ok(),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes.to_vec()).ok(),
    };
    text.filter(|text| !text.contains('\0')).ok_or_else(|| "it is not text".to_owned())
}

/// What a document is.
#[derive(Debug, PartialEq)]
pub enum Items {
    /// An object, or something else that is no list.
    One(Value),
    /// A list, perhaps empty.
    Many(Vec<Value>),
}

/// Takes a list apart: `List`, a list of one kind, whose items may leave kind and version to it, or a bare array.
pub fn items(document: Value) -> Items {
    let mut document = match document {
        Value::Array(items) => return Items::Many(items),
        other => other,
    };
    let Some(kind) = document["kind"].as_str().and_then(|kind| kind.strip_suffix("List")).map(str::to_owned)
    else {
        return Items::One(document);
    };
    let Some(Value::Array(mut items)) = document.get_mut("items").map(Value::take) else {
        return Items::Many(vec![]);
    };
    let version = document["apiVersion"].take();
    for item in items.iter_mut().filter_map(Value::as_object_mut).filter(|_| !kind.is_empty()) {
        item.entry("kind").or_insert_with(|| json!(kind));
        item.entry("apiVersion").or_insert_with(|| version.clone());
    }
    Items::Many(items)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Value> {
        documents(text.as_bytes()).unwrap()
    }

    #[test]
    fn json_and_yaml_are_told_apart_by_what_they_are() {
        let wanted = vec![json!({"a": 1}), json!({"b": "on"})];
        for text in [
            "{\"a\": 1}\n{\"b\": \"on\"}\n",
            "a: 1\n---\nb: \"on\"\n",
            "--- \n{\"a\": 1}\n---\n# nothing\n---\nb: 'on'\n",
            "\n  {\"a\": 1} {\"b\": \"on\"}",
            "\u{feff}a: 1\n---\nb: \"on\"\n",
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
        assert_eq!(read("{a: 1, b: [x]}"), [json!({"a": 1, "b": ["x"]})]);
        for empty in ["", "\n\n", "# a comment\n", "---\n---\n"] {
            assert!(read(empty).is_empty(), "{empty:?}");
        }
    }

    #[test]
    fn what_is_neither_says_where() {
        for (text, wanted) in [("{\"items\": [", "line 1"), ("a: [\n", "line"), ("a: 1\n b: 2\n", "line 2")] {
            let error = documents(text.as_bytes()).unwrap_err();
            assert!(error.contains(wanted) && !error.contains('\n'), "{error}");
        }
        for bytes in [&b"\x1f\x8b\x08\x00"[..], b"PK\x03\x04\x00", b"\xff"] {
            assert_eq!(documents(bytes).unwrap_err(), "it is not text");
        }
    }

    #[test]
    fn what_powershell_writes_is_read() {
        let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
        assert_eq!(documents(&utf16("\u{feff}{\"a\": \"ü\"}\r\n")).unwrap(), [json!({"a": "ü"})]);
    }

    #[test]
    fn a_short_text_must_not_stand_for_a_very_long_one() {
        let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
            bomb += &format!("a{level}: &a{level} [{aliases}]\n");
        }
        assert!(documents(bomb.as_bytes()).is_err());
    }

    #[test]
    fn lists_are_taken_apart() {
        let item = json!({"kind": "Pod", "apiVersion": "v1"});
        let list = json!({"kind": "List", "apiVersion": "v1", "items": [item, {"metadata": {}}]});
        assert_eq!(items(list), Items::Many(vec![item.clone(), json!({"metadata": {}})]));
        let pods = json!({"kind": "PodList", "apiVersion": "v1", "items": [{}, item]});
        assert_eq!(items(pods), Items::Many(vec![item.clone(), item.clone()]));
        assert_eq!(items(json!([item])), Items::Many(vec![item.clone()]));
        assert_eq!(items(json!({"kind": "List", "items": null})), Items::Many(vec![]));
        assert_eq!(items(item.clone()), Items::One(item));
        assert_eq!(items(json!("garbage")), Items::One(json!("garbage")));
    }
}
