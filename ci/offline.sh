#!/usr/bin/env bash
# Compiles every kernel for GPUs that are not there: AMD, NVIDIA, Intel, and to SPIR-V. Fails where
# one does not compile or uses memory for what belongs in registers (scratch, spills).
#   ci/offline.sh [--write FILE]    FILE: gets the table and an introduction, see docs/offline.md
# Tools: clang-15 with libclc-15 (AMD, NVIDIA), ptxas (registers on NVIDIA), ocloc and readelf
# (Intel), llvm-spirv-15 and spirv-val (SPIR-V). What is absent is skipped, and named at the end.
# CLIF_LLVM=16 takes that version of clang, libclc and llvm-spirv.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
llvm=${CLIF_LLVM:-15}
clc=/usr/lib/clc

document=
case $#:${1:-} in
  0:) ;;
  2:--write) document=$(realpath -m "$2") ;;
  *) echo "usage: ci/offline.sh [--write FILE]" >&2; exit 2 ;;
esac

cd "$root"
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

rows=() skipped=() reasons=() compiled=0 failed=0

failure() {
  echo "offline: $*" >&2
  failed=$((failed + 1))
}

# skip TOOL WHY
skip() {
  skipped+=("$1")
  reasons+=("$1: $2")
}

has() { command -v "$1" >/dev/null; }

# The programs: a name, and the files of cl/ behind prelude.cl and random.cl.
programs() {
  cat <<'END'
gradient bits+lif+gradient
input bits+input
lif bits+current+lif+tile
events bits+events+lif+tile
rows rows
spikes bits+spikes
sums bits+events+sums
END
}

# The options to compile a program with, one set a line; the first is the default.
specialisations() {
  case $1 in
    input)
      printf '%s\n' \
        "-DCLIF_INPUT_BYTES=0" \
        "-DCLIF_INPUT_BYTES=1" \
        "-DCLIF_INPUT_BYTES=0 -DCLIF_CODING=1" \
        "-DCLIF_INPUT_BYTES=1 -DCLIF_CODING=2" \
        "-DCLIF_INPUT_BYTES=0 -DCLIF_CODING=3 -DCLIF_NEGATIVE"
      ;;
    lif)
      printf '%s\n' \
        "-DCLIF_RESET=0 -DCLIF_OUT_BITS" \
        "-DCLIF_RESET=1 -DCLIF_OUT_F32 -DCLIF_BIAS" \
        "-DCLIF_RESET=2 -DCLIF_STRICT -DCLIF_PER_NEURON -DCLIF_OUT_F32 -DCLIF_OUT_U8" \
        "-DCLIF_RESET=0 -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_OUT_BITS -DCLIF_LOOK" \
        "-DCLIF_RESET=0 -DCLIF_STOCHASTIC -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_NOISE -DCLIF_OUT_BITS -DCLIF_LOOK" \
        "-DCLIF_RESET=1 -DCLIF_STOCHASTIC -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_REFRACTORY -DCLIF_NOISE -DCLIF_PER_NEURON -DCLIF_OUT_U8 -DCLIF_RECORD_V -DCLIF_RECORD_V_PRE -DCLIF_RECORD_TH -DCLIF_RECORD_WAIT" \
        "-DCLIF_RESET=0 -DCLIF_STOCHASTIC -DCLIF_NOISE -DCLIF_INJECT -DCLIF_OUT_F32" \
        "-DCLIF_RESET=0 -DCLIF_STOCHASTIC -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_SEED -DCLIF_NOISE -DCLIF_SOFT_DIVIDE -DCLIF_OUT_BITS" \
        "-DCLIF_READOUT -DCLIF_OUT_F32" \
        "-DCLIF_READOUT -DCLIF_NOISE -DCLIF_PER_NEURON -DCLIF_OUT_F32 -DCLIF_RECORD_V -DCLIF_RECORD_V_PRE"
      ;;
    events)
      printf '%s\n' \
        "-DCLIF_UNIT=1 -DCLIF_RESET=0 -DCLIF_OUT_BITS" \
        "-DCLIF_UNIT=1 -DCLIF_BIAS -DCLIF_VALUES -DCLIF_VALUE_MAY -DCLIF_RESET=0 -DCLIF_OUT_BITS" \
        "-DCLIF_UNIT=1 -DCLIF_VALUES -DCLIF_RESET=1 -DCLIF_REFRACTORY -DCLIF_OUT_U8" \
        "-DCLIF_UNIT=1 -DCLIF_BIAS -DCLIF_RESET=0 -DCLIF_STOCHASTIC -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_NOISE -DCLIF_OUT_BITS" \
        "-DCLIF_UNIT=1 -DCLIF_RESET=1 -DCLIF_STOCHASTIC -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_REFRACTORY -DCLIF_NOISE -DCLIF_PER_NEURON -DCLIF_OUT_BITS -DCLIF_RECORD_V -DCLIF_RECORD_V_PRE -DCLIF_RECORD_TH" \
        "-DCLIF_UNIT=1 -DCLIF_READOUT -DCLIF_OUT_F32"
      ;;
    sums)
      printf '%s\n' \
        "-DCLIF_UNIT=1" \
        "-DCLIF_UNIT=1 -DCLIF_BIAS -DCLIF_VALUES -DCLIF_VALUE_MAY" \
        "-DCLIF_UNIT=1 -DCLIF_ADD"
      ;;
    gradient)
      printf '%s\n' \
        "-DCLIF_RESET=0 -DCLIF_SURROGATE=0" \
        "-DCLIF_RESET=0 -DCLIF_SURROGATE=1 -DCLIF_GRADIENT_BIAS -DCLIF_SOFT_DIVIDE" \
        "-DCLIF_RESET=1 -DCLIF_SURROGATE=4 -DCLIF_ATTACH_RESET -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_REST_AT_THRESHOLD -DCLIF_REFRACTORY -DCLIF_PER_NEURON -DCLIF_GRADIENT_V -DCLIF_GRADIENT_BIAS -DCLIF_GRADIENT_TAU -DCLIF_GRADIENT_THRESHOLD" \
        "-DCLIF_RESET=0 -DCLIF_SURROGATE=0 -DCLIF_STOCHASTIC -DCLIF_ADAPTIVE -DCLIF_CLAMP -DCLIF_SEED -DCLIF_NOISE -DCLIF_SOFT_DIVIDE -DCLIF_GRADIENT_TAU -DCLIF_GRADIENT_THRESHOLD"
      ;;
    *) echo ;;
  esac
}

