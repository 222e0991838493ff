# Inspectors: each bpf/X.bpf.c becomes an object for the kernel, a skeleton that embeds it, and a native build.
find_program(EBPFI_CLANG NAMES clang clang-14 clang-15 clang-16 clang-17 clang-18 clang-19 REQUIRED)
# Ubuntu's /usr/sbin/bpftool runs the one of the running kernel, which may be missing. Any of them works.
file(GLOB tools /usr/lib/linux-tools/*/)
find_program(EBPFI_BPFTOOL NAMES bpftool HINTS ${tools} PATHS /usr/sbin /usr/local/sbin REQUIRED)
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-multiarch OUTPUT_VARIABLE EBPFI_MULTIARCH OUTPUT_STRIP_TRAILING_WHITESPACE
                ERROR_QUIET)

# One use per stack slot: without CAP_PERFMON the verifier refuses to reuse a part of a slot (parse/link.h, world.h).
set(EBPFI_BPF_FLAGS -O2 -g -Wall -Wextra -Werror -target bpf -mcpu=v3 -mllvm -no-stack-slot-sharing -I${PROJECT_SOURCE_DIR}/include
                    -I${PROJECT_SOURCE_DIR}/bpf/include)
# Programs run on the architecture they are built for, so its order of stores is known (smp_store_release(), world.h).
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|amd64|AMD64|i.86|s390x)$")
  list(APPEND EBPFI_BPF_FLAGS -DEBPFI_STORES_IN_ORDER)
endif()
if(EBPFI_MULTIARCH AND EXISTS /usr/include/${EBPFI_MULTIARCH}/asm/types.h)
  list(APPEND EBPFI_BPF_FLAGS -I/usr/include/${EBPFI_MULTIARCH})
endif()

# bpftool leaves a partial file behind when it fails: write a temporary file, then rename it.
function(ebpfi_bpf_skeleton name source)
  set(out ${PROJECT_BINARY_DIR}/bpf/${name})
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/bpf)
  add_custom_command(
    OUTPUT ${out}.skel.h
    COMMAND ${EBPFI_CLANG} ${EBPFI_BPF_FLAGS} -MD -MT ${out}.skel.h -MF ${out}.d -c ${source} -o ${out}.o
    COMMAND ${EBPFI_BPFTOOL} gen object ${out}.bpf.o ${out}.o
    COMMAND ${EBPFI_BPFTOOL} gen skeleton ${out}.bpf.o name ${name}_bpf > ${out}.tmp
    COMMAND ${CMAKE_COMMAND} -E rename ${out}.tmp ${out}.skel.h
    DEPENDS ${source}
    DEPFILE ${out}.d
    COMMENT "BPF ${name}"
    VERBATIM)
endfunction()

# The same source for this CPU. Of our headers it sees only bpf/include and the native backend's.
function(ebpfi_native_build name source)
  add_library(native_${name} OBJECT ${source})
  target_include_directories(native_${name} PRIVATE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/bpf/include
                                                    ${PROJECT_SOURCE_DIR}/lib/native)
  target_compile_definitions(native_${name} PRIVATE EBPFI_INSPECTOR=${name})
  # A bounds check for the verifier may always be true here.
  target_compile_options(native_${name} PRIVATE -O3 -Wno-sign-compare -Wno-missing-prototypes)
endfunction()
