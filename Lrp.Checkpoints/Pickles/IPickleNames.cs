namespace Lrp.Checkpoints.Pickles;

/// <summary>What the names in a pickle stand for.</summary>
internal interface IPickleNames
{
    /// <summary>What a name stands for: a <see cref="PickleCall"/> if it may be called, or else a value.</summary>
    /// <exception cref="InvalidDataException">The name is not one of those that are allowed.</exception>
    object Resolve(string module, string name);

    /// <summary>The object outside the pickle that an identifier stands for.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    object Persistent(object? identifier);
}
