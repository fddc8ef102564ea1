// Package traffic is the arithmetic of the network_traffic plugin: from byte rates and link capacities to scores.
//
// It owns what a link's load means, when a number is unknown, how pods placed a moment ago count until Prometheus
// sees them, and how a share becomes points. It refuses to know Kubernetes, Prometheus, HTTP and the clock: names are
// strings, time is an argument. Rates and capacities are float64 bytes per second, as node-exporter counts; NaN stands
// for "no such number". Floats stay floats until Points, so nothing overflows or divides as an integer.
//
// Departure from the real thing: a node is judged by its busiest device alone, not by a route through its devices.
package traffic
