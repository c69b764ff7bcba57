namespace Lrp.Core.Ordering;

/// <summary>The rule of one module for which the order of calls decides.</summary>
internal sealed class OrderedRule
{
    private readonly RuleSite _site;
    private readonly BackwardRule? _own;
    private readonly RankedRule? _first;
    private readonly RankedRule? _last;
    private readonly UndecidedRule? _undecided;
    private readonly UndecidedRule? _undecidedByWeight;

    /// <summary>Creates the rule and adds the module to the candidates.</summary>
    /// <param name="site">The module, with its own rule.</param>
    /// <param name="own">Its rule where it is neither first nor last; null for the plain gradient.</param>
    /// <param name="first">Its rule where it is called first; null where it is no candidate for that.</param>
    /// <param name="last">Its rule where it is called last; null where it is no candidate for that.</param>
    /// <param name="functionsHaveRules">Whether functions outside of modules with rules have rules.</param>
    public OrderedRule(RuleSite site, BackwardRule? own, RankedRule? first, RankedRule? last, bool functionsHaveRules)
    {
        _site = site;
        _own = own;
        _first = first;
        _last = last;
        if (last is not null)
        {
            _undecided = new UndecidedRule(this, own, last.Rule, lacksFunctions: false);
            _undecidedByWeight = new UndecidedRule(this, own, last.Rule, functionsHaveRules);
        }

        first?.Order.Add(site.Module, this);
        last?.Order.Add(site.Module, this);
    }

    /// <summary>Whether nobody knows yet which rule the module has.</summary>
    public bool IsOpen => _first?.Order.IsOpen == true || IsUndecided;

    /// <summary>What reports say while it is open: the rules that it may get.</summary>
    public string Options =>
        string.Join(
            ", ",
            new[] { _first, _last }
                .OfType<RankedRule>()
                .Where(ranked => ranked.Order.IsOpen)
                .Select(ranked => $"{ranked.Rule?.ToString() ?? "plain gradient"} if called {ranked.Order}")
        );

    /// <summary>
    /// Whether functions inside the module have no rules of their own in a call that has begun: its rule, or its plain
    /// gradient on purpose, decides about all of it. Where it is open whether an entry decides, they have theirs.
    /// </summary>
    public bool CoversItsInside => IsUndecided ? !_undecided!.HasNoOtherEntry : _site.Rule is not null || IsChosen;

    /// <summary>Whether the module is the first or the last one, and that entry's rule is its own.</summary>
    public bool IsChosen => IsChosenBy(_first) || IsChosenBy(_last);

    /// <summary>Whether a call that has begun goes through a rule, be it one that is decided later.</summary>
    public bool Acts => IsUndecided || _site.Rule is not null;

    private bool IsUndecided => _last?.Order.IsOpen == true && !IsChosenBy(_first);

    /// <summary>A call begins.</summary>
    /// <returns>Its rule; null for the plain gradient.</returns>
    /// <exception cref="InvalidOperationException">The rule is not defined for the module.</exception>
    public BackwardRule? AtCall() => At(_undecided);

    /// <summary>A call begins that no hook saw: the module is found by its weight.</summary>
    /// <inheritdoc cref="AtCall"/>
    public BackwardRule? AtForward() => At(_undecidedByWeight);

    private BackwardRule? At(UndecidedRule? undecided)
    {
        _first?.Order.Note(_site.Module);
        _last?.Order.Note(_site.Module);
        ThrowIfRefused();
        return IsUndecided ? undecided : (BackwardRule?)_site.Rule;
    }

    /// <summary>The rule, now that relevance has arrived at the module.</summary>
    public BackwardRule? Settled()
    {
        _last?.Order.EndByBackward();
        ThrowIfRefused();
        return (BackwardRule?)_site.Rule;
    }

    /// <summary>An order has found the module.</summary>
    public void Use(CallOrder order)
    {
        // A module that is called first and last is the first one.
        if (ReferenceEquals(order, _first?.Order))
        {
            _site.Use(_first!.Rule);
        }
        else if (!IsChosenBy(_first))
        {
            _site.Use(_last!.Rule);
        }
    }

    /// <summary>An order has found the module too early.</summary>
    public void Reset() =>
        _site.Use(
            IsChosenBy(_first) ? _first!.Rule
            : IsChosenBy(_last) ? _last!.Rule
            : _own
        );

    /// <summary>Fails where the module was found and cannot take the rule.</summary>
    /// <exception cref="InvalidOperationException">It cannot; the message names both and the remedy.</exception>
    public void ThrowIfRefused()
    {
        var ranked =
            IsChosenBy(_first) ? _first
            : IsChosenBy(_last) ? _last
            : null;
        if (ranked?.Refusal is { } reason)
        {
            throw new InvalidOperationException(
                $"The forward pass calls {_site.Title} {ranked.Order} among the layers of "
                    + $"the entry, and {ranked.Rule} is not defined for it: {reason} Give the layer an entry with its "
                    + "name, which counts before the entry for the first or last layer."
            );
        }
    }

    private bool IsChosenBy(RankedRule? ranked) =>
        ranked is not null && ReferenceEquals(ranked.Order.Chosen, _site.Module);
}

/// <summary>What a module has where it is the first, or the last.</summary>
/// <param name="Order">Finds out which module it is.</param>
/// <param name="Rule">The rule then; null for the plain gradient.</param>
/// <param name="Refusal">Why the module cannot take the rule; null where it can.</param>
internal sealed record RankedRule(CallOrder Order, BackwardRule? Rule, string? Refusal);
