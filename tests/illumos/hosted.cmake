# The hosted build: mvinit with its illumos files, compiled on Linux against include/ and linked to the stand-in kernel,
# and the stand-ins for the programs of an image. The tests run both in namespaces of their own.
if(NOT TARGET mvinit_plumb_illumos)
  file(GLOB plumb_illumos CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/plumb/*.cpp)
  list(FILTER plumb_illumos EXCLUDE REGEX "_linux\\.cpp$")
  add_library(mvinit_plumb_illumos OBJECT ${plumb_illumos})
  target_link_libraries(mvinit_plumb_illumos PRIVATE mvinit_pid1_flags)
  target_include_directories(mvinit_plumb_illumos BEFORE PRIVATE ${CMAKE_CURRENT_SOURCE_DIR}/include)
endif()

# illumos is given the select reactor, so it is here.
add_library(mvinit_select_loop OBJECT ${CMAKE_SOURCE_DIR}/init/loop.cpp)
target_link_libraries(mvinit_select_loop PRIVATE mvinit_pid1_flags)
target_compile_definitions(mvinit_select_loop PRIVATE BOOST_ASIO_DISABLE_EPOLL)

file(GLOB standin_kernel CONFIGURE_DEPENDS kernel/*.cpp)
add_executable(mvinit_illumos ${CMAKE_SOURCE_DIR}/init/main.cpp ${standin_kernel}
  $<FILTER:$<TARGET_OBJECTS:mvinit_init>,EXCLUDE,/loop\\.cpp>)
target_link_libraries(mvinit_illumos PRIVATE mvinit_flags mvinit_select_loop mvinit_plumb_illumos mvinit_conf)
target_include_directories(mvinit_illumos BEFORE PRIVATE include)
foreach(call open opendir fork waitpid closefrom sync _exit main)
  target_link_options(mvinit_illumos PRIVATE -Wl,--wrap=${call})
endforeach()

file(GLOB standin_commands CONFIGURE_DEPENDS commands/*.cpp)
add_executable(standin_commands ${standin_commands} kernel/machine.cpp)
# Static and without the sanitizers, as the probe of pid1.
target_compile_options(standin_commands PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O1)
target_link_options(standin_commands PRIVATE -static)

file(GLOB files CONFIGURE_DEPENDS test_*.py)
foreach(file ${files})
  get_filename_component(feature ${file} NAME_WE)
  string(REPLACE "test_" "" feature ${feature})
  add_test(NAME illumos.${feature} COMMAND ${Python3_EXECUTABLE} ${file})
  set_tests_properties(illumos.${feature} PROPERTIES LABELS illumos TIMEOUT 300 SKIP_RETURN_CODE 77
    ENVIRONMENT "MVINIT=$<TARGET_FILE:mvinit_illumos>;PROBE=$<TARGET_FILE:pid1_probe>;STANDIN=$<TARGET_FILE:standin_commands>;PYTHONDONTWRITEBYTECODE=1")
endforeach()
