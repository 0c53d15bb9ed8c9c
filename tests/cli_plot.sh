#!/bin/sh
# clif plot as a stranger meets it: help, mistakes, exit codes; the terminal's pictures, dot by dot;
# gnuplot's, by their marks, pixels and sizes; and the numbers behind the figures of the README.
# usage: cli_plot.sh CLIF_PROGRAM SOURCE_DIRECTORY

# shellcheck source=tests/cli_functions.sh
. "${0%/*}/cli_functions.sh" || exit 2

# Without it pictures cannot be looked at, but everything else can.
command -v gnuplot >/dev/null && gnuplot_there=yes || gnuplot_there=
[ -n "$gnuplot_there" ] && skipped= || skipped="pictures (package gnuplot-nox)"

recordings() {
  # Spikes on the diagonal of 8 steps and 4 neurons; the second of two samples has none.
  { npy_head '|u1' '8, 2, 4' && repeat 2 \
    '\001\0\0\0\0\0\0\0\0\001\0\0\0\0\0\0\0\0\001\0\0\0\0\0\0\0\0\001\0\0\0\0'; } >diagonal.npy
  { npy_head '|u1' '8, 4' && zeros 32; } >silent.npy
  { npy_head '<u4' '8, 1, 2' && zeros 64; } >bits.npy
  { npy_head '<f4' '4, 1' && repeat 4 '\000\000\300\177'; } >nan.npy
  { npy_head '<f4' '4,' && zeros 8 && repeat 2 '\000\000\200\077'; } >step.npy # 0 0 1 1
  # The same 4 numbers as the other types hold them.
  { npy_head '<f8' '4, 1, 1' && zeros 16 && repeat 2 '\000\000\000\000\000\000\360\077'; } >double.npy
  { npy_head '<i8' '4, 1' && zeros 16 && repeat 2 '\001\000\000\000\000\000\000\000'; } >long.npy
  "$clif" lif --neurons 1 --input const:1.5 --quiet --spikes one.npy --record-v one_v.npy \
    --record-v-pre one_v_pre.npy --record-th one_th.npy || exit 1
  "$clif" lif --preset seed --input uniform:0,1 --quiet --spikes many.npy --record-v many_v.npy || exit 1
}

wrong_usage() {
  refuses 2 'what to draw is missing' plot
  refuses 2 "what to draw is traces, .* or stack, not 'bars'" plot bars one.npy
  refuses 2 "'raster' needs a file" plot raster
  refuses 2 "'b.npy' is one word too many" plot raster a.npy b.npy
  refuses 2 'empty name' plot raster ''
  refuses 2 "'--colour'" plot raster one.npy --colour
  refuses 2 "'--title' needs a value" plot raster one.npy --title
  refuses 2 "'--dark=1' takes no value" plot raster one.npy --dark=1
  for value in '' a 1: 1:a -1 1.5 : 1:2:3 99999999999999999999; do
    case $value in 1:) continue ;; esac # an open range
    refuses 2 "--neurons is a number, or A:B .* not '$value'" plot raster one.npy --neurons "$value"
    refuses 2 "--steps is a number, or A:B .* not '$value'" plot raster one.npy --steps "$value"
  done
  refuses 2 '--neurons 5:5 selects nothing' plot raster one.npy --neurons 5:5
  refuses 2 '--steps 5:2 selects nothing' plot raster one.npy --steps 5:2
  for value in '' a -1 1.5; do refuses 2 "--sample is .*'$value'" plot raster one.npy --sample "$value"; done
  for value in '' 100 100x 239x400 400x239 400x10001 1e3x400 x; do
    refuses 2 "--size is WIDTHxHEIGHT .*'$value'" plot raster one.npy --size "$value"
  done
  for value in 0 -1 nan inf '' x; do refuses 2 "--dt is .*'$value'" plot raster one.npy --dt "$value"; done
  refuses 2 "--threshold is .*'x'" plot traces one.npy --threshold x
  refuses 2 "--window is .*'0'" plot rates one.npy --window 0
  refuses 2 "--format is png, svg or pdf, not 'gif'" plot raster one.npy --format gif
  refuses 2 "'x.gif' ends in neither" plot raster one.npy --out x.gif
  refuses 2 "'png' ends in neither" plot raster one.npy --out png
  refuses 2 '--out - needs --format' plot raster one.npy --out -
  for option in --title --label --unit; do
    refuses 2 "$option is text without control" plot traces one.npy "$option" "$(printf 'a\nb')"
  done
}

