using System.Globalization;
using System.Runtime.InteropServices;
using NUnit.Framework;
using TorchSharp;
using static TorchSharp.torch;

namespace Lrp.Tests.Torch;

public sealed class TensorDataTests
{
    private DisposeScope _scope = null!;

    [SetUp]
    public void Open() => _scope = NewDisposeScope();

    [TearDown]
    public void Close() => _scope.Dispose();

    [Test]
    public void An_array_becomes_a_tensor_of_its_shape_and_type()
    {
        Tensor t = tensor(new float[,] { { 1, 2 }, { 3, 4 }, { 5, 6 } });
        Assert.Multiple(() =>
        {
            Assert.That(t.shape, Is.EqualTo(new long[] { 3, 2 }));
            Assert.That(t.dtype, Is.EqualTo(ScalarType.Float32));
            Assert.That(t.data<float>().ToArray(), Is.EqualTo(new float[] { 1, 2, 3, 4, 5, 6 }));
        });
    }

    [Test]
    public void Tensor_copies_its_array_and_from_array_shares_it()
    {
        double[] numbers = [1, 2];
        Tensor copy = tensor(numbers), shared = from_array(numbers);
        numbers[0] = 10;
        Assert.Multiple(() =>
        {
            Assert.That(copy[0].item<double>(), Is.EqualTo(1));
            Assert.That(shared[0].item<double>(), Is.EqualTo(10));
        });
    }

    [Test]
    public void A_type_given_converts()
    {
        Assert.That(tensor(new[] { 1.9, -1.9 }, dtype: int32).data<int>().ToArray(), Is.EqualTo(new[] { 1, -1 }));
    }

    [Test]
    public void Every_element_type_survives_the_way_there_and_back()
    {
        Assert.Multiple(() =>
        {
            Assert.That(tensor(new byte[] { 1, 255 }).data<byte>().ToArray(), Is.EqualTo(new byte[] { 1, 255 }));
            Assert.That(tensor(new sbyte[] { -1, 127 }).data<sbyte>().ToArray(), Is.EqualTo(new sbyte[] { -1, 127 }));
            Assert.That(tensor(new short[] { -300 }).data<short>().ToArray(), Is.EqualTo(new short[] { -300 }));
            Assert.That(tensor(new[] { true, false }).data<bool>().ToArray(), Is.EqualTo(new[] { true, false }));
            Assert.That(tensor(new Half[] { (Half)1.5f }).data<Half>().ToArray(), Is.EqualTo(new Half[] { (Half)1.5f }));
            Assert.That(tensor(new BFloat16[] { new(1.5f) }).data<BFloat16>().ToArray(), Is.EqualTo(new BFloat16[] { new(1.5f) }));
            Assert.That(tensor(new System.Numerics.Complex[] { new(1, 2) }).data<System.Numerics.Complex>().ToArray(), Is.EqualTo(new System.Numerics.Complex[] { new(1, 2) }));
            Assert.That(tensor(new (float, float)[] { (1, 2) }).data<(float, float)>().ToArray(), Is.EqualTo(new (float, float)[] { (1, 2) }));
        });
    }

    [Test]
    public void Elements_of_a_transposed_tensor_come_in_its_own_order()
    {
        Tensor t = tensor(new long[,] { { 1, 2 }, { 3, 4 } }).t();
        Assert.Multiple(() =>
        {
            Assert.That(t.data<long>().ToArray(), Is.EqualTo(new long[] { 1, 3, 2, 4 }));
            Assert.That(t.data<long>()[1, 0], Is.EqualTo(2));
            Assert.That(t.data<long>().ToNDArray(), Is.EqualTo(new long[,] { { 1, 3 }, { 2, 4 } }));
        });
    }

    [Test]
    public void Data_can_be_written()
    {
        Tensor t = zeros(2, 2);
        t.data<float>()[1, 0] = 5;
        Assert.That(t[1, 0].item<float>(), Is.EqualTo(5f));
    }

    [Test]
    public void Reading_as_another_type_names_both()
    {
        Assert.That(() => ones(1).item<double>(), Throws.ArgumentException.With.Message.Contains("Double").And.Message.Contains("Float32"));
    }

    [Test]
    public void Item_of_several_elements_names_the_shape()
    {
        Assert.That(() => ones(2, 3).item<float>(), Throws.ArgumentException.With.Message.Contains("[2, 3]"));
    }

