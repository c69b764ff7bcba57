using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Lrp.Core.Interception;

/// <summary>An operator's name and its arguments' names, read once from libtorch.</summary>
internal sealed unsafe class OperatorSchema
{
    private static readonly ConcurrentDictionary<nint, OperatorSchema> Known = new();

    private OperatorSchema(NativeOperator* native)
    {
        Native = native;
        Name = Text(native->Name);
        Overload = Text(native->Overload);
        ArgumentNames = new string[native->ArgumentCount];
        for (var k = 0; k < ArgumentNames.Length; k++)
        {
            ArgumentNames[k] = Text(native->ArgumentNames[k]);
        }

        IsComposite = native->Composite != 0;
        ReturnCount = native->ReturnCount;
    }

    public NativeOperator* Native { get; }

    public string Name { get; }

    public string Overload { get; }

    public string[] ArgumentNames { get; }

    public bool IsComposite { get; }

    public int ReturnCount { get; }

    public string FullName => Overload.Length == 0 ? Name : $"{Name}.{Overload}";

    public static OperatorSchema Of(NativeOperator* native) =>
        Known.TryGetValue((nint)native, out var schema)
            ? schema
            : Known.GetOrAdd((nint)native, new OperatorSchema(native));

    private static string Text(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";
}
