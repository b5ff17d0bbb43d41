#!/bin/sh
case $1 in
--list) cat <<'EOF'
{"web": {"hosts": ["h"], "vars": {"v": "script", "w": "script"}}, "_meta": {"hostvars": {"h": {"x": "script", "y": "script"}}}}
EOF
;;
--host) echo '{}' ;;
esac
