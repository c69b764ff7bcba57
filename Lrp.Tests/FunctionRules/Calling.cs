using static TorchSharp.torch;

namespace Lrp.Tests.FunctionRules;

/// <summary>A model whose forward is a function of its input and of registered modules.</summary>
internal sealed class Calling : nn.Module<Tensor, Tensor>
{
    private readonly Func<Tensor, Tensor> _forward;

    public Calling(Func<Tensor, Tensor> forward, params nn.Module[] modules)
        : base(nameof(Calling))
    {
        _forward = forward;
        for (var k = 0; k < modules.Length; k++)
        {
            register_module($"part{k}", modules[k]);
        }
    }

    public override Tensor forward(Tensor input) => _forward(input);
}
