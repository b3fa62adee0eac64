# The stand-ins for the programs of an image, and the tests that run mvinit_illumos in one, in namespaces of its own.
if(MVINIT_STATIC)
  return()
endif()
file(GLOB standin_commands CONFIGURE_DEPENDS commands/*.cpp)
add_executable(standin_commands ${standin_commands} kernel/machine.cpp)
# Static and without the sanitizers, as the probe of pid1.
target_compile_options(standin_commands PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -O1)
target_link_options(standin_commands PRIVATE -static)

# Contracts used by hand, to try the stand-in kernel and init without mvinit.
add_executable(probe_contracts probe_contracts.cpp ${kernel_sources})
target_link_libraries(probe_contracts PRIVATE mvinit_flags)
target_include_directories(probe_contracts BEFORE PRIVATE include)
wrap_calls(probe_contracts ${kernel_sources})

file(GLOB files CONFIGURE_DEPENDS test_*.py)
foreach(file ${files})
  get_filename_component(feature ${file} NAME_WE)
  string(REPLACE "test_" "" feature ${feature})
  add_test(NAME illumos.${feature} COMMAND ${Python3_EXECUTABLE} ${file})
  set(environment "MVINIT=$<TARGET_FILE:mvinit_illumos>" "PROBE=$<TARGET_FILE:pid1_probe>"
      "STANDIN=$<TARGET_FILE:standin_commands>" "CONTRACTS=$<TARGET_FILE:probe_contracts>"
      "PYTHONDONTWRITEBYTECODE=1")
  set_tests_properties(illumos.${feature} PROPERTIES LABELS illumos TIMEOUT 300 SKIP_RETURN_CODE 77
    ENVIRONMENT "${environment}")
endforeach()
