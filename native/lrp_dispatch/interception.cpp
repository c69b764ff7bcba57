// The fallback that sees every operator while a scope is entered on the thread.
#include "scopes.h"

#include <c10/core/GradMode.h>
#include <torch/library.h>

#include <stdexcept>

namespace lrp {
namespace {

bool requires_grad(const c10::IValue& value) {
    if (value.isTensor()) {
        const auto& tensor = value.toTensor();
        return tensor.defined() && tensor.requires_grad();
    }
    if (value.isTensorList() || value.isList()) {
        for (const auto& entry : value.toListRef())
            if (entry.isTensor() && requires_grad(entry)) return true;
    }
    return false;
}

std::shared_ptr<Scope> pick(const c10::OperatorHandle& handle, const torch::jit::Stack& stack) {
    auto& entered = scopes();
    while (!entered.empty() && entered.back()->closed) pop_to(entered.size() - 1);
    bool knows = false, with_grad = false;
    for (size_t k = entered.size(); k-- > 0;) {
        auto& scope = entered[k];
        if (scope->handler && !scope->closed && scope->lists(handle)) {
            if (!scope->only_with_grad) return scope;
            if (!knows) {
                knows = true;
                if (c10::GradMode::is_enabled()) {
                    auto n = handle.schema().arguments().size();
                    for (size_t a = stack.size() - n; a < stack.size() && !with_grad; ++a) with_grad = requires_grad(stack[a]);
                }
            }
            if (with_grad) return scope;
        }
        if (scope->barrier) break;
    }
    return nullptr;
}

// Whatever a handler enters and does not leave is left for it.
struct Restored {
    size_t depth = scopes().size();
    ~Restored() {
        if (scopes().size() > depth) pop_to(depth);
    }
};

// An in-place operator answers with the tensor it changed: libtorch takes no other.
void check_in_place(const c10::FunctionSchema& schema, const torch::jit::Stack& stack, const std::vector<c10::IValue>& results) {
    auto n = schema.arguments().size();
    for (size_t r = 0; r < results.size(); ++r) {
        const auto* changed = schema.returns()[r].alias_info();
        if (!changed || !changed->isWrite() || !results[r].isTensor()) continue;
        for (size_t a = 0; a < n; ++a) {
            const auto* given = schema.arguments()[a].alias_info();
            const auto& value = stack[stack.size() - n + a];
            if (!given || !given->isWrite() || given->beforeSets() != changed->beforeSets() || !value.isTensor()) continue;
            if (!value.toTensor().is_same(results[r].toTensor()))
                throw std::runtime_error("a handler of an in-place operator must change its argument and return it");
        }
    }
}

void release(Value* values, int32_t n) {
    for (int32_t k = 0; k < n; ++k)
        if (values[k].tag == kOther) delete static_cast<c10::IValue*>(values[k].p);
}

void fallback(const c10::OperatorHandle& handle, c10::DispatchKeySet keys, torch::jit::Stack* stack) {
    auto scope = pick(handle, *stack);
    c10::impl::ExcludeDispatchKeyGuard excluded(kKey);
    if (!scope) {
        handle.callBoxed(stack);
        return;
    }
    Restored restored;
    const auto& op = describe(handle);
    auto n = op.n_arguments;
    Call call{op, keys, *stack, {}, {}, false};
    Arena arena;
    std::vector<Value> values;
    values.reserve(n);
    for (int32_t k = 0; k < n; ++k) values.push_back(from_ivalue((*stack)[stack->size() - n + k], arena));
    auto answer = scope->handler(scope->state, &call, &op, values.data(), n);
    release(values.data(), n);
    if (answer == 1) {
        handle.callBoxed(stack);
        return;
    }
    if (answer != 0 || !call.answered)
        throw std::runtime_error(std::string(op.name) + ": " + (call.failure.empty() ? "its handler gave no result" : call.failure));
    check_in_place(handle.schema(), *stack, call.results);
    torch::jit::drop(*stack, n);
    for (auto& result : call.results) stack->push_back(std::move(result));
}

}  // namespace

void install() {
    static auto library = [] {
        auto made = MAKE_TORCH_LIBRARY_IMPL(_, DeferredInit);
        made.fallback(torch::CppFunction::makeFromBoxedFunction<&fallback>());
        return made;
    }();
    (void)library;
}

}  // namespace lrp
