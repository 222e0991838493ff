# An installed copy: library, headers, pkg-config file, CMake package, example programs.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/ebpfinspect)

install(TARGETS ebpfinspect EXPORT ebpfinspect LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/ebpfinspect ${PROJECT_BINARY_DIR}/include/ebpfinspect DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN *.h)
install(EXPORT ebpfinspect NAMESPACE ebpfinspect:: DESTINATION ${package})

# The loader searches /usr/lib by default, and packages must not name it. For other prefixes the programs name their library's directory,
# relative to themselves: --prefix may still change the place.
if(EBPFI_EXAMPLES AND NOT CMAKE_INSTALL_PREFIX STREQUAL /usr)
  get_property(targets DIRECTORY examples PROPERTY BUILDSYSTEM_TARGETS)
  cmake_path(RELATIVE_PATH CMAKE_INSTALL_FULL_LIBDIR BASE_DIRECTORY ${CMAKE_INSTALL_FULL_BINDIR} OUTPUT_VARIABLE to_library)
  set_target_properties(${targets} PROPERTIES INSTALL_RPATH "$ORIGIN/${to_library}")
endif()

configure_package_config_file(cmake/config.in ${PROJECT_BINARY_DIR}/ebpfinspect-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ebpfinspect-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ebpfinspect-config.cmake ${PROJECT_BINARY_DIR}/ebpfinspect-config-version.cmake
        DESTINATION ${package})

# Relative to the file itself: a moved copy, or one installed with another --prefix, still works.
cmake_path(RELATIVE_PATH CMAKE_INSTALL_PREFIX BASE_DIRECTORY ${CMAKE_INSTALL_FULL_LIBDIR}/pkgconfig OUTPUT_VARIABLE EBPFI_PC_TO_PREFIX)
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_LIBDIR BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE EBPFI_PC_LIBDIR)
cmake_path(ABSOLUTE_PATH CMAKE_INSTALL_INCLUDEDIR BASE_DIRECTORY "\${prefix}" OUTPUT_VARIABLE EBPFI_PC_INCLUDEDIR)
configure_file(cmake/ebpfinspect.pc.in ${PROJECT_BINARY_DIR}/ebpfinspect.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ebpfinspect.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

foreach(section 1 3 7)
  file(GLOB pages CONFIGURE_DEPENDS docs/man/*.${section})
  install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endforeach()
