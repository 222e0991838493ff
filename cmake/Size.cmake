# How the library is kept small where it is optimised (docs/performance.md, "Size"). A build type for debugging or of one's own is
# left as it is, and so is a build with sanitizers.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)

check_c_compiler_flag(-Oz EBPFI_HAS_OZ)
set(optimised $<CONFIG:RelWithDebInfo,Release>)
set(EBPFI_SMALL $<${optimised}:$<IF:$<BOOL:${EBPFI_HAS_OZ}>,-Oz,-Os>>)

# The shared library is optimised as a whole. Its objects are complete all the same, for tests that link them; clang's would not be.
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  set(optimised $<CONFIG:RelWithDebInfo,Release,MinSizeRel>)
  set(EBPFI_WHOLE $<${optimised}:-flto> $<${optimised}:-ffat-lto-objects> $<${optimised}:-fno-plt>)
  set(EBPFI_LINK_SMALL $<${optimised}:-flto> $<${optimised}:-flto-partition=one>)
  set(EBPFI_LINK_APART -fno-lto)
  set(EBPFI_DENSE -falign-jumps=1 -falign-loops=1 -falign-labels=1)
endif()

if(EBPFI_SANITIZE OR EBPFI_FUZZ)
  unset(EBPFI_SMALL)
  unset(EBPFI_WHOLE)
  unset(EBPFI_LINK_SMALL)
endif()

# glibc reads packed relocations since 2.36; what is built with an older one has to load with that.
set(CMAKE_REQUIRED_LINK_OPTIONS -Wl,-z,pack-relative-relocs,--fatal-warnings)
check_c_source_compiles("#include <features.h>
#if !__GLIBC_PREREQ(2, 36)
#error
#endif
int main(void) { return 0; }" EBPFI_HAS_PACKED_RELOCATIONS)
unset(CMAKE_REQUIRED_LINK_OPTIONS)
if(EBPFI_HAS_PACKED_RELOCATIONS)
  list(APPEND EBPFI_LINK_SMALL -Wl,-z,pack-relative-relocs)
endif()
