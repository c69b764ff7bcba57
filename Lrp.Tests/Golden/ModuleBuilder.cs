using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Golden;

/// <summary>
/// Builds modules from PyTorch's names of types and arguments, through the factories of <c>torch.nn</c>.
/// </summary>
public static class ModuleBuilder
{
    /// <summary>TorchSharp's names of parameters where they are not PyTorch's.</summary>
    private static readonly Dictionary<string, string[]> Aliases = new()
    {
        ["in_features"] = ["inputSize"],
        ["out_features"] = ["outputSize"],
        ["bias"] = ["hasBias"],
        ["input_size"] = ["inputSize"],
        ["hidden_size"] = ["hiddenSize"],
        ["num_layers"] = ["numLayers"],
        ["batch_first"] = ["batchFirst"],
        ["nonlinearity"] = ["nonLinearity"],
        ["embedding_dim"] = ["embedding_dims"],
        ["embed_dim"] = ["embedded_dim"],
        ["lambd"] = ["lambda"],
    };

    private static readonly JsonElement True = JsonDocument.Parse("true").RootElement;

    /// <summary>PyTorch's defaults where TorchSharp asks for a value.</summary>
    private static readonly Dictionary<(string Type, string Parameter), string> Defaults = new()
    {
        [("PReLU", "num_parameters")] = "1",
        [("Softmax", "dim")] = "-1",
        [("LogSoftmax", "dim")] = "-1",
        [("Softmin", "dim")] = "-1",
    };

    /// <summary>
    /// A layer: a module of <c>torch.nn</c>, or one of the descriptors' own (<c>Residual</c>, <c>Sum</c>).
    /// </summary>
    public static nn.Module<Tensor, Tensor> Build(JsonElement layer)
    {
        var type = layer.GetProperty("type").GetString()!;
        if (type == "Residual")
        {
            return new Residual(
                BuildSequence(layer.GetProperty("branch")),
                BuildSequence(layer.GetProperty("shortcut"))
            );
        }

        var arguments = layer.TryGetProperty("args", out var given)
            ? given.EnumerateObject().ToDictionary(property => property.Name, property => property.Value)
            : [];
        if (type == "Sequential")
        {
            return BuildSequence(arguments["layers"]);
        }

        if (type == "Sum")
        {
            return new Lrp.Rules.Modules.Sum([arguments.TryGetValue("dim", out var dim) ? dim.GetInt64() : -1]);
        }

        return (nn.Module<Tensor, Tensor>)BuildAny(type, arguments);
    }

    /// <summary>A sequence of layers, named by position.</summary>
    public static TorchSharp.Modules.Sequential BuildSequence(JsonElement layers) =>
        nn.Sequential([
            .. layers.EnumerateArray().Select((layer, i) => (i.ToString(CultureInfo.InvariantCulture), Build(layer))),
        ]);

    /// <summary>A module of any arity.</summary>
    public static nn.Module BuildAny(string type, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var factories = typeof(nn)
            .GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method => method.Name == type && !method.IsGenericMethod)
            .ToList();
        if (factories.Count == 0)
        {
            throw new NotSupportedException($"torch.nn has no {type}.");
        }

        if (type == "Hardtanh")
        {
            // Out of place, TorchSharp's returns its input unchanged.
            arguments = new Dictionary<string, JsonElement>(arguments) { ["inplace"] = True };
        }

        foreach (var factory in factories.OrderBy(factory => factory.GetParameters().Length))
        {
            if (Bind(type, factory, arguments) is { } values)
            {
                return (nn.Module)factory.Invoke(null, BindingFlags.DoNotWrapExceptions, null, values, null)!;
            }
        }

