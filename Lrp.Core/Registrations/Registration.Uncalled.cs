using Lrp.Core.Engine;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using Microsoft.Extensions.Logging;

namespace Lrp.Core.Registrations;

public sealed partial class Registration
{
    private readonly List<RuleSite> _enclosing = [];
    private int _nothingRanIsReported;

    /// <summary>Why a matched module has never been called through <c>call</c>.</summary>
    private enum Absence
    {
        /// <summary>The forward pass leaves out the part of the model in which it is.</summary>
        Unused,

        /// <summary>The part of the model in which it is ran, and may have run it by <c>forward</c>.</summary>
        Unseen,
    }

    /// <summary>Fails where the model has run and no rule of the composite could act.</summary>
    /// <exception cref="InvalidOperationException">
    /// None of the matched modules has been called through <c>call</c>, and no function of the composite, so that what
    /// arrives at the input is the plain gradient. The message names the modules.
    /// </exception>
    public void ThrowIfNoRuleRan()
    {
        if (NothingRan)
        {
            throw new InvalidOperationException(NothingRanMessage());
        }
    }

    /// <summary>
    /// Whether the composite matched modules and neither they nor functions that it gives rules have been called.
    /// </summary>
    private bool NothingRan =>
        Sites.Count + _expectedFunctions.Count > 0
        && Sites.All(site => !site.Called)
        && !_functionSites.Exists(site => site.Called);

    private string NothingRanMessage() =>
        Sites.Count == 0
            ? "No rule has acted: the model's forward was not seen to call any of the functions "
                + $"({string.Join(", ", _expectedFunctions.Select(site => site.Name).Distinct().Take(4))} …) that have "
                + "rules, so that the backward pass gives the plain gradient. They are seen on the thread that calls "
                + "the model: a forward() must not compute in Task.Run, Parallel.For or threads of its own."
            : NoModuleRanMessage();

    private string NoModuleRanMessage() =>
        $"No relevance has passed: none of the matched modules "
        + $"({string.Join(", ", Uncalled().Take(4).Select(site => site.Title))}) "
        + "has been called through call(), so that the backward pass gives the plain gradient. TorchSharp runs no "
        + "hooks for forward(): use model.call(input), also for the modules inside the model, and backward() on its "
        + "output.";

    /// <summary>
    /// Notes which modules around those with rules are called: what lies in one that is not called is not used.
    /// </summary>
    private void WatchEnclosingModules()
    {
        var around = _sites.SelectMany(site => EnclosingNames(site.Name)).ToHashSet();
        foreach (
            var (name, module) in _tree.Where(entry =>
                entry.Name.Length > 0
                && around.Contains(entry.Name)
                && !_ruled.ContainsKey(entry.Module)
                && ModuleHooks.CanAttach(entry.Module)
            )
        )
        {
            var site = NewSite(name, module, null);
            _enclosing.Add(site);
            _hooks.Add(ModuleHooks.Attach(module, new CallWatch(site)));
        }
    }

    /// <summary>
    /// Of the matched modules that were never called through <c>call</c>, says why. The one place to ask what a pass
    /// showed about them.
    /// </summary>
    private List<(RuleSite Site, Absence Absence)> ClassifyUncalled()
    {
        var ran = _sites
            .Concat(_enclosing)
            .Where(site => site.Called)
            .SelectMany(site => EnclosingNames(site.Name).Prepend(site.Name))
            .Append("") // the model itself
            .ToHashSet();
        return [.. Uncalled().Select(site => (site, AbsenceOf(site, ran)))];
    }

    /// <param name="site">A module that was not called.</param>
    /// <param name="ran">The modules in which something was called, and which were called themselves.</param>
    private Absence AbsenceOf(RuleSite site, HashSet<string> ran)
    {
        var name = site.Name;
        if (_audit is not null && _use is { } use && site.Module.parameters(false).Any())
        {
            return use.IsUsed(site.Module) ? Absence.Unseen : Absence.Unused; // operators have their parameters
        }

        // The outermost module around it in which nothing ran, and the module around that, which ran.
        var silent = EnclosingNames(name).Prepend(name).TakeWhile(outer => !ran.Contains(outer)).Last();
        if (silent == name)
        {
            return Absence.Unseen;
        }

        // Where a module calls its other children through call(), it would have called this one so too.
        var around = EnclosingNames(silent).First();
        return ran.Any(other => other.Length > 0 && EnclosingNames(other).First() == around)
            ? Absence.Unused
            : Absence.Unseen;
    }

