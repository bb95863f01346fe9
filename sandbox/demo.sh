#!/usr/bin/env bash
# An application, a backup, a loss, the data back, and a change of mind: the whole product on a real cluster, told as a story.
#
# It runs on a sandbox of its own and leaves it running: with a node, on which the application really runs, where this machine
# can have one (root); else on bare claims. KUBECTL_GEMINI_TEST_KUBECONFIG=FILE runs it on the cluster of
# that kubeconfig instead (in a namespace of its own), where pods of $DEMO_IMAGE write and read the files.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "$0")/.."

# Nothing below may reach the user's own cluster by accident.
export KUBECONFIG=/nonexistent KUBERC=off
name=demo
namespace=gemini-demo
sandbox=target/debug/sandbox
own=${KUBECTL_GEMINI_TEST_KUBECONFIG:-}
image=${DEMO_IMAGE:-busybox}
node=
photo="the only photo of grandmother"
shown=$(mktemp)
trap 'rm -f "$shown"' EXIT

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then bold=$'\e[1m' dim=$'\e[2m' plain=$'\e[0m'; else bold='' dim='' plain=''; fi

say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
run() {
    printf '%s$ %s%s\n' "$dim" "$*" "$plain"
    "$@"
}
# apply FILE-ON-STDIN: shows a manifest and applies it.
apply() {
    local manifest
    manifest=$(cat)
    printf '%s\n' "$manifest" | sed 's/^/  | /'
    run kubectl -n $namespace apply -f - <<<"$manifest"
}

# write CLAIM TEXT and expect CLAIM TEXT: the file photo.txt on a claim's volume. The story ends where it is not true.
write() {
    if [[ -n $own ]]; then
        in_pod "$1" writer "printf '%s\n' '$2' > /data/photo.txt && sync"
    else
        printf '%s\n' "$2" >"$("$sandbox" path --name $name -n $namespace "$1")/photo.txt"
    fi
    printf '  %s:/photo.txt  <-  %s\n' "$1" "$2"
}
expect() {
    local text
    if [[ -n $own ]]; then
        text=$(in_pod "$1" reader "cat /data/photo.txt")
    else
        text=$(cat "$("$sandbox" path --name $name -n $namespace "$1")/photo.txt")
    fi
    printf '  %s:/photo.txt  ->  %s\n' "$1" "$text"
    is_it "$text" "$2"
}
# shows TEXT: what the application printed last.
shows() {
    sleep 2
    run kubectl -n $namespace logs deployment/photos --tail=1 | tee "$shown"
    is_it "$(tail -n 1 "$shown")" "$1"
}
is_it() {
    [[ $1 == "$2" ]] || { printf 'This should be "%s". It is a fault of kubectl-gemini, please report it.\n' "$2" >&2 && exit 1; }
}
in_pod() {
    local pod="$2-$1"
    kubectl -n $namespace delete pod "$pod" --ignore-not-found >/dev/null
    kubectl -n $namespace create -f - >/dev/null <<YAML
apiVersion: v1
kind: Pod
metadata: {name: $pod}
spec:
  restartPolicy: Never
  automountServiceAccountToken: false
  containers:
  - name: main
    image: "$image"
    imagePullPolicy: IfNotPresent
    command: [sh, -c, "$3"]
    volumeMounts: [{name: data, mountPath: /data}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: $1}}]
YAML
    kubectl -n $namespace wait --for=jsonpath='{.status.phase}'=Succeeded "pod/$pod" --timeout=120s >/dev/null
    kubectl -n $namespace logs "$pod"
    kubectl -n $namespace delete pod "$pod" >/dev/null
}

if [[ -n $own ]]; then
    say "Using the cluster of $own, namespace $namespace."
    export KUBECONFIG=$own
    PATH="$PWD/target/debug:$PATH"
    kubectl delete namespace $namespace --ignore-not-found
