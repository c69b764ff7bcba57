using Lrp.Torch.Memory;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            public static partial class rnn
            {
                /// <summary>
                /// Sequences of several lengths, without padding: first the first step of all of them, the longest
                /// sequence first, then the second step of all that have one, and so on.
                /// </summary>
                public sealed class PackedSequence : IDisposable, IScoped
                {
                    /// <summary>The steps of all sequences: [steps of all, ...].</summary>
                    public readonly Tensor data;

                    /// <summary>How many sequences have a first step, a second one, ... (integers, on the CPU).</summary>
                    public readonly Tensor batch_sizes;

                    /// <summary>Where each sequence, by length, was before; null where they were in that order.</summary>
                    public readonly Tensor sorted_indices;

                    /// <summary>Where each sequence, as it was before, is by length; null where they were in that order.</summary>
                    public readonly Tensor unsorted_indices;

                    private DisposeScope? _scope;
                    private bool _disposed;

                    /// <summary>Takes the tensors over from the dispose scopes that have them.</summary>
                    internal PackedSequence(Tensor data, Tensor batch_sizes, Tensor? sorted_indices, Tensor? unsorted_indices)
                    {
                        this.data = data.DetachFromDisposeScope();
                        this.batch_sizes = batch_sizes.DetachFromDisposeScope();
                        this.sorted_indices = sorted_indices?.DetachFromDisposeScope()!;
                        this.unsorted_indices = unsorted_indices?.DetachFromDisposeScope()!;
                        DisposeScopeManager.OfThread.Register(this);
                    }

                    DisposeScope? IScoped.OwningDisposeScope
                    {
                        get => _scope;
                        set => _scope = value;
                    }

                    LifetimeStatistics IScoped.StatisticsIn(ThreadDisposeScopeStatistics all) => all.PackedSequenceStatistics;

                    public void Dispose()
                    {
                        if (_disposed) return;
                        _disposed = true;
                        DisposeScopeManager.OfThread.Disposing(this);
                        data.Dispose();
                        batch_sizes.Dispose();
                        sorted_indices?.Dispose();
                        unsorted_indices?.Dispose();
                    }

                    public PackedSequence MoveToOuterDisposeScope()
                    {
                        _scope?.MoveToOuter<PackedSequence>(this);
                        return this;
                    }

                    public PackedSequence DetachFromDisposeScope()
                    {
                        _scope?.Detach<PackedSequence>(this);
                        return this;
                    }

                    public PackedSequence MoveToOtherDisposeScope(PackedSequence other) => MoveToOtherDisposeScope(other._scope);

                    public PackedSequence MoveToOtherDisposeScope(DisposeScope? other)
                    {
                        if (_scope is null) other?.Attach(this);
                        else _scope.MoveToOther<PackedSequence>(other, this);
                        return this;
                    }
                }
            }
        }
    }
}
