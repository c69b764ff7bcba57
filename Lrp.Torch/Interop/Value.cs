using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Lrp.Torch.Interop;

/// <summary>Kinds of <see cref="Value"/>; mirrored in native/value.h.</summary>
internal enum Tag
{
    None = 0,
    Tensor = 1,
    Int = 2,
    Double = 3,
    Bool = 4,
    String = 5,
    IntList = 6,
    DoubleList = 7,
    BoolList = 8,
    TensorList = 9,
    Device = 10,
    Generator = 11,
    Complex = 12,
    Other = 13,
}

/// <summary>An operator's argument or result on its way across the border; mirrored in native/value.h.</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] internal Tag Tag;
    [FieldOffset(4)] internal int Count;
    [FieldOffset(8)] internal long Int;
    [FieldOffset(8)] internal double Double;
    [FieldOffset(8)] internal IntPtr Pointer;
}

/// <summary>Room for an operator's arguments; no operator in use has more.</summary>
[InlineArray(Capacity)]
internal struct ValueBuffer
{
    internal const int Capacity = 24;
    private Value _first;
}
