using Lrp.Composites.Canonizers;
using Lrp.Core;
using Lrp.Core.Registrations;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Composites;

public sealed partial class Composite
{
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
