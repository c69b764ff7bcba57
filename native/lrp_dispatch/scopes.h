// The scopes of operator interception on one thread, and what is known of an operator.
#pragma once

#include "value.h"

#include <c10/core/DispatchKey.h>
#include <c10/core/impl/LocalDispatchKeySet.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#if defined(_WIN32)
#define LRP_API extern "C" __declspec(dllexport)
#else
#define LRP_API extern "C" __attribute__((visibility("default")))
#endif

namespace lrp {

// PyTorch keeps this key for modes that live outside its core: it comes before autograd,
// and a fallback registered on it sees every operator while it is included on a thread.
constexpr auto kKey = c10::DispatchKey::DeferredInit;

// An operator as managed code sees it. It is made once, at the operator's first interception, and stays.
// Managed code reads the fields before the handle.
struct Operator {
    const char* name;
    const char* overload;
    int32_t n_arguments;
    int32_t n_returns;
    const char* const* argument_names;
    int32_t composite;  // made of other operators, so that it can be taken apart

    c10::OperatorHandle handle;
    std::vector<const char*> names;
};

const Operator& describe(const c10::OperatorHandle& handle);

struct Call;
// 0 = answered (lrp_dispatch_return was called), 1 = let it through, -1 = failed (lrp_dispatch_fail was called).
using Handler = int32_t (*)(void* state, Call* call, const Operator* op, const Value* arguments, int32_t n);

// One entered scope. It lives on one thread's stack of scopes.
struct Scope {
    Handler handler = nullptr;  // null: nothing is intercepted in here
    void* state = nullptr;
    bool everything = false;
    bool only_with_grad = false;
    std::unordered_set<std::string> names;  // "aten::add" for every overload, or "aten::add.Tensor"
    std::unordered_map<const void*, bool> known;  // operator -> listed

    bool barrier = false;  // entered where nothing was intercepted: scopes below are out of sight
    bool included_before = false;
    bool excluded_before = false;
    std::atomic<bool> closed{false};

    bool lists(const c10::OperatorHandle& handle);
};

using Scopes = std::vector<std::shared_ptr<Scope>>;
Scopes& scopes();

// Registers the fallback; until then loading this library has called nothing of libtorch.
void install();

void push(const std::shared_ptr<Scope>& scope);
void pop_to(size_t depth);

// One intercepted call, while its handler runs.
struct Call {
    const Operator& op;
    c10::DispatchKeySet keys;
    torch::jit::Stack& stack;
    std::vector<c10::IValue> results;
    std::string failure;
    bool answered = false;
};

}  // namespace lrp
