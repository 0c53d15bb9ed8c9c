# Finds what clif links. The build uses this file, and so does the installed clifConfig.cmake for
# those who link the archive. CLIF_CBLAS says whether OpenBLAS is wanted: ON, OFF, or AUTO for "if it
# is found"; then the target clif::cblas is there. Sets
#   CLIF_LIBRARIES  the targets to link
#   CLIF_MISSING    what was not found, with the Debian package that has it
set(CLIF_LIBRARIES "")
set(CLIF_MISSING "")

# Without a version: Debian's CLBlast installs no version file, so asking for one finds nothing.
find_package(CLBlast CONFIG QUIET)
if(TARGET clblast)
  list(APPEND CLIF_LIBRARIES clblast)
else()
  list(APPEND CLIF_MISSING "CLBlast: libclblast-dev")
endif()

find_package(OpenCL QUIET)
if(OpenCL_FOUND)
  list(APPEND CLIF_LIBRARIES OpenCL::OpenCL)
else()
  list(APPEND CLIF_MISSING "OpenCL headers and loader: opencl-headers ocl-icd-opencl-dev")
endif()

# Not FindHDF5: it would add everything HDF5 itself was linked with (curl, ssl, zlib).
find_path(CLIF_HDF5_INCLUDE_DIR hdf5.h PATH_SUFFIXES hdf5/serial)
find_library(CLIF_HDF5_LIBRARY NAMES hdf5_serial hdf5 PATH_SUFFIXES hdf5/serial)
mark_as_advanced(CLIF_HDF5_INCLUDE_DIR CLIF_HDF5_LIBRARY)
if(CLIF_HDF5_INCLUDE_DIR AND CLIF_HDF5_LIBRARY)
  if(NOT TARGET clif::hdf5)
    add_library(clif::hdf5 UNKNOWN IMPORTED)
    set_target_properties(clif::hdf5 PROPERTIES
      IMPORTED_LOCATION ${CLIF_HDF5_LIBRARY}
      INTERFACE_INCLUDE_DIRECTORIES ${CLIF_HDF5_INCLUDE_DIR})
  endif()
  list(APPEND CLIF_LIBRARIES clif::hdf5)
else()
  list(APPEND CLIF_MISSING "HDF5 for C, the serial build: libhdf5-dev")
endif()

# Debian has a header for each build of OpenBLAS, and beside them perhaps another library's cblas.h.
if(CLIF_CBLAS)
  find_path(CLIF_CBLAS_INCLUDE_DIR cblas.h
    PATH_SUFFIXES openblas-pthread openblas-openmp openblas-serial openblas)
  find_library(CLIF_CBLAS_LIBRARY openblas)
  mark_as_advanced(CLIF_CBLAS_INCLUDE_DIR CLIF_CBLAS_LIBRARY)
  if(CLIF_CBLAS_INCLUDE_DIR AND CLIF_CBLAS_LIBRARY)
    if(NOT TARGET clif::cblas)
      add_library(clif::cblas UNKNOWN IMPORTED)
      set_target_properties(clif::cblas PROPERTIES
        IMPORTED_LOCATION ${CLIF_CBLAS_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${CLIF_CBLAS_INCLUDE_DIR})
    endif()
    list(APPEND CLIF_LIBRARIES clif::cblas)
  elseif(NOT CLIF_CBLAS STREQUAL "AUTO")
    list(APPEND CLIF_MISSING "OpenBLAS: libopenblas-dev")
  endif()
endif()

find_package(Threads QUIET)
if(Threads_FOUND)
  list(APPEND CLIF_LIBRARIES Threads::Threads)
else()
  list(APPEND CLIF_MISSING "POSIX threads: libc6-dev")
endif()
list(APPEND CLIF_LIBRARIES m)
