#!/usr/bin/env bash
# The first process of the trial's namespaces: makes the folder of Debian's packages the root of all,
# with what an engine needs mounted, and goes on with run.sh there.
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
