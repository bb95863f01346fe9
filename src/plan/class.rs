//! Which VolumeSnapshotClass a snapshot is taken with.
//! Must not fall back silently: an ambiguous cluster is a refusal that names the classes.

use crate::error::{Error, Reason, Result};
use crate::model::class::SnapshotClass;

/// Chooses the class for a volume of `driver`: the `named` one, or else the only default of that driver.
///
/// Nothing in the snapshot API keeps a driver from having several defaults, so that is checked here.
pub fn choose<'a>(
    classes: &'a [SnapshotClass],
    driver: &str,
    named: Option<&str>,
) -> Result<&'a SnapshotClass> {
    if let Some(name) = named {
        return self::named(classes, name).and_then(|class| of_driver(class, driver));
    }
    let of_driver: Vec<_> = classes.iter().filter(|class| class.driver == driver).collect();
    let defaults: Vec<_> = of_driver.iter().filter(|class| class.default).copied().collect();
    match (of_driver.as_slice(), defaults.as_slice()) {
        (_, [only]) => Ok(only),
        ([], _) => {
            Err(Error::new(Reason::NoSnapshotClass, format!("no VolumeSnapshotClass is for driver {driver}"))
                .hint(format!(
                    "create a VolumeSnapshotClass with `driver: {driver}`; if there is none for it, the driver may not be able to snapshot"
                )))
        }
        (_, []) => Err(Error::new(
            Reason::NoSnapshotClass,
            format!("no VolumeSnapshotClass is the default for driver {driver}; there is {}", names(&of_driver)),
        )),
        (_, several) => Err(Error::new(
            Reason::TwoDefaultClasses,
            format!(
                "{} VolumeSnapshotClasses are the default for driver {driver}: {}",
                several.len(),
                names(several)
            ),
        )),
    }
}

/// Finds a class by its name.
pub fn named<'a>(classes: &'a [SnapshotClass], name: &str) -> Result<&'a SnapshotClass> {
    classes.iter().find(|class| class.name == name).ok_or_else(|| {
        Error::new(Reason::SnapshotClassNotFound, format!("volumesnapshotclass \"{name}\" does not exist"))
    })
}

fn of_driver<'a>(class: &'a SnapshotClass, driver: &str) -> Result<&'a SnapshotClass> {
    if class.driver == driver {
        return Ok(class);
    }
    Err(Error::new(
        Reason::SnapshotClassOtherDriver,
        format!(
            "volumesnapshotclass \"{}\" is for driver {}, the claim's is {driver}",
            class.name, class.driver
        ),
    ))
}

fn names(classes: &[&SnapshotClass]) -> String {
    classes.iter().map(|class| class.name.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(name: &str, driver: &str, default: bool) -> SnapshotClass {
        SnapshotClass { name: name.into(), driver: driver.into(), default }
    }

    fn reason(classes: &[SnapshotClass], named: Option<&str>) -> Reason {
        choose(classes, "csi.a", named).unwrap_err().reason
    }

    #[test]
    fn the_named_class_or_the_only_default_of_the_driver_is_taken() {
        let classes = [class("a", "csi.a", false), class("b", "csi.a", true), class("c", "csi.b", true)];
        assert_eq!(choose(&classes, "csi.a", None).unwrap().name, "b");
        assert_eq!(choose(&classes, "csi.a", Some("a")).unwrap().name, "a");
    }

    #[test]
    fn anything_ambiguous_is_refused() {
        let (a, b, other) = (class("a", "csi.a", true), class("b", "csi.a", true), class("c", "csi.b", true));
        let two = choose(&[a.clone(), b], "csi.a", None).unwrap_err();
        assert_eq!(two.reason, Reason::TwoDefaultClasses);
        assert!(
            two.message.contains("a, b") || two.causes.iter().any(|cause| cause.contains("a, b")),
            "{two}"
        );
        assert_eq!(reason(std::slice::from_ref(&other), None), Reason::NoSnapshotClass);
        assert_eq!(reason(&[class("d", "csi.a", false)], None), Reason::NoSnapshotClass);
        assert_eq!(reason(&[a, other], Some("c")), Reason::SnapshotClassOtherDriver);
        assert_eq!(reason(&[], Some("nope")), Reason::SnapshotClassNotFound);
    }
}
