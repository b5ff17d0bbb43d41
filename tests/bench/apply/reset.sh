#!/bin/sh
# Makes a node what it was before the roll-out. Not timed.
set -e
DEBIAN_FRONTEND=noninteractive dpkg --purge hello >/dev/null 2>&1
rm -rf /srv/shop /etc/profile.d/shop.sh /etc/nginx/conf.d/limits.conf /etc/nginx/conf.d/shop.conf \
    /etc/sysctl.d/60-shop.conf /var/lib/lvsctl/backup /root/.ansible
: >/etc/motd
echo '# the former site' >/etc/nginx/conf.d/former.conf
sysctl -q net.core.somaxconn=4096 net.ipv4.tcp_keepalive_time=7200 vm.swappiness=60
service nginx stop >/dev/null 2>&1 || :
update-rc.d nginx enable
