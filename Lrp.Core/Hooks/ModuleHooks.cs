using System.Collections.Concurrent;
using System.Reflection;
using static TorchSharp.torch;

namespace Lrp.Core.Hooks;

/// <summary>
/// Attaches an <see cref="IModuleInterceptor"/> to a module of any arity through the forward hooks of TorchSharp's
/// <c>HookableModule</c>.
/// </summary>
/// <remarks>
/// Hooks run when a module is invoked with <c>call</c>; TorchSharp does not run them for <c>forward</c>.
/// </remarks>
public static class ModuleHooks
{
    private static readonly ConcurrentDictionary<Type, MethodInfo?> Attachers = new();

    /// <summary>Whether <see cref="Attach"/> can hook <paramref name="module"/>.</summary>
    /// <param name="module">Any module.</param>
    /// <returns>
    /// True when the module derives from one of TorchSharp's <c>Module&lt;T1, …, TResult&gt;</c> with one to six
    /// arguments; a plain <c>Module</c>, such as a <c>ModuleList</c>, is never called and has no hooks.
    /// </returns>
    public static bool CanAttach(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        return Attachers.GetOrAdd(module.GetType(), FindAttacher) is not null;
    }

    /// <summary>Attaches <paramref name="interceptor"/> to <paramref name="module"/>.</summary>
    /// <param name="module">A module with one to six arguments.</param>
    /// <param name="interceptor">What sees the module's calls from now on.</param>
    /// <returns>Removes both hooks when disposed; disposing it again does nothing.</returns>
    /// <exception cref="ArgumentException">The module has no <c>call</c>, hence no hooks.</exception>
    public static IDisposable Attach(nn.Module module, IModuleInterceptor interceptor)
    {
        ArgumentNullException.ThrowIfNull(module);
        ArgumentNullException.ThrowIfNull(interceptor);
        var attacher =
            Attachers.GetOrAdd(module.GetType(), FindAttacher)
            ?? throw new ArgumentException(
                $"A {module.GetType().Name} has no call() and therefore no hooks; attach to the modules it contains.",
                nameof(module)
            );
        return (IDisposable)attacher.Invoke(null, BindingFlags.DoNotWrapExceptions, null, [module, interceptor], null)!;
    }

    private static MethodInfo? FindAttacher(Type type)
    {
        for (var current = type; current is not null; current = current.BaseType)
        {
            if (!current.IsGenericType)
            {
                continue;
            }

            var name = current.GetGenericTypeDefinition() switch
            {
                var definition when definition == typeof(nn.Module<,>) => nameof(Attach1),
                var definition when definition == typeof(nn.Module<,,>) => nameof(Attach2),
                var definition when definition == typeof(nn.Module<,,,>) => nameof(Attach3),
                var definition when definition == typeof(nn.Module<,,,,>) => nameof(Attach4),
                var definition when definition == typeof(nn.Module<,,,,,>) => nameof(Attach5),
                var definition when definition == typeof(nn.Module<,,,,,,>) => nameof(Attach6),
                _ => null,
            };
            if (name is not null)
            {
                return typeof(ModuleHooks)
                    .GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static)!
                    .MakeGenericMethod(current.GetGenericArguments());
            }
        }

