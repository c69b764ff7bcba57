using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>The modules directly below this one, with their names.</summary>
            public virtual IEnumerable<(string name, Module module)> named_children() => _internal_submodules;

            /// <summary>The modules directly below this one.</summary>
            public virtual IEnumerable<Module> children() => named_children().Select(child => child.module);

            /// <summary>All modules below this one (which is not among them), with dotted names: the children, then what is below each.</summary>
            public virtual IEnumerable<(string name, Module module)> named_modules() => ModulesBelow(named_children());

            /// <summary>All modules below this one.</summary>
            public virtual IEnumerable<Module> modules() => named_modules().Select(below => below.module);

            /// <summary>The parameters, each once, with dotted names; without recursion only this module's own.</summary>
            public virtual IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true)
            {
                var seen = new HashSet<IntPtr>();
                foreach (var (own, parameter) in _internal_params)
                {
                    if (IsNew(parameter, seen)) yield return (own, parameter);
                }

                if (!recurse) yield break;
                foreach (var below in ParametersBelow(_internal_submodules, seen)) yield return below;
            }

            /// <summary>The parameters, each once; without recursion only this module's own.</summary>
            public virtual IEnumerable<Parameter> parameters(bool recurse = true) => named_parameters(recurse).Select(named => named.parameter);

            /// <summary>
            /// The buffers, each once, with dotted names; without recursion only this module's own.
            /// Buffers that are not persistent are left out whatever <paramref name="include_nonpersistent"/> says, as TorchSharp leaves them out.
            /// </summary>
            public virtual IEnumerable<(string name, Tensor buffer)> named_buffers(bool recurse = true, bool include_nonpersistent = true)
            {
                var seen = new HashSet<IntPtr>();
                foreach (var (own, (buffer, persistent)) in _internal_buffers)
                {
                    if (persistent && IsNew(buffer, seen)) yield return (own, buffer);
                }

                if (!recurse) yield break;
                foreach (var below in BuffersBelow(_internal_submodules, include_nonpersistent, seen)) yield return below;
            }

            /// <summary>The buffers, each once; without recursion only this module's own.</summary>
            public virtual IEnumerable<Tensor> buffers(bool recurse = true, bool include_nonpersistent = true) =>
                named_buffers(recurse, include_nonpersistent).Select(named => named.buffer);

            public virtual bool has_buffer(string target) =>
                _internal_buffers.ContainsKey(target) || Owner(target, (module, rest) => module.has_buffer(rest));

            public virtual bool has_parameter(string target) =>
                _internal_params.ContainsKey(target) || Owner(target, (module, rest) => module.has_parameter(rest));

            /// <summary>The buffer of that dotted name, or null.</summary>
            public virtual Tensor? get_buffer(string target)
            {
                if (_internal_buffers.TryGetValue(target, out var own)) return own.Item1;
                Tensor? found = null;
                Owner(target, (module, rest) => (found = module.get_buffer(rest)) is not null);
                return found;
            }

            /// <summary>The parameter of that dotted name, or null.</summary>
            public virtual Parameter? get_parameter(string target)
            {
                if (_internal_params.TryGetValue(target, out var own)) return own;
                Parameter? found = null;
                Owner(target, (module, rest) => (found = module.get_parameter(rest)) is not null);
                return found;
            }

            internal static IEnumerable<(string name, Module module)> ModulesBelow(IEnumerable<(string name, Module module)> children)
            {
                foreach (var child in children) yield return child;
                foreach (var (child, module) in children)
                {
                    foreach (var (below, descendant) in module.named_modules()) yield return ($"{child}.{below}", descendant);
                }
            }

            internal static IEnumerable<(string name, Parameter parameter)> ParametersBelow(IEnumerable<(string name, Module module)> children, HashSet<IntPtr> seen)
            {
                foreach (var (child, module) in children)
                {
                    foreach (var (below, parameter) in module.named_parameters(true))
                    {
                        if (IsNew(parameter, seen)) yield return ($"{child}.{below}", parameter);
                    }
                }
            }

            internal static IEnumerable<(string name, Tensor buffer)> BuffersBelow(IEnumerable<(string name, Module module)> children, bool include_nonpersistent, HashSet<IntPtr> seen)
            {
                foreach (var (child, module) in children)
                {
                    foreach (var (below, buffer) in module.named_buffers(true, include_nonpersistent))
                    {
                        if (IsNew(buffer, seen)) yield return ($"{child}.{below}", buffer);
                    }
                }
            }

            /// <summary>Whether a tensor is alive and was not met before; it then was.</summary>
            private static bool IsNew(Tensor tensor, HashSet<IntPtr> seen) => !tensor.IsInvalid && seen.Add(tensor.Handle);

            /// <summary>Asks the child named by the first part of a dotted name for the rest of it.</summary>
            private bool Owner(string target, Func<Module, string, bool> ask)
            {
                var dot = target.IndexOf('.');
                if (dot < 0) return false;
                var (first, rest) = (target[..dot], target[(dot + 1)..]);
                return named_children().Any(child => child.name == first && ask(child.module, rest));
            }
        }
    }
}
