#!/bin/sh
# Holds a function's process on a machine without namespaces: the same orders and answers as sandbox.sh.
#
#   hosted.sh COMMAND...
"$@" </dev/null >&2 &
child=$!
echo started
while read -r order; do
  case $order in
    freeze) kill -s STOP "$child" && echo frozen ;;
    thaw) kill -s CONT "$child" && echo thawed ;;
    *) break ;;
  esac
done
kill -s KILL "$child" 2>/dev/null
