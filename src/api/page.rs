//! One page of a list: its objects, read one after the other, and what comes after it.
//! Must not take what is no list for an empty one.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What comes after a page of a list.
#[derive(Debug, PartialEq, Eq)]
pub struct Next {
    /// By this the next page is asked for.
    pub token: String,
    /// So many objects are left, as far as the server says it.
    pub left: usize,
}

/// What comes after this page; `None` on the last.
pub fn next_page(list: &[u8]) -> Result<Option<Next>, serde_json::Error> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(default)]
        metadata: Meta,
    }
    let metadata = match last_metadata(list) {
        Some(metadata) => metadata,
        None => serde_json::from_slice::<Head>(list)?.metadata,
    };
    let token = metadata.next.filter(|token| !token.is_empty());
    Ok(token.map(|token| Next {
        token,
        left: metadata.left.and_then(|left| usize::try_from(left).ok()).unwrap_or_default(),
    }))
}

/// What a list says of itself.
#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default, rename = "continue")]
    next: Option<String>,
    #[serde(default, rename = "remainingItemCount")]
    left: Option<i64>,
}

/// The metadata of a list of custom resources: they are its last field, so that the objects before them need not be looked
/// through. `None` if the last field is another one. What ends right before the last brace is the list's own, and a quote
/// within a text would have a backslash before it.
fn last_metadata(list: &[u8]) -> Option<Meta> {
    /// A token is as long as a path in etcd, more or less.
    const NEAR: usize = 8 * 1024;
    const KEY: &[u8] = b"\"metadata\":";
    let fields = list.trim_ascii_end().strip_suffix(b"}")?;
    let tail = &fields[fields.len().saturating_sub(NEAR)..];
    let place = tail.windows(KEY.len()).rposition(|window| window == KEY)?;
    let is_key = tail[..place].last() == Some(&b',');
    serde_json::from_slice(&tail[place + KEY.len()..]).ok().filter(|_| is_key)
}

/// What `take` makes of each object of a page; the next object is read when the one before is gone.
pub fn items<K: DeserializeOwned, T>(
    list: &[u8],
    take: impl Fn(K) -> Option<T>,
) -> Result<Vec<T>, serde_json::Error> {
    let mut text = serde_json::Deserializer::from_slice(list);
    let taken = text.deserialize_map(List(&take, PhantomData))?;
    text.end()?;
    Ok(taken)
}

/// A list as an object: of its fields the items alone are read.
struct List<'a, K, F>(&'a F, PhantomData<K>);

impl<'de, K: DeserializeOwned, T, F: Fn(K) -> Option<T>> Visitor<'de> for List<'_, K, F> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Vec<T>, A::Error> {
        let mut taken = None;
        while let Some(key) = fields.next_key::<String>()? {
            if key == "items" {
                taken = Some(fields.next_value_seed(Items(self.0, PhantomData))?);
            } else {
                fields.next_value::<IgnoredAny>()?;
            }
        }
        // What is no list at all does not say that there is nothing.
        taken.ok_or_else(|| A::Error::missing_field("items"))
    }
}

/// The items of a list, which may be `null` if there are none.
struct Items<'a, K, F>(&'a F, PhantomData<K>);

impl<'de, K: DeserializeOwned, T, F: Fn(K) -> Option<T>> DeserializeSeed<'de> for Items<'_, K, F> {
    type Value = Vec<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Vec<T>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, K: DeserializeOwned, T, F: Fn(K) -> Option<T>> Visitor<'de> for Items<'_, K, F> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the items of a list")
    }

    fn visit_unit<E>(self) -> Result<Vec<T>, E> {
        Ok(vec![])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Vec<T>, A::Error> {
        let mut taken = vec![];
        while let Some(item) = items.next_element()? {
            taken.extend(self.0(item));
        }
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_makes_no_sense_is_no_short_list() {
        let names = |list: &str| items(list.as_bytes(), |name: String| (name != "b").then_some(name));
        assert_eq!(names(r#"{"metadata":{"items":["x"]},"items":["a","b","c"],"z":1}"#).unwrap(), ["a", "c"]);
        for none in [r#"{"items":null}"#, r#"{"items":[]}"#] {
            assert!(names(none).unwrap().is_empty(), "{none}");
        }
        for odd in [
            "",
            "null",
            "[]",
            "{}",
            r#"{"kind":"Status"}"#,
            r#"{"items":["a"]"#,
            r#"{"items":["a",1]}"#,
            r#"{"items":"a"}"#,
            "{} x",
        ] {
            assert!(names(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_last_page_has_no_next_one() {
        for (list, wanted) in [
            (
                r#"{"items":[{"metadata":{"continue":"no"}}],"metadata":{"continue":"yes","remainingItemCount":7}}"#,
                Some("yes"),
            ),
            (r#"{"items":[{"metadata":{"continue":"no"}}],"metadata":{"resourceVersion":"7"}}"#, None),
            (r#"{"metadata":{"continue":"yes"},"items":[{"metadata":{"continue":"no"}}]}"#, Some("yes")),
            (r#"{"metadata":{"continue":""},"items":[]}"#, None),
            (r#"{"items":[]}"#, None),
            (r#"{"metadata":{"continue":"yes"},"note":",\"metadata\":{}"}"#, Some("yes")),
            (r#"{"metadata":{"continue":"yes"},"note":{"x":1,"metadata":{"continue":"no"}}}"#, Some("yes")),
        ] {
            let next = next_page(list.as_bytes()).unwrap();
            assert_eq!(next.as_ref().map(|next| next.token.as_str()), wanted, "{list}");
            let left = if list.contains("remaining") { 7 } else { 0 };
            assert_eq!(next.map_or(0, |next| next.left), left, "{list}");
        }
        assert!(next_page(b"<html>").is_err());
    }
}
