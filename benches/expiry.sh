#!/bin/sh
# How long `expiry` takes over 10,000 files of all kinds, in a folder that is thrown away: on one processor
# and on two, in turn.
#
# Needs openssl and taskset; keytool for the Java key stores. Run it on a release build:
#
#     cargo build --release && benches/expiry.sh target/release/mwallet
set -eu
mwallet=$(realpath "${1:?usage: benches/expiry.sh MWALLET}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

export PW=Welcome1
openssl req -x509 -newkey rsa:2048 -nodes -keyout app.key -subj /CN=app -days 365 -out app.pem 2>/dev/null
openssl x509 -in app.pem -outform der -out app.der
openssl pkcs12 -export -in app.pem -inkey app.key -certpbe NONE -passout env:PW -out app.p12
openssl rand -out app.bin 20000
"$mwallet" -q create wallet --auto-login --password-env PW
"$mwallet" -q add-trusted wallet app.pem --allow-leaf --password-env PW
if command -v keytool >/dev/null; then
    keytool -importcert -noprompt -alias app -file app.pem -storetype jks -storepass changeit \
        -keystore app.jks 2>/dev/null
else
    cp app.pem app.jks
fi

mkdir files
for hundred in $(seq 0 99); do
    mkdir "files/$hundred"
    for number in $(seq 0 9); do
        at=files/$hundred/$number
        for copy in 1 2 3; do cp app.pem "$at-$copy.pem"; done
        cp app.der app.p12 app.jks app.key app.bin "files/$hundred/"
        for ending in der p12 jks key bin; do mv "files/$hundred/app.$ending" "$at.$ending"; done
        mkdir "$at"
        cp wallet/cwallet.sso wallet/ewallet.p12 "$at"
    done
done
echo "$(find files -type f | wc -l) files"

seconds() { # PROCESSORS: the wall time of one run on them
    begin=$(date +%s%N)
    taskset -c "$1" "$mwallet" expiry files --recursive >report || [ $? = 3 ]
    end=$(date +%s%N)
    echo "$begin $end" | awk '{ printf "%.3f\n", ($2 - $1) / 1e9 }'
}
median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }
seconds 0 >/dev/null
for round in 1 2 3 4 5 6 7; do
    seconds 0 >>one
    seconds 0,1 >>two
done
echo "$(median one) $(median two)" |
    awk '{ printf "one processor %.3f s, two %.3f s: %.2f times as fast\n", $1, $2, $1 / $2 }'