# ---- targets -------------------------------------------------------------------------------------
#
# amd, nvidia, intel and spirv compile $source with $options for the device in $1. They print, for
# each function: name, registers, occupancy, and what went to memory, between tabs; "0" for nothing,
# "-" for not known. Messages go to stderr. They run inside conditions, where set -e does not work.

compile() {
  "clang-$llvm" -cl-std=CL1.2 -Xclang -finclude-default-header -D__OPENCL_VERSION__=120 -O3 \
    -Wall -Wextra -Wno-unused-parameter -Werror -DCLIF_LANES=1 "${options[@]}" "$@" -x cl "$source"
}

amd() {
  compile -nogpulib -target amdgcn-amd-amdhsa -mcpu="$1" -Wno-linker-warnings \
    -Xclang -mlink-builtin-bitcode -Xclang $clc/amdgcn--amdhsa.bc \
    -Rpass-analysis=kernel-resource-usage -c -o "$tmp/amd.o" 2>"$tmp/amd.log" || {
    grep -v 'remark:' "$tmp/amd.log" >&2
    return 1
  }
  # Scalar registers that are spilled go to lanes of vector registers, not to memory.
  sed -n 's/.* remark: *\(.*\): \([^ ]*\) \[-Rpass-.*/\1\t\2/p' "$tmp/amd.log" | awk -F '\t' '
    function put() {
      if (name != "") printf "%s\t%s\t%s\t%s\n", name, registers, occupancy, memory == "" ? 0 : memory
    }
    $1 == "Function Name" { put(); name = $2; registers = occupancy = "-"; memory = "" }
    $1 == "VGPRs" { registers = $2 }
    $1 ~ /^Occupancy/ { occupancy = $2 }
    $1 ~ /^ScratchSize|^VGPRs Spill$/ && $2 != 0 { memory = memory (memory == "" ? "" : ", ") $1 " " $2 }
    END { put() }'
}

