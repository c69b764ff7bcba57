using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Lrp.Checkpoints;
using Lrp.Checkpoints.Pickles;
using Lrp.Checkpoints.PyTorch;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Compares what was read from a PyTorch file with the description of what was saved.</summary>
/// <param name="checkpoint">The file.</param>
/// <param name="values">The values of its tensors, by their paths.</param>
/// <param name="mayRefuse">Whether a tensor of an element type that TorchSharp lacks may be refused.</param>
internal sealed class ExpectedContent(TorchCheckpoint checkpoint, SafetensorsFile values, bool mayRefuse)
{
    private readonly Dictionary<string, string> _storages = [];

    /// <summary>The paths of all tensors that were compared.</summary>
    public List<string> Seen { get; } = [];

    public void AssertEqual(JsonElement expected, object? actual)
    {
        if (expected.TryGetProperty("tensor", out var path))
        {
            AssertTensor(expected, path.GetString()!, (TorchTensor)actual!);
            return;
        }

        // The first property says what it is; "metadata" or the same number in decimals may follow.
        var kind = expected.EnumerateObject().First();
        switch (kind.Name)
        {
            case "dict" or "ordered_dict":
                AssertDictionary(kind.Value, (PickleDictionary)actual!);
                Assert.That(((PickleDictionary)actual!).Kind, Is.EqualTo(kind.Name == "dict" ? "dict" : "OrderedDict"));
                break;
            case "list" or "tuple" or "size" or "set":
                AssertSequence(kind.Name, kind.Value, (PickleSequence)actual!);
                break;
            case "int":
                Assert.That(
                    new BigInteger(actual is long number ? number : 0) + (actual as BigInteger? ?? 0),
                    Is.EqualTo(BigInteger.Parse(kind.Value.GetString()!, CultureInfo.InvariantCulture))
                );
                break;
            case "float":
                AssertFloat(expected.GetProperty("value"), (double)actual!);
                break;
            case "bytes":
                Assert.That(Convert.ToHexStringLower((byte[])actual!), Is.EqualTo(kind.Value.GetString()));
                break;
            case "torch.dtype":
                Assert.That(((TorchType)actual!).Name, Is.EqualTo(kind.Value.GetString()));
                break;
            case "torch.device":
                Assert.That(((TorchDevice)actual!).Name, Is.EqualTo(kind.Value.GetString()));
                break;
            case "value":
                AssertValue(kind.Value, actual);
                break;
            default:
                Assert.Fail($"'{kind.Name}' is not known to this test.");
                break;
        }
    }

    private static void AssertValue(JsonElement expected, object? actual)
    {
        object? value = expected.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.String => expected.GetString(),
            _ => expected.GetInt64(),
        };
        Assert.That(actual is DBNull ? null : actual, Is.EqualTo(value));
    }

    private static void AssertFloat(JsonElement expected, double actual) =>
        Assert.That(
            actual,
            Is.EqualTo(
                expected.ValueKind == JsonValueKind.Number
                    ? expected.GetDouble()
                    : double.Parse(
                        expected.GetString()!.Replace("inf", "Infinity", StringComparison.Ordinal),
                        CultureInfo.InvariantCulture
                    )
            )
        );

    private void AssertDictionary(JsonElement expected, PickleDictionary actual)
    {
        Assert.That(actual.Items, Has.Count.EqualTo(expected.GetArrayLength()));
        foreach (var (pair, item) in expected.EnumerateArray().Zip(actual.Items))
        {
            AssertEqual(pair[0], item.Key);
            AssertEqual(pair[1], item.Value);
        }
    }

    private void AssertSequence(string kind, JsonElement expected, PickleSequence actual)
    {
        Assert.That(actual.Kind, Is.EqualTo(kind == "size" ? "torch.Size" : kind));
        Assert.That(actual.Items, Has.Count.EqualTo(expected.GetArrayLength()));
        foreach (var (item, value) in expected.EnumerateArray().Zip(actual.Items))
        {
            AssertEqual(item, value);
        }
    }

    private void AssertTensor(JsonElement expected, string path, TorchTensor actual)
    {
        Seen.Add(path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(actual.Type.Name, Is.EqualTo(expected.GetProperty("dtype").GetString()), path);
            Assert.That(actual.Shape, Is.EqualTo(Numbers(expected, "shape")), path);
            Assert.That(actual.Strides, Is.EqualTo(Numbers(expected, "stride")), path);
            Assert.That(actual.Offset, Is.EqualTo(expected.GetProperty("offset").GetInt64()), path);
            Assert.That(actual.Storage.ByteLength, Is.EqualTo(expected.GetProperty("storage_bytes").GetInt64()), path);
            Assert.That(actual.RequiresGrad, Is.EqualTo(expected.GetProperty("requires_grad").GetBoolean()), path);
            Assert.That(actual.IsParameter, Is.EqualTo(expected.GetProperty("parameter").GetBoolean()), path);
            AssertStorage(expected.GetProperty("storage").ToString(), actual.Storage.Key);
        }

        AssertValues(path);
    }

    // Tensors share memory in the file exactly where they shared it when it was saved.
    private void AssertStorage(string number, string key)
    {
        _storages.TryAdd(number, key);
        Assert.That(_storages[number], Is.EqualTo(key));
        Assert.That(_storages.Count(pair => pair.Value == key), Is.EqualTo(1));
    }

    private void AssertValues(string path)
    {
        using var scope = NewDisposeScope();
        var entry = checkpoint.Entry(path[1..]);
        if (mayRefuse && entry.Type is null)
        {
            Assert.That(
                () => checkpoint.ReadTensor(entry.Name),
                Throws.TypeOf<CheckpointException>().With.Message.Contains(entry.Dtype)
            );
            return;
        }

        var actual = checkpoint.ReadTensor(entry.Name);
        var expected = values.ReadTensor(path);
        if (is_complex(actual))
        {
            actual = view_as_real(actual).contiguous();
        }

        Assert.That(actual.dtype, Is.EqualTo(expected.dtype), path);
        Assert.That(actual.shape, Is.EqualTo(expected.shape), path);
        Assert.That(actual.bytes.ToArray(), Is.EqualTo(expected.bytes.ToArray()), path);
    }

    private static long[] Numbers(JsonElement expected, string name) =>
        [.. expected.GetProperty(name).EnumerateArray().Select(number => number.GetInt64())];
}
