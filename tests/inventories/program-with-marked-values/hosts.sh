#!/bin/sh
case $1 in
--list) cat <<'EOF'
{"web": {"hosts": ["h"], "vars": {"u": {"__ansible_unsafe": "{{ x }}"}}}, "_meta": {"hostvars": {"h": {"v": {"__ansible_unsafe": "plain"}, "l": [{"__ansible_unsafe": "y"}, "z"]}}}}
EOF
;;
--host) echo '{}' ;;
esac
