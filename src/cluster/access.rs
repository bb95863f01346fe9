//! What the user may do, asked with SelfSubjectAccessReviews.
//! Must not try things out to learn whether they are allowed.

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, PostParams};

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::failure::forbidden;
use crate::error::{Reason, Result};

impl Cluster {
    /// Refuses if the user may not do `verb` to objects of `kind`, with the rule that is missing. Whoever may not even
    /// ask is let pass: the request itself will tell.
    pub async fn require(&self, verb: Verb, kind: Kind) -> Result<()> {
        let call = Call { verb, kind, namespace: None, name: None };
        match self.may(verb, kind).await {
            Ok(true) => Ok(()),
            Err(error) if error.reason != Reason::Forbidden => Err(error),
            Err(_) => Ok(()),
            Ok(false) => Err(forbidden(&call, &self.namespace)),
        }
    }

    /// Whether the user may do `verb` to objects of `kind`, in the current namespace where the kind has one.
    pub async fn may(&self, verb: Verb, kind: Kind) -> Result<bool> {
        let (group, resource, subresource) = kind.resource();
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some(group.to_owned()),
                    resource: Some(resource.to_owned()),
                    subresource: subresource.map(str::to_owned),
                    namespace: kind.is_namespaced().then(|| self.namespace.clone()),
                    verb: Some(verb.as_str().to_owned()),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let api: Api<SelfSubjectAccessReview> = Api::all(self.client());
        let call = Call { verb: Verb::Create, kind: Kind::AccessReview, namespace: None, name: None };
        // A review changes nothing, so it is sent as a read.
        let (params, review) = (PostParams::default(), &review);
        let answer =
            self.read(&call, || api.create(&params, review)).await.map_err(|failure| failure.error)?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}
