# usage: networkd.sh FOLDER PROGRAM LIBRARIES
#
# Runs systemd-networkd in the namespaces that we are in, on two devices, and prints what it made of them. With a /sys
# that cannot be written it knows that there is no udev to wait for.
set -e
folder=$1 program=$2 libraries=$3
mount -t tmpfs none /run
mount -t sysfs -o ro none /sys
mkdir -p /run/systemd/netif /run/systemd/network /run/lvsctl
mount --bind "$folder" /run/systemd/network
for device in eth0 eth1; do
    ip link add $device type veth peer name peer-$device
    ip link set peer-$device up
done
LD_LIBRARY_PATH=$libraries SYSTEMD_LOG_TARGET=console "$program" >/run/lvsctl/log 2>&1 &
networkd=$!
for try in $(seq 100); do
    addresses=$(ip -oneline address show dev eth1)
    case $addresses in *203.0.113.169*2001:db8:113::168*) break ;; esac
    sleep 0.1
done
for try in $(seq 100); do
    routes=$(ip route; ip -6 route)
    case $routes in *default*default*) break ;; esac
    sleep 0.1
done
ip address
ip route
ip -6 route
kill $networkd
cat /run/lvsctl/log