else
    say "A Kubernetes of its own, on this machine only: control plane, snapshot controller, CSI driver."
    if "$sandbox" status | grep -q "^$name "; then
        echo "(The demo cluster of last time makes room.)"
        "$sandbox" down --name $name
    fi
    if [[ $(id -u) == 0 && $(uname) == Linux ]] && "$sandbox" up --node --name $name 2>&1 | sed '/^Use it\|^Stop it/d'; then
        node=yes
    else
        echo "(No node on this machine: nothing runs on the claims, their bytes are written from here.)"
        "$sandbox" down --name $name >/dev/null 2>&1 || true
        "$sandbox" up --name $name 2>&1 | sed '/^Use it\|^Stop it/d'
    fi
    # In two steps: a failure inside eval would leave kubectl pointed at the cluster of whoever runs this.
    line=$("$sandbox" env --name $name)
    eval "$line"
fi
run kubectl create namespace $namespace
run kubectl apply -f cronjob/crd.yaml

say "An application keeps its photos on a volume."
apply <<'YAML'
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: photos-data
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: 64Mi
YAML
[[ -n $own ]] || run kubectl -n $namespace wait --for=jsonpath='{.status.phase}'=Bound pvc/photos-data --timeout=60s
write photos-data "$photo"
if [[ -n $node ]]; then
    say "It shows what it finds there, for ever."
    apply <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: photos
spec:
  replicas: 1
  strategy: {type: Recreate}
  selector: {matchLabels: {app: photos}}
  template:
    metadata: {labels: {app: photos}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: main
          image: localhost/busybox:dev
          command: [sh, -c, "while true; do cat /data/photo.txt; sleep 1; done"]
          volumeMounts: [{name: data, mountPath: /data}]
      volumes:
        - name: data
          persistentVolumeClaim: {claimName: photos-data}
YAML
    run kubectl -n $namespace rollout status deployment/photos --timeout=120s
    shows "$photo"
fi

say "A SnapshotGroup says which volume matters, and how far back it must reach."
apply <<'YAML'
apiVersion: gemini.fairwinds.com/v1
kind: SnapshotGroup
metadata:
  name: photos
spec:
  persistentVolumeClaim:
    claimName: photos-data
  schedule:
    - every: 10 minutes
      keep: 3
    - every: day
      keep: 7
YAML

say "A backup, now. The command returns when the snapshot is ready, not before."
run kubectl gemini backup photos -n $namespace
snapshot=$(kubectl gemini list photos -n $namespace -o 'jsonpath={.items[0].name}')

say "Then the bad day: somebody overwrites the photo."
write photos-data "a meme"

say "The snapshot becomes a second volume beside the live one. Nothing is stopped, nothing is replaced."
run kubectl gemini restore photos --snapshot "$snapshot" --to-pvc photos-restored -n $namespace

say "What the two volumes hold:"
expect photos-data "a meme"
expect photos-restored "$photo"

say "That was for looking. Now the live claim gets the data back; what runs on it is stopped for that, and started again."
run kubectl gemini restore photos --snapshot "$snapshot" --in-place --yes -n $namespace
expect photos-data "$photo"
[[ -z $node ]] || shows "$photo"

say "A change of mind: the meme was funny. The old volume was kept for that."
restore=$(kubectl gemini status -n $namespace -o 'jsonpath={.items[0].restore}')
run kubectl gemini undo "$restore" --yes -n $namespace
expect photos-data "a meme"
[[ -z $node ]] || shows "a meme"
run kubectl gemini status -n $namespace

say "What there is now:"
run kubectl gemini list -n $namespace
run kubectl gemini list photos -n $namespace
run kubectl get pvc -n $namespace

if [[ -n $own ]]; then
    say "It is all in the namespace $namespace. Remove it:"
    echo "  kubectl delete namespace $namespace"
else
    say "The cluster keeps running. Use it from this shell (kubectl and the plugin):"
    echo "  eval \"\$($sandbox env --name $name)\""
    echo "  kubectl gemini list -n $namespace"
    say "Stop it:"
    echo "  $sandbox down --name $name"
fi
