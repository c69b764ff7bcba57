using System.Runtime.CompilerServices;
using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static IntPtr s_index, s_indexPut, s_select, s_slice, s_unsqueeze;

        [IndexerName("TensorItems")]
        public Tensor this[params TensorIndex[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params Tensor[] indices]
        {
            get => index(indices);
            set => index_put_(value, indices);
        }

        [IndexerName("TensorItems")]
        public Tensor this[params long[] indices]
        {
            get => Select(indices);
            set => Assign(Select(indices), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1]
        {
            get => Select([i1]);
            set => Assign(Select([i1]), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2]
        {
            get => Select([i1, i2]);
            set => Assign(Select([i1, i2]), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3]
        {
            get => Select([i1, i2, i3]);
            set => Assign(Select([i1, i2, i3]), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4]
        {
            get => Select([i1, i2, i3, i4]);
            set => Assign(Select([i1, i2, i3, i4]), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5]
        {
            get => Select([i1, i2, i3, i4, i5]);
            set => Assign(Select([i1, i2, i3, i4, i5]), value);
        }

        [IndexerName("TensorItems")]
        public Tensor this[long i1, long i2, long i3, long i4, long i5, long i6]
        {
            get => Select([i1, i2, i3, i4, i5, i6]);
            set => Assign(Select([i1, i2, i3, i4, i5, i6]), value);
        }

        private Tensor Select(ReadOnlySpan<long> indices)
        {
            Tensor current = this;
            foreach (long index in indices)
            {
                current = Step(current, current.SelectOne(0, index));
            }

            return ReferenceEquals(current, this) ? alias() : current;
        }

        // The views between the first and the last of a chain are nobody's; they go at once.
        private Tensor Step(Tensor before, Tensor after)
        {
            if (!ReferenceEquals(before, this))
            {
                before.Dispose();
            }

            return after;
        }

        private Tensor SelectOne(long dim, long index)
        {
            var call = new Call(ref s_select, "select", "int");
            call.Add(this);
            call.Add(dim);
            call.Add(index);
            return Read(call.Tensor());
        }

        private Tensor SliceOne(long dim, in TensorIndex slice)
        {
            var call = new Call(ref s_slice, "slice", "Tensor");
            call.Add(this);
            call.Add(dim);
            call.Add(slice.Start);
            call.Add(slice.Stop);
            call.Add(slice.Step ?? 1);
            return Read(call.Tensor());
        }

        private Tensor NewDimension(long dim)
        {
            var call = new Call(ref s_unsqueeze, "unsqueeze", "");
            call.Add(this);
            call.Add(dim);
            return Read(call.Tensor());
        }

        public Tensor index(params TensorIndex[] indices)
        {
            ArgumentNullException.ThrowIfNull(indices);
            (Tensor view, Tensor?[]? tensors) = View(indices);
            return tensors is null ? view : Step(view, view.Gather(tensors));
        }

        public Tensor index(params Tensor[] indices)
        {
            ArgumentNullException.ThrowIfNull(indices);
            return Gather(indices);
        }

        private Tensor Gather(Tensor?[] tensors)
        {
            var call = new Call(ref s_index, "index", "Tensor");
            call.Add(this);
            call.AddOptional(tensors);
            Tensor result = call.Tensor();
            GC.KeepAlive(tensors);
            return Read(result);
        }

        // Numbers, slices, ellipsis and new dimensions make a view; tensors are left for index or index_put.
        private (Tensor View, Tensor?[]? Tensors) View(TensorIndex[] indices)
        {
            long used = indices.Sum(i => i.What switch
            {
                TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
                TensorIndex.Kind.Tensor => i.Index!.dtype is ScalarType.Bool or ScalarType.Byte ? Math.Max(i.Index.ndim, 1) : 1,
                _ => 0,
            });
            if (used > ndim)
            {
                throw new ArgumentException($"index: {used} indices for a tensor of shape [{string.Join(", ", shape)}].");
            }

            Tensor current = this;
            var tensors = new List<Tensor?>();
            long dim = 0;
            long left = used;
            foreach (TensorIndex i in indices)
            {
                switch (i.What)
                {
                    case TensorIndex.Kind.Single:
                        current = Step(current, current.SelectOne(dim, i.Start ?? throw new ArgumentNullException(nameof(indices))));
                        left--;
                        break;
                    case TensorIndex.Kind.Slice:
                        current = Step(current, current.SliceOne(dim++, i));
                        left--;
                        break;
                    case TensorIndex.Kind.Ellipsis:
                        dim = current.ndim - left;
                        break;
                    case TensorIndex.Kind.None:
                        current = Step(current, current.NewDimension(dim++));
                        break;
                    case TensorIndex.Kind.Bool:
                        current = Step(current, current.NewDimension(dim));
                        Place(tensors, dim++, torch.tensor(i.Truth ? new long[] { 0 } : [], int64, current.device));
                        break;
                    default:
                        Tensor index = i.Index ?? throw new ArgumentNullException(nameof(indices));
                        long covered = index.dtype is ScalarType.Bool or ScalarType.Byte ? Math.Max(index.ndim, 1) : 1;
                        Place(tensors, dim, index.device_type == current.device_type ? index : index.to(current.device));
                        dim += covered;
                        left -= covered;
                        break;
                }
            }

            return (ReferenceEquals(current, this) ? alias() : current, tensors.Count == 0 ? null : [.. tensors]);
        }

        // A mask of several dimensions stands for as many positions, so positions are counted by masks before it.
        private static void Place(List<Tensor?> tensors, long dim, Tensor index)
        {
            long covered = tensors.Sum(t => t is not null && t.dtype is ScalarType.Bool or ScalarType.Byte ? Math.Max(t!.ndim, 1) : 1);
            for (; covered < dim; covered++)
            {
                tensors.Add(null);
            }

            tensors.Add(index);
        }

        private static void Assign(Tensor view, Tensor value)
        {
            ArgumentNullException.ThrowIfNull(value);
            using (view)
            {
                view.copy_(value.device_type == view.device_type || value.ndim > 0 ? value : value.to(view.device));
            }
        }

        public Tensor index_put_(Tensor value, params TensorIndex[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, TensorIndex[] indices, bool accumulate = false)
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentNullException.ThrowIfNull(indices);
            (Tensor view, Tensor?[]? tensors) = View(indices);
            if (tensors is not null)
            {
                view.Put(tensors, value, accumulate);
                view.Dispose();
            }
            else if (accumulate)
            {
                view.add_(value);
                view.Dispose();
            }
            else
            {
                Assign(view, value);
            }

            return this;
        }

        public Tensor index_put_(Tensor value, params Tensor[] indices) => index_put_(value, indices, false);

        public Tensor index_put_(Tensor value, Tensor[] indices, bool accumulate = false)
        {
            ArgumentNullException.ThrowIfNull(value);
            ArgumentNullException.ThrowIfNull(indices);
            return Put(indices, value, accumulate);
        }

        public Tensor index_put_(Scalar value, params TensorIndex[] indices)
        {
            using Tensor one = Filled(value);
            return index_put_(one, indices, false);
        }

        public Tensor index_put_(Scalar value, params Tensor[] indices)
        {
            using Tensor one = Filled(value);
            return Put(indices, one, false);
        }

        private Tensor Filled(Scalar value) => torch.full([], value, dtype, device);

        private Tensor Put(Tensor?[] tensors, Tensor value, bool accumulate)
        {
            var call = new Call(ref s_indexPut, "index_put_", "");
            call.Add(this);
            call.AddOptional(tensors);
            call.Add(value);
            call.Add(accumulate);
            call.Void();
            GC.KeepAlive(tensors);
            GC.KeepAlive(value);
            return this;
        }
    }
}
