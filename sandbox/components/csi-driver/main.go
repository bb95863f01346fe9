// The sandbox's own CSI driver: real bytes in plain directories and sparse files, and misbehaviour on request.
// This file turns the command line into a running driver and ends it on SIGTERM.

package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
)

// config is what the command line says; it does not change while the driver runs.
type config struct {
	endpoint        string
	stateDir        string
	driverName      string
	nodeID          string
	topology        bool
	registrationDir string
}

func main() {
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	conf, err := parseFlags(os.Args[1:])
	if err == nil {
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
		defer stop()
		err = run(ctx, conf)
	}
	if err != nil {
		log.Fatalf("csi-driver: %v", err)
	}
}

func parseFlags(args []string) (config, error) {
	var conf config
	flags := flag.NewFlagSet("csi-driver", flag.ExitOnError)
	flags.StringVar(&conf.endpoint, "endpoint", "", "absolute path of the CSI socket (a unix:// prefix is accepted)")
	flags.StringVar(&conf.stateDir, "state-dir", "", "directory that holds volumes, snapshots and fault files")
	flags.StringVar(&conf.driverName, "driver-name", "csi.sandbox.test", "name of the driver")
	flags.StringVar(&conf.nodeID, "node-id", "n1", "id of the node the driver runs on")
	flags.BoolVar(&conf.topology, "topology", false, "announce that volumes are tied to the node")
	flags.StringVar(&conf.registrationDir, "registration-dir", "", "kubelet's plugins_registry; empty: do not register")
	if err := flags.Parse(args); err != nil {
		return conf, err
	}
	if flags.NArg() > 0 {
		return conf, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	conf.endpoint = strings.TrimPrefix(conf.endpoint, "unix://")
	if !filepath.IsAbs(conf.endpoint) {
		return conf, fmt.Errorf("--endpoint must be an absolute path, not %q", conf.endpoint)
	}
	if conf.stateDir == "" {
		return conf, fmt.Errorf("--state-dir is missing")
	}
	return conf, nil
}

// run serves until ctx ends. CSI is served before the kubelet is told about it, because it calls back at once.
func run(ctx context.Context, conf config) error {
	d, err := newDriver(conf)
	if err != nil {
		return err
	}
	defer d.close()
	d.sweepLoops()
	csiServer, err := serveCSI(d)
	if err != nil {
		return err
	}
	defer csiServer.stop()
	log.Printf("serving %s on %s, state in %s", conf.driverName, conf.endpoint, d.store.dir)

	if conf.registrationDir != "" {
		registration, err := register(conf)
		if err != nil {
			return err
		}
		defer registration.stop()
	}
	<-ctx.Done()
	log.Printf("stopping")
	return nil
}
