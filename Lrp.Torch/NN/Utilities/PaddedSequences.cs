using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class utils
        {
            public static partial class rnn
            {
                private static IntPtr s_pack;
                private static IntPtr s_pad;
                private static IntPtr s_padList;

                /// <summary>Packs sequences that lie beside each other, padded to one length.</summary>
                /// <param name="input">[steps, sequences, ...], or [sequences, steps, ...] with <paramref name="batch_first"/>.</param>
                /// <param name="lengths">Each sequence's length, [sequences], on the CPU.</param>
                /// <param name="batch_first">Whether sequences are the first dimension.</param>
                /// <param name="enforce_sorted">Whether the sequences are in order of length, longest first, and an error otherwise.</param>
                public static PackedSequence pack_padded_sequence(Tensor input, Tensor lengths, bool batch_first = false, bool enforce_sorted = true)
                {
                    using var scope = NewDisposeScope();
                    var longs = lengths.cpu().to(ScalarType.Int64);
                    if (enforce_sorted) return Pack(input, longs, batch_first, null, null).MoveToOuterDisposeScope();

                    var (sortedLengths, order) = sort(longs, descending: true);
                    var sortedIndices = order.to(input.device);
                    var sortedInput = input.index_select(batch_first ? 0 : 1, sortedIndices);
                    return Pack(sortedInput, sortedLengths, batch_first, sortedIndices, argsort(sortedIndices)).MoveToOuterDisposeScope();
                }

                /// <summary>Packs sequences, each [steps, ...].</summary>
                public static PackedSequence pack_sequence(IEnumerable<Tensor> sequences, bool enforce_sorted = true)
                {
                    using var scope = NewDisposeScope();
                    var list = sequences.ToList();
                    var lengths = tensor(list.Select(sequence => sequence.shape[0]).ToArray());
                    return pack_padded_sequence(pad_sequence(list), lengths, enforce_sorted: enforce_sorted).MoveToOuterDisposeScope();
                }

                /// <summary>Puts sequences of several lengths beside each other, padded to the longest, or to <paramref name="total_length"/>.</summary>
                /// <returns>The sequences in their order before packing, and their lengths.</returns>
                /// <exception cref="ArgumentException">The total length is less than the longest sequence's.</exception>
                public static (Tensor, Tensor) pad_packed_sequence(PackedSequence sequence, bool batch_first = false, double padding_value = 0.0, long? total_length = null)
                {
                    var longest = sequence.batch_sizes.shape[0];
                    var length = total_length ?? longest;
                    if (length < longest)
                        throw new ArgumentException($"total_length is {length}, and the longest sequence's length {longest}.", nameof(total_length));

                    using var scope = NewDisposeScope();
                    var call = new Call(ref s_pad, "_pad_packed_sequence", "");
                    call.Add(sequence.data);
                    call.Add(sequence.batch_sizes);
                    call.Add(batch_first);
                    call.Add((Scalar)padding_value);
                    call.Add(length);
                    var (padded, lengths) = call.Tensors2();
                    if (sequence.unsorted_indices is { } before)
                    {
                        padded = padded.index_select(batch_first ? 0 : 1, before);
                        lengths = lengths.index_select(0, before.cpu());
                    }

                    return scope.MoveToOuter(padded, lengths);
                }

                /// <summary>Puts sequences, each [steps, ...], beside each other, padded to the longest: [steps, sequences, ...], or the other way round.</summary>
                public static Tensor pad_sequence(IEnumerable<Tensor> sequences, bool batch_first = false, double padding_value = 0.0)
                {
                    var call = new Call(ref s_padList, "pad_sequence", "");
                    call.Add(sequences);
                    call.Add(batch_first);
                    call.Add(padding_value);
                    return call.Tensor();
                }

                private static PackedSequence Pack(Tensor input, Tensor lengths, bool batchFirst, Tensor? sortedIndices, Tensor? unsortedIndices)
                {
                    var call = new Call(ref s_pack, "_pack_padded_sequence", "");
                    call.Add(input);
                    call.Add(lengths);
                    call.Add(batchFirst);
                    var (data, batchSizes) = call.Tensors2();
                    return new PackedSequence(data, batchSizes, sortedIndices, unsortedIndices);
                }
            }
        }
    }
}
