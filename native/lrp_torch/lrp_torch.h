// What the parts of lrp_torch share: exports, the error slot, tensors from handles.
#pragma once

#include "../value.h"

#include <exception>
#include <string>

#define LRP_API extern "C" __attribute__((visibility("default")))

namespace lrp {

// The message of this thread's last failed call.
std::string& last_error();

// libtorch's first line: what follows it is a C++ backtrace.
std::string first_line(const char* what);

// Runs a call that may throw; 0 means it went well, -1 that last_error() tells why.
template <typename F>
int guarded(const char* name, F&& body) {
    try {
        body();
        return 0;
    } catch (const std::exception& e) {
        last_error() = std::string(name) + ": " + first_line(e.what());
    } catch (...) {
        last_error() = std::string(name) + ": unknown native error";
    }
    return -1;
}

inline std::vector<at::Tensor> tensors_of(void** handles, int32_t n) {
    std::vector<at::Tensor> list;
    list.reserve(n);
    for (int32_t k = 0; k < n; ++k) list.push_back(tensor_of(handles[k]));
    return list;
}

}  // namespace lrp
