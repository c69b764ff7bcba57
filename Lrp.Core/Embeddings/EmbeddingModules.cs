using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lrp.Core.Embeddings;

/// <summary>The embeddings of a model, by module and by the identity of their tables.</summary>
internal sealed class EmbeddingModules
{
    private readonly nn.Module _model;
    private readonly Lock _gate = new();
    private List<(string Name, nn.Module Module)> _all;
    private Dictionary<nint, (string Name, nn.Module Module)> _byTable = [];

    public EmbeddingModules(nn.Module model)
    {
        _model = model;
        _all = Find();
    }

    /// <summary>Every embedding with its name, also one that is in a field only and no child.</summary>
    public IReadOnlyList<(string Name, nn.Module Module)> All => _all;

    /// <summary>Whether a module is an embedding.</summary>
    public static bool Include(nn.Module module) => module is Embedding or EmbeddingBag;

    /// <summary>The table of an embedding, of shape [vocabulary, dim].</summary>
    public static Tensor? TableOf(nn.Module module) =>
        module switch
        {
            Embedding embedding => embedding.weight,
            EmbeddingBag bag => bag.weight,
            _ => null,
        };

    /// <summary>The embedding that a table belongs to; null for a table that no embedding of the model has.</summary>
    /// <param name="table">The table that an operator looks up.</param>
    public (string Name, nn.Module Module)? Owner(Tensor table)
    {
        var identity = OperatorInterception.IdentityOf(table);
        lock (_gate)
        {
            if (Known(identity) is { } known)
            {
                return known;
            }

            // Tables change when a model is moved to another device, and modules may be new.
            _all = Find();
            _byTable = [];
            foreach (var entry in _all)
            {
                if (TableOf(entry.Module) is { IsInvalid: false } own)
                {
                    _byTable.TryAdd(OperatorInterception.IdentityOf(own), entry);
                }
            }

            return Known(identity);
        }
    }

    /// <summary>A number may belong to another tensor by now: the embedding is asked for its table again.</summary>
    private (string Name, nn.Module Module)? Known(nint identity) =>
        _byTable.TryGetValue(identity, out var entry)
        && TableOf(entry.Module) is { IsInvalid: false } table
        && OperatorInterception.IdentityOf(table) == identity
            ? entry
            : null;

    private List<(string Name, nn.Module Module)> Find()
    {
        var found = new List<(string Name, nn.Module Module)>();
        var seen = new HashSet<nn.Module>(ReferenceEqualityComparer.Instance);
        Add("", _model);
        return found;

        void Add(string path, nn.Module root)
        {
            foreach (var (name, module) in ModuleTree.Walk(root))
            {
                if (!seen.Add(module))
                {
                    continue;
                }

                var full = string.Join('.', new[] { path, name }.Where(part => part.Length > 0));
                if (Include(module))
                {
                    found.Add((full, module));
                }

                AddFields(full, module);
            }
        }

        void AddFields(string path, nn.Module module)
        {
            if (LibraryModules.Include(module))
            {
                return;
            }

            var children = module.named_children().Select(child => child.module).ToList();
            foreach (var field in InstanceFields.Of(module.GetType()))
            {
                if (
                    typeof(nn.Module).IsAssignableFrom(field.FieldType)
                    && field.GetValue(module) is nn.Module hidden
                    && !children.Exists(child => ReferenceEquals(child, hidden))
                )
                {
                    Add(path.Length == 0 ? field.Name : $"{path}.{field.Name}", hidden);
                }
            }
        }
    }
}