    /// <summary>The names of the modules around a module, the innermost first, the model itself last.</summary>
    private static IEnumerable<string> EnclosingNames(string name)
    {
        while (name.Length > 0)
        {
            name = name[..Math.Max(name.LastIndexOf('.'), 0)];
            yield return name;
        }
    }

    private List<RuleSite> Uncalled() => [.. _sites.Where(site => !site.Called && site.Rule is not null)];

    /// <summary>A forward pass of the whole model is over.</summary>
    private void EndForward(bool withGradients)
    {
        _firstOfCalls.EndPass();
        _lastOfCalls.EndPass();
        if (withGradients && Interlocked.Exchange(ref _reported, 1) == 0)
        {
            WarnAboutUncalled();
            WarnAboutUnseenFunctions();
            WarnAboutUnmatched([
                .. Unmatched().Where(entry => _ruled.ContainsKey(entry.Module)), // the others are known since Register
            ]);
        }
    }

    private void WarnAboutUncalled()
    {
        var uncalled = ClassifyUncalled()
            .FindAll(entry => !Intercepts || !LibraryFunctions.HaveRuleOfSameName(entry.Site.Module, _plan.Functions));
        var unseen = Titles(Absence.Unseen);
        if (unseen.Length > 0)
        {
            Logger.LogWarning(
                "{Modules} matched but were not called through call(): TorchSharp runs no hooks for forward(), so "
                    + "their rules had no effect.",
                unseen
            );
        }

        var unused = Titles(Absence.Unused);
        if (unused.Length > 0)
        {
            Logger.LogInformation("The forward pass does not use {Modules}; their rules had no effect.", unused);
        }

        string Titles(Absence absence) =>
            string.Join(", ", uncalled.Where(entry => entry.Absence == absence).Select(entry => entry.Site.Title));
    }

    private void WarnAboutUnseenFunctions()
    {
        foreach (var warning in WarningsAboutOperators())
        {
            Logger.LogWarning("{Warning}", warning);
        }

        var unseen = _expectedFunctions.Where(site => !site.Called).Select(site => site.Name).Distinct().ToList();
        if (unseen.Count > 0)
        {
            Logger.LogInformation(
                "The model's forward did not call {Functions}; their entries had no effect.",
                string.Join(", ", unseen)
            );
        }
    }

    /// <summary>
    /// The entries that end relevance at an operator, or have a rule of the user's own, and that the pass did not meet,
    /// where an operator of another name did what they are about.
    /// </summary>
    private IEnumerable<string> WarningsAboutOperators()
    {
        var ran = (_audit?.Operators ?? []).Select(entry => OperatorTraits.Bare(entry.Operator)).Distinct().ToList();
        foreach (var site in _expectedFunctions.Where(site => !site.Called))
        {
            if (site.Rule is not (FunctionRule or BackwardRule { EndsRelevance: true }))
            {
                continue;
            }

            var name = site.Name.Split('.')[0];
            var others = ran.Where(other =>
                    OperatorAliases.Of(name).Contains(other)
                    || OperatorAliases.RunInPlaceOf(name).Contains(other)
                    || (name.Length > 2 && other.Contains(name, StringComparison.Ordinal))
                )
                .ToList();
            if (others.Count > 0)
            {
                yield return $"The operator {site.Name} did not run, so that its entry {site.Rule} had no effect. The "
                    + $"model ran {string.Join(", ", others.Select(other => $"aten::{other}"))}: name that one in the "
                    + "entry.";
            }
        }
    }

    private void ReportNothingRanOnce()
    {
        if (Interlocked.Exchange(ref _nothingRanIsReported, 1) == 0 && NothingRan)
        {
            Logger.LogWarning("{Message}", NothingRanMessage());
        }
    }
}
