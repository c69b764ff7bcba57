using Lrp.Core;
using Lrp.Core.Interception;
using Lrp.Decomposition;
using Lrp.Decomposition.Families;
using Lrp.Decomposition.Recording;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Composites;

public sealed partial class Composite
{
    private readonly List<(NamePattern Pattern, DecompositionRule Rule)> _decompositionNames = [];
    private readonly List<DecompositionEntry> _decompositionModules = [];

    /// <summary>
    /// Follows a model's calls so that any tensor they make can be split into what the components of the input
    /// contribute.
    /// </summary>
    /// <param name="model">The model; run it through <c>call</c>, on the tensor that the composition splits.</param>
    /// <param name="composition">The input's composition.</param>
    /// <param name="options">How to run; the defaults when left out.</param>
    /// <returns>
    /// The run; ask it with <c>run.Of(tensor)</c> or <c>run["module.path"]</c>, dispose it to let go of the model.
    /// </returns>
    /// <remarks>
    /// A <see cref="DecompositionAlgorithm"/> on a module rules everything that runs inside, the innermost entry first;
    /// an entry for the empty name or for <c>typeof(nn.Module)</c> rules the whole model. Where no entry says anything,
    /// PyDec's <see cref="Affine"/> does. Rules for relevance in the same composite are not touched.
    /// </remarks>
    /// <exception cref="ArgumentException">A name is not in the model, or a rule does not fit its key.</exception>
    public DecompositionRun Decompose(
        torch.nn.Module model,
        Composition composition,
        DecompositionOptions? options = null
    ) => Decompose(model, [composition], options);

    /// <summary>The same for a model with several inputs that carry components.</summary>
    /// <param name="model">The model.</param>
    /// <param name="compositions">
    /// One composition for each input that carries components, all with the same components.
    /// </param>
    /// <param name="options">How to run; the defaults when left out.</param>
    /// <returns>The run.</returns>
    public DecompositionRun Decompose(
        torch.nn.Module model,
        IReadOnlyList<Composition> compositions,
        DecompositionOptions? options = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        return new DecompositionRun(
            PlanDecomposition(model, options?.Logger),
            compositions,
            options ?? new DecompositionOptions()
        );
    }

    private DecompositionPlan PlanDecomposition(torch.nn.Module model, ILogger? logger)
    {
        var known = ModuleTree.WalkAllNames(model);
        foreach (
            var (pattern, _) in _decompositionNames.Where(entry =>
                entry.Pattern.IsExact && !known.Any(module => module.Name == entry.Pattern.Text)
            )
        )
        {
            throw new ArgumentException(UnknownName.Message(pattern.Text, known.Select(entry => entry.Name)));
        }

        WarnAboutPatterns(_decompositionNames.Select(entry => entry.Pattern), known, logger);
        var aliases = known.ToLookup(entry => entry.Module, entry => entry.Name, ReferenceEqualityComparer.Instance);
        var rules = new Dictionary<torch.nn.Module, DecompositionRule>(ReferenceEqualityComparer.Instance);
        var everywhere = _decompositionModules.Find(entry => entry.IsWholeModel)?.Rule as DecompositionAlgorithm;
        foreach (var (name, module) in ModuleTree.Walk(model))
        {
            var named = _decompositionNames.Find(entry => aliases[module].Any(entry.Pattern.Matches)).Rule;
            var rule =
                named ?? _decompositionModules.Find(entry => !entry.IsWholeModel && entry.Matches(name, module))?.Rule;
            if (rule is not null)
            {
                rules.Add(module, rule);
            }
        }

        return new DecompositionPlan
        {
            Model = model,
            Algorithm = everywhere ?? new Affine(),
            Modules = rules,
            Operators = OperatorEntries(),
        };
    }

    private Dictionary<string, DecompositionRule> OperatorEntries()
    {
        var entries = new Dictionary<string, DecompositionRule>();
        foreach (var (key, rule) in _functions)
        {
            if (rule is not DecompositionRule decomposition)
            {
                continue;
            }

            if (decomposition is ModuleDecomposition)
            {
                throw new ArgumentException(
                    $"{decomposition} is for modules; the function {key} needs an {nameof(OperatorRule)} or a "
                        + $"{nameof(DecompositionAlgorithm)}."
                );
            }

            if (key is OperatorKey && !key.Operators.Any(name => OperatorCall.Exists(name)))
            {
                throw new ArgumentException(
                    $"This libtorch has no operator {key.Operators[0]}, for which the composite has {decomposition}."
                );
            }

            // A linear layer that torch took apart is followed through its pieces; an entry for it means the whole
            // operator.
            foreach (var name in key.Operators[0] == "aten::linear" ? key.Operators.Take(1) : key.Operators)
            {
                var bare = name[(name.LastIndexOf(':') + 1)..].Split('.')[0].TrimEnd('_');
                entries.TryAdd(bare, decomposition);
            }
        }

        return entries;
    }

    private void AddModule(
        string key,
        Func<string, torch.nn.Module, bool> matches,
        Rule? rule,
        bool isEveryModule = false
    )
    {
        if (rule is DecompositionRule decomposition)
        {
            var isWholeModel = isEveryModule && decomposition is DecompositionAlgorithm;
            _decompositionModules.Add(new DecompositionEntry(key, matches, decomposition, isWholeModel));
        }
        else
        {
            _modules.Add(new ModuleEntry(key, matches, ForModules(rule)));
        }
    }

    private static BackwardRule? ForModules(Rule? rule) =>
        rule switch
        {
            null => null,
            BackwardRule module => module,
            _ => throw new ArgumentException(
                $"{rule} is a rule for functions; a module needs a BackwardRule.",
                nameof(rule)
            ),
        };
}
