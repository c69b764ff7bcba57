using System.Collections;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Decomposition;
using Lrp.Decomposition.Recording;
using TorchSharp;

namespace Lrp.Composites;

/// <summary>
/// A map from modules and functions to rules, to be registered on models.
/// </summary>
/// <remarks>
/// <para>
/// Entries are added with a collection initializer. For each module the first entry that matches decides, names before
/// everything else, then the first and last layers (<see cref="LayerKey"/>), then types and predicates in the order in
/// which they were added. A type matches its subclasses; a name may contain <c>*</c> and <c>?</c>; null in place of a
/// rule means that relevance follows the plain gradient there.
/// </para>
/// <para>A composite holds nothing of the models it is registered on and may be registered on several at once.</para>
/// </remarks>
/// <example>
/// <code>
/// var composite = new Composite
/// {
///     { typeof(Conv2d), LrpRule.ZPlus() },
///     { typeof(Linear), LrpRule.Epsilon(1e-6) },
///     { "classifier.6", LrpRule.Flat() },
/// };
/// using var registration = composite.Register(model);
/// </code>
/// </example>
public sealed partial class Composite : IEnumerable, IDecomposer
{
    private readonly List<NameEntry> _names = [];
    private readonly List<LayerEntry> _layers = [];
    private readonly List<ModuleEntry> _modules = [];
    private readonly List<FunctionEntry> _functions = [];
    private readonly List<ICanonizer> _canonizers = [];

    /// <summary>Creates an empty composite.</summary>
    /// <param name="canonizers">Applied to a model before its modules are matched, in order.</param>
    public Composite(params IEnumerable<ICanonizer> canonizers)
    {
        ArgumentNullException.ThrowIfNull(canonizers);
        _canonizers.AddRange(canonizers);
    }

    /// <summary>
    /// Whether the plain gradient is meant wherever no entry says anything, as in guided backpropagation.
    /// </summary>
    internal bool KeepsGradients { get; set; }

    /// <summary>Applied to a model before its modules are matched, in order.</summary>
    public IReadOnlyList<ICanonizer> Canonizers => _canonizers;

    /// <summary>Adds an entry for a module type and its subclasses.</summary>
    /// <remarks>
    /// A base type of TorchSharp, such as <c>typeof(nn.Module)</c>, means every layer: a container, which has children
    /// and no parameters of its own, is not matched by it.
    /// </remarks>
    /// <param name="type">A module type, or an interface that modules implement.</param>
    /// <param name="rule">The rule; null for the plain gradient.</param>
    public void Add(Type type, Rule? rule) => Add([type], rule);

    /// <summary>Adds an entry for several module types and their subclasses.</summary>
    /// <param name="types">Module types, such as <see cref="LayerTypes.Convolution"/>.</param>
    /// <param name="rule">The rule; null for the plain gradient.</param>
    public void Add(IReadOnlyList<Type> types, Rule? rule)
    {
        ArgumentNullException.ThrowIfNull(types);
        foreach (var type in types)
        {
            ModuleTypes.ThrowIfNotModule(type);
        }

        var key = string.Join(" or ", types.Select(type => type.Name));
        AddModule(key, (_, module) => ModuleTypes.Match(types, module), rule, types.Contains(typeof(torch.nn.Module)));
    }

    /// <summary>Adds an entry for a module name.</summary>
    /// <param name="name">
    /// The name as in the state dict, such as <c>features.0</c>; <c>*</c> stands for any characters and <c>?</c> for
    /// one, as in <c>layer*.conv1</c>. The empty name is the model itself.
    /// </param>
    /// <param name="rule">The rule; null for the plain gradient.</param>
    public void Add(string name, Rule? rule)
    {
        var pattern = new NamePattern(name);
        if (rule is DecompositionRule forward)
        {
            _decompositionNames.Add((pattern, forward));
        }
        else
        {
            _names.Add(new NameEntry(pattern, ForModules(rule)));
        }
    }

