//! Who has to be stopped for a claim to be free, found from the pods that use it; and who would start it again meanwhile.
//! Must refuse what could not be put back exactly as it was (reliability.md, F-R7 to F-R9).

use super::quiet;
use crate::error::{Error, Reason, Result};
use crate::model::claim::Claim;
use crate::model::pod::Pod;
use crate::model::workload::{Application, Autoscaler, Named, Stage, Stopped, Tool, Workload};

/// A pod that uses the claim, and who makes it.
#[derive(Clone, Debug)]
pub struct User {
    /// The pod.
    pub pod: Pod,
    /// Those that make it, from near to far.
    pub makers: Vec<Maker>,
}

/// Somebody who makes pods.
#[derive(Clone, Debug)]
pub enum Maker {
    /// It can be stopped, and started again.
    Workload(Box<Workload>),
    /// It cannot.
    Other(Named),
}

/// What else may start the application again.
#[derive(Clone, Debug, Default)]
pub struct Rivals {
    /// Autoscalers of the namespace.
    pub autoscalers: Vec<Autoscaler>,
    /// Applications of deployment tools that were found to leave their parts alone for now.
    pub still: Vec<Application>,
    /// What could not be looked at, as a warning.
    pub unseen: Vec<String>,
}

/// What is to be stopped, with the warnings that belong to it.
#[derive(Clone, Debug, Default)]
pub struct Stops {
    /// In the order in which it is stopped.
    pub workloads: Vec<Stopped>,
    /// For a person to know.
    pub warnings: Vec<String>,
}

impl Stops {
    /// And what is to be stopped for another claim.
    pub fn add(&mut self, more: Self) {
        self.workloads = all_of([self.workloads.as_slice(), &more.workloads].into_iter());
        let news = more.warnings.into_iter().filter(|warning| !self.warnings.contains(warning));
        let news: Vec<_> = news.collect();
        self.warnings.extend(news);
    }
}

/// What uses any of the claims, each once.
pub(super) fn all_of<'a>(workloads: impl Iterator<Item = &'a [Stopped]>) -> Vec<Stopped> {
    let mut all: Vec<Stopped> = vec![];
    for stopped in workloads.flatten() {
        if !all.iter().any(|known| known.who.uid == stopped.who.uid) {
            all.push(stopped.clone());
        }
    }
    all
}

/// The workloads that make the pods, without those that make no others; each once.
///
/// Fails with `ClaimInUse` if some pod has no maker that can be stopped.
pub fn makers(
    claim: &Claim,
    users: &[User],
    crons: Vec<Workload>,
    deletes_pods: bool,
) -> Result<Vec<Workload>> {
    let mut found = crons;
    for User { pod, makers } in users {
        if pod.has_finished() && deletes_pods {
            continue;
        }
        if pod.has_finished() {
            return Err(quiet::in_use(claim, std::slice::from_ref(pod)));
        }
        let tops: Vec<_> = makers
            .iter()
            .enumerate()
            // A ReplicaSet that somebody controls is set by that one alone; a Job goes on, whoever made it.
            .filter(|(place, maker)| *place + 1 == makers.len() || !maker.is("ReplicaSet"))
            .map(|(_, maker)| maker)
            .collect();
        if tops.is_empty() {
            return Err(quiet::in_use(claim, std::slice::from_ref(pod)));
        }
        for maker in tops {
            match maker {
                Maker::Workload(workload) => found.push((**workload).clone()),
                Maker::Other(who) => return Err(cannot_be_stopped(claim, pod, who)),
            }
        }
    }
    // What makes others comes first: a Job that is suspended must not be followed by another.
    found.sort_by_key(|workload| (workload.who.kind != "CronJob", workload.who.clone()));
    found.dedup_by(|one, other| one.who == other.who);
    Ok(found)
}

impl Maker {
    fn is(&self, kind: &str) -> bool {
        match self {
            Self::Workload(workload) => workload.who.kind == kind,
            Self::Other(who) => who.kind == kind,
        }
    }
}

