//! What the user may do, asked with SelfSubjectAccessReviews.
//! Must not try things out to learn whether they are allowed.

use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{Api, PostParams};

use super::call::{Call, Kind, Verb};
use super::connect::Cluster;
use super::failure::forbidden;
use crate::api::rights::Right;
use crate::error::{Reason, Result};

impl Cluster {
    /// Refuses if the user may not do `verb` to objects of `kind`, with the rule that is missing. Whoever may not even
    /// ask is let pass: the request itself will tell.
    pub async fn require(&self, verb: Verb, kind: Kind) -> Result<()> {
        self.require_call(&Call::any(verb, kind)).await
    }

    /// The same of any call.
    pub async fn require_call(&self, call: &Call) -> Result<()> {
        match self.may_call(call).await {
            Ok(true) => Ok(()),
            Err(error) if error.reason != Reason::Forbidden => Err(error),
            Err(_) => Ok(()),
            Ok(false) => Err(forbidden(call, &self.namespace)),
        }
    }

    /// Whether the user may do `verb` to objects of `kind`, in the current namespace where the kind has one.
    pub async fn may(&self, verb: Verb, kind: Kind) -> Result<bool> {
        self.may_call(&Call::any(verb, kind)).await
    }

    async fn may_call(&self, call: &Call) -> Result<bool> {
        let (group, resource, subresource) = call.resource();
        let namespace = call.kind.is_namespaced().then_some(self.namespace.as_str());
        self.allowed(call.verb.as_str(), group, resource, subresource, namespace).await
    }

    /// Whether the user may do `verb` to a resource, as it stands in roles, in the current namespace or in the cluster.
    pub async fn may_right(&self, right: &Right, verb: &str, is_namespaced: bool) -> Result<bool> {
        let (resource, subresource) = match right.resource.split_once('/') {
            Some((resource, part)) => (resource, Some(part)),
            None => (right.resource, None),
        };
        let namespace = is_namespaced.then_some(self.namespace.as_str());
        self.allowed(verb, right.group, resource, subresource, namespace).await
    }

    async fn allowed(
        &self,
        verb: &str,
        group: &str,
        resource: &str,
        subresource: Option<&str>,
        namespace: Option<&str>,
    ) -> Result<bool> {
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(ResourceAttributes {
                    group: Some(group.to_owned()),
                    resource: Some(resource.to_owned()),
                    subresource: subresource.map(str::to_owned),
                    namespace: namespace.map(str::to_owned),
                    verb: Some(verb.to_owned()),
                    ..ResourceAttributes::default()
                }),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let api: Api<SelfSubjectAccessReview> = Api::all(self.client());
        let asked = Call::any(Verb::Create, Kind::AccessReview);
        // A review changes nothing, so it is sent as a read.
        let (params, review) = (PostParams::default(), &review);
        let answer =
            self.read(&asked, || api.create(&params, review)).await.map_err(|failure| failure.error)?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}
