#!/bin/sh
# The first process of an instance's namespaces: builds the file system of a Lambda function, starts the emulator in
# it, then obeys the daemon. Runs as PID 1 of new mount and PID namespaces:
#
#   sandbox.sh FOLDER COMMAND...     FOLDER holds `settings`, `environment` (see sandbox.py) and an empty `root`
#
# Standard input carries commands, standard output the answers, standard error the function's log. When the input ends
# (the daemon closed it, or was killed) this process ends, and with it every process and mount of the instance.
set -eu
cd "$1"
shift
. ./settings
root=$PWD/root

# read_only FROM TO: what is at FROM appears read-only at TO. Flags of the outer mount must be named again when it is
# remounted; nosuid and nodev can only be added, never lost.
read_only() {
  mkdir -p "$root$2"
  mount --rbind "$1" "$root$2"
  mount -o remount,bind,ro,nosuid,nodev "$root$2"
}

mount -t tmpfs -o size=4m,mode=755 root "$root"
for folder in usr bin sbin lib lib32 lib64 etc nix run/systemd/resolve; do
  if [ -L "/$folder" ]; then
    cp -P "/$folder" "$root/$folder"
  elif [ -d "/$folder" ]; then
    read_only "/$folder" "/$folder"
  fi
done
mkdir "$root/dev" "$root/proc" "$root/tmp"
for device in null zero full random urandom; do
  : > "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
mount -t proc proc "$root/proc"
mount -t tmpfs -o "size=${TMP_MB}m,mode=1777" tmp "$root/tmp"
read_only "$TASK" /var/task
read_only "$OPT" /opt
read_only "$RUNTIME" /var/runtime
read_only "$EMULATOR" /var/emulator
read_only "$LANGUAGE" /var/lang
for packages in "$root"/var/lang/lib/python3*/site-packages; do
  # The managed runtime has none of the packages of this machine's Python.
  [ ! -d "$packages" ] || mount -t tmpfs -o size=4k,mode=555 none "$packages"
done
mount -o remount,ro,nosuid,nodev "$root"

# The environment is read before the change of root: it may hold secrets, so it is in no argument and in no file that
# the function can see. Standard output stays ours: what the function prints must not look like an answer.
chroot ${RUN_AS:+--userspec="$RUN_AS"} "$root" /usr/bin/env -i /bin/sh -c \
  'eval "$(cat <&3)"; exec 3<&-; cd /var/task; exec "$@"' sh "$@" 3<environment </dev/null >&2 &
echo started

while read -r order; do
  case $order in
    freeze) kill -s STOP -- -1 && echo frozen ;;
    thaw) kill -s CONT -- -1 && echo thawed ;;
    *) break ;;
  esac
done