# An option that could have no effect, and a stack that makes no sense.
wrong_together() {
  for option in --th --v-pre --spikes --threshold; do
    refuses 2 "$option has no effect without traces" plot raster one.npy "$option" 1
    refuses 2 "$option has no effect without traces" plot stack raster=one.npy "$option" 1
  done
  refuses 2 '--th and --threshold exclude' plot traces one_v.npy --th one_th.npy --threshold 1
  refuses 2 '--window has no effect' plot traces one.npy --window 2
  refuses 2 '--label has no effect' plot raster one.npy --label x
  refuses 2 'write PANEL:LABEL=FILE' plot stack raster=one.npy --label x
  for option in '--out x.png' '--format png'; do
    # shellcheck disable=SC2086
    refuses 2 'leave out --out and --format' plot raster one.npy --preview $option
  done
  for option in '--size 300x300' --dark '--title x'; do
    # shellcheck disable=SC2086
    refuses 2 'no effect with --preview' plot raster one.npy --preview $option
  done
  for option in '--label x' '--threshold 1' '--th one.npy' '--v-pre one.npy' '--spikes one.npy'; do
    # shellcheck disable=SC2086
    refuses 2 'no effect with --preview' plot traces one.npy --preview $option
  done
  refuses 2 "'stack' needs a file" plot stack
  for value in one.npy raster raster= verylongpanelname=one.npy; do
    refuses 2 "'$value' is no panel" plot stack "$value"
  done
  refuses 2 "a panel is traces, input, raster or counts, not 'dots'" plot stack dots=one.npy
  refuses 2 'one panel of traces' plot stack traces=one_v.npy traces=one_v.npy
  r=raster=one.npy
  refuses 2 'one panel too many; 8 fit' plot stack $r $r $r $r $r $r $r $r $r
  refuses 2 'longer than 63 bytes' plot stack \
    raster:1234567890123456789012345678901234567890123456789012345678901234=one.npy
  refuses 2 'text without control' plot stack "raster:$(printf 'a\nb')=one.npy"
}

wrong_files() {
  refuses 1 "'no-such.npy'" plot raster no-such.npy
  refuses 1 'directory' plot raster .
  refuses 2 'is a model' plot raster "$source/examples/digits/digits.nir"
  refuses 2 'standard input can be one' plot traces - --spikes -
  echo "not an array" >text
  refuses 1 "'text'" plot raster text
  refuses 1 'no-such-dir' plot raster one.npy --out no-such-dir/x.png
  refuses 1 'directory' plot raster one.npy --out . --format png
  cp one.npy copy.npy
  refuses 2 "'copy.npy' would be overwritten" plot raster copy.npy --out ./copy.npy --format png
  refuses 1 "'bits.npy' is uint32, as spikes in bits" plot raster bits.npy
  refuses 1 "--sample 2 .* \(8, 2, 4\), which has 2" plot raster diagonal.npy --sample 2
  refuses 1 "--neurons 4 .*has 4 neurons; the last one is 3" plot raster diagonal.npy --neurons 4
  refuses 1 "--neurons 2:5 .*has 4 neurons" plot raster diagonal.npy --neurons 2:5
  refuses 1 "--steps 8: .*has 8 steps; the last one is 7" plot raster diagonal.npy --steps 8:
  refuses 1 "'many.npy' has 100 steps of 1000 .* 8 of 4; bring files of one run" \
    plot traces silent.npy --spikes many.npy
  refuses 1 "'one.npy' has 100 steps and 'silent.npy' has 8, but a stack has one time axis" \
    plot stack raster=one.npy raster=silent.npy
  for kind in traces heatmap; do
    refuses 1 "'nan.npy' has no finite number" plot $kind nan.npy --preview
  done
  refuses 1 'no neuron fires twice in steps 0 to 7' plot isi silent.npy --preview
  refuses 1 'no neuron fires twice in steps 0 to 42' plot isi one.npy --steps :43 --preview
}

