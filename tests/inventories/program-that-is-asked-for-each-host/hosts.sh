#!/bin/sh
case $1 in
--list) echo '{"web": {"hosts": ["a", "b", "c"], "vars": {"g": 1}}}' ;;
--host) case $2 in a) echo '{"v": "a", "n": 1}' ;; b) ;; c) echo '{}' ;; esac ;;
esac
