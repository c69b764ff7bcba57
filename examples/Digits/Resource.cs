namespace Digits;

/// <summary>Gives access to the files embedded in this assembly.</summary>
internal static class Resource
{
    public static byte[] Read(string name)
    {
        using var stream =
            typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException(
                $"The assembly does not contain '{name}'; run examples/TrainDigits to create it.",
                name
            );
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
