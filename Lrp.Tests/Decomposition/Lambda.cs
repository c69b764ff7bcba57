using static TorchSharp.torch;

namespace Lrp.Tests.Decomposition;

/// <summary>A module whose forward is a function, for tests that need no weights of their own.</summary>
internal sealed class Lambda(Func<Tensor, Tensor> function, params nn.Module[] inner)
    : nn.Module<Tensor, Tensor>("Lambda")
{
    private readonly nn.Module[] _inner = inner;

    public Lambda Registered()
    {
        for (var k = 0; k < _inner.Length; k++)
        {
            register_module($"inner{k}", _inner[k]);
        }

        return this;
    }

    public override Tensor forward(Tensor input) => function(input);
}

/// <summary>The same for two inputs.</summary>
internal sealed class Lambda2(Func<Tensor, Tensor, Tensor> function) : nn.Module<Tensor, Tensor, Tensor>("Lambda2")
{
    public override Tensor forward(Tensor left, Tensor right) => function(left, right);
}
