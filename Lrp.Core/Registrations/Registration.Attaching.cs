using Lrp.Core.Audit;
using Lrp.Core.Functions;
using Lrp.Core.Hooks;
using Lrp.Core.Interception;
using Lrp.Core.Lineage;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace Lrp.Core.Registrations;

public sealed partial class Registration
{
    private void AttachAll()
    {
        foreach (var (_, module) in _tree)
        {
            Registered.AddOrUpdate(module, this);
        }

        var root = _root = NewSite("", Model, null);
        if (_plan.Detail == RegistrationDetail.RulesOnly)
        {
            AttachRules(root);
            return;
        }

        if (ModuleHooks.CanAttach(Model) && !IsRuled(Model))
        {
            _embeddings = new EmbeddingReading(root, _journal, (name, module) => NewSite(name, module, null));
            _hooks.Add(_embeddings);
        }

        AttachRules(root);
        WatchEnclosingModules();
        if (Intercepts)
        {
            foreach (var (name, module) in _tree)
            {
                if (_keepingGradient.Contains(module) && ModuleHooks.CanAttach(module))
                {
                    var site = NewSite(name, module, null);
                    _hooks.Add(ModuleHooks.Attach(module, new PausedFunctions(site, null, () => false, () => true)));
                }
            }
        }

        if (!ModuleHooks.CanAttach(Model))
        {
            if (_plan.Functions.Count > 0)
            {
                throw new ArgumentException(
                    $"Functions are given rules while the model's call() runs, and {Describe("", Model)} has none."
                );
            }
        }
        else if (!_ruled.ContainsKey(Model))
        {
            AttachToModel(root);
        }
        else if (_plan.Functions.Any(entry => entry.Rule is not null))
        {
            Logger.LogWarning(
                "The model itself has the rule {Rule}, which decides about everything inside it: the entries "
                    + "for functions have no effect.",
                _sites.First(site => ReferenceEquals(site.Module, Model)).Rule
            );
        }

        if (_embeddings is not null)
        {
            // Last, so that its scope is the innermost one.
            _hooks.Add(ModuleHooks.Attach(Model, _embeddings));
        }

        var unmatched = Unmatched();
        ThrowIfHidden(unmatched);
        WarnAboutUnmatched(unmatched);
    }

    private void AttachRules(RuleSite root)
    {
        foreach (var (name, module, rule) in WithCandidates())
        {
            AttachRule(root, name, module, rule);
        }

        _firstOfCalls.ChooseTheOnlyOne();
        _lastOfCalls.ChooseTheOnlyOne();
    }

    /// <summary>Attaches what sees the whole model and, where it can, the operators inside.</summary>
    private void AttachToModel(RuleSite root)
    {
        if (!Intercepts)
        {
            _ = new FunctionSites(_plan.Functions, SiteOf); // says why functions cannot have rules
            _hooks.Add(ModuleHooks.Attach(Model, Whole(root)));
            return;
        }

        _use = new ParameterUse(_tree.Select(entry => entry.Module));
        foreach (var (name, module) in _tree)
        {
            var isCertain = _ruled.TryGetValue(module, out var ordered) && ordered is null;
            if (!isCertain && !ReferenceEquals(module, Model) && ModuleHooks.CanAttach(module))
            {
                _hooks.Add(HookOrder.AttachInnermost(module, new ModulePath(root, name)));
            }
        }

        var functions = new FunctionInterceptor(
            new FunctionSites(_plan.Functions, SiteOf),
            _parameters,
            root,
            () => _audit is null ? _use : null,
            KeepAudit
        );
        _hooks.Add(functions);
        _hooks.Add(ModuleHooks.Attach(Model, new NestedInterceptor(Whole(root), functions)));
    }

    /// <summary>Whether operators inside the model's forward are seen.</summary>
    private bool Intercepts =>
        _plan.Detail == RegistrationDetail.Full
        && OperatorInterception.IsAvailable
        && ModuleHooks.CanAttach(Model)
        && !IsRuled(Model)
        && !_keepingGradient.Contains(Model);

    /// <summary>Whether a module has a rule, or may get one by the order of calls.</summary>
    private bool IsRuled(torch.nn.Module module) =>
        _plan.Rules.Any(entry => ReferenceEquals(entry.Module, module))
        || _plan.CalledFirst.Concat(_plan.CalledLast).Any(entry => ReferenceEquals(entry.Module, module));

    private void KeepAudit(IEnumerable<TensorFact> outputs) =>
        _audit ??= ForwardAudit.Of(outputs, _plan.KeepsGradients);

    private RuleSite NewSite(string name, torch.nn.Module module, Rule? rule, bool isFunction = false) =>
        new(_state, _journal, name, module, rule, isFunction);

    private ModelInterceptor Whole(RuleSite root) =>
        new(
            root,
            _journal,
            _joining,
            _embeddings,
            Start,
            new PassEvents
            {
                Called = arguments => _firstCall?.Run(arguments),
                ForwardBegins = () =>
                {
                    var isSeen = torch.is_grad_enabled();
                    _firstOfCalls.BeginPass(isSeen);
                    _lastOfCalls.BeginPass(isSeen);
                },
                ForwardEnded = EndForward,
                BackwardBegins = () =>
                {
                    ReportNothingRanOnce();
                    WarnAboutGradientsOnce();
                },
                IsRecorded = () => _watched.Count > 0,
                OutputIsHidden = output =>
                {
                    if (Start != RelevanceStart.OutputTimesGradient)
                    {
                        return;
                    }

                    OutputIsHidden = BeginsBehindOutput ? true : throw ModelInterceptor.Hidden("output", output);
                },
            }
        );

    private RuleSite SiteOf(FunctionEntry entry)
    {
        var site = NewSite(entry.Key.Name, Model, entry.Rule, isFunction: true);
        _functionSites.Add(site);
        if (!entry.IsOptional)
        {
            _expectedFunctions.Add(site);
        }

        return site;
    }
}
