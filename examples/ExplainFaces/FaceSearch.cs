using Lrp.Pictures;
using Programs;
using TorchSharp;
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
    private const int SmallestFace = 24;

    /// <summary>
    /// Scans a picture in many sizes, and judges the windows that the scanner likes most. Faces are found from a
    /// sixteenth of the shorter side to the whole of it.
    /// </summary>
    /// <param name="networks">The networks.</param>
    /// <param name="picture">The picture.</param>
    /// <returns>
    /// Windows that hardly overlap, those first that most networks take for a face, and the most probable of them; at
    /// least one.
    /// </returns>
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
        var found = ProgressBar.Over("scanning", sides).SelectMany(side => Scan(networks.Scanner, picture, side));
        var windows = Distinct(found, overlap: 0.7).Take(Judged).ToList();
        foreach (var network in networks.Judges)
        {
            windows = Distinct(Judge(network, picture, [.. windows.Select(own => own.Corrected())]), overlap: 0.7);
        }

        return Distinct(windows, overlap: 0.3);
    }

    /// <summary>A picture as the networks take it, 3 × height × width.</summary>
    public static Tensor ToInput(Picture picture) =>
        InputPicture.ToTensor(picture, [Mean, Mean, Mean], [Deviation, Deviation, Deviation]).to(ScalarType.Float64);

    /// <summary>The windows of one size that the scanner likes most.</summary>
    private static List<FaceWindow> Scan(FaceNetwork scanner, Picture picture, double side)
    {
        using var scope = NewDisposeScope();
        var scale = scanner.Side / side;
        var level = picture.Resize((int)Math.Round(picture.Width * scale), (int)Math.Round(picture.Height * scale));
        var (faces, shifts) = scanner.Judge(ToInput(level).unsqueeze(0));
        var (best, places) = faces.flatten().topk((int)Math.Min(PerLevel, faces.numel()));
        var step = FaceNetworks.ScannedStep / scale;
        var columns = faces.shape[^1];
        return
        [
            .. places
                .data<long>()
                .Select(
                    (place, k) =>
                    {
                        var (row, column) = Math.DivRem(place, columns);
                        return new FaceWindow(
                            (int)Math.Min(column * step, picture.Width - side),
                            (int)Math.Min(row * step, picture.Height - side),
                            (int)side
                        ).JudgedBy(scanner, best[k].ToDouble(), Numbers(shifts[0].flatten(1)[.., place]));
                    }
                ),
        ];
    }

    /// <summary>Windows with what one more network says of them.</summary>
    private static List<FaceWindow> Judge(FaceNetwork network, Picture picture, IReadOnlyList<FaceWindow> windows)
    {
        using var scope = NewDisposeScope();
        var (faces, shifts) = network.Judge(
            stack(windows.Select(window => ToInput(window.CutFrom(picture, network.Side))))
        );
        return [.. windows.Select((own, k) => own.JudgedBy(network, faces[k].ToDouble(), Numbers(shifts[k])))];
    }

    private static double[] Numbers(Tensor tensor) => [.. tensor.contiguous().data<double>()];

    /// <summary>The best windows, without those that overlap a better one.</summary>
    private static List<FaceWindow> Distinct(IEnumerable<FaceWindow> windows, double overlap)
    {
        var kept = new List<FaceWindow>();
        foreach (var window in windows.OrderByDescending(own => own.Passed).ThenByDescending(own => own.Faces[^1]))
        {
            if (kept.TrueForAll(better => better.Overlap(window) < overlap))
            {
                kept.Add(window);
            }
        }

        return kept;
    }
}