# As a driver does: PTX for the oldest, which ptxas translates for each. Device "PTX": this only.
nvidia() {
  compile -nogpulib -target nvptx64-unknown-nvidiacl -Xclang -target-cpu -Xclang sm_75 \
    -Xclang -mlink-builtin-bitcode -Xclang $clc/nvptx64--nvidiacl.bc -S -o "$tmp/k.ptx" || return
  if [ "$1" = PTX ]; then
    awk '/\.entry / { name = $3; sub(/\(.*/, "", name); names[++n] = name }
         /\.local .*__local_depot/ { depot = $NF; gsub(/.*\[|\].*/, "", depot)
                                     memory[name] = "local memory " depot }
         END { for (i = 1; i <= n; i++)
                 printf "%s\t-\t-\t%s\n", names[i], names[i] in memory ? memory[names[i]] : 0 }' \
      "$tmp/k.ptx"
    return
  fi
  ptxas -v -arch="$1" "$tmp/k.ptx" -o "$tmp/k.cubin" >"$tmp/ptxas.log" 2>&1 || {
    cat "$tmp/ptxas.log" >&2
    return 1
  }
  awk -F "'" '
    /Compiling entry function/ { name = $2; memory = "-" }
    /bytes stack frame/ { # of the kernel, and of a function that it calls
      sub(/^ */, "")
      if ($0 !~ /^0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads/) memory = $0
      else if (memory == "-") memory = 0
    }
    /Used [0-9]+ registers/ {
      registers = $0
      gsub(/.*Used | registers.*/, "", registers)
      printf "%s\t%s\t-\t%s\n", name, registers, memory
    }' "$tmp/ptxas.log"
}

