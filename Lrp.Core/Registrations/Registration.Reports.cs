using Lrp.Core.Audit;
using Lrp.Core.Conservation;
using Lrp.Core.Embeddings;
using Lrp.Core.Engine;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using TorchSharp;

namespace Lrp.Core.Registrations;

public sealed partial class Registration
{
    /// <summary>A table of the model's modules: name, type, rule, and a note such as "not called".</summary>
    /// <returns>Text, one line for each module.</returns>
    public string Describe()
    {
        var rules = _sites.ToDictionary(site => site.Module, site => site);
        var rows = new List<string[]> { new[] { "module", "type", "rule", "" } };
        foreach (var (name, module) in _tree)
        {
            rules.TryGetValue(module, out var site);
            rows.Add([
                name.Length == 0 ? "(model)" : name,
                module.GetType().Name,
                site?.Rule?.ToString() ?? "-",
                Note(name, module, site),
            ]);
        }

        foreach (var entry in _plan.Functions)
        {
            rows.Add([
                $"{entry.Key.Name}()",
                "function",
                entry.Rule?.ToString() ?? "-",
                entry.Rule is null ? "plain gradient" : NoteOf(entry),
            ]);
        }

        return TextTable.Format(rows) + string.Concat(_audit?.Warnings.Select(warning => $"{warning}\n") ?? []);
    }

    /// <summary>
    /// Every operator that the model ran on the way from its input to its output in the first forward pass with
    /// gradients: how often, in which module, and with which rule.
    /// </summary>
    /// <returns>The table, and warnings about operators whose plain gradient is no relevance rule.</returns>
    /// <exception cref="InvalidOperationException">
    /// No forward pass has run yet, or operators cannot be seen: the native library <c>lrp_dispatch</c> is missing, or
    /// the model itself has a rule.
    /// </exception>
    public ForwardAudit Audit()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        OperatorInterception.ThrowIfUnavailable();
        return _audit
            ?? throw new InvalidOperationException(
                Intercepts
                    ? "No forward pass has run yet. Call the model on an input that requires a gradient."
                    : $"{Describe("", Model)} has a rule for all of it, or no call(), so the operators inside are not "
                        + "seen."
            );
    }

    /// <summary>
    /// What became of the relevance in the last backward pass, one line for each layer: relevance at its outputs, at
    /// its inputs, and what was lost between.
    /// </summary>
    /// <returns>
    /// The report. What the layers with rules lost, what was lost elsewhere and what arrived at the input add up to
    /// the relevance at the model's output.
    /// </returns>
    /// <exception cref="RelevanceException">A rule failed in the backward pass.</exception>
    /// <exception cref="InvalidOperationException">No backward pass has run through a rule yet.</exception>
    public ConservationReport Conservation()
    {
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        ThrowIfFaulted();
        if (!_state.KeepsRecords)
        {
            throw new InvalidOperationException(
                $"A registration with {nameof(RegistrationDetail.RulesOnly)} keeps no records. Register with "
                    + $"{nameof(RegistrationDetail.Full)}."
            );
        }

        var report = _journal.Conservation([.. _sites, .. _functionSites]);
        var noneWasCalled = Sites.Count > 0 && Sites.All(site => !site.Called);
        if (report is not null && (report.Layers.Count > 0 || !noneWasCalled))
        {
            report.Warnings =
            [
                .. ConservationWarnings.Of(
                    report,
                    [.. Unmatched().Select(entry => Describe(entry.Name, entry.Module))]
                ),
                .. WarningsAboutFirstCall(),
                .. WarningsAboutOperators(),
                .. _embeddings?.Warnings ?? [],
                .. NothingRan ? [NothingRanMessage()] : Array.Empty<string>(),
            ];
            return report;
        }

        throw new InvalidOperationException(
            noneWasCalled
                ? NothingRanMessage()
                : "No relevance has passed yet. Call the model on an input that requires a gradient, or on token ids, "
                    + "with gradients enabled, and call backward() on the output to explain."
        );
    }

    /// <summary>
    /// Keeps the relevance at a module's output from now on. The relevance of token ids, which is read at the output of
    /// embeddings, needs no record: see <see cref="Embeddings"/>.
    /// </summary>
    /// <param name="name">The module's name, such as <c>features.3</c>; empty for the model itself.</param>
    /// <returns>Holds the relevance of the latest backward pass; dispose it to stop recording.</returns>
    /// <exception cref="ArgumentException">The model has no module of that name, or it has no call().</exception>
    public RecordedRelevance Record(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        ObjectDisposedException.ThrowIf(IsDisposed, this);
        var module =
            ModuleTree.WalkAllNames(Model).FirstOrDefault(entry => entry.Name == name).Module
            ?? throw new ArgumentException(UnknownName.Message(name, _tree.Select(entry => entry.Name)), nameof(name));
        if (!ModuleHooks.CanAttach(module))
        {
            throw new ArgumentException(
                $"{Describe(name, module)} has no call() and so no output to record.",
                nameof(name)
            );
        }

        var isRuled = _ruled.TryGetValue(module, out var ordered);
        if ((!isRuled || ordered is not null) && !ReferenceEquals(module, Model) && !_watched.ContainsKey(name))
        {
            var site = NewSite(name, module, null);
            _watched[name] = site;
            var watch = new OutputWatch(site, () => ordered?.Acts == true);
            _hooks.Add(ModuleHooks.Attach(module, watch));
            _parameters.Add(site, watch, () => ordered?.Acts != true);
        }

        return _journal.Record(module, name);
    }

    private string NoteOfUncalled(RuleSite site) =>
        ClassifyUncalled().Exists(entry => ReferenceEquals(entry.Site, site) && entry.Absence == Absence.Unused)
            ? "not used by the forward pass"
            : "not called";

    private string NoteOf(FunctionEntry entry) =>
        Volatile.Read(ref _reported) != 0
        && !_functionSites.Exists(site =>
            site.Called && site.Name == entry.Key.Name && ReferenceEquals(site.Rule, entry.Rule)
        )
            ? "not called"
            : "";

    private IEnumerable<string> WarningsAboutFirstCall()
    {
        if (_firstCall is { IsDone: false })
        {
            yield return "Canonizers such as MergeBatchNorm act at the first call() of the model, and only forward() "
                + "has run, so they have changed nothing. Run model.call(input).";
        }
    }

    private string Note(string name, torch.nn.Module module, RuleSite? site)
    {
        var ordered = site is null ? null : _ruled[site.Module];
        if (ordered?.IsOpen == true)
        {
            return $"decided by the first forward pass: {ordered.Options}";
        }

        if (site?.Rule is not null)
        {
            return site.Called || Volatile.Read(ref _reported) == 0 ? "" : NoteOfUncalled(site);
        }

        if (ordered?.IsChosen == true || _plan.Excluded.Contains(module))
        {
            return "plain gradient";
        }

        return !module.parameters(false).Any() ? ""
            : EmbeddingModules.Include(module) ? "relevance of ids is read here"
            : HasRulesOfFunctions(name, module) ? "rules of functions"
            : "unmatched, has parameters";
    }
}
