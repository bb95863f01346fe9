//! Which server to talk to and as whom: kubeconfig and flags, with kubectl's precedence.
//! Must not contact the server. Not kube's own inference, which turns a wrong context into a text about pods.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use kube::Config;
use kube::config::{
    AuthInfo, Context, KubeConfigOptions, Kubeconfig, KubeconfigError, NamedAuthInfo, NamedCluster,
    NamedContext,
};

use super::options::ConnectOptions;
use super::overrides;
use crate::error::{Error, Reason, Result};

/// How many names an error lists at most.
const LISTED: usize = 5;

/// Makes the client's configuration: from kubeconfig files if there are any, else as a pod of the cluster. With the name of
/// the context, if it has one.
pub async fn load(options: &ConnectOptions) -> Result<(Config, Option<String>)> {
    let files = files(options.kubeconfig.as_deref(), std::env::var_os("KUBECONFIG"), home())?;
    if files.is_empty() && options.server.is_none() {
        return Ok((in_cluster(options)?, None));
    }
    let kubeconfig = files.iter().try_fold(Kubeconfig::default(), |merged, file| {
        Kubeconfig::read_from(file)
            .and_then(|next| merged.merge(next))
            .map_err(|error| invalid(&error, &format!("kubeconfig {}", file.display())))
    })?;
    let selected = select(kubeconfig, options)?;
    let context = selected.current_context.clone().filter(|name| !name.is_empty());
    let config = Config::from_custom_kubeconfig(selected, &KubeConfigOptions::default()).await;
    Ok((config.map_err(|error| invalid(&error, "the kubeconfig"))?, context))
}

/// The files to merge. A file of a `KUBECONFIG` list that does not exist is skipped, as in kubectl; one named
/// by flag must exist.
fn files(flag: Option<&Path>, variable: Option<OsString>, home: Option<PathBuf>) -> Result<Vec<PathBuf>> {
    if let Some(file) = flag {
        return match file.exists() {
            true => Ok(vec![file.to_owned()]),
            false => {
                Err(Error::new(Reason::NoKubeconfig, format!("kubeconfig {} does not exist", file.display())))
            }
        };
    }
    let listed: Vec<_> =
        variable.iter().flat_map(std::env::split_paths).filter(|p| !p.as_os_str().is_empty()).collect();
    let candidates = match listed.is_empty() {
        true => home.map(|home| home.join(".kube/config")).into_iter().collect(),
        false => listed,
    };
    Ok(candidates.into_iter().filter(|file| file.exists()).collect())
}

fn home() -> Option<PathBuf> {
    std::env::home_dir()
}

fn in_cluster(options: &ConnectOptions) -> Result<Config> {
    let wanted = [&options.context, &options.cluster, &options.user].into_iter().flatten().next();
    if std::env::var_os("KUBERNETES_SERVICE_HOST").is_none() || wanted.is_some() {
        let looked = match std::env::var_os("KUBECONFIG") {
            Some(list) => format!("none of {} exists", list.display()),
            None => "~/.kube/config does not exist".to_owned(),
        };
        return Err(Error::new(Reason::NoKubeconfig, format!("no cluster is configured: {looked}")));
    }
    let mut config = Config::incluster().map_err(|error| {
        Error::new(Reason::NoKubeconfig, "the service account of this pod cannot be used")
            .cause(error.to_string())
    })?;
    overrides::pod(&mut config, options)?;
    Ok(config)
}

/// Reduces a kubeconfig to the one context, cluster and user that are meant, with the flags applied.
fn select(kubeconfig: Kubeconfig, options: &ConnectOptions) -> Result<Kubeconfig> {
    let current = kubeconfig.current_context.clone().filter(|name| !name.is_empty());
    let wanted = options.context.clone().or(current);
    let context = match (&wanted, &options.server) {
        (Some(name), _) => find_context(&kubeconfig, name)?,
        (None, Some(_)) => Context::default(),
        (None, None) => {
            let names: Vec<_> = kubeconfig.contexts.iter().map(|c| c.name.as_str()).take(LISTED).collect();
            return Err(Error::new(Reason::ContextNotFound, "the kubeconfig has no current context").hint(
                format!(
                    "choose one with --context or `kubectl config use-context`; there is: {}",
                    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
                ),
            ));
        }
    };
    let mut cluster = match options.cluster.as_ref().unwrap_or(&context.cluster) {
        name if name.is_empty() => kube::config::Cluster::default(),
        name => {
            let found = kubeconfig.clusters.iter().find(|cluster| &cluster.name == name);
            found.and_then(|named| named.cluster.clone()).ok_or_else(|| missing("cluster", name))?
        }
    };
    let mut user = match options.user.as_ref().or(context.user.as_ref()) {
        None => AuthInfo::default(),
        Some(name) if name.is_empty() => AuthInfo::default(),
        Some(name) => {
            let found = kubeconfig.auth_infos.iter().find(|user| &user.name == name);
            found.and_then(|named| named.auth_info.clone()).ok_or_else(|| missing("user", name))?
        }
    };
    overrides::cluster(&mut cluster, options)?;
    overrides::user(&mut user, options);
    let name = || "selected".to_owned();
    let context = Context { cluster: name(), user: Some(name()), ..context };
    Ok(Kubeconfig {
        clusters: vec![NamedCluster { name: name(), cluster: Some(cluster), ..NamedCluster::default() }],
        auth_infos: vec![NamedAuthInfo { name: name(), auth_info: Some(user), ..NamedAuthInfo::default() }],
        current_context: Some(wanted.clone().unwrap_or_default()),
        contexts: vec![NamedContext {
            name: wanted.unwrap_or_default(),
            context: Some(context),
            ..NamedContext::default()
        }],
        ..Kubeconfig::default()
    })
}

