using Lrp.Core.Interception;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Lrp.Tests.TorchSharpBehaviour;

/// <summary>
/// Which operators a function of TorchSharp is made of: function rules go by these names, so that they must be the same
/// on either runtime.
/// </summary>
[NonParallelizable]
public class OperatorNamesTests
{
    private static readonly Tensor X,
        W,
        B;

    static OperatorNamesTests() => (X, W, B) = (ones(2, 3), ones(4, 3), ones(4));

    [Test]
    public void SoftmaxIsSpecialSoftmax()
    {
        Assert.That(OperatorsOf(() => F.softmax(X, 1)), Is.EqualTo(new[] { "aten::special_softmax" }));
        Assert.That(OperatorsOf(() => X.softmax(1)), Is.EqualTo(new[] { "aten::special_softmax" }));
        Assert.That(OperatorsOf(() => F.log_softmax(X, 1)), Is.EqualTo(new[] { "aten::special_log_softmax" }));
    }

    [Test]
    public void LinearOfAMatrixWithABiasIsAddmm() =>
        Assert.That(OperatorsOf(() => F.linear(X, W, B)), Is.EqualTo(new[] { "aten::t", "aten::addmm" }));

    [Test]
    public void AnyOtherLinearIsMatmul()
    {
        Assert.That(OperatorsOf(() => F.linear(X, W)), Is.EqualTo(new[] { "aten::t", "aten::matmul" }));
        using var batch = ones(5, 2, 3);
        Assert.That(
            OperatorsOf(() => F.linear(batch, W, B)),
            Is.EqualTo(new[] { "aten::t", "aten::matmul", "aten::add_" })
        );
    }

    [Test]
    public void TheOperatorsOfCSharpAreThePlainOnes()
    {
        Assert.That(OperatorsOf(() => X + X), Is.EqualTo(new[] { "aten::add" }));
        Assert.That(OperatorsOf(() => X * 2), Is.EqualTo(new[] { "aten::mul" }));
        Assert.That(OperatorsOf(() => X / X), Is.EqualTo(new[] { "aten::div" }));
        Assert.That(OperatorsOf(() => X.multiply(X)), Is.EqualTo(new[] { "aten::mul" }));
        Assert.That(OperatorsOf(() => concat([X, X])), Is.EqualTo(new[] { "aten::cat" }));
    }

    private static List<string> OperatorsOf(Func<Tensor> function)
    {
        var seen = new List<string>();
        using var interception = OperatorInterception.Enter(
            null,
            call =>
            {
                seen.Add(call.Operator);
                return OperatorCall.LetThrough;
            }
        );
        using var result = function();
        return seen;
    }
}