# A picture that cannot be made leaves no file and says what is wrong with gnuplot.
without_gnuplot() {
  mkdir none broken lazy mute
  printf '#!/bin/sh\necho "line 1: it went wrong" >&2\nexit 3\n' >broken/gnuplot
  printf '#!/bin/sh\ncat >/dev/null\n' >lazy/gnuplot
  # shellcheck disable=SC2016
  printf '#!/bin/sh\nkill -9 $$\n' >mute/gnuplot
  chmod +x ./*/gnuplot
  # shellcheck disable=SC2123
  for case in "none:is not there; install gnuplot-nox .apt-get install gnuplot-nox" \
    "broken:gnuplot failed on 'raster.png' .line 1: it went wrong" \
    "lazy:'raster.png' was cut short" "mute:killed by signal 9"; do
    before=$PATH
    if [ "${case%%:*}" = none ]; then PATH=$PWD/none; else PATH=$PWD/${case%%:*}:$PATH; fi
    "$clif" plot raster one.npy >stdout 2>stderr </dev/null
    code=$?
    PATH=$before
    expect_code 1 "a gnuplot that is ${case%%:*}"
    expect_line stderr "^clif: .*${case#*:}" "a gnuplot that is ${case%%:*}"
    [ "$(wc -l <stderr)" -eq 1 ] || fail "a gnuplot that is ${case%%:*}" "one line" "$(cat stderr)"
    expect_empty stdout "a gnuplot that is ${case%%:*}"
    [ -z "$(find . -name 'raster.png*')" ] ||
      fail "a gnuplot that is ${case%%:*}" "no file" "$(find . -name 'raster.png*')"
  done
}

# ---- the terminal ----

preview() { # EXPECTED ARGUMENT...
  wanted_text=$1
  shift
  COLUMNS=80 "$clif" plot "$@" --preview >stdout 2>stderr </dev/null
  code=$?
  expect_code 0 "clif plot $* --preview"
  printf '%s\n' "$wanted_text" >wanted_preview
  expect_same stdout wanted_preview "clif plot $* --preview"
}

previews() {
  preview "diagonal.npy: spikes of neurons 0 to 3, sample 0
       3 ⡠⠊⡠⠊
         0 time (steps)  7" raster diagonal.npy
  preview "diagonal.npy: spikes of neurons 1 to 2, sample 0
       2 ⠊⠀
         0.5 time (ms)  2" raster diagonal.npy --neurons 1:3 --steps 1:5 --dt 0.5 --unit ms
  # 128 neurons that fire all the time are black, however many share a dot.
  { npy_head '|u1' '2, 128' && repeat 256 '\001'; } >black.npy
  preview "black.npy: spikes of neurons 0 to 127, sample 0
     127 ⣿$(repeat 14 '\n         ⣿')
       0 ⣿
         0 time (steps)  1" raster black.npy
  preview "step.npy: numbers of neurons 0 to 0, sample 0
       1 ⠀⡏
         ⠀⡇
         ⠀⡇
         ⠀⡇
         ⠀⡇
         ⠀⡇
         ⠀⡇
         ⠀⡇
         ⠀⡇
       0 ⣀⡇
         0 time (steps)  3" traces step.npy
  preview "step.npy: numbers of neurons 0 to 0, sample 0
         from 0 (' ') to 1 ('█')
       0   ██" heatmap step.npy
  preview "one.npy: intervals in steps of neurons 0 to 0, sample 0
       1  0
       3  0
       5  0
       7  0
       9  0
      11  0
      13  0
      15  0
      17  0
      19  0
      21 ██████████████████████████████████████████████████ 3" isi one.npy
  COLUMNS=80 "$clif" plot traces step.npy --preview | tail -n +2 >expected
  for file in double long; do
    COLUMNS=80 "$clif" plot traces $file.npy --preview | tail -n +2 >other
    expect_same other expected "the numbers of $file.npy"
  done
  # However wide the terminal, no line is wider; 100 steps need 50 characters.
  for columns in 30 60 500; do
    COLUMNS=$columns "$clif" plot stack raster=many.npy traces=many_v.npy counts=many.npy --preview >stdout
    longest=$(grep -v : stdout | LC_ALL=C.UTF-8 wc -L)
    [ "$columns" -le 60 ] || columns=60
    [ "$longest" -le "$columns" ] ||
      fail "--preview in $columns columns" "lines that fit" "$longest characters"
  done
  run plot rates many.npy --preview
  expect_line stdout '^many.npy: rate per step of neurons 0 to 999' "rates on the terminal"
  "$clif" lif --neurons 3 --spikes - --quiet | "$clif" plot raster - --preview >stdout 2>stderr
  expect_line stdout '^/dev/stdin: spikes of neurons 0 to 2, sample 0' "a recording through a pipe"
}

# ---- gnuplot's pictures ----

number_at() { od -An -v -tu1 -j"$2" -N4 "$1" | awk '{ print (($1 * 256 + $2) * 256 + $3) * 256 + $4 }'; }

# x y red green blue of all pixels
pixels() { # FILE
  printf 'set table\nplot "%s" binary filetype=png with rgbimage\n' "$1" | gnuplot --default-settings |
    awk '$7 == "i" { print $1, $2, $3, $4, $5 }'
}

expect_png() { # FILE WIDTH HEIGHT PAPER
  [ "$(head -c 8 "$1" | od -An -v -tx1 | tr -d ' ')" = 89504e470d0a1a0a ] ||
    fail "$1" "a PNG" "$(head -c 8 "$1" | od -An -tx1)"
  [ "$(number_at "$1" 16)x$(number_at "$1" 20)" = "$2x$3" ] ||
    fail "$1" "$2x$3" "$(number_at "$1" 16)x$(number_at "$1" 20)"
  pixels "$1" | awk -v paper="$4" '
    { n++; if ($3 " " $4 " " $5 == paper) empty++; else if (!colours[$3 " " $4 " " $5]++) different++ }
    END { exit !(n > 0 && empty > n / 20 && n - empty > n / 500 && different > 3) }' ||
    fail "$1" "a ground of $4 and something on it" "$(pixels "$1" | cut -d' ' -f3-5 | sort | uniq -c | head)"
}

# What an SVG has for one plot of a panel: 1a, 2a ... in the first, 1b in the second.
part_of() { # FILE PART
  awk -v part="id=\"gnuplot_plot_$2\"" '
    index($0, part) { inside = 1 }
    inside { print; depth += gsub(/<g /, "") - gsub(/<\/g>/, ""); if (depth == 0) exit }' "$1"
}

# Upper ends of the marks that a part of an SVG draws: x y, a line each.
marks() { # FILE PART
  part_of "$1" "$2" | grep -o 'M[0-9.]*,[0-9.]* L[0-9.]*,[0-9.]*' | tr 'ML,' '   ' |
    awk '$1 == $3 { print $1, $4 }'
}

# The steps that the marks of a picture of 900 pixels stand at.
steps_of_marks() { # FILE PART STEPS
  marks "$1" "$2" | awk -v steps="$3" '{ printf "%.2f\n", ($1 - 74) / (882 - 74) * steps - 0.5 }' |
    sed 's/\.00$//' | paste -sd' ' -
}

traces() {
  succeeds plot traces one_v.npy --v-pre one_v_pre.npy --spikes one.npy --threshold 1 --out t.svg
  expect_line stdout '^input    one_v.npy \(100, 1, 1\) float32$' "the report"
  expect_line stdout '^drawn    steps 0 to 99, neurons 0 to 0, sample 0$' "the report"
  expect_line stdout '^drawn    .*; 4 spikes, rate 0.040000 per neuron and step$' "the report"
  expect_line stdout '^picture  t.svg, 900x420$' "the report"
  [ "$(steps_of_marks t.svg 1b 100)" = "21 43 65 87" ] ||
    fail "marks of spikes" "21 43 65 87" "$(steps_of_marks t.svg 1b 100)"
  for word in 'neuron 0' threshold spikes 'membrane potential' 'time (steps)'; do
    expect_line t.svg ">($(echo "$word" | sed 's/[()]/\\&/g'))<" "$word in the picture"
  done
  # Up to the threshold line only with v before the reset: the highest point of the curve, which
  # begins behind the sample of the legend, lies above the line.
  peak() {
    awk '/id="gnuplot_plot_1a"/ { inside = 1 } /id="gnuplot_plot_2a"/ { inside = 0 } inside' "$1" |
      grep -o 'L[0-9.]*,[0-9.]*' | sed 1d | tr -d L | cut -d, -f2 | sort -n | head -n 1
  }
  line() {
    awk '/id="gnuplot_plot_2a"/ { inside = 1 } inside' "$1" | grep -o 'L[0-9.]*,[0-9.]*' | sed 1d |
      head -n 1 | cut -d, -f2
  }
  echo "$(peak t.svg) $(line t.svg)" | awk '{ exit !(NF == 2 && $1 < $2) }' ||
    fail "v before the reset" "a peak above the line" "$(peak t.svg) and $(line t.svg)"
  succeeds plot traces one_v.npy --threshold 1 --out t.svg
  echo "$(peak t.svg) $(line t.svg)" | awk '{ exit !(NF == 2 && $1 > $2) }' ||
    fail "v after the reset" "no peak above the line" "$(peak t.svg) and $(line t.svg)"
  succeeds plot traces one_v.npy --th one_th.npy --out t.svg --label 'v (mV)' --dt 0.5 --unit ms
  for word in threshold 'v \(mV\)' 'time \(ms\)'; do expect_line t.svg ">$word<" "$word in the picture"; done
  # As many curves as can be told apart, then thin ones, then bands.
  for case in '0:7 >6<' '0:8 >mean<' '0:30 >mean<' '0:31 >median<' ': >25 to 75 %<'; do
    [ "${case%% *}" = : ] && selected= || selected="--neurons ${case%% *}"
    # shellcheck disable=SC2086
    succeeds plot traces many_v.npy $selected --out t.svg
    expect_line t.svg "${case#* }" "neurons ${case%% *}"
  done
  # 31 constant neurons, 0 to 30: their quantiles 5, 25, 50, 75 and 95 % are 2, 8, 15, 23 and 29.
  i=0
  { npy_head '|u1' '2, 31' && while [ $i -lt 62 ]; do
    # shellcheck disable=SC2059
    printf "\\$(printf %03o $((i % 31)))"
    i=$((i + 1))
  done; } >ladder.npy
  succeeds plot traces ladder.npy --out l.svg
  { part_of l.svg 1a && part_of l.svg 2a; } | grep -o "points = '[^']*'" | sed -n '2p;4p' |
    awk '{ split($4, a, ","); split($6, b, ","); print a[2]; print b[2] }' >levels # low and high, twice
  part_of l.svg 3a | grep -o 'L[0-9.]*,[0-9.]*' | tail -n 1 | cut -d, -f2 >>levels
  awk '{ y[NR] = $1 } END { unit = (y[1] - y[2]) / 27
    split("2 29 8 23 15", wanted); for (i in wanted) if ((2 + (y[1] - y[i]) / unit - wanted[i]) ^ 2 > 1e-4) bad++
    exit NR != 5 || bad }' levels || fail "quantiles" "2 29 8 23 15" "levels: $(paste -sd' ' levels)"
  refuses 1 'for 30 neurons at most, not for 1000' plot traces many_v.npy --spikes many.npy
}

rasters() {
  # 7 columns of a tenth of the width less: marks are at their step and neuron.
  succeeds plot raster diagonal.npy --out r.svg --size 900x600
  marks r.svg 1a >found
  [ "$(wc -l <found)" -eq 8 ] || fail "marks of a diagonal" 8 "$(cat found)"
  awk '{ x[NR] = $1; y[NR] = $2 }
    END { for (i = 1; i < NR; i++) if ((x[i + 1] - x[i] - (x[NR] - x[1]) / 7) ^ 2 > 0.01) bad++
      for (i = 1; i <= 4; i++) if (y[i] != y[i + 4] || (i > 1 && y[i] >= y[i - 1])) bad++
      exit bad > 0 }' found || fail "places of a diagonal" "equal steps, rising neurons" "$(cat found)"
  for word in neuron rate '\(per step\)' 'time \(steps\)'; do expect_line r.svg ">$word<" "a raster's words"; done
  succeeds plot raster diagonal.npy --sample 1 --out r.svg
  [ -z "$(marks r.svg 1a)" ] || fail "marks of silent neurons" none "$(marks r.svg 1a)"
  # As many marks as spikes while there is room; thousands of neurons are a picture of density.
  succeeds plot raster many.npy --neurons :100 --out r.svg --dt 1 --unit ms
  spikes=$(sed -n 's/^drawn .*; \([0-9]*\) spikes.*/\1/p' stdout)
  [ "$(marks r.svg 1a | wc -l)" -eq "$spikes" ] ||
    fail "marks of 100 neurons" "$spikes" "$(marks r.svg 1a | wc -l)"
  expect_line r.svg '>rate \(Hz\)<|>\(Hz\)<' "a rate in Hz"
  expect_line r.svg '>200<' "0.23 spikes per ms in Hz"
  succeeds plot raster many.npy --out r.svg
  expect_line r.svg '<image ' "the density of 1000 neurons"
  [ "$(marks r.svg 1a | wc -l)" -eq 0 ] || fail "1000 neurons" "no marks" "$(marks r.svg 1a | wc -l)"
  succeeds plot raster many.npy --out big.png
  expect_png big.png 900 620 '255 255 255'
}

