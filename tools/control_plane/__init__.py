"""A real Kubernetes control plane on 127.0.0.1 for tests: etcd, API server, controllers, scheduler, simulated nodes.

No container engine and no root: Go builds the servers from the module proxy, Python starts them. See README.md.
"""
