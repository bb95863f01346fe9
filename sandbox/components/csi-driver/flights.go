// Work that outlives the call that started it, one piece at a time per key.
// A sidecar that times out and asks again joins the running copy instead of starting it from the beginning.

package main

import (
	"context"
	"sync"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

type flights struct {
	mu      sync.Mutex
	running map[string]*flight
}

type flight struct {
	done chan struct{}
	err  error
}

func newFlights() *flights { return &flights{running: map[string]*flight{}} }

// do waits for the work of this key, started here or by an earlier call. If ctx ends first, the work goes on.
func (f *flights) do(ctx context.Context, key string, work func() error) error {
	f.mu.Lock()
	current, ok := f.running[key]
	if !ok {
		current = &flight{done: make(chan struct{})}
		f.running[key] = current
		go func() {
			current.err = work()
			f.mu.Lock()
			delete(f.running, key)
			f.mu.Unlock()
			close(current.done)
		}()
	}
	f.mu.Unlock()

	select {
	case <-current.done:
		return current.err
	case <-ctx.Done():
		return status.Errorf(codes.DeadlineExceeded, "%s is still being worked on", key)
	}
}

// quota counts the snapshots of a volume that are being made, which no record shows yet.
type quota struct {
	mu      sync.Mutex
	pending map[string]int
}

func newQuota() *quota { return &quota{pending: map[string]int{}} }

// reserve asks for one more snapshot of a volume beside those that existing counts; ok is false at the limit.
func (q *quota) reserve(volumeID string, limit int, existing func() int) (release func(), ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if existing()+q.pending[volumeID] >= limit {
		return nil, false
	}
	q.pending[volumeID]++
	return func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.pending[volumeID]--; q.pending[volumeID] == 0 {
			delete(q.pending, volumeID)
		}
	}, true
}
