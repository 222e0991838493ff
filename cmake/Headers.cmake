# The headers that BPF programs of hosts include (bpf/headers/list.c and its includes), packed into the library. A machine that
# has clang, but neither linux-libc-dev nor libbpf-dev, compiles them.
add_executable(header_packer ${PROJECT_SOURCE_DIR}/cmake/header_packer.c)
target_link_libraries(header_packer PRIVATE PkgConfig::ZLIB)

function(ebpfi_pack_headers out)
  set(own ${PROJECT_SOURCE_DIR}/bpf/headers ${PROJECT_SOURCE_DIR}/include)
  set(system ${LIBBPF_INCLUDE_DIRS} /usr/include)
  if(EBPFI_MULTIARCH)
    list(PREPEND system /usr/include/${EBPFI_MULTIARCH})
  endif()
  set(list ${PROJECT_SOURCE_DIR}/bpf/headers/list.c)
  add_custom_command(
    OUTPUT ${out}
    COMMAND ${EBPFI_CLANG} -E -target bpf -nostdlibinc -DEBPFI_PACKS_HEADERS "-isystem;$<JOIN:${own},;-isystem;>" "-idirafter;$<JOIN:${system},;-idirafter;>"
            -MD -MT ${out} -MF ${out}.d ${list} -o ${out}.i
    COMMAND header_packer ${out}.i ${own} ${system} > ${out}.tmp
    COMMAND ${CMAKE_COMMAND} -E rename ${out}.tmp ${out}
    DEPENDS ${list} header_packer
    DEPFILE ${out}.d
    COMMENT "Headers for BPF programs"
    COMMAND_EXPAND_LISTS VERBATIM)
endfunction()
