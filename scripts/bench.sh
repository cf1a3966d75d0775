#!/usr/bin/env bash
# The measured figures of the README and of docs/PERFORMANCE.md, from one run on one machine: CPU seconds (user + system) of the measured
# process alone; what serves it runs in a process of its own and is not counted. Peers that are not installed are skipped with a word.
# With MINGCHA_SAMPLE_DATA (a folder with the published fingerprint sets) pages are fingerprinted against the whole Wappalyzer-format set.
# Everything stays on loopback, is bounded in count, and ends by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

SITES=${SITES:-2000}
MANY=${MANY:-20000}
PAGES=${PAGES:-40}
CURVE=${CURVE:-"1000 10000 100000"}
mingcha=$PWD/target/release/mingcha
work=$(mktemp -d)
lab_pid=
trap '[ -z "$lab_pid" ] || kill -INT "$lab_pid" 2>/dev/null; rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work
TIMEFORMAT='%U %S'

start_lab() {
  rm -rf "$work/lab" "$work/lab.out" && mkdir "$work/lab" && touch "$work/lab.out"
  "$mingcha" --lang en lab up --replicas "$1" --out "$work/lab" > "$work/lab.out" 2> "$work/lab.err" &
  lab_pid=$!
  until grep -q 'Ctrl-C' "$work/lab.out"; do sleep 0.2; done
  cp "$work/lab/mingcha.toml" "$work/plain.toml"
  printf '\n[browser]\nenabled = false\n' >> "$work/plain.toml"
}

stop_lab() {
  kill -INT "$lab_pid"
  wait "$lab_pid" || true
  lab_pid=
}

# cpu NAME COMMAND...: runs the command, prints its CPU seconds, keeps them in $seconds.
cpu() {
  local name=$1
  shift
  { time "$@" > "$work/$name.out" 2> "$work/$name.err" || true; } 2> "$work/$name.time"
  seconds=$(awk 'END { print $1 + $2 }' "$work/$name.time")
}

per() { awk -v n="$1" -v s="$2" 'BEGIN { printf "%.0f", n / s }'; }

map() { "$mingcha" --lang en map --fresh --config "$1" --ledger "$work/lab/ledger.csv" --format jsonl; }

# The lab's configuration with the published set in place of the lab's own, where there is one.
with_sets() {
  cp "$work/plain.toml" "$work/map.toml"
  [ ! -d "$work/sets" ] || sed -i "s|^wappalyzer = .*|wappalyzer = \"$work/sets/src\"|" "$work/map.toml"
}

# beside NAME COUNT UNIT COMMAND...: measures a peer over COUNT of UNIT, or says that it is not there.
beside() {
  local name=$1 count=$2 unit=$3
  shift 3
  command -v "$1" > /dev/null || { echo "beside it, $name: not installed, skipped"; return; }
  cpu peer "$@"
  printf 'beside it, %-36s %s %s per CPU second\n' "$name:" "$(per "$count" "$seconds")" "$unit"
}

sweep() { "$mingcha" --lang en sweep --fresh --config "$1" --ledger "$work/lab/ledger.csv" --format jsonl; }

# peak PID: waits for the process and prints the most memory it had, in MiB.
peak() {
  local most=0 now
  while now=$(awk '/VmHWM/ { print $2 }' "/proc/$1/status" 2>/dev/null) && [ -n "$now" ]; do
    most=$now
    sleep 0.2
  done
  echo $((most / 1024))
}

echo "machine: $(nproc) cores, $(awk -F': ' '/model name/ { print $2; exit }' /proc/cpuinfo)"
cargo bench --quiet -p rules
cargo bench --quiet -p dialer
cargo bench --quiet -p probe
cargo bench --quiet -p fingerprints

start_lab "$SITES"
https_port=$(awk -F'= *' '/^"?443"?/ { print $2 }' "$work/lab/mingcha.toml")
# curl speaks to the same sites: the address that the first site has serves all of them by name.
first=$(sed -n '2{s|.*https://\([^/,"]*\).*|\1|p}' "$work/lab/ledger.csv")
address=$("$mingcha" map "$first" --config "$work/plain.toml" --format json | grep -o '127\.[0-9]*\.[0-9]*\.[0-9]*' | head -1)
grep -o 'https://[^/,"]*' "$work/lab/ledger.csv" | sed "s|^|url = \"|; s|\$|:$https_port/\"\noutput = /dev/null|" > "$work/curl.conf"
sets=${MINGCHA_SAMPLE_DATA:-}/02-fingerprints/wappalyzer-enthec/webappanalyzer-technologies.tar.xz
if [ -f "$sets" ]; then
  mkdir "$work/sets" && tar -xJf "$sets" -C "$work/sets"
else
  echo "no published fingerprint set: set MINGCHA_SAMPLE_DATA; the maps below are made with the lab's own small one"
fi
with_sets
cpu map map "$work/map.toml"
echo "mingcha map: resolve to fingerprints, recorded:  $(per "$SITES" "$seconds") https sites per CPU second"
beside "curl --parallel, fetch alone" "$SITES" "https sites" \
  curl --silent --insecure --parallel --parallel-max 64 --connect-to "::$address:$https_port" --config "$work/curl.conf"
range=$(seq -f "${address%.*}.%g" -s ' ' 1 100)
beside "nmap http-title,http-headers,ssl-cert" 100 "https sites" \
  nmap -n -Pn -sT -p "$https_port" --script http-title,http-headers,ssl-cert $range
beside "nmap -sV" 100 "https sites" nmap -n -Pn -sT -p "$https_port" -sV $range
beside "whatweb" 20 "https sites" \
  whatweb --no-errors -q --header "Host: $first" $(seq -f "https://${address%.*}.%g:$https_port/" -s ' ' 1 20)
cpu sweep sweep "$work/plain.toml"
echo "mingcha sweep, everything but the browser:     $(per "$SITES" "$seconds") https sites per CPU second"
stop_lab

start_lab "$MANY"
"$mingcha" --lang en sweep --fresh --config "$work/plain.toml" --ledger "$work/lab/ledger.csv" > "$work/many.out" 2> "$work/many.err" &
echo "peak memory of a sweep of $MANY sites:          $(peak $!) MiB"
stop_lab

start_lab "$PAGES"
started=$(date +%s%N)
cpu pages sweep "$work/lab/mingcha.toml"
wall=$(( ($(date +%s%N) - started) / 1000000 ))
echo "with the browser: $PAGES sites in $((wall / 1000)) s wall, $seconds CPU seconds: $(per "$((PAGES * 60))" "$seconds") pages per minute and core"
stop_lab

# The cost as the work grows: one curve, with the most memory at each length.
for many in $CURVE; do
  start_lab "$many"
  with_sets
  rm -rf "$work/mingcha" "$work"/lab/*.db*
  { time map "$work/map.toml" > "$work/curve.out" 2> "$work/curve.err"; } 2> "$work/curve.time" &
  timer=$!
  until mapper=$(pgrep -f "$mingcha --lang en map" | head -1) && [ -n "$mapper" ]; do sleep 0.05; done
  most=$(peak "$mapper")
  wait "$timer"
  seconds=$(awk 'END { print $1 + $2 }' "$work/curve.time")
  echo "map of $many sites:  $(per "$many" "$seconds") sites per CPU second, at most $most MiB, $(wc -l < "$work/curve.out") recorded"
  stop_lab
done
