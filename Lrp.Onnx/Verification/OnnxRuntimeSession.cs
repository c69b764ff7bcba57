using System.Collections;
using System.Reflection;
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
    /// <returns>The outputs by name, flat; without those that are no numbers.</returns>
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
                    results[name] = tensor;
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
        var array = ToArray(value.detach().cpu().contiguous());
        var element = array.GetType().GetElementType()!;
        var shaped = Array.CreateInstance(element, [.. value.shape.Select(size => (int)size)]);
        Buffer.BlockCopy(array, 0, shaped, 0, Buffer.ByteLength(array));
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

    private static Array ToArray(Tensor value) =>
        value.dtype switch
        {
            ScalarType.Float32 => value.data<float>().ToArray(),
            ScalarType.Float64 => value.data<double>().ToArray(),
            ScalarType.Int64 => value.data<long>().ToArray(),
            ScalarType.Int32 => value.data<int>().ToArray(),
            ScalarType.Byte => value.data<byte>().ToArray(),
            ScalarType.Bool => value.data<bool>().ToArray(),
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
            _ => null,
        };
}
