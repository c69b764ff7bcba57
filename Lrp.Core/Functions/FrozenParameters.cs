using System.Reflection;
using Lrp.Core.Hooks;
using TorchSharp.Modules;
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

    // A model's author may forget to register a parameter; it is a weight all the same.
    private readonly List<(FieldInfo Field, nn.Module Owner)> _fields =
    [
        .. ModuleTree
            .Walk(model)
            .SelectMany(entry =>
                InstanceFields
                    .Of(entry.Module.GetType())
                    .Where(field => field.FieldType == typeof(Parameter))
                    .Select(field => (field, entry.Module))
            ),
    ];

    /// <summary>Freezes what is a parameter now and requires a gradient.</summary>
    public void Freeze()
    {
        lock (_gate)
        {
            var unregistered = _fields.Select(field => field.Field.GetValue(field.Owner)).OfType<Tensor>();
            foreach (var parameter in model.parameters().Concat(unregistered))
            {
                if (!parameter.IsInvalid && parameter.requires_grad)
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
}
