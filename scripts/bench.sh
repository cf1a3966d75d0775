#!/usr/bin/env bash
# The measured figures of the README, from one run on one machine: CPU seconds (user + system) of the measured process alone; the lab
# that serves the sites runs in a process of its own and is not counted. Bounded in count; ends by itself.
set -euo pipefail
cd "$(dirname "$0")/.."

SITES=${SITES:-2000}
MANY=${MANY:-20000}
PAGES=${PAGES:-40}
mingcha=$PWD/target/release/mingcha
work=$(mktemp -d)
lab_pid=
trap '[ -z "$lab_pid" ] || kill -INT "$lab_pid" 2>/dev/null; rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work
TIMEFORMAT='%U %S'

start_lab() {
  rm -rf "$work/lab" && mkdir "$work/lab"
  "$mingcha" --lang en lab up --replicas "$1" --out "$work/lab" > "$work/lab.out" &
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

start_lab "$SITES"
https_port=$(awk -F'= *' '/^"?443"?/ { print $2 }' "$work/lab/mingcha.toml")
# curl speaks to the same sites: the lab's first shared address serves all of them by name.
grep -o 'https://[^/,"]*' "$work/lab/ledger.csv" | sed "s|^|url = \"|; s|\$|:$https_port/\"\noutput = /dev/null|" > "$work/curl.conf"
cpu curl curl --silent --insecure --parallel --parallel-max 64 --connect-to "::127.2.0.1:$https_port" --config "$work/curl.conf"
echo "curl --parallel, fetch alone:                  $(per "$SITES" "$seconds") https sites per CPU second"
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