# Every kind, light and dark, small and large.
kinds() {
  for case in 'traces many_v.npy 420' 'raster many.npy 620' 'heatmap many_v.npy 480' \
    'rates many.npy 620' 'isi many.npy 420' 'stack raster=many.npy 300'; do
    # shellcheck disable=SC2086
    set -- $case
    rm -f "$1.png"
    succeeds plot "$1" "$2"
    expect_line stdout "^picture  $1.png, " "the default name of $1"
    [ "$1" = isi ] && wide=720 || wide=900
    expect_png "$1.png" "$wide" "$3" '255 255 255'
    succeeds plot "$1" "$2" --neurons 0:5 --dark --out dark.png --size 360x300 --title 'A title'
    expect_png dark.png 360 300 '22 24 28'
    succeeds plot "$1" "$2" --neurons 0:12 --out large.PNG --size 1500x800 --quiet
    expect_empty stdout "--quiet"
    expect_png large.PNG 1500 800 '255 255 255'
    succeeds plot "$1" "$2" --out p.pdf --size 960x480
    expect_line p.pdf '^%PDF-' "a PDF of $1"
    expect_line p.pdf '/MediaBox \[ 0 0 720 360 \]' "the size of a PDF of $1"
  done
  # One row, one column and one cell are drawn as well: colours, not greys, left of the scale.
  for select in '--neurons 5' '--steps 7' '--neurons 5 --steps 7'; do
    # shellcheck disable=SC2086
    succeeds plot heatmap many_v.npy $select --out h.png
    pixels h.png | awk '$1 > 80 && $1 < 780 && $3 != $4 { n++ } END { exit !(n > 100000) }' ||
      fail "a heat map with $select" "its colours" "few of them"
  done
  # The numbers of the intervals are those that clif lif reports.
  succeeds plot isi many.npy --out i.svg
  expect_line i.svg ">$("$clif" lif --preset seed --input uniform:0,1 |
    sed -n 's/^interval \([0-9]*\), mean \([0-9.]*\) steps, standard deviation \([0-9.]*\),.*/\1 intervals, mean \2, standard deviation \3/p')<" \
    "the intervals"
}