fn find_context(kubeconfig: &Kubeconfig, name: &str) -> Result<Context> {
    let found = kubeconfig.contexts.iter().find(|context| context.name == name);
    found.and_then(|named| named.context.clone()).ok_or_else(|| {
        let mut names: Vec<_> = kubeconfig.contexts.iter().map(|context| context.name.as_str()).collect();
        names.sort_by(|a, b| strsim::jaro_winkler(b, name).total_cmp(&strsim::jaro_winkler(a, name)));
        names.truncate(LISTED);
        let error = Error::new(Reason::ContextNotFound, format!("context \"{name}\" does not exist"));
        match names.is_empty() {
            true => error,
            false => error
                .hint(format!("the kubeconfig has: {}", names.join(", ")))
                .hint(Reason::ContextNotFound.remedy()),
        }
    })
}

fn missing(what: &str, name: &str) -> Error {
    Error::new(Reason::KubeconfigInvalid, format!("{what} \"{name}\" does not exist in the kubeconfig"))
}

fn invalid(error: &KubeconfigError, which: &str) -> Error {
    let (message, cause) = match error {
        KubeconfigError::ReadConfig(io, _) => (format!("{which} cannot be read"), io.to_string()),
        KubeconfigError::Parse(parse) => {
            let first = parse.to_string().lines().next().unwrap_or_default().to_owned();
            (format!("{which} is not a kubeconfig in YAML"), first)
        }
        KubeconfigError::MissingClusterUrl => (format!("{which} names no server"), String::new()),
        other => (format!("{which} cannot be used"), other.to_string()),
    };
    Error::new(Reason::KubeconfigInvalid, message).cause(cause)
}

/// Names of the contexts of a kubeconfig file, or of the one that is meant when none is named; nothing if it cannot be read.
pub fn context_names(file: Option<&Path>) -> Vec<String> {
    let config = file.map_or_else(Kubeconfig::read, Kubeconfig::read_from);
    config.map(|config| config.contexts).unwrap_or_default().into_iter().map(|context| context.name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWO: &str = r#"
current-context: prod
contexts:
- {name: prod, context: {cluster: c, user: u, namespace: shop}}
- {name: staging, context: {cluster: missing, user: u}}
clusters:
- {name: c, cluster: {server: "https://10.0.0.1:6443"}}
users:
- {name: u, user: {token: abc}}
"#;

    fn selected(options: &ConnectOptions) -> Result<Kubeconfig> {
        select(Kubeconfig::from_yaml(TWO).unwrap(), options)
    }

    #[test]
    fn the_current_context_is_meant_unless_a_flag_says_otherwise() {
        let kubeconfig = selected(&ConnectOptions::default()).unwrap();
        let context = kubeconfig.contexts[0].context.as_ref().unwrap();
        assert_eq!(context.namespace.as_deref(), Some("shop"));
        assert_eq!(kubeconfig.current_context.as_deref(), Some("prod"));
        let options = ConnectOptions { context: Some("staging".into()), ..ConnectOptions::default() };
        assert_eq!(
            selected(&options).unwrap_err().message,
            "cluster \"missing\" does not exist in the kubeconfig"
        );
        let options = ConnectOptions { cluster: Some("c".into()), ..options };
        assert!(selected(&options).is_ok());
    }

    #[test]
    fn an_unknown_context_names_the_nearest() {
        let options = ConnectOptions { context: Some("stagign".into()), ..ConnectOptions::default() };
        let error = selected(&options).unwrap_err();
        assert_eq!(error.message, "context \"stagign\" does not exist");
        assert_eq!(error.hints()[0], "the kubeconfig has: staging, prod");
    }

    #[test]
    fn a_server_is_enough() {
        let options =
            ConnectOptions { server: Some("http://127.0.0.1:1".into()), ..ConnectOptions::default() };
        let kubeconfig = select(Kubeconfig::default(), &options).unwrap();
        assert_eq!(
            kubeconfig.clusters[0].cluster.as_ref().unwrap().server.as_deref(),
            Some("http://127.0.0.1:1")
        );
    }

    #[test]
    fn missing_files_of_a_list_are_skipped_and_a_missing_flag_is_not() {
        let list = std::env::join_paths(["/nonexistent/a", "/dev/null"]).unwrap();
        assert_eq!(files(None, Some(list), None).unwrap(), [PathBuf::from("/dev/null")]);
        assert!(files(None, None, Some("/nonexistent".into())).unwrap().is_empty());
        let error = files(Some(Path::new("/nonexistent/a")), None, None).unwrap_err();
        assert_eq!(error.reason, Reason::NoKubeconfig);
    }
}
