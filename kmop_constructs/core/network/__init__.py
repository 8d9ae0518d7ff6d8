"""The network as plain manifests describe it: the parts below `core.reachability`."""
