using Lrp.Pictures;

namespace ExplainFaces;

/// <summary>A square of a picture, in pixels, and how much it looks like a face.</summary>
/// <param name="Left">The column of its left edge.</param>
/// <param name="Top">The row of its top edge.</param>
/// <param name="Side">Its width and height.</param>
public sealed record FaceWindow(int Left, int Top, int Side)
{
    private const int Border = 2;

    /// <summary>The probability of a face by each network that has judged it, the last one's for this window.</summary>
    public IReadOnlyList<double> Faces { get; init; } = [];

    /// <summary>How many networks in a row saw a face, from the first on.</summary>
    public int Passed { get; init; }

    /// <summary>
    /// Where the last network sees the left, upper, right and lower border, in sides of the window from its own.
    /// </summary>
    public IReadOnlyList<double> Shifts { get; init; } = [0, 0, 0, 0];

    /// <summary>The size and the column and row of the upper left corner.</summary>
    public override string ToString() => $"{Side} x {Side} at ({Left}, {Top})";

    /// <summary>The window with what one more network says of it.</summary>
    /// <param name="network">The network.</param>
    /// <param name="probability">Its probability of a face.</param>
    /// <param name="shifts">The borders that it sees.</param>
    public FaceWindow JudgedBy(FaceNetwork network, double probability, IReadOnlyList<double> shifts) =>
        this with
        {
            Passed = Passed == Faces.Count && probability >= network.Least ? Passed + 1 : Passed,
            Faces = [.. Faces, probability],
            Shifts = shifts,
        };

    /// <summary>The square around the borders that the last network sees.</summary>
    public FaceWindow Corrected()
    {
        var (left, top) = (Left + (Shifts[0] * Side), Top + (Shifts[1] * Side));
        var (right, bottom) = (Left + Side + (Shifts[2] * Side), Top + Side + (Shifts[3] * Side));
        var side = Math.Max(1, Math.Max(right - left, bottom - top));
        return this with
        {
            Left = (int)Math.Round((left + right - side) / 2),
            Top = (int)Math.Round((top + bottom - side) / 2),
            Side = (int)Math.Round(side),
        };
    }

    /// <summary>The area that two windows share, over the area of both together.</summary>
    public double Overlap(FaceWindow other)
    {
        var width = Math.Min(Left + Side, other.Left + other.Side) - Math.Max(Left, other.Left);
        var height = Math.Min(Top + Side, other.Top + other.Side) - Math.Max(Top, other.Top);
        var shared = (double)Math.Max(0, width) * Math.Max(0, height);
        return shared / (((double)Side * Side) + ((double)other.Side * other.Side) - shared);
    }

    /// <summary>The window in the size that a network is given; beyond the picture it is black.</summary>
    public Picture CutFrom(Picture picture, int side)
    {
        var part = new Picture(Side, Side, Rgb.Hex(0x000000));
        part.Paste(picture, -Left, -Top);
        return part.Resize(side, side);
    }

    /// <summary>The whole picture, with a frame around the window.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="height">The height of the result; its width is in proportion.</param>
    public Picture Framed(Picture picture, int height)
    {
        var scale = (double)height / picture.Height;
        var framed = picture.Resize(Math.Max(1, (int)Math.Round(picture.Width * scale)), height);
        var colour = Rgb.Hex(0xff2020);
        var side = Math.Max(1, (int)(Side * scale));
        var (lying, standing) = (new Picture(side, Border, colour), new Picture(Border, side, colour));
        var (left, top) = ((int)(Left * scale), (int)(Top * scale));
        framed.Paste(lying, left, top);
        framed.Paste(lying, left, top + side - Border);
        framed.Paste(standing, left, top);
        framed.Paste(standing, left + side - Border, top);
        return framed;
    }
}
