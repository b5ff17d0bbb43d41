#!/bin/sh
[ "$1" = fail ] && exit 3
printf "%s;" "$@"
