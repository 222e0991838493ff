# An installed copy: library, headers, pkg-config file, CMake package, example programs.
include(CMakePackageConfigHelpers)
set(package ${CMAKE_INSTALL_LIBDIR}/cmake/ebpfinspect)

install(TARGETS ebpfinspect EXPORT ebpfinspect LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES include/ebpfinspect/ebpfinspect.h include/ebpfinspect/event.h include/ebpfinspect/filter.bpf.h
        ${PROJECT_BINARY_DIR}/include/ebpfinspect/version.h
        DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/ebpfinspect)
install(EXPORT ebpfinspect NAMESPACE ebpfinspect:: DESTINATION ${package})

configure_package_config_file(cmake/config.in ${PROJECT_BINARY_DIR}/ebpfinspect-config.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/ebpfinspect-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/ebpfinspect-config.cmake ${PROJECT_BINARY_DIR}/ebpfinspect-config-version.cmake
        DESTINATION ${package})

configure_file(cmake/ebpfinspect.pc.in ${PROJECT_BINARY_DIR}/ebpfinspect.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/ebpfinspect.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(GLOB pages1 docs/man/*.1)
file(GLOB pages3 docs/man/*.3)
install(FILES ${pages1} DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${pages3} DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)
