#!/bin/sh
# The init of a node with systemd: systemd itself, with systemd-networkd for the network.
set -eu

systemctl disable nginx
systemctl enable ssh systemd-networkd lab-ready

# What only costs time when the machine boots: consoles that nobody sits at, disks that a kernel of the lab has not,
# chores of a machine that runs for months, and the 12 seconds in which networkd waits for a router of IPv6.
cd /etc/systemd/system
for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service \
    fstrim.timer systemd-tmpfiles-clean.timer getty.target getty-static.service console-getty.service \
    systemd-logind.service systemd-user-sessions.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
    systemd-random-seed.service systemd-pstore.service systemd-binfmt.service systemd-boot-system-token.service \
    systemd-journal-flush.service systemd-journal-catalog-update.service systemd-update-done.service \
    systemd-machine-id-commit.service systemd-firstboot.service systemd-sysusers.service systemd-hwdb-update.service \
    systemd-networkd-wait-online.service systemd-ask-password-console.path systemd-ask-password-wall.path kmod-static-nodes.service \
    systemd-tmpfiles-setup-dev.service ldconfig.service sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount sys-fs-fuse-connections.mount dev-hugepages.mount dev-mqueue.mount \
    proc-sys-fs-binfmt_misc.automount modprobe@.service systemd-remount-fs.service; do
    ln -s /dev/null "$unit"
done
