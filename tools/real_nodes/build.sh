#!/bin/sh
# Build what one folder beside this script names:  build.sh FOLDER DIRECTORY
# DIRECTORY appears when all of it is there, so that an interrupted build leaves nothing that looks finished.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
folder=$1; out=$2
mkdir -p "$(dirname "$out")"; parent=$(cd "$(dirname "$out")" && pwd)
new=$(mktemp -d "$parent/.building-XXXXXX"); trap 'rm -rf "$new"' EXIT
cd "$here/$folder"
# No C compiler, no workspace of a folder above, no other toolchain than the one on PATH.
export CGO_ENABLED=0 GOWORK=off GOTOOLCHAIN=local GOFLAGS=-mod=readonly
flags="-s -w"
case $folder in
node-*)
  version=$(go list -m -f '{{.Version}}' k8s.io/kubernetes) minor=${folder#node-}
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    flags="$flags -X $package.gitVersion=$version -X $package.gitMajor=${minor%.*} -X $package.gitMinor=${minor#*.}"
  done
  go build -trimpath -ldflags "$flags" -o "$new/" tool ;;
volumes | metrics)
  go build -trimpath -ldflags "$flags" -o "$new/" tool ;;
policies)
  go build -trimpath -ldflags "$flags" -o "$new/kube-network-policies" tool ;;
dns)
  go build -trimpath -ldflags "$flags" -o "$new/coredns" . ;;
programs)
  go build -trimpath -ldflags "$flags" -o "$new/" ./cmd/... ;;
esac
chmod 755 "$new"
rm -rf "$out"
mv "$new" "$out"
trap - EXIT
