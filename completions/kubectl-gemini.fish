# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_kubectl_gemini_global_optspecs
    string join \n n/namespace= context= kubeconfig= cluster= user= s/server= token= tls-server-name= insecure-skip-tls-verify certificate-authority= client-certificate= client-key= disable-compression as= as-uid= as-group= as-user-extra= request-timeout= color= q/quiet no-input v/v= h/help V/version
end

function __fish_kubectl_gemini_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_kubectl_gemini_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_kubectl_gemini_using_subcommand
    set -l cmd (__fish_kubectl_gemini_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -s V -l version -d 'Print version'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "list" -d 'Show groups, snapshots, uncovered claims, or volumes that restores have kept'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "prune" -d 'Delete the snapshots that the schedule no longer needs'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "run-once" -d 'Take what is due and delete what is no longer needed, once, for all groups'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "backup" -d 'Take a snapshot of a group\'s claim now'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "restore" -d 'Get the data of a snapshot back: into a new claim, or in place of the live one'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "undo" -d 'Take a restore back: the claim gets its old volume again'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "status" -d 'Show restores in place: how far they are, and what can be undone'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "purge" -d 'Delete the volume that a restore in place kept'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "hold" -d 'Keep snapshots, whatever the schedule says'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "release" -d 'Take back the hold on snapshots'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "simulate" -d 'Show what a schedule comes to over time, without a cluster'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "doctor" -d 'Check cluster, driver and rights'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "manifests" -d 'Print what is to be installed: the CRD, the rights and the CronJob'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "completion" -d 'Complete words behind kubectl, or print a script for a shell'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "version" -d 'Show client, server and API versions'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s l -l selector -d 'Show only groups with these labels, such as app=photos' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l field-selector -d 'Show only groups with these fields: metadata.name or metadata.namespace, such as metadata.name!=photos' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l status -d 'Show only rows with one of these statuses; Unhealthy means all the bad ones' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l error-if -d 'Exit with 3 if a row has one of these statuses; Unhealthy means all the bad ones' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l sort-by -d 'Put the rows in order: name, age, newest, status (the worst first), or a JSONPath such as .size.bytes' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l from-file -d 'Show what this file holds instead of asking a cluster: what `kubectl get volumesnapshots -o json` wrote, groups included if they were saved with them; - is standard input' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s f -l filename -d 'With --from-file: manifests of the groups, instead of or beside those in it' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l now -d 'With --from-file: the time to show it for, such as 2026-03-10T12:05:10Z; otherwise the present' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s L -l label-columns -d 'Add a column for this label; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s A -l all-namespaces -d 'Show those of all namespaces'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l snapshots -d 'Show the snapshots of all groups, also of groups that are gone'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l unprotected -d 'Show the PersistentVolumeClaims that no group covers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l retained -d 'Show the volumes that restores in place have kept; they cost storage until `purge`'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s w -l watch -d 'Show each row again that changes, until Ctrl-C'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l no-headers -d 'Leave out the line that names the columns'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l show-labels -d 'Add a column with all labels'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s l -l selector -d 'Prune the groups with these labels, such as app=photos' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l keep-at-least -d 'Keep so many of the newest ready snapshots, whatever the schedule says' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l from-file -d 'Only show what would be deleted of the snapshots in this file, without a cluster: what `kubectl get volumesnapshots -o json` wrote, groups included if they were saved with them; - is standard input' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s f -l filename -d 'With --from-file: manifests of the groups, instead of or beside those in it' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l now -d 'With --from-file: the time to plan for, such as 2026-03-10T12:05:10Z; otherwise the present' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l all -d 'Prune all groups of the namespace'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s A -l all-namespaces -d 'With --all or -l: in all namespaces'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s y -l yes -d 'Do not ask'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l manual -d 'Delete snapshots that were taken by hand, too, unless they are held'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l allow-mass-delete -d 'Go on even if more than 10 ready snapshots of a group, and more than half of them, would be deleted'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l error-unchanged -d 'Exit with 3 if there was nothing to delete'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand prune" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s l -l selector -d 'Only the groups with these labels, such as app=photos' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l prune -d 'Whether to delete what the schedule no longer needs' -r -f -a "true\t''
false\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l max-parallel -d 'How many snapshots of one driver may be in the making at once' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l deadline -d 'When to stop: what is due and not begun by then is left to the next run' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l log-format -d 'How to write the log: text, json, or auto: json in a pod' -r -f -a "auto\t''
text\t''
json\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l job-name -d 'Name of the Job: a CronJob\'s tells when the run was meant to start' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s A -l all-namespaces -d 'In all namespaces; otherwise in that of -n, which may be repeated'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l restore-annotated -d 'Restore what the annotation gemini.fairwinds.com/restore of a group asks for: the number at the end of a snapshot\'s name, or latest. It waits until no pod uses the claim. The restore\'s rights are needed for that'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l coexist -d 'Work on groups that Gemini\'s operator works on, too'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l error-unchanged -d 'Exit with 3 if there was nothing to do'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand run-once" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l wait -d 'What to wait for: until the snapshot can be restored from, or only until it is created' -r -f -a "ready\t''
created\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l timeout -d 'How long to wait' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l snapshot-class -d 'VolumeSnapshotClass to use instead of the group\'s or the driver\'s default' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l keep-for -d 'Let prune and the job delete it after this time; it stays until somebody deletes it if not given' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand backup" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l group -d 'With --in-place: another group of the same application, restored together with it: all or none; once for each' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l statefulset -d 'With --in-place: the groups of the claims of this StatefulSet\'s replicas, restored together: all or none; of one that is scaled to 0, of all claims that it left' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l snapshot -d 'Snapshot to take the data from: its name, or the number at the end of it' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l at -d 'Take the newest snapshot taken at or before this time: 2h, \'3 days ago\', 2026-11-22T08:00:00Z' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l to-pvc -d 'Make a new claim of this name, beside the live one' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l resume -d 'Go on with a restore that was stopped half-way' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l abort -d 'Give up a restore that was stopped half-way, and put everything back' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l mode -d 'With --in-place: staged makes and proves the new volume before the claim is touched, direct after it was deleted' -r -f -a "staged\t''
direct\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l probe-image -d 'With --in-place, where the StorageClass makes volumes only for pods: image of the pod that uses the new one for a moment' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l verify-image -d 'With --in-place: run this image with the new volume read-only at /restored, or a block volume as the device /dev/restored, before the claim is touched; it goes on only if that ends with 0' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l verify-command -d 'With --verify-image: run this by sh instead of the image\'s own command' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l confirm -d 'The name of the claim, instead of typing it when asked; once for each claim' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l scale -d 'What to do about the application that uses the claim: auto stops it and starts it again as it was, manual waits until you have stopped it, never refuses' -r -f -a "auto\t'This program'
manual\t'The user'
never\t'Nobody'"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l storage-class -d 'StorageClass of the new claim; that of the live claim if not given' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l size -d 'Size of the new claim, such as 20Gi; at least that of the live claim and of the snapshot if not given' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l timeout -d 'How long to wait for each thing that others have to do' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l latest -d 'Take the newest snapshot that is ready'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l in-place -d 'Replace the volume of the group\'s claim'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -s y -l yes -d 'Do not ask before what a claim holds is replaced'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l delete-pods -d 'Delete pods that have finished and still name the claim; running ones never are'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l accept-unready -d 'With --resume: end the restore although the application does not run'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l accept-unknown-source -d 'Take a snapshot even if the group is not known to have had the volume that it was cut from'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand restore" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l confirm -d 'The name of the claim, instead of typing it when asked; once for each claim' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l scale -d 'What to do about the application that uses the claim: auto stops it and starts it again as it was, manual waits until you have stopped it, never refuses' -r -f -a "auto\t'This program'
manual\t'The user'
never\t'Nobody'"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l timeout -d 'How long to wait for each thing that others have to do' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -s y -l yes -d 'Do not ask before what a claim holds is replaced'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l delete-pods -d 'Delete pods that have finished and still name the claim; running ones never are'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand undo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l old-snapshots -d 'What may become of snapshots that were cut from the volume' -r -f -a "may-be-lost\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -s y -l yes -d 'Do not ask'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l now -d 'Do not wait until the volume was kept for 7 days'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand purge" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l reason -d 'Why they must stay, for whoever wants to delete them one day' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l until -d 'When the hold ends by itself: 30d is 30 days from now, 2026-12-31 the end of that day in UTC, 2026-12-31T18:00:00Z a time; never if not given' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand hold" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l dry-run -d 'none, client (only say what would be sent) or server (have the server check it without storing it)' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand release" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -s f -l filename -d 'File with the group, as for kubectl apply; - is standard input' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l for -d 'How long to simulate, such as 90d, 18mo or 5y' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l every-run -d 'Time from one pass to the next' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l start -d 'When the first pass starts: a date, or a time such as 2026-01-31T10:07:00Z; today at 00:00 UTC if not given' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l ready-after -d 'How long a snapshot takes to become ready' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l jitter -d 'Start each pass up to so much late' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l missed -d 'Share of passes that do not take place, such as 2%' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l failures -d 'Share of snapshots that fail, such as 1%' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l seed -d 'Number that chance is drawn from: another one gives another course' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l size -d 'Size of the data, such as 20Gi, to estimate what is stored' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l churn -d 'How much of the data changes in a day, such as 1Gi or 2%' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l timeline -d 'Draw what is there at the end'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l for -d 'What the rights are looked at for' -r -f -a "backup\t'List, back up, hold, prune, restore into new claims'
restore\t'Restore in place, with the application'
run-once\t'Run the job'
all\t'All of it'"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l storage-class -d 'With --probe: StorageClass of the volume; the default one if not given' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l probe -d 'Make a small volume in the namespace, snapshot it, restore it, delete it, restore it again, and take all of it away'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l print-rbac -d 'Print only the roles that an administrator would have to add, as YAML'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand doctor" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l only -d 'Only a part of it; may be repeated' -r -f -a "crd\t'The SnapshotGroup CustomResourceDefinition'
rbac\t'The account of the job, and its roles'
job\t'The CronJob'
user-roles\t'Roles for people: view, edit, restore'"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l image -d 'Image of the job' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l namespaced -d 'The job works in its own namespace only'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l restore-annotated -d 'The job carries out restores that a group\'s annotation asks for: whoever may annotate a group can then replace its volume'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand manifests" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "install" -d 'Put the helper beside this program'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "uninstall" -d 'Remove it again'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "status" -d 'Say whether it is there'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "bash" -d 'Print the script for bash'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "zsh" -d 'Print the script for zsh'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "fish" -d 'Print the script for fish'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "powershell" -d 'Print the script for PowerShell'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "elvish" -d 'Print the script for Elvish'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and not __fish_seen_subcommand_from install uninstall status bash zsh fish powershell elvish help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from install" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from uninstall" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from bash" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from zsh" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from fish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from powershell" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from elvish" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "install" -d 'Put the helper beside this program'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "uninstall" -d 'Remove it again'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "status" -d 'Say whether it is there'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "bash" -d 'Print the script for bash'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "zsh" -d 'Print the script for zsh'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "fish" -d 'Print the script for fish'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "powershell" -d 'Print the script for PowerShell'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "elvish" -d 'Print the script for Elvish'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand completion; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -s o -l output -d 'Output format: json, yaml, name, wide or jsonpath=TEMPLATE' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -s n -l namespace -d 'Namespace to work in' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l context -d 'Context of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l kubeconfig -d 'Path to the kubeconfig file' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l cluster -d 'Cluster of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l user -d 'User of the kubeconfig to use' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -s s -l server -d 'Address and port of the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l token -d 'Bearer token for the API server' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l tls-server-name -d 'Name to expect in the server\'s certificate' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l certificate-authority -d 'Certificate of the authority that signed the server\'s' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l client-certificate -d 'Your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l client-key -d 'The key of your client certificate' -r -F
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l as -d 'User to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l as-uid -d 'UID to act as' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l as-group -d 'Group to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l as-user-extra -d 'Further property of the user to act as; may be repeated' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l request-timeout -d 'How long to wait for one answer of the API server; 0 waits for ever' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l color -d 'When to use colour' -r -f -a "auto\t''
always\t''
never\t''"
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -s v -l v -d 'Say more: 1 names the requests, 6 shows them, 8 shows everything but their content' -r
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l client -d 'Show only this program\'s version, without contacting a server'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l insecure-skip-tls-verify -d 'Do not check the server\'s certificate: anybody between you and it can read and change everything'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l disable-compression -d 'Do not let the server compress its answers'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -s q -l quiet -d 'Say nothing but errors'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -l no-input -d 'Ask nothing: where an answer would be needed, fail and name the flag to use'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand version" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "list" -d 'Show groups, snapshots, uncovered claims, or volumes that restores have kept'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "prune" -d 'Delete the snapshots that the schedule no longer needs'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "run-once" -d 'Take what is due and delete what is no longer needed, once, for all groups'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "backup" -d 'Take a snapshot of a group\'s claim now'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "restore" -d 'Get the data of a snapshot back: into a new claim, or in place of the live one'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "undo" -d 'Take a restore back: the claim gets its old volume again'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "status" -d 'Show restores in place: how far they are, and what can be undone'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "purge" -d 'Delete the volume that a restore in place kept'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "hold" -d 'Keep snapshots, whatever the schedule says'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "release" -d 'Take back the hold on snapshots'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "simulate" -d 'Show what a schedule comes to over time, without a cluster'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "doctor" -d 'Check cluster, driver and rights'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "manifests" -d 'Print what is to be installed: the CRD, the rights and the CronJob'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "completion" -d 'Complete words behind kubectl, or print a script for a shell'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "version" -d 'Show client, server and API versions'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and not __fish_seen_subcommand_from list prune run-once backup restore undo status purge hold release simulate doctor manifests completion version help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "install" -d 'Put the helper beside this program'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "uninstall" -d 'Remove it again'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "status" -d 'Say whether it is there'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "bash" -d 'Print the script for bash'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "zsh" -d 'Print the script for zsh'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "fish" -d 'Print the script for fish'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "powershell" -d 'Print the script for PowerShell'
complete -c kubectl-gemini -n "__fish_kubectl_gemini_using_subcommand help; and __fish_seen_subcommand_from completion" -f -a "elvish" -d 'Print the script for Elvish'
