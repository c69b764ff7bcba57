using System.Collections;
using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Core.Functions;
using Lrp.Core.Registrations;
using Lrp.Decomposition;
using Lrp.Decomposition.Recording;
using Microsoft.Extensions.Logging;
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

    /// <summary>Attaches the rules to a model.</summary>
    /// <param name="model">The model; run it through <c>call</c>, since hooks do not see <c>forward</c>.</param>
    /// <param name="logger">
    /// Gets warnings: modules with parameters that no entry matched, matched modules that were never called, rules
    /// that failed in a backward pass.
    /// </param>
    /// <param name="start">
    /// What the relevance at the model's output is: the output times the gradient that arrives there, so that
    /// <c>logits[0, k].backward()</c> explains that logit, or the gradient itself, for relevance of your own.
    /// </param>
    /// <returns>The registration; dispose it to have the model back as it was, bit for bit.</returns>
    /// <exception cref="ArgumentException">
    /// A name is not in the model, or a rule is not defined for the module it matched; the message names both.
    /// </exception>
    /// <exception cref="InvalidOperationException">The model is registered already.</exception>
    public Registration Register(
        torch.nn.Module model,
        ILogger? logger = null,
        RelevanceStart start = RelevanceStart.OutputTimesGradient
    ) => Register(model, RegistrationDetail.Full, start, logger);

    /// <summary>Attaches the rules to a model, with a choice of what is done beside.</summary>
    /// <param name="model">The model; run it through <c>call</c>, since hooks do not see <c>forward</c>.</param>
    /// <param name="detail">
    /// Whether the whole model is watched, or nothing but the rules of its modules is attached, which costs least.
    /// </param>
    /// <param name="start">
    /// What the relevance at the model's output is; with <see cref="RegistrationDetail.RulesOnly"/> the gradient.
    /// </param>
    /// <param name="logger">Gets warnings.</param>
    /// <returns>The registration; dispose it to have the model back as it was, bit for bit.</returns>
    /// <exception cref="ArgumentException">
    /// A name is not in the model, a rule is not defined for the module it matched, or an entry needs the whole model
    /// to be watched; the message names them.
    /// </exception>
    /// <exception cref="InvalidOperationException">The model is registered already.</exception>
    public Registration Register(
        torch.nn.Module model,
        RegistrationDetail detail,
        RelevanceStart start,
        ILogger? logger = null
    )
    {
        ArgumentNullException.ThrowIfNull(model);
        using var gate = Registration.Gate.EnterScope();
        Registration.ThrowIfRegistered(model);
        ThrowIfNameIsUnknown(model);
        var undo = AppliedCanonizers.Apply(_canonizers, model);
        try
        {
            var rules = new List<(string Name, torch.nn.Module Module, BackwardRule Rule)>();
            var excluded = new List<torch.nn.Module>();
            foreach (var (name, module, rule) in Match(model))
            {
                if (rule is null)
                {
                    excluded.Add(module);
                }
                else
                {
                    rules.Add((name, module, rule));
                }
            }

            UnmergedBatchNorms.Warn(model, rules, _canonizers, logger);
            WarnAboutPatterns(_names.Select(entry => entry.Pattern), ModuleTree.WalkAllNames(model), logger);
            return Registration.Attach(
                new RegistrationPlan
                {
                    Model = model,
                    Rules = rules,
                    CalledFirst = Candidates(model, isFirst: true),
                    CalledLast = Candidates(model, isFirst: false),
                    Excluded = excluded,
                    Functions = FunctionsFor(model, rules.Select(rule => rule.Module).Concat(excluded), logger),
                    BeforeFirstCall = _canonizers.Exists(canonizer => canonizer is IFirstCallCanonizer)
                        ? call => undo.ApplyBeforeFirstCall(_canonizers.OfType<IFirstCallCanonizer>(), call)
                        : null,
                    Undo = undo,
                    Detail = detail,
                    Start = start,
                    KeepsGradients = KeepsGradients,
                    Logger = logger,
                }
            );
        }
        catch
        {
            undo.Dispose();
            throw;
        }
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

    private void ThrowIfNameIsUnknown(torch.nn.Module model)
    {
        var known = ModuleTree.WalkAllNames(model).Select(entry => entry.Name).ToHashSet();
        foreach (var entry in _names.Where(entry => entry.Pattern.IsExact && !known.Contains(entry.Pattern.Text)))
        {
            throw new ArgumentException(UnknownName.Message(entry.Pattern.Text, known));
        }
    }

    private static void WarnAboutPatterns(
        IEnumerable<NamePattern> patterns,
        IReadOnlyList<(string Name, torch.nn.Module Module)> known,
        ILogger? logger
    )
    {
        foreach (var pattern in patterns.Where(pattern => !known.Any(module => pattern.Matches(module.Name))))
        {
            logger?.LogWarning("No module of the model matches the name pattern \"{Pattern}\".", pattern.Text);
        }
    }
}
