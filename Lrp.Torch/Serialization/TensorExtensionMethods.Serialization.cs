using Lrp.Torch.Serialization;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class TensorExtensionMethods
    {
        /// <summary>Writes a tensor in TorchSharp's format.</summary>
        public static void Save(this Tensor tensor, BinaryWriter writer) => TensorFormat.Write(tensor, writer);

        /// <summary>Writes a tensor in TorchSharp's format, and closes the stream.</summary>
        public static void Save(this Tensor tensor, Stream stream)
        {
            using var writer = new BinaryWriter(stream);
            tensor.Save(writer);
        }

        /// <summary>Writes a tensor to a file in TorchSharp's format.</summary>
        public static void Save(this Tensor tensor, string location)
        {
            using var stream = File.Create(location);
            tensor.Save(stream);
        }

        /// <summary>Reads a tensor of the same type and shape into this one, or reads past it.</summary>
        /// <exception cref="ArgumentException">The stored tensor's type or shape is another.</exception>
        public static void Load(this Tensor tensor, BinaryReader reader, bool skip = false)
        {
            if (skip) TensorFormat.ReadHeader(reader).SkipBytes(reader);
            else TensorFormat.ReadInto(tensor, reader, sameType: true);
        }

        /// <summary>Reads a tensor. Skipping reads past its elements and returns zeros in their place.</summary>
        public static Tensor Load(BinaryReader reader, bool skip = false)
        {
            Tensor? tensor = null;
            Load(ref tensor, reader, skip);
            return tensor!;
        }

        /// <summary>Reads a tensor into an existing one of its shape, or into a new one where there is none.</summary>
        public static void Load(ref Tensor? tensor, BinaryReader reader, bool skip = false)
        {
            if (skip)
            {
                var header = TensorFormat.ReadHeader(reader);
                header.SkipBytes(reader);
                tensor ??= zeros(header.Shape, dtype: header.Type, device: CPU);
            }
            else if (tensor is null)
            {
                tensor = TensorFormat.ReadNew(reader);
            }
            else
            {
                TensorFormat.ReadInto(tensor, reader, sameType: false);
            }
        }
    }

    public static partial class torch
    {
        public partial class Tensor
        {
            /// <summary>Reads a tensor in TorchSharp's format.</summary>
            public static Tensor Load(BinaryReader reader) => TensorFormat.ReadNew(reader);

            /// <summary>Reads a tensor in TorchSharp's format, and closes the stream.</summary>
            public static Tensor Load(Stream stream)
            {
                using var reader = new BinaryReader(stream);
                return Load(reader);
            }

            /// <summary>Reads a tensor from a file in TorchSharp's format.</summary>
            public static Tensor Load(string location)
            {
                using var stream = File.OpenRead(location);
                return Load(stream);
            }
        }
    }
}
