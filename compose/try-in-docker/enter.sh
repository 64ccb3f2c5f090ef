#!/usr/bin/env bash
# The first process of the test's namespaces: makes the folder of Debian's packages the root, with the
# mounts that an engine needs, and runs run.sh there.
#
# The root is really changed (pivot_root): in a mere chroot, what the engine starts later inside a
# container would see the machine's own files.
set -euo pipefail
root=$1
data=$2
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /sys "$root/sys"
mount --rbind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount --bind "$data" "$root/var/lib/docker"
ip link set lo up
cd "$root"
pivot_root . old
exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    bash -c 'umount -l /old; exec bash /work/context/run.sh'
