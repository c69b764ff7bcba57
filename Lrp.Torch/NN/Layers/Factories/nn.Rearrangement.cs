using TorchSharp.Modules;

namespace TorchSharp;

/// <content>Factories of the modules of this family.</content>
public static partial class torch
{
    public static partial class nn
    {
        public static PixelShuffle PixelShuffle(long upscale_factor) =>
            new(upscale_factor);

        public static PixelUnshuffle PixelUnshuffle(long downscale_factor) =>
            new(downscale_factor);

        public static ChannelShuffle ChannelShuffle(long groups) =>
            new(groups);

        public static Upsample Upsample(
            long[]? size = null, double[]? scale_factor = null, UpsampleMode mode = UpsampleMode.Nearest, bool? align_corners = null,
            bool? recompute_scale_factor = null) =>
            new(size, scale_factor, mode, align_corners, recompute_scale_factor);
    }
}
