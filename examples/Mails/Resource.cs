namespace Mails;

/// <summary>The files that this assembly carries.</summary>
internal static class Resource
{
    public static byte[] Read(string name)
    {
        using Stream stream = typeof(Resource).Assembly.GetManifestResourceStream(name)
            ?? throw new FileNotFoundException($"The assembly carries no '{name}'; run examples/TrainText, which makes it.", name);
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
