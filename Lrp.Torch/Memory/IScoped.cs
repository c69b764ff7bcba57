using TorchSharp;

namespace Lrp.Torch.Memory;

/// <summary>What a dispose scope can own: tensors and packed sequences.</summary>
internal interface IScoped : IDisposable
{
    DisposeScope? OwningDisposeScope { get; set; }

    /// <summary>The thread's counts for this kind of object.</summary>
    LifetimeStatistics StatisticsIn(ThreadDisposeScopeStatistics all);
}
