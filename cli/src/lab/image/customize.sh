#!/bin/sh
# Runs inside the new root as its last step: turns a minimal Debian into a lab node.
set -eu

# The kernel's modules were copied in beside this script.
for version in /lib/modules/*; do
    depmod "${version##*/}"
done

rm -f /etc/ssh/ssh_host_*
rm -f /etc/motd /etc/update-motd.d/*
mkdir -p /var/lib/lab /root/.ssh /etc/modules-load.d
chmod 700 /root/.ssh
: >/etc/machine-id
# init, and what belongs to it.
sh /init.sh

# The real server is installed and disabled; nodes that serve enable it.
rm -f /etc/nginx/sites-enabled/default
ln -sf /etc/nginx/sites-available/lab /etc/nginx/sites-enabled/lab
sed -i 's/^worker_processes .*/worker_processes 1;/' /etc/nginx/nginx.conf
update-rc.d nginx disable
truncate -s 64M /var/www/html/big

# Packages for nodes that have no way out, on their own disk, for the package manager of the family; and upstream's
# archive of ipvsadm, to be built from.
mkdir -p /srv/src
cd /srv/src
apt-get source --download-only --tar-only ipvsadm
for archive in ipvsadm_*.orig.tar.gz; do
    version=${archive#ipvsadm_}
    mv "$archive" "ipvsadm-${version%.orig.tar.gz}.tar.gz"
done
cd /
sh /repository.sh
rm -rf /etc/apt/apt.conf.d/99mmdebstrap

: >/etc/resolv.conf
rm -rf /usr/share/doc /usr/share/man /usr/share/locale /var/cache/apt/*.bin /var/log/*.log
rm -f /customize.sh /init.sh /repository.sh
