#!/usr/bin/env bash
# Fuzzes the readers: scripts/fuzz.sh SECONDS_PER_TARGET [TARGET…]; docs/FUZZING.md says what for.
# With a file as FUZZ_INPUT the one target reads that file and nothing else, which is how a crash is looked at again.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:?seconds for each target}
shift
host=$(rustc --print host-tuple)
out=out/fuzz

# LLVM's coverage counters and traced comparisons, through options that a stable compiler takes. They need --target, so that build
# scripts go without, and one lock file for the product and its fuzzing, so that the same versions are tested as shipped.
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
-Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
cp Cargo.lock fuzz/Cargo.lock
cargo build --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir target/fuzz
program=target/fuzz/$host/release/fuzz
limits=(-timeout=5 -rss_limit_mb=1024 -max_len=65536)

if [[ -n ${FUZZ_INPUT:-} ]]; then
  FUZZ_TARGET=${1:?a target} exec "$program" "${limits[@]}" "$FUZZ_INPUT"
fi

# What was found in one run is where the next one starts; the seeds stay as they are.
run() {
  local target=$1 log=$out/$1.log
  mkdir -p "$out/corpus/$target" "$out/crashes/$target"
  if FUZZ_TARGET=$target "$program" "${limits[@]}" -max_total_time="$seconds" -artifact_prefix="$out/crashes/$target/" \
    "$out/corpus/$target" "fuzz/seeds/$target" &>"$log"; then
    echo "$target: $(tail -1 "$log")"
    return
  fi
  echo "$target: FAILED" >&2
  # The panic with its place, libFuzzer's word, and the input.
  grep -a -A1 -e 'panicked at' -e '^==.*ERROR' -e 'artifact_prefix' -e '^Base64' "$log" | grep -av '^--' >&2 || tail -20 "$log" >&2
  local input
  input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -1)
  echo "again with: FUZZ_INPUT=${input:-FILE} scripts/fuzz.sh 0 $target" >&2
  return 1
}

targets=("$@")
[[ ${#targets[@]} -gt 0 ]] || mapfile -t targets < <("$program" 2>/dev/null)
failed=()
for target in "${targets[@]}"; do
  run "$target" || failed+=("$target")
done
[[ ${#failed[@]} -eq 0 ]] || { echo "failed: ${failed[*]}" >&2; exit 1; }