# One time axis: the same step stands at the same place in every panel.
stacks() {
  succeeds plot stack raster=one.npy traces=one_v.npy 'input:my current=one_v.npy' counts=one.npy \
    --spikes one.npy --out s.svg --size 900x600
  for part in 1a 1c; do
    [ "$(steps_of_marks s.svg $part 100)" = "21 43 65 87" ] ||
      fail "marks of part $part" "21 43 65 87" "$(steps_of_marks s.svg $part 100)"
  done
  for word in 'my current' 'spikes so far' 'neuron 0: 4 spikes'; do
    expect_line s.svg ">$word<" "$word in a stack"
  done
  # The counts rise where the spikes are, one at a time.
  part_of s.svg 1e | tr -d '\n\t' | grep -o '[ML][0-9.]*,[0-9.]*' | tr 'ML,' '   ' | awk '
    $1 == x { printf "%.0f %s\n", ($1 - 74) / (882 - 74) * 100 - 0.5, y - $2 } { x = $1; y = $2 }' >rises
  awk 'NR == 1 { first = $2 } ($2 - first) ^ 2 > 0.001 || $2 <= 0 { bad++ } { at = at " " $1 }
    END { exit bad || at != " 21 43 65 87" }' rises ||
    fail "counts" "one more at 21, 43, 65 and 87" "$(cat rises)"
  [ "$(grep -c '>time (steps)<' s.svg)" -eq 1 ] ||
    fail "a stack" "one time axis" "$(grep -c '>time (steps)<' s.svg)"
  refuses 1 'do not fit into 300x240 pixels' plot stack raster=one.npy traces=one_v.npy \
    counts=one.npy input=one_v.npy --size 300x240
}

