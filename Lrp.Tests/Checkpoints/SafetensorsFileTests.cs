using Lrp.Checkpoints;
using static Lrp.Tests.Checkpoints.SafetensorsBytes;
using static TorchSharp.torch;

namespace Lrp.Tests.Checkpoints;

/// <summary>Tensors out of a file and into one.</summary>
[TestFixture]
public sealed class SafetensorsFileTests
{
    private string _path = string.Empty;

    [SetUp]
    public void CreatePath() =>
        _path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.safetensors");

    [TearDown]
    public void DeleteFile() => System.IO.File.Delete(_path);

    [TestCase(ScalarType.Bool, "BOOL")]
    [TestCase(ScalarType.Byte, "U8")]
    [TestCase(ScalarType.Int8, "I8")]
    [TestCase(ScalarType.Int16, "I16")]
    [TestCase(ScalarType.Int32, "I32")]
    [TestCase(ScalarType.Int64, "I64")]
    [TestCase(ScalarType.Float16, "F16")]
    [TestCase(ScalarType.BFloat16, "BF16")]
    [TestCase(ScalarType.Float32, "F32")]
    [TestCase(ScalarType.Float64, "F64")]
    public void ATensorOfEveryTypeComesBackBitForBit(ScalarType type, string dtype)
    {
        using var scope = NewDisposeScope();
        var written = tensor(new double[] { 0, 1, 2, 3, 4, 5 }).to(type).view(2, 3);
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["t"] = written });

        using var file = SafetensorsFile.Open(_path);
        var read = file.ReadTensor("t");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Entry("t").Dtype, Is.EqualTo(dtype));
            Assert.That(read.dtype, Is.EqualTo(type));
            Assert.That(read.shape, Is.EqualTo(new long[] { 2, 3 }));
            Assert.That(read.bytes.ToArray(), Is.EqualTo(written.bytes.ToArray()));
        }
    }

    [Test]
    public void TheHeaderTellsNamesShapesAndTypesWithoutReadingData()
    {
        using var file = SafetensorsFile.Open(
            File(
                "{\"__metadata__\":{\"format\":\"pt\"},"
                    + Entry("b", "F64", "1,2", 0, 16)
                    + ","
                    + Entry("a", "U8", "", 16, 17)
                    + "}",
                17
            )
        );
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Metadata["format"], Is.EqualTo("pt"));
            Assert.That(
                file.Entries.Select(entry => entry.ToString()),
                Is.EqualTo(new[] { "b F64 [1, 2]", "a U8 []" })
            );
        }
    }

    [Test]
    public void BytesMeanWhatTheFormatSays()
    {
        byte[] data = [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0];
        var json = System.Text.Encoding.UTF8.GetBytes("{" + Entry("w", "F32", "2", 0, 8) + "}");
        using var file = SafetensorsFile.Open(File((ulong)json.Length, json, data));
        using var w = file.ReadTensor("w");
        Assert.That(w.data<float>().ToArray(), Is.EqualTo(new[] { 1f, -2f }));
    }

    [Test]
    public void ScalarsAndEmptyTensorsKeepTheirShapes()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Save(
            _path,
            new Dictionary<string, Tensor> { ["scalar"] = tensor(3.5), ["empty"] = zeros(2, 0, 3) }
        );
        using var file = SafetensorsFile.Open(_path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.ReadTensor("scalar").item<double>(), Is.EqualTo(3.5));
            Assert.That(file.ReadTensor("empty").shape, Is.EqualTo(new long[] { 2, 0, 3 }));
        }
    }

    [Test]
    public void AViewIsWrittenAsItReads()
    {
        using var scope = NewDisposeScope();
        var transposed = arange(6).view(2, 3).t();
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["t"] = transposed });
        using var file = SafetensorsFile.Open(_path);
        Assert.That(file.ReadTensor("t").data<long>().ToArray(), Is.EqualTo(new long[] { 0, 3, 1, 4, 2, 5 }));
    }

    [Test]
    public void ATensorThatNeedsAGradientIsWrittenWithoutIt()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["t"] = ones(2, requires_grad: true) });
        using var file = SafetensorsFile.Open(_path);
        Assert.That(file.ReadTensor("t").requires_grad, Is.False);
    }

    [Test]
    public void EveryTensorLiesAlignedToItsElements()
    {
        using var scope = NewDisposeScope();
        SafetensorsFile.Save(
            _path,
            new Dictionary<string, Tensor>
            {
                ["a"] = ones(3, dtype: ScalarType.Byte),
                ["b"] = ones(3, dtype: ScalarType.Float64),
                ["c"] = ones(3, dtype: ScalarType.Float16),
            }
        );
        var bytes = System.IO.File.ReadAllBytes(_path);
        using var file = SafetensorsFile.Open(bytes);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(BitConverter.ToUInt64(bytes) % 8, Is.Zero);
            Assert.That(file.Names, Is.EqualTo(new[] { "b", "c", "a" }));
        }
    }

    [Test]
    public void AStreamThatCannotSeekIsReadToo()
    {
        var bytes = File("{" + Entry("w", "U8", "3", 0, 3) + "}", 3);
        using var file = SafetensorsFile.Open(new ForwardStream(bytes));
        using var w = file.ReadTensor("w");
        Assert.That(w.data<byte>().ToArray(), Is.EqualTo(new byte[] { 0, 1, 2 }));
    }

    [Test]
    public void AStreamIsReadFromWhereItStands()
    {
        byte[] bytes = [9, 9, 9, .. File("{" + Entry("w", "U8", "3", 0, 3) + "}", 3)];
        using var stream = new MemoryStream(bytes) { Position = 3 };
        using var file = SafetensorsFile.Open(stream, leaveOpen: true);
        using var w = file.ReadTensor("w");
        Assert.That(w.data<byte>().ToArray(), Is.EqualTo(new byte[] { 0, 1, 2 }));
    }

    [Test]
    public void ANameThatIsNotThereIsAnsweredWithThoseThatAre()
    {
        using var file = SafetensorsFile.Open(File("{" + Entry("weight", "U8", "3", 0, 3) + "}", 3));
        Assert.That(
            () => file.ReadTensor("wieght"),
            Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("no tensor 'wieght'; it has weight")
        );
    }

    [Test]
    public void ATypeWithoutATensorTypeDoesNotSpoilTheOtherTensors()
    {
        using var file = SafetensorsFile.Open(
            File("{" + Entry("u", "U32", "1", 0, 4) + "," + Entry("w", "U8", "3", 4, 7) + "}", 7)
        );
        using var w = file.ReadTensor("w");
        Assert.That(
            () => file.ReadTensor("u"),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("'u' has the element type U32")
        );
    }

    [Test]
    public void ABoolOfTwoIsRefused()
    {
        using var file = SafetensorsFile.Open(File("{" + Entry("mask", "BOOL", "3", 0, 3) + "}", 3));
        Assert.That(
            () => file.ReadTensor("mask"),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("other than 0 and 1")
        );
    }

    [Test]
    public void AClosedFileIsClosed()
    {
        var file = SafetensorsFile.Open(File("{" + Entry("w", "U8", "3", 0, 3) + "}", 3));
        file.Dispose();
        Assert.That(() => file.ReadTensor("w"), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void TheNameThatTheFormatKeepsCannotBeWritten()
    {
        using var t = ones(1);
        Assert.That(
            () => SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["__metadata__"] = t }),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("reserves this name")
        );
        Assert.That(System.IO.File.Exists(_path), Is.False);
    }

    [Test]
    public void ATypeThatTheFormatLacksCannotBeWritten()
    {
        using var t = ones(1, dtype: ScalarType.ComplexFloat64);
        Assert.That(
            () => SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["z"] = t }),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("'z' is ComplexFloat64")
        );
    }

    private sealed class ForwardStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
