// What managed code calls.
#include "scopes.h"

#include <ATen/Functions.h>

#include <torch/headeronly/version.h>

#include <cstring>
#include <stdexcept>

using namespace lrp;

namespace {

std::string& last_error() {
    static thread_local std::string message;
    return message;
}

// libtorch's first lines: what follows them is a C++ backtrace.
std::string first_lines(const char* what) {
    std::string text(what);
    auto end = text.find("\nException raised from");
    if (end != std::string::npos) text.resize(end);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

template <typename F>
int32_t guarded(const Operator* op, F&& body) {
    try {
        return body();
    } catch (const std::exception& e) {
        last_error() = (op ? std::string(op->name) + ": " : std::string()) + first_lines(e.what());
    } catch (...) {
        last_error() = (op ? std::string(op->name) + ": " : std::string()) + "unknown native error";
    }
    return -1;
}

torch::jit::Stack stack_of(const Operator& op, const Value* values, int32_t n) {
    if (n != op.n_arguments)
        throw std::runtime_error("takes " + std::to_string(op.n_arguments) + " arguments and got " + std::to_string(n));
    const auto& arguments = op.handle.schema().arguments();
    torch::jit::Stack stack;
    stack.reserve(n);
    for (int32_t k = 0; k < n; ++k) stack.push_back(to_ivalue(values[k], arguments[k]));
    return stack;
}

int32_t hand_out(const torch::jit::Stack& stack, Value* results, int32_t capacity) {
    static thread_local Arena arena;
    arena.clear();
    auto count = static_cast<int32_t>(stack.size());
    if (count > capacity) throw std::runtime_error("more results than expected");
    for (int32_t k = 0; k < count; ++k) results[k] = from_ivalue(stack[k], arena);
    return count;
}

// While an operator is taken apart the operators that it is made of are intercepted.
struct Included {
    bool excluded = c10::impl::tls_is_dispatch_key_excluded(kKey);
    Included() { c10::impl::tls_set_dispatch_key_excluded(kKey, false); }
    ~Included() { c10::impl::tls_set_dispatch_key_excluded(kKey, excluded); }
};

}  // namespace

LRP_API const char* lrp_dispatch_last_error() { return last_error().c_str(); }

// Grows by one with each change of this interface.
LRP_API int32_t lrp_dispatch_version() { return 3; }

// The libtorch whose headers this library was built with: 2.10.0.
LRP_API const char* lrp_dispatch_libtorch() { return TORCH_VERSION; }

// Takes part in libtorch's dispatch from now on. Nothing else but the two functions above may be called before.
LRP_API int32_t lrp_dispatch_install() {
    return guarded(nullptr, [] {
        install();
        return 0;
    });
}

// Whether a tensor of the caller's comes from the libtorch that this library is linked to.
LRP_API int32_t lrp_dispatch_same_libtorch(void* tensor) {
    try {
        auto own = at::empty({0}, at::kFloat);
        auto table_of = [](const at::Tensor& t) {
            void* table;
            std::memcpy(&table, static_cast<const void*>(t.unsafeGetTensorImpl()), sizeof table);
            return table;
        };
        return table_of(own) == table_of(*static_cast<at::Tensor*>(tensor)) ? 1 : 0;
    } catch (...) {
        return 0;
    }
}

// Enters a scope on this thread. n < 0: every operator. handler null: a scope in which nothing is intercepted.
LRP_API void* lrp_dispatch_enter(const char* const* names, int32_t n, int32_t only_with_grad, Handler handler, void* state) {
    void* result = nullptr;
    guarded(nullptr, [&] {
        auto scope = std::make_shared<Scope>();
        scope->handler = handler;
        scope->state = state;
        scope->everything = n < 0;
        scope->only_with_grad = only_with_grad != 0;
        for (int32_t k = 0; k < n; ++k) scope->names.emplace(names[k]);
        result = new std::shared_ptr<Scope>(scope);
        push(scope);
        return 0;
    });
    return result;
}

// Leaves a scope and those entered after it. On another thread than its own the scope is closed only.
LRP_API void lrp_dispatch_leave(void* handle) {
    auto scope = static_cast<std::shared_ptr<Scope>*>(handle);
    (*scope)->closed = true;
    auto& entered = scopes();
    for (size_t k = 0; k < entered.size(); ++k) {
        if (entered[k] != *scope) continue;
        pop_to(k);
        break;
    }
    delete scope;
}

// The results of an intercepted call.
LRP_API int32_t lrp_dispatch_return(Call* call, const Value* values, int32_t n) {
    return guarded(&call->op, [&] {
        const auto& returns = call->op.handle.schema().returns();
        if (n != call->op.n_returns)
            throw std::runtime_error("has " + std::to_string(call->op.n_returns) + " results and the handler returned " + std::to_string(n));
        std::vector<c10::IValue> results;
        for (int32_t k = 0; k < n; ++k) {
            auto wants_tensor = returns[k].type()->kind() == c10::TypeKind::TensorType;
            if (wants_tensor && values[k].tag != kTensor && values[k].tag != kNone)
                throw std::runtime_error("result " + std::to_string(k) + " must be a tensor");
            results.push_back(values[k].tag == kNone && wants_tensor ? c10::IValue(at::Tensor()) : to_ivalue(values[k], returns[k]));
        }
        call->results = std::move(results);
        call->answered = true;
        return 0;
    });
}

LRP_API void lrp_dispatch_fail(Call* call, const char* message) { call->failure = message; }

// Runs an operator with interception off; returns the number of results or -1.
// Lists in the results live until this thread's next call.
LRP_API int32_t lrp_dispatch_invoke(const Operator* op, const Value* values, int32_t n, Value* results, int32_t capacity) {
    return guarded(op, [&] {
        c10::impl::ExcludeDispatchKeyGuard excluded(kKey);
        auto stack = stack_of(*op, values, n);
        op->handle.callBoxed(&stack);
        return hand_out(stack, results, capacity);
    });
}

// Runs an intercepted operator that is made of others so that those are intercepted in turn.
LRP_API int32_t lrp_dispatch_decompose(Call* call, const Value* values, int32_t n, Value* results, int32_t capacity) {
    return guarded(&call->op, [&] {
        if (!call->op.composite) throw std::runtime_error("is not made of other operators");
        auto stack = stack_of(call->op, values, n);
        {
            Included included;
            auto after = call->keys & c10::DispatchKeySet(c10::DispatchKeySet::FULL_AFTER, kKey);
            call->op.handle.redispatchBoxed(after, &stack);
        }
        return hand_out(stack, results, capacity);
    });
}

// An operator by name, or null where this libtorch has none.
LRP_API const Operator* lrp_dispatch_find(const char* name, const char* overload) {
    const Operator* result = nullptr;
    guarded(nullptr, [&] {
        auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
        if (handle) result = &describe(*handle);
        return 0;
    });
    return result;
}

// Whether there is an operator of this name, with whatever overload.
LRP_API int32_t lrp_dispatch_has(const char* name) {
    static std::mutex mutex;
    static std::unordered_set<std::string> names;
    int32_t result = 0;
    guarded(nullptr, [&] {
        std::lock_guard<std::mutex> lock(mutex);
        if (names.empty())
            for (const auto& op : c10::Dispatcher::singleton().getAllOpNames()) names.insert(op.name);
        result = names.count(name) ? 1 : 0;
        return 0;
    });
    return result;
}

// The same for every handle of one tensor, and no two tensors alive at once share it.
LRP_API void* lrp_dispatch_identity(void* tensor) { return tensor ? static_cast<at::Tensor*>(tensor)->unsafeGetTensorImpl() : nullptr; }

// Grows with every change of the tensor in place; -1 where changes are not counted.
LRP_API int64_t lrp_dispatch_version_of(void* tensor) {
    const auto& t = *static_cast<at::Tensor*>(tensor);
    return t.defined() && !t.is_inference() ? static_cast<int64_t>(t.unsafeGetTensorImpl()->version_counter().current_version()) : -1;
}

// What is known of a tensor without looking at its values; mirrored in managed code.
struct TensorState {
    void* identity;
    void* storage;  // the same for all views of one memory; null where there is none
    int64_t version;
    int32_t requires_grad;
};

LRP_API void lrp_dispatch_state_of(void* tensor, TensorState* state) {
    const auto& t = *static_cast<at::Tensor*>(tensor);
    auto* impl = t.defined() ? t.unsafeGetTensorImpl() : nullptr;
    state->identity = impl;
    state->storage = impl && impl->has_storage() ? impl->unsafe_storage().unsafeGetStorageImpl() : nullptr;
    state->version = impl && !impl->is_inference() ? static_cast<int64_t>(impl->version_counter().current_version()) : -1;
    state->requires_grad = impl && t.requires_grad() ? 1 : 0;
}

using WeakTensor = c10::weak_intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>;

// Keeps a tensor's identity from being given to another one, and nothing of its memory alive.
LRP_API void* lrp_dispatch_weak(void* tensor) {
    void* result = nullptr;
    guarded(nullptr, [&] {
        result = new WeakTensor(static_cast<at::Tensor*>(tensor)->getIntrusivePtr());
        return 0;
    });
    return result;
}

// A new handle of the tensor, or null where it is gone.
LRP_API void* lrp_dispatch_weak_lock(void* weak) {
    void* result = nullptr;
    guarded(nullptr, [&] {
        if (auto impl = static_cast<WeakTensor*>(weak)->lock()) result = new at::Tensor(std::move(impl));
        return 0;
    });
    return result;
}

LRP_API void lrp_dispatch_weak_free(void* weak) { delete static_cast<WeakTensor*>(weak); }

// One more handle of a tensor.
LRP_API void* lrp_dispatch_share(void* tensor) {
    void* result = nullptr;
    guarded(nullptr, [&] {
        result = new at::Tensor(*static_cast<at::Tensor*>(tensor));
        return 0;
    });
    return result;
}

LRP_API void lrp_dispatch_free_value(void* value) { delete static_cast<c10::IValue*>(value); }
