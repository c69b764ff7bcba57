using System.Reflection;
using Lrp.Core.Hooks;
using Lrp.Core.State;
using static TorchSharp.torch;

namespace Lrp.Core.Functions;

/// <summary>
/// The parameters of a model, which require no gradient while functions have rules: a weight that required one would
/// count as an operand that takes relevance.
/// </summary>
internal sealed class FrozenParameters(nn.Module model) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly HashSet<Tensor> _frozen = new(ReferenceEqualityComparer.Instance);

    // A model's author may forget to register a parameter, or a module; its weights are weights all the same.
    private readonly IReadOnlyList<nn.Module> _modules = new StateGraph(model).Modules;
    private List<(FieldInfo Field, nn.Module Owner)>? _fields;

    /// <summary>Freezes what is a parameter now and requires a gradient.</summary>
    public void Freeze()
    {
        lock (_gate)
        {
            _fields ??= FieldsOf(_modules);
            var inFields = _fields.Select(field => field.Field.GetValue(field.Owner)).OfType<Tensor>();
            foreach (var parameter in _modules.SelectMany(module => module.parameters(false)).Concat(inFields))
            {
                if (!parameter.IsInvalid && parameter.requires_grad && parameter.is_leaf)
                {
                    parameter.requires_grad = false;
                    _frozen.Add(parameter);
                }
            }
        }
    }

    /// <summary>Gives all their gradients back.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var parameter in _frozen.Where(parameter => !parameter.IsInvalid))
            {
                parameter.requires_grad = true;
            }

            _frozen.Clear();
        }
    }

    private static List<(FieldInfo Field, nn.Module Owner)> FieldsOf(IEnumerable<nn.Module> modules) =>
        [
            .. modules.SelectMany(module =>
                InstanceFields
                    .Of(module.GetType())
                    .Where(field => typeof(Tensor).IsAssignableFrom(field.FieldType))
                    .Select(field => (field, module))
            ),
        ];
}
