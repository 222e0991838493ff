# The only libraries that the core may link (docs/architecture.md).
find_package(PkgConfig REQUIRED)
pkg_check_modules(LIBBPF REQUIRED IMPORTED_TARGET libbpf>=1.1)
pkg_check_modules(LIBELF REQUIRED IMPORTED_TARGET libelf)
pkg_check_modules(ZLIB REQUIRED IMPORTED_TARGET zlib)
pkg_check_modules(LIBPCAP REQUIRED IMPORTED_TARGET libpcap)
find_package(Threads REQUIRED)

# An optional codec: without it the build warns.
pkg_check_modules(ZSTD IMPORTED_TARGET libzstd)
if(NOT ZSTD_FOUND)
  message(WARNING "libzstd is missing (Debian: libzstd-dev): captures packed with zstd will be refused")
endif()
