using System.Collections;
using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace TorchSharp
{
    namespace Modules
    {
        /// <summary>A list of parameters, named "0", "1", ...</summary>
        public class ParameterList : Module, IList<Parameter>
        {
            private readonly List<Parameter> _parameters = new();
            private bool _registered;

            public ParameterList(params Parameter[] parameters)
                : base(nameof(ParameterList))
            {
                append(parameters);
            }

            public int Count => _parameters.Count;

            public bool IsReadOnly => false;

            public Parameter this[int index]
            {
                get => _parameters[index];
                set => _parameters[index] = value;
            }

            public void Add(Parameter item) => _parameters.Add(item);

            public void append(params Parameter[] parameters) => _parameters.AddRange(parameters ?? []);

            public void extend(IEnumerable<Parameter> parameters) => _parameters.AddRange(parameters);

            public void Insert(int index, Parameter item) => _parameters.Insert(index, item);

            public bool Remove(Parameter item) => _parameters.Remove(item);

            public void RemoveAt(int index) => _parameters.RemoveAt(index);

            public void Clear() => _parameters.Clear();

            public bool Contains(Parameter item) => _parameters.Contains(item);

            public int IndexOf(Parameter item) => _parameters.IndexOf(item);

            public void CopyTo(Parameter[] array, int arrayIndex) => _parameters.CopyTo(array, arrayIndex);

            public IEnumerator<Parameter> GetEnumerator() => _parameters.GetEnumerator();

            IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

            public override IEnumerable<(string name, Parameter parameter)> named_parameters(bool recurse = true) =>
                _parameters.Select((parameter, i) => ($"{i}", parameter));

            public override bool has_parameter(string target) => get_parameter(target) is not null;

            public override Parameter? get_parameter(string target) =>
                int.TryParse(target, out var index) && index >= 0 && index < _parameters.Count ? _parameters[index] : null;

            protected override void RegisterComponents()
            {
                if (_registered) return;
                for (var i = 0; i < _parameters.Count; i++) register_parameter($"{i}", _parameters[i]);
                _registered = true;
            }

            protected override void _toEpilog(torch.ScalarType? dtype, torch.Device? device, bool non_blocking)
            {
                for (var i = 0; i < _parameters.Count; i++)
                {
                    var parameter = _parameters[i];
                    if (!ReplaceParameter(dtype, device, parameter, out var converted)) continue;
                    _parameters[i] = converted!;
                    if (_registered) ConditionallyRegisterParameter($"{i}", converted);
                    parameter.Dispose();
                }

                RememberDevice(device);
            }
        }
    }

    public static partial class torch
    {
        public static partial class nn
        {
            public static ParameterList ParameterList(params Parameter[] parameters) => new(parameters);
        }
    }
}
