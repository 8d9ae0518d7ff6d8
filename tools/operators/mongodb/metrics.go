// The operator has no flag for the address of its metrics; its default port is that of another program of the tests.
package main

import "sigs.k8s.io/controller-runtime/pkg/metrics/server"

func init() {
	server.DefaultBindAddress = "127.0.0.1:18084"
}
