# Puts the packed files in place, then takes away those of the version before. The mark is the last: without it the
# next run does all this again.
old=$(readlink "$built/ipvsadm" || :)
mkdir -p "$built"
chmod 700 "$built"
cp "$bundle" "$built/$mark.tar.gz"
tar -xzf "$bundle" -C / --no-same-owner --no-overwrite-dir --exclude="./${built#/}"
tar -xzf "$bundle" -O "./${built#/}/$mark" >"$built/$mark.new"
if [ -n "$old" ] && [ "$old" != "$mark" ]; then
    sed -n 's/^file //p' "$built/$old" | while read -r file; do
        grep -qxF "file $file" "$built/$mark.new" || rm -f "$file"
    done
    rm -f "$built/$old" "$built/$old.tar.gz"
fi
ln -sfn "$mark" "$built/ipvsadm"
mv "$built/$mark.new" "$built/$mark"
