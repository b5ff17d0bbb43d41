#!/bin/bash
# Stands in front of the UML kernel. When a node reboots, its kernel executes its own argv[0] again, which is this script,
# and leaves its tap devices open, so that the kernel's next life would find them busy. 255 is bash reading this.
for descriptor in /proc/self/fd/*; do
    descriptor=${descriptor##*/}
    case $descriptor in
        0 | 1 | 2 | 255) ;;
        *) eval "exec $descriptor>&-" ;;
    esac
done 2>/dev/null
ulimit -c 0
echo "lab: a kernel starts"
exec -a "$0" "$LVSCTL_LAB_KERNEL" "$@"