    [Test]
    public void A_list_too_short_for_its_shape_is_refused()
    {
        Assert.That(() => tensor(new float[] { 1, 2, 3 }, [2, 2]), Throws.ArgumentException.With.Message.Contains("[2, 2]"));
    }

    [Test]
    public void A_disposed_tensor_is_named_by_the_operator_that_got_it()
    {
        Tensor t = ones(1);
        t.Dispose();
        Assert.Multiple(() =>
        {
            Assert.That(() => t + 1, Throws.InvalidOperationException.With.Message.Contains("add"));
            Assert.That(() => t.shape, Throws.InvalidOperationException);
        });
    }

    [Test]
    public void A_null_among_tensors_is_refused()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => cat([ones(1), null!]), Throws.ArgumentNullException);
            Assert.That(() => ones(1).copy_(null!), Throws.ArgumentNullException);
            Assert.That(() => autograd.grad([ones(1)], [null!]), Throws.ArgumentNullException);
        });
    }

    [Test]
    public void Shapes_that_do_not_fit_are_in_the_message()
    {
        Assert.That(() => ones(2, 3).matmul(ones(4, 5)), Throws.InstanceOf<ExternalException>().With.Message.Contains("matmul").And.Message.Contains("[2, 3]").And.Message.Contains("[4, 5]"));
    }

    [Test]
    public void A_device_that_is_not_there_is_refused_in_words()
    {
        Assume.That(cuda.is_available(), Is.False, "only on a machine without CUDA");
        Assert.That(() => ones(1).cuda(), Throws.InvalidOperationException.With.Message.Contains("CUDA"));
    }

    [Test]
    public void Types_and_devices_convert()
    {
        Tensor t = tensor(new[] { 1.5f });
        Assert.Multiple(() =>
        {
            Assert.That(t.to(float64).dtype, Is.EqualTo(ScalarType.Float64));
            Assert.That(t.to("cpu").device_type, Is.EqualTo(DeviceType.CPU));
            Assert.That(t.@long().item<long>(), Is.EqualTo(1));
            Assert.That(t.type_as(ones(1, dtype: float64)).dtype, Is.EqualTo(ScalarType.Float64));
            Assert.That(t.to(float64, copy: false, disposeAfter: true).item<double>(), Is.EqualTo(1.5));
            Assert.That(t.IsInvalid);
        });
    }

    [Test]
    public void Printing_shows_shape_type_device_and_aligned_values()
    {
        Tensor t = tensor(new float[,] { { 1, -2.5f }, { 100, 0.25f } });
        CultureInfo culture = CultureInfo.InvariantCulture;
        Assert.Multiple(() =>
        {
            Assert.That(t.ToString(), Is.EqualTo("[2x2], type = Float32, device = cpu"));
            Assert.That(t.jlstr(newLine: "\n", cultureInfo: culture), Is.EqualTo("[2x2], type = Float32, device = cpu\n   1 -2.5\n 100 0.25\n"));
            Assert.That(t.npstr(newLine: "\n", cultureInfo: culture), Is.EqualTo("[[1, -2.5]\n [100, 0.25]]"));
            Assert.That(t.cstr(newLine: "\n", cultureInfo: culture), Is.EqualTo("[2x2], type = Float32, device = cpu, value = \nfloat [,] {\n {1f, -2.5f},\n {100f, 0.25f}\n}"));
            Assert.That(tensor(3L).jlstr(cultureInfo: culture), Is.EqualTo("[], type = Int64, device = cpu, value = 3"));
        });
    }

    [Test]
    public void Long_rows_are_shortened()
    {
        Assert.That(arange(10, dtype: int64).npstr(), Is.EqualTo("[0, 1, 2, ... 7, 8, 9]"));
    }

    [Test]
    public void A_million_tensors_without_a_scope_do_not_pile_up()
    {
        Tensor one = ones(4);
        Assert.That(MostAliveAtOnce(1_000_000, () => one + one), Is.LessThan(200_000));
    }

    [Test]
    public void Large_tensors_without_a_scope_press_on_the_collector()
    {
        Assert.That(MostAliveAtOnce(400, () => empty(4 << 20)), Is.LessThan(300), "tensors of 16 MB");
    }

    // On a thread of its own, since this one has a scope.
    private static long MostAliveAtOnce(int count, Func<Tensor> make)
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = Tensor.TotalCount;
        long most = 0;
        var thread = new Thread(() =>
        {
            for (int k = 0; k < count; k++)
            {
                _ = make();
                most = Math.Max(most, Tensor.TotalCount - before);
            }
        });
        thread.Start();
        thread.Join();
        return most;
    }
}
