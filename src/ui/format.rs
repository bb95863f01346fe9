//! The output formats of `-o`, and documents as JSON and YAML. The only writer of YAML; `api::saved` reads it.
//! Must not know what is in a document.

use std::str::FromStr;

use serde::Serialize;
use serde_json::Value;

use super::jsonpath::Template;
use crate::error::{Error, Reason, Result};
use crate::model::text;

/// `-o`
#[derive(Clone, Debug, PartialEq)]
pub enum Format {
    /// The default.
    Table,
    /// A table with more columns.
    Wide,
    /// One document.
    Json,
    /// One document.
    Yaml,
    /// `TYPE.GROUP/NAME`, one a line.
    Name,
    /// A template over the document.
    JsonPath(Template),
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        match text {
            "wide" => Ok(Self::Wide),
            "json" => Ok(Self::Json),
            "yaml" => Ok(Self::Yaml),
            "name" => Ok(Self::Name),
            _ => match text.strip_prefix("jsonpath=") {
                Some(template) => {
                    Template::parse(template).map(Self::JsonPath).map_err(|error| error.message)
                }
                None => Err("allowed are json, yaml, name, wide, jsonpath=TEMPLATE".to_owned()),
            },
        }
    }
}

impl Format {
    /// A document is wanted, not a table or names.
    pub fn is_document(&self) -> bool {
        matches!(self, Self::Json | Self::Yaml | Self::JsonPath(_))
    }

    /// Renders a document; a table or names are not documents and give nothing.
    pub fn document(&self, document: &impl Serialize) -> Result<String> {
        let failed =
            |error: String| Error::new(Reason::OutputFailed, "the document cannot be written").cause(error);
        match self {
            Self::Json => {
                let text =
                    serde_json::to_string_pretty(document).map_err(|error| failed(error.to_string()))?;
                Ok(text::json_escaped(&text, text::is_unsafe) + "\n")
            }
            Self::Yaml => yaml(document).map_err(failed),
            Self::JsonPath(template) => {
                let value = serde_json::to_value(document).map_err(|error| failed(error.to_string()))?;
                template.render(&value)
            }
            Self::Table | Self::Wide | Self::Name => Ok(String::new()),
        }
    }
}

/// What the library always escapes, as `\uFEFF`: it goes before the number of each character that it would not escape.
const MARK: char = '\u{feff}';
const WRITTEN_MARK: &str = "\\uFEFF";

/// YAML in which nothing steers the terminal. The library escapes controls, but not what hides or reorders text.
fn yaml(document: &impl Serialize) -> std::result::Result<String, String> {
    let text = serde_yaml::to_string(document).map_err(|error| error.to_string())?;
    if !text.contains(text::is_hidden) {
        return Ok(text);
    }
    let marked = marked(serde_json::to_value(document).map_err(|error| error.to_string())?);
    let text = serde_yaml::to_string(&marked).map_err(|error| error.to_string())?;
    Ok(text.replace(WRITTEN_MARK, "\\u"))
}

fn marked(value: Value) -> Value {
    let mark = |text: &str| {
        // What only looks like a written mark must not be taken for one.
        let is_look_alike = text.contains(WRITTEN_MARK);
        let mut marked = String::with_capacity(text.len());
        for character in text.chars() {
            match text::is_hidden(character) || (is_look_alike && character == '\\') {
                true => marked += &format!("{MARK}{:04X}", u32::from(character)),
                false => marked.push(character),
            }
        }
        marked
    };
    match value {
        Value::String(text) => Value::String(mark(&text)),
        Value::Array(values) => values.into_iter().map(marked).collect(),
        Value::Object(fields) => fields.into_iter().map(|(key, value)| (mark(&key), marked(value))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn formats_are_kubectls() {
        assert_eq!("wide".parse(), Ok(Format::Wide));
        assert!(matches!("jsonpath={.items}".parse(), Ok(Format::JsonPath(_))));
        let error = "xml".parse::<Format>().unwrap_err();
        assert_eq!(error, "allowed are json, yaml, name, wide, jsonpath=TEMPLATE");
    }

    #[test]
    fn yaml_quotes_what_yaml_1_1_reads_as_something_else() {
        let yaml = Format::Yaml.document(&json!({"a": "on", "b": "12:30", "c": "no", "d": "1Gi"})).unwrap();
        insta::assert_snapshot!(yaml, @r#"
        a: "on"
        b: "12:30"
        c: "no"
        d: 1Gi
        "#);
    }

    /// Of a driver's message, for example.
    const HOSTILE: &str = "a\u{1b}]8;;x\u{7}\u{9b}2J\r\u{202e}b\u{2028}\u{feff}ü\n\\uFEFF0041";

    #[test]
    fn no_document_steers_the_terminal_and_all_keep_their_meaning() {
        let document =
            json!({"message": HOSTILE, "long": format!("{HOSTILE} {}", "word ".repeat(1 << 18)), HOSTILE: 1});
        let json = Format::Json.document(&document).unwrap();
        let yaml = Format::Yaml.document(&document).unwrap();
        assert!(!json.contains(text::is_unsafe) && !yaml.contains(text::is_unsafe));
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), document);
        assert_eq!(serde_yaml::from_str::<Value>(&yaml).unwrap(), document);
    }

    proptest! {
        #[test]
        fn any_text_survives_yaml(text in r"[a-c:# \n\\\u{1b}\u{9b}\u{202e}\u{feff}ü]{0,12}(\\uFEFF)?[a\u{200b}]{0,3}") {
            let yaml = Format::Yaml.document(&json!({"text": text})).unwrap();
            prop_assert!(!yaml.contains(text::is_unsafe), "{yaml:?}");
            prop_assert_eq!(&serde_yaml::from_str::<Value>(&yaml).unwrap()["text"], &json!(text));
        }
    }
}
