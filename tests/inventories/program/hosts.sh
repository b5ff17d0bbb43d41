#!/bin/sh
case $1 in
--list) cat <<'EOF'
{"web": {"hosts": ["web1", "web2", "web[1:3]"], "vars": {"g": 1, "yes": "yes", "t": "{{ x }}"}, "children": ["sub"]},
 "sub": {"hosts": ["web1:22"]}, "ungrouped": {"hosts": ["u"]}, "all": {"vars": {"a": [1, 2.5, null, true]}, "children": ["web"]},
 "_meta": {"hostvars": {"web1": {"v": 1, "d": {"x": "\u00e9"}}, "unknown": {"v": 2}, "u": {"f": 1.0}}}}
EOF
;;
--host) echo '{}' ;;
esac
