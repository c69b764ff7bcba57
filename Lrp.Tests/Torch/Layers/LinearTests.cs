using TorchSharp;
using TorchSharp.Modules;
using static Lrp.Tests.Torch.Layers.Numbers;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Lrp.Tests.Torch.Layers;

public sealed class LinearTests
{
    [SetUp]
    public void Seed() => manual_seed(1);

    [Test]
    public void LinearIsAMatrixProductAndABias()
    {
        using var scope = NewDisposeScope();
        Linear linear = Linear(3, 2, dtype: ScalarType.Float64);
        Tensor x = Random(4, 3);
        double[] w = Of(linear.weight), b = Of(linear.bias!), v = Of(x);
        var expected = new double[8];
        for (int n = 0; n < 4; n++)
        {
            for (int o = 0; o < 2; o++)
            {
                expected[n * 2 + o] = b[o] + Enumerable.Range(0, 3).Sum(i => w[o * 3 + i] * v[n * 3 + i]);
            }
        }

        AreClose(linear.call(x), expected);
    }

    [Test]
    public void LinearHasPyTorchsNamesAndShapes()
    {
        using Linear linear = Linear(3, 2);
        HasParameters(linear, ("weight", [2, 3]), ("bias", [2]));
        Assert.That((linear.in_features, linear.out_features), Is.EqualTo((3L, 2L)));
    }

    [Test]
    public void LinearWithoutBiasHasOnlyAWeight()
    {
        using Linear linear = Linear(3, 2, hasBias: false);
        HasParameters(linear, ("weight", [2, 3]));
        Assert.That(linear.bias, Is.Null);
    }

    [Test]
    public void LinearBeginsWithinPyTorchsBound()
    {
        using Linear linear = Linear(25, 400);
        Assert.That(Of(linear.weight).Max(Math.Abs), Is.LessThanOrEqualTo(1.0 / 5).And.GreaterThan(0.19));
        Assert.That(Of(linear.bias!).Max(Math.Abs), Is.LessThanOrEqualTo(1.0 / 5).And.GreaterThan(0.18));
    }

    [Test]
    public void LinearTakesParametersAsTheyAre()
    {
        using Linear linear = Linear(Parameter(ones(2, 3)), Parameter(full([2L], 5f)));
        using Tensor y = linear.call(ones(1, 3));
        AreClose(y, [8, 8]);
        Assert.That((linear.in_features, linear.out_features), Is.EqualTo((3L, 2L)));
    }

    [Test]
    public void AReplacedWeightIsTheOneInTheStateDict()
    {
        using Linear linear = Linear(3, 2);
        linear.weight = Parameter(ones(2, 3));
        linear.bias = null;
        HasParameters(linear, ("weight", [2, 3]));
        AreClose(linear.state_dict()["weight"], [1, 1, 1, 1, 1, 1]);
    }

    [Test]
    public void AConvertedLinearComputesInTheNewType()
    {
        using Linear linear = Linear(3, 2);
        linear.to(ScalarType.Float64);
        using Tensor y = linear.call(Random(1, 3));
        Assert.That(y.dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(linear.weight.dtype, Is.EqualTo(ScalarType.Float64));
        Assert.That(linear.bias!.requires_grad);
    }

    [Test]
    public void ParametersOutliveTheScopeTheyWereMadeIn()
    {
        Linear linear;
        using (NewDisposeScope())
        {
            linear = Linear(3, 2);
        }

        using (linear)
        using (Tensor y = linear.call(ones(1, 3)))
        {
            Assert.That(y.shape, Is.EqualTo(new long[] { 1, 2 }));
        }
    }

    [Test]
    public void HooksSeeCallsAndNotForward()
    {
        using Linear linear = Linear(3, 2);
        int seen = 0;
        linear.register_forward_hook((_, _, output) =>
        {
            seen++;
            return output;
        });
        using Tensor x = ones(1, 3);
        linear.call(x).Dispose();
        linear.forward(x).Dispose();
        Assert.That(seen, Is.EqualTo(1));
    }

    [Test]
    public void BilinearIsAFormInBothInputs()
    {
        using var scope = NewDisposeScope();
        Bilinear bilinear = Bilinear(2, 3, 4, dtype: ScalarType.Float64);
        HasParameters(bilinear, ("weight", [4, 2, 3]), ("bias", [4]));
        Tensor x = Random(5, 2), y = Random(5, 3);
        var expected = new double[20];
        for (int n = 0; n < 5; n++)
        {
            for (int k = 0; k < 4; k++)
            {
                double sum = At(bilinear.bias!, k);
                for (int i = 0; i < 2; i++)
                {
                    for (int j = 0; j < 3; j++)
                    {
                        sum += At(x, n, i) * At(bilinear.weight, k, i, j) * At(y, n, j);
                    }
                }

                expected[n * 4 + k] = sum;
            }
        }

        AreClose(bilinear.call(x, y), expected);
    }

    [Test]
    public void IdentityIsAnotherTensorOverTheSameNumbers()
    {
        using Identity identity = Identity();
        using Tensor x = Random(2, 2);
        using Tensor y = identity.call(x);
        Assert.That(y, Is.Not.SameAs(x));
        AreClose(y, x);
    }

    [Test]
    public void FlattenJoinsAndUnflattenSplits()
    {
        using var scope = NewDisposeScope();
        Tensor x = Random(2, 3, 4);
        Tensor flat = Flatten().call(x);
        Assert.That(flat.shape, Is.EqualTo(new long[] { 2, 12 }));
        AreClose(Unflatten(1, [3, 4]).call(flat), x);
    }
}