        return null;
    }

    private static object?[] Modified(object?[] inputs, int arity, nn.Module module) =>
        inputs.Length == arity
            ? inputs
            : throw new InvalidOperationException(
                $"An interceptor returned {inputs.Length} arguments for a {module.GetType().Name}, which takes {arity}."
            );

    private static Removal Attach1<T, TResult>(nn.Module<T, TResult> module, IModuleInterceptor interceptor)
    {
        var before = module.register_forward_pre_hook(
            (self, input) =>
            {
                object?[] inputs = [input];
                var modified = Modified(interceptor.Before(self, inputs), 1, self);
                return (T)modified[0]!;
            }
        );
        var after = module.register_forward_hook(
            (self, input, output) => (TResult)interceptor.After(self, [input], output)!
        );
        return new Removal(before.remove, after.remove);
    }

    private static Removal Attach2<T1, T2, TResult>(nn.Module<T1, T2, TResult> module, IModuleInterceptor interceptor)
    {
        var before = module.register_forward_pre_hook(
            (self, input1, input2) =>
            {
                object?[] inputs = [input1, input2];
                var modified = Modified(interceptor.Before(self, inputs), 2, self);
                return ((T1)modified[0]!, (T2)modified[1]!);
            }
        );
        var after = module.register_forward_hook(
            (self, input1, input2, output) => (TResult)interceptor.After(self, [input1, input2], output)!
        );
        return new Removal(before.remove, after.remove);
    }

    private static Removal Attach3<T1, T2, T3, TResult>(
        nn.Module<T1, T2, T3, TResult> module,
        IModuleInterceptor interceptor
    )
    {
        var before = module.register_forward_pre_hook(
            (self, input1, input2, input3) =>
            {
                object?[] inputs = [input1, input2, input3];
                var modified = Modified(interceptor.Before(self, inputs), 3, self);
                return ((T1)modified[0]!, (T2)modified[1]!, (T3)modified[2]!);
            }
        );
        var after = module.register_forward_hook(
            (self, input1, input2, input3, output) =>
                (TResult)interceptor.After(self, [input1, input2, input3], output)!
        );
        return new Removal(before.remove, after.remove);
    }

    private static Removal Attach4<T1, T2, T3, T4, TResult>(
        nn.Module<T1, T2, T3, T4, TResult> module,
        IModuleInterceptor interceptor
    )
    {
        var before = module.register_forward_pre_hook(
            (self, input1, input2, input3, input4) =>
            {
                object?[] inputs = [input1, input2, input3, input4];
                var modified = Modified(interceptor.Before(self, inputs), 4, self);
                return ((T1)modified[0]!, (T2)modified[1]!, (T3)modified[2]!, (T4)modified[3]!);
            }
        );
        var after = module.register_forward_hook(
            (self, input1, input2, input3, input4, output) =>
                (TResult)interceptor.After(self, [input1, input2, input3, input4], output)!
        );
        return new Removal(before.remove, after.remove);
    }

    private static Removal Attach5<T1, T2, T3, T4, T5, TResult>(
        nn.Module<T1, T2, T3, T4, T5, TResult> module,
        IModuleInterceptor interceptor
    )
    {
        var before = module.register_forward_pre_hook(
            (self, input1, input2, input3, input4, input5) =>
            {
                object?[] inputs = [input1, input2, input3, input4, input5];
                var modified = Modified(interceptor.Before(self, inputs), 5, self);
                return ((T1)modified[0]!, (T2)modified[1]!, (T3)modified[2]!, (T4)modified[3]!, (T5)modified[4]!);
            }
        );
        var after = module.register_forward_hook(
            (self, input1, input2, input3, input4, input5, output) =>
                (TResult)interceptor.After(self, [input1, input2, input3, input4, input5], output)!
        );
        return new Removal(before.remove, after.remove);
    }

    private static Removal Attach6<T1, T2, T3, T4, T5, T6, TResult>(
        nn.Module<T1, T2, T3, T4, T5, T6, TResult> module,
        IModuleInterceptor interceptor
    )
    {
        var before = module.register_forward_pre_hook(
            (self, input1, input2, input3, input4, input5, input6) =>
            {
                object?[] inputs = [input1, input2, input3, input4, input5, input6];
                var modified = Modified(interceptor.Before(self, inputs), 6, self);
                return (
                    (T1)modified[0]!,
                    (T2)modified[1]!,
                    (T3)modified[2]!,
                    (T4)modified[3]!,
                    (T5)modified[4]!,
                    (T6)modified[5]!
                );
            }
        );
        var after = module.register_forward_hook(
            (self, input1, input2, input3, input4, input5, input6, output) =>
                (TResult)interceptor.After(self, [input1, input2, input3, input4, input5, input6], output)!
        );
        return new Removal(before.remove, after.remove);
    }

    private sealed class Removal(Action removeBefore, Action removeAfter) : IDisposable
    {
        private int _removed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _removed, 1) == 0)
            {
                removeBefore();
                removeAfter();
            }
        }
    }
}
