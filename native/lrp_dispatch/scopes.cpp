#include "scopes.h"

namespace lrp {

bool Scope::lists(const c10::OperatorHandle& handle) {
    if (everything) return true;
    const auto& name = handle.operator_name();
    auto found = known.find(&name);
    if (found != known.end()) return found->second;
    bool listed = names.count(name.name) || (!name.overload_name.empty() && names.count(name.name + "." + name.overload_name));
    known.emplace(&name, listed);
    return listed;
}

Scopes& scopes() {
    static thread_local Scopes entered;
    return entered;
}

void push(const std::shared_ptr<Scope>& scope) {
    scope->included_before = c10::impl::tls_is_dispatch_key_included(kKey);
    scope->excluded_before = c10::impl::tls_is_dispatch_key_excluded(kKey);
    scope->barrier = scope->excluded_before || scope->handler == nullptr;
    scopes().push_back(scope);
    c10::impl::tls_set_dispatch_key_included(kKey, true);
    c10::impl::tls_set_dispatch_key_excluded(kKey, scope->handler == nullptr);
}

void pop_to(size_t depth) {
    auto& entered = scopes();
    while (entered.size() > depth) {
        auto scope = entered.back();
        entered.pop_back();
        c10::impl::tls_set_dispatch_key_included(kKey, scope->included_before);
        c10::impl::tls_set_dispatch_key_excluded(kKey, scope->excluded_before);
    }
}

const Operator& describe(const c10::OperatorHandle& handle) {
    static std::mutex mutex;
    static std::unordered_map<const void*, std::unique_ptr<Operator>> seen;
    static thread_local std::unordered_map<const void*, const Operator*> here;

    const auto& name = handle.operator_name();
    auto found = here.find(&name);
    if (found != here.end()) return *found->second;

    std::lock_guard<std::mutex> lock(mutex);
    auto& op = seen[&name];
    if (!op) {
        const auto& schema = handle.schema();
        op.reset(new Operator{name.name.c_str(), name.overload_name.c_str(), static_cast<int32_t>(schema.arguments().size()),
                              static_cast<int32_t>(schema.returns().size()), nullptr,
                              handle.hasKernelForDispatchKey(c10::DispatchKey::CompositeImplicitAutograd) ? 1 : 0, handle, {}});
        for (const auto& argument : schema.arguments()) op->names.push_back(argument.name().c_str());
        op->argument_names = op->names.data();
    }
    here.emplace(&name, op.get());
    return *op;
}

}  // namespace lrp
