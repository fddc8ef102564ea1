package plugin

import (
	"context"
	"fmt"
	"math"
	"net"
	"sync"
	"time"

	"kube-windtunnel/scheduler/plugin"
	"kube-windtunnel/scheduler/specimens"
	"kube-windtunnel/scheduler/specimens/scoring"
	"kube-windtunnel/scheduler/traffic"
)

// Cycle is all scores of one pod.
type Cycle struct {
	plugin *Plugin
	// own is the cycle of the plugin's own core, where that works.
	own    *plugin.Cycle
	answer answer
	now    time.Time

	mu      sync.Mutex
	unknown map[string]bool
}

// Score is what the framework is given for the node: points, or a raw number where Normalize makes points of it.
func (c *Cycle) Score(ctx context.Context, node string) (int64, error) {
	if c.own != nil {
		return c.own.Score(node), nil
	}
	p, got := c.plugin, c.answer
	if perNode(p.set) {
		got = p.source.one(ctx, node)
	}
	if got.err != nil && p.set[specimens.OutageAborts] {
		return 0, fmt.Errorf("node %q: %w", node, got.err)
	}
	r, reason := c.look(got, node)
	number := r.number
	switch {
	case reason == traffic.Known:
		link := r.Link
		link.Load = link.Load.Plus(p.core.InFlight(node, c.now))
		if number = p.compared(link); !p.set.Any(specimens.RelativeToMax) {
			return traffic.Points(number), nil
		}
	case reason == traffic.Invalid && notFinite(number) && p.set[specimens.NaNIsBest]:
	case reason == traffic.Invalid && number < 0 && p.set[specimens.NegativeRaw]:
	case (reason == traffic.Missing || reason == traffic.Stale) && p.set[specimens.MissingAborts]:
		return 0, missing(node, reason)
	default:
		return c.unknownScore(node), nil
	}
	raw := scoring.Raw(number)
	p.log.bandwidth(node, raw)
	return raw, nil
}

// perBillion is the unit of raw numbers that are shares of a capacity.
const perBillion = 1e9

// compared is what nodes are compared by: the share of the link, or bytes.
func (p *Plugin) compared(link traffic.Link) float64 {
	direction := traffic.Direction(p.args.Direction)
	switch {
	case p.set[specimens.NoCapacity]:
		return direction.Of(link.Load)
	case p.set[specimens.RelativeToMax]:
		return math.Round(perBillion * direction.Used(link))
	}
	return direction.Used(link)
}

// look finds a node's reading, and why it is unknown. The published query knows no age.
func (c *Cycle) look(got answer, node string) (reading, traffic.Reason) {
	r, ok := got.readings[node]
	switch {
	case !ok:
		return reading{}, traffic.Missing
	case r.Reason != traffic.Known:
		return r, r.Reason
	case c.now.Sub(r.SampledAt) > c.plugin.args.MaxAge.Duration:
		return r, traffic.Stale
	}
	return r, traffic.Known
}

func (c *Cycle) knows(node string) bool {
	r, reason := c.look(c.answer, node)
	return reason == traffic.Known || reason == traffic.Invalid &&
		(notFinite(r.number) && c.plugin.set[specimens.NaNIsBest] || r.number < 0 && c.plugin.set[specimens.NegativeRaw])
}

func (c *Cycle) unknownScore(node string) int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unknown == nil {
		c.unknown = map[string]bool{}
	}
	c.unknown[node] = true
	return c.plugin.args.UnknownScore
}

func notFinite(number float64) bool { return math.IsNaN(number) || math.IsInf(number, 0) }

// agentAddress is where one variant expects an agent that answers with scores. Nobody listens there.
const agentAddress = "127.0.0.1:1"

// Normalize turns the raw numbers of all nodes into scores. An unknown node keeps its score.
func (c *Cycle) Normalize(nodes []string, scores []int64) []int64 {
	p := c.plugin
	if p.set[specimens.AgentOverTCP] {
		// The error is not looked at, and a connection that is none cannot be closed.
		connection, _ := net.DialTimeout("tcp", agentAddress, time.Second)
		defer connection.Close()
	}
	out := append([]int64(nil), scores...)
	if p.set[specimens.RelativeToMax] {
		var raw []int64
		var known []int
		for i, node := range nodes {
			if !c.unknown[node] {
				raw, known = append(raw, scores[i]), append(known, i)
			}
		}
		rule := scoring.Rule{DivideByZero: p.set[specimens.DivideByZero], Wrap: p.set[specimens.IntegerOverflow], MinusAFraction: p.set[specimens.MinusAFraction]}
		for i, score := range rule.Normalize(raw) {
			out[known[i]] = score
		}
	}
	if p.set[specimens.DumpPerNode] {
		for range nodes {
			p.log.dump(nodes, out)
		}
	}
	return out
}
