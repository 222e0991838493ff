# How the library is kept small where it is optimised (docs/architecture.md, "Size"). A build type for debugging, for size alone or of
# one's own means what it says, and so does a build with sanitizers.
include(CheckCCompilerFlag)
include(CheckCSourceCompiles)
set(optimised $<AND:$<CONFIG:RelWithDebInfo,Release>,$<NOT:$<OR:$<BOOL:${EBPFI_SANITIZE}>,$<BOOL:${EBPFI_FUZZ}>>>>)

check_c_compiler_flag(-Oz EBPFI_HAS_OZ)
if(EBPFI_HAS_OZ)
  set(EBPFI_SMALL $<${optimised}:-Oz>)
else()
  set(EBPFI_SMALL $<${optimised}:-Os>)
endif()

# The shared library is optimised as a whole. Its objects are complete all the same, for tests that link them; clang's would not be.
if(CMAKE_C_COMPILER_ID STREQUAL GNU)
  set(EBPFI_WHOLE $<${optimised}:-flto> $<${optimised}:-ffat-lto-objects>)
  set(EBPFI_LINK_SMALL $<${optimised}:-flto> $<${optimised}:-flto-partition=one>)
  set(EBPFI_LINK_APART -fno-lto)
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
