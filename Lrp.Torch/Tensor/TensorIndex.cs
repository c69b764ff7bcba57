namespace TorchSharp;

public static partial class torch
{
    /// <summary>One position of a tensor index: a number, a slice, a tensor, an ellipsis or a new dimension.</summary>
    public struct TensorIndex
    {
        internal enum Kind
        {
            None,
            Ellipsis,
            Single,
            Slice,
            Tensor,
            Bool,
        }

        internal Kind What;
        internal long? Start;
        internal long? Stop;
        internal long? Step;
        internal Tensor? Index;
        internal bool Truth;

        /// <summary>All dimensions that the other positions leave.</summary>
        public static TensorIndex Ellipsis = new() { What = Kind.Ellipsis };

        /// <summary>A new dimension of size one.</summary>
        public static TensorIndex None = new() { What = Kind.None };

        public static TensorIndex Null = new() { What = Kind.None };

        /// <summary>A whole dimension.</summary>
        public static TensorIndex Colon = new() { What = Kind.Slice };

        public static TensorIndex Slice(long? start = null, long? stop = null, long? step = null) =>
            new() { What = Kind.Slice, Start = start, Stop = stop, Step = step };

        public static TensorIndex Slice((int?, int?) range) => Slice(range.Item1, range.Item2);

        public static TensorIndex Slice(Range range) => Slice(
            range.Start.IsFromEnd ? -range.Start.Value : range.Start.Value,
            !range.End.IsFromEnd ? range.End.Value : range.End.Value == 0 ? null : -range.End.Value);

        public static TensorIndex Bool(bool value) => new() { What = Kind.Bool, Truth = value };

        public static TensorIndex Single(long? index) => new() { What = Kind.Single, Start = index };

        public static TensorIndex Tensor(Tensor tensor) => new() { What = Kind.Tensor, Index = tensor };

        public static implicit operator TensorIndex(long value) => Single(value);

        public static implicit operator TensorIndex(Index index) => Single(index.IsFromEnd ? -index.Value : index.Value);

        public static implicit operator TensorIndex((int?, int?) range) => Slice(range);

        public static implicit operator TensorIndex(Range range) => Slice(range);
    }
}