# Registers and memory stand in a section of the binary, as YAML.
intel() {
  rm -rf "$tmp/intel"
  ocloc compile --format zebin -file "$source" -device "$1" -out_dir "$tmp/intel" \
    -options "-cl-std=CL1.2 -DCLIF_LANES=1 ${options[*]}" >"$tmp/ocloc.log" 2>&1 || {
    cat "$tmp/ocloc.log" >&2
    return 1
  }
  readelf -p .ze_info "$tmp/intel"/*.bin | sed 's/^ *\[ *[0-9a-f]*\]//; s/\\n$//' | awk '
    function put() {
      if (name != "")
        printf "%s\t%s (SIMD%s)\t-\t%s\n", name, registers, simd, memory == "" ? 0 : memory
      name = ""
    }
    $1 == "kernels_misc_info:" || $1 == "functions:" { over = 1 }
    over { next }
    /^ *- name:/ { put(); name = $3; registers = simd = "?"; memory = ""; buffers = 0 }
    $1 == "grf_count:" { registers = $2 }
    $1 == "simd_size:" { simd = $2 }
    $1 == "spill_size:" || $1 == "private_size:" {
      if ($2 != 0) memory = memory (memory == "" ? "" : ", ") $1 " " $2
    }
    NF == 1 { buffers = $1 == "per_thread_memory_buffers:" }
    buffers && $1 == "size:" { memory = memory (memory == "" ? "" : ", ") "scratch " $2 }
    END { put() }'
}

# Not optimised: that is left to the driver, and llvm-spirv-15 keeps the order of blocks, which after
# optimising is not always one that SPIR-V allows (issue 205 of SPIRV-LLVM-Translator).
spirv() {
  compile -O0 -target spir64-unknown-unknown -emit-llvm -c -o "$tmp/k.bc" &&
    "llvm-spirv-$llvm" --spirv-max-version=1.0 "$tmp/k.bc" -o "$tmp/k.spv" || return
  ! has spirv-val || spirv-val --target-env opencl1.2 "$tmp/k.spv" >&2 || return
  printf '%s\t-\t-\t-\n' "${kernels[@]}"
}

# ---- which targets the tools here can do -----------------------------------------------------------

targets=() options=() kernels=(probe)
source=$tmp/probe.cl
echo '__kernel void probe(__global float *x) { x[get_global_id(0)] *= 2.0f; }' >"$source"

title() {
  case $1 in
    amd) echo "AMD $2" ;;
    nvidia) echo "NVIDIA $2" ;;
    intel) echo "Intel $2" ;;
    spirv) echo "SPIR-V $2" ;;
  esac
}

# offer MAKER DEVICE...: takes those of the devices that a trivial kernel compiles for.
offer() {
  local maker=$1 device why
  for device in "${@:2}"; do
    if why=$("$maker" "$device" 2>&1 >/dev/null); then
      targets+=("$maker $device")
    else
      skip "$(title "$maker" "$device")" \
        "the tools here cannot do it: $(grep -m 1 . <<<"$why" || echo "no message")"
    fi
  done
}

if ! has "clang-$llvm"; then
  skip "clang-$llvm" "not installed; nothing for AMD, NVIDIA and SPIR-V"
else
  if [ -e $clc/amdgcn--amdhsa.bc ]; then
    offer amd gfx906 gfx90a gfx1030 gfx1100
  else
    skip "libclc-$llvm for AMD" "not installed; nothing for AMD"
  fi
  if [ ! -e $clc/nvptx64--nvidiacl.bc ]; then
    skip "libclc-$llvm for NVIDIA" "not installed; nothing for NVIDIA"
  elif has ptxas; then
    offer nvidia sm_75 sm_80 sm_90
  else
    skip ptxas "not on PATH; PTX only for NVIDIA, without its registers"
    offer nvidia PTX
  fi
fi
if ! has ocloc; then
  skip ocloc "not installed; nothing for Intel"
elif ! has readelf; then
  skip readelf "not installed; nothing for Intel"
else
  offer intel skl tgllp dg2 pvc
fi
if has "clang-$llvm"; then
  if has "llvm-spirv-$llvm"; then
    has spirv-val || skip spirv-val "not installed; SPIR-V is made but not validated"
    offer spirv 1.0
  else
    skip "llvm-spirv-$llvm" "not installed; no SPIR-V"
  fi
fi

# ---- all kernels -----------------------------------------------------------------------------------

# take MAKER DEVICE: compiles $source for it; a row for each of its kernels.
take() {
  local figures kernel registers occupancy memory target short problem problems=()
  target=$(title "$@")
  short=${options[*]#-DCLIF_}
  if ! figures=$("$@"); then
    problems+=("$file does not compile")
    figures=$(printf '%s\tfailed\tfailed\tfailed\n' "${kernels[@]}")
  fi
  for kernel in "${kernels[@]}"; do
    IFS=$'\t' read -r registers occupancy memory < <(
      awk -F '\t' -v OFS='\t' -v name="$kernel" '$1 == name { print $2, $3, $4 }' <<<"$figures"
    ) || registers='?' occupancy='?' memory='?'
    rows+=("$kernel|${short:--}|$target|$registers|$occupancy|$memory")
    case $memory in
      0 | - | failed) ;;
      '?') problems+=("nothing is said about $kernel") ;;
      *) problems+=("$kernel does not stay in registers: $memory") ;;
    esac
  done
  if [ ${#problems[@]} -gt 0 ]; then
    for problem in "${problems[@]}"; do
      echo "offline: $target${options[*]:+, ${options[*]}}: $problem" >&2
    done
    failed=$((failed + 1))
  else
    compiled=$((compiled + 1))
  fi
}

[ ${#targets[@]} -gt 0 ] || failure "no tool for any target"

# Every file belongs to a program, and what the preprocessor asks for in it is set in a row of one
# of its programs at least. CLIF_WIDE and CLIF_BY_UNITS only mean something with 16 lanes.
for file in cl/*.cl; do
  name=$(basename "$file" .cl)
  [[ $name != @(prelude|random) ]] || continue
  sets=
  while read -r program files; do
    [[ +$files+ != *+$name+* ]] || sets+=" $(specialisations "$program")"
  done < <(programs)
  [ -n "$sets" ] || failure "$file is in no program; add it to programs() in ci/offline.sh"
  while read -r option; do
    [[ $option == CLIF_@(LANES|WIDE|BY_UNITS) ]] || grep -qwe "-D$option" <<<"$sets" ||
      failure "$file asks for $option; add it to specialisations() in ci/offline.sh"
  done < <(sed -n '/^ *# *\(if\|elif\)/p' "$file" | grep -o 'CLIF_[A-Z0-9_]*' | sort -u)
done

while read -r name files; do
  file=$name
  source=$tmp/$name.cl
  IFS=+ read -ra parts <<<"prelude+random+$files"
  for part in "${parts[@]}"; do
    echo "#line 1 \"cl/$part.cl\""
    cat "cl/$part.cl"
  done >"$source"

  mapfile -t sets < <(specialisations "$name")
  for set in "${sets[@]}"; do
    read -ra options <<<"$set"
    mapfile -t kernels < <(
      cc -E -P -x c -D__OPENCL_VERSION__=120 -DCLIF_LANES=1 "${options[@]}" "$source" |
        tr -s '[:space:]' ' ' | sed 's/__kernel /\n&/g' |
        sed -n 's/^__kernel [^{]*\bvoid \([A-Za-z0-9_]*\) *(.*/\1/p'
    )
    [ ${#kernels[@]} -gt 0 ] || failure "no kernel found in $files [$set]"
    for target in "${targets[@]}"; do
      # shellcheck disable=SC2086 # maker and device
      take $target
    done
  done
done < <(programs)

# ---- the report ------------------------------------------------------------------------------------

table() {
  printf '%s\n' "kernel|options|target|registers|occupancy|scratch, spills" "${rows[@]}" | awk -F '|' '
    { for (i = 1; i <= NF; i++) {
        cell[NR, i] = $i
        if (length($i) > width[i]) width[i] = length($i)
      } }
    END {
      for (r = 1; r <= NR; r++) {
        for (i = 1; i <= NF; i++) printf "| %-*s ", width[i], cell[r, i]
        print "|"
        if (r > 1) continue
        for (i = 1; i <= NF; i++) { printf "|"; for (k = -2; k < width[i]; k++) printf "-" }
        print "|"
      }
    }'
}

# A line for each tool that there is.
versions() {
  ! has "clang-$llvm" || "clang-$llvm" --version | sed -n '1s/.*\(clang version .*\)/\1/p'
  ! has ptxas || ptxas --version | sed -n 's/.*release.* V\(.*\)/ptxas \1/p'
  ! has "llvm-spirv-$llvm" || "llvm-spirv-$llvm" --version | sed -n 's/.*LLVM version/llvm-spirv/p'
  ! has spirv-val || spirv-val --version | sed -n '1s/\(SPIRV-Tools [^ ]*\).*/\1/p'
  has dpkg-query || return 0
  dpkg-query -W -f '${db:Status-Status} ${Package} ${Version}\n' \
    "libclc-$llvm" intel-opencl-icd intel-ocloc libigc1 2>/dev/null | sed -n 's/^installed //p' || true
}

summary() {
  local list
  list=$(printf ', %s' "${skipped[@]}")
  [ ${#skipped[@]} -gt 0 ] || list=', nothing'
  echo "$compiled compiled, $failed failed, skipped: ${list:2}"
}

if [ -n "$document" ]; then
  {
    cat <<'END'
# Kernels compiled for GPUs

Written by `ci/offline.sh --write docs/offline.md`; it needs no GPU and used none. Every kernel in
`cl/` is compiled as for a GPU, one neuron per work-item, in the specialisations that between them
take every branch. The script fails where a kernel does not compile, and where one keeps in memory
(scratch, spills) what belongs in registers.

Not shown by this: speed, and what the drivers of AMD and NVIDIA do, which bring compilers of their
own. Intel's `ocloc` is the compiler of its driver.

- options: without their `-DCLIF_`; `-` where there are none
- registers, per work-item: VGPRs (AMD), registers (NVIDIA); Intel: of a hardware thread, which runs
  as many work-items as its SIMD width
- occupancy: waves per SIMD that these registers allow (AMD only); at most 10 on gfx906, 8 on
  gfx90a, 16 on gfx1030 and gfx1100
- scratch, spills: `-` where there is no such thing; SPIR-V has no registers yet

END
    table
    if [ ${#reasons[@]} -gt 0 ]; then
      printf '\nSkipped:\n\n'
      printf -- '- %s\n' "${reasons[@]}"
    fi
    printf '\nWith:\n\n'
    versions | sed 's/^/- /'
    printf '\n%s\n' "$(summary)"
  } >"$document"
fi

table
echo
[ ${#reasons[@]} -eq 0 ] || printf 'skipped: %s\n' "${reasons[@]}"
summary
[ "$failed" = 0 ]
