using Lrp.Torch.Interop;

namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers.</summary>
    public class Generator : IDisposable
    {
        private IntPtr _handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? CPU;
            _handle = Native.Check(Native.lrp_generator_new(seed, (int)this.device.type, this.device.index));
        }

        private Generator(IntPtr handle) => (_handle, device) = (handle, CPU);

        /// <summary>The generator that is used when none is given.</summary>
        public static Generator Default => new(Native.Check(Native.lrp_generator_default()));

        public IntPtr Handle => _handle != IntPtr.Zero ? _handle : throw new ObjectDisposedException(nameof(Generator));

        public Device device { get; }

        public long initial_seed() => Native.lrp_generator_seed(Handle);

        public Generator manual_seed(long seed)
        {
            Native.Check(Native.lrp_generator_set_seed(Handle, (ulong)seed));
            return this;
        }

        /// <summary>Takes a new seed from the system and returns it.</summary>
        public long seed()
        {
            long fresh = Random.Shared.NextInt64();
            manual_seed(fresh);
            return fresh;
        }

        public Tensor get_state() => new(Native.Check(Native.lrp_generator_get_state(Handle)));

        public void set_state(Tensor value) => Native.Check(Native.lrp_generator_set_state(Handle, value.Handle));

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (_handle != IntPtr.Zero)
            {
                Native.lrp_generator_free(_handle);
                _handle = IntPtr.Zero;
            }
        }

        ~Generator() => Dispose(false);
    }
}
