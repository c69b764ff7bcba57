using static TorchSharp.torch;

namespace Lrp.Core.Registrations;

/// <summary>
/// A model in evaluation mode, so that layers such as dropout take no random numbers; when disposed, the modes and the
/// random numbers of the CPU are as before.
/// </summary>
internal sealed class EvaluationMode : IDisposable
{
    private readonly IReadOnlyList<(nn.Module Module, bool Training)> _modes;
    private readonly Tensor _random;

    public EvaluationMode(nn.Module model)
    {
        _modes = [.. ModuleTree.Walk(model).Select(entry => (entry.Module, entry.Module.training))];
        _random = random.get_rng_state().DetachFromDisposeScope();
        if (_modes.Any(mode => mode.Training))
        {
            model.eval();
        }
    }

    public void Dispose()
    {
        if (_modes.Any(mode => mode.Training))
        {
            foreach (var (module, training) in _modes) // parents come before their children
            {
                module.train(training);
            }
        }

        random.set_rng_state(_random);
        _random.Dispose();
    }
}
