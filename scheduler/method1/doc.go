// Package method1 shows that the plugin also builds the way of the published article's first method: as a package inside
// the Kubernetes tree, at the article's path, registered in kube-scheduler's own main.
//
// It is a test, and has a command of its own, since it compiles Kubernetes for minutes:
//
//	CGO_ENABLED=0 go test -tags method1 -timeout 30m ./method1
package method1
