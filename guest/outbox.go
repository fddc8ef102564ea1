package main

import "sync"

// outbox is what a connection's writer still has to write; nil ends its half of the connection.
type outbox struct {
	mu     sync.Mutex
	frames [][]byte
	wake   chan struct{}
	done   chan struct{}
	once   sync.Once
}

func newOutbox() outbox {
	return outbox{wake: make(chan struct{}, 1), done: make(chan struct{})}
}

func (o *outbox) put(frame []byte) {
	o.mu.Lock()
	o.frames = append(o.frames, frame)
	o.mu.Unlock()
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// take waits for frames; false once the connection is over.
func (o *outbox) take() ([][]byte, bool) {
	for {
		o.mu.Lock()
		frames := o.frames
		o.frames = nil
		o.mu.Unlock()
		if len(frames) > 0 {
			return frames, true
		}
		select {
		case <-o.wake:
		case <-o.done:
			return nil, false
		}
	}
}

func (o *outbox) end() { o.once.Do(func() { close(o.done) }) }
