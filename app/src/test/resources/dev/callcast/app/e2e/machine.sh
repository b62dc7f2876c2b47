#!/bin/bash
# A machine of a test's own: this one's file system with a layer over it that is thrown away, and a real systemd as the first
# process of its own namespaces, with no units but its journal. The network is this machine's.
#   machine.sh DIRECTORY           boots, and stays; DIRECTORY/root is its file system, seen from inside
# Root's alone to start; whoever kills the first process kills all.
set -e
directory=$1
if [ "$2" != inside ]; then
  groups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
  [ -n "$groups" ] || { echo "no unified cgroups here"; exit 3; }
  mkdir "$groups/callcast-test-$$"
  echo "$groups/callcast-test-$$" >"$directory/cgroup"
  echo $$ >"$groups/callcast-test-$$/cgroup.procs"
  exec unshare --mount --pid --uts --ipc --cgroup --fork --kill-child "$0" "$directory" inside
fi

root=$directory/root
mkdir -p "$root" "$directory/upper" "$directory/work"
mount --make-rprivate /
mount -t overlay overlay -o "lowerdir=/,upperdir=$directory/upper,workdir=$directory/work" "$root"
mount -t proc proc "$root/proc"
mount --bind "$root/proc/sys" "$root/proc/sys"
mount -o remount,bind,ro "$root/proc/sys"
mount -t sysfs -o ro sysfs "$root/sys"
mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs tmpfs "$root/run"
mount -t tmpfs tmpfs "$root/tmp"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for device in null zero full random urandom tty; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mkdir "$root/dev/pts" "$root/dev/shm"
mount -t devpts devpts "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
ln -s pts/ptmx "$root/dev/ptmx"

units=$root/lib/systemd/system
rm -rf "$root"/etc/systemd/system/* "$root"/lib/systemd/system/*.wants "$root"/lib/systemd/system-generators/* \
  "$root"/etc/rc?.d "$root/usr/sbin/policy-rc.d" "$root"/var/lib/systemd/deb-systemd-helper-*
: >"$root/etc/fstab"
mkdir -p "$units/sysinit.target.wants" "$units/sockets.target.wants"
ln -s ../systemd-journald.service "$units/sysinit.target.wants/"
ln -s ../systemd-journald.socket ../systemd-journald-dev-log.socket "$units/sockets.target.wants/"
# No chroot: paths in /proc are told from the first root of a namespace, and services have mounts of their own.
mkdir "$root/old"
cd "$root"
pivot_root . old
umount -l /old
rmdir /old
exec env -i container=callcast-test PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
  /lib/systemd/systemd --unit=basic.target --log-target=console --show-status=no
