namespace Lrp.Attribution;

/// <summary><see cref="Target.Predicted"/> in the form of the other targets, which are methods.</summary>
public static class TargetExtensions
{
    extension(Target)
    {
        /// <summary>The same as <see cref="Target.Predicted"/>.</summary>
        public static Target Predicted() => Target.Predicted;
    }
}
