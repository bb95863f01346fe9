//! A size of storage, in Kubernetes' notation for quantities.
//! Must not lose a byte: a claim below its snapshot's size is refused for ever. (The crate kube_quantity 0.9
//! reads 1.5Gi as 1Gi, so it is not used.)

use std::cmp::Ordering;

/// A size in bytes, together with the text in which it was given (`20Gi`). Compared by bytes alone: `1Gi` is `1024Mi`.
#[derive(Clone, Debug)]
pub struct Size {
    /// Bytes.
    pub bytes: u64,
    /// The text as Kubernetes writes it; used wherever the size is shown or sent.
    pub text: String,
}

impl Size {
    /// Parses a quantity (`20Gi`, `1500M`, `1.5Ti`, `1e9`), rounding up to whole bytes as Kubernetes does.
    ///
    /// The grammar is that of kubernetes/apimachinery, `pkg/api/resource/quantity.go`, without signs. The error
    /// is a sentence for the user.
    pub fn parse(text: &str) -> Result<Self, String> {
        bytes(text)
            .map(|bytes| Self { bytes, text: text.to_owned() })
            .ok_or_else(|| format!("\"{text}\" is not a size; write it like 20Gi"))
    }
}

fn bytes(text: &str) -> Option<u64> {
    let number_ends = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, suffix) = text.split_at(number_ends);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let digits: u128 = format!("{whole}{fraction}").parse().ok()?;
    let (factor, divisor) = scale(suffix)?;
    let divisor = divisor.checked_mul(10u128.checked_pow(u32::try_from(fraction.len()).ok()?)?)?;
    u64::try_from(digits.checked_mul(factor)?.div_ceil(divisor)).ok()
}

/// What a suffix multiplies by, and divides by.
fn scale(suffix: &str) -> Option<(u128, u128)> {
    if let Some(prefix) = suffix.strip_suffix('i') {
        let power = ["K", "M", "G", "T", "P", "E"].iter().position(|unit| *unit == prefix)? + 1;
        return Some((1024u128.pow(u32::try_from(power).ok()?), 1));
    }
    if let Some(power) = ["", "k", "M", "G", "T", "P", "E"].iter().position(|unit| *unit == suffix) {
        return Some((1000u128.pow(u32::try_from(power).ok()?), 1));
    }
    if let Some(power) = ["m", "u", "n"].iter().position(|unit| *unit == suffix) {
        return Some((1, 1000u128.pow(u32::try_from(power).ok()? + 1)));
    }
    let exponent: i32 = suffix.strip_prefix(['e', 'E'])?.parse().ok()?;
    let power = 10u128.checked_pow(exponent.unsigned_abs())?;
    Some(if exponent < 0 { (1, power) } else { (power, 1) })
}

impl PartialEq for Size {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Size {}

impl PartialOrd for Size {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Size {
    fn cmp(&self, other: &Self) -> Ordering {
        self.bytes.cmp(&other.bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_are_read_to_the_byte() {
        for (text, bytes) in [
            ("20Gi", 20 << 30),
            ("1.5Gi", 3 << 29),
            ("1G", 1_000_000_000),
            ("0.5k", 500),
            ("512", 512),
            ("1e3", 1_000),
            ("1E3", 1_000),
            ("2E", 2_000_000_000_000_000_000),
            ("1500m", 2),
            ("1e-1", 1),
            ("0", 0),
        ] {
            assert_eq!(Size::parse(text).map(|size| size.bytes), Ok(bytes), "{text}");
        }
        for text in ["", "big", "Gi", "-1Gi", "1 Gi", "1.2.3Gi", "1GiB", "99999Ei", "1e99"] {
            assert!(Size::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn sizes_are_ordered_by_bytes() {
        assert!(Size::parse("20Gi") > Size::parse("20G"));
        assert!(Size::parse("1000Mi") < Size::parse("1Gi"));
        assert_eq!(Size::parse("1024Mi"), Size::parse("1Gi"));
        assert_ne!(Size::parse("1000Mi"), Size::parse("1Gi"));
        assert_eq!(Size::parse("1024Mi").cmp(&Size::parse("1Gi")), Ordering::Equal);
    }
}
