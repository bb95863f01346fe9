//! The flags of `list`, checked: what is shown, and how.
//! Must refuse what does not go together before the cluster is asked.

use super::ListArgs;
use crate::cluster::connect::Cluster;
use crate::cluster::observe::Selectors;
use crate::error::{Error, Reason, Result};
use crate::ui::format::Format;
use crate::ui::listing::Order;
use crate::ui::rows::{LabelColumns, Shape};
use crate::ui::table::Headers;

/// What the rows are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    /// Groups.
    Groups,
    /// Snapshots of some groups or of all.
    Snapshots,
    /// Claims that no group covers.
    Unprotected,
    /// Volumes that restores have kept.
    Retained,
}

/// The flags, checked.
pub(super) struct ListOptions {
    pub view: View,
    /// Only these groups; all if empty.
    pub groups: Vec<String>,
    pub selectors: Selectors,
    pub status: Vec<String>,
    pub error_if: Vec<String>,
    pub order: Option<Order>,
    pub watch: bool,
    pub format: Format,
    pub shape: Shape,
    pub labels: LabelColumns,
}

impl ListOptions {
    pub fn new(args: ListArgs) -> Result<Self> {
        let format = args.output.format();
        if args.watch && !matches!(format, Format::Table | Format::Wide) {
            return Err(Error::new(Reason::FlagsUnfit, "--watch shows a table, not a document")
                .hint("leave -o out, or use -o wide"));
        }
        Ok(Self {
            view: match (args.unprotected, args.snapshots || !args.groups.is_empty()) {
                _ if args.retained => View::Retained,
                (true, _) => View::Unprotected,
                (false, true) => View::Snapshots,
                (false, false) => View::Groups,
            },
            groups: args.groups,
            selectors: Selectors {
                labels: args.selector.filter(|text| !text.is_empty()),
                fields: args.field_selector.filter(|text| !text.is_empty()),
            },
            status: args.status,
            error_if: args.error_if,
            order: args.sort_by,
            watch: args.watch,
            shape: Shape {
                namespaces: args.all_namespaces,
                wide: format == Format::Wide,
                headers: if args.no_headers { Headers::Hidden } else { Headers::Shown },
            },
            labels: LabelColumns { keys: args.label_columns, all: args.show_labels },
            format,
        })
    }

    /// The format shows what only further requests tell.
    pub fn is_detailed(&self) -> bool {
        self.shape.wide || self.format.is_document()
    }

    /// The namespace that is looked at; `None` for all.
    pub fn namespace<'a>(&self, cluster: &'a Cluster) -> Option<&'a str> {
        (!self.shape.namespaces).then_some(cluster.namespace.as_str())
    }

    /// Some groups may exist that are not wanted.
    pub fn is_selective(&self) -> bool {
        !self.groups.is_empty() || self.selectors.labels.is_some() || self.selectors.fields.is_some()
    }
}
