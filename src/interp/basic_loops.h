// All basic operations, for the instruction set that the including file is compiled for.
//
// Included by basic_128.cpp, basic_avx2.cpp and basic_avx512.cpp only. Everything here has internal
// linkage: a linker that merged a copy built for AVX-512 with a portable one would break older
// processors.
#pragma once

#include "interp/basic_kernels.h"
#include "interp/loops_arith.h"
#include "interp/loops_cast.h"
#include "interp/loops_compare.h"
#include "interp/loops_fused.h"
#include "interp/loops_reduce.h"
#include "interp/loops_rounding.h"
#include "interp/loops_select.h"

namespace me::interp {
namespace {

constexpr BasicKernels kBasicKernels = {
    arithmetic_loop, comparison_loop,        extremum_loop, rounding_loop, cast_loop,
    select_loop,     splat_loop,             copy_loop,     load_bool_loop, pair_loop,
    masked_comparison_loop, choice_loop,     masked_loop,   reducer_loop};

}  // namespace
}  // namespace me::interp
