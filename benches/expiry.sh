#!/bin/sh
# How long `expiry` takes over some 10,000 files of all kinds, no two of them alike, in a folder that is thrown
# away: on one processor and on two, in turn; and over as many copies of ten of them.
#
# Needs taskset. Run it on a release build:
#
#     cargo build --release && benches/expiry.sh target/release/mwallet
set -eu
mwallet=$(realpath "${1:?usage: benches/expiry.sh MWALLET}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

cat >pki.toml <<END
version = 1
out = "different"
password = "changeit1"
[defaults]
key = "ec:p256"
outputs = ["pem", "der", "p12", "jks", "oracle"]
iterations = 10000
[ca.root]
[leaf.server]
issuer = "root"
san = "dns:localhost"
eku = "server"
count = 1100
END
"$mwallet" -q pki build
mkdir copies
ls -d different/server-* | head -n 10 >few
for round in $(seq 110); do
    while read -r one; do cp -r "$one" "copies/$round-${one##*/}"; done <few
done

seconds() { # PROCESSORS FOLDER: the wall time of one run
    begin=$(date +%s%N)
    taskset -c "$1" "$mwallet" expiry "$2" --recursive >report || [ $? = 3 ]
    end=$(date +%s%N)
    echo "$begin $end" | awk '{ printf "%.3f\n", ($2 - $1) / 1e9 }'
}
median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
for files in different copies; do
    seconds 0,1 "$files" >/dev/null
    for round in 1 2 3 4 5; do
        seconds 0 "$files" >>"$files-one"
        seconds 0,1 "$files" >>"$files-two"
    done
    echo "$files $(find "$files" -type f | wc -l) $(median "$files-one") $(median "$files-two")" |
        awk '{ printf "%s, %d files: one processor %.3f s, two %.3f s: %.2f times as fast\n", $1, $2, $3, $4, $3 / $4 }'
done
