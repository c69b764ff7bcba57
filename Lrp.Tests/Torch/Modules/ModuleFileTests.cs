using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch.Modules;

/// <summary>
/// TorchSharp's format: the number of tensors; for each its name (length, UTF-8), element type, number of dimensions,
/// dimensions and elements. All numbers but the elements are LEB128.
/// </summary>
public sealed class ModuleFileTests
{
    private string _path = "";

    [SetUp]
    public void Name() => _path = Path.Combine(Path.GetTempPath(), $"lrp-{Guid.NewGuid():N}.dat");

    [TearDown]
    public void Delete() => File.Delete(_path);

    [Test]
    public void AModuleIsWrittenByteByByteAsTheFormatSays()
    {
        using var module = new Affine(2, -1, width: 2);
        var stream = new MemoryStream();
        module.save(stream);

        byte[] expected =
        [
            3,
            5, .. "scale"u8, 6, 1, 2, .. Floats(2, 2),
            5, .. "shift"u8, 6, 1, 2, .. Floats(-1, -1),
            5, .. "count"u8, 4, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0,
        ];
        Assert.That(stream.ToArray(), Is.EqualTo(expected));
    }

    [Test]
    public void LargeNumbersTakeSevenBitsAByteTheLowestFirst()
    {
        var stream = new MemoryStream();
        zeros(new long[] { 300, 1, 0 }, dtype: float64).Save(stream);
        Assert.That(stream.ToArray(), Is.EqualTo(new byte[] { 7, 3, 0xAC, 0x02, 1, 0 }));
    }

    [Test]
    public void ATensorWithoutDimensionsHasNone()
    {
        var stream = new MemoryStream();
        tensor(1.5f).Save(stream);
        Assert.That(stream.ToArray(), Is.EqualTo((byte[])[6, 0, .. Floats(1.5f)]));
    }

#if TORCH_SYSTEM
    [Test]
    public void AViewIsWrittenInTheOrderOfItsOwnElements()
    {
        var stream = new MemoryStream();
        arange(4, dtype: float32).reshape(2, 2).transpose(0, 1).Save(stream);
        Assert.That(stream.ToArray(), Is.EqualTo((byte[])[6, 2, 2, 2, .. Floats(0, 2, 1, 3)]));
    }
#endif

    [TestCaseSource(nameof(ElementTypes))]
    public void ATensorOfEveryElementTypeComesBack(ScalarType type)
    {
        using var original = arange(6, dtype: float32).reshape(2, 3).to_type(type);
        var stream = new MemoryStream();
        original.Save(stream);
        using var copy = Tensor.Load(new BinaryReader(new MemoryStream(stream.ToArray())));
        Assert.That(copy.dtype, Is.EqualTo(type));
        Assert.That(copy.shape, Is.EqualTo(new long[] { 2, 3 }));
        Assert.That(copy.bytes.ToArray(), Is.EqualTo(original.bytes.ToArray()));
    }

    [Test]
    public void AModuleComesBackFromItsFile()
    {
        using var model = new Nested();
        model.First.scale.with_requires_grad(false).fill_(0.25);
        model.save(_path);

        using var copy = new Nested();
        Assert.That(copy.load(_path), Is.SameAs(copy));
        Assert.That(copy.First.scale.data<float>().ToArray(), Is.All.EqualTo(0.25f));
        Assert.That(copy.First.scale.requires_grad, Is.True);
        using var created = (Nested)nn.Module.Create<Nested>(_path);
        Assert.That(created.First.scale.data<float>().ToArray(), Is.All.EqualTo(0.25f));
    }

    [Test]
    public void SkippedNamesAreNotWritten()
    {
        using var module = new Affine();
        module.save(_path, skip: ["count"]);
        using var copy = new Affine();
        Assert.That(() => copy.load(_path), Throws.ArgumentException.With.Message.Contains("expected 3, but found 2"));
        copy.load(_path, strict: false);
    }

    [Test]
    public void LoadingThatIsNotStrictTakesWhatFits()
    {
        using var source = new Affine(9, 8);
        source.register_buffer("more", ones(5));
        source.save(_path);

        using var target = new Affine();
        var loaded = new Dictionary<string, bool>();
        Assert.That(() => target.load(_path), Throws.ArgumentException);
        target.load(_path, strict: false, skip: ["shift"], loadedParameters: loaded);
        Assert.That(target.scale.data<float>().ToArray(), Is.All.EqualTo(9f));
        Assert.That(target.shift.data<float>().ToArray(), Is.All.EqualTo(1f));
        Assert.That(loaded, Is.EqualTo(new Dictionary<string, bool> { ["scale"] = true, ["shift"] = true, ["count"] = true, ["more"] = false }));
    }

#if TORCH_SYSTEM
    [Test]
    public void AnotherShapeOrElementTypeIsAnErrorThatNamesTheTensor()
    {
        using (var wide = new Affine(width: 4)) wide.save(_path);
        using var target = new Affine();
        Assert.That(() => target.load(_path), Throws.ArgumentException.With.Message.Contains("scale").And.Message.Contains("[4]").And.Message.Contains("[3]"));

        using (var exact = new Affine()) exact.@double().save(_path);
        Assert.That(() => target.load(_path), Throws.ArgumentException.With.Message.Contains("scale").And.Message.Contains("Float64"));
    }
#endif

    [Test]
    public void AFileThatEndsTooEarlyIsAnError()
    {
        using var module = new Affine();
        module.save(_path);
        var bytes = File.ReadAllBytes(_path);
        foreach (var length in new[] { 0, 1, 5, 10, bytes.Length - 1 })
        {
            Assert.That(() => module.load(new MemoryStream(bytes[..length])), Throws.InstanceOf<IOException>(), $"{length} bytes");
        }
    }

    [Test]
    public void AFileThatIsNotThereIsAnError() =>
        Assert.That(() => new Affine().load(_path), Throws.InstanceOf<FileNotFoundException>());

#if TORCH_SYSTEM
    [Test]
    public void HostileSizesAreErrorsBeforeAnythingIsAllocated()
    {
        byte[] endless = [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];
        byte[] huge = [6, 2, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F];
        byte[] large = [6, 1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01];
        byte[] manyDimensions = [6, 0x80, 0x80, 0x04];
        byte[] noSuchType = [99, 0];
        foreach (var bytes in new[] { endless, huge, large, manyDimensions, noSuchType })
        {
            Assert.That(() => Tensor.Load(new MemoryStream(bytes)), Throws.InstanceOf<InvalidDataException>().Or.InstanceOf<IOException>());
        }
    }
#endif

    private static ScalarType[] ElementTypes() =>
        [uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, ScalarType.Bool, complex64, complex128];

    private static byte[] Floats(params float[] values) => values.SelectMany(BitConverter.GetBytes).ToArray();
}
