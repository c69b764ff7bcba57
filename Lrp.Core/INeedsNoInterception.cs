namespace Lrp.Core;

/// <summary>
/// A module in which no function needs a rule: it calls other modules and moves entries about, or has a rule by itself.
/// Parameters of its own are constants that it hands to other modules.
/// </summary>
/// <remarks>A model of such modules alone needs no native library, and presets do not ask for it there.</remarks>
internal interface INeedsNoInterception;