# Names and titles that would be commands elsewhere.
strange_names() {
  name="it's \"a\" \$(touch hit) \`touch hit\`.svg"
  # shellcheck disable=SC2016
  title='It'"'"'s {a} _b ^c "d" `touch hit` \n <e> & @f %g'
  succeeds plot raster one.npy --out "$name" --title "$title" --unit "m's"
  [ -s "$name" ] || fail "a strange name" "$name" "$(ls)"
  [ ! -e hit ] || fail "a strange name" "no command" "a command was run"
  # shellcheck disable=SC2016
  grep -Fq '>It'"'"'s {a} _b ^c "d" `touch hit` \n &lt;e> &amp; @f %g<' "$name" ||
    fail "a strange title" "its words as they are" "$(grep "It's" "$name")"
  # A long title becomes smaller, a letter of two bytes is one letter.
  for title in "$(printf '%0150d' 0)" "$(printf '%0140d\302\265' 0)"; do
    succeeds plot raster one.npy --out s.svg --title "$title"
    sed -n "/<text>$title</{x;p};x" s.svg | grep -o 'font-size="[0-9.]*"' | tr -cd '0-9.\n' >size
    awk '{ exit !(NR == 1 && $1 > 5 && $1 < 12) }' size || fail "a long title" "small letters" "$(cat size)"
  done
  cp one.npy "it's.npy"
  succeeds plot stack "raster:it's=it's.npy" --out s.svg
  expect_line s.svg ">it's<" "a strange label"
}

