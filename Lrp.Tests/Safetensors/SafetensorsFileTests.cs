using Lrp.Checkpoints;
using TorchSharp;
using static Lrp.Tests.Safetensors.SafetensorsBytes;
using static TorchSharp.torch;

namespace Lrp.Tests.Safetensors;

/// <summary>Tensors out of a file and into one.</summary>
[TestFixture]
public sealed class SafetensorsFileTests
{
    private string _path = string.Empty;

    [SetUp]
    public void CreatePath() => _path = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.safetensors");

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
    public void A_tensor_of_every_type_comes_back_bit_for_bit(ScalarType type, string dtype)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor written = tensor(new double[] { 0, 1, 2, 3, 4, 5 }).to(type).view(2, 3);
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["t"] = written });

        using SafetensorsFile file = SafetensorsFile.Open(_path);
        Tensor read = file.ReadTensor("t");
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Entry("t").Dtype, Is.EqualTo(dtype));
            Assert.That(read.dtype, Is.EqualTo(type));
            Assert.That(read.shape, Is.EqualTo(new long[] { 2, 3 }));
            Assert.That(read.bytes.ToArray(), Is.EqualTo(written.bytes.ToArray()));
        }
    }

    [Test]
    public void The_header_tells_names_shapes_and_types_without_reading_data()
    {
        using SafetensorsFile file = SafetensorsFile.Open(File(
            "{\"__metadata__\":{\"format\":\"pt\"}," + Entry("b", "F64", "1,2", 0, 16) + "," + Entry("a", "U8", "", 16, 17) + "}", 17));
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.Metadata["format"], Is.EqualTo("pt"));
            Assert.That(file.Entries.Select(entry => entry.ToString()), Is.EqualTo(new[] { "b F64 [1, 2]", "a U8 []" }));
        }
    }

    [Test]
    public void Bytes_mean_what_the_format_says()
    {
        byte[] data = [0x00, 0x00, 0x80, 0x3f, 0x00, 0x00, 0x00, 0xc0];
        byte[] json = System.Text.Encoding.UTF8.GetBytes("{" + Entry("w", "F32", "2", 0, 8) + "}");
        using SafetensorsFile file = SafetensorsFile.Open(File((ulong)json.Length, json, data));
        using Tensor w = file.ReadTensor("w");
        Assert.That(w.data<float>().ToArray(), Is.EqualTo(new[] { 1f, -2f }));
    }

    [Test]
    public void Scalars_and_empty_tensors_keep_their_shapes()
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["scalar"] = tensor(3.5), ["empty"] = zeros(2, 0, 3) });
        using SafetensorsFile file = SafetensorsFile.Open(_path);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(file.ReadTensor("scalar").item<double>(), Is.EqualTo(3.5));
            Assert.That(file.ReadTensor("empty").shape, Is.EqualTo(new long[] { 2, 0, 3 }));
        }
    }

    [Test]
    public void A_view_is_written_as_it_reads()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor transposed = arange(6).view(2, 3).t();
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["t"] = transposed });
        using SafetensorsFile file = SafetensorsFile.Open(_path);
        Assert.That(file.ReadTensor("t").data<long>().ToArray(), Is.EqualTo(new long[] { 0, 3, 1, 4, 2, 5 }));
    }

    [Test]
    public void A_tensor_that_needs_a_gradient_is_written_without_it()
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["t"] = ones(2, requires_grad: true) });
        using SafetensorsFile file = SafetensorsFile.Open(_path);
        Assert.That(file.ReadTensor("t").requires_grad, Is.False);
    }

    [Test]
    public void Every_tensor_lies_aligned_to_its_elements()
    {
        using DisposeScope scope = NewDisposeScope();
        SafetensorsFile.Save(_path, new Dictionary<string, Tensor>
        {
            ["a"] = ones(3, dtype: ScalarType.Byte),
            ["b"] = ones(3, dtype: ScalarType.Float64),
            ["c"] = ones(3, dtype: ScalarType.Float16),
        });
        byte[] bytes = System.IO.File.ReadAllBytes(_path);
        using SafetensorsFile file = SafetensorsFile.Open(bytes);
        using (Assert.EnterMultipleScope())
        {
            Assert.That(BitConverter.ToUInt64(bytes) % 8, Is.Zero);
            Assert.That(file.Names, Is.EqualTo(new[] { "b", "c", "a" }));
        }
    }

    [Test]
    public void A_stream_that_cannot_seek_is_read_too()
    {
        byte[] bytes = File("{" + Entry("w", "U8", "3", 0, 3) + "}", 3);
        using SafetensorsFile file = SafetensorsFile.Open(new ForwardStream(bytes));
        using Tensor w = file.ReadTensor("w");
        Assert.That(w.data<byte>().ToArray(), Is.EqualTo(new byte[] { 0, 1, 2 }));
    }

    [Test]
    public void A_stream_is_read_from_where_it_stands()
    {
        byte[] bytes = [9, 9, 9, .. File("{" + Entry("w", "U8", "3", 0, 3) + "}", 3)];
        using var stream = new MemoryStream(bytes) { Position = 3 };
        using SafetensorsFile file = SafetensorsFile.Open(stream, leaveOpen: true);
        using Tensor w = file.ReadTensor("w");
        Assert.That(w.data<byte>().ToArray(), Is.EqualTo(new byte[] { 0, 1, 2 }));
    }

    [Test]
    public void A_name_that_is_not_there_is_answered_with_those_that_are()
    {
        using SafetensorsFile file = SafetensorsFile.Open(File("{" + Entry("weight", "U8", "3", 0, 3) + "}", 3));
        Assert.That(() => file.ReadTensor("wieght"), Throws.TypeOf<KeyNotFoundException>().With.Message.Contains("no tensor 'wieght'; it has weight"));
    }

    [Test]
    public void A_type_without_a_tensor_type_does_not_spoil_the_other_tensors()
    {
        using SafetensorsFile file = SafetensorsFile.Open(File("{" + Entry("u", "U32", "1", 0, 4) + "," + Entry("w", "U8", "3", 4, 7) + "}", 7));
        using Tensor w = file.ReadTensor("w");
        Assert.That(() => file.ReadTensor("u"), Throws.TypeOf<SafetensorsException>().With.Message.Contains("'u' has the element type U32"));
    }

    [Test]
    public void A_bool_of_two_is_refused()
    {
        using SafetensorsFile file = SafetensorsFile.Open(File("{" + Entry("mask", "BOOL", "3", 0, 3) + "}", 3));
        Assert.That(() => file.ReadTensor("mask"), Throws.TypeOf<SafetensorsException>().With.Message.Contains("other than 0 and 1"));
    }

    [Test]
    public void A_closed_file_is_closed()
    {
        SafetensorsFile file = SafetensorsFile.Open(File("{" + Entry("w", "U8", "3", 0, 3) + "}", 3));
        file.Dispose();
        Assert.That(() => file.ReadTensor("w"), Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void The_name_that_the_format_keeps_cannot_be_written()
    {
        using Tensor t = ones(1);
        Assert.That(
            () => SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["__metadata__"] = t }),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("keeps the name for itself"));
        Assert.That(System.IO.File.Exists(_path), Is.False);
    }

    [Test]
    public void A_type_that_the_format_lacks_cannot_be_written()
    {
        using Tensor t = ones(1, dtype: ScalarType.ComplexFloat64);
        Assert.That(
            () => SafetensorsFile.Save(_path, new Dictionary<string, Tensor> { ["z"] = t }),
            Throws.TypeOf<SafetensorsException>().With.Message.Contains("'z' is ComplexFloat64"));
    }

    private sealed class ForwardStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}