/// What is to be stopped. Fails with what would start it again.
pub fn stops(namespace: &str, workloads: &[Workload], rivals: &Rivals) -> Result<Stops> {
    let mut stops = Stops { workloads: vec![], warnings: rivals.unseen.clone() };
    for workload in workloads.iter().filter(|workload| !workload.setting.is_at_rest()) {
        let is_stopped_too = |owner: &&Named| workloads.iter().any(|other| other.who.uid == owner.uid);
        if let Some(owner) = workload.owner.as_ref().filter(|owner| !is_stopped_too(owner)) {
            return Err(operated(workload, owner, namespace));
        }
        let app = workload.part_of.as_ref().filter(|app| !app.spares_it);
        if let Some(app) = app.filter(|app| !rivals.still.contains(app)) {
            return Err(deployed(workload, app, namespace));
        }
        let is_its =
            |scaler: &&Autoscaler| scaler.target == (workload.who.kind.clone(), workload.who.name.clone());
        for scaler in rivals.autoscalers.iter().filter(is_its) {
            stops.warnings.push(match (scaler.is_still, scaler.who.kind.as_str()) {
                (false, _) => return Err(scaled(workload, scaler, namespace)),
                (true, "HorizontalPodAutoscaler") => {
                    format!("{} also sets replicas; it stands still while they are 0", scaler.who)
                }
                (true, _) => format!("{} is paused, and stays so until you end that", scaler.who),
            });
        }
        stops.workloads.push(Stopped {
            who: workload.who.clone(),
            plural: workload.plural.clone(),
            was: workload.setting,
            stage: Stage::Planned,
        });
    }
    Ok(stops)
}

fn cannot_be_stopped(claim: &Claim, pod: &Pod, who: &Named) -> Error {
    let Claim { name, namespace, .. } = claim;
    let message = format!("pod {} uses PVC {name} in namespace {namespace}", pod.name);
    Error::new(Reason::ClaimInUse, message)
        .cause(format!("{who} makes it, which cannot be stopped and started again from here"))
        .hint(format!("stop it yourself, and have the restore wait for that: --scale=manual; see it: kubectl get {} -n {namespace}", who.for_kubectl()))
}

fn controlled(workload: &Workload, by: &str) -> Error {
    Error::new(
        Reason::ControlledElsewhere,
        format!("{by} would start {} again while it has to stand still", workload.who),
    )
}

fn operated(workload: &Workload, owner: &Named, namespace: &str) -> Error {
    controlled(workload, &format!("the operator of {owner}")).hint(format!(
        "stop the application the way its operator wants it, and have the restore wait for that: --scale=manual; see it: kubectl get {} -n {namespace}",
        owner.for_kubectl()
    ))
}

fn scaled(workload: &Workload, scaler: &Autoscaler, namespace: &str) -> Error {
    let target = scaler.who.for_kubectl();
    let hint = match scaler.who.kind.as_str() {
        "HorizontalPodAutoscaler" => format!(
            "it may start from 0 (minReplicas: 0); for now, have it stand still there: kubectl patch hpa/{} -n {namespace} --type=merge -p '{{\"spec\":{{\"minReplicas\":1}}}}'",
            scaler.who.name
        ),
        _ => format!(
            "pause it: kubectl annotate {target} -n {namespace} autoscaling.keda.sh/paused=true; afterwards the same with autoscaling.keda.sh/paused-"
        ),
    };
    controlled(workload, &scaler.who.to_string()).hint(hint)
}

fn deployed(workload: &Workload, app: &Application, namespace: &str) -> Error {
    let place = app.namespace.as_deref();
    let name = &app.name;
    let (what, command, afterwards) = match app.tool {
        Tool::ArgoCd => (
            format!("Argo CD (application {name})"),
            format!(
                "kubectl annotate application.argoproj.io/{name} -n {} argocd.argoproj.io/skip-reconcile=true",
                place.unwrap_or("argocd")
            ),
            "argocd.argoproj.io/skip-reconcile-",
        ),
        Tool::FluxKustomization => (
            format!("Flux (Kustomization {name})"),
            format!(
                "kubectl annotate {} -n {namespace} kustomize.toolkit.fluxcd.io/reconcile=disabled",
                workload.who.for_kubectl()
            ),
            "kustomize.toolkit.fluxcd.io/reconcile-",
        ),
        Tool::FluxHelmRelease => (
            format!("Flux (HelmRelease {name})"),
            format!(
                "kubectl patch helmrelease.helm.toolkit.fluxcd.io/{name} -n {} --type=merge -p '{{\"spec\":{{\"suspend\":true}}}}'",
                place.unwrap_or(namespace)
            ),
            "\"suspend\":false",
        ),
    };
    controlled(workload, &what)
        .hint(format!("pause it until the restore is done: {command}; afterwards the same with {afterwards}"))
        .hint("or stop the application yourself, and have the restore wait for that: --scale=manual")
}