        throw new NotSupportedException(
            $"No factory of {type} takes "
                + $"({string.Join(", ", arguments.Select(argument => $"{argument.Key}: {argument.Value}"))})."
        );
    }

    /// <summary>Copies a state dict in PyTorch's names into a module, which becomes float64.</summary>
    public static void Load(nn.Module module, IReadOnlyDictionary<string, Tensor> state)
    {
        module.to(ScalarType.Float64);
        module.eval();
        using var grad = no_grad();
        var targets = module.state_dict();
        foreach (var (name, tensor) in state)
        {
            if (!targets.TryGetValue(name, out var target))
            {
                Assert.That(
                    name,
                    Does.EndWith("num_batches_tracked"),
                    "the module has no such entry in its state dict"
                );
                continue;
            }

            Assert.That(target.shape, Is.EqualTo(tensor.shape), $"shape of {name}");
            target.copy_(tensor);
        }

        var missing = targets.Keys.Where(name =>
            !state.ContainsKey(name) && !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)
        );
        Assert.That(missing, Is.Empty, "entries that the reference does not give");
    }

    private static object?[]? Bind(string type, MethodInfo factory, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        var parameters = factory.GetParameters();
        var values = new object?[parameters.Length];
        var used = 0;
        for (var i = 0; i < parameters.Length; i++)
        {
            var parameter = parameters[i];
            if (Find(parameter.Name!, arguments) is { } given)
            {
                used++;
                if (!TryConvert(given, parameter.ParameterType, Dimensions(type, arguments), out values[i]))
                {
                    return null;
                }
            }
            else if (parameter.HasDefaultValue)
            {
                values[i] = parameter.DefaultValue;
            }
            else if (Defaults.TryGetValue((type, parameter.Name!), out var text))
            {
                using var document = JsonDocument.Parse(text);
                if (
                    !TryConvert(
                        document.RootElement,
                        parameter.ParameterType,
                        Dimensions(type, arguments),
                        out values[i]
                    )
                )
                {
                    return null;
                }
            }
            else
            {
                return null;
            }
        }

        // What TorchSharp cannot be told may only be left out where it says nothing.
        var telling = arguments.Count(argument =>
            argument.Value.ValueKind is not (JsonValueKind.Null or JsonValueKind.False)
            || parameters.Any(parameter => Names(argument.Key).Contains(parameter.Name))
        );
        return used >= telling ? values : null;
    }

    private static JsonElement? Find(string parameter, IReadOnlyDictionary<string, JsonElement> arguments)
    {
        foreach (var (name, value) in arguments)
        {
            if (Names(name).Contains(parameter))
            {
                return value;
            }
        }

        return null;
    }

    private static IEnumerable<string> Names(string name) =>
        Aliases.TryGetValue(name, out var aliases) ? [name, .. aliases] : [name];

    /// <summary>
    /// Spatial dimensions by the type's name, <c>2d</c>, or by the mode of an interpolation; where neither tells, those
    /// of images.
    /// </summary>
    private static int Dimensions(string type, IReadOnlyDictionary<string, JsonElement> arguments) =>
        type is [.., >= '1' and <= '3' and var digit, 'd']
            ? digit - '0'
            : (arguments.TryGetValue("mode", out var mode) ? mode.GetString() : null) switch
            {
                "linear" => 1,
                "trilinear" => 3,
                _ => 2,
            };

    private static bool TryConvert(JsonElement value, Type type, int dimensions, out object? result)
    {
        result = null;
        var bare = Nullable.GetUnderlyingType(type) ?? type;
        switch (value.ValueKind)
        {
            case JsonValueKind.Null:
                return !type.IsValueType || bare != type;
            case JsonValueKind.True or JsonValueKind.False when bare == typeof(bool):
                result = value.GetBoolean();
                return true;
            case JsonValueKind.String when bare.IsEnum:
                return Enum.TryParse(bare, value.GetString(), ignoreCase: true, out result);
            case JsonValueKind.Number when bare == typeof(double):
                result = value.GetDouble();
                return true;
            case JsonValueKind.Number when bare == typeof(long) && value.TryGetInt64(out var integer):
                result = integer;
                return true;
            case JsonValueKind.Number when typeof(ITuple).IsAssignableFrom(bare):
                return TryTuple(bare, _ => value, out result);
            case JsonValueKind.Number when bare.IsArray:
                return TryArray([.. Enumerable.Repeat(value, dimensions)], bare.GetElementType()!, out result);
            case JsonValueKind.Array when typeof(ITuple).IsAssignableFrom(bare):
                return value.GetArrayLength() == bare.GetGenericArguments().Length
                    && TryTuple(bare, i => value[i], out result);
            case JsonValueKind.Array when bare.IsArray:
                return TryArray([.. value.EnumerateArray()], bare.GetElementType()!, out result);
            case JsonValueKind.Array when bare == typeof(long) && value.GetArrayLength() == 1:
                return TryConvert(value[0], type, 1, out result);
            default:
                return false;
        }
    }

    private static bool TryTuple(Type tuple, Func<int, JsonElement> element, out object? result)
    {
        result = null;
        var items = new object?[tuple.GetGenericArguments().Length];
        for (var i = 0; i < items.Length; i++)
        {
            if (!TryConvert(element(i), tuple.GetGenericArguments()[i], 1, out items[i]))
            {
                return false;
            }
        }

        result = Activator.CreateInstance(tuple, items);
        return true;
    }

    private static bool TryArray(IReadOnlyList<JsonElement> values, Type element, out object? result)
    {
        IList array = Array.CreateInstance(element, values.Count);
        result = array;
        for (var i = 0; i < array.Count; i++)
        {
            if (!TryConvert(values[i], element, 1, out var item))
            {
                return false;
            }

            array[i] = item;
        }

        return true;
    }
}