streams() {
  # A link stays one, as /dev/stdout is: else the next command would replace that.
  echo old >target.png
  ln -s target.png link.png
  succeeds plot raster one.npy --out link.png
  if [ ! -L link.png ]; then
    fail "a picture through a link" "a link" "$(ls -l link.png)"
    return
  fi
  expect_png target.png 900 620 '255 255 255'
  "$clif" plot raster one.npy --out - --format png >piped.png 2>stderr
  expect_png piped.png 900 620 '255 255 255'
  expect_line stderr '^picture  /dev/stdout, 900x620$' "the report beside --out -"
  "$clif" lif --neurons 1 --record-v - --quiet | "$clif" plot traces - --out piped.svg >stdout 2>stderr
  expect_line piped.svg '</svg>' "a recording through a pipe"
  echo old >old.png
  chmod 640 old.png
  succeeds plot raster one.npy --out old.png
  expect_png old.png 900 620 '255 255 255'
  [ "$(stat -c %a old.png)" = 640 ] || fail "a picture in place of another" 640 "$(stat -c %a old.png)"
  if [ -c /dev/full ]; then
    "$clif" plot raster one.npy --out - --format png >/dev/full 2>stderr
    code=$?
    expect_code 1 "a picture that cannot be written"
  fi
  # What a user has set for gnuplot changes nothing.
  succeeds plot raster one.npy --out a.svg
  mkdir home
  echo 'set terminal dumb; set xrange [0:1]; set title "mine"' >home/.gnuplot
  HOME=$PWD/home "$clif" plot raster one.npy --out b.svg --quiet
  expect_same b.svg a.svg "a .gnuplot of the user"
}

# ---- the figures of the README ----

floats() { payload "$1" "$2" | od -An -v -tf4 -w"$3"; } # FILE BYTES BYTES-A-LINE

spike_times() { payload "$1" "$2" | od -An -v -tu1 -w1 | awk '$1 { print NR - 1 }' | paste -sd' ' -; }

near() { # WHAT WANTED GOT
  echo "$2 $3" | awk '{ exit !(NF == 2 && ($1 - $2) ^ 2 < 1e-6) }' || fail "$1" "$2" "$3"
}

figure_neurons() {
  [ "$(spike_times rec/neuron.spikes.npy 100)" = "21 43 65 87" ] ||
    fail "the spikes of neuron.png" "21 43 65 87" "$(spike_times rec/neuron.spikes.npy 100)"
  floats rec/neuron.v.npy 400 4 >v
  near "v at step 0" 0.075 "$(sed -n 1p v)"
  near "v at step 99" 0.689 "$(sed -n 100p v | awk '{ printf "%.3f", $1 }')"
  [ "$(spike_times rec/relu.spikes.npy 50)" = 48 ] ||
    fail "the spike of relu.png" 48 "$(spike_times rec/relu.spikes.npy 50)"
  floats rec/relu.v.npy 200 4 >v
  near "v at step 47" 0.956 "$(sed -n 48p v | awk '{ printf "%.3f", $1 }')"
  floats rec/relu.input.npy 200 4 | awk '{ x = -1 + 3 * (NR - 1) / 49; if (x < 0) x = 0
    if (($1 - x) ^ 2 > 1e-10) bad++ } END { exit NR != 50 || bad }' ||
    fail "the input of relu.png" "max(0, -1 .. 2)" "$(floats rec/relu.input.npy 200 40)"
}

