#!/bin/bash
# A broker's number is that of its pod, which only the pod knows.
set -eu
export CAMUNDA_CLUSTER_NODEID="${K8S_NAME##*-}"
exec /usr/local/camunda/bin/camunda
