using Lrp.Pictures;
using static TorchSharp.torch;

namespace ExplainSpeech;

/// <summary>Pictures of a second and a half of a sound, with time from left to right.</summary>
/// <param name="spectra">The spectra of all chunks, chunks × frequencies × 4.</param>
/// <param name="relevance">Their relevance.</param>
/// <param name="explained">The chunk that is explained.</param>
internal sealed class SoundView(Tensor spectra, Tensor relevance, int explained)
{
    private const int Shown = 48;
    private const int Before = 36;
    private const int WidthOfChunk = 24;
    private const int PixelSize = 2;
    private const int HeightOfBars = 80;
    private const double Decibels = 80;

    private readonly int _first = (int)Math.Max(0, Math.Min(explained - Before, spectra.shape[0] - Shown));

    /// <summary>How probable speech is in each chunk; the explained one is red.</summary>
    public Picture Bars(double[] probabilities)
    {
        var count = Math.Min(Shown, probabilities.Length - _first);
        var picture = new Picture(count * WidthOfChunk, HeightOfBars, Rgb.Hex(0xf0f0f0));
        for (var k = 0; k < count; k++)
        {
            var height = Math.Max(1, (int)Math.Round(HeightOfBars * probabilities[_first + k]));
            var colour = Rgb.Hex(_first + k == explained ? 0xd02020 : 0x707070);
            picture.Paste(new Picture(WidthOfChunk - 1, height, colour), k * WidthOfChunk, HeightOfBars - height);
        }

        return picture;
    }

    /// <summary>The amplitudes in decibels below the largest, as shades of grey.</summary>
    public Picture Spectrogram()
    {
        using var scope = NewDisposeScope();
        var decibels = (spectra / spectra.max()).log10().mul(20).clamp_min(-Decibels) + Decibels;
        return Draw(decibels, new HeatmapOptions { ColorMap = ColorMap.Grey, Range = HeatmapRange.MinToMax });
    }

    /// <summary>The relevance of the amplitudes.</summary>
    public Picture Relevance() => Draw(relevance, new HeatmapOptions { ClipPercentile = 99.9 });

    /// <summary>The relevance of each frequency in the explained chunk.</summary>
    public double[] RelevanceByFrequency() => ByFrequency(relevance);

    /// <summary>The energy of each frequency in the explained chunk.</summary>
    public double[] EnergyByFrequency() => ByFrequency(spectra.square());

    private double[] ByFrequency(Tensor values) => [.. values[explained].sum(1).data<double>()];

    /// <summary>Spectra side by side, from chunks × frequencies × 4; high frequencies at the top.</summary>
    private Picture Draw(Tensor values, HeatmapOptions options)
    {
        using var scope = NewDisposeScope();
        var shown = values.narrow(0, _first, Math.Min(Shown, values.shape[0] - _first));
        var image = shown.transpose(0, 1).flatten(1).flip(0);
        var width = WidthOfChunk / (SpeechNetwork.Frames * PixelSize);
        return Heatmap.Render(image.repeat_interleave(width, 1), options with { PixelSize = PixelSize });
    }
}
