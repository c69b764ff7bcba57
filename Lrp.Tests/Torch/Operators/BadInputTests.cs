using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.Torch.Operators;

/// <summary>Bad input is answered with an exception that names the operator and the shapes, never with a crash.</summary>
public class BadInputTests
{
    [Test]
    public void Shapes_that_do_not_broadcast() =>
        Assert.That(
            () => ones(2, 3) + ones(4),
            Throws.TypeOf<ExternalException>().With.Message.Contains("add").And.Message.Contains("[2, 3]").And.Message.Contains("[4]"));

    [Test]
    public void Matrices_that_do_not_fit() =>
        Assert.That(
            () => ones(2, 3).matmul(ones(2, 3)),
            Throws.TypeOf<ExternalException>().With.Message.Contains("matmul").And.Message.Contains("[2, 3]"));

    [Test]
    public void A_convolution_of_other_channels() =>
        Assert.That(
            () => F.conv2d(ones(1, 3, 8, 8), ones(4, 2, 3, 3)),
            Throws.TypeOf<ExternalException>().With.Message.Contains("conv2d").And.Message.Contains("[1, 3, 8, 8]"));

    [Test]
    public void A_dimension_that_is_not_there() =>
        Assert.That(() => ones(2, 3).sum(5), Throws.TypeOf<ExternalException>().With.Message.Contains("sum").And.Message.Contains("5"));

    [Test]
    public void An_index_out_of_range() =>
        Assert.That(
            () => ones(2).index_select(0, tensor(new[] { 7L })),
            Throws.TypeOf<ExternalException>().With.Message.Contains("index_select"));

    [Test]
    public void A_gather_beyond_the_end() =>
        Assert.That(() => ones(2).gather(0, tensor(new[] { 2L })), Throws.TypeOf<ExternalException>().With.Message.Contains("gather"));

    [Test]
    public void A_class_that_is_not_there() =>
        Assert.That(
            () => F.cross_entropy(ones(1, 3), tensor(new[] { 3L })),
            Throws.TypeOf<ExternalException>().With.Message.Contains("cross_entropy"));

    [Test]
    public void Types_that_do_not_go_together() =>
        Assert.That(
            () => ones(2, 2).mm(ones(2, 2, dtype: ScalarType.Float64)),
            Throws.TypeOf<ExternalException>().With.Message.Contains("mm").And.Message.Contains("Double"));

    [Test]
    public void An_index_that_is_no_integer() =>
        Assert.That(() => ones(2).index_select(0, ones(1)), Throws.TypeOf<ExternalException>().With.Message.Contains("index_select"));

    [Test]
    public void A_shape_with_another_number_of_elements() =>
        Assert.That(
            () => ones(2, 3).reshape(4),
            Throws.TypeOf<ExternalException>().With.Message.Contains("reshape").And.Message.Contains("[2, 3]"));

    [Test]
    public void An_in_place_operator_that_would_grow_its_tensor() =>
        Assert.That(() => ones(1).add_(ones(3)), Throws.TypeOf<ExternalException>().With.Message.Contains("add_"));

    [Test]
    public void A_disposed_tensor()
    {
        Tensor t = ones(2);
        t.Dispose();
        Assert.That(() => t + 1, Throws.TypeOf<InvalidOperationException>().With.Message.Contains("add"));
        Assert.That(() => cat([ones(2), t]), Throws.TypeOf<InvalidOperationException>().With.Message.Contains("cat"));
    }

    [Test]
    public void A_null()
    {
        Assert.That(() => ones(2).matmul(null!), Throws.ArgumentNullException.With.Property("ParamName").EqualTo("target"));
        Assert.That(() => cat([ones(2), null!]), Throws.ArgumentNullException);
        Assert.That(() => F.conv2d(ones(1, 1, 3, 3), null!), Throws.ArgumentNullException);
        Assert.That(() => ones(2).add((Scalar)null!), Throws.ArgumentNullException);
    }

    [Test]
    public void An_equation_that_cannot_be_read() =>
        Assert.That(() => einsum("ij,jk->", ones(2)), Throws.TypeOf<ExternalException>().With.Message.Contains("einsum"));

    [Test]
    public void A_failed_call_leaves_nothing_behind()
    {
        for (int k = 0; k < 100; k++)
        {
            Assert.That(() => ones(2, 3) + ones(4), Throws.TypeOf<ExternalException>());
        }

        Assert.That((ones(2) + ones(2)).Values(), Is.All.EqualTo(2));
    }
}
