package traffic

import "math"

// Load is traffic in bytes per second, seen from the node.
type Load struct {
	Receive, Transmit float64
}

// Plus adds two loads.
func (l Load) Plus(other Load) Load {
	return Load{Receive: l.Receive + other.Receive, Transmit: l.Transmit + other.Transmit}
}

// Times scales a load.
func (l Load) Times(factor float64) Load {
	return Load{Receive: l.Receive * factor, Transmit: l.Transmit * factor}
}

// Link is one network device: its load, and the capacity of one of its directions in bytes per second.
type Link struct {
	Load
	Capacity float64
}

// Direction says which side of a full-duplex link is compared with its capacity.
type Direction string

const (
	// Receive looks at received bytes only.
	Receive Direction = "receive"
	// Transmit looks at transmitted bytes only.
	Transmit Direction = "transmit"
	// Max looks at the busier side: what fills a full-duplex link.
	Max Direction = "max"
	// Sum adds both sides: for shared media and for clouds that bill and cap both together.
	Sum Direction = "sum"
)

// Directions lists every direction, in the order in which they are explained.
var Directions = []Direction{Receive, Transmit, Max, Sum}

// NeedsReceive tells whether received bytes enter this direction.
func (d Direction) NeedsReceive() bool { return d != Transmit }

// NeedsTransmit tells whether transmitted bytes enter this direction.
func (d Direction) NeedsTransmit() bool { return d != Receive }

// Of is the number of bytes per second that this direction compares with the capacity; NaN where a side that it needs is
// not a rate.
func (d Direction) Of(load Load) float64 {
	switch {
	case d.NeedsReceive() && !isRate(load.Receive), d.NeedsTransmit() && !isRate(load.Transmit):
		return math.NaN()
	case d == Receive:
		return load.Receive
	case d == Transmit:
		return load.Transmit
	case d == Sum:
		return load.Receive + load.Transmit
	default:
		return math.Max(load.Receive, load.Transmit)
	}
}

// Used is the share of the link in use, 0 and more (above 1 where the load exceeds the capacity); NaN where it is unknown.
func (d Direction) Used(link Link) float64 {
	if !isCapacity(link.Capacity) {
		return math.NaN()
	}
	return d.Of(link.Load) / link.Capacity
}

// isRate refuses NaN, infinities and negative numbers: no device sends -5 bytes per second.
func isRate(bytesPerSecond float64) bool {
	return bytesPerSecond >= 0 && !math.IsInf(bytesPerSecond, 1)
}

// isCapacity refuses all that isRate refuses, and 0. The kernel says -1 Mb/s for a device that knows no speed, which
// node-exporter passes on as -125000 bytes per second.
func isCapacity(bytesPerSecond float64) bool {
	return isRate(bytesPerSecond) && bytesPerSecond > 0
}
