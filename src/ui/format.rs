//! The output formats of `-o`, and documents as JSON and YAML. The only writer of YAML; `api::saved` reads it.
//! Must not know what is in a document.

use std::str::FromStr;

use serde::Serialize;

use super::jsonpath::Template;
use crate::error::{Error, Reason, Result};

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
                Ok(text + "\n")
            }
            Self::Yaml => serde_yaml::to_string(document).map_err(|error| failed(error.to_string())),
            Self::JsonPath(template) => {
                let value = serde_json::to_value(document).map_err(|error| failed(error.to_string()))?;
                template.render(&value)
            }
            Self::Table | Self::Wide | Self::Name => Ok(String::new()),
        }
    }
}

#[cfg(test)]
mod tests {
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
}
