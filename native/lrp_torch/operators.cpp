// Any operator by name: look it up once, call it with a list of values.
#include "lrp_torch.h"

namespace lrp {

std::string& last_error() {
    static thread_local std::string message;
    return message;
}

std::string first_line(const char* what) {
    std::string text(what);
    auto end = text.find("\nException raised from");
    if (end != std::string::npos) text.resize(end);
    while (!text.empty() && text.back() == '\n') text.pop_back();
    return text;
}

struct Operator {
    c10::OperatorHandle handle;
    const std::vector<c10::Argument>& arguments;
    std::string name;
};

static std::string describe_call(const Operator& op, const Value* values, int32_t n) {
    std::ostringstream text;
    text << op.name << "(";
    for (int32_t k = 0; k < n; ++k) {
        if (k) text << ", ";
        try {
            describe(text, to_ivalue(values[k], op.arguments[k]));
        } catch (...) {
            text << "?";
        }
    }
    text << ")";
    return text.str();
}

}  // namespace lrp

using namespace lrp;

LRP_API const char* lrp_last_error() { return last_error().c_str(); }

// Null when this libtorch has no such operator.
LRP_API void* lrp_operator_find(const char* name, const char* overload) {
    try {
        auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
        if (!handle) {
            last_error() = std::string(name) + (*overload ? "." : "") + overload + " is not an operator of this libtorch";
            return nullptr;
        }
        std::string shown(name);
        auto colons = shown.rfind(':');
        if (colons != std::string::npos) shown = shown.substr(colons + 1);
        return new Operator{*handle, handle->schema().arguments(), shown};
    } catch (const std::exception& e) {
        last_error() = first_line(e.what());
        return nullptr;
    }
}

// Calls op with n values (the schema's defaults follow) and hands out up to `capacity` results.
// Returns the number of results, or -1. Lists in the results live until this thread's next call.
LRP_API int32_t lrp_operator_call(void* op_handle, const Value* values, int32_t n, Value* results, int32_t capacity) {
    auto& op = *static_cast<Operator*>(op_handle);
    try {
        const auto& arguments = op.arguments;
        if (static_cast<size_t>(n) > arguments.size())
            throw std::runtime_error("too many arguments for " + op.name + " of this libtorch");
        torch::jit::Stack stack;
        stack.reserve(arguments.size());
        for (int32_t k = 0; k < n; ++k) stack.push_back(to_ivalue(values[k], arguments[k]));
        for (size_t k = n; k < arguments.size(); ++k) {
            if (!arguments[k].default_value()) {
                if (strip_optional(arguments[k].type()) != arguments[k].type()) {
                    stack.emplace_back();
                    continue;
                }
                throw std::runtime_error("argument '" + arguments[k].name() + "' is missing");
            }
            stack.push_back(*arguments[k].default_value());
        }
        op.handle.callBoxed(&stack);
        static thread_local Arena arena;
        arena.clear();
        auto count = static_cast<int32_t>(stack.size());
        if (count > capacity) throw std::runtime_error("more results than expected");
        for (int32_t k = 0; k < count; ++k) results[k] = from_ivalue(stack[k], arena);
        return count;
    } catch (const std::exception& e) {
        last_error() = describe_call(op, values, n) + ": " + first_line(e.what());
    } catch (...) {
        last_error() = describe_call(op, values, n) + ": unknown native error";
    }
    return -1;
}