# Ten neurons: the noise has the strength of the recipe, and each neuron fires once or not at all,
# near step 48. The membranes follow from the input.
figure_noise() {
  floats rec/noise.input.npy 2000 40 >input
  awk 'NR <= 17 { for (i = 1; i <= 10; i++) { n++; s += $i; q += $i * $i } }
    END { sd = sqrt(q / n - (s / n) ^ 2); exit !(n == 170 && sd > 0.4 && sd < 0.6) }' input ||
    fail "the noise of noise.png" "a standard deviation of 0.5" "$(head -n 17 input)"
  floats rec/noise.v_pre.npy 2000 40 | paste input - | awk '
    { for (i = 1; i <= 10; i++) { v[i] += ($i - v[i]) / 20; if ((v[i] - $(10 + i)) ^ 2 > 1e-10) bad++
        if (v[i] >= 1) v[i] = 0 } } END { exit NR != 50 || bad }' ||
    fail "noise.png" "membranes of its input" "other ones"
  payload rec/noise.spikes.npy 500 | od -An -v -tu1 -w10 | awk '
    { for (i = 1; i <= 10; i++) if ($i) { n[i]++; at[++spikes] = NR - 1 } }
    END { for (i in n) if (n[i] > 1) bad++
      exit !(NR == 50 && !bad && spikes >= 5 && at[1] >= 44) }' ||
    fail "the spikes of noise.png" "at most one each, from step 44 on" "$(spike_times rec/noise.spikes.npy 500)"
}

# The threshold moves by 0.05 at a spike, and else by that share of its way back to 1.
figure_stochastic() {
  payload rec/stochastic.spikes.npy 130 | od -An -v -tu1 -w1 >spikes
  floats rec/stochastic.th.npy 520 4 | paste spikes - | awk 'BEGIN { th = 1 }
    { th += $1 ? 0.05 : -0.05 * (th - 1); if ((th - $2) ^ 2 > 1e-9) bad++; if (NR > 30) shown += $1
      if (NR > 30 && ($2 < 1 || $2 > 2)) bad++ }
    END { exit !(NR == 130 && !bad && shown >= 22 && shown <= 50) }' ||
    fail "stochastic.png" "the rule of the threshold, 22 to 50 spikes" "$(paste -sd' ' spikes)"
}

# Three standard errors about the rate of the original.
figure_seed() {
  payload rec/seed.spikes.npy 10000 | od -An -v -tu1 -w100 |
    awk '{ for (i = 1; i <= 100; i++) n += $i } END { exit !(NR == 100 && n > 2214 && n < 2466) }' ||
    fail "the density of seed.png" "0.234" "$(payload rec/seed.spikes.npy 10000 | od -An -v -tu1 | tr -cd 1 | wc -c) of 10000"
}

# Sample 2 is a 4, and so say 12 spikes against 5 for a 7.
figure_digits() {
  [ "$(od -An -td8 -j144 -N8 "$source/examples/digits/labels.npy" | tr -d ' ')" = 4 ] ||
    fail "the label of sample 2" 4 "another"
  counts=$(payload rec/digits.npy 90000 | od -An -v -tu1 -w3600 | awk '
    { for (i = 1; i <= 10; i++) n[i] += $(20 + i) } END { for (i = 1; i <= 10; i++) printf "%d ", n[i] }')
  [ "$counts" = "0 0 0 0 12 0 0 5 0 0 " ] ||
    fail "the counts of digits.png" "12 of a 4, 5 of a 7" "$counts"
  # Reset by the threshold of 1: what is drawn as a peak is above it where there is a spike.
  floats rec/output_v_pre.npy 360000 14400 | awk '{ for (i = 1; i <= 10; i++) if ($(20 + i) >= 1) n++ }
    END { exit n != 17 }' || fail "the peaks of digits.png" "17 above the threshold" "others"
}

figures() {
  (cd "$source" && examples/figures.sh "$clif" "$work/pic" "$work/rec") >stdout 2>stderr </dev/null
  code=$?
  expect_code 0 "examples/figures.sh"
  figure_neurons
  figure_noise
  figure_stochastic
  figure_seed
  figure_digits
  for figure in neuron:900:420 relu:900:490 noise:900:680 stochastic:900:420 seed:900:620 digits:900:870; do
    name=${figure%%:*}
    size=${figure#*:}
    expect_png "pic/$name.png" "${size%:*}" "${size#*:}" '255 255 255'
    expect_png "$source/docs/figures/$name.png" "${size%:*}" "${size#*:}" '255 255 255'
    expect_line "$source/README.md" "docs/figures/$name.png" "the README"
  done
}

recordings
wrong_usage
wrong_together
wrong_files
without_gnuplot
previews
if [ -n "$gnuplot_there" ]; then
  try_examples plot
  traces
  rasters
  kinds
  stacks
  strange_names
  streams
  figures
fi
finish
