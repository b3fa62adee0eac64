# mvimage, see packaging/setup image. Included by CMakeLists.txt.
find_path(IMAGE_ARCHIVE_TREE archive.h)
find_path(IMAGE_KMOD_TREE libkmod.h)
find_path(IMAGE_ELF_TREE gelf.h)
find_path(IMAGE_CRYPTO_TREE openssl/evp.h)
find_path(IMAGE_EXT2FS_TREE ext2fs/ext2fs.h)
find_path(IMAGE_COM_ERR_TREE com_err.h PATH_SUFFIXES et)
set(image_missing)
foreach(library archive kmod elf crypto ext2fs com_err)
  string(TOUPPER ${library} name)
  find_library(IMAGE_${name} ${library})
  if(NOT IMAGE_${name} OR NOT IMAGE_${name}_TREE)
    list(APPEND image_missing lib${library})
  endif()
endforeach()
if(image_missing)
  message(STATUS "mvimage is left out, for want of ${image_missing}: packaging/setup image installs them")
  return()
endif()

file(GLOB image_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/packaging/image/*.cpp)
add_executable(mvimage ${image_sources})
target_link_libraries(mvimage PRIVATE mvinit_flags mvinit_conf mvinit_plumb ${IMAGE_ARCHIVE} ${IMAGE_KMOD} ${IMAGE_ELF}
                                      ${IMAGE_CRYPTO} ${IMAGE_EXT2FS} ${IMAGE_COM_ERR})
set_target_properties(mvimage PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})

# init of the small initramfs that mounts a disk: alone there, hence static, and without sanitizers.
add_executable(mvroot ${CMAKE_SOURCE_DIR}/packaging/image/root/mvroot.cpp)
target_compile_options(mvroot PRIVATE -Os -g0 -fno-exceptions -fno-rtti -fno-asynchronous-unwind-tables
                                      -ffunction-sections -fno-sanitize=all)
target_link_options(mvroot PRIVATE -static -s -Wl,--gc-sections -fno-sanitize=all)
set_target_properties(mvroot PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
add_dependencies(mvimage mvroot)
# A component of its own: packages of mvinit are for the machines that it runs, and have no use for it.
install(TARGETS mvimage RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT image)
install(TARGETS mvroot RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/mvinit COMPONENT image)
install(FILES ${CMAKE_SOURCE_DIR}/packaging/man/mvimage.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT image)
set(completions ${CMAKE_SOURCE_DIR}/packaging/completions)
install(FILES ${completions}/mvimage.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
        RENAME mvimage COMPONENT image)
install(FILES ${completions}/_mvimage DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions COMPONENT image)
install(FILES ${completions}/mvimage.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d COMPONENT image)
