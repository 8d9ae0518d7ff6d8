#!/bin/sh
# Build the servers of one Kubernetes minor version:  build.sh 1.37 DIRECTORY
# DIRECTORY appears when all of it is there, so that an interrupted build leaves nothing that looks finished.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
minor=$1; out=$2
mkdir -p "$(dirname "$out")"; parent=$(cd "$(dirname "$out")" && pwd)
new=$(mktemp -d "$parent/.building-XXXXXX"); trap 'rm -rf "$new"' EXIT
cd "$here/$minor"
# No C compiler, no workspace of a folder above, no other toolchain than the one on PATH.
export CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local GOFLAGS=-mod=readonly
version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
flags="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
  flags="$flags -X $package.gitVersion=$version -X $package.gitMajor=${minor%.*} -X $package.gitMinor=${minor#*.}"
done
go build -trimpath -ldflags "$flags" -o "$new/" tool
if [ -e "$new/server" ]; then mv "$new/server" "$new/etcd"; fi
if [ -e "$new/kwok" ]; then  # the simulations that kwok ships: what a node, a pod, a volume does next
  stages=$(go list -m -f '{{.Dir}}' sigs.k8s.io/kwok)/kustomize/stage
  for file in node/fast/node-initialize node/heartbeat-with-lease/node-heartbeat-with-lease \
      pod/fast/pod-ready pod/fast/pod-complete pod/fast/pod-delete; do
    cat "$stages/$file.yaml"; echo ---
  done > "$new/nodes-and-pods.yaml"
  for file in volume/fast/pvc-provision volume/fast/pvc-delete volume/fast/pv-bind volume/fast/pv-delete; do
    cat "$stages/$file.yaml"; echo ---
  done > "$new/volumes.yaml"
fi
chmod 755 "$new"
rm -rf "$out"
mv "$new" "$out"
trap - EXIT
