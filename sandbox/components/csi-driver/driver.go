// What all services of the driver share: its state, its faults, and the work that is in flight.
// It is opened once per process; a lock keeps a second process off the same state.

package main

import "sync"

type driver struct {
	conf    config
	store   *store
	faults  *faultBook
	flights *flights
	quota   *quota

	// publishing makes "is it published?" and what follows from the answer one step, for publishing and for deleting.
	publishing sync.Mutex
}

func newDriver(conf config) (*driver, error) {
	s, err := openStore(conf.stateDir)
	if err != nil {
		return nil, err
	}
	return &driver{
		conf:    conf,
		store:   s,
		faults:  newFaultBook(s.faultDir()),
		flights: newFlights(),
		quota:   newQuota(),
	}, nil
}

func (d *driver) close() {
	d.store.close()
}
