# Takes what another node has built. Arguments: the packed files, mark.
bundle=$1 mark=$2
if [ ! -s "$bundle" ]; then
    echo "nothing was handed over: the node of \`build_on\` is not in this run, or has not built it" >&2
    exit 1
fi
