#!/bin/sh
# The repository of a Debian node, for apt: its only source. And what ifupdown reads, where the node has it.
set -eu

if [ -x /usr/sbin/ifup ]; then
    mkdir -p /etc/network/interfaces.d
    printf 'source /etc/network/interfaces.d/*\n' >/etc/network/interfaces
fi

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
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/*
echo 'deb [trusted=yes] file:/srv/apt ./' >/etc/apt/sources.list
cat >/etc/apt/apt.conf.d/90lab <<'EOF'
Acquire::Languages "none";
Acquire::CompressionTypes::Order { "gz"; };
APT::Sandbox::User "root";
APT::Install-Recommends "false";
EOF
apt-get update

