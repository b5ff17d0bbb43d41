#!/bin/sh
# Packages of a node of the RPM family, for dnf: a repository on its own disk.
#
# Below rpm and dnf the node is Debian. Debian's libraries and compiler become RPMs under the names that they have in
# that family; ipvsadm is compiled from upstream's archive, and what it requires and the libraries provide is found by
# rpm itself.
set -eu

export LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive
work=/var/tmp/rpm
mkdir -p $work /srv/rpm
cd $work

build() {
    rpmbuild -bb --quiet --target x86_64-linux --define "_topdir $work" --define '_rpmdir /srv/rpm' \
        --define '_build_name_fmt %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' --define '_build_id_links none' \
        --define 'debug_package %{nil}' --define '__os_install_post %{nil}' --define '_binary_payload w3.zstdio' "$@"
}

# repack NAME TAGS DEB...: the content of Debian's packages as one RPM, with the version of the first.
repack() {
    name=$1 tags=$2
    shift 2
    root=$work/root
    mkdir $root
    rm -rf debs && mkdir debs
    (cd debs && apt-get download "$@")
    for deb in debs/*.deb; do dpkg-deb -x "$deb" $root; done
    version=$(dpkg-deb -f debs/"$1"_*.deb Version)
    version=${version#*:}
    # On the node these are links into /usr.
    for folder in bin lib lib64 sbin; do
        [ -d $root/$folder ] || continue
        mkdir -p $root/usr/$folder
        cp -a $root/$folder/. $root/usr/$folder/
        rm -r ${root:?}/$folder
    done
    for folder in bug doc info lintian locale man; do rm -rf $root/usr/share/$folder; done
    # rpm asks only files that can be executed what they provide.
    find $root -name '*.so*' -type f -exec chmod +x {} +
    {
        printf 'Name: %s\nVersion: %s\nRelease: 1\nSummary: %s\nLicense: as in Debian\n' \
            "$name" "$(echo "${version%%-*}" | tr + .)" "$*"
        printf '%b%%description\nThe content of %s.\n%%files\n' "$tags" "$*"
        (cd $root && find . ! -type d -printf '"/%P"\n')
    } >$name.spec
    build --buildroot $root $name.spec
    rm -rf $root
}

# Upstream's archive, also for people to build from; and what building takes.
compiler='gcc make pkgconf libc6-dev libnl-3-dev libnl-genl-3-dev libpopt-dev'
apt-get -y --no-install-recommends install $compiler

tar -xf /srv/src/ipvsadm-*.tar.gz
cd ipvsadm-*
source=$PWD
read -r version <VERSION
cd $work
for release in 1 2; do
    cat >ipvsadm.spec <<EOF
Name: ipvsadm
Version: $version
Release: $release
Summary: Utility to administer the Linux Virtual Server
License: GPLv2+
%description
ipvsadm is a utility to administer the IP Virtual Server services offered by the Linux kernel.
%build
cd $source && make
%install
cd $source
make install SBIN=%{buildroot}/usr/sbin MAN=%{buildroot}/usr/share/man/man8 INIT=%{buildroot}/etc/rc.d/init.d
mkdir %{buildroot}/etc/sysconfig
echo '# Options of the service ipvsadm, as of release $release.' >%{buildroot}/etc/sysconfig/ipvsadm-config
%files
%config(noreplace) /etc/sysconfig/ipvsadm-config
/etc/rc.d/init.d/ipvsadm
/usr/sbin/ipvsadm*
/usr/share/man/man8/ipvsadm*
EOF
    build ipvsadm.spec
done

none='AutoReqProv: no\n'
repack glibc "" libc6
repack popt "" libpopt0
repack libnl3 "" libnl-3-200 libnl-genl-3-200
repack libnl3-devel "${none}Requires: libnl3\n" libnl-3-dev libnl-genl-3-dev
repack popt-devel "${none}Requires: popt\n" libpopt-dev
repack glibc-devel "${none}Requires: glibc\n" libc6-dev libc-dev-bin libcrypt-dev libnsl-dev libtirpc-dev linux-libc-dev
repack make "$none" make
repack pkgconf "${none}Provides: pkgconf-pkg-config, pkgconfig\n" pkgconf pkgconf-bin libpkgconf3
repack gcc "${none}Requires: glibc-devel\n" gcc gcc-12 cpp cpp-12 libgcc-12-dev libcc1-0 libisl23 libmpc3 libmpfr6 libitm1 \
    libatomic1 libquadmath0 binutils binutils-common binutils-x86-64-linux-gnu libbinutils libctf0 libctf-nobfd0 \
    libgprofng0 libjansson4
cat >lab-release.spec <<'EOF'
Name: lab-release
Version: 1
Release: 1
Summary: What the node has of Debian and other packages require
License: Apache-2.0
Provides: system-release = 1, /bin/sh, /bin/bash, rtld(GNU_HASH)
%description
The node's shell.
%files
EOF
build lab-release.spec

# What is there already is known to rpm, too.
mkdir -p /etc/rpm
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros
rpm --initdb
cd /srv/rpm
rpm -i --justdb --force-debian lab-release-*.rpm glibc-2*.rpm popt-1*.rpm
createrepo_c --quiet /srv/rpm
mkdir -p /etc/yum.repos.d /etc/sysconfig/network-scripts
printf '[lab]\nname=Packages on this disk\nbaseurl=file:///srv/rpm\ngpgcheck=0\n' >/etc/yum.repos.d/lab.repo
dnf -q makecache

# From here on it is dnf's.
apt-get -y -o APT::AutoRemove::RecommendsImportant=0 -o APT::AutoRemove::SuggestsImportant=0 purge --auto-remove $compiler
rm -rf $work
rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/* /var/lib/apt/lists/* /usr/bin/apt /usr/bin/apt-*
ln -s dnf /usr/bin/yum
