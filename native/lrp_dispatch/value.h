// Tagged values that cross between managed code and libtorch's boxed operators.
#pragma once

#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/function_schema.h>
#include <ATen/core/ivalue.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/stack.h>

#include <cstdint>
#include <list>
#include <sstream>
#include <string>
#include <vector>

namespace lrp {

enum Tag : int32_t {
    kNone = 0,
    kTensor = 1,      // p = at::Tensor*, null = undefined
    kInt = 2,         // i (also ScalarType, Layout, MemoryFormat)
    kDouble = 3,      // d
    kBool = 4,        // i
    kString = 5,      // p = utf-8 bytes, n = length
    kIntList = 6,     // p = int64_t*, n
    kDoubleList = 7,  // p = double*, n
    kBoolList = 8,    // p = uint8_t*, n
    kTensorList = 9,  // p = at::Tensor**, n; a null entry is an undefined or absent tensor
    kDevice = 10,     // i = type << 32 | (index & 0xffffffff)
    kGenerator = 11,  // p = at::Generator*, null = default
    kComplex = 12,    // p = double[2]
    kOther = 13       // a value managed code cannot look into; p = c10::IValue*
};

struct Value {
    int32_t tag;
    int32_t n;
    union {
        int64_t i;
        double d;
        void* p;
    };
};
static_assert(sizeof(Value) == 16, "Value is mirrored in managed code");

// Memory of the lists in values handed out; it lives as long as this object.
using Arena = std::list<std::vector<char>>;

template <typename T>
T* allocate(Arena& arena, size_t n) {
    arena.emplace_back((n ? n : 1) * sizeof(T));
    return reinterpret_cast<T*>(arena.back().data());
}

inline c10::TypePtr strip_optional(c10::TypePtr type) {
    while (type->kind() == c10::TypeKind::OptionalType)
        type = type->castRaw<c10::OptionalType>()->getElementType();
    return type;
}

inline at::Tensor tensor_of(void* handle) {
    return handle ? *static_cast<at::Tensor*>(handle) : at::Tensor();
}

[[noreturn]] inline void bad_argument(const Value& v, const c10::Argument& arg, const char* problem) {
    std::ostringstream text;
    text << "argument '" << arg.name() << "' (" << arg.type()->str() << "): " << problem;
    if (v.tag == kInt) text << " (got the integer " << v.i << ")";
    throw std::runtime_error(text.str());
}

inline c10::IValue to_list(const Value& v, const c10::Argument& arg, const c10::TypePtr& element) {
    switch (strip_optional(element)->kind()) {
        case c10::TypeKind::TensorType: {
            if (v.tag != kTensorList) bad_argument(v, arg, "a list of tensors is expected");
            auto handles = static_cast<at::Tensor**>(v.p);
            if (element->kind() == c10::TypeKind::OptionalType) {
                c10::List<c10::optional<at::Tensor>> list;
                list.reserve(v.n);
                for (int32_t k = 0; k < v.n; ++k)
                    list.push_back(handles[k] ? c10::optional<at::Tensor>(*handles[k]) : c10::nullopt);
                return list;
            }
            c10::List<at::Tensor> list;
            list.reserve(v.n);
            for (int32_t k = 0; k < v.n; ++k) {
                if (!handles[k]) bad_argument(v, arg, "an entry of the list is null");
                list.push_back(*handles[k]);
            }
            return list;
        }
        case c10::TypeKind::FloatType: {
            c10::List<double> list;
            if (v.tag == kDoubleList)
                for (int32_t k = 0; k < v.n; ++k) list.push_back(static_cast<double*>(v.p)[k]);
            else if (v.tag == kIntList)
                for (int32_t k = 0; k < v.n; ++k) list.push_back(static_cast<double>(static_cast<int64_t*>(v.p)[k]));
            else
                bad_argument(v, arg, "a list of numbers is expected");
            return list;
        }
        case c10::TypeKind::BoolType: {
            if (v.tag != kBoolList) bad_argument(v, arg, "a list of truth values is expected");
            c10::List<bool> list;
            for (int32_t k = 0; k < v.n; ++k) list.push_back(static_cast<uint8_t*>(v.p)[k] != 0);
            return list;
        }
        default: {
            c10::List<int64_t> list;
            if (v.tag == kIntList) {
                list.reserve(v.n);
                for (int32_t k = 0; k < v.n; ++k) list.push_back(static_cast<int64_t*>(v.p)[k]);
            } else if (v.tag == kInt) {
                int32_t copies = arg.N() ? *arg.N() : 1;
                for (int32_t k = 0; k < copies; ++k) list.push_back(v.i);
            } else {
                bad_argument(v, arg, "a list of integers is expected");
            }
            return list;
        }
    }
}

inline c10::IValue to_ivalue(const Value& v, const c10::Argument& arg) {
    if (v.tag == kNone) return c10::IValue();
    if (v.tag == kOther) return *static_cast<c10::IValue*>(v.p);
    auto type = strip_optional(arg.type());
    if (type->kind() == c10::TypeKind::ListType)
        return to_list(v, arg, type->castRaw<c10::ListType>()->getElementType());
    switch (v.tag) {
        case kTensor: return v.p ? c10::IValue(*static_cast<at::Tensor*>(v.p)) : c10::IValue();
        case kInt:
            if (type->kind() == c10::TypeKind::FloatType) return static_cast<double>(v.i);
            if (type->kind() == c10::TypeKind::BoolType) return v.i != 0;
            return v.i;
        case kDouble:
            if (type->kind() == c10::TypeKind::IntType) bad_argument(v, arg, "an integer is expected");
            return v.d;
        case kBool: return v.i != 0;
        case kString: return std::string(static_cast<const char*>(v.p), v.n);
        case kDevice: {
            auto index = static_cast<int32_t>(v.i & 0xffffffff);
            return c10::Device(static_cast<c10::DeviceType>(v.i >> 32), static_cast<c10::DeviceIndex>(index));
        }
        case kGenerator: return v.p ? c10::IValue(*static_cast<at::Generator*>(v.p)) : c10::IValue();
        case kComplex: return c10::complex<double>(static_cast<double*>(v.p)[0], static_cast<double*>(v.p)[1]);
        default: bad_argument(v, arg, "a single value is expected");
    }
}

inline void* new_handle(const at::Tensor& t) { return t.defined() ? new at::Tensor(t) : nullptr; }

// Hands a value out to managed code. Tensors become handles that managed code owns.
inline Value from_ivalue(const c10::IValue& v, Arena& arena) {
    Value out{kNone, 0, {0}};
    if (v.isNone()) return out;
    if (v.isTensor()) {
        out.tag = kTensor;
        out.p = new_handle(v.toTensor());
    } else if (v.isInt()) {
        out.tag = kInt;
        out.i = v.toInt();
    } else if (v.isDouble()) {
        out.tag = kDouble;
        out.d = v.toDouble();
    } else if (v.isBool()) {
        out.tag = kBool;
        out.i = v.toBool();
    } else if (v.isComplexDouble()) {
        auto z = v.toComplexDouble();
        auto parts = allocate<double>(arena, 2);
        parts[0] = z.real();
        parts[1] = z.imag();
        out.tag = kComplex;
        out.p = parts;
    } else if (v.isString()) {
        const auto& s = v.toStringRef();
        auto bytes = allocate<char>(arena, s.size());
        std::copy(s.begin(), s.end(), bytes);
        out = {kString, static_cast<int32_t>(s.size()), {0}};
        out.p = bytes;
    } else if (v.isDevice()) {
        auto device = v.toDevice();
        out.tag = kDevice;
        out.i = (static_cast<int64_t>(device.type()) << 32) | static_cast<uint32_t>(static_cast<int32_t>(device.index()));
    } else if (v.isIntList()) {
        auto list = v.toIntVector();
        auto data = allocate<int64_t>(arena, list.size());
        std::copy(list.begin(), list.end(), data);
        out = {kIntList, static_cast<int32_t>(list.size()), {0}};
        out.p = data;
    } else if (v.isDoubleList()) {
        auto list = v.toDoubleVector();
        auto data = allocate<double>(arena, list.size());
        std::copy(list.begin(), list.end(), data);
        out = {kDoubleList, static_cast<int32_t>(list.size()), {0}};
        out.p = data;
    } else if (v.isBoolList()) {
        auto list = v.toBoolList();
        auto data = allocate<uint8_t>(arena, list.size());
        for (size_t k = 0; k < list.size(); ++k) data[k] = list.get(k) ? 1 : 0;
        out = {kBoolList, static_cast<int32_t>(list.size()), {0}};
        out.p = data;
    } else if (v.isTensorList()) {
        auto list = v.toTensorVector();
        auto data = allocate<void*>(arena, list.size());
        for (size_t k = 0; k < list.size(); ++k) data[k] = new_handle(list[k]);
        out = {kTensorList, static_cast<int32_t>(list.size()), {0}};
        out.p = data;
    } else if (v.isList() && strip_optional(v.toListRef().empty() ? c10::TypePtr(c10::NoneType::get()) : v.toList().elementType())->kind() == c10::TypeKind::TensorType) {
        auto list = v.toListRef();  // optional tensors
        auto data = allocate<void*>(arena, list.size());
        for (size_t k = 0; k < list.size(); ++k) data[k] = list[k].isTensor() ? new_handle(list[k].toTensor()) : nullptr;
        out = {kTensorList, static_cast<int32_t>(list.size()), {0}};
        out.p = data;
    } else {
        arena.emplace_back();
        out.tag = kOther;
        out.p = new c10::IValue(v);  // released by the managed side through its owner's free function
    }
    return out;
}

}  // namespace lrp
