using Lrp.Pictures;
using Programs;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace ExplainFaces;

/// <summary>Finds the windows of a picture that look most like a face.</summary>
internal static class FaceSearch
{
    /// <summary>What is subtracted from colours between 0 and 1.</summary>
    public const double Mean = 0.5;

    /// <summary>What they are divided by then; the networks were trained with (colour − 127.5) / 128.</summary>
    public const double Deviation = 128.0 / 255;

    private const int PerLevel = 50;
    private const int Judged = 200;
    private const int SmallestFace = 2 * FaceNetworks.ScannedSide;

    /// <summary>
    /// Scans a picture in many sizes, and judges the windows that the scanner likes most. Faces are found from a
    /// sixteenth of the shorter side to the whole of it.
    /// </summary>
    /// <param name="networks">The networks.</param>
    /// <param name="picture">The picture.</param>
    /// <returns>Windows that hardly overlap, faces first, most probable first; at least one.</returns>
    /// <exception cref="InvalidDataException">The picture is too small.</exception>
    public static IReadOnlyList<FaceWindow> Find(FaceNetworks networks, Picture picture)
    {
        var shorter = Math.Min(picture.Width, picture.Height);
        if (shorter < SmallestFace)
        {
            throw new InvalidDataException(
                $"The picture has {picture.Width} x {picture.Height} pixels; take one with at least {SmallestFace} in "
                    + "both directions."
            );
        }

        // Four sizes from a side to its half.
        var smallest = Math.Max(SmallestFace, shorter / 16.0);
        var count = (int)(4 * Math.Log2(shorter / smallest)) + 1;
        var sides = Enumerable.Range(0, count).Select(k => shorter * Math.Pow(2, -k / 4.0));
        var scanned = ProgressBar.Over("scanning", sides).SelectMany(side => Scan(networks.Scanner, picture, side));
        var likely = Distinct([.. scanned.OrderByDescending(window => window.Scanned)], overlap: 0.7, Judged);

        using var scope = NewDisposeScope();
        var logits = networks.Judge.call(stack(likely.Select(window => ToInput(window.CutFrom(picture)))));
        var probabilities = logits.softmax(1);
        var judged = likely.Select(
            (window, k) => window with { Judged = probabilities[k, FaceNetworks.Face].ToDouble() }
        );
        var ordered = judged.OrderByDescending(window => window.IsFace).ThenByDescending(window => window.Judged);
        return Distinct([.. ordered], overlap: 0.3, Judged);
    }

    /// <summary>A picture as the networks take it, 3 × height × width.</summary>
    public static Tensor ToInput(Picture picture) =>
        InputPicture.ToTensor(picture, [Mean, Mean, Mean], [Deviation, Deviation, Deviation]).to(ScalarType.Float64);

    /// <summary>The windows of one size that the scanner likes most.</summary>
    private static List<FaceWindow> Scan(Sequential scanner, Picture picture, double side)
    {
        using var scope = NewDisposeScope();
        var scale = FaceNetworks.ScannedSide / side;
        var level = picture.Resize((int)Math.Round(picture.Width * scale), (int)Math.Round(picture.Height * scale));
        var map = scanner.call(ToInput(level).unsqueeze(0)).softmax(1)[0, FaceNetworks.Face];
        var (best, places) = map.flatten().topk((int)Math.Min(PerLevel, map.numel()));
        var step = FaceNetworks.ScannedStep / scale;
        return
        [
            .. places
                .data<long>()
                .Select(
                    (place, k) =>
                    {
                        var (row, column) = Math.DivRem(place, map.shape[1]);
                        return new FaceWindow(
                            (int)Math.Min(column * step, picture.Width - side),
                            (int)Math.Min(row * step, picture.Height - side),
                            (int)side,
                            best[k].ToDouble()
                        );
                    }
                ),
        ];
    }

    /// <summary>Leaves out windows that overlap a better one.</summary>
    private static List<FaceWindow> Distinct(IReadOnlyList<FaceWindow> windows, double overlap, int most)
    {
        var kept = new List<FaceWindow>();
        foreach (var window in windows)
        {
            if (kept.Count < most && kept.TrueForAll(better => better.Overlap(window) < overlap))
            {
                kept.Add(window);
            }
        }

        return kept;
    }
}
