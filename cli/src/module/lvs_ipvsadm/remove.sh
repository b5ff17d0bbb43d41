# Takes away what was built.
mark=$(readlink "$built/ipvsadm")
sed -n 's/^file //p' "$built/$mark" | while read -r file; do
    rm -f "$file"
done
rm -f "$built/$mark" "$built/$mark.tar.gz" "$built/ipvsadm"
