#!/bin/bash
# The first process of a node, in network, mount, UTS and PID namespaces of its own:  node-init.sh FOLDER
set -eu
cd "$1"
. ./settings
# Seen from the machine: /proc is still its own.
read -r me _ < /proc/self/stat
echo "$me" > pid.new
mv pid.new pid
hostname "$NODE"
mkdir -p cgroup
mount --rbind /sys/fs/cgroup cgroup
mount -t sysfs sysfs /sys
mount --rbind cgroup /sys/fs/cgroup
mount -t proc proc /proc
mount -t overlay usr -o "lowerdir=$DEBIAN/usr:/usr" /usr
mount --bind var-lib /var/lib
mount --bind var-log /var/log
mount -t tmpfs run /run
mkdir -p /run/netns /run/lock /run/secrets/kubernetes.io/serviceaccount
mount --make-rshared /
until ip link show eth0 > /dev/null 2>&1; do sleep 0.05; done
ip link set lo up
ip address add "$ADDRESS/24" dev eth0
ip link set eth0 up
ip route add default via "$GATEWAY"
while read -r range via; do ip route add "$range" via "$via"; done < routes
sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.route_localnet=1 net.ipv4.conf.all.rp_filter=0

# kube-network-policies wants a queue of nft, which some kernels lack: an iptables rule queues for it as well. What is
# established passes. Without a reader of the queue every packet is dropped: nothing is open by mistake.
iptables -A FORWARD -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
iptables -A FORWARD -j NFQUEUE --queue-num 100
printf %s "$TOKEN" > /run/secrets/kubernetes.io/serviceaccount/token
cp "$AUTHORITY" /run/secrets/kubernetes.io/serviceaccount/ca.crt

run() { local log=$1; shift; while :; do "$@" >> "$log.log" 2>&1 || true; sleep 0.5; done & }
export PATH=$BINARIES:/usr/sbin:/usr/bin:/sbin:/bin
run containerd containerd -c "$PWD/containerd.toml"
until [ -S /run/containerd/containerd.sock ]; do sleep 0.05; done
run kubelet kubelet --config="$PWD/kubelet.yaml" --kubeconfig="$PWD/kubeconfig" --hostname-override="$NODE" --node-ip="$ADDRESS"
run kube-proxy kube-proxy --config="$PWD/proxy.yaml"
KUBERNETES_SERVICE_HOST=$GATEWAY KUBERNETES_SERVICE_PORT=6443 run policies kube-network-policies \
  --hostname-override="$NODE" --disable-nri --metrics-bind-address=127.0.0.1:9080 --v=2
while :; do wait || true; sleep 1; done