    /// <summary>Adds an entry for the modules that a predicate picks.</summary>
    /// <param name="predicate">Gets a module.</param>
    /// <param name="rule">The rule; null for the plain gradient.</param>
    public void Add(Func<torch.nn.Module, bool> predicate, Rule? rule)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        AddModule("predicate", (_, module) => predicate(module), rule);
    }

    /// <summary>Adds an entry for the modules that a predicate picks by name and module.</summary>
    /// <param name="predicate">Gets the module's name and the module.</param>
    /// <param name="rule">The rule; null for the plain gradient.</param>
    public void Add(Func<string, torch.nn.Module, bool> predicate, Rule? rule)
    {
        ArgumentNullException.ThrowIfNull(predicate);
        AddModule("predicate", predicate, rule);
    }

    /// <summary>Adds an entry for the first or last layer of some types.</summary>
    /// <param name="key">Which layer, such as <c>LayerKey.First(LayerTypes.Linear)</c>.</param>
    /// <param name="rule">The rule; null for the plain gradient.</param>
    public void Add(LayerKey key, Rule? rule)
    {
        ArgumentNullException.ThrowIfNull(key);
        _layers.Add(
            new LayerEntry(
                key,
                rule is DecompositionRule
                    ? throw new ArgumentException(
                        $"{rule} is a rule for decomposition, where a first or last layer is not defined; use the "
                            + "name of the layer.",
                        nameof(rule)
                    )
                    : ForModules(rule)
            )
        );
    }

    /// <summary>Adds an entry for a function that modules call in their forward.</summary>
    /// <param name="function">The function.</param>
    /// <param name="rule">The rule; null for the plain gradient.</param>
    public void Add(FunctionKey function, Rule? rule)
    {
        ArgumentNullException.ThrowIfNull(function);
        _functions.Add(new FunctionEntry(function, rule));
    }

    /// <summary>Adds entries for functions.</summary>
    /// <param name="entries">
    /// For example <see cref="Lrp.Rules.FunctionRules.Functions.AttnLrp"/>, after entries of your own that are to win
    /// over it.
    /// </param>
    public void Add(IEnumerable<FunctionEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        _functions.AddRange(entries);
    }

    /// <summary>Adds every entry and canonizer of another composite, after those that are there.</summary>
    /// <param name="other">For example a preset, after entries of your own that are to win over it.</param>
    public void Add(Composite other)
    {
        ArgumentNullException.ThrowIfNull(other);
        _names.AddRange(other._names);
        _layers.AddRange(other._layers);
        _modules.AddRange(other._modules);
        _functions.AddRange(other._functions);
        _canonizers.AddRange(other._canonizers);
        KeepsGradients |= other.KeepsGradients;
        _decompositionNames.AddRange(other._decompositionNames);
        _decompositionModules.AddRange(other._decompositionModules);
    }

    /// <summary>Adds a canonizer.</summary>
    /// <param name="canonizer">Applied after those that are there.</param>
    public void Add(ICanonizer canonizer)
    {
        ArgumentNullException.ThrowIfNull(canonizer);
        _canonizers.Add(canonizer);
    }

    /// <summary>The composite's entries, one line for each.</summary>
    /// <returns>Text.</returns>
    public string Describe()
    {
        var lines = _names
            .Select(entry => Line($"\"{entry.Pattern.Text}\"", entry.Rule))
            .Concat(_layers.Select(entry => Line(entry.Key.ToString(), entry.Rule)))
            .Concat(_modules.Select(entry => Line(entry.Key, entry.Rule)))
            .Concat(_functions.Select(entry => Line($"{entry.Key}()", entry.Rule)))
            .Concat(_decompositionNames.Select(entry => Line($"\"{entry.Pattern.Text}\"", entry.Rule)))
            .Concat(_decompositionModules.Select(entry => Line(entry.Key, entry.Rule)));
        return string.Join('\n', lines.Concat(_canonizers.Select(canonizer => $"canonizer: {canonizer}")));
    }

    private static string Line(string key, Rule? rule) => $"{key}: {rule?.ToString() ?? "plain gradient"}";

    IEnumerator IEnumerable.GetEnumerator() =>
        _names
            .Cast<object>()
            .Concat(_layers)
            .Concat(_modules)
            .Concat(_functions)
            .Concat(_decompositionNames.Select(entry => (object)entry))
            .Concat(_decompositionModules.Select(entry => (object)entry))
            .GetEnumerator();
}
