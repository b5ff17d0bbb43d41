#!/bin/sh
# Runs inside the new root as its last step: turns a minimal Debian into a lab node.
set -eu

# The kernel's modules were copied in beside this script.
for version in /lib/modules/*; do
    depmod "${version##*/}"
done

# init, and what belongs to it.
for applet in init reboot halt poweroff; do
    ln -sf /bin/busybox "/sbin/$applet"
done
rm -f /etc/ssh/ssh_host_*
rm -f /etc/motd /etc/update-motd.d/*
mkdir -p /var/lib/lab /root/.ssh /etc/network/interfaces.d /etc/modules-load.d
chmod 700 /root/.ssh
printf 'source /etc/network/interfaces.d/*\n' >/etc/network/interfaces
: >/etc/machine-id
# What only costs time when the machine boots.
rm -f /etc/rc?.d/S??ssh /etc/rc?.d/S??dbus /etc/rcS.d/*

# The real server is installed and disabled; nodes that serve enable it.
rm -f /etc/nginx/sites-enabled/default
ln -sf /etc/nginx/sites-available/lab /etc/nginx/sites-enabled/lab
sed -i 's/^worker_processes .*/worker_processes 1;/' /etc/nginx/nginx.conf
update-rc.d nginx disable
truncate -s 64M /var/www/html/big

# Packages for nodes that have no way out: a repository on their own disk is their only source.
mkdir -p /srv/apt
apt-get clean
apt-get -y --no-install-recommends --download-only install $LAB_REPOSITORY
mv /var/cache/apt/archives/*.deb /srv/apt/
cd /srv/apt
for deb in *.deb; do
    dpkg-deb -f "$deb"
    echo "Filename: ./$deb"
    echo "Size: $(stat -c %s "$deb")"
    echo "SHA256: $(sha256sum "$deb" | cut -d' ' -f1)"
    echo
done | gzip -9n >Packages.gz
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /etc/apt/apt.conf.d/99mmdebstrap /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list
cat >/etc/apt/apt.conf.d/90lab <<'EOF'
Acquire::Languages "none";
Acquire::CompressionTypes::Order { "gz"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
EOF
apt-get update

: >/etc/resolv.conf
rm -rf /usr/share/doc /usr/share/man /usr/share/locale /var/cache/apt/*.bin /var/log/*.log
rm -f /customize.sh
