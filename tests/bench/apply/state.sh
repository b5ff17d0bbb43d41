#!/bin/sh
# What a roll-out makes of a node, in words: whoever rolled it out, it must be the same.
set -e
cd /
find srv/shop etc/nginx/conf.d etc/profile.d/shop.sh etc/motd -printf '%p %y %m %u:%g %l\n' | sort
find srv/shop etc/nginx/conf.d etc/profile.d/shop.sh etc/motd -type f | sort | xargs sha256sum
sysctl net.core.somaxconn net.ipv4.tcp_keepalive_time vm.swappiness
tr -d ' ' </etc/sysctl.d/60-shop.conf | grep '=' | sort
dpkg-query -W hello
# A reload is through only some time after the command.
curl -sS --fail --retry 20 --retry-delay 1 --retry-connrefused --header "Host: $(hostname)" \
    http://127.0.0.1:8080/index.html >/tmp/page
sha256sum /tmp/page
