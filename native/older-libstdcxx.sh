#!/bin/sh
# older-libstdcxx.sh FILE: lets TorchSharp 0.107's libLibTorchSharp.so load where libstdc++ is older than GCC 13's.
#
# The library names the symbol version GLIBCXX_3.4.32 of GCC 13 without using anything of it, so that the dynamic loader
# refuses it on Debian 12, Ubuntu 22.04 and RHEL 9, although it would run there. On such a machine this marks the version
# as one that may be missing (VER_FLG_WEAK), in the copy beside a program; the package stays as it is.
set -eu
file=$1
version=GLIBCXX_3.4.32

for library in /lib64/libstdc++.so.6 /usr/lib64/libstdc++.so.6 /lib/*-linux-gnu*/libstdc++.so.6 /usr/lib/*-linux-gnu*/libstdc++.so.6 /usr/lib/libstdc++.so.6; do
  if [ -e "$library" ] && grep -qa "$version" "$library"; then exit 0; fi # this machine has it
done

# An entry of .gnu.version_r: the ELF hash of the version's name, then its flags, none so far.
entry=$(LC_ALL=C grep -obUaP '\x42\xf8\x97\x02\x00\x00' "$file" | cut -d : -f 1)
case "$entry" in
  '' | *[!0-9]*) exit 0 ;; # marked already, or another build of the library
esac

# Written anew, since the file may be a hard link to the package's; its time stays, so that a later build finds it up to date.
copy=$(mktemp "$file.XXXXXX")
cp -p "$file" "$copy"
printf '\002' | dd of="$copy" bs=1 seek=$((entry + 4)) conv=notrunc 2>/dev/null
touch -r "$file" "$copy"
mv -f "$copy" "$file"
