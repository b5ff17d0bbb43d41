# Compiles ipvsadm from its archive and packs what `make install` makes, with a note of what it was made from.
# Arguments: the archive, prefix, mark, notes; then those of make.
archive=$1 prefix=$2 mark=$3 notes=$4
shift 4
work=$(mktemp -d /var/tmp/lvsctl-build.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
for program in tar make "${CC:-gcc}"; do
    command -v "$program" >/dev/null || { echo "there is no $program on this node, and building ipvsadm needs it" >&2; exit 1; }
done
mkdir "$work/source" "$work/root"
tar -xf "$archive" -C "$work/source" --strip-components=1
make -C "$work/source" "$@"
make -C "$work/source" install "$@" SBIN="$work/root$prefix/sbin" MAN="$work/root$prefix/share/man/man8" \
    INIT="$work/root$prefix/share/ipvsadm"
"$work/root$prefix/sbin/ipvsadm" --help >/dev/null
mkdir -p "$work/root$built"
{
    echo "$notes"
    (cd "$work/root" && find . ! -type d | sed 's/^\./file /' | sort)
} >"$work/$mark"
mv "$work/$mark" "$work/root$built/$mark"
tar -czf "$work/bundle.tar.gz" -C "$work/root" .
bundle=$work/bundle.tar.gz
