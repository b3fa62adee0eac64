# Cross-compiles mvinit for illumos with a GCC for it and a sysroot: headers and libraries of an illumos, the older the
# better (its libc is the oldest that mvinit will then run on; December 2018, ILLUMOS_0.29, is what mvinit keeps to).
#   MVINIT_ILLUMOS_SYSROOT  the directory that has usr/include and lib/amd64 (cache or environment)
#   MVINIT_ILLUMOS_PREFIX   what stands before g++ in the compiler's name, with its directory if it is not on PATH
# A sysroot without libraries is enough to compile: build the targets mvinit_conf, mvinit_plumb and mvinit_init.
set(CMAKE_SYSTEM_NAME SunOS)
set(CMAKE_SYSTEM_VERSION 5.11)

foreach(name MVINIT_ILLUMOS_SYSROOT MVINIT_ILLUMOS_PREFIX)
  if(NOT ${name} AND DEFINED ENV{${name}})
    set(${name} $ENV{${name}})
  endif()
endforeach()
if(NOT MVINIT_ILLUMOS_PREFIX)
  set(MVINIT_ILLUMOS_PREFIX x86_64-pc-solaris2.11-)
endif()
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES MVINIT_ILLUMOS_SYSROOT MVINIT_ILLUMOS_PREFIX)

if(NOT MVINIT_ILLUMOS_SYSROOT)
  message(FATAL_ERROR "no sysroot: unpack one (the illumos project publishes illumos/sysroot) and name its directory by "
                      "-DMVINIT_ILLUMOS_SYSROOT=DIR or in the environment")
endif()
if(NOT EXISTS "${MVINIT_ILLUMOS_SYSROOT}/usr/include/sys/contract/process.h")
  message(FATAL_ERROR "${MVINIT_ILLUMOS_SYSROOT} is no sysroot of illumos: usr/include/sys/contract/process.h is not "
                      "in it; MVINIT_ILLUMOS_SYSROOT is to name the directory that has usr and lib")
endif()
find_program(MVINIT_ILLUMOS_CXX "${MVINIT_ILLUMOS_PREFIX}g++" NO_CMAKE_FIND_ROOT_PATH)
if(NOT MVINIT_ILLUMOS_CXX)
  message(FATAL_ERROR "${MVINIT_ILLUMOS_PREFIX}g++ was not found: put its directory on PATH, or name it by "
                      "-DMVINIT_ILLUMOS_PREFIX=/opt/cross/bin/x86_64-pc-solaris2.11-; GCC 12 with "
                      "--target=x86_64-pc-solaris2.11 --with-sysroot=DIR --with-gnu-as --with-gnu-ld is what was used")
endif()

set(MVINIT_ILLUMOS_SYSROOT "${MVINIT_ILLUMOS_SYSROOT}" CACHE PATH "headers and libraries of an illumos")
set(MVINIT_ILLUMOS_PREFIX "${MVINIT_ILLUMOS_PREFIX}" CACHE STRING "what stands before g++ in the cross compiler's name")

string(REGEX REPLACE "^(.*/)?([a-z0-9_]+)-[^/]*$" "\\2" CMAKE_SYSTEM_PROCESSOR "${MVINIT_ILLUMOS_PREFIX}")
set(CMAKE_SYSROOT "${MVINIT_ILLUMOS_SYSROOT}")
set(CMAKE_CXX_COMPILER "${MVINIT_ILLUMOS_CXX}")
# Only compiled, as a sysroot may have no libraries.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
