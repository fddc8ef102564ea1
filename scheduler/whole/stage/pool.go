package stage

import (
	"kube-windtunnel/scheduler/whole/cluster"
)

// Pool is a number of control planes on which runs take turns, so that as many may go on at the same time.
type Pool struct {
	free chan *cluster.Cluster
	all  []*cluster.Cluster
}

// NewPool starts control planes. After an error none is left running.
func NewPool(size int) (*Pool, error) {
	p := &Pool{free: make(chan *cluster.Cluster, size)}
	for range size {
		c, err := cluster.Start(cluster.Options{})
		if err != nil {
			p.Close()
			return nil, err
		}
		p.all = append(p.all, c)
		p.free <- c
	}
	return p, nil
}

// Size is the number of control planes.
func (p *Pool) Size() int { return len(p.all) }

// Perform gives a stage for the subject to run, waiting for a control plane to be free. It returns run's error and the
// end of the log of the last scheduler that ran.
func (p *Pool) Perform(subject Subject, run func(*Stage) error) (error, string) {
	c := <-p.free
	defer func() { p.free <- c }()
	s := &Stage{Cluster: c, Subject: subject}
	err := run(s)
	return err, s.Log
}

// Close stops the control planes, when no run is going on any more.
func (p *Pool) Close() {
	for _, c := range p.all {
		c.Stop()
	}
}
