# cmake -DOUTPUT=FILE.c -DSOURCES="a.cl;b.cl" -P EmbedKernels.cmake
# Writes the kernels as byte arrays: string literals are limited to 4095 characters in C11.
set(arrays "")
set(table "")
foreach(source IN LISTS SOURCES)
  get_filename_component(name "${source}" NAME_WE)
  file(READ "${source}" hex HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
  string(APPEND arrays "static const unsigned char ${name}_cl[] = {${bytes}0};\n")
  string(APPEND table "    {\"${name}\", (const char *)${name}_cl, sizeof ${name}_cl - 1},\n")
endforeach()
file(WRITE "${OUTPUT}"
  "/* made by cmake/EmbedKernels.cmake */\n#include \"core/kernel_sources.h\"\n${arrays}"
  "const struct clif__kernel_source clif__kernel_sources[] = {\n${table}    {NULL, NULL, 0}};\n")
