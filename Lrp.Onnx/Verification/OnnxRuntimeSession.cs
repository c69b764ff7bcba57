using System.Collections;
using System.Reflection;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Lrp.Onnx.Verification;

/// <summary>
/// ONNX Runtime, if the program has its package. It is found by reflection, so that nobody who does not want it gets a
/// few hundred megabytes of native libraries.
/// </summary>
internal sealed class OnnxRuntimeSession : IDisposable
{
    private const string Package = "Microsoft.ML.OnnxRuntime";
    private readonly Assembly _assembly;
    private readonly IDisposable _session;

    /// <summary>Opens a model.</summary>
    /// <param name="model">A path, or the bytes of a file.</param>
    /// <exception cref="InvalidOperationException">The package is missing.</exception>
    public OnnxRuntimeSession(object model)
    {
        try
        {
            _assembly = Assembly.Load(Package);
        }
        catch (Exception exception) when (exception is FileNotFoundException or FileLoadException)
        {
            throw new InvalidOperationException(
                $"Add the package {Package} to your project to verify a model.",
                exception
            );
        }

        _session = (IDisposable)
            Activator.CreateInstance(Type("InferenceSession"), BindingFlags.DoNotWrapExceptions, null, [model], null)!;
    }

    /// <summary>Runs the model.</summary>
    /// <param name="inputs">The inputs by name.</param>
    /// <returns>The outputs by name; without those that are no numbers.</returns>
    public Dictionary<string, Tensor> Run(IEnumerable<(string Name, Tensor Value)> inputs)
    {
        var given = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(Type("NamedOnnxValue")))!;
        foreach (var (name, value) in inputs)
        {
            given.Add(Named(name, value));
        }

        var run = _session
            .GetType()
            .GetMethods()
            .First(method =>
                method.Name == "Run" && method.GetParameters().Length == 1 && method.ReturnType != typeof(void)
            );
        var results = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var all = (IEnumerable)run.Invoke(_session, BindingFlags.DoNotWrapExceptions, null, [given], null)!;
        using ((IDisposable)all)
        {
            foreach (var output in all)
            {
                var name = (string)output.GetType().GetProperty("Name")!.GetValue(output)!;
                var value = output.GetType().GetProperty("Value")!.GetValue(output)!;
                if (Read(value.GetType().GetProperty("Buffer")?.GetValue(value)) is { } tensor)
                {
                    results[name] = tensor.reshape(Shape(value));
                }
            }
        }

        return results;
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private Type Type(string name) => _assembly.GetType($"{Package}.{name}", throwOnError: true)!;

    private object Named(string name, Tensor value)
    {
        var element = ElementOf(value);
        var shaped = Array.CreateInstance(element, [.. value.shape.Select(size => (int)size)]);
        var bytes = value.detach().cpu().contiguous().bytes;
        bytes.CopyTo(MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(shaped), bytes.Length));
        var tensor = Type("Tensors.ArrayTensorExtensions")
            .GetMethods()
            .First(method => method.Name == "ToTensor" && method.GetParameters()[0].ParameterType == typeof(Array))
            .MakeGenericMethod(element)
            .Invoke(null, [shaped, false]);
        return Type("NamedOnnxValue")
            .GetMethod("CreateFromTensor")!
            .MakeGenericMethod(element)
            .Invoke(null, [name, tensor])!;
    }

    private Type ElementOf(Tensor value) =>
        value.dtype switch
        {
            ScalarType.Float32 => typeof(float),
            ScalarType.Float64 => typeof(double),
            ScalarType.Float16 => Type("Float16"),
            ScalarType.BFloat16 => Type("BFloat16"),
            ScalarType.Int64 => typeof(long),
            ScalarType.Int32 => typeof(int),
            ScalarType.Int16 => typeof(short),
            ScalarType.Int8 => typeof(sbyte),
            ScalarType.Byte => typeof(byte),
            ScalarType.Bool => typeof(bool),
            var other => throw new NotSupportedException($"A {other} input cannot be given to ONNX Runtime from here."),
        };

    private static Tensor? Read(object? buffer) =>
        buffer switch
        {
            Memory<float> values => tensor(values.ToArray()),
            Memory<double> values => tensor(values.ToArray()),
            Memory<long> values => tensor(values.ToArray()),
            Memory<int> values => tensor(values.ToArray()),
            Memory<bool> values => tensor(values.ToArray()),
            _ => buffer?.GetType().GenericTypeArguments is [{ Name: "Float16" or "BFloat16" } element]
                ? (Tensor?)
                    typeof(OnnxRuntimeSession)
                        .GetMethod(nameof(Halves), BindingFlags.Static | BindingFlags.NonPublic)!
                        .MakeGenericMethod(element)
                        .Invoke(null, [buffer])
                : null,
        };

    /// <summary>Numbers of 16 bits, whose types belong to the package.</summary>
    private static Tensor Halves<T>(Memory<T> values)
        where T : struct
    {
        var bits = MemoryMarshal.Cast<T, ushort>(values.Span).ToArray();
        return typeof(T).Name == "Float16"
            ? tensor(bits.Select(each => (float)BitConverter.UInt16BitsToHalf(each)).ToArray())
            : tensor(bits.Select(each => BitConverter.UInt32BitsToSingle((uint)each << 16)).ToArray());
    }

    private static long[] Shape(object tensor)
    {
        var sizes = tensor.GetType().GetProperty("Dimensions")!.GetMethod!.CreateDelegate<Sizes>(tensor);
        return [.. sizes().ToArray().Select(size => (long)size)];
    }

    private delegate ReadOnlySpan<int> Sizes();
}
