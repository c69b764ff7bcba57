using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using static TorchSharp.torch;

namespace Lrp.Core.Embeddings;

/// <summary>
/// Sees the outputs of a model's embeddings while the model runs, and may give others in their place.
/// </summary>
/// <remarks>
/// Where operators can be intercepted, every embedding is seen, whoever calls it; elsewhere those that are run by
/// <c>call</c>, because TorchSharp runs no hooks for <c>forward</c>.
/// </remarks>
/// <param name="model">The model.</param>
/// <param name="isActive">Whether embeddings that this thread calls now are to be seen.</param>
/// <param name="answer">
/// Gets each call; returns what the model gets in place of the output, or null for the output.
/// </param>
internal sealed class EmbeddingTap(nn.Module model, Func<bool> isActive, Func<EmbeddingCall, Tensor?> answer)
{
    private static readonly string[] Operators = ["aten::embedding", "aten::embedding_bag", .. Lookups];

    private static string[] Lookups => ["aten::index", "aten::index_select"];

    [ThreadStatic]
    private static bool _areOperatorsHidden;

    /// <summary>
    /// Told of rows that an operator which is no embedding looks up: the operator's name, the table, and the ids.
    /// </summary>
    public Action<string, Tensor, Tensor>? OtherLookup { get; init; }

    private readonly EmbeddingModules _modules = new(model);

    // The embeddings that this thread is calling, each with the number of outputs that were seen before.
    private readonly ThreadLocal<Stack<(nn.Module Module, long Before)>> _calls = new(() => new());
    private readonly ThreadLocal<long> _seen = new();

    /// <summary>Whether embeddings are seen whoever calls them.</summary>
    public static bool SeesOperators => !_areOperatorsHidden && OperatorInterception.IsAvailable;

    /// <summary>As if the native library were missing, on this thread until the result is disposed.</summary>
    public static IDisposable HideOperators()
    {
        _areOperatorsHidden = true;
        return new Hidden();
    }

    /// <summary>Sees the operators that this thread calls, until the result is disposed.</summary>
    /// <param name="endsWithModuleCall">Whether the call of a module, whose pre-hook is running, ends it too.</param>
    /// <returns>Null where operators cannot be intercepted.</returns>
    public OperatorInterception? Enter(bool endsWithModuleCall) =>
        SeesOperators
            ? OperatorInterception.Enter(
                Operators,
                Answer,
                new InterceptionOptions { EndsWithModuleCall = endsWithModuleCall }
            )
            : null;

    /// <summary>Sees the embeddings that are run by <c>call</c>, until the result is disposed.</summary>
    public IDisposable Hook()
    {
        var hooks = new Hooks();
        foreach (var (name, module) in _modules.All)
        {
            hooks.Add(ModuleHooks.Attach(module, new Watch(this, name)));
        }

        return hooks;
    }

    /// <summary>A call that began on this thread and did not end is forgotten.</summary>
    public void Forget() => _calls.Value!.Clear();

    private object? Answer(OperatorCall call)
    {
        if (Lookups.Contains(call.Operator))
        {
            if (isActive() && RowsOf(call) is var (rows, looked))
            {
                OtherLookup?.Invoke(call.Operator, rows, looked);
            }

            return OperatorCall.LetThrough;
        }

        if (
            !isActive()
            || call.Arguments is not [Tensor table, Tensor ids, ..]
            || _modules.Owner(table) is not var (name, module)
        )
        {
            return OperatorCall.LetThrough;
        }

        var results = call.Invoke();
        var output = (Tensor)(results is object?[] several ? several[0] : results)!;
        var isHooked = _calls.Value!.Any(open => ReferenceEquals(open.Module, module));
        _seen.Value++;
        if (AnswerOf(new EmbeddingCall(name, module, table, ids, output, isHooked)) is not { } instead)
        {
            return results;
        }

        if (results is not object?[] all)
        {
            return instead;
        }

        all[0] = instead;
        return all;
    }

    /// <summary>The table of which rows are looked up, and their numbers; null where it is another selection.</summary>
    private static (Tensor Table, Tensor Ids)? RowsOf(OperatorCall call) =>
        call.Arguments switch
        {
            [Tensor table, Tensor?[] and [{ } ids], ..] when IsLookup(table, ids) => (table, ids),
            [Tensor table, 0L, Tensor ids, ..] when IsLookup(table, ids) => (table, ids),
            _ => null,
        };

    private static bool IsLookup(Tensor table, Tensor ids) =>
        table.dim() == 2 && table.is_floating_point() && ids.dtype is ScalarType.Int64 or ScalarType.Int32;

    private Tensor? AnswerOf(EmbeddingCall call) => isActive() ? answer(call) : null;

    /// <summary>The hooks of one embedding.</summary>
    private sealed class Watch(EmbeddingTap tap, string name) : IModuleInterceptor
    {
        public object?[] Before(nn.Module module, object?[] inputs)
        {
            tap._calls.Value!.Push((module, tap._seen.Value));
            return inputs;
        }

        public object? After(nn.Module module, object?[] inputs, object? output)
        {
            var calls = tap._calls.Value!;
            var isSeen = calls.TryPop(out var call) && tap._seen.Value > call.Before;
            if (
                isSeen
                || output is not Tensor found
                || inputs is not [Tensor ids, ..]
                || EmbeddingModules.TableOf(module) is not { } table
            )
            {
                return output;
            }

            tap._seen.Value++;
            return tap.AnswerOf(new EmbeddingCall(name, module, table, ids, found, IsHooked: true)) ?? output;
        }
    }

    private sealed class Hidden : IDisposable
    {
        public void Dispose() => _areOperatorsHidden = false;
    }

    private sealed class Hooks : List<IDisposable>, IDisposable
    {
        public void Dispose()
        {
            ForEach(hook => hook.Dispose());
            Clear();
        }
    }
}
