#!/bin/sh
# A test PKI of 1 root, 1 intermediate and 100 P-256 leaves with a p12 each (10,000 iterations): our build,
# an openssl loop that does the same work, and the key derivations alone, one after the other, several
# times; then a build of 10,000 leaves against one of 1,000. Needs openssl, and /usr/bin/time or python3
# for the memory. Run it on a release build:
#
#     cargo build --release && benches/pki.sh target/release/mwallet
set -eu
mwallet=$(realpath "${1:?usage: benches/pki.sh MWALLET [ROUNDS]}")
rounds=${2:-5}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

description() { # COUNT
    cat <<END
version = 1
out = "out"
password = "changeit1"
[defaults]
key = "ec:p256"
outputs = ["p12"]
iterations = 10000
[ca.root]
days = 3650
[ca.issuing]
issuer = "root"
days = 365
[leaf.server]
issuer = "issuing"
san = "dns:localhost"
eku = "server"
count = $1
END
}

# What anybody would write; the same files, algorithms and iterations.
openssl_loop() {
    mkdir loop && cd loop
    cat >ca.cnf <<END
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
END
    key() { openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"; }
    key root
    openssl req -new -key root.key -subj /CN=root -out root.csr
    openssl x509 -req -in root.csr -signkey root.key -days 3650 -extfile ca.cnf -extensions ca -out root.pem
    key issuing
    openssl req -new -key issuing.key -subj /CN=issuing -out issuing.csr
    openssl x509 -req -in issuing.csr -CA root.pem -CAkey root.key -CAcreateserial -days 365 \
        -extfile ca.cnf -extensions ca -out issuing.pem
    for number in $(seq 100); do
        key "$number"
        openssl req -new -key "$number.key" -subj "/CN=server-$number" -out "$number.csr"
        openssl x509 -req -in "$number.csr" -CA issuing.pem -CAkey issuing.key -CAcreateserial -days 30 \
            -extfile ca.cnf -extensions leaf -out "$number.pem"
        openssl pkcs12 -export -in "$number.pem" -inkey "$number.key" -certfile issuing.pem \
            -name "server-$number" -iter 10000 -macalg sha256 -keypbe AES-256-CBC -certpbe AES-256-CBC \
            -passout pass:changeit1 -out "$number.p12"
    done
    cd ..
}

seconds() { # COMMAND: wall time, in seconds
    begin=$(date +%s%N)
    "$@" >/dev/null 2>&1
    end=$(date +%s%N)
    echo "$begin $end" | awk '{ printf "%.3f\n", ($2 - $1) / 1e9 }'
}

median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

# Each round has a folder of its own and nothing is removed until the end: ext4 takes long to make files
# where others were removed in the last minutes. So a run that follows another one is slower.
for round in $(seq "$rounds"); do
    mkdir "$folder/$round" && cd "$folder/$round"
    description 100 >pki.toml
    # A build flushes the file system: what others have left in it is not its own.
    sync
    "$mwallet" bench-floor --iterations 10000 --count 100 | cut -d' ' -f1 >>../floor
    seconds "$mwallet" -q pki build >>../ours
    seconds "$mwallet" -q pki build >>../again
    seconds openssl_loop >>../openssl
    cd "$folder"
    echo "round $round: floor $(tail -n1 floor) s, mwallet $(tail -n1 ours) s, nothing to do $(tail -n1 again) s, openssl $(tail -n1 openssl) s"
done
floor=$(median floor) ours=$(median ours) again=$(median again) openssl=$(median openssl)
echo "median of $rounds on $(nproc) processors: floor $floor s, mwallet $ours s, nothing to do $again s, openssl $openssl s"
echo "$floor $ours $openssl" | awk '{ printf "mwallet takes %.2f times the floor; openssl %.1f times mwallet\n", $2 / $1, $3 / $2 }'

memory() { # COMMAND: the most memory that it had, in KiB
    if [ -x /usr/bin/time ]; then
        /usr/bin/time -f %M -o memory "$@" >/dev/null 2>&1 && cat memory
    else
        python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
    fi
}

for count in 1000 10000; do
    for part in time memory; do mkdir "$part-$count" && description "$count" >"$part-$count/pki.toml"; done
    took=$(seconds "$mwallet" -q pki build "time-$count/pki.toml")
    echo "$count leaves: $took s, $(memory "$mwallet" -q pki build "memory-$count/pki.toml") KiB"
done
